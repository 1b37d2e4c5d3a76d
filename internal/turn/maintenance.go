package turn

import (
	"context"
	"math/rand/v2"
	"time"
)

// sweep ends what others have left, now and about once a minute. Nothing depends
// on it: whoever waits for a turn ends it, too.
func (r *Runner) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		err := guard(func() error { r.Sweep(ctx); return nil })
		r.journal.warn(ctx, sweeping, Key{}, err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute/2 + rand.N(time.Minute)):
		}
	}
}

// Sweep interrupts the turns whose lease is over and continues purges that have
// stopped. It returns how many of each it has ended; what fails is left to the
// next sweep.
func (r *Runner) Sweep(ctx context.Context) (turns, projects int) {
	const batch = 100
	refs, err := r.store.ExpiredTurns(ctx, now().Add(-r.settings.Lease), batch)
	r.journal.warn(ctx, sweeping, Key{}, err)
	for _, ref := range refs {
		c, err := r.store.Apply(ctx, r.scope(ref.Key, ref.UID), "interrupt", Interrupt())
		r.journal.warn(ctx, sweeping, ref.Key, err)
		turns += len(c.Settled)
	}
	refs, err = r.store.Unpurged(ctx, batch)
	r.journal.warn(ctx, purging, Key{}, err)
	for _, ref := range refs {
		done, err := r.purge(ctx, ref.UID, ref.ProjectID)
		r.journal.warn(ctx, purging, ref.Key, err)
		if done {
			projects++
		}
	}
	return turns, projects
}
