package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Generate answers a prompt by the workers of its plan. Before its first text
// it says how it goes: who is before it, what loads. A worker that brings
// nothing is tried again, or another one; once there is text, none is. Errors:
// UNAVAILABLE worker-unavailable when no output came, with retryAfter (seconds)
// when too many wait already or every worker stays busy; worker-lost after some; INVALID_ARGUMENT too-long
// (details used and limit, in tokens); the cause of ctx when it ends. Leaving
// the loop stops the worker.
func (p *Pools) Generate(ctx context.Context, q Prompt) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		c := &call{Pools: p, pool: p.of(q.Plan), prompt: q, yield: yield}
		if err := c.run(ctx); err != nil && !c.left {
			yield(Delta{}, err)
		}
	}
}

// call is one prompt on its way to a worker.
type call struct {
	*Pools
	pool    *pool
	prompt  Prompt
	yield   func(Delta, error) bool
	left    bool // the reader wants no more
	spoke   bool // there was output
	toldOut bool // how much of the conversation was left out
	retries int  // that are left
	tried   []*member
	refused []*member // those that do not take it
}

var (
	errLeft  = errors.New("the reader left")
	errLoads = &Fault{Kind: NotReady, Err: errors.New("it loads its model")}
)

func (c *call) say(d Delta) error {
	if !c.yield(d, nil) {
		c.left = true
		return errLeft
	}
	return nil
}

func (c *call) run(ctx context.Context) error {
	var last error
	for c.retries = c.settings.Retries; ; c.retries-- {
		m, err := c.admit(ctx, last)
		if err != nil {
			return err
		}
		err = c.ask(ctx, m)
		if err == nil || c.left {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch kind := KindOf(err); {
		case kind == "":
			return err
		case c.spoke:
			return errs.New(errs.Unavailable, errs.WorkerLost, "The model stopped in the middle of its answer. What it wrote is kept; try again.").Because(err)
		case kind == Refused:
			c.refused = append(c.refused, m)
		}
		if c.retries == 0 || !c.open() {
			return c.failed(err)
		}
		last = err
		if err := c.say(Delta{Phase: Retrying}); err != nil {
			return err
		}
		if m, _ := c.next(); m == nil || slices.Contains(c.tried, m) {
			if err := sleep(ctx, c.settings.Pause/2+rand.N(c.settings.Pause)); err != nil {
				return err
			}
		}
	}
}

// open says whether there is a worker that is well and may yet take the call.
func (c *call) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pool.alive(c)
}

// next is the worker that the call would get now, and what speaks against it;
// nil: none is free.
func (c *call) next() (*member, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.pool.free(c)
	if m == nil {
		return nil, 0
	}
	return m, c.doubts(m)
}

// failed is the error of a call that has no more retries.
func (c *call) failed(last error) error {
	if KindOf(last) != Busy {
		return unavailable(last)
	}
	c.mu.Lock() // the one trouble that waiting helps against
	defer c.mu.Unlock()
	return unavailable(last).With("retryAfter", c.pool.retryAfter())
}

func unavailable(cause error) *errs.Error {
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model could be reached. Try again in a minute.").Because(cause)
}

// admit takes a place at the best worker, or waits for one. A visit gives
// the place back.
func (c *call) admit(ctx context.Context, last error) (*member, error) {
	c.mu.Lock()
	c.used = time.Now()
	alive := c.pool.alive(c)
	c.mu.Unlock()
	defer c.wake()
	if !alive {
		return c.lastResort(ctx, last)
	}
	return c.queue(ctx, last != nil)
}

// doubts is what speaks against a worker: that it loads its model, more so that
// it has failed this call, and most that it has refused another one lately.
func (c *call) doubts(m *member) int {
	n := 0
	if time.Since(m.loads) < aWhile {
		n++
	}
	if slices.Contains(c.tried, m) {
		n += 2
	}
	if time.Since(m.refused) < aWhile {
		n += 4
	}
	return n
}

// lastResort is a worker that lives, although all have failed lately. One that
// has all the calls it takes is waited for.
func (c *call) lastResort(ctx context.Context, last error) (*member, error) {
	if last != nil { // it has just been tried
		return nil, unavailable(last)
	}
	for _, m := range c.pool.members {
		if c.full(m) {
			continue
		}
		within, cancel := context.WithTimeout(ctx, c.settings.Limit)
		err := m.Check(within)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && KindOf(err) != NotReady:
			c.note(m, err)
		case c.take(m):
			return m, nil
		}
	}
	return c.queue(ctx, false)
}

func (c *call) full(m *member) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return m.full()
}

// take takes a place, if there still is one.
func (c *call) take(m *member) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.full() {
		return false
	}
	m.running++
	return true
}

// ask asks one worker. While it loads its model it is asked again, unless
// another one could take the call at once.
func (c *call) ask(ctx context.Context, m *member) error {
	v := c.visit(m)
	defer v.end() // even if the reader panics
	for {
		err := c.once(ctx, m)
		if ctx.Err() == nil {
			v.outcome = err
		}
		c.note(m, v.outcome)
		switch {
		case KindOf(err) != NotReady, c.spoke, time.Since(v.began) > c.settings.Loading:
			c.tried = append(c.tried, m)
			return err
		case c.handsOn():
			return err
		}
		if err := c.say(Delta{Phase: Loading}); err != nil {
			return err
		}
		var fault *Fault
		errors.As(err, &fault)
		if err := sleep(ctx, max(time.Second/2, min(fault.RetryAfter, 5*time.Second))); err != nil {
			return err
		}
	}
}

// visit is a call's time at a worker.
type visit struct {
	*call
	at      *member
	began   time.Time
	done    func(error) // tells the breaker
	outcome error       // that says something of the worker
}

func (c *call) visit(m *member) *visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	done, err := m.breaker.Allow()
	if err != nil {
		done = func(error) {} // the last resort
	}
	return &visit{c, m, time.Now(), done, errLeft}
}

// end gives the place back. A whole reply shows more than any trial: whatever
// the breaker held against the worker is forgotten.
func (v *visit) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done(v.outcome)
	v.at.running--
	if v.outcome == nil {
		took := time.Since(v.began).Seconds()
		before := cmp.Or(v.pool.took, took)
		v.pool.took = before + 0.2*(took-before)
		if !v.at.well() {
			v.at.breaker = newBreaker(v.settings)
		}
	}
	v.grant()
}

// handsOn says whether the call of a worker that loads its model goes to another
// one.
func (c *call) handsOn() bool {
	m, doubts := c.next()
	return m != nil && doubts == 0 && c.retries > 0
}

// once is one request.
func (c *call) once(ctx context.Context, m *member) error {
	about, err := c.about(ctx, m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	scale := m.scale
	c.mu.Unlock()
	counting, cancel := context.WithTimeout(ctx, c.settings.Limit)
	prompt, leftOut, err := fit(counting, m, about, scale, c.prompt)
	cancel()
	if err != nil {
		return err
	}
	if leftOut > 0 && !c.toldOut {
		c.toldOut = true
		if err := c.say(Delta{LeftOut: leftOut}); err != nil {
			return err
		}
	}
	join := &seam{before: prompt.Reply, open: prompt.Reply == "" || about.Continues}
	for d, err := range m.Generate(ctx, prompt) {
		if err != nil {
			if held := join.end(); held != "" {
				c.spoke = true
				if err := c.say(Delta{Text: held, Model: about.Model}); err != nil {
					return err
				}
			}
			return err
		}
		if d.Phase == Loading {
			c.mu.Lock()
			m.loads = time.Now()
			c.mu.Unlock()
			if c.handsOn() {
				return errLoads
			}
		}
		if d.Text != "" {
			c.spoke = true
			if d.Text = join.add(d.Text); d.Text == "" && d.Finish == "" {
				continue
			}
		}
		if d.Finish != "" {
			d.Text += join.end()
			c.mu.Lock()
			m.scale.learn(prompt, d.Usage.InputTokens)
			c.mu.Unlock()
		}
		if err := c.say(d); err != nil {
			return err
		}
		if d.Finish != "" {
			return nil
		}
	}
	return &Fault{Kind: Broken, Err: errors.New("the reply has no end")}
}

// about asks a worker what it is, for as long as it may load its model.
func (c *call) about(ctx context.Context, m *member) (About, error) {
	within, cancel := context.WithTimeout(ctx, c.settings.Loading)
	defer cancel()
	about, err := m.About(within)
	switch {
	case err == nil:
		c.mu.Lock()
		c.learn(m, about)
		c.mu.Unlock()
	case within.Err() != nil && ctx.Err() == nil:
		err = &Fault{Kind: Unreachable, Err: fmt.Errorf("it does not say what it is: %w", err)}
	}
	return about, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
