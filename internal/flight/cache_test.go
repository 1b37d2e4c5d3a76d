package flight_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/flight"
	"github.com/google/go-cmp/cmp"
)

// source counts how often each key was asked for, and answers by that count.
type source struct {
	mu    sync.Mutex
	asked map[string]int
	err   error
}

func (s *source) get(key string) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		time.Sleep(time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.asked == nil {
			s.asked = map[string]int{}
		}
		s.asked[key]++
		return s.asked[key], s.err
	}
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		c := flight.NewCache[string, int](2, time.Minute)
		do := func(key string) (int, error) { return c.Do(t.Context(), key, time.Hour, s.get(key)) }
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if v, err := do("a"); v != 1 || err != nil {
					t.Errorf("at the same time: %d, %v", v, err)
				}
			})
		}
		callers.Wait()
		time.Sleep(time.Minute - time.Nanosecond)
		if v, _ := do("a"); v != 1 {
			t.Errorf("just before its end: run %d", v)
		}
		time.Sleep(time.Nanosecond)
		if v, _ := do("a"); v != 2 {
			t.Errorf("at its end: run %d", v)
		}
		c.Forget("a")
		if v, _ := do("a"); v != 3 {
			t.Errorf("forgotten: run %d", v)
		}
		c.Keep("a", 70, time.Second)
		if v, _ := do("a"); v != 70 {
			t.Errorf("kept: %d", v)
		}
	})
}

// TestCacheErrors: an error is not remembered, and what was known before is at hand.
func TestCacheErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{err: errors.New("down")}
		c := flight.NewCache[string, int](2, time.Minute)
		do := func() error { _, err := c.Do(t.Context(), "a", time.Hour, s.get("a")); return err }
		if err := do(); !errors.Is(err, s.err) || c.Last("a") != 0 {
			t.Errorf("%v, and %d is known", err, c.Last("a"))
		}
		s.err = nil
		if err := do(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		s.err = errors.New("down again")
		if err := do(); !errors.Is(err, s.err) || c.Last("a") != 2 {
			t.Errorf("%v, and %d is known; want run 2", err, c.Last("a"))
		}
	})
}

// TestFullCache: a full Cache forgets the key that was asked for least recently,
// and no other.
func TestFullCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s source
		c := flight.NewCache[string, int](2, time.Hour)
		for _, key := range []string{"a", "b", "a", "c", "a", "c", "b"} {
			if _, err := c.Do(t.Context(), key, time.Hour, s.get(key)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(map[string]int{"a": 1, "b": 2, "c": 1}, s.asked); diff != "" {
			t.Errorf("how often each was asked for (-want +got):\n%s", diff)
		}
	})
}
