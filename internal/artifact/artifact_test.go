package artifact_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

// reply reads a golden file: the reply, and what it is to become.
func reply(t testing.TB, name string) (text string, want artifact.Reply) {
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
		case f.Name == "warnings":
			for l := range strings.Lines(string(f.Data)) {
				path, text, _ := strings.Cut(strings.TrimSpace(l), ": Left out")
				want.Warnings = append(want.Warnings, artifact.Warning{Path: path, Text: "Left out" + text})
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

func TestReplies(t *testing.T) {
	names, err := filepath.Glob("testdata/replies/*.txtar")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d golden replies, %v", len(names), err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			text, want := reply(t, name)
			whole := artifact.Parse(text)
			if diff := cmp.Diff(want, whole, cmpopts.IgnoreFields(artifact.Reply{}, "Events"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			checkEvents(t, whole)
			for range 20 {
				if diff := cmp.Diff(whole, inPieces(text, func() int { return 1 + random.IntN(9) }), cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("in other pieces (-whole +pieces):\n%s", diff)
				}
			}
			if diff := cmp.Diff(whole, inPieces(text, func() int { return 1 }), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("byte by byte (-whole +pieces):\n%s", diff)
			}
		})
	}
}

// checkEvents expects each file to be opened and done.
func checkEvents(t *testing.T, r artifact.Reply) {
	t.Helper()
	open, done := map[string]int{}, map[string]int{}
	for _, e := range r.Events {
		if e.Done {
			done[e.Path]++
		} else {
			open[e.Path]++
		}
		if done[e.Path] > open[e.Path] {
			t.Errorf("%s is done before it was opened", e.Path)
		}
	}
	for _, f := range r.Files {
		if done[f.Path] == 0 || open[f.Path] != done[f.Path] {
			t.Errorf("%s: opened %d times, done %d times", f.Path, open[f.Path], done[f.Path])
		}
	}
}

func inPieces(text string, size func() int) artifact.Reply {
	var p artifact.Parser
	var events []artifact.Event
	for len(text) > 0 {
		n := min(size(), len(text))
		events = append(events, p.Write(text[:n])...)
		text = text[n:]
	}
	r := p.Close()
	r.Events = append(events, r.Events...)
	return r
}

func TestLimits(t *testing.T) {
	block := func(path string, size int) string {
		return "```html " + path + "\n" + strings.Repeat("x", size-1) + "\n```\n"
	}
	for _, tc := range []struct {
		name     string
		text     func() string
		files    int
		warnings int
	}{
		{"a file of the largest size", func() string { return block("a.html", artifact.MaxFileBytes) }, 1, 0},
		{"a file larger than that", func() string { return block("a.html", artifact.MaxFileBytes+1) + block("b.html", 9) }, 1, 1},
		{"as many files as may be, and one more", func() string {
			var b strings.Builder
			for i := range artifact.MaxFiles + 1 {
				b.WriteString(block(fmt.Sprintf("%d.html", i), 5))
			}
			return b.String()
		}, artifact.MaxFiles, 1},
		{"a set that is too large", func() string {
			var b strings.Builder
			for i := range 5 {
				b.WriteString(block(fmt.Sprintf("%d.html", i), artifact.MaxFileBytes))
			}
			return b.String()
		}, 4, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := artifact.Parse(tc.text())
			if len(r.Files) != tc.files || len(r.Warnings) != tc.warnings {
				t.Errorf("%d files and %d warnings, want %d and %d", len(r.Files), len(r.Warnings), tc.files, tc.warnings)
			}
			if err := artifact.Check(r.Files); err != nil {
				t.Errorf("what was kept is over a limit: %v", err)
			}
		})
	}
}

func TestCleanPath(t *testing.T) {
	for path, want := range map[string]string{
		"index.html": "index.html", "./a/b.js": "a/b.js", "././x": "x", "a b/c.txt": "a b/c.txt", "ünï/世界.html": "ünï/世界.html", ".env": ".env", "console.js": "console.js",
		"": "", "/a": "", "..": "", "a/../b": "", "a/./b": "", "a//b": "", "a/": "", `a\b`: "", "c:x": "", "a\x00b": "", "a\nb": "", "a\u202eb": "", "a\xffb": "", "a.": "", "a. /b": "", " a": "",
		"NUL": "", "com1.txt": "", "a/Lpt9.tar.gz": "", "a?b": "", strings.Repeat("a", 201): "",
	} {
		got, err := artifact.CleanPath(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("CleanPath(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	for _, tc := range []struct {
		name   string
		files  []artifact.File
		reason errs.Reason
	}{
		{"good", []artifact.File{file("a.html", ""), file("b/c.css", "x")}, ""},
		{"a path that leads out", []artifact.File{file("../a", "")}, errs.BadRequest},
		{"a path that is not clean", []artifact.File{file("./a", "")}, errs.BadRequest},
		{"twice", []artifact.File{file("a", ""), file("a", "")}, errs.BadRequest},
		{"twice but for case", []artifact.File{file("a", ""), file("A", "")}, errs.BadRequest},
		{"no text", []artifact.File{file("a", "\xff")}, errs.BadRequest},
		{"a large file", []artifact.File{file("a", strings.Repeat("x", artifact.MaxFileBytes+1))}, errs.TooLarge},
		{"a large set", []artifact.File{file("a", strings.Repeat("x", 500<<10)), file("b", strings.Repeat("x", 500<<10)), file("c", strings.Repeat("x", 500<<10)), file("d", strings.Repeat("x", 500<<10)), file("e", strings.Repeat("x", 500<<10))}, errs.TooLarge},
		{"many files", make([]artifact.File, artifact.MaxFiles+1), errs.TooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := artifact.Check(tc.files)
			var got errs.Reason
			if e := errs.Of(err); e != nil {
				got = e.Reason
			}
			if got != tc.reason {
				t.Errorf("Check = %v, want %q", err, tc.reason)
			}
		})
	}
}

func TestFormatIsReadBack(t *testing.T) {
	files := []artifact.File{
		{Path: "index.html", Content: "<h1>\n"}, {Path: "my notes.md", Content: "````\n```html\n```\n"}, {Path: "LICENSE", Content: "x\n"}, {Path: "a/b.weird-ext", Content: "\n\n~~~\ny\n"},
	}
	r := artifact.Parse("Here:\n" + artifact.Format(files) + "Done.\n")
	if diff := cmp.Diff(artifact.Reply{Files: files}, r, cmpopts.IgnoreFields(artifact.Reply{}, "Events")); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestDocuments(t *testing.T) {
	names, err := filepath.Glob("testdata/documents/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d golden documents, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var files []artifact.File
			want := ""
			for _, f := range a.Files {
				if f.Name == "want" {
					want = string(f.Data)
				} else {
					files = append(files, artifact.File{Path: f.Name, Content: string(f.Data)})
				}
			}
			if diff := cmp.Diff(want, artifact.Document(files)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentOfNothing(t *testing.T) {
	if got := artifact.Document(nil); got != "" {
		t.Errorf("Document(nil) = %q", got)
	}
}

func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/replies/*.txtar")
	for _, name := range names {
		text, _ := reply(f, name)
		f.Add(text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole := artifact.Parse(text)
		if diff := cmp.Diff(whole, inPieces(text, func() int { return 1 + int(size) }), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("in pieces of %d (-whole +pieces):\n%s", 1+int(size), diff)
		}
		checkEvents(t, whole)
		for _, file := range whole.Files {
			if clean, err := artifact.CleanPath(file.Path); err != nil || clean != file.Path {
				t.Errorf("path %q: %v", file.Path, err)
			}
			if strings.TrimSpace(file.Content) == "" || !strings.HasSuffix(file.Content, "\n") {
				t.Errorf("content %q", file.Content)
			}
		}
		if len(whole.Files) > 0 && strings.TrimSpace(artifact.Document(whole.Files)) == "" {
			t.Error("the document of some files is empty")
		}
	})
}

func BenchmarkParser(b *testing.B) {
	page, err := os.ReadFile("testdata/replies/prefilled.txtar")
	if err != nil {
		b.Fatal(err)
	}
	text := "```html\n" + strings.Repeat(string(page), 200) + "\n```\n"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		inPieces(text, func() int { return 4 }) // about a token
	}
}
