package account_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/builder"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// fragile is a store and a directory that die at the n-th change that is asked of
// them: before it, or after it is made, so that nobody hears of it.
type fragile struct {
	*memstore.Store
	directory *directory
	left      atomic.Int64 // changes until they die; negative: they are dead
	after     bool
}

var errDead = errors.New("dead")

func (s *fragile) change(do func() error) error {
	n := s.left.Add(-1)
	if n < 0 || n == 0 && !s.after {
		s.left.Store(-1)
		return errDead
	}
	err := do()
	if n == 0 {
		s.left.Store(-1)
		return errDead
	}
	return err
}

func (s *fragile) Apply(ctx context.Context, scope turn.Scope, op string, step turn.Step) (c turn.Change, err error) {
	err = s.change(func() (err error) { c, err = s.Store.Apply(ctx, scope, op, step); return err })
	return c, err
}

func (s *fragile) UpdateDeletion(ctx context.Context, uid string, f func(*account.Deletion, time.Time) *account.Deletion) error {
	return s.change(func() error { return s.Store.UpdateDeletion(ctx, uid, f) })
}

func (s *fragile) Purge(ctx context.Context, id string, most int) (n int, err error) {
	err = s.change(func() (err error) { n, err = s.Store.Purge(ctx, id, most); return err })
	return n, err
}

func (s *fragile) Drop(ctx context.Context, id string) error {
	return s.change(func() error { return s.Store.Drop(ctx, id) })
}

func (s *fragile) EraseTurns(ctx context.Context, uid string, most int) (n int, err error) {
	err = s.change(func() (err error) { n, err = s.Store.EraseTurns(ctx, uid, most); return err })
	return n, err
}

func (s *fragile) EraseRecords(ctx context.Context, uid string, most int) (n int, err error) {
	err = s.change(func() (err error) { n, err = s.Store.EraseRecords(ctx, uid, most); return err })
	return n, err
}

func (s *fragile) Bury(ctx context.Context, uid string) error {
	return s.change(func() error { return s.Store.Bury(ctx, uid) })
}

func (s *fragile) Remove(ctx context.Context, uid string) error {
	return s.change(func() error { return s.directory.Remove(ctx, uid) })
}

// directory has users, and notes who was removed.
type directory struct {
	mu      sync.Mutex
	removed []string
	down    error
}

func (d *directory) Remove(_ context.Context, uid string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down == nil {
		d.removed = append(d.removed, uid)
	}
	return d.down
}

// roomy are limits that no test reaches.
var roomy = quota.Limits{DailyTurns: 1e6, DailyTokens: 1e6, DailyInputTokens: 1e9, ConcurrentTurns: 9, TurnsPerMinute: 1e6, Projects: 1e6, StoredBytes: 1e9, SavesPerDay: 1e6}

// gone returns who was removed.
func (d *directory) gone() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.removed)
}

var settings = turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: time.Minute, Idle: time.Hour}

// populate stores for a user: projects with two versions and a conversation each, a turn that was cancelled before it began, grants and sessions.
func populate(t *testing.T, db *memstore.Store, uid string, projects int) {
	t.Helper()
	ctx := t.Context()
	for i := range projects {
		for v := range 2 {
			r := turn.Request{Key: turn.Key{ProjectID: fmt.Sprint(uid, i), TurnID: fmt.Sprint("t", v)}, UID: uid, Kind: turn.Save, Prompt: uid + " wrote this", Name: "of " + uid, NewProject: true, Limits: roomy}
			files := []artifact.File{{Path: "index.html", Content: fmt.Sprint(uid, i, v)}}
			if _, err := db.Apply(ctx, turn.Scope{Key: r.Key, UID: uid, Lease: time.Hour}, "save", turn.Settle(r, "run", turn.Ending{State: turn.Complete, Reply: "as you wish"}, &turn.NewVersion{Files: files})); err != nil {
				t.Fatal(err)
			}
		}
	}
	orphan := turn.Key{ProjectID: uid + "orphan", TurnID: "t"} // in no project, as an older release has left it
	if _, err := db.Apply(ctx, turn.Scope{Key: orphan, UID: uid, Lease: time.Hour}, "orphan", func(turn.View) (turn.Change, error) {
		return turn.Change{Turn: &turn.Turn{ID: "t", OwnerUID: uid, State: turn.Cancelled}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	early := turn.Key{ProjectID: turn.ProjectID(uid, "early"), TurnID: "early"}
	if _, err := db.Apply(ctx, turn.Scope{Key: early, UID: uid, Lease: time.Hour}, "cancel", turn.Cancel(early, uid)); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := db.OpenSession(ctx, access.Session{UID: uid, ID: fmt.Sprint("s", i)}); err != nil {
			t.Fatal(err)
		}
		err := db.Charge(ctx, uid, catalogue.Key{Model: fmt.Sprint("m", i), Revision: "v"}, func(catalogue.Ledger) (*catalogue.Booking, error) {
			return &catalogue.Booking{Bytes: 100}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// deleted marks one of a user's projects as deleted.
func deleted(t *testing.T, db *memstore.Store, uid, projectID string) {
	t.Helper()
	if _, err := db.Apply(t.Context(), turn.Scope{Key: turn.Key{ProjectID: projectID}, UID: uid, Lease: time.Hour}, "delete", turn.Delete(uid, projectID)); err != nil {
		t.Fatal(err)
	}
}

// spent lets a user begin a turn, and end it, so that the day has a count.
func spent(t *testing.T, db *memstore.Store, uid string) {
	t.Helper()
	r := turn.Request{Key: turn.Key{ProjectID: uid + "1", TurnID: "g"}, UID: uid, Kind: turn.Generate, Prompt: "a clock", Limits: roomy}
	for _, step := range []turn.Step{turn.Accept(r, "run", "here", 10), turn.Finish("run", turn.Ending{State: turn.Complete, Meter: turn.Meter{Calls: 1, InputTokens: 7, OutputTokens: 5}}, nil)} {
		if _, err := db.Apply(t.Context(), turn.Scope{Key: r.Key, UID: uid, Lease: time.Hour}, "turn", step); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilledAnywhere: a deletion that is killed at any change, before or after it is
// stored, is ended by another instance; what is left is what must remain, and nothing of
// another user is touched.
func TestKilledAnywhere(t *testing.T) {
	for _, after := range []bool{false, true} {
		points := 0
		for kill := int64(1); ; kill++ {
			over := false
			synctest.Test(t, func(t *testing.T) {
				db := memstore.New()
				populate(t, db, "ann", 6)
				populate(t, db, "bob", 2)
				deleted(t, db, "ann", "ann0")
				spent(t, db, "ann")
				if err := db.Deny(t.Context(), "ann", true); err != nil {
					t.Fatal(err)
				}
				bob := db.Left("bob")
				users := new(directory)

				first := &fragile{Store: db, directory: users, after: after}
				first.left.Store(1 << 40)
				runner := turn.NewRunner(first, nil, new(builder.Builder), settings, quiet)
				synctest.Wait() // its first sweep has begun, and is over
				d := account.NewDeleter(first, runner, first, "first", quiet)
				synctest.Wait()
				first.left.Store(kill)
				done, err := d.Delete(t.Context(), "ann")
				over = done && err == nil && first.left.Load() > 0
				marked := err == nil || after
				d.Close()
				runner.Drain(t.Context())
				if !marked { // nobody was told that anything is deleted
					return
				}
				runner = turn.NewRunner(db, nil, new(builder.Builder), settings, quiet)
				d = account.NewDeleter(db, runner, users, "second", quiet)
				time.Sleep(5 * time.Minute)
				d.Close()
				runner.Drain(t.Context())

				if left := db.Left("ann"); len(left) != 0 {
					t.Errorf("killed at change %d, after it %v: left of ann: %q", kill, after, left)
				}
				if diff := cmp.Diff(bob, db.Left("bob")); diff != "" {
					t.Errorf("killed at change %d: of bob (-before +after):\n%s", kill, diff)
				}
				if len(users.gone()) == 0 || strings.Trim(strings.Join(users.gone(), ""), "an") != "" {
					t.Errorf("killed at change %d: %q cannot sign in", kill, users.gone())
				}
				s, err := db.Standing(t.Context(), "ann")
				if want := (access.Standing{Denied: true, Gone: true, DeletedAt: s.DeletedAt}); s != want || err != nil {
					t.Errorf("killed at change %d: %+v, %v", kill, s, err)
				}
				if err := db.Return(t.Context(), "ann"); err != nil {
					t.Fatal(err)
				}
				now := time.Now()
				a, err := db.Account(t.Context(), "ann", quota.Today(now))
				if got := a.Days[quota.Today(now)]; got != (quota.Day{Turns: 1, InputTokens: 7, OutputTokens: 5, Saves: 12}) || err != nil {
					t.Errorf("killed at change %d: of the day remains %+v, %v", kill, got, err)
				}
				if n, err := db.BytesGranted(t.Context(), "ann", quota.Month(now)); n != 300 || err != nil {
					t.Errorf("killed at change %d: of the month remain %d bytes, %v", kill, n, err)
				}
			})
			if t.Failed() {
				return
			}
			if over {
				break
			}
			points++
		}
		t.Logf("killed at %d points, after the change: %v", points, after)
		if points < 20 {
			t.Errorf("only %d points", points)
		}
	}
}

// TestNothingBegins: from the mark on nothing is stored for the user, whatever runs is
// cancelled, and the answer comes when ctx ends.
func TestNothingBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		r := turn.Request{Key: turn.Key{ProjectID: "p", TurnID: "t"}, UID: "ann", Kind: turn.Generate, Prompt: "a clock", NewProject: true, Limits: roomy}
		if _, err := db.Apply(t.Context(), turn.Scope{Key: r.Key, UID: "ann", Lease: time.Minute}, "accept", turn.Accept(r, "run", "elsewhere", 10)); err != nil {
			t.Fatal(err)
		}
		users := new(directory)
		runner := turn.NewRunner(db, nil, new(builder.Builder), settings, quiet)
		d := account.NewDeleter(db, runner, users, "here", quiet)
		defer func() {
			d.Close()
			runner.Drain(t.Context())
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if done, err := d.Delete(ctx, "ann"); done || err != nil {
			t.Fatalf("while a turn runs elsewhere: %v, %v", done, err)
		}
		got, err := db.Turn(t.Context(), r.Key)
		if err != nil || !got.CancelRequested || len(users.gone()) > 0 {
			t.Errorf("%+v, %v; removed %q", got, err, users.gone())
		}
		time.Sleep(5 * time.Minute) // its lease is over by then
		if left := db.Left("ann"); len(left) != 0 {
			t.Errorf("left: %q", left)
		}
		if _, err := d.Delete(t.Context(), "ann"); errs.Of(err) == nil || errs.Of(err).Reason != errs.AccountDeleted {
			t.Errorf("once more: %v", err)
		}
	})
}

// TestOneInstanceAtATime: while an instance is at it no other one is, until it is silent
// for the lease.
func TestOneInstanceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		users := &directory{down: errors.New("down")}
		stuck := make(chan struct{})
		projects := blocked{stuck}
		populate(t, db, "ann", 2)
		first := account.NewDeleter(db, projects, users, "first", quiet)
		go first.Delete(t.Context(), "ann")
		synctest.Wait()
		runner := turn.NewRunner(db, nil, new(builder.Builder), settings, quiet)
		second := account.NewDeleter(db, runner, users, "second", quiet)
		time.Sleep(5 * time.Second)
		if n := len(db.Left("ann")); n < 5 {
			t.Errorf("another instance did not wait: %d documents are left", n)
		}
		time.Sleep(time.Minute)
		if left := db.Left("ann"); len(left) > 2 { // the user, and what was granted in the month
			t.Errorf("after the lease: %q", left)
		}
		users.mu.Lock()
		users.down = nil // Firebase Auth is back
		users.mu.Unlock()
		time.Sleep(3 * time.Minute)
		if left := db.Left("ann"); len(left) > 0 {
			t.Errorf("at the end: %q", left)
		}
		close(stuck)
		second.Close()
		first.Close()
		runner.Drain(t.Context())
	})
}

// blocked are projects of an instance that hangs.
type blocked struct{ until chan struct{} }

func (b blocked) Erase(context.Context, string, string, int) (int, bool, error) {
	<-b.until
	return 0, false, errDead
}

func TestBury(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	used := account.Counts{Days: map[string]quota.Day{"2026-11-30": {Turns: 3, Held: 9}, "2026-11-29": {Turns: 50}}, BytesGranted: map[string]int64{"2026-11": 7, "2026-10": 9}}
	for _, tc := range []struct {
		name    string
		denied  bool
		counts  account.Counts
		earlier *account.Remains
		want    account.Remains
	}{
		{"with counts", false, used, nil, account.Remains{Used: quota.Day{Turns: 3}, BytesGranted: 7, ExpireAt: now.Add(62 * 24 * time.Hour)}},
		{"denied", true, account.Counts{}, nil, account.Remains{Denied: true, ExpireAt: now.Add(730 * 24 * time.Hour)}},
		{"what remained before counts on", false, account.Counts{}, &account.Remains{Denied: true, Day: "2026-11-30", Used: quota.Day{Turns: 1}, Month: "2026-11", BytesGranted: 2},
			account.Remains{Denied: true, Used: quota.Day{Turns: 1}, BytesGranted: 2, ExpireAt: now.Add(730 * 24 * time.Hour)}},
		{"what remained of another month does not", false, account.Counts{}, &account.Remains{Day: "2026-10-31", Used: quota.Day{Turns: 1}, Month: "2026-10", BytesGranted: 2},
			account.Remains{ExpireAt: now.Add(62 * 24 * time.Hour)}},
	} {
		tc.want.DeletedAt, tc.want.Day, tc.want.Month = now, "2026-11-30", "2026-11"
		if diff := cmp.Diff(tc.want, account.Bury(now, tc.denied, tc.counts, tc.earlier)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestExport: the archive has everything of the user, and nothing of anybody else. It
// is made in pages.
func TestExport(t *testing.T) {
	db := memstore.New()
	populate(t, db, "ann", 60) // more than a page; the first is deleted
	populate(t, db, "bob", 2)
	deleted(t, db, "ann", "ann0")
	var archive bytes.Buffer
	got, err := account.Exporter{Records: db}.Export(t.Context(), "ann", &archive)
	if want := (account.Exported{Projects: 59, Files: 59, Turns: 118}); got != want || err != nil {
		t.Fatalf("%+v, %v; want %+v", got, err, want)
	}
	z, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
		if strings.Contains(string(text), "bob") {
			t.Errorf("%s tells of bob: %s", f.Name, text)
		}
	}
	if len(files) != 1+59*4 {
		t.Errorf("%d files", len(files))
	}
	if got := files["projects/ann7/files/index.html"]; got != "ann7 1" {
		t.Errorf("the current file: %q", got)
	}
	var conversation []map[string]any
	if err := json.Unmarshal([]byte(files["projects/ann7/conversation.json"]), &conversation); err != nil {
		t.Fatal(err)
	}
	delete(conversation[0], "createdAt")
	want := map[string]any{"turnId": "t1", "kind": "save", "state": "complete", "version": 2.0, "generatedBy": "", "prompt": "ann wrote this", "reply": "as you wish"}
	if diff := cmp.Diff(want, conversation[0]); diff != "" {
		t.Errorf("the newest message (-want +got):\n%s", diff)
	}
	var versions []map[string]any
	if err := json.Unmarshal([]byte(files["projects/ann7/versions.json"]), &versions); err != nil || len(versions) != 2 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	for _, want := range []string{`"m2@v"`, `"sessions"`, `"bytesGranted": 300`} {
		if !strings.Contains(files["user.json"], want) {
			t.Errorf("user.json lacks %s: %s", want, files["user.json"])
		}
	}
}

// silent is a database that says nothing of versions.
type silent struct{ *memstore.Store }

func (silent) Versions(ctx context.Context, _ string, _ project.Page) ([]project.Version, string, error) {
	<-ctx.Done()
	return nil, "", context.Cause(ctx)
}

func TestExportFromASilentDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.New()
		populate(t, db, "ann", 2)
		_, err := account.Exporter{Records: silent{db}}.Export(t.Context(), "ann", io.Discard)
		if e := errs.Of(err); e == nil || e.Reason != errs.StoreUnavailable {
			t.Error(err)
		}
	})
}
