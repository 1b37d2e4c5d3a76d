// Package storetest is the contract of a store: what packages project, turn
// and catalogue rely on, as tests that every implementation passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Store is all that is asked of a store.
type Store interface {
	turn.Store
	project.Store
	catalogue.Store
	catalogue.GrantStore
	Model(ctx context.Context, id string) (*catalogue.Model, error)
}

var (
	key     = turn.Key{ProjectID: "p", TurnID: "t"}
	request = turn.Request{Key: key, UID: "ann", Kind: turn.Generate, Prompt: "a clock", Name: "a clock", PayloadHash: "v1:1", NewProject: true}
	page    = artifact.File{Path: "index.html", Content: "<h1>clock</h1>\n"}
	style   = artifact.File{Path: "css/style.css", Content: "h1 { color: red }\n"}
)

func outcome(files ...artifact.File) turn.Outcome {
	return turn.Outcome{
		State: turn.Complete, Reply: "text 世界", Source: project.Worker, GeneratedBy: "m", FinishReason: "stop",
		Warnings: []artifact.Warning{{Path: "x", Text: "y"}}, Notices: []string{"n"}, Files: files,
	}
}

// Run tests the stores that open returns; each call must return an empty one.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, tc := range []struct {
		name string
		test func(t *testing.T, s Store)
	}{
		{"a turn from accept to finish", life},
		{"a step that fails writes nothing", refused},
		{"one of many accepts wins", race},
		{"an overlay keeps the other files", overlay},
		{"restoring copies no content", restore},
		{"waiting for a running turn", wait},
		{"waiting for a turn that is deleted", waitDeleted},
		{"what is absent", absent},
		{"updating a project", update},
		{"projects page by page", projectPages},
		{"turns and versions page by page", numberedPages},
		{"deleting", purge},
		{"a failure keeps its details", failure},
		{"the largest turn", largest},
		{"a revision from nothing to published", revision},
		{"one of many takes a revision", revisionRace},
		{"models with their current revisions", shelf},
		{"the current revision", current},
		{"a charge, once a month", charge},
		{"a budget is never overdrawn", overdraw},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.test(t, open(t))
		})
	}
}

func life(t *testing.T, s Store) {
	accepted := apply(t, s, key, turn.Accept(request, "run"))
	if got := accepted.Project.ActiveTurn; got != "t" {
		t.Errorf("activeTurn after accept = %q, want t", got)
	}
	again := apply(t, s, key, turn.Accept(request, "another run"))
	if !again.Found || again.Turn.Run != "run" {
		t.Errorf("a second accept: found %v, run %q; want the first run", again.Found, again.Turn.Run)
	}
	if d := time.Since(accepted.Turn.CreatedAt); d < -time.Minute || d > time.Minute {
		t.Errorf("createdAt is %v off", d)
	}
	finished := apply(t, s, key, turn.Finish("run", outcome(style, page)))
	lost := apply(t, s, key, turn.Finish("run", outcome(style, page)))
	if !lost.Found || lost.Project.CurrentVersion != 1 {
		t.Errorf("a second finish: found %v, version %d; want the first one's", lost.Found, lost.Project.CurrentVersion)
	}

	ctx := t.Context()
	p := must(s.Project(ctx, "p"))
	equal(t, "project", p, &finished.Project)
	v := must(s.Version(ctx, "p", 1))
	equal(t, "version", v, finished.Version)
	equal(t, "files", must(s.Files(ctx, "p", v.Files)), []artifact.File{style, page})
	turns, next, err := s.Turns(ctx, "p", project.Page{Size: 10})
	if err != nil || next != "" {
		t.Fatalf("Turns: next %q, err %v", next, err)
	}
	equal(t, "turns", turns, []turn.Turn{finished.Turn})
	equal(t, "what is stored", finished.Turn, turn.Turn{
		ID: "t", OwnerUID: "ann", Seq: 1, Kind: turn.Generate, Prompt: "a clock", PayloadHash: "v1:1", State: turn.Complete, Run: "run",
		CreatedAt: accepted.Turn.CreatedAt, FinishedAt: finished.Turn.FinishedAt, Reply: "text 世界", Version: 1,
		Source: project.Worker, GeneratedBy: "m", FinishReason: "stop",
		Warnings: []artifact.Warning{{Path: "x", Text: "y"}}, Notices: []string{"n"},
	})
}

func refused(t *testing.T, s Store) {
	boom := errors.New("boom")
	_, err := s.Apply(t.Context(), key, "test", func(turn.View) (turn.Change, error) { return turn.Change{}, boom })
	if !errors.Is(err, boom) {
		t.Errorf("Apply = %v, want the step's error", err)
	}
	if p := must(s.Project(t.Context(), "p")); p != nil {
		t.Errorf("a project was written: %+v", p)
	}
	_, err = s.Apply(t.Context(), key, "test", func(turn.View) (turn.Change, error) { return turn.Change{}, project.Authorize(nil, "", "p") })
	if got := errs.Of(err).Reason; got != errs.NoSuchProject {
		t.Errorf("Apply = %v, want the step's own reason", err)
	}
}

func race(t *testing.T, s Store) {
	const n = 5
	runs := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			c, err := s.Apply(t.Context(), key, "accept", turn.Accept(request, fmt.Sprint(i)))
			if err != nil {
				t.Errorf("accept %d: %v", i, err)
			}
			runs[i] = c.Turn.Run
		})
	}
	all.Wait()
	for _, run := range runs {
		if run != runs[0] {
			t.Fatalf("several accepts won: %v", runs)
		}
	}
	if p := must(s.Project(t.Context(), "p")); p.Seq != 1 {
		t.Errorf("seq = %d after one accepted turn", p.Seq)
	}
}

func overlay(t *testing.T, s Store) {
	apply(t, s, key, turn.Settle(request, "run", outcome(page, style)))
	r := request
	r.TurnID = "t2"
	o := outcome(artifact.File{Path: style.Path, Content: "h1 { color: blue }\n"})
	o.Overlay = true
	c := apply(t, s, r.Key, turn.Settle(r, "run2", o))
	files := must(s.Files(t.Context(), "p", c.Version.Files))
	equal(t, "files", files, []artifact.File{{Path: style.Path, Content: "h1 { color: blue }\n"}, page})
	if c.Version.Base != 1 || c.Version.Number != 2 {
		t.Errorf("version %d on %d, want 2 on 1", c.Version.Number, c.Version.Base)
	}
}

func restore(t *testing.T, s Store) {
	first := apply(t, s, key, turn.Settle(request, "run", outcome(page)))
	r := request
	r.TurnID = "t2"
	apply(t, s, r.Key, turn.Settle(r, "run2", outcome(style)))
	r.TurnID = "t3"
	c := apply(t, s, r.Key, turn.Settle(r, "run3", turn.Outcome{State: turn.Complete, Source: project.Restore, Restored: first.Version}))
	if c.Version.Base != 1 || c.Version.Number != 3 || len(c.Files) != 0 {
		t.Errorf("version %d on %d with %d contents, want 3 on 1 with none", c.Version.Number, c.Version.Base, len(c.Files))
	}
	equal(t, "files", must(s.Files(t.Context(), "p", c.Version.Files)), []artifact.File{page})
}

func wait(t *testing.T, s Store) {
	apply(t, s, key, turn.Accept(request, "run"))
	ended := make(chan turn.Turn, 1)
	go func() {
		got, err := s.Wait(t.Context(), key)
		if err != nil {
			t.Errorf("Wait: %v", err)
		}
		ended <- got
	}()
	apply(t, s, key, turn.Finish("run", outcome(page)))
	if got := <-ended; got.State != turn.Complete || got.Version != 1 {
		t.Errorf("Wait = %s with version %d, want complete with 1", got.State, got.Version)
	}

	r := request
	r.TurnID = "t2"
	apply(t, s, r.Key, turn.Accept(r, "run2"))
	left := errors.New("left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(left)
	if _, err := s.Wait(ctx, r.Key); !errors.Is(err, left) {
		t.Errorf("Wait with a context that has ended = %v, want its cause", err)
	}
}

func waitDeleted(t *testing.T, s Store) {
	_, err := s.Wait(t.Context(), key)
	if got := errs.Of(err).Reason; got != errs.NoSuchProject {
		t.Errorf("Wait = %v, want no-such-project", err)
	}
}

func absent(t *testing.T, s Store) {
	ctx := t.Context()
	if p, err := s.Project(ctx, "nope"); p != nil || err != nil {
		t.Errorf("Project = %v, %v", p, err)
	}
	if v, err := s.Version(ctx, "nope", 1); v != nil || err != nil {
		t.Errorf("Version = %v, %v", v, err)
	}
	if l, next, err := s.Turns(ctx, "nope", project.Page{Size: 3}); len(l) != 0 || next != "" || err != nil {
		t.Errorf("Turns = %v, %q, %v", l, next, err)
	}
	if l, next, err := s.Projects(ctx, "nobody", project.Page{Size: 3}); len(l) != 0 || next != "" || err != nil {
		t.Errorf("Projects = %v, %q, %v", l, next, err)
	}
	for _, token := range []string{"x", "!", "-1"} {
		if _, _, err := s.Versions(ctx, "nope", project.Page{Size: 3, Token: token}); errs.Of(err) == nil || errs.Of(err).Code != errs.InvalidArgument {
			t.Errorf("Versions after %q = %v, want INVALID_ARGUMENT", token, err)
		}
		if _, _, err := s.Projects(ctx, "nobody", project.Page{Size: 3, Token: token}); errs.Of(err) == nil || errs.Of(err).Code != errs.InvalidArgument {
			t.Errorf("Projects after %q = %v, want INVALID_ARGUMENT", token, err)
		}
	}
}

func update(t *testing.T, s Store) {
	ctx := t.Context()
	apply(t, s, key, turn.Settle(request, "run", outcome(page)))
	rename := func(write bool) func(p *project.Project, now time.Time) (bool, error) {
		return func(p *project.Project, now time.Time) (bool, error) {
			p.Name = "new"
			return write, nil
		}
	}
	if err := s.UpdateProject(ctx, "p", "test", rename(false)); err != nil {
		t.Fatal(err)
	}
	if p := must(s.Project(ctx, "p")); p.Name != "a clock" {
		t.Errorf("an update without write wrote the name %q", p.Name)
	}
	if err := s.UpdateProject(ctx, "p", "test", rename(true)); err != nil {
		t.Fatal(err)
	}
	if p := must(s.Project(ctx, "p")); p.Name != "new" {
		t.Errorf("name = %q, want new", p.Name)
	}
	err := s.UpdateProject(ctx, "nope", "test", func(p *project.Project, _ time.Time) (bool, error) {
		return false, project.Authorize(p, "ann", "nope")
	})
	if errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchProject {
		t.Errorf("updating an absent project = %v, want no-such-project", err)
	}
}

func projectPages(t *testing.T, s Store) {
	ctx := t.Context()
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		r := request
		r.ProjectID = id
		if id == "b" {
			r.UID = "bob"
		}
		apply(t, s, r.Key, turn.Settle(r, "run", outcome(page)))
	}
	if err := (project.Projects{Store: s}).Delete(ctx, "ann", "d"); err != nil {
		t.Fatal(err)
	}
	equal(t, "ids", pages(t, 2, func(p project.Page) ([]project.Project, string, error) { return s.Projects(ctx, "ann", p) },
		func(p project.Project) string { return p.ID }), []string{"e", "c", "a"})
}

func numberedPages(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 5 {
		r := request
		r.TurnID = fmt.Sprint("t", i+1)
		apply(t, s, r.Key, turn.Settle(r, "run", outcome(page)))
	}
	equal(t, "versions", pages(t, 2, func(p project.Page) ([]project.Version, string, error) { return s.Versions(ctx, "p", p) },
		func(v project.Version) string { return v.TurnID }), []string{"t5", "t4", "t3", "t2", "t1"})
	equal(t, "turns", pages(t, 5, func(p project.Page) ([]turn.Turn, string, error) { return s.Turns(ctx, "p", p) },
		func(t turn.Turn) string { return t.ID }), []string{"t5", "t4", "t3", "t2", "t1"})
}

func purge(t *testing.T, s Store) {
	ctx := t.Context()
	c := apply(t, s, key, turn.Settle(request, "run", outcome(page)))
	projects := project.Projects{Store: s}
	for range 2 { // the second time there is nothing left to do
		if err := projects.Delete(ctx, "ann", "p"); err != nil {
			t.Fatal(err)
		}
	}
	p := must(s.Project(ctx, "p"))
	if p.DeletedAt == nil || p.PurgedAt == nil {
		t.Errorf("tombstone: deleted %v, purged %v", p.DeletedAt, p.PurgedAt)
	}
	if v := must(s.Version(ctx, "p", c.Version.Number)); v != nil {
		t.Errorf("a version is left: %+v", v)
	}
	if turns, _, err := s.Turns(ctx, "p", project.Page{Size: 10}); len(turns) != 0 || err != nil {
		t.Errorf("turns left: %v, %v", turns, err)
	}
	if files, err := s.Files(ctx, "p", c.Version.Files); err == nil && files[0].Content != "" {
		t.Errorf("a blob is left: %v", files)
	}
	if _, err := s.Apply(ctx, key, "accept", turn.Accept(request, "late")); errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchProject {
		t.Errorf("a turn in a deleted project = %v, want no-such-project", err)
	}
}

func failure(t *testing.T, s Store) {
	apply(t, s, key, turn.Accept(request, "run"))
	want := &turn.Failure{Code: errs.InvalidArgument, Reason: errs.TooLong, Message: "m", Details: map[string]any{"limit": int64(5), "x": "y"}}
	apply(t, s, key, turn.Finish("run", turn.Outcome{State: turn.Failed, Error: want}))
	got, err := s.Wait(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "error", got.Error, want)
}

func largest(t *testing.T, s Store) {
	r := request
	r.Prompt = strings.Repeat("p", 100<<10)
	var files []artifact.File
	for i := range 4 {
		files = append(files, artifact.File{Path: fmt.Sprint(i, ".txt"), Content: strings.Repeat(fmt.Sprint(i), artifact.MaxFileBytes)})
	}
	o := outcome(files...)
	o.Reply = strings.Repeat("é", turn.MaxReply/2)
	for i := range 50 { // as many as a reply can bring about
		o.Warnings = append(o.Warnings, artifact.Warning{Path: strings.Repeat("w", artifact.MaxPathBytes), Text: fmt.Sprint(i)})
	}
	c := apply(t, s, key, turn.Settle(r, "run", o))
	equal(t, "files", must(s.Files(t.Context(), "p", c.Version.Files)), files)
	turns, _, err := s.Turns(t.Context(), "p", project.Page{Size: 1})
	if err != nil || len(turns) != 1 || turns[0].Reply != o.Reply {
		t.Errorf("Turns: %d, %v", len(turns), err)
	}
}

func apply(t *testing.T, s Store, k turn.Key, step turn.Step) turn.Change {
	t.Helper()
	c, err := s.Apply(t.Context(), k, "test", step)
	if err != nil {
		t.Fatalf("Apply: %v", err)
	}
	return c
}

// pages reads a whole list and returns one word for each entry.
func pages[T any](t *testing.T, size int, read func(project.Page) ([]T, string, error), word func(T) string) []string {
	t.Helper()
	var words []string
	page := project.Page{Size: size}
	for {
		list, next, err := read(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			words = append(words, word(one))
		}
		if next == "" {
			return words
		}
		page.Token = next
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
