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

// ticket is a call that waits. Its worker is granted under the Pools' lock.
type ticket struct {
	call  *call
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

// of is the pool of a plan; of one that has none, the last one.
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

// wake lets the watcher look after the workers.
func (p *Pools) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
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

func (p *pool) faults() error {
	var all error
	for _, m := range p.members {
		all = errors.Join(all, m.fault)
	}
	return all
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
			v.at.breaker = newBreaker(v.at.Name(), v.settings)
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
			p.regrant()
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
	well := m.well()
	if well && m.running > 0 {
		p.mu.Unlock()
		return
	}
	done, err := m.breaker.Allow()
	p.mu.Unlock()
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
