// Package dialect finds out what kind of inference server listens at a URL, and
// speaks to it over HTTP in its own way, with the credentials that it wants. Each
// dialect has a file; chat.go holds what most of them share.
//
// It promises its callers one thing above all: a reply that ends without an error
// is whole. Only the server's own last word shows that, not a connection that
// closes cleanly. And its errors may be logged: they hold nothing that the server was
// sent, prompts and credentials included, although some servers tell that back.
// Callers decide whether to ask again or another server, and what becomes of a reply.
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
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/flight"
	"dreambuild.dev/backend/internal/worker"
)

// Config names a worker.
type Config struct {
	URL       string
	Kind      string        // one of Kinds; "": the server is asked
	Model     string        // "": the one that the server has
	Context   int           // tokens; 0: as the server says, for Ollama 8192 at most
	Parallel  int           // calls at once; 0: as the server says, else the default of its kind
	Thinking  bool          // the model may think before it answers; false: it is asked not to
	KeepAlive time.Duration // how long Ollama keeps the model in memory after a call; below 0: forever; default 30 min

	// Key is sent as a bearer token; without a Key, what Token returns is. Neither
	// goes over plain HTTP, except to this machine or with Insecure.
	Key      string
	Token    func(context.Context) (string, error)
	Insecure bool

	// How long a worker may keep us waiting. No response header comes while a
	// request is queued or the model is being loaded.
	FirstByte time.Duration // for the response header; default 60 s
	FirstText time.Duration // then the first text, or progress towards it; default 60 s
	Idle      time.Duration // then the next text; default 30 s
}

// kinds are the dialects by name. A test holds the names to worker.Dialects.
var kinds = map[string]dialect{
	"llamacpp":     llamacpp{},
	"ollama":       ollama{},
	"vllm":         vllm{},
	"transformers": transformers{},
	"openai":       openai{},
}

// Kinds returns the dialects' names, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// dialect is how one kind of server speaks.
type dialect interface {
	// about asks the server what it is and what it takes. Model, Context and Parallel
	// of the Config override the answer afterwards.
	about(ctx context.Context, w *Worker) (known, error)
	// check asks the server for a sign of life.
	check(ctx context.Context, w *Worker) error
	// count counts a prompt's tokens; worker.ErrNoCount if the server cannot.
	count(ctx context.Context, w *Worker, k known, p worker.Prompt) (int, error)
	// warm has the server load its model, and reports the progress, from 0 to 1.
	// It ends when report returns false.
	warm(ctx context.Context, w *Worker, k known, report func(progress float64) bool) error
	// path returns the path that a prompt is posted to.
	path() string
	// request returns the body that asks for a streamed reply.
	request(q question, cfg Config) any
	// read yields the deltas of a streamed reply. It ends without an error only
	// after the server's last word.
	read(body io.Reader, q question) iter.Seq2[worker.Delta, error]
}

// Worker is one inference server. It is safe for concurrent use.
type Worker struct {
	cfg    Config
	fixed  dialect // nil: ask
	client *http.Client
	probes flight.Group[struct{}, known]

	mu          sync.Mutex
	known       *known    // nil until the server has told
	lastReplyAt time.Time // its model was in memory then
}

// known is what a server has told of itself, and what its answers have shown.
type known struct {
	dialect dialect
	model   string // as it wants to be asked for it
	about   worker.About
	may     extras   // what requests may have
	sure    extras   // of these, what the server has taken
	efforts []string // the values of reasoning_effort that it may take, the next one first
	think   any      // Ollama's value of think that has the model think least
}

// Open returns the worker that cfg names. It does not dial. Its errors say what is
// wrong with cfg, without its credentials.
func Open(cfg Config) (*Worker, error) {
	u, err := worker.ParseURL(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("the worker's URL %w", err)
	}
	if (cfg.Key != "" || cfg.Token != nil) && u.Scheme == "http" && !loopback(u.Hostname()) && !cfg.Insecure {
		return nil, fmt.Errorf("worker %s: its credentials would be sent in the clear; use https, or allow it with \"insecure\": true", cfg.URL)
	}
	cfg.URL = strings.TrimSuffix(strings.TrimRight(cfg.URL, "/"), "/v1")
	cfg.KeepAlive = cmp.Or(cfg.KeepAlive, 30*time.Minute)
	cfg.FirstByte = cmp.Or(cfg.FirstByte, time.Minute)
	cfg.FirstText = cmp.Or(cfg.FirstText, time.Minute)
	cfg.Idle = cmp.Or(cfg.Idle, 30*time.Second)
	w := &Worker{cfg: cfg}
	if w.fixed = kinds[cfg.Kind]; w.fixed == nil && cfg.Kind != "" {
		return nil, fmt.Errorf("worker dialect %q: it must be one of %s", cfg.Kind, strings.Join(Kinds(), ", "))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	transport.DisableCompression = true // it would hold back a stream
	transport.MaxResponseHeaderBytes = 64 << 10
	w.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w, nil
}

// loopback reports whether what is sent to a host stays on this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close closes the idle connections.
func (w *Worker) Close() { w.client.CloseIdleConnections() }

// Name returns the worker's address.
func (w *Worker) Name() string { return w.cfg.URL }

// About says what the server is. It asks once, and again after a fault.
func (w *Worker) About(ctx context.Context) (worker.About, error) {
	k, err := w.identify(ctx)
	return k.about, err
}

// Check asks for a sign of life.
func (w *Worker) Check(ctx context.Context) error {
	w.mu.Lock()
	k := w.known
	w.mu.Unlock()
	d, err := w.fixed, error(nil)
	switch {
	case k != nil:
		d = k.dialect
	case d == nil: // identify may cost the server some tokens
		d, err = w.recognise(ctx)
	}
	if err == nil {
		err = d.check(ctx, w)
	}
	if err != nil && ctx.Err() == nil {
		w.forget()
	}
	return err
}

// Count counts a prompt's tokens, or returns worker.ErrNoCount.
func (w *Worker) Count(ctx context.Context, p worker.Prompt) (int, error) {
	k, err := w.identify(ctx)
	tokens := 0
	if err == nil {
		tokens, err = k.dialect.count(ctx, w, k, p)
	}
	return tokens, err
}

var (
	errSilent    = errors.New("no response header came in time")
	errQuiet     = errors.New("the worker went quiet")
	errTruncated = errors.New("the reply ended without the worker's last word")
)

// loadedFor is how long a model certainly stays in memory after a reply: of the
// servers that unload it, the shortest default is five minutes.
const loadedFor = 4 * time.Minute

// Generate asks for a reply and yields it as it comes. Errors are those that
// worker.Worker names.
func (w *Worker) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		parent := ctx
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		waiting := time.AfterFunc(w.cfg.FirstByte, func() { cancel(errSilent) })
		defer waiting.Stop()
		quiet := time.AfterFunc(time.Hour, func() { cancel(errQuiet) })
		quiet.Stop()
		defer quiet.Stop()
		headers := func() {
			waiting.Stop()
			quiet.Reset(w.cfg.FirstText)
		}
		hasOutput := false
		progress := 0.0
		alive := func() { quiet.Reset(w.cfg.Idle) }
		for d, err := range w.deltas(ctx, p, headers, alive) {
			if err != nil {
				if parent.Err() != nil {
					yield(worker.Delta{}, context.Cause(parent))
					return
				}
				err = fault(err, context.Cause(ctx))
				if kind := worker.KindOf(err); kind == worker.Unreachable || kind == worker.Broken {
					w.forget()
				}
				yield(worker.Delta{}, err)
				return
			}
			switch { // a role or a ping shows no progress
			case d.Text != "" || d.Thinking:
				hasOutput = true
				alive()
			case d.Phase == worker.Loading:
				waiting.Reset(w.cfg.FirstByte)
			case !hasOutput && d.Progress > progress:
				progress = d.Progress
				quiet.Reset(w.cfg.FirstText)
			}
			if d.Finish != "" {
				w.mu.Lock()
				w.lastReplyAt = time.Now()
				w.mu.Unlock()
			}
			if !yield(d, nil) || d.Finish != "" {
				return
			}
		}
	}
}

// deltas posts the prompt and reads the reply. It calls headers when the
// response begins, and alive when the server writes what is not yet yielded.
func (w *Worker) deltas(ctx context.Context, p worker.Prompt, headers, alive func()) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		k, err := w.identify(ctx)
		if err != nil {
			yield(worker.Delta{}, fmt.Errorf("identify the worker: %w", err))
			return
		}
		w.mu.Lock()
		cold := time.Since(w.lastReplyAt) > loadedFor
		w.mu.Unlock()
		if cold {
			left := false
			err := k.dialect.warm(ctx, w, k, func(progress float64) bool {
				left = !yield(worker.Delta{Phase: worker.Loading, Progress: progress}, nil)
				return !left
			})
			if left {
				return
			}
			if err != nil {
				yield(worker.Delta{}, fmt.Errorf("load the model: %w", err))
				return
			}
		}
		x := exchange{w, p, headers, alive, yield}
		if k, again := x.run(ctx, k); again {
			x.run(ctx, k)
		}
	}
}

// exchange is a prompt that is posted, and its reply.
type exchange struct {
	worker  *Worker
	prompt  worker.Prompt
	headers func()
	alive   func()
	yield   func(worker.Delta, error) bool
}

// run posts the prompt and yields the reply. It reports whether to ask again, and then
// what to know of the server: a model that was asked not to think, and ended without a
// word, is allowed to. https://github.com/ollama/ollama/issues/17823
func (x exchange) run(ctx context.Context, k known) (other known, again bool) {
	p := x.prompt
	// Most servers read the whole prompt before they send a header, so whoever
	// has a connection by now may be at work.
	var connected atomic.Bool
	posting := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	q, res, err := x.worker.negotiate(posting, p, k)
	if err != nil {
		if connected.Load() && mayHaveRead(err) && !x.yield(worker.Delta{Sent: worker.PromptTokens(p)}, nil) {
			return k, false
		}
		x.yield(worker.Delta{}, err)
		return k, false
	}
	defer res.Body.Close()
	x.headers()
	q.alive = x.alive
	if !x.yield(worker.Delta{Phase: worker.Reading, Sent: worker.PromptTokens(p), InWords: p.Reply != "" && q.has&begun == 0}, nil) {
		return k, false
	}
	label, isEmpty := "", true
	for d, err := range k.dialect.read(res.Body, q) {
		if err != nil {
			if known := (*errs.Error)(nil); !errors.As(err, &known) {
				err = &worker.Fault{Kind: worker.Broken, Err: err}
			}
			x.yield(worker.Delta{}, err)
			return k, false
		}
		if isEmpty && (strings.TrimSpace(d.Text) != "" || d.Thinking) {
			isEmpty = false
			x.worker.remember(q)
		}
		if isEmpty && d.Finish == worker.Stop && q.has&noThinking != 0 {
			return q.server.withoutAll(noThinking), true
		}
		if d.Text != "" || d.Finish != "" {
			if label == "" {
				label = nameOf(d.Model, k.about.Model)
			}
			d.Model = label
		}
		if !x.yield(d, nil) {
			return k, false
		}
	}
	return k, false
}

// mayHaveRead reports whether a server that we had a connection to may have worked on
// a prompt before it gave no reply. One that is busy, loads its model or finds fault
// with the request has not. Nor has one that cannot be dialled again, after a
// connection that was kept had turned out to be closed.
func mayHaveRead(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	var said *reported
	return !errors.As(err, &said) || said.Status >= http.StatusInternalServerError && said.Status != http.StatusServiceUnavailable
}

// nameOf returns a model's name for people, without a path of the worker's machine.
func nameOf(told, asked string) string {
	told = strings.TrimSuffix(path.Base(strings.ReplaceAll(cmp.Or(told, asked), `\`, "/")), ".gguf")
	told, _, _ = strings.Cut(told, "@")
	return strings.TrimSuffix(told, ":latest")
}

// do sends a request with the worker's credentials.
func (w *Worker) do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.cfg.URL+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	key := w.cfg.Key
	if key == "" && w.cfg.Token != nil {
		if key, err = w.cfg.Token(ctx); err != nil {
			return nil, fmt.Errorf("get a token for the worker: %w", err)
		}
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := w.client.Do(req)
	if err != nil {
		return nil, broken(err)
	}
	res.Body = answerBody{res.Body}
	return res, nil
}

// ask sends a small request and reads a small JSON answer into v; a body of nil
// makes it a GET. A status other than 200 is an error of refusal's.
func (w *Worker) ask(ctx context.Context, path string, body, v any) error {
	method, text := http.MethodGet, io.Reader(nil)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		method, text = http.MethodPost, bytes.NewReader(raw)
	}
	res, err := w.do(ctx, method, path, text)
	if err != nil {
		return fault(err, context.Cause(ctx))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fault(w.refusal(res), nil)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && v != nil && json.Unmarshal(raw, v) != nil {
		err = fmt.Errorf("worker sent %d bytes that are not what it is asked for", len(raw))
	}
	if err != nil {
		return &worker.Fault{Kind: worker.Unreachable, Err: fmt.Errorf("%s: %w", path, err)}
	}
	return nil
}

// fault gives an error its kind. cause is why our context ended; nil if it did not.
func fault(err, cause error) error {
	var known *worker.Fault
	var said *errs.Error
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(cause, errSilent), errors.Is(cause, context.DeadlineExceeded):
		return &worker.Fault{Kind: worker.Unreachable, Err: cause}
	case errors.Is(cause, errQuiet):
		return &worker.Fault{Kind: worker.Broken, Err: cause}
	case cause != nil:
		return cause
	case errors.As(err, &known):
		return err
	}
	return &worker.Fault{Kind: worker.Unreachable, Err: err}
}
