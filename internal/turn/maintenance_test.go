package turn_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// apply runs a step for ann, which must succeed.
func apply(t *testing.T, db turn.Store, k turn.Key, step turn.Step) turn.Change {
	t.Helper()
	c, err := db.Apply(t.Context(), turn.Scope{Key: k, UID: "ann", Lease: time.Hour}, "test", step)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// abandoned stores a running turn in a project of its own, which no instance runs.
func abandoned(t *testing.T, db turn.Store, projectID string) {
	t.Helper()
	r := request()
	r.ProjectID = projectID
	r.Limits = quota.Limits{DailyTurns: 1e3, DailyTokens: 1e6, DailyInputTokens: 1e9, ConcurrentTurns: 1e3, TurnsPerMinute: 1e3, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}
	apply(t, db, r.Key, turn.Accept(r, "run", "gone", 10))
}

// TestSweepPassesWhatCannotBeEnded: turns and projects that cannot be read are
// older than one that can, and more than one round of the sweep looks at. That one
// ends all the same, and the log says what could not.
func TestSweepPassesWhatCannotBeEnded(t *testing.T) {
	const older = 230
	for _, tc := range []struct {
		name, kind string
		prepare    func(t *testing.T, db *memstore.Store, projectID string)
		spoil      func(projectID string) turn.Key
		ended      func(t *testing.T, db *memstore.Store, projectID string) bool
	}{
		{"turns", "sweep", func(*testing.T, *memstore.Store, string) {},
			func(id string) turn.Key { return turn.Key{ProjectID: id, TurnID: "t"} },
			func(t *testing.T, db *memstore.Store, id string) bool {
				got, err := db.Turn(t.Context(), turn.Key{ProjectID: id, TurnID: "t"})
				return err == nil && got.State == turn.Interrupted
			}},
		{"projects", "purge", func(t *testing.T, db *memstore.Store, id string) {
			apply(t, db, turn.Key{ProjectID: id, TurnID: "t"}, turn.Cancel(turn.Key{ProjectID: id, TurnID: "t"}, "ann"))
			apply(t, db, turn.Key{ProjectID: id, TurnID: "t"}, turn.Finish("run", turn.Ending{State: turn.Cancelled}, nil))
			apply(t, db, turn.Key{ProjectID: id}, turn.Delete("ann", id))
		}, func(id string) turn.Key { return turn.Key{ProjectID: id} },
			func(t *testing.T, db *memstore.Store, id string) bool {
				p, err := db.Project(t.Context(), id)
				return err == nil && p.PurgedAt != nil
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := memstore.New()
				for i := range older {
					id := fmt.Sprint("old", i)
					abandoned(t, db, id)
					tc.prepare(t, db, id)
					if err := db.Spoil(t.Context(), tc.spoil(id)); err != nil {
						t.Fatal(err)
					}
				}
				abandoned(t, db, "young")
				tc.prepare(t, db, "young")
				time.Sleep(time.Minute) // leases are over
				log, written := logger()
				r := turn.NewRunner(db, nil, inProcess{}, ordinary, log)
				t.Cleanup(func() { r.Drain(t.Context()) })
				time.Sleep(4 * 90 * time.Second) // at least four rounds
				if !tc.ended(t, db, "young") {
					t.Error("what can be ended waits behind what cannot")
				}
				lines := written.lines(t, "background")
				if len(lines) < 2 || len(lines) > 7 {
					t.Errorf("%d lines in seven minutes:\n%s", len(lines), written)
				}
				for _, l := range lines {
					if l["kind"] != tc.kind || l["projectId"] == "" || l["err"] != "the document cannot be decoded" {
						t.Errorf("line: %v", l)
					}
				}
			})
		})
	}
}

// stuckStore is a store that answers no step upon one project before its context
// ends.
type stuckStore struct {
	*memstore.Store
	projectID string
}

func (s stuckStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if on.ProjectID == s.projectID {
		<-ctx.Done()
	}
	return s.Store.Apply(ctx, on, op, step)
}

// TestASweepIsNotHeldUp: a turn whose end the database does not answer holds up
// those behind it for a minute, and not for good.
func TestASweepIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		for _, id := range []string{"old", "young"} {
			r := request()
			r.ProjectID, r.UID = id, id+"'s"
			if _, err := db.Apply(t.Context(), turn.Scope{Key: r.Key, UID: r.UID}, "test", turn.Accept(r, "run", "gone", 10)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute) // leases are over
		log, written := logger()
		r := turn.NewRunner(stuckStore{db, "old"}, nil, inProcess{}, ordinary, log)
		t.Cleanup(func() { r.Drain(t.Context()) })
		time.Sleep(4 * time.Minute) // at least two rounds
		got, err := db.Turn(t.Context(), turn.Key{ProjectID: "young", TurnID: "t"})
		if err != nil || got.State != turn.Interrupted {
			t.Errorf("the turn behind it is %s, %v", got.State, err)
		}
		if lines := written.lines(t, "background"); len(lines) == 0 || lines[0]["projectId"] != "old" {
			t.Errorf("the log:\n%s", written)
		}
	})
}

// purges is a store that counts what is deleted below projects.
type purges struct {
	*memstore.Store
	mu    sync.Mutex
	parts []int
}

func (s *purges) Purge(ctx context.Context, id string, most int) (int, error) {
	n, err := s.Store.Purge(ctx, id, most)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, n)
	return n, err
}

// deleted returns how many documents were deleted in how many parts, since the
// last time, and the largest part.
func (s *purges) deleted() (sum, parts, largest int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.parts {
		sum += n
		largest = max(largest, n)
	}
	parts = len(s.parts)
	s.parts = nil
	return sum, parts, largest
}

// large stores a project with so many documents below it.
func large(t *testing.T, db *memstore.Store, documents int) {
	t.Helper()
	r := request()
	apply(t, db, r.Key, turn.Settle(r, "run", turn.Ending{State: turn.Complete, Source: project.Edit}, nil))
	for i := range documents - 1 {
		of := turn.Key{ProjectID: r.ProjectID, TurnID: fmt.Sprint("t", i/50)} // also of turns that are gone
		if err := db.Append(t.Context(), of, []turn.Segment{{Offset: i, Text: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestALargeProjectIsPurgedInParts: deleting it answers after one part, and each
// round of the sweep deletes so much and no more.
func TestALargeProjectIsPurgedInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const documents, part, round = 4_900, 200, 2_000
		db := &purges{Store: memstore.New()}
		large(t, db.Store, documents)
		r := onAnyStore(t, db, nil, ordinary)
		synctest.Wait() // the first round finds nothing
		if err := r.Delete(t.Context(), "ann", "p"); err != nil {
			t.Fatal(err)
		}
		if sum, parts, _ := db.deleted(); sum != part || parts != 1 {
			t.Errorf("the call deleted %d documents in %d parts", sum, parts)
		}
		if _, err := r.Resume(t.Context(), "ann", key, 0, ignore); errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchProject {
			t.Errorf("a project that is half gone: %v", err)
		}
		for _, want := range []struct{ sum, parts, projects int }{{round, 10, 0}, {round, 10, 0}, {documents - part - 2*round, 4, 1}} {
			_, projects := r.Sweep(t.Context())
			sum, parts, largest := db.deleted()
			if sum != want.sum || parts != want.parts || largest > part || projects != want.projects {
				t.Errorf("a round deleted %d documents in %d parts of at most %d, and ended %d projects; want %+v", sum, parts, largest, projects, want)
			}
		}
		p, err := db.Project(t.Context(), "p")
		if err != nil || p.PurgedAt == nil || p.PurgedBy != "" || p.PurgingAt != nil {
			t.Errorf("the tombstone: %+v, %v", p, err)
		}
	})
}

// TestASweepThatGetsOnDoesNotWait: what is left of a large project is deleted
// within seconds, not within minutes.
func TestASweepThatGetsOnDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &purges{Store: memstore.New()}
		large(t, db.Store, 20_000)
		apply(t, db, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
		onAnyStore(t, db, nil, ordinary)
		time.Sleep(25 * time.Second)
		if p, err := db.Project(t.Context(), "p"); err != nil || p.PurgedAt == nil {
			sum, _, _ := db.deleted()
			t.Errorf("%d documents are deleted by now, %v", sum, err)
		}
	})
}

// TestOneInstancePurges: while one instance purges a project, others leave it
// alone; when it is gone, another one goes on.
func TestOneInstancePurges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		large(t, db, 1_000)
		first, second := &purges{Store: db}, &purges{Store: db}
		one := turn.NewRunner(first, nil, inProcess{}, ordinary, quietLog)
		two := turn.NewRunner(second, nil, inProcess{}, ordinary, quietLog)
		t.Cleanup(func() { two.Drain(t.Context()) })
		synctest.Wait()
		if err := one.Delete(t.Context(), "ann", "p"); err != nil {
			t.Fatal(err)
		}
		one.Drain(cancelled(t))
		for range 3 {
			two.Sweep(t.Context())
		}
		if err := two.Delete(t.Context(), "ann", "p"); err != nil {
			t.Errorf("deleting again, on another instance: %v", err)
		}
		if sum, _, _ := second.deleted(); sum != 0 {
			t.Errorf("the second instance deleted %d documents beside the first", sum)
		}
		time.Sleep(2*time.Minute + time.Second) // its lease is over
		two.Sweep(t.Context())
		if sum, _, _ := second.deleted(); sum == 0 {
			t.Error("nobody goes on with the purge of an instance that is gone")
		}
	})
}

// TestAPurgeThatFailsIsLeftToOthers: an instance whose purge fails gives it up at
// once.
func TestAPurgeThatFailsIsLeftToOthers(t *testing.T) {
	db := memstore.New()
	large(t, db, 10)
	failing := quick(t, failingPurge{db}, nil, time.Hour)
	if err := failing.Delete(t.Context(), "ann", "p"); err == nil {
		t.Fatal("the purge did not fail")
	}
	failing.Drain(t.Context()) // its sweep may just be trying, too
	if err := quick(t, db, nil, time.Hour).Delete(t.Context(), "ann", "p"); err != nil {
		t.Fatal(err)
	}
	if p, err := db.Project(t.Context(), "p"); err != nil || p.PurgedAt == nil {
		t.Errorf("the other instance could not purge it: %+v, %v", p, err)
	}
}

// TestADrainLeavesAPurgeToOthers: a purge that a drain ends goes on elsewhere at
// once.
func TestADrainLeavesAPurgeToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		large(t, db, 1_000)
		apply(t, db, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
		slow := slowPurge{db, make(chan struct{})}
		r := turn.NewRunner(slow, nil, inProcess{}, ordinary, quietLog)
		<-slow.begun
		r.Drain(cancelled(t))
		p, err := db.Project(t.Context(), "p")
		if err != nil || p.PurgedBy != "" || p.PurgedAt != nil {
			t.Errorf("the project: %+v, %v", p, err)
		}
	})
}

// slowPurge is a store whose purges last until their context ends.
type slowPurge struct {
	*memstore.Store
	begun chan struct{}
}

func (s slowPurge) Purge(ctx context.Context, id string, most int) (int, error) {
	close(s.begun)
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// failingPurge is a store that cannot purge.
type failingPurge struct{ *memstore.Store }

func (failingPurge) Purge(context.Context, string, int) (int, error) {
	return 0, errors.New("no purge")
}

func TestPurgeStep(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	before := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	deleted := project.Project{ID: "p", OwnerUID: "ann", DeletedAt: before(time.Hour)}
	mine := with(deleted, func(p *project.Project) { p.PurgedBy, p.PurgingAt = "me", &now })
	by := func(instance string, since time.Duration) *project.Project {
		return new(with(deleted, func(p *project.Project) { p.PurgedBy, p.PurgingAt = instance, before(since) }))
	}
	for _, tc := range []struct {
		name string
		view turn.View
		want turn.Change
	}{
		{"nobody purges it", turn.View{Project: &deleted}, turn.Change{Project: &mine}},
		{"this instance does", turn.View{Project: by("me", time.Minute)}, turn.Change{Project: &mine}},
		{"another one does", turn.View{Project: by("other", time.Minute)}, turn.Change{Project: by("other", time.Minute), Found: true}},
		{"another one did", turn.View{Project: by("other", 2*time.Minute)}, turn.Change{Project: &mine}},
		{"its turn runs", turn.View{Project: &deleted, Turn: &turn.Turn{ID: "t", State: turn.Running}}, turn.Change{Project: &deleted, Turn: &turn.Turn{ID: "t", State: turn.Running}, Found: true}},
		{"it is purged", turn.View{Project: new(with(deleted, func(p *project.Project) { p.PurgedAt = &now }))},
			turn.Change{Project: new(with(deleted, func(p *project.Project) { p.PurgedAt = &now })), Found: true}},
		{"it is not deleted", turn.View{Project: &project.Project{ID: "p"}}, turn.Change{Project: &project.Project{ID: "p"}, Found: true}},
		{"there is none", turn.View{}, turn.Change{Found: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.view.Now = now
			got, err := turn.Purge("me")(tc.view)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("error %v, change (-want +got):\n%s", err, diff)
			}
		})
	}
}
