// Package functions is the backend's functions: their names, what they take and
// answer on the wire, and how the parts behind them are wired.
//
// A function is a plain Go method (ctx, call) (result, error), with send if it
// streams. It checks what a client sent, calls one use case and shapes the
// answer; it never writes a response or logs. Deciding what may happen is left
// to packages project and turn, speaking the protocol to package callable.
package functions

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/builder"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/flight"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/spending"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/google/uuid"
)

//go:generate go test -run TestClientTypes . -update

// table lists every function by the name that clients call it by.
var table = map[string]entry{
	"generateCode":   checked(stream((*Backend).generateCode)).counts(admission.Generate).takes(aPrompt).answers(files),
	"resumeTurn":     stream((*Backend).resumeTurn).counts(admission.Stream).first().answers(files),
	"cancelTurn":     checked(unary((*Backend).cancelTurn)).counts(admission.Write).first().within(writing),
	"saveProject":    checked(unary((*Backend).saveProject)).counts(admission.Write).within(writing).takes(aProject).answers(files),
	"restoreVersion": checked(unary((*Backend).restoreVersion)).counts(admission.Write).within(writing).answers(files),
	"getProject":     unary((*Backend).getProject).answers(files),
	"listProjects":   unary((*Backend).listProjects),
	"listVersions":   unary((*Backend).listVersions).answers(files),
	"listMessages":   unary((*Backend).listMessages).answers(files),
	"getMessage":     unary((*Backend).getMessage).answers(files),
	"renameProject":  checked(unary((*Backend).renameProject)).counts(admission.Write).within(writing),
	"deleteProject":  checked(unary((*Backend).deleteProject)).counts(admission.Write).within(writing),
	"exportProject":  unary((*Backend).exportProject).answers(files),
	"listTemplates":  unary((*Backend).listTemplates),
	"getUsage":       unary((*Backend).getUsage),
	"deleteAccount":  checked(unary((*Backend).deleteAccount)).counts(admission.Write).first().within(writing),
	"exportAccount":  checked(stream((*Backend).exportAccount)).counts(admission.Stream),
	"workerHealth":   checked(unary((*Backend).workerHealth)),

	"listModels":      unary((*Backend).listModels),
	"grantModel":      checked(unary((*Backend).grantModel)).counts(admission.Write).takes(somePaths),
	"publishModel":    checked(stream((*Backend).publishModel)).counts(admission.Stream),
	"quarantineModel": checked(unary((*Backend).quarantineModel)).counts(admission.Write),
	"modelUploaded":   event((*Backend).modelUploaded).takes(anEvent),

	"openModelSession":  checked(unary((*Backend).openModelSession)).counts(admission.Write),
	"closeModelSession": anyone(unary((*Backend).closeModelSession)).counts(admission.Write).takes(nothing),
	"modelFiles":        filesUnder("models", (*Backend).modelFiles),
}

// What functions take and answer, in bytes. Each byte of a text may take six in
// JSON, as \u0001 does.
const (
	nothing   = 1 << 10
	someIDs   = 4 << 10 // unless the table says otherwise
	somePaths = 256 << 10
	anEvent   = 256 << 10
	aPrompt   = 6*(maxPrompt+turn.MaxErrors*turn.MaxError+turn.MaxSelector+turn.MaxMarkup) + someIDs
	aProject  = 10 << 20 // the files, a reply and a prompt

	fields = 256 << 10 // unless the table says otherwise
	files  = 4 * artifact.MaxSetBytes
)

// How long a call may take that is no stream: beyond it, the database does not
// answer.
const (
	reading = 10 * time.Second // unless the table says otherwise
	writing = 20 * time.Second
)

// entry is one function: a call that clients make, an event that Google Cloud
// delivers, or a request for a file.
type entry struct {
	call  func(*Backend, callable.Options, time.Duration) http.Handler
	event func(*Backend, context.Context, cloudevents.Event) error
	file  func(*Backend, context.Context, http.ResponseWriter, *http.Request) error
	under string // the first part of the files' paths

	class admission.Class // Read, unless the table says otherwise
	runs  bool            // it is about a turn that runs: see admission.Running

	request, answer int64         // bytes: see callable.Options
	timeout         time.Duration // of a call that is no stream

	// The types of a call, of which api.d.ts is generated.
	in, message, result reflect.Type // message: nil unless it streams
}

func unary[Req, Res any](fn func(*Backend, context.Context, callable.Call[Req]) (Res, error)) entry {
	return entry{
		call: func(b *Backend, o callable.Options, timeout time.Duration) http.Handler {
			return callable.Unary(o, func(ctx context.Context, call callable.Call[Req]) (Res, error) {
				late := errs.StoreLate()
				ctx, cancel := context.WithTimeoutCause(forPages(ctx, call.Caller), timeout, late)
				defer cancel()
				res, err := fn(b, ctx, call)
				if err != nil && errors.Is(context.Cause(ctx), late) {
					err = late.Because(err)
				}
				return res, err
			})
		},
		in: reflect.TypeFor[Req](), result: reflect.TypeFor[Res](),
	}
}

// counts says among which calls a call is counted.
func (e entry) counts(class admission.Class) entry {
	e.class = class
	return e
}

// first lets calls in while there is any room at all.
func (e entry) first() entry {
	e.runs = true
	return e
}

// takes bounds the request's bytes.
func (e entry) takes(bytes int64) entry {
	e.request = bytes
	return e
}

// answers says how many bytes an answer takes at most, as a rule.
func (e entry) answers(bytes int64) entry {
	e.answer = bytes
	return e
}

// within bounds the time that a call takes.
func (e entry) within(timeout time.Duration) entry {
	e.timeout = timeout
	return e
}

// anyone may call it, signed in or not.
func anyone(e entry) entry {
	call := e.call
	e.call = func(b *Backend, o callable.Options, timeout time.Duration) http.Handler {
		o.RequireAuth = false
		return call(b, o, timeout)
	}
	return e
}

// checked is for what writes, costs or needs a right: Firebase Auth is asked whether
// the caller may still come in, and with which claims. What only reads the caller's
// own believes a token for the hour that it lives.
func checked(e entry) entry {
	call := e.call
	e.call = func(b *Backend, o callable.Options, timeout time.Duration) http.Handler {
		o.Verifier = b.today
		return call(b, o, timeout)
	}
	return e
}

func stream[Req, Message, Res any](fn func(*Backend, context.Context, callable.Call[Req], func(Message) error) (Res, error)) entry {
	return entry{
		call: func(b *Backend, o callable.Options, _ time.Duration) http.Handler {
			return callable.Stream(o, func(ctx context.Context, call callable.Call[Req], send func(Message) error) (Res, error) {
				return fn(b, forPages(ctx, call.Caller), call, send)
			})
		},
		in: reflect.TypeFor[Req](), message: reflect.TypeFor[Message](), result: reflect.TypeFor[Res](),
	}
}

func event(fn func(*Backend, context.Context, cloudevents.Event) error) entry {
	return entry{event: fn}
}

func filesUnder(under string, fn func(*Backend, context.Context, http.ResponseWriter, *http.Request) error) entry {
	return entry{file: fn, under: under}
}

// Backend is the functions with all that they need. It is safe for concurrent
// use.
type Backend struct {
	options  callable.Options
	gate     *gate
	projects project.Projects
	turns    *turn.Runner
	pages    turn.Pages
	workers  Workers       // nil: there are none
	timeout  time.Duration // how long a call may read a turn; 0: as long as it takes
	usage    usage
	spending *spending.Counter // nil: there is no ceiling
	models   *models           // nil: there is no bucket of models
	today    callable.Verifier // asks how the caller stands today; that of options believes the token
	users    Users
	accounts *account.Deleter // nil: they cannot be deleted
	exports  account.Exporter
	denials  *access.Denials
	sessions *access.Sessions
	senders  auth.Senders
	needs    []func(context.Context) error
	asking   flight.Group[struct{}, struct{}] // of needs
	warm     func()
	close    func() error
}

// Store is what the functions keep everything in.
type Store interface {
	turn.Store
	project.Store
	catalogue.Store
	catalogue.GrantStore
	access.Store
	spending.Store
	account.Store
	account.Records
	// Account returns what a user has used of a day, and the turns that run.
	Account(ctx context.Context, uid, day string) (quota.Account, error)
	// BytesGranted is what a user has been granted of model weights in a month.
	BytesGranted(ctx context.Context, uid, month string) (int64, error)
}

// Workers answer prompts, and say how they are.
type Workers interface {
	turn.Worker
	Health(ctx context.Context) []worker.Health
}

// Parts is what a Backend is made of.
type Parts struct {
	Store    Store
	Verifier callable.Verifier
	Apps     callable.Apps                 // nil: App Check tokens are not looked at
	Users    Users                         // nil: a token is believed until it expires
	Accounts account.Directory             // where users sign in; nil: nowhere
	Workers  Workers                       // nil: templates answer
	Bucket   catalogue.Bucket              // nil: there are no models
	Signer   catalogue.Signer              // with a Bucket
	Pages    turn.Pages                    // nil: only what takes no child process is built
	Memory   *admission.Memory             // nil: nothing bounds what calls hold
	Needs    []func(context.Context) error // each returns nil if something that calls need is there

	Remembered int64 // bytes of what the Store has read; 0: nothing is remembered
}

// New connects a Backend as cfg says. It waits for nobody: what is out of reach
// shows when a function needs it.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (*Backend, error) {
	db, err := store.Open(ctx, cfg.Project, log)
	if err != nil {
		return nil, err
	}
	db.RememberBy([]byte(cfg.DeletionKey))
	who := auth.Config{Project: cfg.Project, Emulated: cfg.Emulated, Recheck: cfg.SessionRecheck}
	if cfg.AppCheckEmulator != "" {
		who.AppKeysURL, who.ConsumeURL = cfg.AppCheckEmulator+"/v1/jwks", cfg.AppCheckEmulator+"/"
	}
	verifier, err := auth.Open(who)
	if err != nil {
		return nil, err
	}
	forCalls, remembered := memory()
	parts := Parts{Store: db, Verifier: verifier, Apps: auth.OpenApps(who), Users: auth.OpenCurrent(who, verifier), Accounts: auth.OpenDirectory(who), Memory: admission.NewMemory(forCalls), Remembered: remembered}
	parts.Needs = append(parts.Needs, db.Ready, verifier.Ready)
	closers := []func() error{db.Close}
	if len(cfg.Workers.Plans) > 0 {
		pools, err := openWorkers(cfg.Workers, log)
		if err != nil {
			return nil, err
		}
		closers = append(closers, func() error { pools.Close(); return nil })
		parts.Workers = pools
	}
	if cfg.Models.Bucket != "" {
		bucket, err := blob.Open(ctx, cfg.Models.Bucket, cfg.Models.Endpoint)
		if err != nil {
			return nil, err
		}
		closers = append(closers, bucket.Close)
		parts.Bucket = bucket
		if parts.Signer, err = openSigner(ctx, cfg.Models); err != nil {
			return nil, err
		}
	}
	pages := builder.Open(log)
	closers = append(closers, func() error { pages.Close(); return nil })
	parts.Pages = pages
	b := NewWith(cfg, parts, log)
	b.warm = pages.Warm
	b.close = func() error {
		var all []error
		for _, close := range closers {
			all = append(all, close())
		}
		return errors.Join(all...)
	}
	return b, nil
}

// NewWith makes a Backend of parts. It is how tests and benchmarks bring their
// own.
func NewWith(cfg config.Config, parts Parts, log *slog.Logger) *Backend {
	if parts.Users == nil {
		parts.Users = tokensAlone{parts.Verifier}
	}
	if parts.Pages == nil {
		parts.Pages = new(builder.Builder)
	}
	if cfg.AppCheck == "" {
		parts.Apps = nil
	}
	if parts.Remembered > 0 {
		parts.Store = remember(parts.Store, parts.Remembered)
	}
	denials := access.NewDenials(parts.Store, cfg.SessionRecheck)
	b := &Backend{
		options: callable.Options{
			Verifier: admitting{parts.Verifier, denials}, RequireAuth: true, Apps: parts.Apps, EnforceAppCheck: cfg.AppCheck == config.Enforce, Origins: cfg.Origins, Logger: log, TraceProject: cfg.Project,
		},
		gate:     newGate(cfg, parts.Memory),
		projects: project.Projects{Store: parts.Store},
		today:    admitting{parts.Users, denials},
		users:    parts.Users,
		denials:  denials,
		sessions: access.NewSessions(parts.Store, cfg.SessionRecheck),
		turns:    turn.NewRunner(parts.Store, engine(cfg, parts.Workers), parts.Pages, turn.Settings(cfg.Turn), log),
		pages:    parts.Pages,
		workers:  parts.Workers,
		timeout:  cfg.ReadTimeout,
		usage:    usage{plans: cfg.Plans, usdPerGB: cfg.Models.USDPerGB, accounts: parts.Store, grants: parts.Store},
		needs:    parts.Needs,
		senders:  auth.Senders{Account: cfg.EventsAccount, Open: !cfg.OnCloudRun || cfg.FunctionTarget != ""},
		warm:     func() {},
		close:    func() error { return nil },
	}
	b.exports = account.Exporter{Records: parts.Store}
	if cfg.DeletionKey != "" && parts.Accounts != nil {
		b.accounts = account.NewDeleter(parts.Store, b.turns, parts.Accounts, uuid.NewString(), log)
	}
	if cfg.Ceiling != (quota.Ceiling{}) {
		b.spending = spending.New(parts.Store, cfg.Ceiling, uuid.NewString(), log)
		b.turns.Under(b.spending)
	}
	if parts.Bucket != nil {
		b.models = newModels(cfg.Models, cfg.Plans, parts, log)
		if b.spending != nil {
			b.models.grants.Under(b.spending)
		}
	}
	return b
}

// engine returns what answers prompts; nil: templates do.
func engine(cfg config.Config, w Workers) turn.Worker {
	if cfg.Templates || w == nil {
		return nil
	}
	return w
}

// Under returns which function serves the files below a path's first part.
func Under() map[string]string {
	under := map[string]string{}
	for name, entry := range table {
		if entry.under != "" {
			under[entry.under] = name
		}
	}
	return under
}

// Handlers returns every function's handler by its name.
func (b *Backend) Handlers() map[string]http.Handler {
	handlers := make(map[string]http.Handler, len(table))
	for name, entry := range table {
		o := b.options
		o.Admission = door{b.gate, entry.class, entry.runs}
		o.Name, o.MaxRequest, o.MaxAnswer = name, cmp.Or(entry.request, someIDs), cmp.Or(entry.answer, fields)
		switch {
		case entry.event != nil:
			handlers[name] = callable.HTTP(o, func(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
				return b.receive(ctx, r, entry.event)
			})
		case entry.file != nil:
			handlers[name] = callable.HTTP(o, func(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
				return entry.file(b, ctx, w, r)
			})
		default:
			handlers[name] = entry.call(b, o, cmp.Or(entry.timeout, reading))
		}
	}
	return handlers
}

// Warm starts ahead what the first calls would have to wait for. It returns at once.
func (b *Backend) Warm() { b.warm() }

// Drain waits for the running turns, interrupts them when ctx ends, and returns
// within a second after that. Call it before Close, when no more calls come in.
func (b *Backend) Drain(ctx context.Context) {
	var closing sync.WaitGroup
	if b.accounts != nil {
		closing.Go(b.accounts.Close)
	}
	b.turns.Drain(ctx)
	closing.Wait()
}

// Close ends the connections. Without a Drain before it, running turns are
// interrupted.
func (b *Backend) Close() error {
	ended, end := context.WithCancel(context.Background())
	end()
	b.Drain(ended)
	if b.spending != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second/4)
		defer cancel()
		b.spending.Close(ctx)
	}
	return b.close()
}
