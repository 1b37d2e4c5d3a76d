package turn_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
)

// silentStore is a store whose steps of one name get no answer: deaf ones not even
// when their context ends.
type silentStore struct {
	*memstore.Store
	op     string
	deaf   bool
	answer chan struct{} // closed: the deaf ones are answered after all
}

func (s silentStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if op != s.op {
		return s.Store.Apply(ctx, on, op, step)
	}
	if s.deaf {
		<-s.answer
	} else {
		<-ctx.Done()
	}
	return turn.Change{}, context.Cause(ctx)
}

// TestDrainIsBounded: a drain waits for its grace and one second more, whatever the
// database does, and leaves nobody without an answer.
func TestDrainIsBounded(t *testing.T) {
	const grace = 100 * time.Millisecond
	settings := turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: time.Hour}
	for _, tc := range []struct {
		name   string
		op     string // which gets no answer
		deaf   bool
		reason errs.Reason
		took   time.Duration
		state  turn.State // of the turn, as it is stored; "": there is none
	}{
		{"the database answers", "", false, errs.Interrupted, grace, turn.Interrupted},
		{"the end of the turn gets no answer", "finish", false, errs.ShuttingDown, grace + time.Second, turn.Running},
		{"the end of the turn ignores its context", "finish", true, errs.ShuttingDown, grace + time.Second, turn.Running},
		{"its beginning gets no answer", "accept", false, errs.ShuttingDown, grace + time.Second, ""},
		{"its beginning ignores its context", "accept", true, errs.ShuttingDown, grace + time.Second, ""},
		{"the renewal ignores its context", "renew", true, errs.ShuttingDown, grace + time.Second, turn.Interrupted},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := silentStore{memstore.New(), tc.op, tc.deaf, make(chan struct{})}
				t.Cleanup(func() { close(db.answer) })
				r := turn.NewRunner(db, hangs(), inProcess{}, settings, quietLog)
				ended := generates(t.Context(), r)
				time.Sleep(11 * time.Second) // a renewal is under way
				ctx, cancel := context.WithTimeout(t.Context(), grace)
				defer cancel()
				began := time.Now()
				r.Drain(ctx)
				if took := time.Since(began); took != tc.took {
					t.Errorf("Drain took %v, want %v", took, tc.took)
				}
				select {
				case err := <-ended:
					if errs.Of(err).Reason != tc.reason {
						t.Errorf("the reader was told %v, want %s", err, tc.reason)
					}
				case <-time.After(time.Millisecond):
					t.Errorf("the reader was told nothing")
				}
				got, err := db.Turn(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				if state := stateOf(got); state != tc.state {
					t.Errorf("the turn is stored as %q, want %q", state, tc.state)
				}
			})
		})
	}
}

func stateOf(t *turn.Turn) turn.State {
	if t == nil {
		return ""
	}
	return t.State
}

// TestADrainAmongManyReaders: readers of a turn that runs here, and of one that
// runs elsewhere, are all told when the grace ends.
func TestADrainAmongManyReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: time.Hour}
		db := memstore.New()
		elsewhere := runner(t, db, hangs(), settings)
		begin(t, elsewhere.Runner, t.Context())
		mine := silentStore{Store: db, op: "finish"}
		r := turn.NewRunner(mine, hangs(), inProcess{}, settings, quietLog)
		own := request()
		own.ProjectID, own.TurnID = "p2", "t2"
		const readers = 20
		told := make(chan error, 2*readers)
		for range readers {
			go func() {
				_, err := r.Generate(t.Context(), own, ignore)
				told <- err
			}()
			go func() {
				_, err := r.Resume(t.Context(), "ann", key, 0, ignore)
				told <- err
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r.Drain(ctx)
		for range cap(told) {
			if err := <-told; errs.Of(err).Reason != errs.ShuttingDown {
				t.Errorf("a reader was told %v", err)
			}
		}
	})
}
