package turn_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// countingStore notes what is asked of a store on a turn's path.
type countingStore struct {
	*memstore.Store
	mu    sync.Mutex
	calls []string
}

func (s *countingStore) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

// taken returns the calls since the last time.
func (s *countingStore) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *countingStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	s.note("Apply " + op)
	return s.Store.Apply(ctx, on, op, step)
}

func (s *countingStore) Turn(ctx context.Context, k turn.Key) (*turn.Turn, error) {
	s.note("Turn")
	return s.Store.Turn(ctx, k)
}

func (s *countingStore) Turns(ctx context.Context, id string, page project.Page) ([]turn.Turn, string, error) {
	s.note("Turns")
	return s.Store.Turns(ctx, id, page)
}

func (s *countingStore) Project(ctx context.Context, id string) (*project.Project, error) {
	s.note("Project")
	return s.Store.Project(ctx, id)
}

func (s *countingStore) Version(ctx context.Context, id string, number int) (*project.Version, error) {
	s.note("Version")
	return s.Store.Version(ctx, id, number)
}

func (s *countingStore) Files(ctx context.Context, id string, refs []project.FileRef) ([]artifact.File, error) {
	paths := make([]string, 0, len(refs))
	for _, r := range refs {
		paths = append(paths, r.Path)
	}
	s.note("Files " + strings.Join(paths, " "))
	return s.Store.Files(ctx, id, refs)
}

// TestStoreCalls: what a turn has written or read is not read again, and the
// results are those that a later reader gets from the store.
func TestStoreCalls(t *testing.T) {
	db := &countingStore{Store: memstore.New()}
	html := "```html\n<p>\n```\n"
	w := &editor{says: []string{html + "```css\nb{}\n```\n", "```css\ni{}\n```\n", "Just words.", "```css\nz{}\n```\n"}}
	r := turn.NewRunner(db, w, inProcess{}, turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: time.Minute, Idle: time.Minute}, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) })

	generate := func(req turn.Request) (turn.Result, error) {
		return r.Generate(t.Context(), req, func(turn.Event) error { return nil })
	}
	save := func(s turn.Submission) func(turn.Request) (turn.Result, error) {
		s.GeneratedBy = "x"
		return func(req turn.Request) (turn.Result, error) { return r.Save(t.Context(), req, s) }
	}
	undo := func(req turn.Request) (turn.Result, error) {
		req.Prompt = "undo that"
		return generate(req)
	}
	page := artifact.File{Path: "index.html", Content: "<b>\n"}
	for _, tc := range []struct {
		name string
		do   func(turn.Request) (turn.Result, error)
		want []string
	}{
		{"generate in a new project", generate, []string{"Apply accept", "Turns", "Apply finish"}},
		{"generate a change", generate, []string{"Apply accept", "Turns", "Files index.html style.css", "Apply finish"}},
		{"generate words only", generate, []string{"Apply accept", "Turns", "Files index.html style.css", "Apply finish"}},
		{"save files", save(turn.Submission{Source: project.Edit, Files: []artifact.File{page}}),
			[]string{"Project", "Version", "Files index.html style.css", "Apply save"}},
		{"save a browser's reply", save(turn.Submission{Source: project.Browser, Reply: block("index.html", "<b>", "<i>") + "```css\nu{}\n```\n"}),
			[]string{"Project", "Version", "Files index.html", "Apply save"}},
		{"restore", func(req turn.Request) (turn.Result, error) { return r.Restore(t.Context(), req, 2) },
			[]string{"Project", "Version", "Version", "Files index.html style.css index.html style.css", "Apply restore"}},
		{"restore the current version", func(req turn.Request) (turn.Result, error) { return r.Restore(t.Context(), req, 5) },
			[]string{"Project", "Version", "Files index.html style.css", "Apply restore"}},
		{"generate another change", generate, []string{"Apply accept", "Turns", "Files index.html style.css", "Apply finish"}},
		{"undo it", undo, []string{"Apply accept", "Version", "Turn", "Files index.html style.css style.css", "Apply finish"}},
	} {
		req := request()
		req.TurnID, req.PayloadHash = tc.name, tc.name
		db.taken()
		res, err := tc.do(req)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		calls := slices.DeleteFunc(db.taken(), func(c string) bool { return c == "Apply renew" || c == "Apply interrupt" })
		if diff := cmp.Diff(tc.want, calls); diff != "" {
			t.Errorf("%s: store calls (-want +got):\n%s", tc.name, diff)
		}
		if len(calls) > 5 {
			t.Errorf("%s: %d store calls", tc.name, len(calls))
		}
		again, err := r.Resume(t.Context(), "ann", req.Key, 0, func(turn.Event) error { return nil })
		if diff := cmp.Diff(res, again); diff != "" || err != nil {
			t.Errorf("%s: as it is stored, error %v (-answered +stored):\n%s", tc.name, err, diff)
		}
		repeated, err := tc.do(req)
		if diff := cmp.Diff(res, repeated); diff != "" || err != nil {
			t.Errorf("%s: the same turn again, error %v (-first +second):\n%s", tc.name, err, diff)
		}
	}
}

// TestAbsentAndSomebodyElsesAreAlike: an id tells nobody whether there is
// something behind it, and asking for it writes nothing.
func TestAbsentAndSomebodyElsesAreAlike(t *testing.T) {
	db := &countingStore{Store: memstore.New()}
	r := turn.NewRunner(db, says(worker.Stop, "```html\n<p>\n```\n"), inProcess{}, turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: time.Minute, Idle: time.Minute}, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) })
	send := func(turn.Event) error { return nil }
	if _, err := r.Generate(t.Context(), request(), send); err != nil {
		t.Fatal(err)
	}
	// One that ann has cancelled before it began a project.
	early := turn.Key{ProjectID: turn.ProjectID("ann", "early"), TurnID: "early"}
	if _, err := r.Cancel(t.Context(), "ann", early); err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(k turn.Key) error{
		"generate": func(k turn.Key) error {
			req := request()
			req.Key, req.UID, req.NewProject = k, "bob", false
			_, err := r.Generate(t.Context(), req, send)
			return err
		},
		"resume": func(k turn.Key) error { _, err := r.Resume(t.Context(), "bob", k, 0, send); return err },
		"cancel": func(k turn.Key) error { _, err := r.Cancel(t.Context(), "bob", k); return err },
		"save": func(k turn.Key) error {
			req := request()
			req.Key, req.UID, req.NewProject = k, "bob", false
			_, err := r.Save(t.Context(), req, turn.Submission{Files: []artifact.File{index}, Source: project.Edit, GeneratedBy: "x"})
			return err
		},
		"restore": func(k turn.Key) error {
			_, err := r.Restore(t.Context(), turn.Request{Key: k, UID: "bob"}, 1)
			return err
		},
		"list": func(k turn.Key) error {
			_, _, err := r.List(t.Context(), "bob", k.ProjectID, project.Page{Size: 1})
			return err
		},
		"delete": func(k turn.Key) error { return r.Delete(t.Context(), "bob", k.ProjectID) },
	}
	for name, call := range calls {
		for _, k := range []turn.Key{key, early, {ProjectID: "p", TurnID: "none"}, {ProjectID: "none", TurnID: "none"}} {
			before := db.Written()
			got := errs.Of(call(k))
			want := errs.Of(project.Authorize(nil, "bob", k.ProjectID))
			if got == nil || got.Code != want.Code || got.Reason != want.Reason || got.Message != want.Message || !cmp.Equal(got.Details, want.Details) {
				t.Errorf("%s %v: %v, want %v", name, k, got, want)
			}
			if n := db.Written() - before; n != 0 {
				t.Errorf("%s %v wrote %d times", name, k, n)
			}
		}
	}
}
