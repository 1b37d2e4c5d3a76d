package dialect

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strings"

	"dreambuild.dev/backend/internal/worker"
	"github.com/tmaxmax/go-sse"
)

// transformers is `transformers serve` of Hugging Face, 4.55 to 5.24.
// https://huggingface.co/docs/transformers/serving
type transformers struct{ chat }

// about leaves the context unknown: the server does not tell it, and generates
// beyond it. Whether a model thinks is an option of the server, not of a request.
func (transformers) about(ctx context.Context, w *Worker) (known, error) {
	a := worker.About{
		Dialect: "transformers", Model: w.cfg.Model, Parallel: 1,
		// 4.55 to 5.0 refuse these; later ones ignore them.
		Refuses: []string{"stream_options", "max_completion_tokens", "n", "user", "response_format"},
	}
	if a.Model != "" {
		return known{about: a}, nil // the list has what is cached, not all that can be loaded
	}
	m, err := w.pick(ctx)
	a.Model = m.ID
	return known{about: a}, err
}

func (transformers) check(ctx context.Context, w *Worker) error {
	err := w.ask(ctx, "/health", nil, nil)
	if worker.KindOf(err) == worker.Refused { // 4.55 has none
		_, err = w.models(ctx)
	}
	return err
}

// warm has the model loaded, which the server drops after five minutes without a
// call, and reports each stage. Older versions load it with the first request, and
// report nothing.
func (transformers) warm(ctx context.Context, w *Worker, k known, report func(float64) bool) error {
	body, err := json.Marshal(map[string]string{"model": k.model})
	if err != nil {
		return err
	}
	res, err := w.do(ctx, http.MethodPost, "/load_model", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil
	}
	before := ""
	for event, err := range sse.Read(res.Body, &sse.ReadConfig{MaxEventSize: maxEvent(worker.Prompt{})}) {
		if err != nil {
			return err
		}
		var stage struct {
			Status   string `json:"status"`
			Message  string `json:"message"`
			Progress *struct {
				Current float64 `json:"current"`
				Total   float64 `json:"total"`
			} `json:"progress"`
		}
		if json.Unmarshal([]byte(event.Data), &stage) != nil {
			continue
		}
		switch stage.Status {
		case "ready":
			return nil
		case "error":
			return &worker.Fault{Kind: worker.Refused, Err: &reported{Message: cut(stage.Message)}}
		}
		progress := 0.0
		if p := stage.Progress; p != nil && p.Total > 0 {
			progress = min(1, p.Current/p.Total)
		}
		if event.Data == before { // nothing has moved
			continue
		}
		before = event.Data
		if !report(progress) {
			return nil
		}
	}
	return nil // the request shows whether the model is there
}

func (transformers) request(q question, _ Config) any { return ask(q) }

// read expects no [DONE]: the finish reason is the last word. An error in the
// stream has its line ends unescaped, so it may be neither an event nor JSON.
func (transformers) read(body io.Reader, q question) iter.Seq2[worker.Delta, error] {
	return readChat(body, q, false)
}
