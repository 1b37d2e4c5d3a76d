package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"
)

// workerState is one worker with what its calls and checks have shown. The lock
// of its Pools guards all of it but the worker.
type workerState struct {
	worker Worker

	breaker      *gobreaker.TwoStepCircuitBreaker[struct{}]
	about        About // as last told; zero: nothing yet
	running      int   // calls, each with a place
	scale        scale
	fault        error
	lastReplyAt  time.Time // when its last reply ended well
	loadingSince time.Time // when it last said that it loads its model
	refusedAt    time.Time // when it last refused a call
	restUntil    time.Time // until then it wants no calls
}

func (w *workerState) parallel() int { return max(1, w.about.Parallel) }

func (w *workerState) healthy() bool { return w.breaker.State() == gobreaker.StateClosed }

func (w *workerState) full() bool { return w.running >= w.parallel() }

func (w *workerState) load() float64 { return float64(w.running) / float64(w.parallel()) }

const tripAfter = 3 // faults in a row

// newBreaker returns a breaker that counts what says that a worker is broken: not
// what a caller did, nor that the worker is busy or loads its model. An open one
// lets one call through after CheckInterval. It is used with the lock held.
func (p *Pools) newBreaker(w *workerState) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1, Timeout: p.settings.CheckInterval,
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if from == gobreaker.StateClosed || to == gobreaker.StateClosed {
				p.tell(w, to)
			}
		},
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsExcluded: func(err error) bool {
			kind := KindOf(err)
			return err != nil && kind != Unreachable && kind != Broken
		},
	})
}

// tell logs that a worker's breaker opens or closes. The caller holds the lock.
func (p *Pools) tell(w *workerState, to gobreaker.State) {
	attrs := []slog.Attr{slog.String("kind", "worker"), slog.String("worker", w.worker.Name()), slog.String("breaker", to.String())}
	if to != gobreaker.StateClosed && w.fault != nil {
		attrs = append(attrs, slog.String("err", w.fault.Error()))
	}
	p.settings.Log.LogAttrs(context.Background(), slog.LevelWarn, "background", attrs...)
}

// note keeps what a call or a check has shown of a worker.
func (p *Pools) note(w *workerState, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	var fault *Fault
	switch {
	case err == nil:
		w.lastReplyAt, w.fault, w.loadingSince = now, nil, time.Time{}
		return
	case !errors.As(err, &fault):
		return
	}
	w.fault = err
	switch rest := min(fault.RetryAfter, p.settings.LoadTimeout); {
	case fault.Kind == NotReady:
		w.loadingSince = now
	case fault.Kind == Refused:
		w.refusedAt = now
	case rest > 0:
		w.restUntil = now.Add(rest)
		time.AfterFunc(rest, p.regrant)
	}
}

// noteLoading keeps that a worker loads its model for a call.
func (p *Pools) noteLoading(w *workerState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.loadingSince = time.Now()
}

// noteAbout keeps what a worker has told of itself. When the worker tells for the
// first time how many calls it takes, waiting calls get their places, and those
// that exceed the queue's limit are turned away.
func (p *Pools) noteAbout(w *workerState, about About) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := w.about.Parallel != about.Parallel
	w.about = about
	if !changed {
		return
	}
	p.grant()
	for _, one := range p.pools {
		one.turnAway(p.settings.Queue)
	}
}

// noteTokens keeps how many tokens a worker has counted in a prompt.
func (p *Pools) noteTokens(w *workerState, q Prompt, tokens int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.scale.learn(q, tokens)
}

func (p *Pools) scaleOf(w *workerState) scale {
	p.mu.Lock()
	defer p.mu.Unlock()
	return w.scale
}
