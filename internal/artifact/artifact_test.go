package artifact_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/html"
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

// checkEvents expects one file at a time, each begun and then done, and all
// that were kept among them.
func checkEvents(t *testing.T, r artifact.Reply) {
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
		{"one file again and again", func() string { return strings.Repeat(block("a.html", artifact.MaxFileBytes), 6) }, 1, 0},
		{"a line without an end", func() string { return "```html\n" + strings.Repeat("x", 3*artifact.MaxFileBytes) }, 0, 1},
		{"a file that is not text", func() string { return "```html\n\xff\n```\n" }, 0, 1},
		{"the same mistake again and again", func() string { return strings.Repeat("```html ../"+strings.Repeat("é", 200)+".html\n```\n", 1000) }, 0, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := artifact.Parse(tc.text())
			if len(r.Files) != tc.files || len(r.Warnings) != tc.warnings {
				t.Errorf("%d files and %d warnings, want %d and %d", len(r.Files), len(r.Warnings), tc.files, tc.warnings)
			}
			if err := artifact.Check(r.Files); err != nil {
				t.Errorf("what was kept is over a limit: %v", err)
			}
			checkEvents(t, r)
			for _, w := range r.Warnings {
				if len(w.Path) > artifact.MaxPathBytes || !utf8.ValidString(w.Path) {
					t.Errorf("a warning's path is too long or broken: %q", w.Path)
				}
			}
		})
	}
}

func TestCleanPath(t *testing.T) {
	for _, tc := range []struct{ name, path, want string }{
		{"plain", "index.html", "index.html"},
		{"below the current folder", "./a/b.js", "a/b.js"},
		{"below it twice", "././x", "x"},
		{"spaces within", "a b/c d.txt", "a b/c d.txt"},
		{"beyond ASCII", "ünï/世界.html", "ünï/世界.html"},
		{"hidden file", ".env", ".env"},
		{"begins like a device", "console.js", "console.js"},
		{"dots within", "a..b.js", "a..b.js"},
		{"as long as may be", strings.Repeat("a", 200), strings.Repeat("a", 200)},
		{"too long", strings.Repeat("a", 201), ""},
		{"empty", "", ""},
		{"the current folder", "./", ""},
		{"absolute", "/a", ""},
		{"absolute behind a dot", ".//a", ""},
		{"parent", "..", ""},
		{"parent within", "a/../b", ""},
		{"dot within", "a/./b", ""},
		{"empty part", "a//b", ""},
		{"a folder", "a/", ""},
		{"backslash", `a\b`, ""},
		{"drive", "c:x", ""},
		{"NUL byte", "a\x00b", ""},
		{"line break", "a\nb", ""},
		{"text direction", "a\u202eb", ""},
		{"zero width", "a\u200bb", ""},
		{"not UTF-8", "a\xffb", ""},
		{"wildcard", "a?b", ""},
		{"backtick", "a`b", ""},
		{"ends in a dot", "a.", ""},
		{"ends in a space", "a. /b", ""},
		{"begins with a space", " a", ""},
		{"device", "NUL", ""},
		{"device with an extension", "com1.txt", ""},
		{"device as a folder", "a/Aux/b", ""},
		{"device with two extensions", "a/Lpt9.tar.gz", ""},
		{"device with a space", "con .txt", ""},
		{"device with a small digit", "COM².txt", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := artifact.CleanPath(tc.path)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("CleanPath(%q) = %q, %v; want %q", tc.path, got, err, tc.want)
			}
		})
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
		{"twice but for case", []artifact.File{file("A", ""), file("a", "")}, errs.BadRequest},
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

// A document travels beside its files in one answer of 10 MB at most.
func TestDocumentIsBounded(t *testing.T) {
	large := func(s string) string { return strings.Repeat(s, artifact.MaxFileBytes/len(s)) }
	for _, tc := range []struct {
		name  string
		files []artifact.File
	}{
		{"references to one file", []artifact.File{{Path: "index.html", Content: large("<script src=a.js></script>")}, {Path: "a.js", Content: large("f();")}}},
		{"deferred references", []artifact.File{{Path: "index.html", Content: large("<script defer src=a.js></script>")}, {Path: "a.js", Content: large("f();")}}},
		{"what has to be escaped", []artifact.File{{Path: "a.js", Content: large("<!--")}, {Path: "b.js", Content: large("<!--")}, {Path: "c.css", Content: large("</style")}}},
		{"texts", []artifact.File{{Path: "a", Content: large("<")}, {Path: "b", Content: large("<")}, {Path: "c", Content: large("<")}, {Path: "d", Content: large("<")}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if size := len(artifact.Document(tc.files)); size > 2*artifact.MaxSetBytes {
				t.Errorf("%d KB", size>>10)
			}
		})
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
		if err := artifact.Check(whole.Files); err != nil {
			t.Errorf("Check: %v", err)
		}
		if diff := cmp.Diff(whole.Files, artifact.Parse(artifact.Format(whole.Files)).Files, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("formatted and read back (-want +got):\n%s", diff)
		}
		if len(whole.Files) > 0 && strings.TrimSpace(artifact.Document(whole.Files)) == "" {
			t.Error("the document of some files is empty")
		}
	})
}

func FuzzDocument(f *testing.F) {
	names, _ := filepath.Glob("testdata/documents/*.txtar")
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), "p{}</style>", "f('<!-- <script> </script>')")
	}
	f.Fuzz(func(t *testing.T, page, css, js string) {
		alone := artifact.Document([]artifact.File{{Path: "index.html", Content: page}})
		if strings.TrimSpace(page) != "" && alone != page {
			t.Errorf("a page alone changed (-want +got):\n%s", cmp.Diff(page, alone))
		}
		set := []artifact.File{{Path: "index.html", Content: page}, {Path: "a.css", Content: css}, {Path: "a.js", Content: js}}
		if strings.TrimSpace(artifact.Document(set)) == "" {
			t.Error("the document is empty")
		}
		set[0].Content = `<link rel=stylesheet href=a.css><script src=a.js></script><p>`
		if got, want := tags(artifact.Document(set)), []string{"style", "/style", "script", "/script", "p"}; !slices.Equal(got, want) {
			t.Errorf("tags %q, want %q", got, want)
		}
	})
}

// tags lists the tags of a page as a browser sees them.
func tags(page string) (names []string) {
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return names
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			names = append(names, string(name))
		case html.EndTagToken:
			name, _ := z.TagName()
			names = append(names, "/"+string(name))
		}
	}
}

func BenchmarkParser(b *testing.B) {
	line := "  <button class=\"key\" onclick=\"press('7')\">7</button>\n"
	page := "<!DOCTYPE html>\n<html>\n<body>\n" + strings.Repeat(line, 150) + "</body>\n</html>\n"
	for _, bc := range []struct{ name, text string }{
		{"fenced", "```html index.html\n" + page + "```\n"},
		{"bare", page},
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
