package dialect

import (
	"cmp"
	"context"
	"io"
	"iter"
	"strings"

	"dreambuild.dev/backend/internal/worker"
)

// openai is any other server with OpenAI's chat endpoint. Such servers differ, and
// about asks for a few tokens to find out how.
type openai struct{ chat }

func (o openai) about(ctx context.Context, w *Worker) (known, error) {
	a := worker.About{Dialect: "openai", Model: w.cfg.Model, Parallel: 4}
	list, err := w.models(ctx)
	if kind := worker.KindOf(err); err != nil && kind != worker.Refused {
		return known{}, err
	}
	if err == nil && len(list.Data) > 0 {
		m, err := list.pick(w.cfg.Model)
		if err != nil {
			return known{}, err
		}
		a.Model = m.ID
		a.Context = cmp.Or(m.MaxModel, m.Length, m.Window, m.Meta.Context)
	}
	k := known{dialect: o, model: a.Model, about: a, may: begun | usage | kwargs | effort, efforts: efforts(a.Model)}
	return o.try(ctx, w, k)
}

// try asks the server to continue a reply, and returns what its answer shows.
func (openai) try(ctx context.Context, w *Worker, k known) (known, error) {
	p := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "Count from one to ten, in words."}}, Reply: "one, two, three, four,", MaxTokens: 6}
	q, res, err := w.negotiate(ctx, p, k)
	if err != nil {
		return k, fault(err, context.Cause(ctx))
	}
	defer res.Body.Close()
	k = q.server
	k.sure |= q.has
	text := ""
	q.has &^= begun // the text as it comes
	for d, err := range readChat(res.Body, q, false) {
		if err != nil {
			return k, &worker.Fault{Kind: worker.Broken, Err: err}
		}
		if text += d.Text; len(text) > 1000 { // it ignores max_tokens; this is enough to judge
			break
		}
	}
	// A server that continues either echoes the reply so far or continues it at once;
	// another one begins a new reply.
	text = strings.ToLower(strings.TrimSpace(text))
	if !strings.HasPrefix(text, "five") && !strings.HasPrefix(text, strings.ToLower(p.Reply)) {
		k.may &^= begun
	}
	return k, nil
}

func (openai) check(ctx context.Context, w *Worker) error {
	_, err := w.models(ctx)
	if worker.KindOf(err) == worker.Refused { // it answers, but has no list
		return nil
	}
	return err
}

func (openai) request(q question, _ Config) any { return ask(q) }

// read does not insist on [DONE]: not all such servers send it.
func (openai) read(body io.Reader, q question) iter.Seq2[worker.Delta, error] {
	return readChat(body, q, false)
}
