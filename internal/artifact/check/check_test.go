package check_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/template"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is wanted from what is got")

// TestCases checks the sets of testdata/cases. A case is called KIND-NAME, its comment
// says what it is about, and the part want has a line for each diagnostic. The comment
// "app" means that the set is to be an app.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		title := strings.TrimSuffix(filepath.Base(name), ".txtar")
		for _, kind := range check.Kinds() {
			if strings.HasPrefix(title, kind+"-") {
				count[kind]++
			}
		}
		t.Run(title, func(t *testing.T) {
			var files []artifact.File
			want := ""
			for _, f := range a.Files {
				if f.Name == "want" {
					want = string(f.Data)
				} else {
					files = append(files, artifact.File{Path: f.Name, Content: string(f.Data)})
				}
			}
			got := written(check.Options{App: strings.HasPrefix(string(a.Comment), "App: ")}.Files(files))
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, kind := range check.Kinds() {
		if count[kind] < 6 {
			t.Errorf("%s has %d cases", kind, count[kind])
		}
	}
}

// written writes diagnostics, a line each.
func written(all []artifact.Diagnostic) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%s:%d %s %s: %s\n", d.Path, d.Line, d.Severity, d.Kind, d.Text)
	}
	return b.String()
}

// TestTemplates: nothing is wrong with the templates.
func TestTemplates(t *testing.T) {
	for _, app := range template.List("en") {
		files, _ := template.Render(template.Recipe{App: app.ID, Features: app.Features})
		if got := written(check.Options{App: true}.Files(files)); got != "" {
			t.Errorf("%s: %s", app.ID, got)
		}
	}
}

func TestOff(t *testing.T) {
	files := []artifact.File{{Path: "index.html", Content: "<p>words</p>\n<script src=\"none.js\"></script>\n<script>(</script>\n"}}
	for _, tc := range []struct {
		name string
		off  []string
		want string
	}{
		{"all", nil, "missing-file syntax"},
		{"one is off", []string{check.Syntax}, "missing-file"},
		{"two are off", []string{check.MissingFile, check.Syntax}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var kinds []string
			for _, d := range (check.Options{Off: tc.off}).Files(files) {
				kinds = append(kinds, d.Kind)
			}
			if got := strings.Join(kinds, " "); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestInOrder: the same set always has the same diagnostics, by path and line.
func TestInOrder(t *testing.T) {
	files := []artifact.File{
		{Path: "b.html", Content: "<script src=\"none.js\"></script>\n<script>(</script>\n<script>)</script>\n"},
		{Path: "a.html", Content: "<button onclick=\"go()\">Go</button><button onclick=\"stop()\">Stop</button>\n"},
	}
	first := check.Files(files)
	for range 20 {
		if diff := cmp.Diff(first, check.Files(files)); diff != "" {
			t.Fatal(diff)
		}
	}
	if !slices.IsSortedFunc(first, func(a, b artifact.Diagnostic) int { return strings.Compare(a.Path, b.Path) }) {
		t.Errorf("not in order: %v", first)
	}
}

// FuzzFiles: any texts have diagnostics that name a file of theirs and a line of it.
func FuzzFiles(f *testing.F) {
	for _, page := range []string{
		"<button onclick=\"add()\">+</button><script src=a.js></script>",
		"<script type=module>import x from './a.js'</script><p id=o>", "<script>let a = 1\nreturn", "<style>a{</style><link rel=stylesheet href=b.css>",
	} {
		for _, script := range []string{"document.getElementById('o').x", "class A { #b = 1; c() { this.d } }", "export const a = `<i onclick=\"b(${1})\">`", "for (const [a, {b}] of c) d?.e(f)"} {
			f.Add(page, script, "a { b: url(c.png) }", `{"a": [1]}`)
		}
	}
	f.Fuzz(func(t *testing.T, page, script, style, data string) {
		if len(page)+len(script)+len(style)+len(data) > 4000 { // depth is for who calls this
			return
		}
		files := []artifact.File{
			{Path: "index.html", Content: page}, {Path: "a.js", Content: script}, {Path: "b.tsx", Content: script},
			{Path: "b.css", Content: style}, {Path: "c.json", Content: data},
		}
		for _, d := range (check.Options{App: true}).Files(files) {
			i := slices.IndexFunc(files, func(f artifact.File) bool { return f.Path == d.Path })
			if i < 0 || d.Line < 0 || d.Line > strings.Count(files[i].Content, "\n")+1 || d.Text == "" || !slices.Contains(check.Kinds(), d.Kind) {
				t.Errorf("%+v", d)
			}
		}
	})
}

// BenchmarkFiles checks 200 KB: a page, two scripts and a style sheet.
func BenchmarkFiles(b *testing.B) {
	files := benchFiles()
	size := 0
	for _, f := range files {
		size += len(f.Content)
	}
	b.SetBytes(int64(size))
	// As the process that builds and checks has it.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(160 << 20))
	for b.Loop() {
		if got := check.Files(files); len(got) > 0 {
			b.Fatal(written(got))
		}
	}
}

func benchFiles() []artifact.File {
	var script, other, style, page strings.Builder
	const code = "function %s%d(a, b) {\n  const sum = a + b * %d;\n  if (sum > 10) return document.getElementById('out').textContent = `${sum}`;\n  return [a, b].map((x) => x + sum);\n}\n"
	for i := range 700 {
		fmt.Fprintf(&script, code, "step", i, i)
	}
	for i := range 140 {
		fmt.Fprintf(&other, code, "other", i, i)
	}
	for i := range 400 {
		fmt.Fprintf(&style, ".card-%d { color: #123456; padding: 4px; background: linear-gradient(red, blue); }\n", i)
		fmt.Fprintf(&page, "<div class=\"card-%d\"><button onclick=\"step%d(1, 2)\">Step</button></div>\n", i, i)
	}
	return []artifact.File{
		{Path: "index.html", Content: "<!DOCTYPE html>\n<html><head><link rel=\"stylesheet\" href=\"style.css\"></head><body><p id=\"out\"></p>\n" + page.String() + "<script src=\"a.js\"></script><script src=\"b.js\"></script></body></html>\n"},
		{Path: "a.js", Content: script.String()},
		{Path: "b.js", Content: other.String()},
		{Path: "style.css", Content: style.String()},
	}
}
