package dialect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"dreambuild.dev/backend/internal/worker"
)

// Probe finds out which kind of server listens at a URL, what it runs, how much
// it reads at once, what it refuses and whether it goes on with a reply that has
// begun. A server that nobody knows is asked for a few tokens. Errors are
// *worker.Fault.
func Probe(ctx context.Context, url string) (worker.About, error) {
	w, err := Open(Config{URL: url})
	if err != nil {
		return worker.About{}, err
	}
	defer w.Close()
	return w.About(ctx)
}

// identify returns what the server is; it asks, unless it is known.
func (w *Worker) identify(ctx context.Context) (known, error) {
	w.mu.Lock()
	k := w.known
	w.mu.Unlock()
	if k != nil {
		return *k, nil
	}
	// A caller may leave: the others still want to know.
	return w.probes.Do(ctx, struct{}{}, w.cfg.FirstByte, w.probe)
}

// probe asks the server what it is, and keeps that.
func (w *Worker) probe(ctx context.Context) (known, error) {
	d, err := w.fixed, error(nil)
	if d == nil {
		d, err = w.recognise(ctx)
	}
	var about worker.About
	if err == nil {
		about, err = d.about(ctx, w)
	}
	if err != nil {
		return known{}, err
	}
	found := known{dialect: d, model: cmp.Or(w.cfg.Model, about.Model), about: about}
	found.about.Model = nameOf("", found.model)
	found.about.Context = cmp.Or(w.cfg.Context, about.Context)
	found.about.Parallel = cmp.Or(w.cfg.Parallel, about.Parallel)
	w.mu.Lock()
	w.known = &found
	w.mu.Unlock()
	return found, nil
}

// forget has the next call ask again: another server may have taken its place.
func (w *Worker) forget() {
	w.mu.Lock()
	w.known, w.spoke = nil, w.spoke.Add(-loadedFor)
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
		Context int `json:"n_ctx"`
	} `json:"meta"`
}

func (w *Worker) models(ctx context.Context) (models, error) {
	var m models
	err := w.ask(ctx, "/v1/models", nil, &m)
	return m, err
}

// recognise asks for what only one kind has. Ollama comes first: it speaks the
// others' dialect too, but worse.
func (w *Worker) recognise(ctx context.Context) (dialect, error) {
	var version struct{ Version string }
	err := w.ask(ctx, "/api/version", nil, &version)
	if err == nil && version.Version != "" {
		return ollama{}, nil
	}
	if kind := worker.KindOf(err); err != nil && kind != worker.Refused && kind != worker.Unreachable || ctx.Err() != nil {
		return nil, err // it loads, is busy, or we have run out of time
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
	// transformers serve fails where its cache is empty, or lists nothing.
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

// pick returns the model of that name, or the first one if it is "".
func (m models) pick(want string) (model, error) {
	if len(m.Data) == 0 {
		return model{}, &worker.Fault{Kind: worker.Refused, Err: errors.New("the worker lists no model")}
	}
	if want == "" {
		return m.Data[0], nil
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
