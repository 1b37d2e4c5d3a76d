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

// about leaves reasoning_effort to gpt-oss, which has no other switch: where vLLM
// knows the field, it asks all other models to think by it.
func (vllm) about(ctx context.Context, w *Worker) (known, error) {
	m, err := w.pick(ctx)
	if err != nil {
		return known{}, err
	}
	k := known{may: begun | usage | kwargs}
	k.about = worker.About{Dialect: "vllm", Model: m.ID, Context: m.MaxModel, Parallel: defaultBatch, Strict: true}
	if alwaysThinks(m.ID) {
		k.may, k.efforts = k.may|effort, efforts(m.ID)
	}
	return k, nil
}

func (vllm) check(ctx context.Context, w *Worker) error { return w.ask(ctx, "/health", nil, nil) }

func (vllm) count(ctx context.Context, w *Worker, k known, p worker.Prompt) (int, error) {
	return w.counted(ctx, "/tokenize", map[string]any{"model": k.model, "messages": conversation(k.question(p, w.cfg))})
}

func (vllm) request(q question, _ Config) any {
	r := ask(q)
	if q.has&begun != 0 {
		no := false // the two flags exclude each other
		r.ContinueFinalMessage, r.AddGenerationPrompt = true, &no
	}
	return r
}

func (vllm) read(body io.Reader, q question) iter.Seq2[worker.Delta, error] {
	return readChat(body, q, true)
}
