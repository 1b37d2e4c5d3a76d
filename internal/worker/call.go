package worker

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/backoff"
	"dreambuild.dev/backend/internal/errs"
)

// Generate answers a prompt by the workers of its plan. Before its first text it
// yields what happens: the call's position in the queue, a model that loads. A
// worker that brings nothing is tried again, or another one is; after the first
// text, none is. Errors: UNAVAILABLE worker-unavailable when no output came, with
// details.retryAfter (seconds) when too many calls wait already or every worker
// stays busy; UNAVAILABLE worker-lost when the reply breaks off; INVALID_ARGUMENT
// too-long (details used and limit, in tokens); the cause of ctx when it ends. An
// error comes with the phase Queued if no worker has got the prompt. Leaving the
// loop stops the worker.
func (p *Pools) Generate(ctx context.Context, q Prompt) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		c := &call{pools: p, settings: p.settings, pool: p.of(q.Plan), prompt: q, yield: yield}
		if err := c.run(ctx); err != nil && !c.readerLeft {
			last := Delta{}
			if !c.sent {
				last.Phase = Queued
			}
			yield(last, err)
		}
	}
}

// call is one prompt on its way to a worker.
type call struct {
	pools    *Pools
	settings Settings
	pool     *pool
	prompt   Prompt
	yield    func(Delta, error) bool

	readerLeft  bool
	hasOutput   bool
	sent        bool // a worker has got the prompt
	saidLeftOut bool // how many messages of the conversation were left out
	retriesLeft int
	history     history
}

var (
	errLeft    = errors.New("the reader left")
	errLoading = &Fault{Kind: NotReady, Err: errors.New("it loads its model")}
)

func (c *call) say(d Delta) error {
	if !c.yield(d, nil) {
		c.readerLeft = true
		return errLeft
	}
	return nil
}

func (c *call) run(ctx context.Context) error {
	pauses := backoff.Backoff{Min: c.settings.RetryPause, Max: c.settings.RetryPause}
	var last error
	for c.retriesLeft = c.settings.Retries; ; c.retriesLeft-- {
		w, err := c.admit(ctx, last)
		if err != nil {
			return err
		}
		err = c.ask(ctx, w)
		if err == nil || c.readerLeft {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch kind := KindOf(err); {
		case kind == "":
			return err
		case c.hasOutput:
			return errs.New(errs.Unavailable, errs.WorkerLost, "The model stopped in the middle of its answer. What it wrote is kept; try again.").Because(err)
		case kind == Refused:
			c.history.refused = append(c.history.refused, w)
		}
		if c.retriesLeft == 0 || !c.pools.hasHealthy(c.pool, &c.history) {
			return c.failed(err)
		}
		last = err
		if err := c.say(Delta{Phase: Retrying}); err != nil {
			return err
		}
		if w, _ := c.pools.next(c.pool, &c.history); w == nil || slices.Contains(c.history.tried, w) {
			if err := pauses.Wait(ctx); err != nil {
				return err
			}
		}
	}
}

// failed returns the error of a call that has no more retries.
func (c *call) failed(last error) error {
	if KindOf(last) != Busy {
		return unavailable(last)
	}
	return unavailable(last).With("retryAfter", c.pools.retryAfter(c.pool)) // here waiting helps
}

func unavailable(cause error) *errs.Error {
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model could be reached. Try again in a minute.").Because(cause)
}

// admit takes a place at the best worker, or waits for one. An attempt gives the
// place back. last is why the last attempt failed; nil before the first one.
func (c *call) admit(ctx context.Context, last error) (*workerState, error) {
	c.pools.used()
	defer c.pools.wake() // when the call has its place: it shows more than a check would
	if !c.pools.hasHealthy(c.pool, &c.history) {
		return c.lastResort(ctx, last)
	}
	return c.wait(ctx, last != nil)
}

// wait waits for a place, and yields the call's position in the queue.
func (c *call) wait(ctx context.Context, retry bool) (*workerState, error) {
	return c.pools.wait(ctx, c.pool, &c.history, c.prompt.UID, retry, func(position int) error {
		return c.say(Delta{Phase: Queued, Position: position})
	})
}

// lastResort takes a place at a worker that gives a sign of life, although all
// have failed lately. A worker that is full is waited for.
func (c *call) lastResort(ctx context.Context, last error) (*workerState, error) {
	if last != nil { // it has just been tried
		return nil, unavailable(last)
	}
	for _, w := range c.pool.workers {
		if c.pools.isFull(w) {
			continue
		}
		within, cancel := context.WithTimeout(ctx, c.settings.CheckTimeout)
		err := w.worker.Check(within)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && KindOf(err) != NotReady:
			c.pools.note(w, err)
		case c.pools.take(w):
			return w, nil
		}
	}
	return c.wait(ctx, false)
}

func (p *Pools) isFull(w *workerState) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return w.full()
}

// take takes a place at a worker, if there still is one.
func (p *Pools) take(w *workerState) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.full() {
		return false
	}
	w.running++
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
