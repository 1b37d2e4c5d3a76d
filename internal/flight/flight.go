// Package flight lets callers who want the same thing at the same time share
// one run of the work, and remembers what it brought. It is
// golang.org/x/sync/singleflight with a context for each caller, and with types.
package flight

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
)

// Group shares runs by key. The zero Group is ready, and a Group is safe for
// concurrent use. Two keys are the same if they print the same by %#v, as equal
// strings, numbers and structs of these do.
type Group[K comparable, V any] struct{ runs singleflight.Group }

// Do returns what fn returns. A caller that comes while the run of its key goes
// on gets the result of that run, and its own fn is not called.
//
// The run is bounded by limit and by nothing else: it continues when a caller
// leaves, also when all do. Its context holds the values of the caller that
// began it; when limit is over, the context's cause wraps
// context.DeadlineExceeded. A caller whose own ctx ends gets the cause of ctx
// at once.
func (g *Group[K, V]) Do(ctx context.Context, key K, limit time.Duration, fn func(context.Context) (V, error)) (V, error) {
	run := g.runs.DoChan(fmt.Sprintf("%#v", key), func() (any, error) {
		late := fmt.Errorf("not done within %v: %w", limit, context.DeadlineExceeded)
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), limit, late)
		defer cancel()
		return fn(ctx)
	})
	select {
	case done := <-run:
		v, _ := done.Val.(V) // a nil interface is no V, but its zero value
		return v, done.Err
	case <-ctx.Done():
		var none V
		return none, context.Cause(ctx)
	}
}
