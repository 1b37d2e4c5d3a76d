package builder

import (
	"context"
	"errors"
	"time"
)

// lane builds one set after the other.
type lane struct {
	name  string        // of its children
	limit time.Duration // how long a set may take
	warm  bool          // there is a child while nobody waits
	tell  *journal

	running context.Context // until the Builder is closed
	place   chan struct{}   // is full while somebody builds, or a child is being started
	child   *child          // nil: there is none. It belongs to who has the place, as does failed
	failed  bool            // there could be none the last time: the next caller tries again, and nobody before
}

func newLane(running context.Context, name string, limit time.Duration, warm bool, tell *journal) *lane {
	return &lane{name: name, limit: limit, warm: warm, tell: tell, running: running, place: make(chan struct{}, 1)}
}

// prepare has a warm lane start its child, unless somebody does so by now.
func (l *lane) prepare() {
	select {
	case l.place <- struct{}{}:
		l.leave()
	default:
	}
}

// enter waits for the place, and returns false if ctx ends before.
func (l *lane) enter(ctx context.Context) bool {
	if l.running.Err() != nil {
		return false
	}
	select {
	case l.place <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-l.running.Done():
	}
	return false
}

// leave gives the place to the next one, in a warm lane once there is a child.
func (l *lane) leave() {
	if !l.warm {
		l.end()
	}
	if !l.warm || l.child != nil || l.failed || l.running.Err() != nil {
		<-l.place
		return
	}
	go func() {
		_ = l.begin(l.running) // it was told
		<-l.place
	}()
}

// close ends the child once nobody has the place, which the end of l.running brings about.
func (l *lane) close() {
	l.place <- struct{}{}
	l.end()
	<-l.place
}

// begin makes sure that there is a child.
func (l *lane) begin(ctx context.Context) (err error) {
	if l.child != nil && l.child.alive() {
		return nil
	}
	l.child, err = start(ctx, l.name)
	l.failed = err != nil && ctx.Err() == nil
	if l.failed {
		l.tell.unstarted(err)
	}
	return err
}

func (l *lane) end() {
	if l.child != nil {
		l.child.end()
		l.child = nil
	}
}

// build has a set built. The caller has the place. The error is errLate, a *death, a
// *panicError, the cause of ctx, or says why there is no child.
func (l *lane) build(ctx context.Context, r request) (made, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(l.running, func() { cancel(context.Cause(l.running)) })
	defer stop()
	for again := false; ; again = true {
		if err := l.begin(ctx); err != nil {
			return made{}, err
		}
		m, err := l.child.build(ctx, l.limit, r)
		if !l.child.alive() {
			l.child = nil
		}
		// Whoever has killed the child, as the kernel does where memory is short, may have
		// meant another process.
		if killed, ok := errors.AsType[*death](err); !ok || !killed.bySignal || again {
			return m, err
		}
	}
}
