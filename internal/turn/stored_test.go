package turn_test

import (
	"fmt"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// keeper is one user with limits, and functions that store something.
type keeper struct {
	t      *testing.T
	db     *memstore.Store
	runner *turn.Runner
	limits quota.Limits
}

func newKeeper(t *testing.T, limits quota.Limits) *keeper {
	limits.DailyTurns, limits.DailyTokens, limits.DailyInputTokens, limits.ConcurrentTurns, limits.TurnsPerMinute = 100, 1e6, 1e9, 5, 1000
	db := memstore.New()
	r := turn.NewRunner(db, says(worker.Stop, "```html\n<p>\n```\n"), inProcess{}, turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: time.Minute, Idle: time.Minute}, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) })
	return &keeper{t, db, r, limits}
}

func (k *keeper) request(projectID, turnID string) turn.Request {
	r := request()
	r.ProjectID, r.TurnID, r.PayloadHash, r.Limits = projectID, turnID, turnID, k.limits
	return r
}

func (k *keeper) generate(projectID, turnID string) error {
	_, err := k.runner.Generate(k.t.Context(), k.request(projectID, turnID), func(turn.Event) error { return nil })
	return err
}

func (k *keeper) save(projectID, turnID, content string) error {
	s := turn.Submission{Files: []artifact.File{{Path: "a.css", Content: content}}, Source: project.Edit, GeneratedBy: "x"}
	_, err := k.runner.Save(k.t.Context(), k.request(projectID, turnID), s)
	return err
}

func (k *keeper) restore(projectID, turnID string) error {
	_, err := k.runner.Restore(k.t.Context(), k.request(projectID, turnID), 1)
	return err
}

// refused checks that err has a reason, and that nothing was written since so many
// writes.
func (k *keeper) refused(what string, err error, reason errs.Reason, writes int) {
	k.t.Helper()
	if e := errs.Of(err); e == nil || e.Code != errs.ResourceExhausted || e.Reason != reason || e.Detail("limit") == nil || e.Detail("used") == nil {
		k.t.Errorf("%s: %v, want %s with limit and used", what, err, reason)
	}
	if n := k.db.Written() - writes; n != 0 {
		k.t.Errorf("%s was refused, and wrote %d times", what, n)
	}
}

func (k *keeper) done(what string, err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatalf("%s: %v", what, err)
	}
}

// account is the user's, without what it has of turns.
func (k *keeper) account() quota.Account {
	a, _ := k.db.Account(k.t.Context(), "ann", "")
	return quota.Account{Projects: a.Projects, StoredBytes: a.StoredBytes}
}

func TestTooManyProjects(t *testing.T) {
	k := newKeeper(t, quota.Limits{StoredBytes: 1e6, Projects: 2, SavesPerDay: 100})
	k.done("the first", k.generate("p1", "t1"))
	k.done("the second", k.save("p2", "t2", "a{}"))
	n := k.db.Written()
	k.refused("a third, by a prompt", k.generate("p3", "t3"), errs.TooManyProjects, n)
	k.refused("a third, by a save", k.save("p3", "t3", "a{}"), errs.TooManyProjects, n)
	k.done("the first turn again", k.generate("p1", "t1"))
	k.done("the next turn of a project", k.save("p1", "t4", "a{}"))
	k.done("a delete", k.runner.Delete(t.Context(), "ann", "p1"))
	k.done("the delete again", k.runner.Delete(t.Context(), "ann", "p1"))
	k.done("a third", k.save("p3", "t3", "a{}"))
	k.refused("a fourth", k.save("p4", "t5", "a{}"), errs.TooManyProjects, k.db.Written())
}

func TestSavesPerDay(t *testing.T) {
	k := newKeeper(t, quota.Limits{StoredBytes: 1e6, Projects: 9, SavesPerDay: 3})
	k.done("a save", k.save("p", "t1", "a{}"))
	k.done("the save again", k.save("p", "t1", "a{}"))
	k.done("a restore", k.restore("p", "t2"))
	k.done("a save in another project", k.save("p2", "t3", "a{}"))
	n := k.db.Written()
	k.refused("a save", k.save("p", "t4", "b{}"), errs.DailySaves, n)
	k.refused("a restore", k.restore("p", "t4"), errs.DailySaves, n)
	k.done("a save of before", k.save("p", "t1", "a{}"))
	k.done("a prompt", k.generate("p", "t5"))
}

// TestStoredBytes: what a user stores is counted, has a limit, and is given back
// once a deleted project is purged.
func TestStoredBytes(t *testing.T) {
	k := newKeeper(t, quota.Limits{StoredBytes: 5000, Projects: 9, SavesPerDay: 100})
	text := func(n int) string { return fmt.Sprintf("%0*d", n, n) }
	k.done("a save", k.save("p", "t1", text(3000)))
	const list, turns int64 = 300 + 125 + 75, 307 // of one file and one change; of the prompt "a clock"
	if diff := cmp.Diff(quota.Account{Projects: 1, StoredBytes: 3000 + list + turns}, k.account()); diff != "" {
		t.Errorf("after a save (-want +got):\n%s", diff)
	}
	n := k.db.Written()
	k.refused("a save that is too large", k.save("p", "t2", text(2000)), errs.StoredBytes, n)
	k.done("the same content again", k.save("p", "t3", text(3000)))
	if diff := cmp.Diff(quota.Account{Projects: 1, StoredBytes: 3000 + 2*(list+turns) - 75}, k.account()); diff != "" {
		t.Errorf("after a save of the same (-want +got):\n%s", diff)
	}
	k.done("a prompt, whose answer goes beyond the limit", k.generate("p2", "t4"))
	n = k.db.Written()
	k.refused("the next prompt", k.generate("p2", "t5"), errs.StoredBytes, n)
	k.refused("a restore", k.restore("p", "t5"), errs.StoredBytes, n)
	kept, err := k.db.Project(t.Context(), "p2")
	k.done("reading", err)
	for range 2 {
		k.done("a delete", k.runner.Delete(t.Context(), "ann", "p"))
		if diff := cmp.Diff(quota.Account{Projects: 1, StoredBytes: kept.StoredBytes}, k.account()); diff != "" {
			t.Errorf("after a delete (-want +got):\n%s", diff)
		}
	}
	k.done("a save", k.save("p2", "t6", text(2000)))
}

// TestAPurgeGivesBackOnce: however often a purge is cut short, and by whom.
func TestAPurgeGivesBackOnce(t *testing.T) {
	k := newKeeper(t, quota.Limits{StoredBytes: 1e9, Projects: 9, SavesPerDay: 1000})
	k.done("a save", k.save("stays", "t", "a{}"))
	stays := k.account().StoredBytes
	for n := range 150 { // two documents and a content each
		k.done("a save", k.save("goes", fmt.Sprint("t", n), fmt.Sprint("a", n)))
	}
	all := k.account()
	k.done("a delete", k.runner.Delete(t.Context(), "ann", "goes"))
	p, err := k.db.Project(t.Context(), "goes")
	k.done("reading", err)
	if diff := cmp.Diff(quota.Account{Projects: 1, StoredBytes: all.StoredBytes}, k.account()); diff != "" || p.PurgedAt != nil {
		t.Errorf("while it is purged, at %v (-want +got):\n%s", p.PurgedAt, diff)
	}
	for range 3 {
		k.runner.Sweep(t.Context())
	}
	other := turn.NewRunner(k.db, nil, inProcess{}, turn.Settings{Lease: time.Minute}, quietLog)
	defer other.Drain(t.Context())
	other.Sweep(t.Context())
	k.done("the delete again", other.Delete(t.Context(), "ann", "goes"))
	if diff := cmp.Diff(quota.Account{Projects: 1, StoredBytes: stays}, k.account()); diff != "" {
		t.Errorf("once it is purged (-want +got):\n%s", diff)
	}
}

// TestEarlyCancel: a turn that was cancelled before its request came is answered as
// cancelled, whatever asks for it, and leaves no document below a project.
func TestEarlyCancel(t *testing.T) {
	k := newKeeper(t, quota.Limits{StoredBytes: 1e6, Projects: 9, SavesPerDay: 100})
	ctx := t.Context()
	k.done("a save", k.save("p", "t1", "a{}"))
	own := turn.ProjectID("ann", "early")
	for name, key := range map[string]turn.Key{"in a project": {ProjectID: "p", TurnID: "early"}, "before its project": {ProjectID: own, TurnID: "early"}} {
		t.Run(name, func(t *testing.T) {
			for _, what := range []string{"the first time", "again"} {
				got, err := k.runner.Cancel(ctx, "ann", key)
				if err != nil || got.State != turn.Cancelled || !got.CancelRequested || got.ID != "early" {
					t.Errorf("Cancel %s = %+v, %v", what, got, err)
				}
			}
			before := k.db.Written()
			want := turn.Result{ProjectID: key.ProjectID}
			if key.ProjectID == "p" {
				want.Name, want.Built.Code = "a clock", "*"
			}
			answers := func(what string, got turn.Result, err error) {
				t.Helper()
				if err != nil || got.Turn.State != turn.Cancelled || got.Turn.FinishReason != worker.Cancelled || got.ProjectID != want.ProjectID || got.Name != want.Name || (got.Built.Code != "") != (want.Built.Code != "") {
					t.Errorf("%s: %+v, %v", what, got, err)
				}
			}
			res, err := k.runner.Generate(ctx, k.request(key.ProjectID, "early"), func(turn.Event) error { return nil })
			answers("Generate", res, err)
			res, err = k.runner.Resume(ctx, "ann", key, 0, func(turn.Event) error { return nil })
			answers("Resume", res, err)
			res, err = k.runner.Save(ctx, k.request(key.ProjectID, "early"), turn.Submission{Files: []artifact.File{index}, Source: project.Edit, GeneratedBy: "x"})
			answers("Save", res, err)
			if got, err := k.runner.Get(ctx, "ann", key); err != nil || got.State != turn.Cancelled {
				t.Errorf("Get = %+v, %v", got, err)
			}
			if n := k.db.Written() - before; n != 0 {
				t.Errorf("%d writes", n)
			}
			if got, err := k.db.Turn(ctx, key); got != nil || err != nil {
				t.Errorf("a document below the project: %+v, %v", got, err)
			}
			if _, err := k.runner.Resume(ctx, "bob", key, 0, func(turn.Event) error { return nil }); errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchProject {
				t.Errorf("somebody else hears %v", err)
			}
		})
	}
}
