// Package functions is the backend's callable functions: their names, what
// they take and answer on the wire, and how the parts behind them are wired.
//
// A function is a plain Go method (ctx, call) (result, error), with send if it
// streams. It checks what a client sent, calls one use case and shapes the
// answer; it never writes a response or logs. Deciding what may happen is left
// to packages project and turn, speaking the protocol to package callable.
package functions

import (
	"context"
	"log/slog"
	"net/http"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker/dialect"
)

// table lists every function by the name that clients call it by.
var table = map[string]entry{
	"generateCode":   stream((*Backend).generateCode),
	"saveProject":    unary((*Backend).saveProject),
	"restoreVersion": unary((*Backend).restoreVersion),
	"getProject":     unary((*Backend).getProject),
	"listProjects":   unary((*Backend).listProjects),
	"listVersions":   unary((*Backend).listVersions),
	"listMessages":   unary((*Backend).listMessages),
	"renameProject":  unary((*Backend).renameProject),
	"deleteProject":  unary((*Backend).deleteProject),
	"exportProject":  unary((*Backend).exportProject),
}

// entry makes a function's handler.
type entry func(*Backend, callable.Options) http.Handler

func unary[Req, Res any](fn func(*Backend, context.Context, callable.Call[Req]) (Res, error)) entry {
	return func(b *Backend, o callable.Options) http.Handler {
		return callable.Unary(o, func(ctx context.Context, call callable.Call[Req]) (Res, error) {
			return fn(b, ctx, call)
		})
	}
}

func stream[Req, Chunk, Res any](fn func(*Backend, context.Context, callable.Call[Req], func(Chunk) error) (Res, error)) entry {
	return func(b *Backend, o callable.Options) http.Handler {
		return callable.Stream(o, func(ctx context.Context, call callable.Call[Req], send func(Chunk) error) (Res, error) {
			return fn(b, ctx, call, send)
		})
	}
}

// Backend is the functions with all that they need. It is safe for concurrent
// use.
type Backend struct {
	options  callable.Options
	projects project.Projects
	turns    *turn.Runner
	close    func() error
}

// Store is what the functions keep everything in.
type Store interface {
	turn.Store
	project.Store
}

// New connects a Backend as cfg says. It waits for nobody: what is out of reach
// shows when a function needs it.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (*Backend, error) {
	db, err := store.Open(ctx, cfg.Project)
	if err != nil {
		return nil, err
	}
	verifier, err := auth.Open(auth.Config{Project: cfg.Project, Emulated: cfg.Emulated})
	if err != nil {
		return nil, err
	}
	var w turn.Worker
	if cfg.Worker.URL != "" {
		if w, err = dialect.Open(dialect.Config{
			URL: cfg.Worker.URL, Kind: cfg.Worker.Dialect, Model: cfg.Worker.Model, Context: cfg.Worker.Context,
		}); err != nil {
			return nil, err
		}
	}
	b := NewWith(cfg, db, verifier, w, log)
	b.close = db.Close
	return b, nil
}

// NewWith makes a Backend of parts; w may be nil. It is how tests and
// benchmarks bring their own.
func NewWith(cfg config.Config, db Store, v callable.Verifier, w turn.Worker, log *slog.Logger) *Backend {
	return &Backend{
		options:  callable.Options{Verifier: v, RequireAuth: true, Origins: cfg.Origins, Logger: log},
		projects: project.Projects{Store: db},
		turns:    turn.NewRunner(db, w, turn.Settings(cfg.Turn)),
		close:    func() error { return nil },
	}
}

// Handlers returns every function's handler by its name.
func (b *Backend) Handlers() map[string]http.Handler {
	handlers := make(map[string]http.Handler, len(table))
	for name, entry := range table {
		o := b.options
		o.Name = name
		handlers[name] = entry(b, o)
	}
	return handlers
}

// Drain waits for the running turns, and interrupts them when ctx ends. Call it
// before Close, when no more calls come in.
func (b *Backend) Drain(ctx context.Context) { b.turns.Drain(ctx) }

// Close ends the connections.
func (b *Backend) Close() error { return b.close() }
