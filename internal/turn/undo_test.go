package turn_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// changed is a project of three files whose style.css the prompts change in turn: the
// content of each of its versions is known by the prompt.
type changed struct {
	fixture
	t      *testing.T
	worker *editor
	turns  int
}

func newChanged(t *testing.T) *changed {
	w := &editor{}
	c := &changed{fixture: newRunner(t, w), t: t, worker: w}
	r := request()
	r.TurnID = "first"
	if _, err := c.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: three}); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a prompt. A worker that is asked for it changes style.css.
func (c *changed) ask(prompt string) (turn.Result, error) {
	c.t.Helper()
	c.turns++
	c.worker.says = append(c.worker.says[:len(c.worker.asked)], "```css style.css\n/* "+prompt+" */\n```\n")
	r := request()
	r.NewProject, r.TurnID, r.PayloadHash, r.Prompt = false, fmt.Sprint("t", c.turns), fmt.Sprint("t", c.turns), prompt
	_, res, err := c.stream(c.t, r)
	return res, err
}

// style is what style.css holds: the prompt that changed it last, "" for none.
func style(res turn.Result) string {
	for _, f := range res.Files {
		if f.Path == "style.css" && strings.HasPrefix(f.Content, "/*") {
			return strings.TrimSuffix(strings.TrimPrefix(f.Content, "/* "), " */\n")
		}
	}
	return ""
}

// TestUndo: which version a prompt brings back, after changes that were asked for in
// words. No worker is asked for it, and nothing is charged.
func TestUndo(t *testing.T) {
	red, chart, dark := "make the buttons red", "add a chart", "use a dark theme"
	for _, tc := range []struct {
		name  string
		after []string // the prompts before the last one
		asks  string
		want  string // the prompt whose change is current then
		words string // what the answer says
		none  bool   // no version is made
	}{
		{name: "the last change", after: []string{red, chart}, asks: "undo that", want: red, words: "version 2 again"},
		{name: "the only change", after: []string{red}, asks: "go back", want: "", words: "version 1 again"},
		{name: "twice goes back twice", after: []string{red, chart, dark, "undo"}, asks: "undo", want: red, words: "version 2 again"},
		{name: "three times", after: []string{red, chart, dark, "undo", "go back"}, asks: "mach das rückgängig", want: "", words: "version 1 again"},
		{name: "further than there is", after: []string{red, "undo"}, asks: "undo", want: "", words: "nothing to take back", none: true},
		{name: "a change after an undo", after: []string{red, chart, "undo", dark}, asks: "undo", want: red, words: "version 2 again"},
		{name: "and on from there", after: []string{red, chart, "undo", dark, "undo"}, asks: "undo", want: "", words: "version 1 again"},
		{name: "two steps", after: []string{red, chart, dark}, asks: "undo the last two changes", want: red},
		{name: "more steps than there are", after: []string{red}, asks: "go back 7 steps", want: red, words: "nothing to take back", none: true},
		{name: "a version by its number", after: []string{red, chart, dark}, asks: "version 3", want: chart, words: "kept as version 4"},
		{name: "a version that there is not", after: []string{red}, asks: "go back to version 9", want: red, words: "Versions 1 to 2 are kept", none: true},
		{name: "the current version", after: []string{red}, asks: "go back to version 2", want: red, words: "already", none: true},
		{name: "before a change, by a word of it", after: []string{red, chart, dark}, asks: "the version before the chart", want: red, words: "kept as versions 3 to 4"},
		{name: "before the colours", after: []string{chart, red, dark}, asks: "go back to the version before the colours", want: chart},
		{name: "in German", after: []string{chart, "mach die Knöpfe rot"}, asks: "die Version vor den Farben", want: chart},
		{name: "with a change", after: []string{red, chart, dark}, asks: "the version with the red buttons", want: red},
		{name: "before what never was", after: []string{red}, asks: "the version before the kitten", want: red, words: "No earlier change is about that", none: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newChanged(t)
			for _, prompt := range tc.after {
				if _, err := c.ask(prompt); err != nil {
					t.Fatal(err)
				}
			}
			before, _ := c.store.Project(t.Context(), "p")
			asked := len(c.worker.asked)
			res, err := c.ask(tc.asks)
			if err != nil {
				t.Fatal(err)
			}
			got := res.Turn
			if got.Intent.Verb != intent.Undo || got.State != turn.Complete || got.Source != project.Restore || len(c.worker.asked) != asked {
				t.Errorf("%+v, %s of %s; the worker was asked %d times", got.Intent, got.State, got.Source, len(c.worker.asked)-asked)
			}
			if style(res) != tc.want || !strings.Contains(got.Reply, tc.words) {
				t.Errorf("%q is current, want %q; said %q, want %q in it", style(res), tc.want, got.Reply, tc.words)
			}
			after, _ := c.store.Project(t.Context(), "p")
			if made := after.CurrentVersion > before.CurrentVersion; made == tc.none || (got.Version == 0) != tc.none {
				t.Errorf("version %d after %d", after.CurrentVersion, before.CurrentVersion)
			}
			if told := len(got.Notices) > 0; told != tc.none {
				t.Errorf("told %q", got.Notices)
			}
			if got.Meter != (turn.Meter{}) || got.Held != 0 {
				t.Errorf("charged %+v, holds %d", got.Meter, got.Held)
			}
			v, _ := c.store.Version(t.Context(), "p", after.CurrentVersion)
			if !tc.none && (len(v.Changed) != 1 || v.Changed[0].Path != "style.css") {
				t.Errorf("changed: %+v", v.Changed)
			}
		})
	}
}

// TestUndoOfARestore: what the user restored by hand is a change, and is taken back.
func TestUndoOfARestore(t *testing.T) {
	c := newChanged(t)
	for _, prompt := range []string{"make the buttons red", "add a chart"} {
		if _, err := c.ask(prompt); err != nil {
			t.Fatal(err)
		}
	}
	r := request()
	r.NewProject, r.TurnID = false, "restore"
	if _, err := c.Restore(t.Context(), r, 1); err != nil {
		t.Fatal(err)
	}
	if res, err := c.ask("undo that"); err != nil || style(res) != "add a chart" {
		t.Errorf("%q is current, error %v", style(res), err)
	}
}

// TestUndoOfNothing: a project without a version has nothing to take back.
func TestUndoOfNothing(t *testing.T) {
	w := &editor{}
	r := request()
	r.Prompt = "undo that"
	_, res, err := newRunner(t, w).stream(t, r)
	if err != nil || res.Turn.Version != 0 || len(w.asked) != 0 || res.Turn.State != turn.Complete || !strings.Contains(res.Turn.Reply, "nothing to take back") {
		t.Errorf("%+v, %v", res.Turn, err)
	}
}

// TestUndoOfAnEmptiedVersion: of a project the newest 200 versions are kept.
func TestUndoOfAnEmptiedVersion(t *testing.T) {
	c := newChanged(t)
	r := request()
	for n := range 200 {
		r.TurnID = fmt.Sprint("s", n)
		files := []artifact.File{{Path: "index.html", Content: r.TurnID}}
		if _, err := c.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: files}); err != nil {
			t.Fatal(err)
		}
	}
	res, err := c.ask("version 1")
	want := `Version 1 is not kept any more. Versions 2 to 201 are kept: ask for one by its number, as in "version 201".`
	if err != nil || res.Turn.Version != 0 || res.Turn.State != turn.Complete || res.Turn.Reply != want {
		t.Errorf("%+v, %v", res.Turn, err)
	}
}

// TestUndoAsksForNoQuota: a day's turns that are used up, and spent ceilings, stop no
// turn that asks no worker.
func TestUndoAsksForNoQuota(t *testing.T) {
	c := newChanged(t)
	if _, err := c.ask("make the buttons red"); err != nil {
		t.Fatal(err)
	}
	c.Under(&gate{err: errs.New(errs.ResourceExhausted, errs.DailyCeiling, "Enough.")})
	r := request()
	r.NewProject, r.TurnID = false, "late"
	r.Limits = quota.Limits{ConcurrentTurns: 1, TurnsPerMinute: 10, StoredBytes: 1 << 30, Projects: 10}
	for _, tc := range []struct {
		prompt string
		reason errs.Reason
	}{{"add a chart", errs.DailyTurns}, {"undo", ""}} {
		r.TurnID, r.PayloadHash, r.Prompt = tc.prompt, tc.prompt, tc.prompt
		_, _, err := c.stream(t, r)
		if (err == nil) != (tc.reason == "") || err != nil && errs.Of(err).Reason != tc.reason {
			t.Errorf("%s: %v, want %q", tc.prompt, err, tc.reason)
		}
	}
}

// TestRemovedFiles: a file that is named and that nothing refers to goes without a
// worker; anything else the worker is asked for, as a removal.
func TestRemovedFiles(t *testing.T) {
	for _, tc := range []struct {
		asks  string
		paths []string // that are left; nil: the worker was asked
	}{
		{asks: "remove notes.txt", paths: []string{"index.html", "lib/old.js", "script.js", "style.css"}},
		{asks: "please delete the files notes.txt and lib/old.js", paths: []string{"index.html", "script.js", "style.css"}},
		{asks: "lösche old.js", paths: []string{"index.html", "notes.txt", "script.js", "style.css"}},
		{asks: "delete `notes.txt`.", paths: []string{"index.html", "lib/old.js", "script.js", "style.css"}},
		{asks: "remove script.js"},  // the page refers to it
		{asks: "remove index.html"}, // the page
		{asks: "remove the footer"},
		{asks: "remove my-notes.txt"},
		{asks: "remove notes.txt and the footer"},
		{asks: "delete notes.txt.bak"},
	} {
		t.Run(tc.asks, func(t *testing.T) {
			c := newChanged(t)
			r := request()
			r.TurnID = "more"
			more := append([]artifact.File{{Path: "notes.txt", Content: "Note\n"}, {Path: "lib/old.js", Content: "let o;\n"}}, three...)
			if _, err := c.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: more}); err != nil {
				t.Fatal(err)
			}
			res, err := c.ask(tc.asks)
			if err != nil || res.Turn.Intent.Verb != intent.Remove || res.Turn.State != turn.Complete {
				t.Fatalf("%+v, %v", res.Turn, err)
			}
			if tc.paths == nil {
				if len(c.worker.asked) != 1 || !strings.Contains(c.worker.asked[0].System, "Remove from the current files") {
					t.Errorf("asked %d times", len(c.worker.asked))
				}
				return
			}
			var paths []string
			for _, f := range res.Files {
				paths = append(paths, f.Path)
			}
			if diff := cmp.Diff(tc.paths, paths); diff != "" || len(c.worker.asked) > 0 || len(res.Turn.Notices) != 1 || res.Turn.Meter != (turn.Meter{}) {
				t.Errorf("asked %d times; told %q; files (-want +got):\n%s", len(c.worker.asked), res.Turn.Notices, diff)
			}
		})
	}
}
