package worker

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// ticket is a call that waits. Its worker is granted under the Pools' lock.
type ticket struct {
	call  *call
	moved chan struct{} // position, granted or err has changed
	at    int           // 1 is next
	to    *member
	err   error
}

// queue waits for a worker, and says how long the queue before it is. Who was
// tried already comes first.
func (c *call) queue(ctx context.Context, again bool) (*member, error) {
	t := &ticket{call: c, moved: make(chan struct{}, 1)}
	c.mu.Lock()
	switch {
	case again:
		c.pool.waiting = slices.Insert(c.pool.waiting, 0, t)
	case len(c.pool.waiting) >= c.pool.holds(c.settings.Queue) && c.pool.free(c) == nil:
		defer c.mu.Unlock()
		return nil, c.pool.turnedAway()
	default:
		c.pool.waiting = append(c.pool.waiting, t)
	}
	c.grant()
	c.mu.Unlock()
	taken := false
	defer func() {
		if !taken { // even if the reader panics
			c.forget(t)
		}
	}()
	for said := 0; ; {
		select {
		case <-t.moved:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		c.mu.Lock()
		to, err, at := t.to, t.err, t.at
		c.mu.Unlock()
		if to != nil || err != nil {
			taken = true
			return to, err
		}
		if at != said {
			said = at
			if err := c.say(Delta{Phase: Queued, Position: at}); err != nil {
				return nil, err
			}
		}
	}
}

// holds is how many may wait. Until a worker has told how many calls it takes,
// many of them may be about to get a place.
func (p *pool) holds(queue int) int {
	if slices.ContainsFunc(p.members, func(m *member) bool { return m.about.Parallel > 0 }) {
		return queue
	}
	return 4 * queue
}

func (p *pool) turnedAway() error {
	seconds := p.retryAfter()
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "Too many people are waiting for an answer already. Try again in %d seconds.", seconds).
		With("retryAfter", seconds)
}

// retryAfter is in how many seconds a place in the queue should be free.
func (p *pool) retryAfter() int {
	slots, rest := 0, aWhile
	for _, m := range p.members {
		if m.well() {
			slots += m.parallel()
			rest = min(rest, max(0, time.Until(m.rests)))
		}
	}
	if slots == 0 {
		slots, rest = 1, 0
	}
	return int(math.Ceil(min(aWhile.Seconds(), max(1, rest.Seconds(), cmp.Or(p.took, 5)/float64(slots)))))
}

// forget takes a ticket back, and the place that it may have been granted.
func (c *call) forget(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pool.waiting = slices.DeleteFunc(c.pool.waiting, func(o *ticket) bool { return o == t })
	if t.to != nil {
		t.to.running--
	}
	c.grant()
}

// place tells those who wait where they stand.
func (p *pool) place() {
	for i, t := range p.waiting {
		if t.at != i+1 {
			t.at = i + 1
			t.tell()
		}
	}
}

func (t *ticket) tell() {
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

// grant gives free places to those who wait, and tells them when no worker is
// left.
func (p *Pools) grant() {
	for _, one := range p.pools {
		one.waiting = slices.DeleteFunc(one.waiting, func(t *ticket) bool {
			if t.to = one.free(t.call); t.to != nil {
				t.to.running++
			} else if !one.hope(t.call) {
				t.err = unavailable(one.faults())
			} else {
				return false
			}
			t.tell()
			return true
		})
		one.place()
	}
}

func (p *Pools) regrant() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grant()
}
