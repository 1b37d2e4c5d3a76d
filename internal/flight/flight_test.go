package flight_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/flight"
)

type key struct{ bucket, name string }

func TestCallersOfOneKeyShareARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g flight.Group[key, key]
		var mu sync.Mutex
		runs := map[key]int{}
		do := func(k key) (key, error) {
			return g.Do(t.Context(), k, time.Minute, func(context.Context) (key, error) {
				mu.Lock()
				runs[k]++
				mu.Unlock()
				time.Sleep(time.Second)
				return k, nil
			})
		}
		var callers sync.WaitGroup
		for _, k := range []key{{"a", "b"}, {"a", "b"}, {"a", "b"}, {"a b", "c"}, {"a", "b c"}} {
			callers.Go(func() {
				if got, err := do(k); got != k || err != nil {
					t.Errorf("%v: %v, %v", k, got, err)
				}
			})
		}
		callers.Wait()
		if _, err := do(key{"a", "b"}); err != nil { // the first run is over
			t.Error(err)
		}
		want := map[key]int{{"a", "b"}: 2, {"a b", "c"}: 1, {"a", "b c"}: 1}
		if !maps.Equal(runs, want) {
			t.Errorf("runs: %v, want %v", runs, want)
		}
	})
}

func TestARunContinuesAfterItsCallerHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g flight.Group[string, string]
		type value struct{}
		errLeft := errors.New("left")
		first, leave := context.WithCancelCause(context.WithValue(t.Context(), value{}, "kept"))
		fn := func(ctx context.Context) (string, error) {
			time.Sleep(time.Second)
			kept, _ := ctx.Value(value{}).(string)
			return kept, ctx.Err()
		}
		var callers sync.WaitGroup
		callers.Go(func() {
			began := time.Now()
			if _, err := g.Do(first, "k", time.Minute, fn); !errors.Is(err, errLeft) || time.Since(began) != 0 {
				t.Errorf("the caller that left: %v after %v", err, time.Since(began))
			}
		})
		synctest.Wait()
		callers.Go(func() {
			if v, err := g.Do(t.Context(), "k", time.Minute, fn); v != "kept" || err != nil {
				t.Errorf("the caller that stayed: %q, %v", v, err)
			}
		})
		synctest.Wait()
		leave(errLeft)
		callers.Wait()
	})
}

func TestARunEndsAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g flight.Group[string, error]
		began := time.Now()
		v, err := g.Do(t.Context(), "k", time.Second, func(ctx context.Context) (error, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		if v != nil || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v, %v after %v", v, err, time.Since(began))
		}
	})
}
