package turn

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// keeper is the second goroutine of a turn: it stores the text in segments and
// renews the lease, so that the first one waits for neither.
type keeper struct {
	*Runner
	key Key
	run string
	log *Log
	end context.CancelCauseFunc // ends the turn's work
}

var errCancelled = errs.New(errs.Cancelled, "", "This answer was cancelled.")

// lost is why a turn's work has ended though nobody asked: another took the turn.
type lost struct{ error }

func (e lost) Unwrap() error { return e.error }

const (
	early      = 5 * time.Second // text is stored every second until then
	segmentTTL = 8 * 24 * time.Hour
)

// keep goes on until ctx ends.
func (k *keeper) keep(ctx context.Context) {
	began := time.Now()
	third := k.settings.Lease / 3
	every := func() time.Duration {
		if time.Since(began) < early {
			return time.Second
		}
		return 2 * time.Second
	}
	store, renew := time.NewTimer(every()), time.NewTimer(third)
	defer store.Stop()
	defer renew.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.log.full:
			k.store(ctx, third)
		case <-store.C:
			k.store(ctx, third)
			store.Reset(every())
		case <-renew.C:
			if !k.renew(ctx) {
				return
			}
			renew.Reset(third)
		}
	}
}

// store writes what is not stored yet. What fails is tried again with the next.
func (k *keeper) store(ctx context.Context, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, max(within, time.Second))
	defer cancel()
	for {
		segments := k.log.segments(wall().Add(segmentTTL))
		if len(segments) == 0 {
			return
		}
		if err := k.Runner.store.Append(ctx, k.key, segments); err != nil {
			return
		}
		point("segment")
		last := segments[len(segments)-1]
		k.log.keep(last.Offset + len(last.Text))
	}
}

// renew begins the lease anew. It returns false when the turn is another's.
func (k *keeper) renew(ctx context.Context) bool {
	limit := k.settings.Idle
	asked := time.Now()
	within, cancel := context.WithTimeout(ctx, max(k.settings.Lease, time.Second))
	defer cancel()
	c, err := k.Runner.store.Apply(within, Scope{Key: k.key}, "renew", Renew(k.run, k.log.unread() >= limit, limit))
	switch {
	case errs.Of(err) != nil && errs.Of(err).Reason == errs.Interrupted:
		k.log.Abandon(err)
		k.end(lost{err})
		return false
	case err != nil:
		return true // tried again; until then the lease runs, and with it what readers are told
	}
	k.log.Lease(asked.Add(k.settings.Lease))
	if c.Turn.CancelRequested {
		k.end(errCancelled)
	}
	return true
}
