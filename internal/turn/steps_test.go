package turn_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

var (
	now   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	then  = now.Add(-time.Hour)
	key   = turn.Key{ProjectID: "p", TurnID: "t"}
	today = "2026-03-04"
	index = artifact.File{Path: "index.html", Content: "<h1>a</h1>\n"}
)

func request() turn.Request {
	return turn.Request{Key: key, UID: "ann", Kind: turn.Generate, Prompt: "a clock", Name: "a clock", PayloadHash: "v1:1", NewProject: true, Limits: quota.Limits{DailyTurns: 9, DailyTokens: 900, DailyInputTokens: 1e6, ConcurrentTurns: 2, TurnsPerMinute: 50, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}}
}

func existing(change func(*project.Project)) *project.Project {
	p := &project.Project{ID: "p", OwnerUID: "ann", Name: "n", CreatedAt: then, UpdatedAt: then, CurrentVersion: 2, Seq: 4}
	if change != nil {
		change(p)
	}
	return p
}

func running(change func(*turn.Turn)) *turn.Turn {
	t := &turn.Turn{ID: "t", OwnerUID: "ann", Seq: 5, Kind: turn.Generate, Prompt: "a clock", PayloadHash: "v1:1", State: turn.Running, Run: "mine", Instance: "here", Day: today, Held: 100, CreatedAt: then, RenewedAt: then}
	if change != nil {
		change(t)
	}
	return t
}

func TestAccept(t *testing.T) {
	fresh := turn.Turn{ID: "t", OwnerUID: "ann", Kind: turn.Generate, Prompt: "a clock", PayloadHash: "v1:1", State: turn.Running, Run: "mine", Instance: "here", Day: today, Held: 100, CreatedAt: now, RenewedAt: now, Intent: new(intent.Parse("a clock", false)), Engine: turn.WorkerEngine}
	const first, later = 13179, 40489 // input tokens: five times the prompt, with the conversation so far; the replies; and what is said of faults
	holding := func(input int) *quota.Account {
		return &quota.Account{Running: map[string]string{"p": "t"}, Minute: "2026-03-04T05:06", Begun: 1, Days: map[string]quota.Day{today: {Held: 100, HeldInput: input}}}
	}
	for _, tc := range []struct {
		name    string
		request func(*turn.Request)
		view    turn.View
		want    turn.Change
		reason  errs.Reason
	}{
		{name: "a new project", want: turn.Change{
			Turn:    new(with(fresh, func(t *turn.Turn) { t.Seq, t.HeldInput = 1, first })),
			Project: &project.Project{ID: "p", OwnerUID: "ann", Name: "a clock", CreatedAt: now, UpdatedAt: now, Seq: 1, ActiveTurn: "t"},
			Account: new(with(*holding(first), func(a *quota.Account) { a.Projects = 1 })),
		}},
		{name: "the next turn of a project", view: turn.View{Project: existing(nil)}, want: turn.Change{
			Turn:    new(with(fresh, func(t *turn.Turn) { t.Seq, t.HeldInput, t.Intent = 5, later, new(intent.Parse("a clock", true)) })),
			Project: new(with(*existing(nil), func(p *project.Project) { p.Seq, p.ActiveTurn, p.UpdatedAt = 5, "t", now })),
			Account: holding(later),
		}},
		{name: "a retry finds the turn", view: turn.View{Project: existing(nil), Turn: running(func(t *turn.Turn) { t.Run = "other" })}, want: turn.Change{
			Turn: running(func(t *turn.Turn) { t.Run = "other" }), Project: existing(nil), Found: true,
		}},
		{name: "a retry finds the turn while it is the active one", view: turn.View{Project: existing(func(p *project.Project) { p.ActiveTurn = "t" }), Turn: running(nil)}, want: turn.Change{
			Turn: running(nil), Project: existing(func(p *project.Project) { p.ActiveTurn = "t" }), Found: true,
		}},
		{name: "the id of another request", request: func(r *turn.Request) { r.PayloadHash = "v1:2" },
			view: turn.View{Project: existing(nil), Turn: running(nil)}, reason: errs.TurnReused},
		{name: "another turn is running", view: turn.View{Project: existing(func(p *project.Project) { p.ActiveTurn = "other" })}, reason: errs.TurnInProgress},
		{name: "a named project that does not exist", request: func(r *turn.Request) { r.NewProject = false }, reason: errs.NoSuchProject},
		{name: "a deleted project", view: turn.View{Project: existing(func(p *project.Project) { p.DeletedAt = &then })}, reason: errs.NoSuchProject},
		{name: "a deleted project, by a retry", view: turn.View{Project: existing(func(p *project.Project) { p.DeletedAt = &then }), Turn: running(nil)}, reason: errs.NoSuchProject},
		{name: "somebody else's project", request: func(r *turn.Request) { r.UID = "bob" }, view: turn.View{Project: existing(nil)}, reason: errs.NoSuchProject},
		{name: "somebody else's turn", request: func(r *turn.Request) { r.UID = "bob" }, view: turn.View{Project: existing(nil), Turn: running(nil)}, reason: errs.NoSuchProject},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := request()
			if tc.request != nil {
				tc.request(&r)
			}
			tc.view.Now = now
			got, err := turn.Accept(r, "mine", "here", 100)(tc.view)
			check(t, got, err, tc.want, tc.reason)
		})
	}
}

func TestAcceptEndsWhatIsOverdue(t *testing.T) {
	r := request()
	r.TurnID, r.Continues, r.NewProject = "t2", "t", false
	v := turn.View{
		Now: now, Project: existing(func(p *project.Project) { p.ActiveTurn = "t" }), Prior: running(nil),
		Account: quota.Account{Running: map[string]string{"p": "t"}, Days: map[string]quota.Day{"2026-03-03": {Held: 100, HeldInput: 70}}},
	}
	yesterday := running(func(t *turn.Turn) { t.Day, t.HeldInput = "2026-03-03", 70 })
	v.Expired = []turn.Expired{{Turn: *yesterday, Project: *v.Project, Segments: []turn.Segment{{Text: "half ", Source: project.Worker, GeneratedBy: "m"}}}}
	c, err := turn.Accept(r, "run", "here", 50)(v)
	if err != nil {
		t.Fatal(err)
	}
	prior := c.Turns("p")[turn.Key{ProjectID: "p", TurnID: "t"}]
	if prior.State != turn.Interrupted || prior.ContinuedBy != "t2" || prior.Reply != "half " || prior.Length != 5 {
		t.Errorf("the prior turn: %+v", prior)
	}
	want := quota.Account{Running: map[string]string{"p": "t2"}, StoredBytes: 312, Minute: "2026-03-04T05:06", Begun: 1,
		Days: map[string]quota.Day{"2026-03-03": {OutputTokens: 1}, today: {Held: 50, HeldInput: c.Turn.HeldInput}}} // what is stored is charged
	if diff := cmp.Diff(&want, c.Account); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

func TestFinish(t *testing.T) {
	active := existing(func(p *project.Project) { p.ActiveTurn = "t" })
	complete := turn.Ending{State: turn.Complete, Reply: "r", Source: project.Worker, GeneratedBy: "m", FinishReason: "stop", Meter: turn.Meter{Calls: 2, InputTokens: 30, OutputTokens: 20}}
	page := turn.NewVersion{Files: []artifact.File{index}}
	done := with(*running(nil), func(t *turn.Turn) {
		t.State, t.FinishedAt, t.Reply, t.Length, t.Source, t.GeneratedBy, t.FinishReason, t.Held, t.Meter = turn.Complete, &now, "r", 1, project.Worker, "m", "stop", 0, complete.Meter
	})
	idle := with(*active, func(p *project.Project) { p.ActiveTurn, p.UpdatedAt, p.StoredBytes = "", now, 308 }) // the turn: its prompt, its reply, and 300 bytes
	held := quota.Account{Running: map[string]string{"p": "t"}, Days: map[string]quota.Day{today: {Held: 100}}}
	booked := &quota.Account{Running: map[string]string{}, StoredBytes: 308, Days: map[string]quota.Day{today: {Turns: 1, InputTokens: 30, OutputTokens: 20}}}
	storing := func(bytes int64) *quota.Account {
		return new(with(*booked, func(a *quota.Account) { a.StoredBytes = bytes }))
	}
	style := project.FileRef{Path: "style.css", Size: 1, SHA256: "s"}
	two := &project.Version{Number: 2, Files: []project.FileRef{style}}
	lines := []artifact.Change{{Path: "index.html", Kind: artifact.Added, Added: 1}, {Path: "style.css", Kind: artifact.Removed, Removed: 1}}
	for _, tc := range []struct {
		name   string
		view   turn.View
		ending turn.Ending
		made   *turn.NewVersion
		want   turn.Change
		reason errs.Reason
	}{
		{name: "a new version", view: turn.View{Project: active, Turn: running(nil), Current: two}, ending: complete, made: &turn.NewVersion{Files: page.Files, Since: 2, Changed: lines}, want: turn.Change{
			Current: two,
			Turn:    new(with(done, func(t *turn.Turn) { t.Version = 3 })),
			Project: new(with(idle, func(p *project.Project) {
				p.CurrentVersion, p.Source, p.GeneratedBy, p.StoredBytes = 3, project.Worker, "m", 908
			})),
			Account: storing(908),
			Version: &project.Version{Number: 3, Base: 2, CreatedAt: now, Source: project.Worker, GeneratedBy: "m", TurnID: "t", Files: project.Refs(page.Files), Changed: lines},
			Files:   page.Files,
		}},
		{name: "a new version over one that came in between: its lines are not known", view: turn.View{Project: active, Turn: running(nil), Current: two},
			ending: complete, made: &turn.NewVersion{Files: page.Files, Overlay: true, Since: 1, Changed: lines}, want: turn.Change{
				Current: two,
				Turn:    new(with(done, func(t *turn.Turn) { t.Version = 3 })),
				Project: new(with(idle, func(p *project.Project) {
					p.CurrentVersion, p.Source, p.GeneratedBy, p.StoredBytes = 3, project.Worker, "m", 958
				})),
				Account: storing(958),
				Version: &project.Version{Number: 3, Base: 2, CreatedAt: now, Source: project.Worker, GeneratedBy: "m", TurnID: "t", Files: append(project.Refs(page.Files), style), Changed: []artifact.Change{{Path: "index.html", Kind: artifact.Added}}},
				Files:   page.Files,
			}},
		{name: "edits of a version that is not the current one any more", view: turn.View{Project: active, Turn: running(nil), Current: two},
			ending: complete, made: &turn.NewVersion{Files: page.Files, Overlay: true, Since: 1, Exact: true}, reason: errs.TurnInProgress},
		{name: "no version", view: turn.View{Project: active, Turn: running(nil)}, ending: complete,
			want: turn.Change{Turn: &done, Project: &idle, Account: booked}},
		{name: "found: the answer to the commit was lost", view: turn.View{Project: &idle, Turn: &done}, ending: complete, made: &page,
			want: turn.Change{Turn: &done, Project: &idle, Found: true}},
		{name: "ended by somebody else", view: turn.View{Project: &idle, Turn: running(func(t *turn.Turn) { t.State, t.Run = turn.Interrupted, "" })}, ending: complete, made: &page, reason: errs.Interrupted},
		{name: "somebody else's run", view: turn.View{Project: active, Turn: running(func(t *turn.Turn) { t.Run = "other" })}, ending: complete, made: &page, reason: errs.Interrupted},
		{name: "purged", ending: complete, made: &page, reason: errs.Interrupted},
		{name: "cancelled meanwhile: the text is kept, without a version", view: turn.View{Project: active, Turn: running(func(t *turn.Turn) { t.CancelRequested = true })}, ending: complete, made: &page,
			want: turn.Change{Turn: new(with(done, func(t *turn.Turn) {
				t.State, t.FinishReason, t.CancelRequested = turn.Cancelled, worker.Cancelled, true
			})), Project: &idle, Account: booked}},
		{name: "a failed turn is charged", view: turn.View{Project: active, Turn: running(nil)}, ending: with(complete, func(e *turn.Ending) { e.State = turn.Failed }),
			want: turn.Change{Turn: new(with(done, func(t *turn.Turn) { t.State = turn.Failed })), Project: &idle, Account: booked}},
		{name: "a template after a worker is charged", view: turn.View{Project: active, Turn: running(nil)}, ending: with(complete, func(e *turn.Ending) { e.Source = project.Template }),
			want: turn.Change{Turn: new(with(done, func(t *turn.Turn) { t.Source = project.Template })), Project: &idle, Account: booked}},
		{name: "a template alone costs nothing", view: turn.View{Project: active, Turn: running(nil)}, ending: with(complete, func(e *turn.Ending) { e.Source, e.Meter = project.Template, turn.Meter{} }),
			want: turn.Change{Turn: new(with(done, func(t *turn.Turn) { t.Source, t.Meter = project.Template, turn.Meter{} })), Project: &idle, Account: &quota.Account{Running: map[string]string{}, StoredBytes: 308, Days: map[string]quota.Day{today: {}}}}},
		{name: "deleted meanwhile: no version", view: turn.View{Project: existing(func(p *project.Project) { p.ActiveTurn, p.DeletedAt = "t", &then }), Turn: running(nil)}, ending: complete, made: &page,
			want: turn.Change{Turn: new(with(done, func(t *turn.Turn) { t.State, t.FinishReason = turn.Cancelled, worker.Cancelled })), Project: new(with(idle, func(p *project.Project) { p.DeletedAt = &then })), Account: booked}},
		{name: "too large with what is there", view: turn.View{Project: active, Turn: running(nil), Current: &project.Version{Files: []project.FileRef{{Path: "x", Size: artifact.MaxSetBytes}}}},
			ending: complete, made: &turn.NewVersion{Files: page.Files, Overlay: true}, reason: errs.TooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.view.Now, tc.view.Account = now, held
			got, err := turn.Finish("mine", tc.ending, tc.made)(tc.view)
			check(t, got, err, tc.want, tc.reason)
		})
	}
}

func TestProjectIDIsAValidID(t *testing.T) {
	id := turn.ProjectID("ann", "t")
	if err := project.CheckID("id", id); err != nil || len(id) != 20 {
		t.Errorf("%q: %v", id, err)
	}
	if turn.ProjectID("ann", "t2") == id || turn.ProjectID("bob", "t") == id {
		t.Error("another turn or user gives the same project")
	}
}

func check(t *testing.T, got turn.Change, err error, want turn.Change, reason errs.Reason) {
	t.Helper()
	if reason != "" {
		if e := errs.Of(err); e == nil || e.Reason != reason {
			t.Fatalf("error = %v, want %s", err, reason)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
}

//go:fix inline

// with is v, changed.
func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}
