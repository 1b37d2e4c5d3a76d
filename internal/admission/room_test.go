package admission_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
)

// TestRoom: as a room fills up, calls that matter less are refused first.
func TestRoom(t *testing.T) {
	room := admission.NewRoom(20)
	var leave []func()
	fill := func(p admission.Priority) {
		for {
			l, err := room.Enter(p)
			if err != nil {
				if e := errs.Of(err); e.Code != errs.Unavailable || e.Reason != errs.Overloaded || e.Detail("retryAfter") != 2 {
					t.Errorf("a full room: %v", err)
				}
				return
			}
			leave = append(leave, l)
		}
	}
	var got []int
	for _, p := range []admission.Priority{admission.Anonymous, admission.SignedIn, admission.Anonymous, admission.Premium, admission.SignedIn, admission.Running, admission.Premium} {
		fill(p)
		got = append(got, len(leave))
	}
	if diff := cmp.Diff([]int{10, 15, 15, 18, 18, 20, 20}, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	for _, l := range leave {
		l()
	}
	leave = nil
	if fill(admission.Anonymous); len(leave) != 10 {
		t.Errorf("once all have left, %d enter", len(leave))
	}
	for range 1000 {
		if _, err := admission.NewRoom(0).Enter(admission.Anonymous); err != nil {
			t.Fatalf("a room without a limit: %v", err)
		}
	}
}

func TestSmallestRoom(t *testing.T) {
	room := admission.NewRoom(1)
	for range 3 {
		leave, err := room.Enter(admission.Anonymous)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := room.Enter(admission.Running); err == nil {
			t.Error("two are in")
		}
		leave()
	}
}

// TestStreams: of 2,000 streams of one user 8 are open at the same time.
func TestStreams(t *testing.T) {
	streams := admission.NewStreams()
	var ends []func()
	var mu sync.Mutex
	var refused atomic.Int32
	var all sync.WaitGroup
	for range 2000 {
		all.Go(func() {
			end, err := streams.Open("ann", 8)
			if err != nil {
				if e := errs.Of(err); e.Code != errs.ResourceExhausted || e.Reason != errs.TooManyStreams || !cmp.Equal(e.Details, any(map[string]any{"limit": 8, "used": 8, "retryAfter": 5})) {
					t.Errorf("one more: %v with %v", err, e.Details)
				}
				refused.Add(1)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ends = append(ends, end)
		})
	}
	all.Wait()
	if len(ends) != 8 || refused.Load() != 1992 || streams.Used("ann") != 8 {
		t.Errorf("%d are open, %d refused, %d counted", len(ends), refused.Load(), streams.Used("ann"))
	}
	if _, err := streams.Open("bob", 8); err != nil {
		t.Errorf("bob: %v", err)
	}
	for _, end := range ends {
		end()
	}
	if streams.Used("ann") != 0 || streams.Users() != 1 {
		t.Errorf("at the end ann has %d, and %d users are kept", streams.Used("ann"), streams.Users())
	}
}
