package turn_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
)

// gatedStore is a store as one instance sees it: the steps of one name are held
// up, and it is counted how many turns the instance follows.
type gatedStore struct {
	*memstore.Store
	op        string
	gate      chan struct{} // each value lets one such step pass
	following atomic.Int32
}

func (s *gatedStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	c, err := s.Store.Apply(ctx, on, op, step)
	if op == s.op {
		<-s.gate
	}
	return c, err
}

func (s *gatedStore) Follow(ctx context.Context, k turn.Key) iter.Seq2[turn.Update, error] {
	return func(yield func(turn.Update, error) bool) {
		s.following.Add(1)
		defer s.following.Add(-1)
		s.Store.Follow(ctx, k)(yield)
	}
}

// generates asks a runner for the turn of request, and returns where the answer
// comes.
func generates(ctx context.Context, r *turn.Runner) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := r.Generate(ctx, request(), ignore)
		ended <- err
	}()
	return ended
}

// TestADuplicateThatLeavesEarly: the turn's client sends its request again, to
// another instance, and breaks off before that instance has looked the turn up.
// That instance must neither follow the turn nor tell its owner that somebody
// reads.
func TestADuplicateThatLeavesEarly(t *testing.T) {
	for name, readers := range map[string]int{"alone": 1, "two of them": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const idle = 10 * time.Second
				db := memstore.New()
				settings := turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 3 * time.Second, Idle: idle}
				owner := runner(t, db, hangs(), settings)
				elsewhere := &gatedStore{Store: db, op: "accept", gate: make(chan struct{})}
				other := onAnyStore(t, elsewhere, nil, settings)

				ctx, leave := context.WithCancel(t.Context())
				first := begin(t, owner.Runner, ctx)
				again, breakOff := context.WithCancel(t.Context())
				var duplicates []<-chan error
				for range readers {
					duplicates = append(duplicates, generates(again, other))
				}
				synctest.Wait()
				breakOff()
				for _, d := range duplicates {
					if err := <-d; !errors.Is(err, context.Canceled) {
						t.Errorf("the duplicate was told %v", err)
					}
				}
				elsewhere.gate <- struct{}{} // now the turn is found
				synctest.Wait()
				if n := elsewhere.following.Load(); n != 0 {
					t.Errorf("the other instance follows %d turns that nobody reads", n)
				}
				leave()
				<-first
				left := time.Now()
				got, err := owner.turn(t, key)
				if err != nil || got.State != turn.Cancelled {
					t.Fatalf("the turn ended as %s, %v", got.State, err)
				}
				if late := time.Since(left); late > idle+2*time.Second {
					t.Errorf("a turn that nobody reads ended %v after its reader left; the limit is %v", late, idle)
				}
			})
		})
	}
}

// TestAReaderThatLeavesSendsNobodyAway: of those who found a turn together, all
// but one leave at its first event. That one reads on.
func TestAReaderThatLeavesSendsNobodyAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		settings := turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: time.Hour}
		owner := runner(t, db, hangs(), settings)
		begin(t, owner.Runner, t.Context())
		for range 100 {
			elsewhere := &gatedStore{Store: db, op: "accept", gate: make(chan struct{})}
			other := onAnyStore(t, elsewhere, nil, settings)
			const leaving = 8
			left := make(chan error, leaving)
			for range leaving {
				go func() {
					_, err := other.Generate(t.Context(), request(), func(turn.Event) error { return errGone })
					left <- err
				}()
			}
			ctx, stop := context.WithCancel(t.Context())
			staying := generates(ctx, other)
			synctest.Wait()
			elsewhere.gate <- struct{}{}
			synctest.Wait()
			stop()
			for range leaving {
				if err := <-left; !errors.Is(err, errGone) {
					t.Fatalf("one who left was told %v", err)
				}
			}
			if err := <-staying; !errors.Is(err, context.Canceled) {
				t.Fatalf("who stayed was told %v", err)
			}
			other.Drain(t.Context())
		}
	})
}

var errGone = errors.New("gone")
