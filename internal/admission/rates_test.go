package admission_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
)

// ann is a bucket of ann's.
func ann(class admission.Class) admission.Key { return admission.Key{Class: class, Who: "ann"} }

// taken is how many of n calls are let in.
func taken(r *admission.Rates, key admission.Key, n, perMinute int) (in int) {
	for range n {
		if r.Take(key, perMinute) == nil {
			in++
		}
	}
	return in
}

func TestTake(t *testing.T) {
	for _, tc := range []struct {
		name  string
		after time.Duration // since 60 of 60 calls were taken
		want  int           // how many of 100 more are let in
	}{
		{"at once", 0, 0},
		{"just before the next", time.Second - 1, 0},
		{"one comes back each second", time.Second, 1},
		{"half a minute", 30 * time.Second, 30},
		{"a minute", time.Minute, 60},
		{"no more than a minute's gather", time.Hour, 60},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := admission.NewRates(10)
				if got := taken(r, ann(admission.Write), 100, 60); got != 60 {
					t.Errorf("%d of the first 100 calls are let in", got)
				}
				time.Sleep(tc.after)
				if got := taken(r, ann(admission.Write), 100, 60); got != tc.want {
					t.Errorf("%d of 100 more calls are let in, want %d", got, tc.want)
				}
			})
		})
	}
}

// TestRefusedTake: who is refused hears when to come again, and then is let in.
func TestRefusedTake(t *testing.T) {
	for perMinute, wait := range map[int]int{1: 60, 20: 3, 50: 2, 60: 1, 600: 1} {
		synctest.Test(t, func(t *testing.T) {
			r := admission.NewRates(10)
			taken(r, ann(admission.Read), perMinute, perMinute)
			for range 3 { // a refused call is not counted
				e := errs.Of(r.Take(ann(admission.Read), perMinute))
				if e == nil || e.Code != errs.ResourceExhausted || e.Reason != errs.TooManyCalls {
					t.Fatalf("%d a minute, and one more: %v", perMinute, e)
				}
				if diff := cmp.Diff(map[string]any{"limit": perMinute, "retryAfter": wait}, e.Details); diff != "" {
					t.Errorf("%d a minute, details (-want +got):\n%s", perMinute, diff)
				}
			}
			time.Sleep(time.Duration(wait) * time.Second)
			if err := r.Take(ann(admission.Read), perMinute); err != nil {
				t.Errorf("%d a minute, after %d s: %v", perMinute, wait, err)
			}
		})
	}
	if e := errs.Of(admission.NewRates(10).Take(ann(admission.Read), 0)); e == nil || e.Detail("retryAfter") != 60 {
		t.Errorf("none a minute: %v", e)
	}
}

func TestUsedAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := admission.NewRates(10)
		used := func(want int) {
			t.Helper()
			if got := r.Used(ann(admission.Read), 60); got != want {
				t.Errorf("%d are used, want %d", got, want)
			}
		}
		used(0)
		taken(r, ann(admission.Read), 10, 60)
		used(10)
		r.Return(ann(admission.Read), 60)
		used(9)
		time.Sleep(3500 * time.Millisecond)
		used(6) // 5.5 of them
		time.Sleep(time.Hour)
		used(0)
		r.Return(ann(admission.Read), 60) // more than was taken
		if got := taken(r, ann(admission.Read), 100, 60); got != 60 {
			t.Errorf("%d of 100 are let in", got)
		}
		used(60)
	})
}

// TestStorm: one who sends without end changes nothing for another, nor for calls of
// another class.
func TestStorm(t *testing.T) {
	r := admission.NewRates(100)
	var storm sync.WaitGroup
	var in atomic.Int32
	for range 8 {
		storm.Go(func() { in.Add(int32(taken(r, ann(admission.Write), 10_000, 100))) })
	}
	if got := taken(r, admission.Key{Class: admission.Write, Who: "bob"}, 100, 100); got != 100 {
		t.Errorf("bob: %d of 100", got)
	}
	if got := taken(r, ann(admission.Read), 100, 100); got != 100 {
		t.Errorf("ann's reads: %d of 100", got)
	}
	storm.Wait()
	if in.Load() < 100 || in.Load() > 200 { // 100 and what comes back while the test runs
		t.Errorf("ann: %d of 80,000", in.Load())
	}
}

// TestManyNames: a table of buckets does not grow beyond its size, whatever names are
// sent, and what it says of those who have a bucket is what one without a limit says.
func TestManyNames(t *testing.T) {
	const most, friends, perMinute = 50, 10, 6
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			r, unbounded := admission.NewRates(most), admission.NewRates(1e6)
			friend := func(i int) bool {
				key := admission.Key{Who: fmt.Sprint("friend", i)}
				got, want := r.Take(key, perMinute) == nil, unbounded.Take(key, perMinute) == nil
				if got != want {
					t.Fatalf("seed %d: %s is let in: %v, want %v", seed, key.Who, got, want)
				}
				return got
			}
			for i := range friends * perMinute {
				friend(i % friends)
			}
			in, strangers := 0, 0
			for range 3000 { // each friend's bucket is never full: it is used each 1.5 s, on average
				if random.IntN(3) == 0 {
					if friend(random.IntN(friends)) {
						in++
					}
				} else if r.Take(admission.Key{Who: fmt.Sprint(random.IntN(5000))}, perMinute) == nil {
					strangers++
				}
				if got := r.Len(); got > most+1 { // and that of all newcomers
					t.Fatalf("seed %d: there are %d buckets", seed, got)
				}
				time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
			}
			if in < 100 || in > 300 || strangers == 0 {
				t.Errorf("seed %d: %d of about 1,000 calls of friends are let in, and %d of strangers", seed, in, strangers)
			}
		})
	}
}

// TestFullTable: while every bucket is in use, those that are new share one, and are
// let in again once there is room.
func TestFullTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, perMinute = 100, 60
		r := admission.NewRates(most)
		for i := range most {
			taken(r, admission.Key{Who: fmt.Sprint("old", i)}, perMinute, perMinute)
		}
		in := 0
		for i := range 10_000 {
			in += taken(r, admission.Key{Who: fmt.Sprint("new", i)}, 1, perMinute)
		}
		if in != 10*perMinute {
			t.Errorf("%d calls of 10,000 new names are let in", in)
		}
		if got := taken(r, admission.Key{Class: admission.Write, Who: "new"}, 1, perMinute); got != 1 {
			t.Error("one class stops another")
		}
		for i := range most {
			if got := taken(r, admission.Key{Who: fmt.Sprint("old", i)}, 1, perMinute); got != 0 {
				t.Errorf("old%d has a new bucket", i)
			}
		}
		time.Sleep(time.Minute)
		if got := taken(r, admission.Key{Who: "new"}, 100, perMinute); got != perMinute {
			t.Errorf("a minute later: %d of 100 calls of a new name", got)
		}
	})
}
