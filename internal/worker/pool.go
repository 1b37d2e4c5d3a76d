package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/sony/gobreaker/v2"
)

// Settings is how Pools treat their workers. Zero fields have defaults.
type Settings struct {
	Queue   int           // calls that may wait in a pool; 32
	Retries int           // of a call that brought nothing, also on other workers; 2
	Pause   time.Duration // before the first retry, about; 250 ms
	Loading time.Duration // how long a worker may load its model; 60 s
	Check   time.Duration // between two looks at the workers of pools in use; 10 s
	Limit   time.Duration // of one look, and of counting a prompt's tokens; 3 s
}

const (
	tripAfter = 3               // faults in a row
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
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	// Under the Pools' lock.
	about   About // as last told; zero: nothing yet
	running int
	scale   scale
	loading bool
	fault   error
	spoke   time.Time // when its last reply ended well
}

func (m *member) parallel() int { return max(1, m.about.Parallel) }

func (m *member) well() bool { return m.breaker.State() == gobreaker.StateClosed }

// ticket is a call that waits. Its worker is granted under the Pools' lock.
type ticket struct {
	moved chan struct{} // position, granted or err has changed
	at    int           // 1 is next
	to    *member
	err   error
}

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
				m = &member{Worker: w, breaker: newBreaker(w.Name(), s)}
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
func newBreaker(name string, s Settings) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, MaxRequests: 1, Timeout: s.Check,
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

func (p *Pools) of(plan string) *pool {
	for _, one := range p.pools {
		if one.plan == plan {
			return one
		}
	}
	return p.pools[len(p.pools)-1]
}

// Generate answers a prompt by the workers of its plan. Before its first text
// it says how it goes: who is before it, what loads. A worker that brings
// nothing is tried again, or another one; once there is text, none is. Errors:
// UNAVAILABLE worker-unavailable when no output came, with retryAfter (seconds)
// when too many wait already; worker-lost after some; INVALID_ARGUMENT too-long
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
	pool   *pool
	prompt Prompt
	yield  func(Delta, error) bool
	left   bool // the reader wants no more
	spoke  bool // there was output
	wait   time.Duration
	tried  []*member
}

// errLeft is that the reader wants no more.
var errLeft = errors.New("the reader left")

func (c *call) say(d Delta) error {
	if !c.yield(d, nil) {
		c.left = true
		return errLeft
	}
	return nil
}

func (c *call) run(ctx context.Context) error {
	var last error
	for try := 0; try <= c.settings.Retries; try++ {
		if try > 0 {
			if err := c.say(Delta{Phase: Retrying}); err != nil {
				return err
			}
			pause := c.settings.Pause << (try - 1)
			if err := sleep(ctx, max(c.wait, pause/2+rand.N(pause))); err != nil {
				return err
			}
		}
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
		var fault *Fault
		switch {
		case !errors.As(err, &fault):
			return err
		case c.spoke:
			return errs.New(errs.Unavailable, errs.WorkerLost, "The model stopped in the middle of its answer. What it wrote is kept; try again.").Because(err)
		case fault.Kind == Refused:
			return unavailable(err)
		}
		last, c.wait = err, min(fault.RetryAfter, c.settings.Loading)
		c.tried = append(c.tried, m)
	}
	if KindOf(last) == Busy { // the one trouble that waiting helps against
		c.mu.Lock()
		defer c.mu.Unlock()
		return unavailable(last).With("retryAfter", max(int(c.wait.Seconds()), c.pool.retryAfter()))
	}
	return unavailable(last)
}

func unavailable(cause error) *errs.Error {
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model could be reached. Try again in a minute.").Because(cause)
}

// admit takes a place at the least loaded worker, or waits for one. The place is
// given back by leave.
func (c *call) admit(ctx context.Context, last error) (*member, error) {
	c.mu.Lock()
	c.used = time.Now()
	if m := c.pool.free(c.tried); m != nil && (len(c.pool.waiting) == 0 || last != nil) {
		m.running++
		c.mu.Unlock()
		c.wake()
		return m, nil
	}
	alive := slices.ContainsFunc(c.pool.members, (*member).well)
	c.mu.Unlock()
	c.wake()
	if !alive {
		return c.lastResort(ctx, last)
	}
	return c.queue(ctx, last != nil)
}

// wake lets the watcher look after the workers.
func (p *Pools) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// free is the least loaded worker that has a place: one that was not tried yet
// before one that was, a ready one before one that loads.
func (p *pool) free(tried []*member) *member {
	rank := func(m *member) (int, float64) {
		n := 0
		if slices.Contains(tried, m) {
			n += 2
		}
		if m.loading {
			n++
		}
		return n, float64(m.running) / float64(m.parallel())
	}
	var best *member
	for _, m := range p.members {
		if !m.well() || m.running >= m.parallel() {
			continue
		}
		if best == nil {
			best = m
			continue
		}
		n, load := rank(m)
		if bn, bload := rank(best); n < bn || n == bn && load < bload {
			best = m
		}
	}
	return best
}

// lastResort is a worker that lives, although all have failed lately.
func (c *call) lastResort(ctx context.Context, last error) (*member, error) {
	if last != nil { // it has just been tried
		return nil, unavailable(last)
	}
	all := last
	for _, m := range c.pool.members {
		within, cancel := context.WithTimeout(ctx, c.settings.Limit)
		err := m.Check(within)
		cancel()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c.mu.Lock()
		full := m.running >= m.parallel()
		if ok := err == nil || KindOf(err) == NotReady; ok && !full {
			m.running++
			c.mu.Unlock()
			return m, nil
		}
		all = errors.Join(all, m.fault, err)
		c.mu.Unlock()
	}
	return nil, unavailable(all)
}

// queue waits for a worker, and says how long the queue before it is.
func (c *call) queue(ctx context.Context, front bool) (*member, error) {
	t := &ticket{moved: make(chan struct{}, 1)}
	c.mu.Lock()
	if len(c.pool.waiting) >= c.settings.Queue && !front && c.pool.known() {
		defer c.mu.Unlock()
		return nil, c.pool.full()
	}
	if front {
		c.pool.waiting = slices.Insert(c.pool.waiting, 0, t)
	} else {
		c.pool.waiting = append(c.pool.waiting, t)
	}
	c.pool.place()
	c.grant()
	c.mu.Unlock()
	said := 0
	for {
		select {
		case <-t.moved:
		case <-ctx.Done():
			c.forget(t)
			return nil, context.Cause(ctx)
		}
		c.mu.Lock()
		to, err, at := t.to, t.err, t.at
		c.mu.Unlock()
		if to != nil || err != nil {
			return to, err
		}
		if at != said {
			said = at
			if err := c.say(Delta{Phase: Queued, Position: at}); err != nil {
				c.forget(t)
				return nil, err
			}
		}
	}
}

// known says whether it is known of any worker how many calls it takes. Until
// then nobody is turned away.
func (p *pool) known() bool {
	return slices.ContainsFunc(p.members, func(m *member) bool { return m.about.Parallel > 0 })
}

func (p *pool) full() error {
	seconds := p.retryAfter()
	return errs.New(errs.Unavailable, errs.WorkerUnavailable, "Too many people are waiting for an answer already. Try again in %d seconds.", seconds).
		With("retryAfter", seconds)
}

// retryAfter is in how many seconds a place in the queue should be free.
func (p *pool) retryAfter() int {
	slots := 0
	for _, m := range p.members {
		if m.well() {
			slots += m.parallel()
		}
	}
	return int(math.Ceil(min(60, max(1, cmp.Or(p.took, 5)/float64(max(1, slots))))))
}

// forget takes a ticket back, and the place that it may have been granted.
func (c *call) forget(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pool.waiting = slices.DeleteFunc(c.pool.waiting, func(o *ticket) bool { return o == t })
	if t.to != nil {
		t.to.running--
	}
	c.pool.place()
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
		alive := slices.ContainsFunc(one.members, (*member).well)
		for len(one.waiting) > 0 {
			t := one.waiting[0]
			m := one.free(nil)
			switch {
			case m != nil:
				m.running++
				t.to = m
			case !alive:
				var all error
				for _, m := range one.members {
					all = errors.Join(all, m.fault)
				}
				t.err = unavailable(all)
			}
			if m == nil && alive {
				break
			}
			one.waiting = one.waiting[1:]
			t.tell()
		}
		one.place()
	}
}

// leave gives a place back.
func (c *call) leave(m *member, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.running--
	c.pool.took += 0.2 * (time.Since(began).Seconds() - c.pool.took)
	c.grant()
}

// ask asks one worker. While it loads its model, it is asked again.
func (c *call) ask(ctx context.Context, m *member) error {
	began := time.Now()
	defer c.leave(m, began)
	done, err := m.breaker.Allow()
	if err != nil {
		done = func(error) {} // the last resort
	}
	for {
		err := c.once(ctx, m)
		if KindOf(err) != NotReady || c.spoke || time.Since(began) > c.settings.Loading {
			if c.left || ctx.Err() != nil {
				done(errLeft)
			} else {
				done(err)
			}
			c.note(m, err)
			return err
		}
		c.note(m, err)
		if err := c.say(Delta{Phase: Loading}); err != nil {
			done(err)
			return err
		}
		var fault *Fault
		errors.As(err, &fault)
		if err := sleep(ctx, max(time.Second/2, min(fault.RetryAfter, 5*time.Second))); err != nil {
			done(err)
			return err
		}
	}
}

// note keeps what a call has shown of a worker.
func (p *Pools) note(m *member, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m.loading = KindOf(err) == NotReady
	switch {
	case err == nil:
		m.spoke, m.fault = time.Now(), nil
	case KindOf(err) != "":
		m.fault = err
	}
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
	if leftOut > 0 {
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
		for len(one.waiting) > p.settings.Queue && one.known() {
			last := len(one.waiting) - 1
			one.waiting[last].err = one.full()
			one.waiting[last].tell()
			one.waiting = one.waiting[:last]
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watch looks after the workers while their pools are in use.
func (p *Pools) watch() {
	for {
		select {
		case <-p.watching.Done():
			return
		case <-p.poke:
		}
		for p.inUse() {
			var looks sync.WaitGroup
			for _, m := range p.members {
				looks.Go(func() { p.look(m) })
			}
			looks.Wait()
			p.mu.Lock()
			p.grant()
			p.mu.Unlock()
			if sleep(p.watching, p.settings.Check) != nil {
				return
			}
		}
	}
}

func (p *Pools) inUse() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.used) < inUse
}

// look checks a worker that is well, and tries one that is not. One that is well
// and has calls needs no look: they show more.
func (p *Pools) look(m *member) {
	p.mu.Lock()
	well, running := m.well(), m.running
	p.mu.Unlock()
	if well && running > 0 {
		return
	}
	done, err := m.breaker.Allow()
	if err != nil {
		return // too early
	}
	limit := p.settings.Limit
	if !well {
		limit = max(limit, p.settings.Loading/4)
	}
	ctx, cancel := context.WithTimeout(p.watching, limit)
	defer cancel()
	// A server may say that it is well while each reply fails: only a reply
	// shows that one which was broken no longer is.
	if well {
		err = m.Check(ctx)
	} else {
		err = trial(ctx, m)
	}
	switch {
	case ctx.Err() != nil: // it may only be full, or cold
		done(errLeft)
	case err == nil && well: // being there is no proof of being well
		done(errLeft)
	default:
		done(err)
	}
	if err != nil {
		p.note(m, err)
		return
	}
	if about, err := m.About(ctx); err == nil {
		p.mu.Lock()
		m.loading = false
		p.learn(m, about)
		p.mu.Unlock()
	}
}

// trial asks for one token.
func trial(ctx context.Context, w Worker) error {
	for d, err := range w.Generate(ctx, Prompt{Messages: []Message{{User, "Hi"}}, MaxTokens: 1}) {
		if err != nil || d.Text != "" || d.Finish != "" {
			return err
		}
	}
	return nil
}

// Health is how a pool is.
type Health struct {
	Plan    string
	Waiting int
	Workers []WorkerHealth
}

// WorkerHealth is how a worker is.
type WorkerHealth struct {
	Name    string
	About   About
	State   string // "ready", "loading", "unreachable"
	Breaker string // "closed", "open", "half-open"
	Running int
	Fault   string    // why the last call or look failed; "" if it did not
	Spoke   time.Time // when the last reply ended well; zero: none has
}

// Health asks every worker how it is, now.
func (p *Pools) Health(ctx context.Context) []Health {
	state := make([]string, len(p.members))
	var looks sync.WaitGroup
	for i, m := range p.members {
		looks.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, p.settings.Limit)
			defer cancel()
			err := m.Check(ctx)
			var about About
			if err == nil {
				about, err = m.About(ctx)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			switch {
			case err == nil:
				state[i] = "ready"
				p.learn(m, about)
			case KindOf(err) == NotReady:
				state[i] = "loading"
			default:
				state[i], m.fault = "unreachable", err
			}
		})
	}
	looks.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Health
	for _, one := range p.pools {
		h := Health{Plan: one.plan, Waiting: len(one.waiting)}
		for _, m := range one.members {
			w := WorkerHealth{
				Name: m.Name(), About: m.about, State: state[slices.Index(p.members, m)],
				Breaker: m.breaker.State().String(), Running: m.running, Spoke: m.spoke,
			}
			if m.fault != nil {
				w.Fault = m.fault.Error()
			}
			h.Workers = append(h.Workers, w)
		}
		all = append(all, h)
	}
	return all
}
