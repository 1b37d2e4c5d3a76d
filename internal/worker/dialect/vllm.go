package dialect

import (
	"context"
	"io"
	"iter"

	"dreambuild.dev/backend/internal/worker"
)

// vllm is vLLM's server as its documentation and source describe it. Our tests have
// no machine for a real one.
// https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
type vllm struct{ chat }

// defaultBatch is how many calls vLLM works on at once where none are configured.
const defaultBatch = 32

func (vllm) about(ctx context.Context, w *Worker) (worker.About, error) {
	m, err := w.pick(ctx)
	if err != nil {
		return worker.About{}, err
	}
	return worker.About{Dialect: "vllm", Model: m.ID, Context: m.MaxModel, Parallel: defaultBatch, Continues: true, Strict: true}, nil
}

func (vllm) check(ctx context.Context, w *Worker) error { return w.ask(ctx, "/health", nil, nil) }

func (vllm) count(ctx context.Context, w *Worker, k known, p worker.Prompt) (int, error) {
	return w.counted(ctx, "/tokenize", map[string]any{"model": k.model, "messages": conversation(p, true)})
}

func (vllm) request(p worker.Prompt, k known, _ Config) any {
	r := ask(p, k)
	r.StreamOptions = withUsage
	if p.Reply != "" || p.Prefill != "" {
		no := false // the two flags exclude each other
		r.ContinueFinalMessage, r.AddGenerationPrompt = true, &no
	}
	return r
}

func (vllm) read(body io.Reader, p worker.Prompt, _ known) iter.Seq2[worker.Delta, error] {
	return readChat(body, p, true, true)
}
