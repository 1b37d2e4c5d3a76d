// Package storetest is the contract of a store: what packages project, turn,
// catalogue and access rely on, as tests that every implementation passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/template"
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
	access.Store
	account.Store
	account.Records
	Deny(ctx context.Context, uid string, denied bool) error
	Account(ctx context.Context, uid, day string) (quota.Account, error)
	Model(ctx context.Context, id string) (*catalogue.Model, error)
	BytesGranted(ctx context.Context, uid, month string) (int64, error)
	Spend(ctx context.Context, day, instance string, s quota.Spent) error
	Spent(ctx context.Context, day string) (quota.Spent, error)
	// Spoil makes the document of a turn, or without a TurnID of a project, one that
	// cannot be decoded.
	Spoil(ctx context.Context, k turn.Key) error
}

var (
	key     = turn.Key{ProjectID: "p", TurnID: "t"}
	request = turn.Request{Key: key, UID: "ann", Kind: turn.Generate, Prompt: "a clock", Name: "a clock", PayloadHash: "v1:1", NewProject: true, Limits: quota.Limits{DailyTurns: 9, DailyTokens: 900, DailyInputTokens: 1e6, ConcurrentTurns: 3, TurnsPerMinute: 50, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}}
	page    = artifact.File{Path: "index.html", Content: "<h1>clock</h1>\n"}
	style   = artifact.File{Path: "css/style.css", Content: "h1 { color: red }\n"}
)

func ending() turn.Ending {
	return turn.Ending{
		State: turn.Complete, Reply: "text 世界", Source: project.Worker, GeneratedBy: "m", FinishReason: "stop",
		Warnings: []artifact.Warning{{Path: "x", Text: "y"}}, Notices: []string{"n"}, Meter: turn.Meter{Calls: 1, InputTokens: 9, OutputTokens: 5},
		Diagnostics: []artifact.Diagnostic{{Kind: "syntax", Severity: artifact.SeverityError, Path: "x", Line: 3, Text: "z"}},
	}
}

func made(files ...artifact.File) *turn.NewVersion { return &turn.NewVersion{Files: files} }

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
		{"following a turn", follow},
		{"turns that their owners left", interrupted},
		{"what is overdue, cancelled, not purged", left},
		{"what is overdue, page by page", overduePages},
		{"what is not purged, page by page", unpurgedPages},
		{"what cannot be decoded hides nothing", spoiled},
		{"one of many purges a project", purgeRace},
		{"going on with a turn", continued},
		{"a turn that is cancelled early", early},
		{"what is stored", stored},
		{"contents that go", erased},
		{"what is absent", absent},
		{"updating a project", update},
		{"projects page by page", projectPages},
		{"turns and versions page by page", numberedPages},
		{"pages end where they are large enough", pagesByBytes},
		{"deleting", purge},
		{"a failure keeps its details", failure},
		{"the largest turn", largest},
		{"a revision from nothing to published", revision},
		{"one of many takes a revision", revisionRace},
		{"models with their current revisions", shelf},
		{"the current revision", current},
		{"a charge, and what it covers", charge},
		{"a budget is never overdrawn", overdraw},
		{"who is denied", denied},
		{"sessions", sessions},
		{"what all instances have spent", spent},
		{"a deleted account, and the same user again", deletedAccount},
		{"deleting an account in parts", accountParts},
		{"deletions page by page", deletions},
		{"a record of a user", record},
		{"turns by their age", retention},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.test(t, open(t))
		})
	}
}

func life(t *testing.T, s Store) {
	accepted := apply(t, s, key, accept(request, "run"))
	if got := accepted.Project.ActiveTurn; got != "t" {
		t.Errorf("activeTurn after accept = %q, want t", got)
	}
	again := apply(t, s, key, accept(request, "another run"))
	if !again.Found || again.Turn.Run != "run" {
		t.Errorf("a second accept: found %v, run %q; want the first run", again.Found, again.Turn.Run)
	}
	if d := time.Since(accepted.Turn.CreatedAt); d < -time.Minute || d > time.Minute {
		t.Errorf("createdAt is %v off", d)
	}
	recipe := template.Recipe{App: "clock", Name: "Clock", Theme: "dark", Features: []string{"sound"}, Language: "fr", Size: "large"}
	rendered := &turn.NewVersion{Files: []artifact.File{style, page}, Recipe: &recipe, Rendered: []artifact.File{page}}
	finished := apply(t, s, key, turn.Finish("run", ending(), rendered))
	lost := apply(t, s, key, turn.Finish("run", ending(), made(style, page)))
	if !lost.Found || lost.Project.CurrentVersion != 1 {
		t.Errorf("a second finish: found %v, version %d; want the first one's", lost.Found, lost.Project.CurrentVersion)
	}

	ctx := t.Context()
	p := must(s.Project(ctx, "p"))
	equal(t, "project", p, finished.Project)
	v := must(s.Version(ctx, "p", 1))
	equal(t, "version", v, finished.Version)
	equal(t, "recipe", v.Recipe, &project.Recipe{Recipe: recipe, Rendered: project.Refs(rendered.Rendered)})
	equal(t, "files", must(s.Files(ctx, "p", v.Files)), []artifact.File{style, page})
	turns, next, err := s.Turns(ctx, "p", project.Page{Size: 10})
	if err != nil || next != "" {
		t.Fatalf("Turns: next %q, err %v", next, err)
	}
	equal(t, "turns", turns, []turn.Turn{*finished.Turn})
	equal(t, "what is stored", *finished.Turn, turn.Turn{
		ID: "t", OwnerUID: "ann", Seq: 1, Kind: turn.Generate, Prompt: "a clock", PayloadHash: "v1:1", State: turn.Complete, Run: "run",
		Instance: "here", CreatedAt: accepted.Turn.CreatedAt, RenewedAt: accepted.Turn.CreatedAt, FinishedAt: finished.Turn.FinishedAt, Reply: "text 世界", Length: 11, Version: 1,
		Day: quota.Today(accepted.Turn.CreatedAt), Meter: turn.Meter{Calls: 1, InputTokens: 9, OutputTokens: 5},
		Source: project.Worker, GeneratedBy: "m", FinishReason: "stop",
		Warnings: []artifact.Warning{{Path: "x", Text: "y"}}, Notices: []string{"n"}, Engine: turn.WorkerEngine, Intent: accepted.Turn.Intent, Diagnostics: ending().Diagnostics,
	})
	day := quota.Today(accepted.Turn.CreatedAt)
	equal(t, "account", must(s.Account(ctx, "ann", day)), quota.Account{
		Minute: quota.MinuteOf(accepted.Turn.CreatedAt), Begun: 1, Projects: 1, StoredBytes: finished.Project.StoredBytes, Days: map[string]quota.Day{day: {Turns: 1, InputTokens: 9, OutputTokens: 5}}})
	if accepted.Turn.Intent == nil || accepted.Turn.Intent.Subject != "clock" {
		t.Errorf("intent: %+v", accepted.Turn.Intent)
	}
}

func refused(t *testing.T, s Store) {
	boom := errors.New("boom")
	_, err := s.Apply(t.Context(), scope(key), "test", func(turn.View) (turn.Change, error) { return turn.Change{}, boom })
	if !errors.Is(err, boom) {
		t.Errorf("Apply = %v, want the step's error", err)
	}
	if p := must(s.Project(t.Context(), "p")); p != nil {
		t.Errorf("a project was written: %+v", p)
	}
	_, err = s.Apply(t.Context(), scope(key), "test", func(turn.View) (turn.Change, error) { return turn.Change{}, project.Authorize(nil, "", "p") })
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
			c, err := s.Apply(t.Context(), scope(key), "accept", accept(request, fmt.Sprint(i)))
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
	apply(t, s, key, turn.Settle(request, "run", ending(), made(page, style)))
	r := request
	r.TurnID = "t2"
	blue := made(artifact.File{Path: style.Path, Content: "h1 { color: blue }\n"})
	blue.Overlay = true
	c := apply(t, s, r.Key, turn.Settle(r, "run2", ending(), blue))
	files := must(s.Files(t.Context(), "p", c.Version.Files))
	equal(t, "files", files, []artifact.File{{Path: style.Path, Content: "h1 { color: blue }\n"}, page})
	if c.Version.Base != 1 || c.Version.Number != 2 {
		t.Errorf("version %d on %d, want 2 on 1", c.Version.Number, c.Version.Base)
	}
}

func restore(t *testing.T, s Store) {
	first := apply(t, s, key, turn.Settle(request, "run", ending(), made(page)))
	r := request
	r.TurnID = "t2"
	apply(t, s, r.Key, turn.Settle(r, "run2", ending(), made(style)))
	r.TurnID = "t3"
	c := apply(t, s, r.Key, turn.Settle(r, "run3", turn.Ending{State: turn.Complete, Source: project.Restore}, &turn.NewVersion{Restored: first.Version}))
	if c.Version.Base != 1 || c.Version.Number != 3 || len(c.Files) != 0 {
		t.Errorf("version %d on %d with %d contents, want 3 on 1 with none", c.Version.Number, c.Version.Base, len(c.Files))
	}
	equal(t, "files", must(s.Files(t.Context(), "p", c.Version.Files)), []artifact.File{page})
}

func follow(t *testing.T, s Store) {
	apply(t, s, key, accept(request, "run"))
	first := turn.Segment{Offset: 0, Text: "Sure. ", Source: project.Worker, GeneratedBy: "m", ExpireAt: time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)}
	more := first
	more.Offset, more.Text, more.Notices = 6, "世界", []string{"n"}
	store_(t, s, key, first)
	seen := make(chan turn.Update)
	ctx, cancel := context.WithCancelCause(t.Context())
	var following sync.WaitGroup
	var last error
	following.Go(func() {
		for p, err := range s.Follow(ctx, key) {
			last = err
			if err != nil {
				return
			}
			seen <- p
		}
	})
	var segments []turn.Segment
	until := func(what string, done func(turn.Update) bool) {
		t.Helper()
		limit := time.After(20 * time.Second)
		for {
			select {
			case p := <-seen:
				segments = append(segments, p.Segments...)
				if done(p) {
					return
				}
			case <-limit:
				t.Fatalf("%s did not come", what)
			}
		}
	}
	running := false
	until("the turn with its first segment", func(p turn.Update) bool {
		running = running || p.Turn != nil && p.Turn.State == turn.Running && !p.Now.IsZero()
		return running && len(segments) == 1
	})
	store_(t, s, key, more)
	until("the next segment", func(turn.Update) bool { return len(segments) == 2 })
	equal(t, "segments", segments, []turn.Segment{first, more})
	apply(t, s, key, turn.Finish("run", ending(), made(page)))
	until("the end", func(p turn.Update) bool { return p.Turn != nil && p.Turn.State == turn.Complete })
	left := errors.New("left")
	cancel(left)
	following.Wait()
	if !errors.Is(last, left) {
		t.Errorf("Follow with a context that has ended = %v, want its cause", last)
	}

	for p, err := range s.Follow(t.Context(), turn.Key{ProjectID: "p", TurnID: "nope"}) {
		if err != nil || !p.Gone {
			t.Errorf("Follow of no turn = %+v, %v, want gone", p, err)
		}
		break
	}
}

func interrupted(t *testing.T, s Store) {
	// Two turns of ann's in two projects, both left by their owners.
	r := request
	r.ProjectID, r.TurnID = "p2", "t2"
	apply(t, s, key, accept(request, "run"))
	apply(t, s, r.Key, accept(r, "run2"))
	for at, text := range map[int]string{0: "Sure. ", 6: "世界", 99: "behind a gap"} {
		store_(t, s, key, turn.Segment{Offset: at, Text: text, Source: project.Worker, GeneratedBy: "m", Notices: []string{text}})
	}
	over := scope(turn.Key{ProjectID: "p2", TurnID: "t3"})
	over.Lease = 0
	r3 := r
	r3.TurnID = "t3"
	c := applyTo(t, s, over, accept(r3, "run3"))
	if len(c.Settled) != 2 || c.Turn.State != turn.Running || c.Project.ActiveTurn != "t3" {
		t.Fatalf("accept over two turns that were left: %+v", c)
	}
	got := must(s.Turn(t.Context(), key))
	if got.State != turn.Interrupted || got.Reply != "Sure. 世界" || got.Length != len(got.Reply) || got.Run != "" || got.GeneratedBy != "m" || got.Error.Reason != errs.Interrupted {
		t.Errorf("the first turn: %+v", got)
	}
	if p := must(s.Project(t.Context(), "p")); p.ActiveTurn != "" {
		t.Errorf("its project is still busy with %q", p.ActiveTurn)
	}
	a := must(s.Account(t.Context(), "ann", got.Day))
	minute := quota.MinuteOf(c.Turn.CreatedAt)
	if a.Minute != minute || a.Begun < 1 || a.Begun > 3 { // the minute may have ended meanwhile
		t.Errorf("%d turns began in %s; now it is %s", a.Begun, a.Minute, minute)
	}
	a.Minute, a.Begun = "", 0
	const written = 1 // token of the text that is kept, about
	equal(t, "account", a, quota.Account{Running: map[string]string{"p2": "t3"}, Projects: 2, StoredBytes: c.Project.StoredBytes + must(s.Project(t.Context(), "p")).StoredBytes,
		Days: map[string]quota.Day{got.Day: {OutputTokens: written, Held: hold, HeldInput: c.Turn.HeldInput}}})
	if _, err := s.Apply(t.Context(), scope(key), "finish", turn.Finish("run", ending(), made(page))); errs.Of(err) == nil || errs.Of(err).Reason != errs.Interrupted {
		t.Errorf("a late finish = %v, want interrupted", err)
	}
}

func left(t *testing.T, s Store) {
	ctx := t.Context()
	apply(t, s, key, accept(request, "run"))
	if l := must(s.ExpiredTurns(ctx, time.Now().Add(-time.Hour), turn.Ref{}, 10)); len(l) != 0 {
		t.Errorf("overdue an hour ago: %v", l)
	}
	renewed := must(s.Turn(ctx, key)).RenewedAt
	equal(t, "overdue in an hour", must(s.ExpiredTurns(ctx, time.Now().Add(time.Hour), turn.Ref{}, 10)), []turn.Ref{{Key: key, UID: "ann", At: renewed}})

	cancels := make(chan turn.Key, 9)
	ctx, stop := context.WithCancel(ctx)
	var listening sync.WaitGroup
	listening.Go(func() {
		for k, err := range s.Cancels(ctx, "here") {
			if err == nil {
				cancels <- k
			}
		}
	})
	apply(t, s, key, turn.Cancel(key, "ann"))
	if got := <-cancels; got != key {
		t.Errorf("cancelled: %v", got)
	}
	stop()
	listening.Wait()

	c := apply(t, s, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
	if c.Turn == nil || c.Turn.ID != "t" || c.Project.DeletedAt == nil {
		t.Errorf("delete while a turn runs: %+v", c)
	}
	c = apply(t, s, key, turn.Finish("run", ending(), made(page)))
	if c.Turn.State != turn.Cancelled || c.Version != nil {
		t.Errorf("finish in a deleted project: %s, version %v", c.Turn.State, c.Version)
	}
	deleted := *must(s.Project(t.Context(), "p")).DeletedAt
	equal(t, "unpurged", must(s.Unpurged(t.Context(), turn.Ref{}, 10)), []turn.Ref{{Key: turn.Key{ProjectID: "p"}, UID: "ann", At: deleted}})
	apply(t, s, turn.Key{ProjectID: "p"}, turn.Purged())
	if l := must(s.Unpurged(t.Context(), turn.Ref{}, 10)); len(l) != 0 {
		t.Errorf("unpurged after all: %v", l)
	}
}

// leave makes turns run in projects of their own, in this order.
func leave(t *testing.T, s Store, projects ...string) {
	t.Helper()
	for _, id := range projects {
		r := request
		r.ProjectID, r.Limits.ConcurrentTurns = id, 99
		apply(t, s, r.Key, accept(r, "run"))
	}
}

// listed is the projects of all references, page by page.
func listed(t *testing.T, size int, list func(after turn.Ref) ([]turn.Ref, error)) []string {
	t.Helper()
	var ids []string
	after := turn.Ref{}
	for {
		refs := must(list(after))
		for _, r := range refs {
			ids = append(ids, r.ProjectID)
		}
		if len(refs) > size {
			t.Fatalf("a page of %d has %d references", size, len(refs))
		}
		if len(refs) < size {
			return ids
		}
		after = refs[len(refs)-1]
	}
}

func overduePages(t *testing.T, s Store) {
	leave(t, s, "e", "a", "d", "b", "c")
	got := listed(t, 2, func(after turn.Ref) ([]turn.Ref, error) {
		return s.ExpiredTurns(t.Context(), time.Now().Add(time.Hour), after, 2)
	})
	equal(t, "overdue", got, []string{"e", "a", "d", "b", "c"})
}

func unpurgedPages(t *testing.T, s Store) {
	leave(t, s, "e", "a", "d", "b")
	for _, id := range []string{"b", "e", "d", "a"} {
		apply(t, s, turn.Key{ProjectID: id}, turn.Delete("ann", id))
	}
	got := listed(t, 2, func(after turn.Ref) ([]turn.Ref, error) { return s.Unpurged(t.Context(), after, 2) })
	equal(t, "unpurged", got, []string{"b", "e", "d", "a"})
}

// spoiled: a turn and a project that cannot be decoded are listed like any other,
// steps upon them fail, and steps upon the same user's other turns do not.
func spoiled(t *testing.T, s Store) {
	ctx := t.Context()
	leave(t, s, "a", "b", "c")
	for _, k := range []turn.Key{{ProjectID: "a", TurnID: "t"}, {ProjectID: "b"}} {
		if err := s.Spoil(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	got := listed(t, 2, func(after turn.Ref) ([]turn.Ref, error) {
		return s.ExpiredTurns(ctx, time.Now().Add(time.Hour), after, 2)
	})
	equal(t, "overdue", got, []string{"a", "b", "c"})
	for _, id := range []string{"a", "b"} {
		over := scope(turn.Key{ProjectID: id, TurnID: "t"})
		over.Lease = 0
		// The backend's mistake: trying again does not help.
		if _, err := s.Apply(ctx, over, "interrupt", turn.Interrupt()); err == nil || errs.Of(err).Code != errs.Internal {
			t.Errorf("a step upon the turn of %s: %v, want INTERNAL", id, err)
		}
	}
	over := scope(turn.Key{ProjectID: "c", TurnID: "t"})
	over.Lease = 0
	if c := applyTo(t, s, over, turn.Interrupt()); len(c.Settled) != 1 || c.Turn.State != turn.Interrupted {
		t.Errorf("the turn that can be read: %+v", c)
	}
	r := request
	r.ProjectID, r.TurnID = "d", "t4"
	if c := apply(t, s, r.Key, accept(r, "run")); c.Turn.State != turn.Running {
		t.Errorf("a new turn beside those that cannot be read: %+v", c)
	}
}

// purgeRace: while one instance purges a project, others find that.
func purgeRace(t *testing.T, s Store) {
	apply(t, s, key, turn.Settle(request, "run", ending(), made(page)))
	on := turn.Key{ProjectID: "p"}
	apply(t, s, on, turn.Delete("ann", "p"))
	const n = 5
	taken := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			c, err := s.Apply(t.Context(), scope(on), "purge", turn.Purge(fmt.Sprint(i)))
			if err != nil {
				t.Errorf("purge %d: %v", i, err)
				return
			}
			taken[i] = c.Project.PurgedBy
		})
	}
	all.Wait()
	for _, by := range taken {
		if by != taken[0] || by == "" {
			t.Fatalf("it is purged by %v", taken)
		}
	}
	p := must(s.Project(t.Context(), "p"))
	if p.PurgedBy != taken[0] || p.PurgingAt == nil {
		t.Errorf("stored: by %q since %v", p.PurgedBy, p.PurgingAt)
	}
	apply(t, s, on, turn.Purged())
	if p := must(s.Project(t.Context(), "p")); p.PurgedBy != "" || p.PurgingAt != nil || p.PurgedAt == nil {
		t.Errorf("purged: by %q since %v, at %v", p.PurgedBy, p.PurgingAt, p.PurgedAt)
	}
}

func continued(t *testing.T, s Store) {
	apply(t, s, key, accept(request, "run"))
	cutOff := ending()
	cutOff.State = turn.Partial
	apply(t, s, key, turn.Finish("run", cutOff, nil))
	r := request
	r.TurnID, r.Continues, r.NewProject = "t2", "t", false
	on := scope(r.Key)
	on.Continues = "t"
	applyTo(t, s, on, accept(r, "run2"))
	if got := must(s.Turn(t.Context(), key)); got.ContinuedBy != "t2" {
		t.Errorf("continuedBy = %q", got.ContinuedBy)
	}
}

func early(t *testing.T, s Store) {
	ctx := t.Context()
	apply(t, s, key, turn.Settle(request, "run", ending(), made(page)))
	k := turn.Key{ProjectID: "p", TurnID: "t2"}
	r := request
	r.Key = k
	on := scope(k)
	on.Early = true
	if got := must(s.EarlyCancel(ctx, "ann", k)); got != nil {
		t.Errorf("at first there is %+v", got)
	}
	for range 2 { // the second time it is found
		c := applyTo(t, s, on, turn.Cancel(k, "ann"))
		if c.Early == nil || c.Turn != nil || c.Early.ExpireAt.Sub(c.Early.At) != 24*time.Hour {
			t.Fatalf("cancel: %+v", c)
		}
		equal(t, "stored", must(s.EarlyCancel(ctx, "ann", k)), c.Early)
	}
	c := applyTo(t, s, on, accept(r, "run2"))
	if !c.Found || c.Turn.State != turn.Cancelled || c.Turn.OwnerUID != "ann" {
		t.Errorf("the request that comes late: found %v, %+v", c.Found, c.Turn)
	}
	if got := must(s.Turn(ctx, k)); got != nil {
		t.Errorf("there is a turn: %+v", got)
	}
	for name, other := range map[string]turn.Key{"another turn": {ProjectID: "p", TurnID: "t3"}, "another project": {ProjectID: "p-t2", TurnID: "t2"}} {
		if got := must(s.EarlyCancel(ctx, "ann", other)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := must(s.EarlyCancel(ctx, "bob", k)); got != nil {
		t.Errorf("another user's: %+v", got)
	}
}

// stored: what an account and its projects count is stored with them, and is nobody
// else's.
func stored(t *testing.T, s Store) {
	ctx := t.Context()
	counts := func(uid string) [3]int64 {
		day := quota.Today(time.Now())
		a := must(s.Account(ctx, uid, day))
		return [3]int64{int64(a.Projects), a.StoredBytes, int64(a.Days[day].Saves)}
	}
	r := request
	r.Kind, r.PayloadHash = turn.Save, "v1:2"
	first := apply(t, s, key, turn.Settle(r, "run", ending(), made(page)))
	r.ProjectID = "p2"
	second := apply(t, s, r.Key, turn.Settle(r, "run", ending(), made(page, style)))
	equal(t, "of two projects", counts("ann"), [3]int64{2, first.Project.StoredBytes + second.Project.StoredBytes, 2})
	equal(t, "the first project", must(s.Project(ctx, "p")), first.Project)
	apply(t, s, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
	equal(t, "once one is deleted", counts("ann"), [3]int64{1, first.Project.StoredBytes + second.Project.StoredBytes, 2})
	for range 2 { // the second time it is found
		apply(t, s, turn.Key{ProjectID: "p"}, turn.Purged())
		equal(t, "once it is purged", counts("ann"), [3]int64{1, second.Project.StoredBytes, 2})
	}
	if err := s.Deny(ctx, "ann", true); err != nil {
		t.Fatal(err)
	}
	equal(t, "of who is denied", counts("ann"), [3]int64{1, second.Project.StoredBytes, 2})
	equal(t, "of somebody else", counts("bob"), [3]int64{})
}

func erased(t *testing.T, s Store) {
	ctx := t.Context()
	first := apply(t, s, key, turn.Settle(request, "run", ending(), made(page, style)))
	gone, stays := project.Refs([]artifact.File{page}), project.Refs([]artifact.File{style})
	apply(t, s, turn.Key{ProjectID: "p"}, func(v turn.View) (turn.Change, error) {
		return turn.Change{Project: v.Project, Erased: []string{gone[0].SHA256, strings.Repeat("0", 64)}}, nil // one of them is not there
	})
	if files, err := s.Files(ctx, "p", first.Version.Files); !errors.Is(err, project.ErrNoContent) {
		t.Errorf("Files of a content that is gone = %v, %v", files, err)
	}
	equal(t, "the other content", must(s.Files(ctx, "p", stays)), []artifact.File{style})
	r := request
	r.TurnID = "t2"
	c := apply(t, s, r.Key, turn.Settle(r, "run2", ending(), made(style)))
	equal(t, "a content that the current version has is not stored again", c.Files, nil)
	r.TurnID = "t3"
	c = apply(t, s, r.Key, turn.Settle(r, "run3", ending(), made(page)))
	equal(t, "one that comes back", must(s.Files(ctx, "p", c.Version.Files)), []artifact.File{page})
}

func spent(t *testing.T, s Store) {
	ctx := t.Context()
	equal(t, "at first", must(s.Spent(ctx, "2026-03-04")), quota.Spent{})
	for _, one := range []struct {
		day, instance string
		sum           quota.Spent
	}{
		{"2026-03-04", "a", quota.Spent{Tokens: 1}},
		{"2026-03-04", "b", quota.Spent{Tokens: 30, AnonymousTokens: 20, Bytes: 5e12}},
		{"2026-03-04", "a", quota.Spent{Tokens: 500, AnonymousTokens: 4, Bytes: 3, AnonymousBytes: 2}}, // instead of the first
		{"2026-03-05", "a", quota.Spent{Tokens: 7}},
	} {
		if err := s.Spend(ctx, one.day, one.instance, one.sum); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "on one day", must(s.Spent(ctx, "2026-03-04")), quota.Spent{Tokens: 530, AnonymousTokens: 24, Bytes: 5e12 + 3, AnonymousBytes: 2})
	equal(t, "on the next", must(s.Spent(ctx, "2026-03-05")), quota.Spent{Tokens: 7})
}

func store_(t *testing.T, s Store, k turn.Key, segments ...turn.Segment) {
	t.Helper()
	if err := s.Append(t.Context(), k, segments); err != nil {
		t.Fatal(err)
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
	apply(t, s, key, turn.Settle(request, "run", ending(), made(page)))
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
		apply(t, s, r.Key, turn.Settle(r, "run", ending(), made(page)))
	}
	apply(t, s, turn.Key{ProjectID: "d"}, turn.Delete("ann", "d"))
	equal(t, "ids", pages(t, 2, func(p project.Page) ([]project.Project, string, error) { return s.Projects(ctx, "ann", p) },
		func(p project.Project) string { return p.ID }), []string{"e", "c", "a"})
}

func numberedPages(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 5 {
		r := request
		r.TurnID = fmt.Sprint("t", i+1)
		apply(t, s, r.Key, turn.Settle(r, "run", ending(), made(page)))
	}
	equal(t, "versions", pages(t, 2, func(p project.Page) ([]project.Version, string, error) { return s.Versions(ctx, "p", p) },
		func(v project.Version) string { return v.TurnID }), []string{"t5", "t4", "t3", "t2", "t1"})
	equal(t, "turns", pages(t, 5, func(p project.Page) ([]turn.Turn, string, error) { return s.Turns(ctx, "p", p) },
		func(t turn.Turn) string { return t.ID }), []string{"t5", "t4", "t3", "t2", "t1"})
}

// pagesByBytes: a page ends where its entries are large enough, after at least one,
// and long replies are cut.
func pagesByBytes(t *testing.T, s Store) {
	ctx := t.Context()
	for i := range 4 {
		r := request
		r.TurnID, r.Prompt = fmt.Sprint("t", i+1), strings.Repeat("p", 1000)
		e := ending()
		e.Reply = strings.Repeat("世", 1000)
		apply(t, s, r.Key, turn.Settle(r, "run", e, made(page)))
	}
	ids := func(p project.Page) []string {
		t.Helper()
		turns, _, err := s.Turns(ctx, "p", p)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, turn := range turns {
			ids = append(ids, fmt.Sprint(turn.ID, " ", len(turn.Reply), " of ", turn.Length))
		}
		return ids
	}
	equal(t, "whole", ids(project.Page{Size: 9}), []string{"t4 3000 of 3000", "t3 3000 of 3000", "t2 3000 of 3000", "t1 3000 of 3000"})
	equal(t, "cut to whole characters", ids(project.Page{Size: 2, Text: 100}), []string{"t4 99 of 3000", "t3 99 of 3000"})
	equal(t, "two are enough", ids(project.Page{Size: 9, Bytes: 9000}), []string{"t4 3000 of 3000", "t3 3000 of 3000"})
	equal(t, "cut ones are small", ids(project.Page{Size: 9, Bytes: 5000, Text: 100}), []string{"t4 99 of 3000", "t3 99 of 3000", "t2 99 of 3000"})
	equal(t, "one always", ids(project.Page{Size: 9, Bytes: 1}), []string{"t4 3000 of 3000"})
	equal(t, "turns", pages(t, 3, func(p project.Page) ([]turn.Turn, string, error) {
		p.Bytes = 9000
		return s.Turns(ctx, "p", p)
	}, func(t turn.Turn) string { return t.ID }), []string{"t4", "t3", "t2", "t1"})
	equal(t, "versions", pages(t, 3, func(p project.Page) ([]project.Version, string, error) {
		p.Bytes = 1
		return s.Versions(ctx, "p", p)
	}, func(v project.Version) string { return v.TurnID }), []string{"t4", "t3", "t2", "t1"})
}

func purge(t *testing.T, s Store) {
	ctx := t.Context()
	c := apply(t, s, key, turn.Settle(request, "run", ending(), made(page)))
	store_(t, s, key, turn.Segment{Text: "x"}, turn.Segment{Offset: 1, Text: "y"}, turn.Segment{Offset: 2, Text: "z"})
	const documents = 1 + 3 + 1 + 1            // the turn, its segments, the version and its blob
	for _, want := range []int{documents, 0} { // the second time nothing is left, no segment either
		apply(t, s, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
		for deleted := 0; ; {
			const most = 2
			n, err := s.Purge(ctx, "p", most)
			if deleted += n; err != nil || n > most {
				t.Fatalf("Purge = %d, %v; at most %d were to be deleted", n, err, most)
			}
			if n < most {
				if deleted != want {
					t.Errorf("%d documents were deleted, want %d", deleted, want)
				}
				break
			}
		}
		apply(t, s, turn.Key{ProjectID: "p"}, turn.Purged())
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
	if _, err := s.Apply(ctx, scope(key), "accept", accept(request, "late")); errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchProject {
		t.Errorf("a turn in a deleted project = %v, want no-such-project", err)
	}
}

func failure(t *testing.T, s Store) {
	apply(t, s, key, accept(request, "run"))
	want := &turn.Failure{Code: errs.InvalidArgument, Reason: errs.TooLong, Message: "m", Details: map[string]any{"limit": int64(5), "x": "y"}}
	apply(t, s, key, turn.Finish("run", turn.Ending{State: turn.Failed, Error: want}, nil))
	equal(t, "error", must(s.Turn(t.Context(), key)).Error, want)
}

func largest(t *testing.T, s Store) {
	r := request
	r.Prompt = strings.Repeat("p", 100<<10)
	var files []artifact.File
	for i := range 4 {
		files = append(files, artifact.File{Path: fmt.Sprint(i, ".txt"), Content: strings.Repeat(fmt.Sprint(i), artifact.MaxFileBytes)})
	}
	o := ending()
	o.Reply = strings.Repeat("é", turn.MaxReply/2)
	for i := range 50 { // as many as a reply can bring about
		o.Warnings = append(o.Warnings, artifact.Warning{Path: strings.Repeat("w", artifact.MaxPathBytes), Text: fmt.Sprint(i)})
	}
	for range turn.MaxDiagnostics {
		o.Diagnostics = append(o.Diagnostics, artifact.Diagnostic{Kind: "syntax", Severity: artifact.SeverityError, Path: strings.Repeat("d", artifact.MaxPathBytes), Line: 1, Text: strings.Repeat("z", turn.MaxDiagnostic)})
	}
	c := apply(t, s, key, turn.Settle(r, "run", o, made(files...)))
	equal(t, "files", must(s.Files(t.Context(), "p", c.Version.Files)), files)
	r.TurnID, r.Target = "t2", &turn.Target{Selector: strings.Repeat("a", turn.MaxSelector), HTML: strings.Repeat("b", turn.MaxMarkup)}
	for range turn.MaxErrors {
		r.Errors = append(r.Errors, turn.AppError{Message: "m", Stack: strings.Repeat("s", turn.MaxError-2), Path: "p", Line: 1})
	}
	c = apply(t, s, r.Key, turn.Settle(r, "run", o, made(files...)))
	turns, _, err := s.Turns(t.Context(), "p", project.Page{Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "turns", turns, []turn.Turn{*c.Turn})
	equal(t, "version", must(s.Version(t.Context(), "p", 2)), c.Version)
}

const hold = 100

// accept takes a turn on for a run of instance "here".
func accept(r turn.Request, run string) turn.Step { return turn.Accept(r, run, "here", hold) }

// scope is all that a step can see, with leases that hold.
func scope(k turn.Key) turn.Scope { return turn.Scope{Key: k, UID: "ann", Lease: time.Hour} }

func apply(t *testing.T, s Store, k turn.Key, step turn.Step) turn.Change {
	t.Helper()
	return applyTo(t, s, scope(k), step)
}

func applyTo(t *testing.T, s Store, on turn.Scope, step turn.Step) turn.Change {
	t.Helper()
	c, err := s.Apply(t.Context(), on, "test", step)
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
