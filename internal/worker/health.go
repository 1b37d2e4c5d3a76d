package worker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// wake lets the watcher look after the workers.
func (p *Pools) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
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
	Fault   string    // what went wrong last; "" once a call has ended well
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
