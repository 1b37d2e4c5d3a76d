package dialect

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/worker"
)

// ollama is Ollama, by its own chat endpoint: the OpenAI-like one cannot set
// the context's size, and ends a reply of a crashed model without an error.
// https://github.com/ollama/ollama/blob/main/docs/api.md
type ollama struct{}

// defaultContext is how many tokens we have Ollama read where no context is
// configured: its own default may be as little as 4,096.
const defaultContext = 8192

func (ollama) about(ctx context.Context, w *Worker) (worker.About, error) {
	a := worker.About{Dialect: "ollama", Model: w.cfg.Model, Parallel: 1, Refuses: []string{"a reply that has begun"}}
	if a.Model == "" {
		var tags struct{ Models []struct{ Name string } }
		if err := w.ask(ctx, "/api/tags", nil, &tags); err != nil {
			return a, err
		}
		if len(tags.Models) == 0 {
			return a, &worker.Fault{Kind: worker.Refused, Err: errors.New("the Ollama worker has no model: `ollama pull` one")}
		}
		a.Model = tags.Models[0].Name
	}
	var show struct {
		Info map[string]any `json:"model_info"`
	}
	if err := w.ask(ctx, "/api/show", map[string]string{"model": a.Model}, &show); err != nil {
		return a, err
	}
	a.Context = defaultContext
	for name, v := range show.Info {
		if n, ok := v.(float64); ok && strings.HasSuffix(name, ".context_length") {
			a.Context = min(a.Context, int(n))
		}
	}
	return a, nil
}

func (ollama) check(ctx context.Context, w *Worker) error {
	return w.ask(ctx, "/api/version", nil, nil)
}

func (ollama) count(context.Context, *Worker, known, worker.Prompt) (int, error) {
	return 0, worker.ErrNoCount
}

// warm reports that the model has to be loaded. The request itself loads it, and
// sends no header before the first token.
func (ollama) warm(ctx context.Context, w *Worker, k known, report func(float64) bool) error {
	var loaded struct {
		Models []struct{ Name, Model string }
	}
	if err := w.ask(ctx, "/api/ps", nil, &loaded); err != nil {
		return err
	}
	for _, m := range loaded.Models {
		if strings.TrimSuffix(cmp.Or(m.Model, m.Name), ":latest") == strings.TrimSuffix(k.model, ":latest") {
			return nil
		}
	}
	report(0)
	return nil
}

func (ollama) path() string { return "/api/chat" }

// request leaves the prefill out: Ollama would begin a new message after it. Only
// some versions know truncate; the others silently cut a long prompt.
func (ollama) request(p worker.Prompt, k known, cfg Config) any {
	type options struct {
		NumPredict  int     `json:"num_predict"`
		NumCtx      int     `json:"num_ctx"`
		Temperature float64 `json:"temperature"`
	}
	keep := cfg.KeepAlive.Round(time.Second).String()
	if cfg.KeepAlive < 0 {
		keep = "-1s"
	}
	return struct {
		Model     string        `json:"model"`
		Messages  []chatMessage `json:"messages"`
		Stream    bool          `json:"stream"`
		Truncate  bool          `json:"truncate"`
		KeepAlive string        `json:"keep_alive"`
		Options   options       `json:"options"`
	}{k.model, conversation(p, false), true, false, keep, options{p.MaxTokens, k.about.Context, p.Temperature}}
}

// read expects lines of JSON, of which the last has done and its reason.
func (ollama) read(body io.Reader, p worker.Prompt, k known) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, maxEvent(p))
		for lines.Scan() {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var line struct {
				Error   json.RawMessage `json:"error"`
				Model   string          `json:"model"`
				Message struct {
					Content  string `json:"content"`
					Thinking string `json:"thinking"`
				} `json:"message"`
				Done   bool   `json:"done"`
				Reason string `json:"done_reason"`
				Prompt int    `json:"prompt_eval_count"`
				Eval   int    `json:"eval_count"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				yield(worker.Delta{}, garbled(lines.Bytes()))
				return
			}
			if isSet(line.Error) {
				yield(worker.Delta{}, errorOf(line.Error))
				return
			}
			d := worker.Delta{Text: line.Message.Content, Model: line.Model, Thinking: line.Message.Thinking != "", Unseen: worker.ReplyTokens(line.Message.Thinking)}
			if (d.Text != "" || d.Thinking) && !yield(d, nil) {
				return
			}
			if line.Done {
				d, err := end(line.Reason, worker.Usage{InputTokens: line.Prompt, OutputTokens: line.Eval}, k.about.Context)
				d.Model = line.Model
				yield(d, err)
				return
			}
		}
		err := lines.Err()
		if err == nil {
			err = errTruncated
		}
		yield(worker.Delta{}, err)
	}
}

// end judges the last line. A prompt that fills the context was cut to fit; a reply
// that exceeds the context was written by a model that had lost its beginning.
func end(reason string, u worker.Usage, context int) (worker.Delta, error) {
	switch {
	case reason == "" || reason == "load" || reason == "unload":
		return worker.Delta{}, errTruncated
	case context > 0 && u.InputTokens >= context:
		return worker.Delta{}, worker.TooLong(u.InputTokens+1, context)
	case context > 0 && u.InputTokens+u.OutputTokens > context:
		reason = "length"
	}
	f, err := finish(reason)
	return worker.Delta{Finish: f, Usage: u}, err
}
