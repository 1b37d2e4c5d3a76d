package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestKeyedMutex: callers with the same key take turns, two keys do not wait for
// each other, and a caller that gives up leaves nothing behind.
func TestKeyedMutex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m keyedMutex
		var all sync.WaitGroup
		begun := time.Now()
		for i := range 10 {
			all.Go(func() {
				unlock, err := m.Lock(t.Context(), fmt.Sprint(i%2))
				if err != nil {
					t.Error(err)
					return
				}
				defer unlock()
				time.Sleep(time.Minute)
			})
		}
		all.Wait()
		if took := time.Since(begun); took != 5*time.Minute {
			t.Errorf("two keys with five callers each took %v, want 5 minutes", took)
		}
		unlock, err := m.Lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller that waited too long: %v", err)
		}
		unlock()
		if len(m.locks) != 0 {
			t.Errorf("%d locks are left", len(m.locks))
		}
	})
}
