package turn

import (
	"context"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
)

// pendingKey names a request that is not accepted yet; duplicates of it in this
// process share one attempt.
type pendingKey struct {
	Key
	uid, payloadHash string
}

// pendingTurn is that attempt.
type pendingTurn struct {
	done    chan struct{} // closed when log and err are set
	waiting int           // callers that wait for it; when it is done, each has entered the log
	log     *Log
	err     error
}

// activeTurn is a turn whose log grows: this instance runs it, or follows it.
type activeTurn struct {
	uid, payloadHash string
	log              *Log
	cancel           context.CancelCauseFunc // ends a turn that we run; nil: we follow it
	unfollow         context.CancelFunc      // ends following; nil: we run it
}

// Generate answers req: it runs the turn, follows it where it is running, or
// tells how it ended. send gets the turn's events from its start. When send
// fails or ctx ends, the reader has left, and the turn runs on without it.
// Errors as those of the step Accept, and the one that the turn ended in.
func (r *Runner) Generate(ctx context.Context, req Request, send func(Event) error) (Result, error) {
	req.Kind = Generate
	name := pendingKey{req.Key, req.UID, req.PayloadHash}
	r.mu.Lock()
	if a := r.active[req.Key]; a != nil && a.uid == req.UID && a.payloadHash == req.PayloadHash {
		a.log.enter()
		r.mu.Unlock()
		return r.read(ctx, req.Key, a.log, 0, send)
	}
	p, shared := r.pending[name]
	if !shared {
		if r.draining {
			r.mu.Unlock()
			return Result{}, errDraining
		}
		p = &pendingTurn{done: make(chan struct{})}
		r.pending[name] = p
		r.turns.Add(1)
		go r.startPending(context.WithoutCancel(ctx), name, req, p)
	}
	p.waiting++
	r.mu.Unlock()
	select {
	case <-p.done:
	case <-ctx.Done():
	case <-r.stepsCtx.Done():
	}
	r.mu.Lock()
	waits := r.pending[name] == p
	if waits {
		p.waiting--
	}
	r.mu.Unlock()
	switch {
	case waits && ctx.Err() != nil:
		return Result{}, context.Cause(ctx)
	case waits:
		return Result{}, errDraining
	case p.err != nil:
		return Result{}, p.err
	}
	return r.read(ctx, req.Key, p.log, 0, send)
}

// Resume reads a turn from a position in its text, in bytes. NOT_FOUND
// no-such-turn if there is none; as project.Authorize for its project.
func (r *Runner) Resume(ctx context.Context, uid string, k Key, after int, send func(Event) error) (Result, error) {
	r.mu.Lock()
	a := r.active[k]
	if a != nil && a.uid == uid {
		a.log.enter()
		r.mu.Unlock()
		return r.read(ctx, k, a.log, after, send)
	}
	r.mu.Unlock()
	t, p, err := r.turnOf(ctx, uid, k)
	if err != nil {
		return Result{}, err
	}
	log := r.join(ctx, uid, k, *t, p)
	return r.read(ctx, k, log, after, send)
}

// turnOf reads a turn that uid owns, and its project. The project is nil for a
// turn that was cancelled before it began one.
func (r *Runner) turnOf(ctx context.Context, uid string, k Key) (*Turn, *project.Project, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readTimeout, errs.StoreLate())
	defer cancel()
	t, err := r.store.Turn(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	p, err := r.store.Project(ctx, k.ProjectID)
	if err != nil {
		return nil, nil, err
	}
	if p != nil {
		if err := project.Authorize(p, uid, k.ProjectID); err != nil {
			return nil, nil, err
		}
	}
	if t == nil {
		if e, err := r.store.EarlyCancel(ctx, uid, k); err != nil {
			return nil, nil, err
		} else if e != nil {
			t = e.turn(k, uid)
		}
	}
	switch {
	case p == nil && (t == nil || t.OwnerUID != uid): // an early turn of an earlier release has a document
		return nil, nil, project.Authorize(nil, uid, k.ProjectID)
	case t == nil:
		return nil, nil, noTurn(k)
	}
	return t, p, nil
}

func noTurn(k Key) error {
	return errs.New(errs.NotFound, errs.NoSuchTurn, "There is no turn %q in this project.", k.TurnID).
		With("turnId", k.TurnID).With("projectId", k.ProjectID)
}

// join returns the log of a turn as it is stored, and enters it for the caller:
// a whole log if the turn has ended, otherwise one that follows the turn.
func (r *Runner) join(ctx context.Context, uid string, k Key, t Turn, p *project.Project) *Log {
	if t.State != Running {
		res, err := r.answers.stored(ctx, k, t, p)
		log := replay(k, t, res, err)
		log.enter()
		return log
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.active[k]; a != nil {
		a.log.enter()
		return a.log
	}
	log := newLog()
	log.enter()
	if r.draining {
		log.Abandon(errDraining)
		return log
	}
	log.Event(accepted(k))
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &activeTurn{uid: uid, payloadHash: t.PayloadHash, log: log, unfollow: cancel}
	r.active[k] = a
	f := &follower{store: r.store, answers: r.answers, scope: r.scope(k, uid), idle: r.settings.Idle, log: log, journal: r.journal}
	r.background.Go(func() {
		defer cancel()
		defer r.forget(k, a)
		defer context.AfterFunc(r.backgroundCtx, cancel)()
		if err := guard(func() error { f.follow(ctx); return nil }); err != nil {
			r.journal.warn(ctx, following, k, err)
			log.End(Result{}, err)
		}
		if ctx.Err() != nil {
			log.Abandon(errDraining) // a reader that is still there can resume on another instance
		}
	})
	return log
}

// forget takes a turn out of the table, if it is still there.
func (r *Runner) forget(k Key, a *activeTurn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.active[k] == a {
		delete(r.active, k)
	}
}

// read follows a log that was entered for it, and leaves it.
func (r *Runner) read(ctx context.Context, k Key, log *Log, after int, send func(Event) error) (Result, error) {
	defer r.leave(k, log)
	return log.Follow(ctx, after, send)
}

// leave leaves a log that was entered. Whoever is the last to leave a turn that
// this instance follows ends the following. A log of the table is entered under
// the same lock, so nobody enters one that is being given up.
func (r *Runner) leave(k Key, log *Log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.active[k]; log.leave() == 0 && a != nil && a.log == log && a.unfollow != nil {
		delete(r.active, k)
		a.unfollow()
	}
}
