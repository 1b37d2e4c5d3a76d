package turn

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/uuid"
)

// stepTimeout bounds one step of a turn that continues although the turn's context
// has ended.
const stepTimeout = 30 * time.Second

// readTimeout bounds what a stream waits for before it can say anything.
const readTimeout = 10 * time.Second

// startPending accepts a request, and starts its turn if this instance is to run
// it.
func (r *Runner) startPending(ctx context.Context, name pendingKey, req Request, p *pendingTurn) {
	defer r.turns.Done()
	p.err = guard(func() (err error) {
		p.log, err = r.accept(ctx, req)
		return err
	})
	if _, panicked := errors.AsType[*panicError](p.err); panicked {
		r.journal.warn(ctx, accepting, req.Key, p.err)
	}
	r.mu.Lock()
	delete(r.pending, name)
	if p.err == nil {
		for range p.waiting {
			p.log.enter()
		}
	}
	close(p.done)
	r.mu.Unlock()
	if p.err == nil {
		r.leave(req.Key, p.log) // after those who waited have entered: perhaps nobody has
	}
}

// accept takes a turn on, or finds it. It returns the turn's log, and enters it
// for the caller.
func (r *Runner) accept(ctx context.Context, req Request) (*Log, error) {
	run := uuid.NewString()
	scope := r.scope(req.Key, req.UID)
	scope.Continues, scope.Early = req.Continues, true
	failpoint("accept")
	asked := time.Now()
	hold := passes * r.settings.MaxTokens
	if r.worker == nil {
		hold = 0
	}
	stopped := r.pulse.check()
	var spent error
	if stopped == nil && hold > 0 {
		spent = r.spending.Check(ctx, req.Anonymous)
	}
	req = req.worded()
	prompt := read(req)
	req.prompt = &prompt
	if auto(req) && (!req.NewProject || prompt.hasApp()) {
		req.small = r.asksSmall(ctx, req.Plan)
	}
	byTemplate := req
	byTemplate.Engine = TemplateEngine
	step := unlessRefused(req, under(spent, Accept(req, run, r.instance, hold)), Accept(byTemplate, run, r.instance, 0))
	c, err := r.apply(ctx, scope, "accept", func(v View) (Change, error) {
		failpoint("accept:read")
		c, err := step(v)
		if began := err == nil && !c.Found && c.Turn.Run == run; began && stopped != nil {
			return Change{}, stopped
		}
		return c, err
	})
	if errors.Is(err, context.Canceled) && r.stepsCtx.Err() != nil {
		return nil, errDraining.Because(err)
	}
	if err != nil {
		return nil, err
	}
	failpoint("accept:stored")
	if c.Turn.State != Running || c.Turn.Run != run {
		return r.join(ctx, req.UID, req.Key, *c.Turn, c.Project), nil
	}
	return r.start(ctx, req, c, asked), nil
}

// auto reports whether a prompt may be answered by whoever is best.
func auto(req Request) bool {
	return req.Kind == Generate && (req.Engine == "" || req.Engine == AutoEngine) && req.Continues == ""
}

// under returns step, but refuses a turn that a worker is to answer while all that may be
// spent is spent; nil: something is left.
func under(spent error, step Step) Step {
	return func(v View) (Change, error) {
		c, err := step(v)
		if began := err == nil && !c.Found && c.Turn.State == Running; began && spent != nil && c.Turn.Held > 0 {
			return Change{}, spent
		}
		return c, err
	}
}

// start runs a turn that was accepted for this instance, in a goroutine of its
// own. It returns the turn's log, and enters it for the caller. asked is when the
// lease was asked for.
func (r *Runner) start(ctx context.Context, req Request, c Change, asked time.Time) *Log {
	log := newLog()
	log.enter()
	log.full = make(chan struct{}, 1)
	log.Lease(asked.Add(r.settings.Lease))
	r.pulse.note(req.Key, asked)
	log.Event(accepted(req.Key))
	ctx, cancel := context.WithCancelCause(ctx)
	a := &activeTurn{uid: req.UID, payloadHash: req.PayloadHash, log: log, cancel: cancel}
	r.mu.Lock()
	r.active[req.Key] = a
	r.mu.Unlock()
	g := &generation{
		store: r.store, worker: r.worker, checks: r.checks, spending: r.spending, settings: r.settings, log: log, key: req.Key, plan: req.Plan,
		turn: *c.Turn, project: *c.Project, version: c.Current, prior: c.Prior, auto: auto(req), anonymous: req.Anonymous, began: asked,
	}
	h := &heartbeat{store: r.store, key: req.Key, run: c.Turn.Run, lease: r.settings.Lease, idle: r.settings.Idle, log: log, end: cancel, journal: r.journal, pulse: r.pulse}
	r.turns.Go(func() {
		defer cancel(nil)
		defer context.AfterFunc(r.turnsCtx, func() { cancel(context.Cause(r.turnsCtx)) })()
		defer r.forget(req.Key, a)
		defer r.pulse.over(req.Key)
		if err := guard(func() error { r.execute(ctx, g, h); return nil }); err != nil {
			r.journal.lost(g, err)
			log.End(Result{}, err)
		}
	})
	return log
}

// execute answers a turn that this instance owns, finishes it and ends its log.
func (r *Runner) execute(ctx context.Context, g *generation, h *heartbeat) {
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	var heart sync.WaitGroup
	heart.Go(func() {
		if err := guard(func() error { h.beat(beating); return nil }); err != nil {
			h.end(err) // without a heart the turn would lose its lease
		}
	})
	defer heart.Wait()
	defer stop()

	working, timeout := context.WithTimeout(ctx, r.settings.Limit)
	defer timeout()
	err := guard(func() error { return g.run(working) })
	if cause := context.Cause(working); cause != nil {
		if _, taken := errors.AsType[leaseLostError](cause); taken {
			r.journal.lost(g, cause)
			return // the heartbeat has told the readers
		}
		if whole := err == nil && g.proved; !whole || !interrupted(cause) && !errors.Is(cause, context.DeadlineExceeded) {
			err = errors.Join(cause, err) // what ended the turn comes before what that broke
		}
	}
	failpoint("finish")
	ending, made := g.outcome(err)
	finish := Finish(h.run, ending, made)
	scope := r.scope(g.key, g.turn.OwnerUID)
	scope.Insist = true
	c, ferr := r.apply(ctx, scope, "finish", func(v View) (Change, error) {
		failpoint("finish:read")
		return finish(v)
	})
	if ferr != nil {
		r.journal.lost(g, ferr)
		ferr = errors.Join(ferr, err)
		switch {
		case r.stepsCtx.Err() != nil:
			g.log.Abandon(errDraining.Because(ferr))
		case errs.Of(ferr).Reason == errs.Interrupted:
			g.log.Abandon(ferr)
		default:
			g.log.End(Result{}, ferr)
		}
		return
	}
	failpoint("finish:stored")
	r.tidy(g.turn.OwnerUID, c)
	stop()
	heart.Wait()
	ctx, cancel := r.lasting(ctx)
	defer cancel()
	res, serr := r.answers.result(ctx, g.key, *c.Turn, c.Project, g.atHand(c))
	if e := errs.Of(serr); e != nil && err != nil {
		serr = e.Because(err)
	}
	r.journal.ended(g, *c.Turn, cmp.Or(err, serr))
	g.log.End(res, serr)
	failpoint("finish:said")
}

// apply runs a step whatever becomes of ctx: the end of a turn's context must not
// leave the turn half accepted or half finished.
func (r *Runner) apply(ctx context.Context, scope Scope, op string, step Step) (Change, error) {
	ctx, cancel := r.lasting(ctx)
	defer cancel()
	return r.store.Apply(ctx, scope, op, step)
}

// lasting is ctx for what a turn does at its beginning and end: it lasts for
// stepTimeout, even if ctx has ended, and ends when a drain waits no longer.
func (r *Runner) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stepTimeout, errs.StoreLate())
	stop := context.AfterFunc(r.stepsCtx, cancel)
	return ctx, func() { stop(); cancel() }
}
