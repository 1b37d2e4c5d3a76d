package dialect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/bits"
	"net/http"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/worker"
)

// extras are what a request may have and not every server takes.
type extras uint8

const (
	begun  extras = 1 << iota // the last message is the assistant's, and is to be continued
	usage                     // stream_options: the stream tells what the call costs
	effort                    // reasoning_effort: the model thinks as little as it can
	kwargs                    // chat_template_kwargs: the template has the model answer at once
	think                     // Ollama's think: likewise

	noThinking = effort | kwargs | think
)

// extraNames are for operators, and words by which a refusal names each of them. A
// refusal that fits several is of the first: llama.cpp's "Assistant response prefill
// is incompatible with enable_thinking" is about the prefill.
var extraNames = []struct {
	extra extras
	name  string
	words []string
}{
	{begun, "a reply that has begun", []string{"prefill", "assistant message", "last message", "final message", "final_message", "add_generation_prompt", "last role", "end with a user", "ends with a user"}},
	{usage, "stream_options", []string{"stream_options", "include_usage"}},
	{effort, "reasoning_effort", []string{"reasoning_effort", "reasoning effort", "reasoning.effort"}},
	{kwargs, "chat_template_kwargs", []string{"chat_template", "template_kwargs", "enable_thinking"}},
	{think, "think", []string{"think"}},
}

// efforts are the values of reasoning_effort to try, the least first. Models take
// different ones, and gpt-oss always thinks.
func efforts(model string) []string {
	if alwaysThinks(model) {
		return []string{"low"}
	}
	return []string{"none", "minimal", "low"}
}

// alwaysThinks reports whether a model can be asked to think little, and not to
// leave it.
func alwaysThinks(model string) bool {
	return strings.Contains(strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(model)), "gptoss")
}

// question is a prompt as a server is asked it.
type question struct {
	worker.Prompt
	server known
	has    extras
	// alive is called when the server writes what read holds back.
	alive func()
}

// question returns how a server is asked, as far as it is known what it takes.
func (k known) question(p worker.Prompt, cfg Config) question {
	q := question{Prompt: p, server: k, has: k.may, alive: func() {}}
	if p.Reply == "" && p.Prefill == "" {
		q.has &^= begun
	}
	if cfg.Thinking && !p.NoThinking {
		q.has &^= noThinking
	}
	return q
}

// without returns what is known of a server that refuses an extra. An effort that is
// refused gives way to the next one.
func (k known) without(x extras) known {
	if x == effort && len(k.efforts) > 1 {
		k.efforts = k.efforts[1:]
		return k
	}
	k.may &^= x
	for _, e := range extraNames {
		if e.extra == x && !slices.Contains(k.about.Refuses, e.name) {
			k.about.Refuses = slices.Concat(k.about.Refuses, []string{e.name})
		}
	}
	k.about.Continues = k.may&begun != 0
	return k
}

// withoutAll is without for all of some extras.
func (k known) withoutAll(all extras) known {
	for _, e := range extraNames {
		for all&k.may&e.extra != 0 {
			k = k.without(e.extra)
		}
	}
	return k
}

// named returns the extra of a request that a refusal is about; 0: it does not say.
func (r *reported) named(has extras) extras {
	words := strings.ToLower(r.Type + " " + r.Message)
	for _, e := range extraNames {
		if has&e.extra != 0 && slices.ContainsFunc(e.words, func(w string) bool { return strings.Contains(words, w) }) {
			return e.extra
		}
	}
	return 0
}

// negotiate posts a prompt, and returns the question that the server takes with its
// answer, whose status is 200. A server that refuses the question is asked again
// without the extra that it names, or, if it names none, without each that it has
// never taken, and then without all of these. If it takes none, the error is its first
// refusal.
func (w *Worker) negotiate(ctx context.Context, p worker.Prompt, k known) (question, *http.Response, error) {
	q := k.question(p, w.cfg)
	res, first := w.post(ctx, q)
	err := first
	for said := refusedAs(err); said != nil; said = refusedAs(err) {
		x := said.named(q.has)
		if x == 0 {
			break
		}
		q = q.server.without(x).question(p, w.cfg)
		res, err = w.post(ctx, q)
	}
	if said := refusedAs(err); said != nil && said.Status < http.StatusInternalServerError {
		q, res, err = w.search(ctx, q, err)
	}
	if refusedAs(err) != nil {
		err = first
	}
	return q, res, err
}

// search asks a question, which was refused without a reason that we know, without
// each of the extras that the server has never taken, then without all of these. If
// nothing helps, it returns the refusal.
func (w *Worker) search(ctx context.Context, q question, refusal error) (question, *http.Response, error) {
	unsure := q.has &^ q.server.sure
	var ways []known
	for _, e := range extraNames {
		for one := q.server; unsure&one.may&e.extra != 0; {
			one = one.without(e.extra)
			ways = append(ways, one)
		}
	}
	if bits.OnesCount8(uint8(unsure)) > 1 {
		ways = append(ways, q.server.withoutAll(unsure))
	}
	for _, k := range ways {
		other := k.question(q.Prompt, w.cfg)
		if res, err := w.post(ctx, other); refusedAs(err) == nil {
			return other, res, err
		}
	}
	return q, nil, refusal
}

// post sends a question. A status other than 200 is an error of refusal's.
func (w *Worker) post(ctx context.Context, q question) (*http.Response, error) {
	body, err := json.Marshal(q.server.dialect.request(q, w.cfg))
	if err != nil {
		return nil, err
	}
	res, err := w.do(ctx, http.MethodPost, q.server.dialect.path(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	err = w.refusal(res)
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // the connection can be used again
	return nil, err
}

// refusedAs returns what a server said that found fault with a request itself; nil
// for other errors, and for a prompt that is too long.
func refusedAs(err error) *reported {
	var said *reported
	if !errors.As(err, &said) || worker.KindOf(err) == "" {
		return nil
	}
	switch said.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return said
	}
	return nil
}

// remember keeps what a server has answered to, unless it has been forgotten meanwhile.
func (w *Worker) remember(q question) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil || w.known.dialect != q.server.dialect {
		return
	}
	now := w.known.withoutAll(w.known.may &^ q.server.may)
	if len(q.server.efforts) < len(now.efforts) {
		now.efforts = q.server.efforts
	}
	now.sure |= q.has
	w.known = &now
}
