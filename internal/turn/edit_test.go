package turn_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// editor says one whole reply after the other, and keeps what it was asked.
type editor struct {
	says  []string
	cut   int // the reply that ends at the token limit; 0: none
	asked []worker.Prompt
}

func (w *editor) Generate(_ context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	w.asked = append(w.asked, p)
	said, finish := w.says[len(w.asked)-1], worker.Stop
	if len(w.asked) == w.cut {
		finish = worker.Length
	}
	return func(yield func(worker.Delta, error) bool) {
		if said != "" && !yield(worker.Delta{Text: said, Model: "tiny"}, nil) {
			return
		}
		yield(worker.Delta{Model: "tiny", Finish: finish, Usage: worker.Usage{InputTokens: 10, OutputTokens: 5}}, nil)
	}
}

// three is a project of three files, as version 1.
var three = []artifact.File{
	{Path: "index.html", Content: "<link rel=\"stylesheet\" href=\"style.css\">\n<button>Go</button>\n<script src=\"script.js\"></script>\n"},
	{Path: "script.js", Content: "let n = 0;\n"},
	{Path: "style.css", Content: "button {\n  color: blue;\n}\np {\n  margin: 0;\n}\n"},
}

// block is a SEARCH/REPLACE block as the prompts ask for.
func block(path, search, replace string) string {
	return path + "\n<<<<<<< SEARCH\n" + search + "\n=======\n" + replace + "\n>>>>>>> REPLACE\n"
}

// TestEdits: what becomes of a change of three files, and what the worker is
// asked again for.
func TestEdits(t *testing.T) {
	red := block("style.css", "  color: blue;", "  color: red;")
	stale := block("style.css", "  color: green;", "  color: red;")
	page := "```html index.html\n<h1>New</h1>\n```\n"
	styled := "```css style.css\nbutton { color: red; }\n```\n"
	restyled := []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 1, Removed: 1}}
	for _, tc := range []struct {
		name    string
		prompt  string // "": make the buttons red
		says    []string
		cut     int
		changed []artifact.Change // nil: no version
		reason  errs.Reason
		again   []string // what the last question holds
	}{
		{name: "one file, the others carried over", says: []string{"Sure:\n\n" + red}, changed: restyled},
		{name: "two blocks of one file", says: []string{red + block("style.css", "  margin: 0;", "  margin: 1em;\n  padding: 0;")},
			changed: []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 3, Removed: 2}}},
		{name: "a block and a whole file", says: []string{red + page},
			changed: []artifact.Change{{Path: "index.html", Kind: artifact.Changed, Added: 1, Removed: 3}, restyled[0]}},
		{name: "a file of the project by an absolute path, in a repair too", says: []string{block("/workspace/clock/style.css", "  color: green;", "  color: red;"), block("/workspace/clock/style.css", "  color: blue;", "  color: red;")}, changed: restyled,
			again: []string{"do not occur in \"style.css\""}},
		{name: "a new file", says: []string{"```js extra.js\nlet m;\n```\n"}, changed: []artifact.Change{{Path: "extra.js", Kind: artifact.Added, Added: 1}}},
		{name: "refused once", says: []string{stale, red}, changed: restyled,
			again: []string{"do not occur in \"style.css\"", "margin: 0;", "make the buttons red"}},
		{name: "refused twice, then whole", says: []string{stale, stale, styled},
			changed: []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 1, Removed: 3}}, again: []string{"whole", "margin: 0;"}},
		{name: "one of two refused: the other one stays changed", says: []string{block("script.js", "let n = 0;", "let n = 1;") + stale, red},
			changed: []artifact.Change{{Path: "script.js", Kind: artifact.Changed, Added: 1, Removed: 1}, restyled[0]}},
		{name: "a file that there is not: the right one is changed", says: []string{block("main.css", "  color: blue;", "  color: red;"), red}, changed: restyled,
			again: []string{`there is no file "main.css"`, "let n = 0;"}},
		{name: "an answer to the question why, instead", says: []string{stale, "I am sorry.", styled},
			changed: []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 1, Removed: 3}}},
		{name: "refused to the end", says: []string{red + block("script.js", "let m = 0;", "let n = 1;"), stale, "Sorry."}, reason: errs.EditRefused},
		{name: "a block without an end: its file waits for a whole one", says: []string{red + "\nstyle.css\n<<<<<<< SEARCH\np {\n=======\nq {\n", red + block("style.css", "p {", "q {")},
			changed: []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 2, Removed: 2}}},
		{name: "a block that names no file", says: []string{"<<<<<<< SEARCH\n  color: blue;\n=======\n  color: red;\n>>>>>>> REPLACE\n", red}, changed: restyled},
		{name: "a repair that is cut is none", says: []string{stale, "```css style.css\nbutton {\n  col", styled}, cut: 2,
			changed: []artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 1, Removed: 3}}},
		{name: "a repair starts from what was accepted", says: []string{block("script.js", "let n = 0;", "let n = 1;") + stale, red + block("script.js", "let n = 1;", "let n = 1;\nlet m;")},
			changed: []artifact.Change{{Path: "script.js", Kind: artifact.Changed, Added: 2, Removed: 1}, restyled[0]}},
		{name: "a repair repeats what was accepted", says: []string{block("script.js", "let n = 0;", "let n = 1;") + stale, red + block("script.js", "let n = 0;", "let n = 1;")},
			changed: []artifact.Change{{Path: "script.js", Kind: artifact.Changed, Added: 1, Removed: 1}, restyled[0]}},
		{name: "a repair begins again with what was accepted", says: []string{block("script.js", "let n = 0;", "let n = 1;") + stale, red + block("script.js", "let n = 0;", "let n = 2;\nlet m;")},
			changed: []artifact.Change{{Path: "script.js", Kind: artifact.Changed, Added: 2, Removed: 1}, restyled[0]}},
		{name: "no room for a repair", says: []string{counted("%d ")[500:] + "\n" + stale}, reason: errs.EditRefused},
		{name: "starting over leaves what the new page does not refer to", prompt: "start over with a quiz app",
			says:    []string{"```html\n<!DOCTYPE html>\n<link rel=\"stylesheet\" href=\"style.css\">\n<p>Quiz\n```\n"},
			changed: []artifact.Change{{Path: "index.html", Kind: artifact.Changed, Added: 2, Removed: 2}, {Path: "script.js", Kind: artifact.Removed, Removed: 1}}},
		{name: "words only", says: []string{"They are red already."}},
		{name: "a question is answered in words", prompt: "why are the buttons blue?", says: []string{"For the style:\n\n" + styled + block("script.js", "let m;", "let n;")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &editor{says: tc.says, cut: tc.cut}
			f := newRunner(t, w)
			r := request()
			r.TurnID = "first"
			if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: three}); err != nil {
				t.Fatal(err)
			}
			r = request()
			r.NewProject, r.Prompt = false, "make the buttons red"
			if tc.prompt != "" {
				r.Prompt = tc.prompt
			}
			_, res, err := f.stream(t, r)
			if (err != nil) != (tc.reason != "") || err != nil && errs.Of(err).Reason != tc.reason {
				t.Fatalf("error %v, want %q", err, tc.reason)
			}
			got, _ := f.turn(t, key)
			if len(w.asked) != len(tc.says) || got.Reply == "" || err == nil && got.Usage != (worker.Usage{InputTokens: 10 * len(tc.says), OutputTokens: 5 * len(tc.says)}) {
				t.Errorf("asked %d times; stored %+v", len(w.asked), got)
			}
			whole := tc.says[0]
			for _, said := range tc.says[1:] { // a repair stands apart
				whole = strings.TrimSuffix(whole, "\n") + "\n\n" + said
			}
			if got.Reply != whole {
				t.Errorf("stored is %q, want %q", got.Reply, whole)
			}
			if told := len(got.Notices) > 0; told != (err == nil && tc.changed == nil) { // that nothing is changed
				t.Errorf("notices: %q", got.Notices)
			}
			last := w.asked[len(w.asked)-1]
			for _, want := range tc.again {
				if text := last.Messages[len(last.Messages)-1].Text; !strings.Contains(text, want) {
					t.Errorf("asked %q, want %q in it", text, want)
				}
			}
			p, _ := f.store.Project(t.Context(), "p")
			if (tc.changed == nil) != (p.CurrentVersion == 1) || (tc.changed == nil) != (got.Version == 0) {
				t.Fatalf("the project has version %d, the turn %d", p.CurrentVersion, got.Version)
			}
			v, _ := f.store.Version(t.Context(), "p", p.CurrentVersion)
			files, _ := f.store.Files(t.Context(), "p", v.Files)
			if tc.changed != nil {
				if diff := cmp.Diff(tc.changed, v.Changed); diff != "" {
					t.Errorf("changed (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tc.changed, artifact.Changes(three, files)); diff != "" {
					t.Errorf("the files are others (-want +got):\n%s", diff)
				}
			} else if diff := cmp.Diff(three, files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if err == nil {
				if diff := cmp.Diff(files, res.Files); diff != "" {
					t.Errorf("the result's files (-stored +got):\n%s", diff)
				}
			}
		})
	}
}

// TestWhatEachVerbIsTold: the product's line first, then what to do; a page is
// only begun for the model where a page is wanted.
func TestWhatEachVerbIsTold(t *testing.T) {
	for prompt, want := range map[string]struct {
		verb    intent.Verb
		prefill string
	}{
		"create a clock app":        {intent.Create, "<html"},
		"redesign the page":         {intent.Design, "<html"},
		"make the buttons red":      {intent.Edit, ""},
		"fix it, it crashes":        {intent.Fix, ""},
		"why are the buttons blue?": {intent.Explain, ""},
		"remove the button":         {intent.Remove, ""},
	} {
		w := &editor{says: []string{"Yes."}}
		f := runner(t, memstore.New(), w, turn.Settings{SystemPrompt: "system", Prefill: "<html", MaxTokens: 10, Limit: time.Minute, Lease: time.Minute, Idle: time.Minute})
		r := request()
		r.TurnID = "first"
		if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: three}); err != nil {
			t.Fatal(err)
		}
		r = request()
		r.NewProject, r.Prompt = false, prompt
		_, res, err := f.stream(t, r)
		if err != nil {
			t.Fatal(err)
		}
		asked := w.asked[0]
		line, rest, _ := strings.Cut(asked.System, "\n\n")
		if line != "system" || len(rest) < 100 || len(rest) > 700 || asked.Prefill != want.prefill {
			t.Errorf("%s: told %q, prefill %q", prompt, asked.System, asked.Prefill)
		}
		if res.Turn.Intent.Verb != want.verb {
			t.Errorf("%s: %+v", prompt, res.Turn.Intent)
		}
	}
}

// TestAnEditInANewProject: there is nothing to change; the files are worth the
// answer.
func TestAnEditInANewProject(t *testing.T) {
	w := &editor{says: []string{"```html\n<p>\n```\n" + block("style.css", "a", "b")}}
	_, res, err := newRunner(t, w).stream(t, request())
	if err != nil || res.Turn.Version != 1 || len(w.asked) != 1 {
		t.Fatalf("%+v, %v, asked %d times", res.Turn, err, len(w.asked))
	}
	want := []artifact.Warning{{Path: "style.css", Text: `Left out: there is no file "style.css".`}}
	if diff := cmp.Diff(want, res.Turn.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestEditsThatAreSaved: a browser's model may answer with edits, too.
func TestEditsThatAreSaved(t *testing.T) {
	f := newRunner(t, nil)
	r := request()
	save := func(id string, s turn.Submission) (turn.Result, error) {
		r.TurnID, r.PayloadHash = id, id
		s.Source, s.GeneratedBy = project.Browser, "x"
		return f.Save(t.Context(), r, s)
	}
	if _, err := save("1", turn.Submission{Files: three}); err != nil {
		t.Fatal(err)
	}
	red := turn.Submission{Reply: block("style.css", "  color: blue;", "  color: red;")}
	for range 2 { // the second time it is found
		res, err := save("2", red)
		if err != nil || res.Turn.Version != 2 || len(res.Files) != 3 || !strings.Contains(res.Files[2].Content, "red") {
			t.Errorf("%+v, %v", res, err)
		}
	}
	v, err := f.store.Version(t.Context(), "p", 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]artifact.Change{{Path: "style.css", Kind: artifact.Changed, Added: 1, Removed: 1}}, v.Changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if _, err := save("3", red); err == nil || errs.Of(err).Reason != errs.EditRefused {
		t.Errorf("one that does not fit: %v", err)
	}
	for _, o := range []turn.Submission{red, {Reply: block("other.css", "x", "y")}} {
		r.UID = "bob"
		if _, err := save("4", o); err == nil || errs.Of(err).Reason != errs.NoSuchProject {
			t.Errorf("somebody else's edits are tried: %v", err)
		}
	}
	if p, _ := f.store.Project(t.Context(), "p"); p.CurrentVersion != 2 {
		t.Errorf("the project has version %d", p.CurrentVersion)
	}
}

// TestThereIsNothingToFix: without files, whatever is asked for is a new app.
func TestThereIsNothingToFix(t *testing.T) {
	w := &editor{says: []string{"```html\n<p>\n```\n"}}
	r := request()
	r.Prompt = "fix this please:\n```html\n<p>it crashes\n```"
	_, res, err := newRunner(t, w).stream(t, r)
	if err != nil || res.Turn.Intent.Verb != intent.Fix || !strings.Contains(w.asked[0].System, "one complete app") {
		t.Errorf("%v, %+v, told %q", err, res.Turn.Intent, w.asked[0].System)
	}
}

// TestChanged: saves and restores say what they changed, too.
func TestChanged(t *testing.T) {
	f := newRunner(t, nil)
	r := request()
	save := func(id string, files ...artifact.File) {
		r.TurnID = id
		if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: files}); err != nil {
			t.Fatal(err)
		}
	}
	save("1", three...)
	save("2", artifact.File{Path: "index.html", Content: "<p>\n"}, three[2])
	r.TurnID = "3"
	if _, err := f.Restore(t.Context(), r, 1); err != nil {
		t.Fatal(err)
	}
	var got [][]artifact.Change
	for n := range 3 {
		v, err := f.store.Version(t.Context(), "p", n+1)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v.Changed)
	}
	want := [][]artifact.Change{
		{{Path: "index.html", Kind: artifact.Added, Added: 3}, {Path: "script.js", Kind: artifact.Added, Added: 1}, {Path: "style.css", Kind: artifact.Added, Added: 6}},
		{{Path: "index.html", Kind: artifact.Changed, Added: 1, Removed: 3}, {Path: "script.js", Kind: artifact.Removed, Removed: 1}},
		{{Path: "index.html", Kind: artifact.Changed, Added: 3, Removed: 1}, {Path: "script.js", Kind: artifact.Added, Added: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
}

// TestSavedTenTimes: a client may save the document that it was given as the project's
// page. The page stays as it was written.
func TestSavedTenTimes(t *testing.T) {
	f := newRunner(t, nil)
	r := request()
	want := []artifact.File{{Path: "index.html", Content: "<!DOCTYPE html>\n<html><head><title>x</title></head><body><p>data-dreambuild</body></html>\n"}}
	files := want
	for i := range 10 {
		r.TurnID, r.PayloadHash = fmt.Sprint(i), fmt.Sprint(i)
		res, err := f.Save(t.Context(), r, turn.Submission{Files: files, Source: project.Edit, GeneratedBy: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, res.Files); diff != "" {
			t.Fatalf("files of save %d (-want +got):\n%s", i, diff)
		}
		if res.Built.Code == want[0].Content {
			t.Fatal("the document has no prelude")
		}
		files = []artifact.File{{Path: "index.html", Content: res.Built.Code}}
	}
}
