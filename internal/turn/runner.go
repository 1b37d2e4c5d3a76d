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
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/uuid"
)

// Store is what the turns need of a database.
type Store interface {
	// Apply runs a step on what one transaction reads, and writes its change in
	// the same transaction. When it cannot tell whether a commit went through
	// it runs the step again, on what is stored by then.
	Apply(ctx context.Context, scope Scope, op string, s Step) (Change, error)
	// Append writes segments of a turn in their order. It reads nothing.
	Append(ctx context.Context, k Key, segments []Segment) error
	// Follow tells of a turn, first all that is stored and then what changes,
	// until ctx ends or an error.
	Follow(ctx context.Context, k Key) iter.Seq2[Progress, error]
	// Cancels tells of an instance's turns that somebody asked to cancel,
	// including those of earlier, until ctx ends or an error.
	Cancels(ctx context.Context, instance string) iter.Seq2[Key, error]
	// Overdue lists running turns that were last renewed before a time.
	Overdue(ctx context.Context, before time.Time, most int) ([]Left, error)
	// Unpurged lists deleted projects of which something may be left.
	Unpurged(ctx context.Context, most int) ([]Left, error)
	// Purge deletes all that lies below a project. Running it again goes on.
	Purge(ctx context.Context, projectID string) error
	// Account returns what a user has used of a day, and the turns that run.
	Account(ctx context.Context, uid, day string) (quota.Account, error)
	// Turn returns a turn; nil when there is none.
	Turn(ctx context.Context, k Key) (*Turn, error)
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
	Lease        time.Duration // how long an owner may be silent before others end its turn
	Idle         time.Duration // how long a turn goes on with nobody reading
}

// stepWithin bounds one step of a turn, which goes on though the turn's context
// ends.
const stepWithin = 30 * time.Second

// Runner carries turns, and follows those that other instances carry. It owns
// all their goroutines: Drain ends them.
type Runner struct {
	store    Store
	worker   Worker
	settings Settings
	instance string // names this process

	base context.Context // of every turn; ends when a drain has run out of time
	stop context.CancelCauseFunc

	background sync.WaitGroup
	retired    context.Context // ends with the background
	retire     context.CancelFunc

	mu       sync.Mutex
	draining bool
	flights  map[flight]*landing
	logs     map[Key]*carried
	turns    sync.WaitGroup
}

// flight names what duplicates of a request in this process share, until it is
// accepted.
type flight struct {
	Key
	uid, payloadHash string
}

// landing is what a flight comes to.
type landing struct {
	done chan struct{} // closed when log and err are set
	log  *Log
	err  error
}

// carried is a log that grows: of a turn of ours, or of one that we follow.
type carried struct {
	uid, payloadHash string
	log              *Log
	cancel           context.CancelCauseFunc // ends our turn; nil: we follow
	leave            context.CancelFunc      // ends following; nil: it is ours
}

// NewRunner returns a Runner. worker may be nil: then templates answer. Drain
// it in the end.
func NewRunner(store Store, w Worker, s Settings) *Runner {
	base, stop := context.WithCancelCause(context.Background())
	background, retire := context.WithCancel(context.Background())
	r := &Runner{
		store: store, worker: w, settings: s, instance: uuid.NewString(), base: base, stop: stop, retired: background, retire: retire,
		flights: map[flight]*landing{}, logs: map[Key]*carried{},
	}
	r.background.Go(func() { r.listen(background) })
	r.background.Go(func() { r.sweep(background) })
	return r
}

var errDraining = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.")

// Drain takes no more turns, and waits for the running ones. When ctx ends
// first, they end as interrupted, each with an error to whoever reads it.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		r.stop(errs.New(errs.Aborted, errs.Interrupted, "The server stopped while this answer was being written. What it had written is kept."))
	})
	defer stop()
	r.turns.Wait()
	r.retire()
	r.background.Wait()
}

func (r *Runner) scope(k Key, uid string) Scope {
	return Scope{Key: k, UID: uid, Lease: r.settings.Lease}
}

// Generate answers req: it runs the turn, follows it where it is running, or
// tells how it ended. send gets the turn's events from its start; when it fails
// or ctx ends the reader has left, and the turn goes on without it.
func (r *Runner) Generate(ctx context.Context, req Request, send func(Event) error) (Result, error) {
	name := flight{req.Key, req.UID, req.PayloadHash}
	r.mu.Lock()
	if c := r.logs[req.Key]; c != nil && c.uid == req.UID && c.payloadHash == req.PayloadHash {
		c.log.enter()
		r.mu.Unlock()
		return r.read(ctx, req.Key, c.log, 0, send)
	}
	l, shared := r.flights[name]
	if !shared {
		if r.draining {
			r.mu.Unlock()
			return Result{}, errDraining
		}
		l = &landing{done: make(chan struct{})}
		r.flights[name] = l
		r.turns.Add(1)
		go r.fly(context.WithoutCancel(ctx), name, req, l)
	}
	r.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return Result{}, context.Cause(ctx)
	}
	if l.err != nil {
		return Result{}, l.err
	}
	l.log.enter()
	return r.read(ctx, req.Key, l.log, 0, send)
}

// Resume goes on reading a turn after a position in its text. NOT_FOUND
// no-such-turn if there is none; as project.Authorize for its project.
func (r *Runner) Resume(ctx context.Context, uid string, k Key, after int, send func(Event) error) (Result, error) {
	r.mu.Lock()
	c := r.logs[k]
	if c != nil && c.uid == uid {
		c.log.enter()
		r.mu.Unlock()
		return r.read(ctx, k, c.log, after, send)
	}
	r.mu.Unlock()
	t, p, err := r.turnOf(ctx, uid, k)
	if err != nil {
		return Result{}, err
	}
	log := r.logOf(ctx, uid, k, *t, p)
	return r.read(ctx, k, log, after, send)
}

// turnOf reads a turn that uid owns, and its project. The project is nil for a
// turn that was cancelled before it began one.
func (r *Runner) turnOf(ctx context.Context, uid string, k Key) (*Turn, *project.Project, error) {
	t, err := r.store.Turn(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	p, err := r.store.Project(ctx, k.ProjectID)
	if err != nil {
		return nil, nil, err
	}
	if t == nil || p != nil {
		if err := project.Authorize(p, uid, k.ProjectID); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case t == nil:
		return nil, nil, errs.New(errs.NotFound, errs.NoSuchTurn, "There is no turn %q in this project.", k.TurnID).
			With("turnId", k.TurnID).With("projectId", k.ProjectID)
	case t.OwnerUID != uid:
		return nil, nil, project.Authorize(&project.Project{OwnerUID: t.OwnerUID}, uid, k.ProjectID)
	}
	return t, p, nil
}

// logOf is a log of a turn as it is stored, which its caller has entered: whole
// if the turn has ended, else one that follows it.
func (r *Runner) logOf(ctx context.Context, uid string, k Key, t Turn, p *project.Project) *Log {
	if t.State != Running {
		res, err := r.stored(ctx, k, t, p)
		log := replay(k, t, res, err)
		log.enter()
		return log
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.logs[k]
	if c == nil {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		c = &carried{uid: uid, payloadHash: t.PayloadHash, log: newLog(), leave: cancel}
		c.log.enter()
		if r.draining {
			cancel()
			c.log.Abandon(errDraining)
			return c.log
		}
		c.log.Event(accepted(k))
		r.logs[k] = c
		f := &follower{Runner: r, key: k, uid: uid, log: c.log}
		r.background.Go(func() {
			defer cancel()
			defer r.forget(k, c)
			defer context.AfterFunc(r.retired, cancel)()
			if f.follow(ctx); ctx.Err() != nil {
				c.log.Abandon(errDraining) // if anybody reads still: another instance can go on
			}
		})
		return c.log
	}
	c.log.enter()
	return c.log
}

// forget takes a log out of the table, if it is still there.
func (r *Runner) forget(k Key, c *carried) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logs[k] == c {
		delete(r.logs, k)
	}
}

// read follows a log that it has entered, and leaves it. The last reader of a
// turn that we follow ends that.
func (r *Runner) read(ctx context.Context, k Key, log *Log, after int, send func(Event) error) (Result, error) {
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if c := r.logs[k]; log.leave() == 0 && c != nil && c.log == log && c.leave != nil {
			delete(r.logs, k)
			c.leave()
		}
	}()
	return log.Follow(ctx, after, send)
}

// fly accepts a request, and starts its turn if it is ours.
func (r *Runner) fly(ctx context.Context, name flight, req Request, l *landing) {
	defer r.turns.Done()
	l.err = guard(func() (err error) {
		l.log, err = r.accept(ctx, req)
		return err
	})
	r.mu.Lock()
	delete(r.flights, name)
	r.mu.Unlock()
	close(l.done)
}

// accept takes a turn on, or finds it. It returns the turn's log.
func (r *Runner) accept(ctx context.Context, req Request) (*Log, error) {
	run := uuid.NewString()
	scope := r.scope(req.Key, req.UID)
	scope.Continues = req.Continues
	point("accept")
	asked := time.Now()
	step := Accept(req, run, r.instance, passes*r.settings.MaxTokens)
	c, err := r.apply(ctx, scope, "accept", func(v View) (Change, error) {
		point("accept:read")
		return step(v)
	})
	if err != nil {
		return nil, err
	}
	point("accept:stored")
	if c.Turn.State != Running || c.Turn.Run != run {
		log := r.logOf(ctx, req.UID, req.Key, *c.Turn, c.Project)
		log.leave() // each of the flight's readers enters by itself
		return log, nil
	}

	log := newLog()
	log.full = make(chan struct{}, 1)
	log.Lease(asked.Add(r.settings.Lease))
	log.Event(accepted(req.Key))
	ctx, cancel := context.WithCancelCause(ctx)
	mine := &carried{uid: req.UID, payloadHash: req.PayloadHash, log: log, cancel: cancel}
	r.mu.Lock()
	r.logs[req.Key] = mine
	r.mu.Unlock()
	g := &generation{Runner: r, key: req.Key, log: log, turn: *c.Turn, project: *c.Project, version: c.Current, prior: c.Prior, plan: req.Plan}
	r.turns.Add(1)
	go func() {
		defer r.turns.Done()
		defer cancel(nil)
		defer context.AfterFunc(r.base, func() { cancel(context.Cause(r.base)) })()
		r.carry(ctx, g, &keeper{Runner: r, key: req.Key, run: run, log: log, end: cancel})
		r.forget(req.Key, mine)
	}()
	return log, nil
}

// carry answers a turn that is ours, and ends its log.
func (r *Runner) carry(ctx context.Context, g *generation, k *keeper) {
	keeping, rest := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { k.keep(keeping) })
	defer keeper.Wait()
	defer rest()

	working, timeout := context.WithTimeout(ctx, r.settings.Limit)
	defer timeout()
	err := guard(func() error { return g.run(working) })
	var another lost
	if cause := context.Cause(working); cause != nil {
		if errors.As(cause, &another) {
			return // the log has told so
		}
		err = errors.Join(cause, err) // what ended the turn, before what it broke
	}
	point("finish")
	finish := Finish(k.run, g.outcome(err))
	c, ferr := r.apply(ctx, r.scope(g.key, g.turn.OwnerUID), "finish", func(v View) (Change, error) {
		point("finish:read")
		return finish(v)
	})
	if ferr != nil {
		ferr = errors.Join(ferr, err)
		if errs.Of(ferr).Reason == errs.Interrupted {
			g.log.Abandon(ferr)
		} else {
			g.log.End(Result{}, ferr)
		}
		return
	}
	point("finish:stored")
	rest()
	keeper.Wait()
	res, serr := r.stored(context.WithoutCancel(ctx), g.key, *c.Turn, c.Project)
	if e := errs.Of(serr); e != nil && err != nil {
		serr = e.Because(err)
	}
	g.log.End(res, serr)
	point("finish:said")
}

// apply runs a step of a turn that ours may be: whatever ends the turn must not
// leave it accepted or unfinished half-way.
func (r *Runner) apply(ctx context.Context, scope Scope, op string, step Step) (Change, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stepWithin)
	defer cancel()
	return r.store.Apply(ctx, scope, op, step)
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
	run := uuid.NewString()
	for tries := 3; ; tries-- {
		o := o
		if err := r.compare(ctx, req, &o); err != nil {
			return Result{}, err
		}
		c, err := r.store.Apply(ctx, r.scope(req.Key, req.UID), string(req.Kind), Settle(req, run, o))
		switch {
		case err == nil:
			return r.stored(ctx, req.Key, *c.Turn, c.Project)
		case !errors.Is(err, errMoved) || tries == 1:
			return Result{}, err
		}
	}
}

// compare carries out the edits of an outcome, and notes how its files differ
// from those that are there. INVALID_ARGUMENT edit-refused for an edit that does
// not fit.
func (r *Runner) compare(ctx context.Context, req Request, o *Outcome) error {
	if t, err := r.store.Turn(ctx, req.Key); err != nil || t != nil {
		return err // its files are changed already
	}
	projectID := req.ProjectID
	p, err := r.store.Project(ctx, projectID)
	if err != nil {
		return err
	}
	if p != nil || !req.NewProject { // what does not fit would tell of the files
		if err := project.Authorize(p, req.UID, projectID); err != nil {
			return err
		}
	}
	var before []artifact.File
	if p != nil && p.CurrentVersion > 0 {
		v, err := r.store.Version(ctx, projectID, p.CurrentVersion)
		if err != nil || v == nil { // deleted: the step will say so
			return err
		}
		if before, err = r.store.Files(ctx, projectID, v.Files); err != nil {
			return err
		}
		o.Since = p.CurrentVersion
	}
	edited, refused := edit.Apply(overlay(before, o.Files), o.Edits, nil)
	if len(refused) > 0 {
		return errs.New(errs.InvalidArgument, errs.EditRefused, "The change of %q does not fit: %s. Nothing was saved.", refused[0].Edit.Path, refused[0].Why).
			With("path", refused[0].Edit.Path)
	}
	o.Files = overlay(o.Files, edited)
	after := o.Files
	switch {
	case o.Restored != nil:
		if after, err = r.store.Files(ctx, projectID, o.Restored.Files); err != nil {
			return err
		}
	case o.Overlay:
		after = overlay(before, o.Files)
	}
	o.Changed = artifact.Changes(before, after)
	return nil
}

// stored answers with a turn that has ended, as it is stored.
func (r *Runner) stored(ctx context.Context, k Key, t Turn, p *project.Project) (Result, error) {
	if t.Error != nil {
		return Result{}, t.failure(k)
	}
	if p == nil { // cancelled before it began
		return Result{Turn: t, ProjectID: k.ProjectID}, nil
	}
	res := Result{Turn: t, ProjectID: p.ID, Name: p.Name}
	number := t.Version
	if number == 0 {
		number = p.CurrentVersion
	}
	if number == 0 {
		res.Files = reply.Parse(t.Reply).Files
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
	res.Code = page.Document(res.Files)
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
