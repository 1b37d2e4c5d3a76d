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
	"slices"
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

// about asks for the first model that can chat, unless one is configured: Ollama lists
// the newest first, which may be one for embeddings.
func (o ollama) about(ctx context.Context, w *Worker) (known, error) {
	a := worker.About{Dialect: "ollama", Model: w.cfg.Model, Parallel: 1, Context: defaultContext, Refuses: []string{"a reply that has begun"}}
	show, err := o.shown(ctx, w)
	if err != nil {
		return known{about: a}, err
	}
	a.Model = show.name
	for name, v := range show.Info {
		n, ok := v.(float64)
		switch {
		case ok && name == "general.parameter_count":
			a.Parameters = int64(n)
		case ok && strings.HasSuffix(name, ".context_length"):
			a.Context = min(a.Context, int(n))
		}
	}
	k := known{about: a}
	if k.think = show.leastThinking(); k.think != nil {
		k.may = think
	}
	return k, nil
}

// shown asks about the configured model, or about each that is installed up to the
// first that can chat.
func (ollama) shown(ctx context.Context, w *Worker) (ollamaModel, error) {
	if w.cfg.Model != "" {
		m := ollamaModel{name: w.cfg.Model}
		return m, w.ask(ctx, "/api/show", map[string]string{"model": m.name}, &m)
	}
	var tags struct{ Models []struct{ Name string } }
	if err := w.ask(ctx, "/api/tags", nil, &tags); err != nil {
		return ollamaModel{}, err
	}
	if len(tags.Models) == 0 {
		return ollamaModel{}, &worker.Fault{Kind: worker.Refused, Err: errors.New("the Ollama worker has no model: `ollama pull` one")}
	}
	var broken error // of the first model that Ollama cannot show
	for _, tag := range tags.Models {
		m := ollamaModel{name: tag.Name}
		switch err := w.ask(ctx, "/api/show", map[string]string{"model": m.name}, &m); {
		case worker.KindOf(err) == worker.Refused:
			broken = cmp.Or(broken, err)
		case err != nil:
			return m, err
		case m.chats():
			return m, nil
		}
	}
	if broken != nil {
		return ollamaModel{}, broken
	}
	return ollamaModel{}, &worker.Fault{Kind: worker.Refused, Err: errors.New("none of the Ollama worker's models can chat: `ollama pull` one that can")}
}

// ollamaModel is what /api/show tells of a model.
type ollamaModel struct {
	name string

	Capabilities []string       `json:"capabilities"` // since 0.6.4
	Info         map[string]any `json:"model_info"`
	Details      struct {
		Family   string   `json:"family"`
		Families []string `json:"families"`
	} `json:"details"`
	Thinking struct {
		Values []any `json:"values"` // that think may have; newer versions tell
	} `json:"thinking"`
}

// chats reports whether a model answers chats. Where the server does not say it, the
// model says by how it pools its output that it is for embeddings, which is how newer
// versions know, or by its kind or its name.
func (m ollamaModel) chats() bool {
	if m.Capabilities != nil {
		return slices.Contains(m.Capabilities, "completion")
	}
	for name := range m.Info {
		if strings.HasSuffix(name, ".pooling_type") {
			return false
		}
	}
	for _, family := range append(m.Details.Families, m.Details.Family) {
		if strings.Contains(family, "bert") {
			return false
		}
	}
	return namesChat(m.name)
}

// leastThinking returns the value of think by which a model thinks least; nil for one
// that does not think. Older versions refuse think for such a model. gpt-oss takes no
// false.
func (m ollamaModel) leastThinking() any {
	switch values := m.Thinking.Values; {
	case !slices.Contains(m.Capabilities, "thinking"):
		return nil
	case slices.Contains(values, any(false)):
		return false
	case len(values) > 0:
		for _, level := range []any{"none", "minimal", "low"} {
			if slices.Contains(values, level) {
				return level
			}
		}
		return nil
	case alwaysThinks(m.name), alwaysThinks(m.Details.Family):
		return "low"
	}
	return false
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
func (ollama) request(q question, cfg Config) any {
	type options struct {
		NumPredict  int     `json:"num_predict"`
		NumCtx      int     `json:"num_ctx"`
		Temperature float64 `json:"temperature"`
	}
	keep := cfg.KeepAlive.Round(time.Second).String()
	if cfg.KeepAlive < 0 {
		keep = "-1s"
	}
	var thinking any
	if q.has&think != 0 {
		thinking = q.server.think
	}
	return struct {
		Model     string        `json:"model"`
		Messages  []chatMessage `json:"messages"`
		Stream    bool          `json:"stream"`
		Think     any           `json:"think,omitempty"`
		Truncate  bool          `json:"truncate"`
		KeepAlive string        `json:"keep_alive"`
		Options   options       `json:"options"`
	}{q.server.model, conversation(q), true, thinking, false, keep, options{q.MaxTokens, q.server.about.Context, q.Temperature}}
}

// read expects lines of JSON, of which the last has done and its reason.
func (ollama) read(body io.Reader, q question) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, maxEvent(q.Prompt))
		calls := newCalls(q)
		for lines.Scan() {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var line struct {
				Error   json.RawMessage `json:"error"`
				Model   string          `json:"model"`
				Message struct {
					Content   string     `json:"content"`
					Thinking  string     `json:"thinking"`
					ToolCalls []toolCall `json:"tool_calls"`
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
			calls.after(d.Text)
			for _, call := range line.Message.ToolCalls { // each is whole
				if err := calls.add(call); err != nil {
					yield(worker.Delta{}, err)
					return
				}
				d.Text += calls.take(false)
			}
			if (d.Text != "" || d.Thinking) && !yield(d, nil) {
				return
			}
			if line.Done {
				d, err := end(line.Reason, worker.Usage{InputTokens: line.Prompt, OutputTokens: line.Eval}, q.server.about.Context)
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
