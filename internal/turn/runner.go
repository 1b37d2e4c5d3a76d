package turn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/uuid"
)

// Store is what the turns need of a database.
type Store interface {
	// Apply runs a step on what one transaction reads, and writes its change in
	// the same transaction. When it cannot tell whether a commit went through
	// it runs the step again, on what is stored by then.
	Apply(ctx context.Context, k Key, op string, s Step) (Change, error)
	// Wait returns the turn as soon as it is not running any more.
	Wait(ctx context.Context, k Key) (Turn, error)
	// Turns lists a project's turns, the newest first.
	Turns(ctx context.Context, projectID string, page project.Page) ([]Turn, string, error)
	// Project, Version and Files are those of project.Store.
	Project(ctx context.Context, id string) (*project.Project, error)
	Version(ctx context.Context, projectID string, number int) (*project.Version, error)
	Files(ctx context.Context, projectID string, refs []project.FileRef) ([]artifact.File, error)
}

// Worker answers a prompt. An error ends the sequence; leaving the loop stops
// the worker. Without an error the reply is whole: its last delta says how it
// ended.
type Worker interface {
	Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error]
}

// Settings is what every turn is carried with.
type Settings struct {
	SystemPrompt string
	Prefill      string // where a reply starts, if the worker can continue one; "" for none
	Temperature  float64
	MaxTokens    int           // of a reply
	Limit        time.Duration // how long a turn may take
}

// stepWithin bounds one step of a turn, which goes on though the turn's context
// ends.
const stepWithin = 30 * time.Second

// Runner carries turns. It owns their goroutines: Drain waits for them.
type Runner struct {
	store    Store
	worker   Worker
	settings Settings

	base context.Context // of every turn; ends when a drain has run out of time
	stop context.CancelCauseFunc

	mu       sync.Mutex
	draining bool
	flights  map[flight]*Log
	turns    sync.WaitGroup
}

// flight names what duplicates of a request in this process share.
type flight struct {
	Key
	uid, payloadHash string
}

// NewRunner returns a Runner. worker may be nil: then templates answer.
func NewRunner(store Store, w Worker, s Settings) *Runner {
	base, stop := context.WithCancelCause(context.Background())
	return &Runner{store: store, worker: w, settings: s, base: base, stop: stop, flights: map[flight]*Log{}}
}

var errDraining = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.")

// Drain takes no more turns, and waits for the running ones. When ctx ends
// first, they end as interrupted, each with an error to whoever reads it.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	defer context.AfterFunc(ctx, func() {
		r.stop(errs.New(errs.Unavailable, errs.Interrupted, "The server stopped while this answer was being written. Try again."))
	})()
	r.turns.Wait()
}

// Generate answers req: it runs the turn, follows it where it is running, or
// tells how it ended. send gets the turn's events from its start; when it fails
// or ctx ends the reader has left, and the turn goes on without it.
func (r *Runner) Generate(ctx context.Context, req Request, send func(Event) error) (Result, error) {
	r.mu.Lock()
	name := flight{req.Key, req.UID, req.PayloadHash}
	log, shared := r.flights[name]
	if !shared {
		if r.draining {
			r.mu.Unlock()
			return Result{}, errDraining
		}
		log = &Log{}
		r.flights[name] = log
		r.turns.Add(1)
		go r.fly(context.WithoutCancel(ctx), name, req, log)
	}
	r.mu.Unlock()
	return log.Follow(ctx, send)
}

// fly carries one flight to its end, whoever is listening.
func (r *Runner) fly(ctx context.Context, name flight, req Request, log *Log) {
	defer r.turns.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(r.base, func() { cancel(context.Cause(r.base)) })()
	ctx, timeout := context.WithTimeout(ctx, r.settings.Limit)
	defer timeout()

	var res Result
	err := guard(func() (err error) {
		res, err = r.carry(ctx, req, log)
		return err
	})
	r.mu.Lock()
	delete(r.flights, name)
	r.mu.Unlock()
	log.End(res, err)
}

// carry accepts the turn and answers it.
func (r *Runner) carry(ctx context.Context, req Request, log *Log) (Result, error) {
	run := uuid.NewString()
	c, err := r.apply(ctx, req.Key, "accept", Accept(req, run))
	if err != nil {
		return Result{}, err
	}
	log.Event(accepted(req.Key))
	if c.Turn.State != Running {
		return r.stored(ctx, c.Turn, &c.Project)
	}
	if c.Turn.Run != run { // it runs on another instance
		log.Event(status("queued"))
		t, err := r.store.Wait(ctx, req.Key)
		if r.base.Err() != nil {
			return Result{}, errDraining // the turn goes on elsewhere
		}
		if err != nil {
			return Result{}, err
		}
		p, err := r.store.Project(ctx, req.ProjectID)
		if err != nil {
			return Result{}, err
		}
		return r.stored(ctx, t, p)
	}

	g := &generation{Runner: r, log: log, turn: c.Turn, project: c.Project, version: c.Current}
	err = guard(func() error { return g.run(ctx) })
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = errors.Join(cause, err) // what ended the turn, before what it broke
	}
	c, ferr := r.apply(ctx, req.Key, "finish", Finish(run, g.outcome(err)))
	if ferr != nil {
		return Result{}, errors.Join(ferr, err)
	}
	if err != nil {
		return Result{}, c.Turn.failure(req.Key).Because(err)
	}
	return r.stored(context.WithoutCancel(ctx), c.Turn, &c.Project)
}

// apply runs a step of a turn that ours may be: whatever ends the turn must not
// leave it accepted or unfinished half-way.
func (r *Runner) apply(ctx context.Context, k Key, op string, step Step) (Change, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepWithin)
	defer cancel()
	return r.store.Apply(ctx, k, op, step)
}

// guard turns a panic of f into an error, so that a turn can still be finished.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// Settle accepts and finishes a turn that needs no worker, in one step. A turn
// that is there already is answered as it is stored.
func (r *Runner) Settle(ctx context.Context, req Request, o Outcome) (Result, error) {
	c, err := r.store.Apply(ctx, req.Key, string(req.Kind), Settle(req, uuid.NewString(), o))
	if err != nil {
		return Result{}, err
	}
	return r.stored(ctx, c.Turn, &c.Project)
}

// stored answers with a turn that has ended, as it is stored.
func (r *Runner) stored(ctx context.Context, t Turn, p *project.Project) (Result, error) {
	k := Key{ProjectID: p.ID, TurnID: t.ID}
	if t.Error != nil {
		return Result{}, t.failure(k)
	}
	res := Result{Turn: t, ProjectID: p.ID, Name: p.Name}
	number := t.Version
	if number == 0 {
		number = p.CurrentVersion
	}
	if number == 0 {
		res.Files = artifact.Parse(t.Reply).Files
	} else {
		v, err := r.store.Version(ctx, p.ID, number)
		if err != nil {
			return Result{}, err
		}
		if v == nil { // purged since
			return Result{}, project.Authorize(nil, t.OwnerUID, p.ID)
		}
		if res.Files, err = r.store.Files(ctx, p.ID, v.Files); err != nil {
			return Result{}, err
		}
	}
	res.Code = artifact.Document(res.Files)
	return res, nil
}

// Restore makes version number of a project current again, as a new version.
// NOT_FOUND no-such-version if there is none.
func (r *Runner) Restore(ctx context.Context, req Request, number int) (Result, error) {
	p, err := r.store.Project(ctx, req.ProjectID)
	if err != nil {
		return Result{}, err
	}
	if err := project.Authorize(p, req.UID, req.ProjectID); err != nil {
		return Result{}, err
	}
	v, err := r.store.Version(ctx, req.ProjectID, number)
	if err != nil {
		return Result{}, err
	}
	if v == nil {
		return Result{}, project.NoVersion(p, number)
	}
	req.Kind, req.Prompt = Restore, fmt.Sprintf("Restore version %d", number)
	return r.Settle(ctx, req, Outcome{
		State: Complete, Source: project.Restore, GeneratedBy: v.GeneratedBy, FinishReason: worker.Stop, Restored: v,
	})
}

// List returns a page of a project's turns, the newest first.
func (r *Runner) List(ctx context.Context, uid, projectID string, page project.Page) ([]Turn, string, error) {
	p, err := r.store.Project(ctx, projectID)
	if err != nil {
		return nil, "", err
	}
	if err := project.Authorize(p, uid, projectID); err != nil {
		return nil, "", err
	}
	return r.store.Turns(ctx, projectID, page)
}
