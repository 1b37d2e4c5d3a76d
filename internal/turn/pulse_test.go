package turn_test

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
)

// slowStore takes its time to renew the turns of some projects.
type slowStore struct {
	*memstore.Store
	slow    func(projectID string) bool
	renewal atomic.Int64 // a time.Duration
}

func (s *slowStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if op == "renew" && s.slow(on.ProjectID) {
		select {
		case <-time.After(time.Duration(s.renewal.Load())):
		case <-ctx.Done():
			return turn.Change{}, context.Cause(ctx)
		}
	}
	return s.Store.Apply(ctx, on, op, step)
}

// hanging is a worker like hangs, for many turns at once.
type hanging struct{}

func (hanging) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return hangs().Generate(ctx, p)
}

// TestLateLeases: an instance that renews leases late takes no new turns. What has
// begun can be read, asked for again and cancelled.
func TestLateLeases(t *testing.T) {
	settings := turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: time.Hour}
	const running = 8
	for _, tc := range []struct {
		name    string
		renewal time.Duration
		late    int // of the turns
		refused bool
	}{
		{"in time", 0, running, false},
		{"not much later", 4 * time.Second, running, false},
		{"all later than half a lease", 6 * time.Second, running, true},
		{"a quarter of them", 12 * time.Second, 2, true},
		{"one alone", 20 * time.Second, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := &slowStore{Store: memstore.New(), slow: func(id string) bool { return id < fmt.Sprint("p", tc.late) }}
				db.renewal.Store(int64(tc.renewal))
				r := turn.NewRunner(db, hanging{}, inProcess{}, settings, quietLog)
				t.Cleanup(func() { r.Drain(t.Context()) }) // t.Context has ended by then: at once
				named := func(project string) turn.Request {
					req := request()
					req.ProjectID, req.Limits.ConcurrentTurns = project, 100
					return req
				}
				for i := range running {
					go r.Generate(t.Context(), named(fmt.Sprint("p", i)), ignore)
				}
				time.Sleep(15*time.Second + time.Millisecond) // renewals are due after 10 s
				ask := func(project string) error {
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					_, err := r.Generate(ctx, named(project), func(turn.Event) error { leave(); return nil })
					if ctx.Err() != nil {
						return nil
					}
					return err
				}
				err := ask("new")
				if e := errs.Of(err); tc.refused != (e != nil && e.Code == errs.Unavailable && e.Reason == errs.Overloaded && e.Detail("retryAfter") == 5) {
					t.Errorf("a new turn: %v", err)
				}
				if got, _ := db.Turn(t.Context(), turn.Key{ProjectID: "new", TurnID: "t"}); (got == nil) != tc.refused {
					t.Errorf("it is stored as %+v", got)
				}
				if !tc.refused {
					return
				}
				if err := ask("p7"); err != nil {
					t.Errorf("a running turn is asked for again: %v", err)
				}
				ctx, leave := context.WithCancel(t.Context())
				if _, err := r.Resume(ctx, "ann", turn.Key{ProjectID: "p6", TurnID: "t"}, 0, func(turn.Event) error { leave(); return nil }); ctx.Err() == nil {
					t.Errorf("a running turn is resumed: %v", err)
				}
				leave()
				if got, err := r.Cancel(t.Context(), "ann", turn.Key{ProjectID: "p7", TurnID: "t"}); err != nil || got.State != turn.Cancelled {
					t.Errorf("a running turn is cancelled: %s, %v", got.State, err)
				}
				db.renewal.Store(0)
				time.Sleep(30 * time.Second)
				if err := ask("new"); err != nil {
					t.Errorf("a new turn, once renewals are in time again: %v", err)
				}
			})
		})
	}
}
