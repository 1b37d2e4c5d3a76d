package reply_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

// TestCases reads golden files that check more of a reply than the corpus does.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d golden replies, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			text, want := readCase(t, name)
			got := reply.Parse(text)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(reply.Reply{}, "Events", "Edits", "Blocks"), cmpopts.IgnoreFields(artifact.Edit{}, "Search", "Replace"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(formatEdits(want.Edits), formatEdits(got.Edits)); diff != "" {
				t.Errorf("edits (-want +got):\n%s", diff)
			}
			checkEvents(t, got)
		})
	}
}

// readCase reads a golden file: the text, and the reply that it should become. Its
// edits stand one after another as Edit.String writes them.
func readCase(t testing.TB, name string) (text string, want reply.Reply) {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		path, wanted := strings.CutPrefix(f.Name, "want/")
		switch {
		case f.Name == "reply":
			text = string(f.Data)
		case wanted:
			want.Files = append(want.Files, artifact.File{Path: path, Content: string(f.Data)})
		case f.Name == "edits":
			want.Edits = readEdits(string(f.Data))
		case f.Name == "warnings":
			for l := range strings.Lines(string(f.Data)) {
				path, text, _ := strings.Cut(strings.TrimSpace(l), ": ")
				want.Warnings = append(want.Warnings, artifact.Warning{Path: path, Text: text})
			}
		case f.Name == "refused": // less what these edits hold
			for l := range strings.Lines(string(f.Data)) {
				path, why, _ := strings.Cut(strings.TrimSpace(l), ": ")
				want.Refused = append(want.Refused, artifact.Refusal{Edit: artifact.Edit{Path: path}, Why: why})
			}
		case f.Name == "deletions":
			want.Deletions = strings.Fields(string(f.Data))
		case f.Name == "renames":
			for l := range strings.Lines(string(f.Data)) {
				from, to, _ := strings.Cut(strings.TrimSpace(l), " -> ")
				want.Renames = append(want.Renames, artifact.Rename{From: from, To: to})
			}
		case f.Name == "truncated":
			want.Truncated = true
		default:
			t.Fatalf("%s: unknown part %q", name, f.Name)
		}
	}
	if strings.Contains(string(a.Comment), "no newline at the end") {
		text = strings.TrimSuffix(text, "\n")
	}
	if strings.Contains(string(a.Comment), "CRLF") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text, want
}

func readEdits(text string) (edits []artifact.Edit) {
	for block := range strings.SplitSeq(text, ">>>>>>> REPLACE\n") {
		path, rest, ok := strings.Cut(block, "\n<<<<<<< SEARCH\n")
		if ok {
			search, replace, _ := strings.Cut(rest, "=======\n")
			edits = append(edits, artifact.Edit{Path: path, Search: search, Replace: replace})
		}
	}
	return edits
}

func formatEdits(edits []artifact.Edit) string {
	var b strings.Builder
	for _, e := range edits {
		b.WriteString(e.String())
	}
	return b.String()
}

// texts returns all texts of the corpus and of the cases.
func texts(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, r := range corpus(t, "testdata/replies") {
		all[name] = r.text
	}
	names, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, name := range names {
		all["cases/"+filepath.Base(name)], _ = readCase(t, name)
	}
	return all
}

func TestCuts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for name, text := range texts(t) {
		t.Run(name, func(t *testing.T) {
			whole := reply.Parse(text)
			checkEvents(t, whole)
			same := func(pieces reply.Reply) {
				t.Helper()
				if !reflect.DeepEqual(whole, pieces) {
					t.Fatalf("in other pieces (-whole +pieces):\n%s", cmp.Diff(whole, pieces))
				}
			}
			same(inPieces(text, func() int { return 1 }))
			for range 10 {
				same(inPieces(text, func() int { return 1 + random.IntN(9) }))
			}
			for range 100 {
				sizes := []int{1 + random.IntN(len(text)), len(text)}
				same(inPieces(text, func() int {
					defer func() { sizes = sizes[1:] }()
					return sizes[0]
				}))
			}
		})
	}
}

// checkEvents expects that each file or edit begins and is done before the next one
// begins, and that all files and edits that were kept have events.
func checkEvents(t *testing.T, r reply.Reply) {
	t.Helper()
	open := ""
	done := map[string]bool{}
	for _, e := range r.Events {
		switch {
		case !e.Done && open == "":
			open = e.Path
		case e.Done && open == e.Path:
			done[e.Path], open = true, ""
		default:
			t.Fatalf("%+v while %q is open", e, open)
		}
	}
	if open != "" {
		t.Errorf("%q is never done", open)
	}
	for _, f := range r.Files {
		if !done[f.Path] {
			t.Errorf("%q was kept without an event", f.Path)
		}
	}
	for _, e := range r.Edits {
		if !done[e.Path] {
			t.Errorf("an edit of %q was kept without an event", e.Path)
		}
	}
}

func inPieces(text string, size func() int) reply.Reply {
	var p reply.Parser
	var events []reply.Event
	for len(text) > 0 {
		n := min(size(), len(text))
		events = append(events, p.Write(text[:n])...)
		text = text[n:]
	}
	r := p.Close()
	r.Events = append(events, r.Events...)
	return r
}

// The page may be named in any case.
func TestPageInAnotherCase(t *testing.T) {
	r := reply.Parse("```html Index.html\n<link rel=stylesheet href=look.css>\n```\n```css\np{}\n```\n")
	want := []artifact.File{{Path: "Index.html", Content: "<link rel=stylesheet href=look.css>\n"}, {Path: "look.css", Content: "p{}\n"}}
	if diff := cmp.Diff(want, r.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// What stands before </think> is forgotten, its headings too.
func TestNameInAThought(t *testing.T) {
	r := reply.Parse("### app.js\n</think>\n```js\nf()\n```\n")
	if diff := cmp.Diff([]artifact.File{{Path: "script.js", Content: "f()\n"}}, r.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// If one edit of a file were forgotten, the file would change in part.
func TestEveryPathOfABrokenEditIsKnown(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "%d.js\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", i/2)
	}
	known := map[string]bool{}
	for _, r := range reply.Parse(text.String()).Refused {
		known[r.Edit.Path] = true
	}
	if len(known) != 100 {
		t.Errorf("%d paths, want 100", len(known))
	}
}

func TestBrokenEditKeepsWhatItHolds(t *testing.T) {
	r := reply.Parse("a.js\n<<<<<<< SEARCH\na\n=======\nb\n")
	want := []artifact.Refusal{{Edit: artifact.Edit{Path: "a.js", Search: "a\n", Replace: "b\n"}, Why: "a SEARCH block is cut by the end of the text"}}
	if diff := cmp.Diff(want, r.Refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range texts(f) {
		f.Add(text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole := reply.Parse(text)
		if diff := cmp.Diff(whole, inPieces(text, func() int { return 1 + int(size) }), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("in pieces of %d (-whole +pieces):\n%s", 1+int(size), diff)
		}
		checkEvents(t, whole)
		if err := artifact.Check(whole.Files); err != nil {
			t.Errorf("Check: %v", err)
		}
		for _, f := range whole.Files {
			if marks.MatchString(f.Content) {
				t.Errorf("%q holds the marks of an edit: %q", f.Path, f.Content)
			}
		}
		for _, e := range whole.Edits {
			if clean, err := artifact.CleanPath(e.Path); err != nil || clean != e.Path || !utf8.ValidString(e.Search+e.Replace) {
				t.Errorf("edit %+v, %v", e, err)
			}
		}
		again := reply.Parse(reply.Format(whole.Files))
		if diff := cmp.Diff(whole.Files, again.Files, cmpopts.EquateEmpty()); diff != "" || len(again.Edits) > 0 {
			t.Errorf("formatted and read back (-want +got):\n%s", diff)
		}
		if built, ok := page.Plain(whole.Files); ok && len(whole.Files) > 0 && strings.TrimSpace(built.Code) == "" {
			t.Error("the document of some files is empty")
		}
	})
}

// marks are the conflict marks of Git.
var marks = regexp.MustCompile(`(?ms)^<<<<<<< .*^=======$.*^>>>>>>> `)

func BenchmarkParser(b *testing.B) {
	line := "  <button class=\"key\" onclick=\"press('7')\">7</button>\n"
	page := "<!DOCTYPE html>\n<html>\n<body>\n" + strings.Repeat(line, 150) + "</body>\n</html>\n"
	for _, bc := range []struct{ name, text string }{
		{"fenced", "```html index.html\n" + page + "```\n"},
		{"bare", page},
		{"three files", "```html\n" + page + "```\n```css\np{}\n```\n```js\nf()\n```\n"},
		{"prose", strings.Repeat("A button has a label, and `code` for what it does.\n", 150)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.SetBytes(int64(len(bc.text)))
			for b.Loop() {
				inPieces(bc.text, func() int { return 4 }) // about a token
			}
		})
	}
}
