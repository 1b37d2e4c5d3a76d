package turn

import (
	"context"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
)

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
