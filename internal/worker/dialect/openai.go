package dialect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/worker"
)

// openai is any other server with OpenAI's chat endpoint. Such servers differ, and
// about asks for a few tokens to find out how.
type openai struct{ chat }

func (o openai) about(ctx context.Context, w *Worker) (worker.About, error) {
	a := worker.About{Dialect: "openai", Model: w.cfg.Model, Parallel: 4}
	list, err := w.models(ctx)
	if kind := worker.KindOf(err); err != nil && kind != worker.Refused {
		return a, err
	}
	if err == nil && len(list.Data) > 0 {
		m, err := list.pick(w.cfg.Model)
		if err != nil {
			return a, err
		}
		a.Model = m.ID
		a.Context = cmp.Or(m.MaxModel, m.Length, m.Window, m.Meta.Context)
	}
	try := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "Count from one to ten, in words."}}, Reply: "one, two, three, four,", MaxTokens: 6}
	for {
		text, err := o.try(ctx, w, try, a)
		if worker.KindOf(err) == worker.Refused && !slices.Contains(a.Refuses, "stream_options") {
			a.Refuses = append(a.Refuses, "stream_options")
			continue
		}
		if err != nil {
			return a, err
		}
		// A server that continues either echoes the reply so far or continues it at
		// once; another one begins a new reply.
		text = strings.ToLower(strings.TrimSpace(text))
		a.Continues = strings.HasPrefix(text, "five") || strings.HasPrefix(text, strings.ToLower(try.Reply))
		return a, nil
	}
}

// try sends a prompt as to a server that continues, and returns the reply as it
// comes.
func (o openai) try(ctx context.Context, w *Worker, p worker.Prompt, a worker.About) (string, error) {
	a.Continues = true
	body, err := json.Marshal(o.request(p, known{model: a.Model, about: a}, w.cfg))
	if err != nil {
		return "", err
	}
	res, err := w.do(ctx, http.MethodPost, chatPath, bytes.NewReader(body))
	if err != nil {
		return "", fault(err, context.Cause(ctx))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", w.refusal(res)
	}
	text := ""
	for d, err := range readChat(res.Body, p, false, false) {
		if err != nil {
			return "", &worker.Fault{Kind: worker.Broken, Err: err}
		}
		if text += d.Text; len(text) > 1000 { // it ignores max_tokens; this is enough to judge
			break
		}
	}
	return text, nil
}

func (openai) check(ctx context.Context, w *Worker) error {
	_, err := w.models(ctx)
	if worker.KindOf(err) == worker.Refused { // it answers, but has no list
		return nil
	}
	return err
}

func (openai) request(p worker.Prompt, k known, _ Config) any {
	r := ask(p, k)
	if !slices.Contains(k.about.Refuses, "stream_options") {
		r.StreamOptions = withUsage
	}
	return r
}

// read does not insist on [DONE]: not all such servers send it.
func (openai) read(body io.Reader, p worker.Prompt, k known) iter.Seq2[worker.Delta, error] {
	return readChat(body, p, k.about.Continues, false)
}
