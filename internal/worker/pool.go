package worker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Settings is how Pools treat their workers. Zero fields have defaults.
type Settings struct {
	Queue         int           // calls that may wait in a pool; 32
	Retries       int           // of a call that brought nothing, also on other workers; 2
	RetryPause    time.Duration // before a worker that has failed a call is tried by it again, about; 250 ms
	LoadTimeout   time.Duration // how long a worker may load its model; 60 s
	CheckInterval time.Duration // between two checks of the workers of pools in use; 10 s
	CheckTimeout  time.Duration // of one check, and of counting a prompt's tokens; 3 s
	Log           *slog.Logger  // hears when a worker's breaker opens and closes; nil: nobody does
}

// Pools are the workers of every plan. They are safe for concurrent use. A
// worker that serves several plans is one worker: its calls are counted once.
//
// One lock guards all that calls share. Only methods of Pools take it; those of
// pool and workerState are called with it held.
type Pools struct {
	settings Settings
	watching context.Context
	stop     context.CancelFunc
	watchers sync.WaitGroup
	poke     chan struct{} // wakes the watcher

	mu      sync.Mutex
	workers []*workerState
	pools   []*pool // those of the highest plan first
	usedAt  time.Time
}

// pool is the workers of one plan, and the calls that wait for one of them.
type pool struct {
	plan       string
	workers    []*workerState
	waiting    []*ticket
	avgSeconds float64 // that calls take
}

// PoolConfig names the workers of a plan.
type PoolConfig struct {
	Plan    string
	Workers []Worker
}

// NewPools returns the pools of plans, the highest plan first: when a worker that
// several plans share has a free place, that plan's calls get it. Close it.
func NewPools(pools []PoolConfig, s Settings) *Pools {
	s.Queue = cmp.Or(s.Queue, 32)
	s.Retries = cmp.Or(s.Retries, 2)
	s.RetryPause = cmp.Or(s.RetryPause, 250*time.Millisecond)
	s.LoadTimeout = cmp.Or(s.LoadTimeout, time.Minute)
	s.CheckInterval = cmp.Or(s.CheckInterval, 10*time.Second)
	s.CheckTimeout = cmp.Or(s.CheckTimeout, 3*time.Second)
	s.Log = cmp.Or(s.Log, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pools{settings: s, watching: ctx, stop: cancel, poke: make(chan struct{}, 1)}
	known := map[Worker]*workerState{}
	for _, config := range pools {
		one := &pool{plan: config.Plan}
		for _, w := range config.Workers {
			state := known[w]
			if state == nil {
				state = &workerState{worker: w}
				state.breaker = p.newBreaker(state)
				known[w] = state
				p.workers = append(p.workers, state)
			}
			one.workers = append(one.workers, state)
		}
		p.pools = append(p.pools, one)
	}
	p.watchers.Go(p.watch)
	return p
}

// Close ends the checks of workers. Calls continue.
func (p *Pools) Close() {
	p.stop()
	p.watchers.Wait()
}

// of returns the pool of a plan; for a plan without one, the last pool.
func (p *Pools) of(plan string) *pool {
	for _, one := range p.pools {
		if one.plan == plan {
			return one
		}
	}
	return p.pools[len(p.pools)-1]
}

// used notes that a call came.
func (p *Pools) used() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.usedAt = time.Now()
}

// hasHealthy reports whether a pool has a healthy worker that has not refused the
// call.
func (p *Pools) hasHealthy(one *pool, h *history) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return one.hasHealthy(h)
}

// next returns the worker that a call would get now, and its penalty; nil if none
// is free.
func (p *Pools) next(one *pool, h *history) (*workerState, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := one.pick(h)
	if w == nil {
		return nil, 0
	}
	return w, h.penalty(w)
}

// retryAfter returns in how many seconds a place in a pool's queue should be free.
func (p *Pools) retryAfter(one *pool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return one.retryAfter()
}

// history is which workers a call was sent to. It changes only while its call
// does not wait in a queue.
type history struct {
	tried   []*workerState
	refused []*workerState // by these
}

// penalty is what speaks against a worker: that it loads its model, more so that
// it has failed this call, and most that it has refused another one lately.
func (h *history) penalty(w *workerState) int {
	const lately = time.Minute
	n := 0
	if time.Since(w.loadingSince) < lately {
		n++
	}
	if slices.Contains(h.tried, w) {
		n += 2
	}
	if time.Since(w.refusedAt) < lately {
		n += 4
	}
	return n
}

// hasHealthy reports whether there is a healthy worker that has not refused the
// call.
func (p *pool) hasHealthy(h *history) bool {
	return slices.ContainsFunc(p.workers, func(w *workerState) bool { return w.healthy() && !slices.Contains(h.refused, w) })
}

// mayRecover reports whether it is worth waiting: a call that still runs may show
// that its worker is healthy after all.
func (p *pool) mayRecover(h *history) bool {
	return p.hasHealthy(h) || slices.ContainsFunc(p.workers, func(w *workerState) bool { return w.running > 0 && !slices.Contains(h.refused, w) })
}

// pick returns the worker with a free place that has the smallest penalty, and of
// these the least loaded one; nil if there is none.
func (p *pool) pick(h *history) *workerState {
	var best *workerState
	for _, w := range p.workers {
		if !w.healthy() || w.full() || time.Now().Before(w.restUntil) || slices.Contains(h.refused, w) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(h.penalty(w), h.penalty(best)), cmp.Compare(w.load(), best.load())) < 0 {
			best = w
		}
	}
	return best
}

func (p *pool) faults() error {
	var all error
	for _, w := range p.workers {
		all = errors.Join(all, w.fault)
	}
	return all
}

// finished adds the duration of a call that ended well to the average.
func (p *pool) finished(took time.Duration) {
	before := cmp.Or(p.avgSeconds, took.Seconds())
	p.avgSeconds = before + 0.2*(took.Seconds()-before)
}
