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
		{"a file of JSON that the last newline makes too large", func() string { return `{"files": {"a.html": "` + strings.Repeat("x", artifact.MaxFileBytes) + `"}}` }, 0, 1},
		{"a line of JSON larger than any file", func() string {
			return `{"files": {"a.html": "` + strings.Repeat("x", artifact.MaxFileBytes-1) + `", "b.html": "` + strings.Repeat("\\u003c", artifact.MaxFileBytes-1) + `"}}`
		}, 2, 0},
		{"deep JSON", func() string {
			return `{"a": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `, "files": {"a.html": "x"}}`
		}, 0, 0},
		{"a line without an end", func() string { return "```html\n" + strings.Repeat("x", 3*artifact.MaxFileBytes) }, 0, 1},
		{"a file that is not text", func() string { return "```html\n\xff\n```\n" }, 0, 1},
		{"the same mistake again and again", func() string { return strings.Repeat("```html ../"+strings.Repeat("é", 200)+".html\n```\n", 1000) }, 0, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text())
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

func TestLimitsOfEdits(t *testing.T) {
	edit := func(size int) string {
		return "a.js\n<<<<<<< SEARCH\na\n=======\n" + strings.Repeat("x", size) + "\n>>>>>>> REPLACE\n"
	}
	for _, tc := range []struct {
		name            string
		text            string
		edits, warnings int
	}{
		{"an edit of the largest size", edit(artifact.MaxFileBytes - 3), 1, 0},
		{"an edit larger than that", edit(artifact.MaxFileBytes-2) + edit(1), 1, 1},
		{"edits that are too large together", strings.Repeat(edit(artifact.MaxFileBytes-3), 5), 4, 1},
		{"edits without end", strings.Repeat(edit(1), 1001), 1000, 1},
		{"an edit that is not text (UTF-8)", "a.js\n<<<<<<< SEARCH\n\xff\n=======\n>>>>>>> REPLACE\n", 0, 1},
		{"edits that cannot be read", strings.Repeat("a.js\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", 2000), 0, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text)
			if len(r.Edits) != tc.edits || len(r.Warnings) != tc.warnings {
				t.Errorf("%d edits and %d warnings, want %d and %d", len(r.Edits), len(r.Warnings), tc.edits, tc.warnings)
			}
			if len(r.Refused) != tc.warnings {
				t.Errorf("%d edits are refused, want %d", len(r.Refused), tc.warnings)
			}
			checkEvents(t, r)
		})
	}
}

// TestTime reads texts that are made to take long. The bound allows for slow machines
// and the race detector: quadratic time is longer still.
func TestTime(t *testing.T) {
	const size = artifact.MaxFileBytes / 2
	fill := func(before, unit string) string { return before + strings.Repeat(unit, (size-len(before))/len(unit)) }
	page := "```html\n<!DOCTYPE html>\n<html>\n" + strings.Repeat("<p>x</p>\n", 4000) + "</html>\n```\n"
	for _, tc := range []struct{ name, text string }{
		{"style sheets after a page", fill(page, "```css\na\n```\n")},
		{"scripts after a page", fill(page, "```js\na\n```\n")},
		{"short scripts after a long one", fill("```js\n"+strings.Repeat("f()\n", 25000)+"```\n", "```js\na\n```\n")},
		{"scripts of one size", strings.Repeat("```js\nf()\n```\n```js\nf()\ng()\nh()\n```\n", size/40)},
		{"parts after a page", fill(page, "```html\na\n```\n")},
		{"pages and style sheets", fill("", "```html\n<html>\n```\n```css\na\n```\n")},
		{"fences", fill("", "```md\n")},
		{"tags", fill("", "<file path=\"a.html\">\n")},
		{"ends of CDATA", fill("<file path=\"a.html\"><![CDATA[", "]]>")},
		{"brackets", fill("", "{\"\n")},
		{"edits without end", fill("", "<<<<<<< SEARCH a.b\n")},
		{"marks without end", fill("```js a.js\n", "<<<<\n")},
		{"a long mark", fill("<<<<<<< SEARCH ", "file as `")},
		{"edits of many files", fill("", "a.js\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n")},
		{"long headings", fill("", "# "+strings.Repeat("as (", 70)+".js\n```\n```\n")},
		{"tags that nothing ends, in one line", strings.Repeat("<file path=a>", 4*size/13)},
		{"hunks", fill("```diff a.js\n", "@@\n-a\n+b\n")},
		{"files of a diff", fill("```diff\n", "--- a/a.js\n+++ b/a.js\n")},
		{"a bare diff of blank lines", fill("*** Begin Patch\n*** Update File: a.js\n@@\n-a\n", "\n")},
		{"renamed files", fill("", "<rename from=\"a\" to=\"b\"/>")},
		{"deleted files", fill("*** Begin Patch\n", "*** Delete File: a\n")},
		{"thoughts", fill("", "<think></think>")},
		{"thoughts that nothing ends", fill("", "a <think>")},
		{"thoughts with files between", fill("", "```css a.css\np{}\n```\n<think></think>\n")},
		{"ends of thoughts", fill("", "</think>\n")},
		{"ends of thoughts in a block", fill("```js a.js\n// <think\n", "</think>\n")},
		{"ends of thoughts in one line", fill("", "a</think>")},
		{"control marks", fill("", "<|end|>")},
		{"channels", fill("", "<|channel|>analysis<|message|>a<|end|>")},
		{"fences in a template", fill("```js a.js\n`\n", "```js\n```\n")},
		{"fences in templates that nothing ends", fill("", "```js\n`\n```\n")},
		{"templates that nothing ends", fill("```js a.js\n", "`${\n```\n")},
		{"fences behind code", fill("```js a.js\n/*\n", "x```\n")},
		{"backquotes", fill("", "`")},
		{"backquotes in a block", fill("```js a.js\n", "`")},
		{"lines of backquotes", fill("```js a.js\n", "````\n```x\n")},
		{"signs", fill("", "<")},
		{"signs in a block", fill("```js a.js\n", "&lt;")},
		{"escapes in scripts", fill("```html\n", "<script>a =&gt; b</script>")},
		{"absolute paths", fill("", "```js /home/a/b/"+strings.Repeat("x/", 50)+"c.js\n```\n")},
		{"roots that widen", fill("", "<file path=\"/home/a/b/c/d/e.js\">x</file><file path=\"/home/a/b/c/f.js\">x</file>")},
		{"calls", fill("", `{"path": "a.js", "content": "x"}`)},
		{"calls that break off", fill("", "{'path': 'a.js', 'content': 'x'x'}\n")},
		{"objects in backquotes", fill("", "{\"files\": [{\"path\": \"a.js\", \"content\": `x`x}]\n")},
		{"patches in calls", fill("", `{"patch": "*** Begin Patch\n*** Update File: a\n-a\n+b\n"}`)},
		{"a patch in a call", fill(`{"input": "*** Begin Patch\n`, "*** Update File: a\n-a\n+b\n")},
		{"objects in calls", fill("", `{"arguments": {"path": "a.js", "content": "x", "a": [`)},
		{"objects in texts", fill("", `{"arguments": "{\"arguments\": \"`)},
		{"changes without a path", fill(`{"edits": [`, `{"old_str": "a", "new_str": "b"},`)},
		{"calls in Python", fill("", "write_file(path=\"a\",\n")},
		{"texts in Python", fill("write_file(path=\"a\",\n", "a='''\"\"\"\n")},
		{"lines that break in an object", fill("{\"a.html\": \"<!DOCTYPE html>", "\n")},
		{"members that are files", fill("{", "\"a.html\": \"<html>\",")},
		{"Markdown that nothing names", fill("", "````md\n# a\n````\n")},
		{"fences without a language", fill("", "```\n```js\n")},
		{"elements", fill("", "<write_to_file><path>a</path><content>")},
		{"arguments", fill("<function=x>\n", "<parameter=path>\n")},
		{"names with spaces", fill("", "**"+strings.Repeat("a ", 50)+"b.js**\n```js\n```\n")[:size/4]},
		{"commands that write files", fill("```sh\n", "cat > a <<E\nx\nE\n")},
		{"commands that write one file", fill("```sh\ncat > a.md <<E\n", "cat > a <<F\n```\n")},
		{"commands with many targets", fill("```sh\n", "cat "+strings.Repeat("> a;cat <", 25)+"<E\nE\n")},
		{"quotations", fill("", "> ```js\n> x\n")},
		{"words before fences", fill("", "a:```js\n")},
		{"long sentences", fill("", strings.Repeat("a.b `c.d` ", 28)+":\n```js\n```\n")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			reply.Parse(tc.text)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%v for %d KB", took, len(tc.text)>>10)
			}
		})
	}
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
		if len(whole.Files) > 0 && strings.TrimSpace(page.Document(whole.Files)) == "" {
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
