package dialect

import (
	"context"
	"io"
	"iter"

	"dreambuild.dev/backend/internal/worker"
)

// llamacpp is llama.cpp's server, by its OpenAI-like chat endpoint.
// https://github.com/ggml-org/llama.cpp/tree/master/tools/server
type llamacpp struct{ chat }

// about insists on the configured model: the server would answer any name with the
// model that it has.
func (llamacpp) about(ctx context.Context, w *Worker) (known, error) {
	m, err := w.pick(ctx)
	if err != nil {
		return known{}, err
	}
	a := worker.About{Dialect: "llamacpp", Model: m.ID, Parameters: m.Meta.Parameters, Context: m.Meta.Context, Parallel: 1, Strict: true}
	var props struct {
		Slots    int `json:"total_slots"`
		Settings struct {
			Context int `json:"n_ctx"` // of one slot
		} `json:"default_generation_settings"`
	}
	if err := w.ask(ctx, "/props", nil, &props); err == nil && props.Slots > 0 {
		a.Parallel = props.Slots
		if props.Settings.Context > 0 {
			a.Context = props.Settings.Context
		}
	}
	return known{about: a, may: begun | usage | kwargs}, nil
}

// check asks for /health, since polling /slots keeps the server from noticing that
// a client has left (tools/server/server-queue.cpp, recv_with_timeout).
func (llamacpp) check(ctx context.Context, w *Worker) error { return w.ask(ctx, "/health", nil, nil) }

// count asks as request does, since the answer depends on it: a model that may think
// takes no reply that has begun.
func (llamacpp) count(ctx context.Context, w *Worker, k known, p worker.Prompt) (int, error) {
	q := k.question(p, w.cfg)
	body := map[string]any{"messages": conversation(q)}
	if q.has&kwargs != 0 {
		body["chat_template_kwargs"] = answerAtOnce(k.model)
	}
	return w.counted(ctx, chatPath+"/input_tokens", body)
}

func (llamacpp) request(q question, _ Config) any {
	r := ask(q)
	r.ReturnProgress = true
	return r
}

func (llamacpp) read(body io.Reader, q question) iter.Seq2[worker.Delta, error] {
	return readChat(body, q, true)
}
