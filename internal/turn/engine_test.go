package turn_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// sized is a worker whose model has so many parameters.
type sized struct {
	*fakeWorker
	parameters int64
}

func (s sized) Parameters(context.Context, string) int64 { return s.parameters }

var withTemplates = turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute, Repairs: 1, MinParameters: 1e9}

const app = "```html index.html\n<!DOCTYPE html>\n<p>a model's</p>\n```\n"

// byWorker is a request that no template answers.
func byWorker() turn.Request {
	r := request()
	r.Engine = turn.WorkerEngine
	return r
}

// another is an answer that changes nothing of an app.
const another = "```js another.js\nlet a = 1;\n```\n"

// TestEngine: who answers a prompt for a new app.
func TestEngine(t *testing.T) {
	usedUp := func(r *turn.Request) { r.Limits.DailyTurns = 0 }
	busy := errs.New(errs.Unavailable, errs.WorkerUnavailable, "Too many wait.").With("retryAfter", 3)
	for _, tc := range []struct {
		name    string
		prompt  string
		engine  turn.Engine
		worker  turn.Worker
		request func(*turn.Request)
		source  project.Source
		notice  string // a part of the first one; "": there is none
		reason  errs.Reason
		calls   int
	}{
		{name: "a model", worker: says(worker.Stop, app), source: project.Worker, calls: 1},
		{name: "a template", engine: turn.TemplateEngine, worker: says(worker.Stop, app), source: project.Template},
		{name: "a large model", worker: sized{says(worker.Stop, app), 7e9}, source: project.Worker, calls: 1},
		{name: "a model that does not tell its size", worker: sized{says(worker.Stop, app), 0}, source: project.Worker, calls: 1},
		{name: "a small model", worker: sized{says(worker.Stop, app), 135e6}, source: project.Template, notice: "small"},
		{name: "a small model, and more than a template has", prompt: "a calculator that shows the phase of the moon", worker: sized{says(worker.Stop, app), 135e6}, source: project.Template, notice: "small"},
		{name: "a small model, where no template has it", prompt: "create a flight simulator", worker: sized{says(worker.Stop, app), 135e6}, source: project.Worker, calls: 1},
		{name: "a small model that is wanted", engine: turn.WorkerEngine, worker: sized{says(worker.Stop, app), 135e6}, source: project.Worker, calls: 1},
		{name: "no model", source: project.Template, notice: "No model is set up"},
		{name: "no model, though one is wanted", engine: turn.WorkerEngine, reason: errs.WorkerUnavailable},
		{name: "a model that never answers", worker: breaks(unavailable), source: project.Template, notice: "No model answered", calls: 1},
		{name: "likewise, though one is wanted", engine: turn.WorkerEngine, worker: breaks(unavailable), reason: errs.WorkerUnavailable, calls: 1},
		{name: "a model without time", worker: breaks(busy), source: project.Template, notice: "no time", calls: 1},
		{name: "a model without time, where no template has it", prompt: "create a flight simulator", worker: breaks(busy), reason: errs.WorkerUnavailable, calls: 1},
		{name: "a day that is used up", worker: says(worker.Stop, app), request: usedUp, source: project.Template, notice: "You have used the 0 answers of today"},
		{name: "likewise, where no template has it", prompt: "create a flight simulator", worker: says(worker.Stop, app), request: usedUp, reason: errs.DailyTurns},
		{name: "likewise, though a model is wanted", engine: turn.WorkerEngine, worker: says(worker.Stop, app), request: usedUp, reason: errs.DailyTurns},
		{name: "likewise, but a template is wanted", engine: turn.TemplateEngine, prompt: "create a flight simulator", worker: says(worker.Stop, app), request: usedUp, source: project.Template, notice: "No template fits"},
		{name: "words alone", worker: says(worker.Stop, "I would rather not."), source: project.Template, notice: "holds no code", calls: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := runner(t, memstore.New(), tc.worker, withTemplates)
			r := request()
			r.Prompt, r.Engine = "create a calculator", tc.engine
			if tc.prompt != "" {
				r.Prompt = tc.prompt
			}
			if tc.request != nil {
				tc.request(&r)
			}
			_, res, err := f.stream(t, r)
			if e := errs.Of(err); (e != nil) != (tc.reason != "") || e != nil && e.Reason != tc.reason {
				t.Fatalf("error %v, want %q", err, tc.reason)
			}
			if n := callsOf(tc.worker); n != tc.calls {
				t.Errorf("the worker was asked %d times, want %d", n, tc.calls)
			}
			if err != nil {
				return
			}
			got := res.Turn
			if got.Source != tc.source || got.State != turn.Complete || got.Version != 1 {
				t.Errorf("source %q, state %q, version %d", got.Source, got.State, got.Version)
			}
			if first := append(got.Notices, "")[0]; (tc.notice == "") != (first == "") || !strings.Contains(first, tc.notice) {
				t.Errorf("notices %q, want %q first", got.Notices, tc.notice)
			}
			if tc.source == project.Template && tc.calls == 0 && got.Meter != (turn.Meter{}) {
				t.Errorf("it was charged: %+v", got.Meter)
			}
			v, err := f.store.Version(t.Context(), "p", 1)
			if err != nil {
				t.Fatal(err)
			}
			app := "calculator"
			if strings.Contains(tc.prompt, "simulator") {
				app = "other"
			}
			isApp := tc.source == project.Template
			if (v.Recipe != nil) != isApp || isApp && (v.Recipe.App != app || len(v.Recipe.Touched(v.Files)) > 0) {
				t.Errorf("its recipe is %+v", v.Recipe)
			}
		})
	}
}

// TestQuestionForNoApp: a question makes no app. Without a model the answer says that only
// a model can answer it; a model's answer in words stands as it is.
func TestQuestionForNoApp(t *testing.T) {
	inWords := "A calculator computes."
	for _, tc := range []struct {
		name   string
		prompt string
		engine turn.Engine
		worker turn.Worker
		source project.Source
		reply  string
		reason errs.Reason
	}{
		{name: "no model", prompt: "What is a calculator?", source: project.Template, reply: "without a model I can only make apps"},
		{name: "no model, in German", prompt: "Was ist ein Taschenrechner?", source: project.Template, reply: "ohne Modell kann ich nur Apps machen"},
		{name: "a template is wanted", prompt: "how do I write a for loop?", engine: turn.TemplateEngine, worker: says(worker.Stop, app), source: project.Template, reply: "without a model"},
		{name: "a model", prompt: "What is a calculator?", worker: says(worker.Stop, inWords), source: project.Worker, reply: inWords},
		{name: "a small model", prompt: "What is a calculator?", worker: sized{says(worker.Stop, inWords), 135e6}, source: project.Worker, reply: inWords},
		{name: "a model that never answers", prompt: "What is a calculator?", worker: breaks(unavailable), reason: errs.WorkerUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := runner(t, memstore.New(), tc.worker, withTemplates)
			r := request()
			r.Prompt, r.Engine = tc.prompt, tc.engine
			_, res, err := f.stream(t, r)
			if e := errs.Of(err); (e != nil) != (tc.reason != "") || e != nil && e.Reason != tc.reason {
				t.Fatalf("error %v, want %q", err, tc.reason)
			}
			if err != nil {
				return
			}
			got := res.Turn
			if got.State != turn.Complete || got.Source != tc.source || got.Version != 0 || len(res.Files) > 0 || !strings.Contains(got.Reply, tc.reply) {
				t.Errorf("state %q, source %q, version %d, %d files: %s", got.State, got.Source, got.Version, len(res.Files), got.Reply)
			}
			if tc.source == project.Template && got.Meter != (turn.Meter{}) {
				t.Errorf("it was charged: %+v", got.Meter)
			}
		})
	}
	t.Run("then an app", func(t *testing.T) {
		f := fromTemplate(t, nil, "What is a calculator?")
		if res, err := f.follow(t, 1, "make me one: a calculator", ""); err != nil || res.Turn.Version != 1 || res.Turn.Source != project.Template {
			t.Errorf("version %d, source %q, %v: %s", res.Turn.Version, res.Turn.Source, err, res.Turn.Reply)
		}
	})
}

func callsOf(w turn.Worker) int {
	switch w := w.(type) {
	case *fakeWorker:
		return int(w.calls.Load())
	case sized:
		return int(w.calls.Load())
	}
	return 0
}

// TestAStandIn: an answer that does not work, and was not mended, gives way to the app of
// the library, and stays as the version before.
func TestAStandIn(t *testing.T) {
	for _, tc := range []struct {
		name   string
		prompt string
		engine turn.Engine
		source project.Source
	}{
		{"an app that the library has", "create a calculator", "", project.Template},
		{"an app that it has not", "create a flight simulator", "", project.Worker},
		{"a model that is wanted", "create a calculator", turn.WorkerEngine, project.Worker},
	} {
		t.Run(tc.name, func(t *testing.T) {
			db := memstore.New()
			f := fixture{mending(t, db, withTemplates, nil, broken, "I see nothing."), db}
			r := request()
			r.Prompt, r.Engine = tc.prompt, tc.engine
			_, res, err := f.stream(t, r)
			if err != nil {
				t.Fatal(err)
			}
			if res.Turn.Source != tc.source || !strings.HasPrefix(res.Turn.Reply, broken) || strings.Contains(res.Turn.Reply, `path="style.css"`) != (tc.source == project.Template) || res.Turn.Meter.Calls != 2 {
				t.Errorf("source %q, reply %q, meter %+v", res.Turn.Source, res.Turn.Reply, res.Turn.Meter)
			}
			if tc.source == project.Worker {
				if res.Turn.Version != 1 || len(res.Turn.Diagnostics) != 1 {
					t.Errorf("version %d, diagnostics %v", res.Turn.Version, res.Turn.Diagnostics)
				}
				return
			}
			versions, _, err := db.Versions(t.Context(), "p", project.Page{Size: 10})
			if err != nil || len(versions) != 2 || res.Turn.Version != 2 || len(res.Turn.Diagnostics) != 0 {
				t.Fatalf("%d versions, of which the turn made %d, with %v; %v", len(versions), res.Turn.Version, res.Turn.Diagnostics, err)
			}
			now, before := versions[0], versions[1]
			if now.Base != 1 || now.Recipe == nil || now.Source != project.Template || before.Source != project.Worker || before.GeneratedBy != "tiny" || len(before.Diagnostics) != 1 || before.TurnID != "t" {
				t.Errorf("versions %+v\nand %+v", before, now)
			}
			files, err := db.Files(t.Context(), "p", before.Files)
			if err != nil || !strings.Contains(files[0].Content, "oops(1") {
				t.Errorf("the answer is kept as %v, %v", files, err)
			}
			back := request()
			back.NewProject, back.TurnID, back.PayloadHash, back.Prompt = false, "back", "back", "undo"
			if _, res, err = f.stream(t, back); err != nil || !strings.Contains(res.Files[0].Content, "oops(1") {
				t.Errorf("undo: %v, %v", res.Files, err)
			}
		})
	}
}

// fromTemplate is a project with an app of the library.
func fromTemplate(t *testing.T, w turn.Worker, prompt string) fixture {
	t.Helper()
	f := runner(t, memstore.New(), w, withTemplates)
	r := request()
	r.TurnID, r.Prompt, r.Engine = "first", prompt, turn.TemplateEngine
	if _, _, err := f.stream(t, r); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixture) follow(t *testing.T, n int, prompt string, engine turn.Engine) (turn.Result, error) {
	t.Helper()
	r := request()
	r.NewProject, r.TurnID, r.PayloadHash, r.Prompt, r.Engine = false, fmt.Sprint("f", n), fmt.Sprint("f", n), prompt, engine
	_, res, err := f.stream(t, r)
	return res, err
}

// TestChangesByRecipe: follow-ups that a recipe can express need no model.
func TestChangesByRecipe(t *testing.T) {
	w := says(worker.Stop, another)
	f := fromTemplate(t, w, "create a calculator")
	for n, tc := range []struct {
		prompt string
		want   func(template.Recipe) template.Recipe
	}{
		{"make it dark", func(r template.Recipe) template.Recipe { r.Theme = "dark"; return r }},
		{"use a green accent colour", func(r template.Recipe) template.Recipe { r.Accent = "green"; return r }},
		{`rename it to "Abacus"`, func(r template.Recipe) template.Recipe { r.Name = "Abacus"; return r }},
		{"make it light with an orange accent", func(r template.Recipe) template.Recipe { r.Theme, r.Accent = "light", "orange"; return r }},
	} {
		before, err := f.store.Version(t.Context(), "p", n+1)
		if err != nil {
			t.Fatal(err)
		}
		res, err := f.follow(t, n, tc.prompt, "")
		if err != nil {
			t.Fatalf("%s: %v", tc.prompt, err)
		}
		after, err := f.store.Version(t.Context(), "p", n+2)
		if err != nil || after == nil {
			t.Fatalf("%s: no version, %v; %s", tc.prompt, err, res.Turn.Reply)
		}
		if diff := cmp.Diff(tc.want(before.Recipe.Recipe), after.Recipe.Recipe); diff != "" || res.Turn.Source != project.Template {
			t.Errorf("%s: source %q, recipe (-want +got):\n%s", tc.prompt, res.Turn.Source, diff)
		}
		rendered, _ := template.Render(after.Recipe.Recipe)
		if diff := cmp.Diff(sortedFiles(rendered), res.Files); diff != "" {
			t.Errorf("%s: files (-rendered +got):\n%s", tc.prompt, diff)
		}
	}
	if w.calls.Load() > 0 {
		t.Error("a model was asked")
	}
	if res, err := f.follow(t, 8, "add a history", turn.TemplateEngine); err != nil || res.Turn.Version != 0 || !strings.Contains(res.Turn.Reply, "has that already: a history") {
		t.Errorf("what is there: version %d, %v: %s", res.Turn.Version, err, res.Turn.Reply)
	}
	if res, err := f.follow(t, 9, "let a robot dance in the corner", ""); err != nil || res.Turn.Source != project.Worker {
		t.Errorf("what no recipe expresses: source %q, %v", res.Turn.Source, err)
	}
}

// TestChangesBesideASmallModel: what a template cannot change, a small model is not asked
// for, unless it is wanted. It only explains.
func TestChangesBesideASmallModel(t *testing.T) {
	f := fromTemplate(t, sized{says(worker.Stop, another), 135e6}, "create a calculator")
	for n, tc := range []struct {
		prompt string
		engine turn.Engine
		source project.Source // "": words alone
		notice string         // a part of the first one; "": there is none
		reply  string
	}{
		{prompt: "make it dark", source: project.Template},
		{prompt: "let a robot dance in the corner", notice: "small", reply: "Without a model, I can change"},
		{prompt: "make it light, and let a robot dance in the corner", source: project.Template, notice: "small"},
		{prompt: "explain how it works", notice: "read as a question", reply: "another.js"},
		{prompt: "let a robot dance in the corner", engine: turn.WorkerEngine, source: project.Worker, notice: "Nothing was changed"},
	} {
		res, err := f.follow(t, n, tc.prompt, tc.engine)
		if err != nil {
			t.Fatalf("%s: %v", tc.prompt, err)
		}
		if got := res.Turn; (tc.source != "" || got.Version > 0) && got.Source != tc.source {
			t.Errorf("%s: source %q, version %d", tc.prompt, got.Source, got.Version)
		}
		if first := append(res.Turn.Notices, "")[0]; (tc.notice == "") != (first == "") || !strings.Contains(first, tc.notice) {
			t.Errorf("%s: notices %q, want %q first", tc.prompt, res.Turn.Notices, tc.notice)
		}
		if !strings.Contains(res.Turn.Reply, tc.reply) {
			t.Errorf("%s: it says %q", tc.prompt, res.Turn.Reply)
		}
	}
}

func sortedFiles(files []artifact.File) []artifact.File {
	return slices.SortedFunc(slices.Values(files), func(a, b artifact.File) int { return strings.Compare(a.Path, b.Path) })
}

// TestChangesAfterEdits: what somebody has changed by hand is kept, with the change made
// in it; or else nothing is changed, and words say so. Without being asked to, a template
// changes nothing there if there is a model.
func TestChangesAfterEdits(t *testing.T) {
	for _, tc := range []struct {
		name      string
		edit      func(style string) string
		engine    turn.Engine
		source    project.Source
		holds     string // style.css, afterwards
		unchanged bool
	}{
		{name: "elsewhere in the file", edit: func(s string) string { return s + "\nh1 { letter-spacing: 1px; }\n" }, engine: turn.TemplateEngine, source: project.Template, holds: "letter-spacing: 1px"},
		{name: "the same lines", edit: func(s string) string {
			return strings.Replace(s, "color-scheme: light dark", "color-scheme: normal", 1)
		}, engine: turn.TemplateEngine, source: project.Template, unchanged: true},
		{name: "with a model", edit: func(s string) string { return s + "\nh1 { letter-spacing: 1px; }\n" }, source: project.Worker, holds: "letter-spacing: 1px"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := fromTemplate(t, says(worker.Stop, another), "create a calculator")
			v, err := f.store.Version(t.Context(), "p", 1)
			if err != nil {
				t.Fatal(err)
			}
			files, err := f.store.Files(t.Context(), "p", v.Files)
			if err != nil {
				t.Fatal(err)
			}
			for i := range files {
				if files[i].Path == "style.css" {
					files[i].Content = tc.edit(files[i].Content)
				}
			}
			r := request()
			r.NewProject, r.TurnID, r.PayloadHash = false, "edit", "edit"
			if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "me", Files: files}); err != nil {
				t.Fatal(err)
			}
			res, err := f.follow(t, 1, "make it dark", tc.engine)
			if err != nil || res.Turn.Source != tc.source || (res.Turn.Version == 0) != tc.unchanged {
				t.Fatalf("source %q, version %d, %v: %s", res.Turn.Source, res.Turn.Version, err, res.Turn.Reply)
			}
			style := ""
			for _, f := range res.Files {
				if f.Path == "style.css" {
					style = f.Content
				}
			}
			if !strings.Contains(style, tc.holds) || tc.source == project.Template && strings.Contains(style, "color-scheme: dark") == tc.unchanged {
				t.Errorf("style.css is\n%s", style)
			}
		})
	}
}

// TestOtherAppsAreNoChanges: a prompt for an app, or for a part that is one, is no change
// of the app that is there, whatever else it says.
func TestOtherAppsAreNoChanges(t *testing.T) {
	for n, prompt := range []string{
		"create a chess game", "create an app with dark mode", "add a quiz with dark mode", "add a dark calendar", "turn it into a chess game with dark mode", "make it dark and about animals",
	} {
		f := fromTemplate(t, says(worker.Stop, another), "create a calculator")
		res, err := f.follow(t, n, prompt, "")
		if err != nil || res.Turn.Source != project.Worker {
			t.Errorf("%s: source %q, %v: %s", prompt, res.Turn.Source, err, res.Turn.Reply)
		}
	}
}

// TestContinuedTemplate: what a template was to answer is not a model's when it is
// continued.
func TestContinuedTemplate(t *testing.T) {
	w := says(worker.Stop, app)
	f := runner(t, memstore.New(), w, withTemplates)
	r := request()
	r.Prompt, r.Engine = "create a calculator", turn.TemplateEngine
	if _, err := f.store.Apply(t.Context(), turn.Scope{Key: r.Key, UID: r.UID, Lease: time.Minute}, "accept", turn.Accept(r, "gone", "elsewhere", 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Apply(t.Context(), turn.Scope{Key: r.Key, UID: r.UID, Lease: time.Minute}, "finish", turn.Finish("gone", turn.Ending{State: turn.Interrupted, Error: &turn.Failure{Code: errs.Aborted, Reason: errs.Interrupted}}, nil)); err != nil {
		t.Fatal(err)
	}
	next := request()
	next.NewProject, next.TurnID, next.PayloadHash, next.Prompt, next.Continues = false, "next", "next", "", r.TurnID
	if _, res, err := f.stream(t, next); err != nil || res.Turn.Source != project.Template || w.calls.Load() > 0 {
		t.Errorf("source %q, %v, %d calls", res.Turn.Source, err, w.calls.Load())
	}
}

// TestALibraryThatHasChanged: what an earlier release of the library made can be changed
// as before, by the library as it is now; also what it does not have any more can be
// talked about.
func TestALibraryThatHasChanged(t *testing.T) {
	old := []artifact.File{{Path: "index.html", Content: "<!DOCTYPE html>\n<p>an older calculator</p>\n"}, {Path: "style.css", Content: "p { color: red }\n"}}
	for _, tc := range []struct {
		name, app, prompt string
		version           int
		says              string
	}{
		{"an app that looks otherwise now", "calculator", "make it dark", 2, "Done: dark"},
		{"an app that is gone", "abacus", "make it dark", 0, "Without a model"},
		{"an app that looks otherwise now, with a file that somebody has changed", "calculator", "make it dark", 0, "You have changed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := runner(t, memstore.New(), nil, withTemplates)
			r := request()
			r.TurnID, r.Kind = "first", turn.Save
			made := &turn.NewVersion{Files: old, Rendered: old, Recipe: &template.Recipe{App: tc.app, Name: "Sums", Theme: "light", Language: "en", Features: []string{"keyboard", "no-such-feature"}}}
			if _, err := f.store.Apply(t.Context(), turn.Scope{Key: r.Key, UID: r.UID, Lease: time.Minute}, "save", turn.Settle(r, "run", turn.Ending{State: turn.Complete, Source: project.Template, GeneratedBy: template.Label}, made)); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tc.name, "somebody") {
				s := request()
				s.NewProject, s.TurnID, s.PayloadHash = false, "edit", "edit"
				if _, err := f.Save(t.Context(), s, turn.Submission{Source: project.Edit, GeneratedBy: "me", Files: []artifact.File{old[0], {Path: "style.css", Content: "p { color: blue }\n"}}}); err != nil {
					t.Fatal(err)
				}
			}
			res, err := f.follow(t, 1, tc.prompt, "")
			if err != nil || res.Turn.Version != tc.version || !strings.Contains(res.Turn.Reply, tc.says) {
				t.Fatalf("version %d, %v: %s", res.Turn.Version, err, res.Turn.Reply)
			}
			if tc.version == 0 {
				return
			}
			v, err := f.store.Version(t.Context(), "p", tc.version)
			if err != nil || v.Recipe.Theme != "dark" || v.Recipe.Name != "Sums" || len(v.Recipe.Touched(v.Files)) > 0 {
				t.Errorf("the version is %+v, %v", v, err)
			}
			rendered, _ := template.Render(v.Recipe.Recipe)
			if diff := cmp.Diff(sortedFiles(rendered), res.Files); diff != "" {
				t.Errorf("files (-rendered +got):\n%s", diff)
			}
		})
	}
}
