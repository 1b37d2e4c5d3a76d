package worker

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// waitingEach is how many calls of one user may wait in a pool.
const waitingEach = 2

// ticket is a call that waits. Its fields are guarded by the lock of its Pools.
type ticket struct {
	history  *history
	uid      string        // "": a user who has no other call
	round    int           // how many calls of the same user come before it; -1: it is being retried
	changed  chan struct{} // position, granted or err has changed
	position int           // 1 is next
	granted  *workerState  // with a place for the call
	err      error
}

// wait waits for a place at a worker, and calls at with each position in the
// queue. Users take turns: a call comes before those whose users have more calls
// before them. A call that is being retried goes to the front. Errors: UNAVAILABLE
// worker-unavailable; what at returned; the cause of ctx.
func (p *Pools) wait(ctx context.Context, one *pool, h *history, uid string, retry bool, at func(position int) error) (*workerState, error) {
	t := &ticket{history: h, uid: uid, changed: make(chan struct{}, 1)}
	p.enqueue(one, t, retry)
	answered := false
	defer func() {
		if !answered { // even if the reader panics
			p.withdraw(one, t)
		}
	}()
	for told := 0; ; {
		select {
		case <-t.changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		granted, position, err := p.see(t)
		if granted != nil || err != nil {
			answered = true
			return granted, err
		}
		if position != told {
			told = position
			if err := at(position); err != nil {
				return nil, err
			}
		}
	}
}

// enqueue adds a ticket to a pool's queue. Where the queue is full, it turns the last
// call away: the new one, or one of a user who has more calls before it.
func (p *Pools) enqueue(one *pool, t *ticket, retry bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if retry {
		t.round = -1
		one.waiting = slices.Insert(one.waiting, 0, t)
	} else {
		one.waiting = append(one.waiting, t)
	}
	p.grant()
	one.turnAway(p.settings.Queue)
}

// see returns how a ticket stands.
func (p *Pools) see(t *ticket) (granted *workerState, position int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return t.granted, t.position, t.err
}

// withdraw removes a ticket, and gives back the place that it may have been
// granted.
func (p *Pools) withdraw(one *pool, t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one.waiting = slices.DeleteFunc(one.waiting, func(o *ticket) bool { return o == t })
	if t.granted != nil {
		t.granted.running--
	}
	p.grant()
}

// grant gives free places to waiting calls, and ends the wait where no worker is
// left. The caller holds the lock.
func (p *Pools) grant() {
	for _, one := range p.pools {
		one.takeTurns()
		one.waiting = slices.DeleteFunc(one.waiting, func(t *ticket) bool {
			if t.granted = one.pick(t.history); t.granted != nil {
				t.granted.running++
			} else if !one.mayRecover(t.history) {
				t.err = unavailable(one.faults())
			} else {
				return false
			}
			t.notify()
			return true
		})
		one.takeTurns()
		one.renumber()
	}
}

func (p *Pools) regrant() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grant()
}

// takeTurns puts the first calls of all users before the second ones. Otherwise a
// call that came earlier comes first.
func (p *pool) takeTurns() {
	before := map[string]int{}
	for _, t := range p.waiting {
		if t.round < 0 {
			continue
		}
		t.round = 0
		if t.uid != "" {
			t.round = before[t.uid]
			before[t.uid]++
		}
	}
	slices.SortStableFunc(p.waiting, func(a, b *ticket) int { return cmp.Compare(a.round, b.round) })
}

// turnAway turns away the calls at the end of the queue that are more than may wait:
// queue in all and waitingEach of a user, besides those that are being retried. Before
// any worker has told how many calls it takes, many of those that wait may be about to
// get a place, and more may wait.
func (p *pool) turnAway(queue int) {
	each := waitingEach
	if !slices.ContainsFunc(p.workers, func(w *workerState) bool { return w.about.Parallel > 0 }) {
		queue, each = 4*queue, 4*each
	}
	for _, t := range p.waiting {
		if t.round < 0 {
			queue++
		}
	}
	for last := len(p.waiting) - 1; last >= 0 && (last >= queue || p.waiting[last].round >= each); last-- {
		p.waiting[last].err = p.turnedAway()
		p.waiting[last].notify()
		p.waiting = p.waiting[:last]
	}
}

func (p *pool) turnedAway() error {
	seconds := p.retryAfter()
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "Too many people are waiting for an answer already. Try again in %d seconds.", seconds).
		With("retryAfter", seconds)
}

// retryAfter returns in how many seconds a place in the queue should be free.
func (p *pool) retryAfter() int {
	const most = time.Minute
	slots, rest := 0, most
	for _, w := range p.workers {
		if w.healthy() {
			slots += w.parallel()
			rest = min(rest, max(0, time.Until(w.restUntil)))
		}
	}
	if slots == 0 {
		slots, rest = 1, 0
	}
	return int(math.Ceil(min(most.Seconds(), max(1, rest.Seconds(), cmp.Or(p.avgSeconds, 5)/float64(slots)))))
}

// renumber tells waiting calls their positions.
func (p *pool) renumber() {
	for i, t := range p.waiting {
		if t.position != i+1 {
			t.position = i + 1
			t.notify()
		}
	}
}

func (t *ticket) notify() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}
