package backoff_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/backoff"
)

func TestPausesGrowUpToMax(t *testing.T) {
	about := []time.Duration{100, 200, 400, 500, 500}
	seen := map[time.Duration]bool{}
	b := backoff.Backoff{Min: 100, Max: 500}
	for range 100 {
		b.Reset()
		for i, want := range about {
			got := b.Next()
			if got < want/2 || got >= want/2+want {
				t.Fatalf("pause %d is %d, want about %d", i, got, want)
			}
			if i == 0 {
				seen[got] = true
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("a hundred first pauses are only %d different ones", len(seen))
	}
}

func TestPausesStayEqualWhereMaxIsMin(t *testing.T) {
	b := backoff.Backoff{Min: 100, Max: 100}
	for i := range 100 {
		if got := b.Next(); got < 50 || got >= 150 {
			t.Fatalf("pause %d is %d, want about 100", i, got)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff.Backoff{Min: time.Second, Max: time.Minute}
		began := time.Now()
		if err := b.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d < time.Second/2 || d >= 3*time.Second/2 {
			t.Errorf("the first wait took %v, want about 1s", d)
		}
		errStop := errors.New("stop")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, errStop)
		defer cancel()
		began = time.Now()
		if err := b.Wait(ctx); !errors.Is(err, errStop) || time.Since(began) != time.Millisecond {
			t.Errorf("Wait returned %v after %v", err, time.Since(began))
		}
	})
}
