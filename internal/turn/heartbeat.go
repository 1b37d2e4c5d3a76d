package turn

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// heartbeat is the second goroutine of a turn: it stores the text in segments
// and renews the lease, so that the first one waits for neither.
type heartbeat struct {
	store interface {
		Steps
		Segments
	}
	key   Key
	run   string
	lease time.Duration
	idle  time.Duration
	log   *Log
	end   context.CancelCauseFunc // ends the turn's work

	journal *journal
	pulse   *pulse
}

var errCancelled = errs.New(errs.Cancelled, "", "This answer was cancelled.")

// leaseLostError ends a turn's work because another instance has taken the turn.
type leaseLostError struct{ error }

func (e leaseLostError) Unwrap() error { return e.error }

const (
	// In its first seconds a turn's text is stored every second, later every two.
	early      = 5 * time.Second
	segmentTTL = 8 * 24 * time.Hour
)

// beat stores and renews until ctx ends, or the turn is another's.
func (h *heartbeat) beat(ctx context.Context) {
	began := time.Now()
	interval := func() time.Duration {
		if time.Since(began) < early {
			return time.Second
		}
		return 2 * time.Second
	}
	flush, renew := time.NewTimer(interval()), time.NewTimer(h.lease/3)
	defer flush.Stop()
	defer renew.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.log.full:
			h.flush(ctx)
		case <-flush.C:
			h.flush(ctx)
			flush.Reset(interval())
		case <-renew.C:
			if !h.renew(ctx) {
				return
			}
			renew.Reset(h.lease / 3)
		}
	}
}

// flush writes the text that is not stored yet, for a third of the lease at most,
// so that a renewal is never late for it. What fails is tried again by the next
// flush.
func (h *heartbeat) flush(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, max(h.lease/3, time.Second))
	defer cancel()
	for {
		segments := h.log.segments(now().Add(segmentTTL))
		if len(segments) == 0 {
			return
		}
		if err := h.store.Append(within, h.key, segments); err != nil {
			h.journal.warn(ctx, storing, h.key, err)
			return
		}
		failpoint("segment")
		last := segments[len(segments)-1]
		h.log.setStored(last.Offset + len(last.Text))
	}
}

// renew begins the lease anew. It returns false when the turn is another's.
func (h *heartbeat) renew(ctx context.Context) bool {
	asked := time.Now() // the lease counts from here: a slow answer must not stretch it
	within, cancel := context.WithTimeout(ctx, max(h.lease, time.Second))
	defer cancel()
	unread := h.log.unread() >= h.idle
	c, err := h.store.Apply(within, Scope{Key: h.key, Insist: true}, "renew", Renew(h.run, unread, h.idle))
	switch {
	case errs.Of(err) != nil && errs.Of(err).Reason == errs.Interrupted:
		h.log.Abandon(err)
		h.end(leaseLostError{err})
		return false
	case err != nil:
		h.journal.warn(ctx, renewing, h.key, err)
		return true // tried again; meanwhile the lease runs out, and with it what readers are told
	}
	h.log.Lease(asked.Add(h.lease))
	h.pulse.note(h.key, asked)
	if c.Turn.CancelRequested {
		h.end(errCancelled)
	}
	return true
}
