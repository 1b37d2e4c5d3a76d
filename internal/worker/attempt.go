package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"
)

// attempt is a call's time at a worker.
type attempt struct {
	worker  *workerState
	began   time.Time
	done    func(error) // tells the breaker
	outcome error       // what it says of the worker; errLeft: nothing
}

// begin begins an attempt at a worker, where the call has a place.
func (p *Pools) begin(w *workerState) *attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	done, err := w.breaker.Allow()
	if err != nil {
		done = func(error) {} // the last resort
	}
	return &attempt{w, time.Now(), done, errLeft}
}

// end gives the place back. A whole reply shows more than any trial: it clears
// whatever the breaker held against the worker.
func (p *Pools) end(one *pool, a *attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.done(a.outcome)
	a.worker.running--
	if a.outcome == nil {
		one.finished(time.Since(a.began))
		if !a.worker.healthy() {
			a.worker.breaker = p.newBreaker(a.worker)
			p.tell(a.worker, gobreaker.StateClosed)
		}
	}
	p.grant()
}

// ask asks one worker. While that loads its model it is asked again, unless
// another one can take the call at once.
func (c *call) ask(ctx context.Context, w *workerState) error {
	a := c.pools.begin(w)
	defer c.pools.end(c.pool, a) // even if the reader panics
	for {
		err := c.request(ctx, w)
		if ctx.Err() == nil {
			a.outcome = err
		}
		c.pools.note(w, a.outcome)
		switch {
		case KindOf(err) != NotReady, c.hasOutput, time.Since(a.began) > c.settings.LoadTimeout:
			c.history.tried = append(c.history.tried, w)
			return err
		case c.hasAlternative():
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

// hasAlternative reports whether the call of a worker that loads its model goes to
// another one.
func (c *call) hasAlternative() bool {
	w, penalty := c.pools.next(c.pool, &c.history)
	return w != nil && penalty == 0 && c.retriesLeft > 0
}

// request sends the prompt to a worker once, and yields the reply.
func (c *call) request(ctx context.Context, w *workerState) error {
	about, err := c.about(ctx, w)
	if err != nil {
		return err
	}
	prompt, err := c.fitted(ctx, w, about)
	if err != nil {
		return err
	}
	join := &joiner{before: prompt.Reply, open: prompt.Reply == "" || about.Continues}
	held := 0 // tokens that join holds back
	for d, err := range w.worker.Generate(ctx, prompt) {
		if err != nil {
			if text := join.end(); text != "" || held > 0 {
				c.hasOutput = true
				if err := c.say(Delta{Text: text, Model: about.Model, Unseen: held - ReplyTokens(text)}); err != nil {
					return err
				}
			}
			return err
		}
		c.sent = c.sent || d.Sent > 0
		if d.InWords { // also where About said that the worker continues by itself
			join.open = false
		}
		if d.Phase == Loading {
			c.pools.noteLoading(w)
			if c.hasAlternative() {
				return errLoading
			}
		}
		if d.Text != "" {
			c.hasOutput = true
			if !join.open {
				held += ReplyTokens(d.Text)
			}
			if d.Text = join.add(d.Text); d.Text == "" && d.Finish == "" {
				continue
			}
		}
		if d.Finish != "" {
			d.Text += join.end()
			c.pools.noteTokens(w, prompt, d.Usage.InputTokens)
			d.Usage = d.Usage.within(about.Context, prompt.MaxTokens)
		}
		if join.open && held > 0 {
			d.Unseen, held = d.Unseen+held-ReplyTokens(d.Text), 0
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

// about asks a worker what it is. The worker may take as long as its model may
// take to load.
func (c *call) about(ctx context.Context, w *workerState) (About, error) {
	within, cancel := context.WithTimeout(ctx, c.settings.LoadTimeout)
	defer cancel()
	about, err := w.worker.About(within)
	switch {
	case err == nil:
		c.pools.noteAbout(w, about)
	case within.Err() != nil && ctx.Err() == nil:
		err = &Fault{Kind: Unreachable, Err: fmt.Errorf("it does not say what it is: %w", err)}
	}
	return about, err
}

// fitted returns the prompt without the messages that the worker cannot read, and
// yields once how many these are.
func (c *call) fitted(ctx context.Context, w *workerState, about About) (Prompt, error) {
	counting, cancel := context.WithTimeout(ctx, c.settings.CheckTimeout)
	defer cancel()
	prompt, leftOut, err := fit(counting, w.worker, about, c.pools.scaleOf(w), c.prompt)
	if err != nil || leftOut == 0 || c.saidLeftOut {
		return prompt, err
	}
	c.saidLeftOut = true
	return prompt, c.say(Delta{LeftOut: leftOut})
}
