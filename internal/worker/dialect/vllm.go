package dialect

import (
	"context"
	"io"
	"iter"

	"dreambuild.dev/backend/internal/worker"
)

// vllm is vLLM's server, as its documentation and source have it; it was never
// met by our tests, which have no machine for it.
// https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
type vllm struct{ chat }

// usualBatch is how many calls vLLM works on well, where nothing else is said.
const usualBatch = 32

func (vllm) about(ctx context.Context, w *Worker) (worker.About, error) {
	m, err := w.pick(ctx)
	if err != nil {
		return worker.About{}, err
	}
	return worker.About{Dialect: "vllm", Model: m.ID, Context: m.MaxModel, Parallel: usualBatch, Continues: true, Strict: true}, nil
}

func (vllm) check(ctx context.Context, w *Worker) error { return w.ask(ctx, "/health", nil, nil) }

func (vllm) count(ctx context.Context, w *Worker, k known, p worker.Prompt) (int, error) {
	return w.counted(ctx, "/tokenize", map[string]any{"model": k.model, "messages": conversation(p, true)})
}

func (vllm) request(p worker.Prompt, k known, _ Config) any {
	r := ask(p, k)
	r.StreamOptions = withUsage
	if p.Reply != "" || p.Prefill != "" {
		no := false // the two exclude each other
		r.ContinueFinalMessage, r.AddGenerationPrompt = true, &no
	}
	return r
}

func (vllm) read(body io.Reader, p worker.Prompt, _ known) iter.Seq2[worker.Delta, error] {
	return readChat(body, p, true, true)
}
