// Package dialect speaks to inference servers over HTTP, each kind in its own
// way: llama.cpp's server (llamacpp.go) and Ollama (ollama.go).
//
// It promises its callers one thing above all: a reply that ends without an
// error is whole. A connection that closes cleanly is no such sign; only the
// server's own last word is. What becomes of a reply is left to others.
package dialect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
)

// Config names a worker.
type Config struct {
	URL     string
	Kind    string // "llamacpp" or "ollama"; "" asks the server
	Model   string // "" for the one that the server has
	Context int    // tokens, where a request says it (Ollama); default 8192
	// What a worker may keep us waiting for. No response header comes while a
	// request is queued or the model is being loaded.
	FirstByte time.Duration // the response header; default 60 s
	FirstText time.Duration // then the first text; default 60 s
	Idle      time.Duration // then the next text; default 30 s
}

// Worker is one inference server. It is safe for concurrent use.
type Worker struct {
	cfg    Config
	client *http.Client

	mu    sync.Mutex
	known *identity // nil until the server has told
}

// identity is what a server is.
type identity struct {
	dialect dialect
	model   string
}

// dialect is how one kind of server speaks.
type dialect interface {
	// path is where a prompt is posted to.
	path() string
	// request is the body that asks for a streamed reply.
	request(p worker.Prompt, model string, cfg Config) any
	// read yields the deltas of a streamed reply and ends without an error only
	// after the server's last word.
	read(body io.Reader, p worker.Prompt) iter.Seq2[worker.Delta, error]
}

// Open checks cfg. It does not dial.
func Open(cfg Config) (*Worker, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("worker URL %q: it must be such as http://127.0.0.1:8102", cfg.URL)
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	cfg.Context = cmp.Or(cfg.Context, 8192)
	cfg.FirstByte = cmp.Or(cfg.FirstByte, time.Minute)
	cfg.FirstText = cmp.Or(cfg.FirstText, time.Minute)
	cfg.Idle = cmp.Or(cfg.Idle, 30*time.Second)
	w := &Worker{cfg: cfg}
	switch cfg.Kind {
	case "", "llamacpp", "ollama":
	default:
		return nil, fmt.Errorf("worker dialect %q: it must be llamacpp or ollama", cfg.Kind)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	transport.DisableCompression = true // it would hold back a stream
	w.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w, nil
}

// Close drops the idle connections.
func (w *Worker) Close() { w.client.CloseIdleConnections() }

var (
	errQuiet     = errors.New("the worker went quiet")
	errTruncated = errors.New("the reply ended without the worker's last word")
)

// Generate asks for a reply and yields it as it comes. Errors: UNAVAILABLE
// worker-unavailable when no output came, worker-lost after some;
// INVALID_ARGUMENT too-long (details used and limit, in tokens, where the
// worker tells) for a prompt that does not fit; the cause of ctx when it ends.
// Leaving the loop stops the worker.
func (w *Worker) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		parent := ctx
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		quiet := time.AfterFunc(w.cfg.FirstByte, func() { cancel(errQuiet) })
		defer quiet.Stop()

		spoke := false
		for d, err := range w.deltas(ctx, p, func() { quiet.Reset(w.cfg.FirstText) }) {
			if err != nil {
				if cause := context.Cause(ctx); cause != nil {
					err = cause
				}
				if parent.Err() != nil {
					yield(worker.Delta{}, context.Cause(parent))
				} else {
					yield(worker.Delta{}, failure(err, spoke))
				}
				return
			}
			if d.Text != "" {
				spoke = true
				quiet.Reset(w.cfg.Idle)
			}
			if !yield(d, nil) || d.Finish != "" {
				return
			}
		}
	}
}

// failure gives an error its code, by whether anything was seen of the reply.
func failure(err error, spoke bool) error {
	if known := (*errs.Error)(nil); errors.As(err, &known) {
		return err
	}
	if spoke {
		return errs.New(errs.Unavailable, errs.WorkerLost, "The model stopped in the middle of its answer. What it wrote is kept; try again.").Because(err)
	}
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model could be reached. Try again in a minute.").Because(err)
}

// deltas posts the prompt and reads the reply. It calls headers when the
// response begins.
func (w *Worker) deltas(ctx context.Context, p worker.Prompt, headers func()) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		who, err := w.identify(ctx)
		if err != nil {
			yield(worker.Delta{}, fmt.Errorf("identify the worker: %w", err))
			return
		}
		body, err := json.Marshal(who.dialect.request(p, who.model, w.cfg))
		if err != nil {
			yield(worker.Delta{}, err)
			return
		}
		res, err := w.do(ctx, http.MethodPost, who.dialect.path(), bytes.NewReader(body))
		if err != nil {
			yield(worker.Delta{}, err)
			return
		}
		defer res.Body.Close()
		headers()
		if res.StatusCode != http.StatusOK {
			yield(worker.Delta{}, refusal(res))
			return
		}
		label := ""
		for d, err := range who.dialect.read(res.Body, p) {
			if label == "" {
				label = name(d.Model, who.model)
			}
			d.Model = label
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// name is a model's name for people: never a path of the worker's machine.
func name(told, asked string) string {
	if told == "" {
		told = asked
	}
	told = strings.TrimSuffix(path.Base(strings.ReplaceAll(told, `\`, "/")), ".gguf")
	return strings.TrimSuffix(told, ":latest")
}

// refusal reads the error that a worker sent instead of a reply.
func refusal(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("worker answered %s: %w", res.Status, err)
	}
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(text, &body) == nil && len(body.Error) > 0 {
		return fmt.Errorf("worker answered %s: %w", res.Status, reported(body.Error))
	}
	return fmt.Errorf("worker answered %s: %.200q", res.Status, text)
}

// reported makes an error of what a worker reports, as an object or a string.
func reported(raw json.RawMessage) error {
	var e struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Prompt  int    `json:"n_prompt_tokens"`
		Context int    `json:"n_ctx"`
	}
	if json.Unmarshal(raw, &e.Message) == nil { // a string
		return fmt.Errorf("worker: %.200s", e.Message)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("worker: %.200s", raw)
	}
	err := fmt.Errorf("worker: %s: %.200s", e.Type, e.Message)
	if e.Type == "exceed_context_size_error" {
		return tooLong(e.Prompt, e.Context).Because(err)
	}
	return err
}

func tooLong(used, limit int) *errs.Error {
	return errs.New(errs.InvalidArgument, errs.TooLong,
		"The prompt and the project together are %d tokens long; this model reads %d. Shorten the prompt or start a new project.", used, limit).
		With("used", used).With("limit", limit)
}

// identify finds out, once, which kind of server this is and what it runs.
func (w *Worker) identify(ctx context.Context) (identity, error) {
	w.mu.Lock()
	known := w.known
	w.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	who, err := w.ask(ctx)
	if err != nil {
		return identity{}, err
	}
	w.mu.Lock()
	w.known = &who
	w.mu.Unlock()
	return who, nil
}

func (w *Worker) ask(ctx context.Context) (identity, error) {
	kind, model := w.cfg.Kind, w.cfg.Model
	if kind == "" {
		var version struct{ Version string }
		status, err := w.get(ctx, "/api/version", &version)
		switch {
		case err != nil:
			return identity{}, err
		case status == http.StatusOK && version.Version != "":
			kind = "ollama"
		case status == http.StatusServiceUnavailable:
			return identity{}, errors.New("the worker is still loading its model")
		default:
			kind = "llamacpp"
		}
	}
	if kind == "llamacpp" {
		return identity{llamacpp{}, model}, nil
	}
	if model == "" {
		var tags struct{ Models []struct{ Name string } }
		if _, err := w.get(ctx, "/api/tags", &tags); err != nil {
			return identity{}, err
		}
		if len(tags.Models) == 0 {
			return identity{}, errors.New("the Ollama worker has no model: `ollama pull` one")
		}
		model = tags.Models[0].Name
	}
	return identity{ollama{}, model}, nil
}

// get reads a small JSON answer into v, if it is one.
func (w *Worker) get(ctx context.Context, path string, v any) (status int, err error) {
	res, err := w.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode == http.StatusOK && kind == "application/json" {
		err = json.Unmarshal(text, v)
	}
	return res.StatusCode, err
}

func (w *Worker) do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.cfg.URL+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return w.client.Do(req)
}
