// Package backoff spaces out attempts. Its pauses vary at random, so that
// callers that failed together do not come back together.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff gives the pauses between attempts: about Min, then about twice as
// much each time, up to about Max. Min must be above 0; with Max equal to Min
// all pauses are about equal. It is not safe for concurrent use.
type Backoff struct {
	Min, Max time.Duration

	pause time.Duration // the next one; 0: Min
}

// Next returns the next pause: from half to one and a half times what it is
// about.
func (b *Backoff) Next() time.Duration {
	pause := max(b.pause, b.Min)
	b.pause = min(2*pause, b.Max)
	return pause/2 + rand.N(pause)
}

// Wait sleeps for the next pause. Its error is the cause of ctx, if ctx ends
// first.
func (b *Backoff) Wait(ctx context.Context) error {
	select {
	case <-time.After(b.Next()):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Reset makes the next pause about Min again.
func (b *Backoff) Reset() { b.pause = 0 }
