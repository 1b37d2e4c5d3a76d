package worker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// watchFor is how long after its last call a pool is watched: a check keeps a
// worker from going to sleep.
const watchFor = 5 * time.Minute

// wake has the watcher check the workers.
func (p *Pools) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// watch checks the workers while their pools are in use.
func (p *Pools) watch() {
	for {
		select {
		case <-p.watching.Done():
			return
		case <-p.poke:
		}
		for p.inUse() {
			var checks sync.WaitGroup
			for _, w := range p.workers {
				checks.Go(func() { p.check(w) })
			}
			checks.Wait()
			p.regrant()
			if sleep(p.watching, p.settings.CheckInterval) != nil {
				return
			}
		}
	}
}

func (p *Pools) inUse() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.usedAt) < watchFor
}

// check asks a healthy worker for a sign of life, and another one for a token.
func (p *Pools) check(w *workerState) {
	healthy, done := p.beginCheck(w)
	if done == nil {
		return
	}
	timeout := p.settings.CheckTimeout
	if !healthy {
		timeout = max(timeout, p.settings.LoadTimeout/4)
	}
	ctx, cancel := context.WithTimeout(p.watching, timeout)
	defer cancel()
	// A server may say that it is well while each reply fails: only a reply
	// shows that a broken one has recovered.
	var err error
	if healthy {
		err = w.worker.Check(ctx)
	} else {
		err = trial(ctx, w.worker)
	}
	if err != nil {
		p.note(w, err)
	}
	outcome := err
	if ctx.Err() != nil || err == nil && healthy { // it may only be full, or cold; an answer to a check does not prove that replies work
		outcome = errLeft
	}
	p.mu.Lock()
	done(outcome)
	p.mu.Unlock()
	if err != nil {
		return
	}
	if about, err := w.worker.About(ctx); err == nil {
		p.noteAbout(w, about)
	}
}

// beginCheck reports whether a worker is healthy. done tells the breaker what came
// of the check; it is nil if there is to be none: the calls of a healthy worker
// show more than a check, and a broken one is tried no more often than its breaker
// allows.
func (p *Pools) beginCheck(w *workerState) (healthy bool, done func(error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	healthy = w.healthy()
	if healthy && w.running > 0 {
		return healthy, nil
	}
	done, err := w.breaker.Allow()
	if err != nil {
		return healthy, nil
	}
	return healthy, done
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
	Waiting int // calls
	Workers []WorkerHealth
}

// WorkerHealth is how a worker is.
type WorkerHealth struct {
	Name        string
	About       About
	State       string    // "ready", "loading" or "unreachable"
	Breaker     string    // "closed", "open" or "half-open"
	Running     int       // calls
	Fault       string    // what went wrong last; "" once a call has ended well
	LastReplyAt time.Time // when the last reply ended well; zero: none has
}

// Health asks every worker how it is, now. Each has Settings.CheckTimeout to
// answer.
func (p *Pools) Health(ctx context.Context) []Health {
	states := make([]string, len(p.workers)) // as p.workers
	var checks sync.WaitGroup
	for i, w := range p.workers {
		checks.Go(func() { states[i] = p.stateOf(ctx, w) })
	}
	checks.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Health
	for _, one := range p.pools {
		h := Health{Plan: one.plan, Waiting: len(one.waiting)}
		for _, w := range one.workers {
			health := WorkerHealth{
				Name: w.worker.Name(), About: w.about, State: states[slices.Index(p.workers, w)],
				Breaker: w.breaker.State().String(), Running: w.running, LastReplyAt: w.lastReplyAt,
			}
			if w.fault != nil {
				health.Fault = w.fault.Error()
			}
			h.Workers = append(h.Workers, health)
		}
		all = append(all, h)
	}
	return all
}

// Parameters returns how many weights the largest model of a plan has; 0 if one of its
// workers does not tell, or not within ctx. A worker that has told is not asked again.
func (p *Pools) Parameters(ctx context.Context, plan string) (most int64) {
	p.mu.Lock()
	workers := slices.Clone(p.of(plan).workers)
	p.mu.Unlock()
	for _, w := range workers {
		about, err := w.worker.About(ctx)
		if err != nil || about.Parameters == 0 {
			return 0
		}
		most = max(most, about.Parameters)
	}
	return most
}

// stateOf asks a worker how it is: the State of a WorkerHealth.
func (p *Pools) stateOf(ctx context.Context, w *workerState) string {
	ctx, cancel := context.WithTimeout(ctx, p.settings.CheckTimeout)
	defer cancel()
	err := w.worker.Check(ctx)
	var about About
	if err == nil {
		about, err = w.worker.About(ctx)
	}
	switch {
	case err == nil:
		p.noteAbout(w, about)
		return "ready"
	case KindOf(err) == NotReady:
		return "loading"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w.fault = err
	return "unreachable"
}
