package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Settings is how Pools treat their workers. Zero fields have defaults.
type Settings struct {
	Queue   int           // calls that may wait in a pool; 32
	Retries int           // of a call that brought nothing, also on other workers; 2
	Pause   time.Duration // before a worker is tried again, about; 250 ms
	Loading time.Duration // how long a worker may load its model; 60 s
	Check   time.Duration // between two looks at the workers of pools in use; 10 s
	Limit   time.Duration // of one look, and of counting a prompt's tokens; 3 s
}

const (
	tripAfter = 3               // faults in a row
	aWhile    = time.Minute     // for which a worker that refused, or loads, comes after the others
	inUse     = 5 * time.Minute // after its last call a pool is looked after no more: looking keeps a worker from going to sleep
)

// Pools are the workers of every plan. They are safe for concurrent use. A
// worker that serves several plans is one worker: its calls are counted once.
type Pools struct {
	settings Settings
	watching context.Context
	stop     context.CancelFunc
	watchers sync.WaitGroup
	poke     chan struct{} // somebody called

	mu      sync.Mutex
	members []*member
	pools   []*pool // those of the dearest plan first
	used    time.Time
}

// pool is the workers of one plan, and who waits for one of them.
type pool struct {
	plan    string
	members []*member
	waiting []*ticket
	took    float64 // seconds that calls take, on average
}

// member is one worker with what its calls have shown.
type member struct {
	Worker

	// Under the Pools' lock.
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	about   About // as last told; zero: nothing yet
	running int
	scale   scale
	fault   error
	spoke   time.Time // when its last reply ended well
	loads   time.Time // when it last said so
	refused time.Time // when it last did
	rests   time.Time // until then it wants no calls
}

func (m *member) parallel() int { return max(1, m.about.Parallel) }

func (m *member) well() bool { return m.breaker.State() == gobreaker.StateClosed }

func (m *member) full() bool { return m.running >= m.parallel() }

func (m *member) load() float64 { return float64(m.running) / float64(m.parallel()) }

// Pool names the workers of a plan.
type Pool struct {
	Plan    string
	Workers []Worker
}

// NewPools returns the pools of plans, the dearest plan first: when a worker
// that several share is free, that one's calls go before. Close it.
func NewPools(pools []Pool, s Settings) *Pools {
	s.Queue = cmp.Or(s.Queue, 32)
	s.Retries = cmp.Or(s.Retries, 2)
	s.Pause = cmp.Or(s.Pause, 250*time.Millisecond)
	s.Loading = cmp.Or(s.Loading, time.Minute)
	s.Check = cmp.Or(s.Check, 10*time.Second)
	s.Limit = cmp.Or(s.Limit, 3*time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pools{settings: s, watching: ctx, stop: cancel, poke: make(chan struct{}, 1)}
	known := map[Worker]*member{}
	for _, named := range pools {
		one := &pool{plan: named.Plan}
		for _, w := range named.Workers {
			m := known[w]
			if m == nil {
				m = &member{Worker: w, breaker: newBreaker(s)}
				known[w] = m
				p.members = append(p.members, m)
			}
			one.members = append(one.members, m)
		}
		p.pools = append(p.pools, one)
	}
	p.watchers.Go(p.watch)
	return p
}

// newBreaker counts what says that a worker is broken: not what a caller did,
// nor that it is busy or loads.
func newBreaker(s Settings) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1, Timeout: s.Check,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsExcluded: func(err error) bool {
			kind := KindOf(err)
			return err != nil && kind != Unreachable && kind != Broken
		},
	})
}

// Close ends the looks at workers. Calls go on.
func (p *Pools) Close() {
	p.stop()
	p.watchers.Wait()
}

// of is the pool of a plan; of one that has none, the last one.
func (p *Pools) of(plan string) *pool {
	for _, one := range p.pools {
		if one.plan == plan {
			return one
		}
	}
	return p.pools[len(p.pools)-1]
}

// alive says whether there is a worker that is well, and does not refuse the
// call.
func (p *pool) alive(c *call) bool {
	return slices.ContainsFunc(p.members, func(m *member) bool { return m.well() && !slices.Contains(c.refused, m) })
}

// hope says whether it is worth waiting: a call that still runs may show that
// its worker is well after all.
func (p *pool) hope(c *call) bool {
	return p.alive(c) || slices.ContainsFunc(p.members, func(m *member) bool { return m.running > 0 && !slices.Contains(c.refused, m) })
}

// free is the worker with a place that suits a call best, the least loaded one of
// these.
func (p *pool) free(c *call) *member {
	var best *member
	for _, m := range p.members {
		if !m.well() || m.full() || time.Now().Before(m.rests) || slices.Contains(c.refused, m) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(c.doubts(m), c.doubts(best)), cmp.Compare(m.load(), best.load())) < 0 {
			best = m
		}
	}
	return best
}

func (p *pool) faults() error {
	var all error
	for _, m := range p.members {
		all = errors.Join(all, m.fault)
	}
	return all
}

// note keeps what a call or a look has shown of a worker.
func (p *Pools) note(m *member, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var fault *Fault
	switch {
	case err == nil:
		m.spoke, m.fault, m.loads = now, nil, time.Time{}
		return
	case !errors.As(err, &fault):
		return
	}
	m.fault = err
	switch rest := min(fault.RetryAfter, p.settings.Loading); {
	case fault.Kind == NotReady:
		m.loads = now
	case fault.Kind == Refused:
		m.refused = now
	case rest > 0:
		m.rests = now.Add(rest)
		time.AfterFunc(rest, p.regrant)
	}
}

// learn keeps what a worker has told of itself. When it is told for the first
// time how many calls it takes, those who wait get their places, and those whom
// the queue does not hold are turned away.
func (p *Pools) learn(m *member, about About) {
	news := m.about.Parallel != about.Parallel
	m.about = about
	if !news {
		return
	}
	p.grant()
	for _, one := range p.pools {
		for last := len(one.waiting) - 1; last >= one.holds(p.settings.Queue); last-- {
			one.waiting[last].err = one.turnedAway()
			one.waiting[last].tell()
			one.waiting = one.waiting[:last]
		}
	}
}
