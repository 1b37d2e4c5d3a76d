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

// TestQueue: who has the same name takes turns, two names go side by side, and
// whoever leaves the line lets the next one in.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue
		var all sync.WaitGroup
		begun := time.Now()
		for i := range 10 {
			all.Go(func() {
				leave, err := q.enter(t.Context(), fmt.Sprint(i%2))
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				time.Sleep(time.Minute)
			})
		}
		all.Wait()
		if took := time.Since(begun); took != 5*time.Minute {
			t.Errorf("two lines of five took %v, want 5 minutes", took)
		}
		leave, err := q.enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.enter(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who waited too long: %v", err)
		}
		leave()
		if len(q.lines) != 0 {
			t.Errorf("%d lines are left", len(q.lines))
		}
	})
}
