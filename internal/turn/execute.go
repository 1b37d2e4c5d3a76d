package turn

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/uuid"
)

// stepWithin bounds one step of a turn, which goes on though the turn's context
// ends.
const stepWithin = 30 * time.Second

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
