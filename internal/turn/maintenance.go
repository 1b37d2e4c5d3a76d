package turn

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"
)

// Left is a running turn whose owner seems to have left it, or a deleted
// project whose purge has stopped.
type Left struct {
	Key
	UID string
}

// again goes through a sequence that should not end, and starts it anew.
func (r *Runner) again(ctx context.Context, start func() iter.Seq2[Key, error], each func(Key)) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		for k, err := range start() {
			if err != nil {
				break
			}
			pause = 100 * time.Millisecond
			each(k)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
			pause = min(2*pause, 10*time.Second)
		}
	}
}

// sweep ends what others have left, now and each minute. Nothing depends on it:
// whoever waits on a turn ends it itself.
func (r *Runner) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		r.Sweep(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute/2 + rand.N(time.Minute)):
		}
	}
}

// Sweep interrupts the turns whose lease is over and goes on with purges that
// stopped. It returns how many of each it has ended; what fails is left to the
// next one.
func (r *Runner) Sweep(ctx context.Context) (turns, projects int) {
	const batch = 100
	left, _ := r.store.Overdue(ctx, wall().Add(-r.settings.Lease), batch)
	for _, l := range left {
		if c, err := r.store.Apply(ctx, r.scope(l.Key, l.UID), "interrupt", Interrupt()); err == nil && !c.Found {
			turns++
		}
	}
	left, _ = r.store.Unpurged(ctx, batch)
	for _, l := range left {
		if done, err := r.purge(ctx, l.UID, l.ProjectID); err == nil && done {
			projects++
		}
	}
	return turns, projects
}
