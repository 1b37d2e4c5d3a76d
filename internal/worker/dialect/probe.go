package dialect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"dreambuild.dev/backend/internal/worker"
)

// Probe finds out which kind of server listens at a URL, which model it has, how
// much the model reads, what the server refuses and whether it can continue a
// reply. A server of an unknown kind is asked for a few tokens. Errors are
// *worker.Fault, except for a URL that Open refuses.
func Probe(ctx context.Context, url string) (worker.About, error) {
	w, err := Open(Config{URL: url})
	if err != nil {
		return worker.About{}, err
	}
	defer w.Close()
	return w.About(ctx)
}

// identify returns what the server is, which it asks unless that is known. Calls
// that want to know at the same time share one probe.
func (w *Worker) identify(ctx context.Context) (known, error) {
	w.mu.Lock()
	k := w.known
	w.mu.Unlock()
	if k != nil {
		return *k, nil
	}
	return w.probes.Do(ctx, struct{}{}, w.cfg.FirstByte, w.probe)
}

// probe asks the server what it is, and keeps the answer.
func (w *Worker) probe(ctx context.Context) (known, error) {
	d, err := w.fixed, error(nil)
	if d == nil {
		d, err = w.recognise(ctx)
	}
	var found known
	if err == nil {
		found, err = d.about(ctx, w)
	}
	if err != nil {
		return known{}, err
	}
	found.dialect, found.model = d, cmp.Or(w.cfg.Model, found.about.Model)
	found.about.Model = nameOf("", found.model)
	found.about.Context = cmp.Or(w.cfg.Context, found.about.Context)
	found.about.Parallel = cmp.Or(w.cfg.Parallel, found.about.Parallel)
	found.about.Continues = found.may&begun != 0
	w.mu.Lock()
	w.known = &found
	w.mu.Unlock()
	return found, nil
}

// forget makes the next call ask again: another server may have taken its place.
func (w *Worker) forget() {
	w.mu.Lock()
	w.known, w.lastReplyAt = nil, w.lastReplyAt.Add(-loadedFor)
	w.mu.Unlock()
}

// models is /v1/models, which servers of all kinds have.
type models struct {
	Data []model `json:"data"`
}

type model struct {
	ID       string          `json:"id"`
	Aliases  []string        `json:"aliases"`
	OwnedBy  string          `json:"owned_by"`
	Created  json.RawMessage `json:"created"`
	MaxModel int             `json:"max_model_len"`
	Length   int             `json:"context_length"`
	Window   int             `json:"context_window"`
	Meta     struct {
		Context    int   `json:"n_ctx"`
		Parameters int64 `json:"n_params"`
	} `json:"meta"`
}

func (w *Worker) models(ctx context.Context) (models, error) {
	var m models
	err := w.ask(ctx, "/v1/models", nil, &m)
	return m, err
}

// recognise asks for what only one kind of server has. It tries Ollama first,
// which also speaks the others' dialect, but badly.
func (w *Worker) recognise(ctx context.Context) (dialect, error) {
	var version struct{ Version string }
	err := w.ask(ctx, "/api/version", nil, &version)
	if err == nil && version.Version != "" {
		return ollama{}, nil
	}
	if kind := worker.KindOf(err); err != nil && kind != worker.Refused && kind != worker.Unreachable || ctx.Err() != nil {
		return nil, err // it loads or is busy, or our time is over
	}
	list, err := w.models(ctx)
	switch {
	case err == nil && len(list.Data) > 0:
		switch m := list.Data[0]; {
		case m.OwnedBy == "llamacpp":
			return llamacpp{}, nil
		case m.OwnedBy == "vllm":
			return vllm{}, nil
		case bytes.ContainsRune(m.Created, '.'): // before 5.24; with all others it is an integer
			return transformers{}, nil
		}
	case err != nil && worker.KindOf(err) == worker.NotReady:
		return nil, err
	}
	// Where its cache is empty, transformers serve fails or lists nothing.
	var api struct {
		Paths map[string]any `json:"paths"`
	}
	switch {
	case w.ask(ctx, "/openapi.json", nil, &api) == nil && api.Paths["/load_model"] != nil:
		return transformers{}, nil
	case err == nil && len(list.Data) == 0:
		return nil, &worker.Fault{Kind: worker.Refused, Err: errors.New("it lists no model")}
	case err != nil:
		return nil, err
	}
	return openai{}, ctx.Err()
}

// pick returns the configured model of the server's list, or the first one.
func (w *Worker) pick(ctx context.Context) (model, error) {
	list, err := w.models(ctx)
	if err != nil {
		return model{}, err
	}
	return list.pick(w.cfg.Model)
}

// pick returns the model of that name; if it is "", the first one whose name says
// nothing against a chat.
func (m models) pick(want string) (model, error) {
	if len(m.Data) == 0 {
		return model{}, &worker.Fault{Kind: worker.Refused, Err: errors.New("the worker lists no model")}
	}
	if want == "" {
		chat := slices.IndexFunc(m.Data, func(one model) bool { return namesChat(one.ID) })
		return m.Data[max(0, chat)], nil
	}
	var ids []string
	for _, one := range m.Data {
		if one.ID == want || slices.Contains(one.Aliases, want) {
			return one, nil
		}
		ids = append(ids, nameOf(one.ID, ""))
	}
	return model{}, &worker.Fault{Kind: worker.Refused, Err: fmt.Errorf("the worker has no model %q; it has %q", want, ids)}
}

// otherModels matches the names of models that answer no chat: those for embeddings
// and for ranking, for speech and for pictures.
var otherModels = regexp.MustCompile(`(?i)embed|rerank|(^|[^a-z])(bge|gte|e5|clip|siglip|whisper|tts|dall-e|moderation|minilm|colbert)([^a-z]|$)`)

// namesChat reports whether a model's name leaves it possible that it answers chats.
func namesChat(name string) bool { return !otherModels.MatchString(nameOf("", name)) }
