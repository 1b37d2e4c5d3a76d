package page_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/tools/txtar"
)

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
			plain, ok := page.Plain(files)
			built := page.Build(files)
			if diff := cmp.Diff(want, page.Strip(built.Code)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
			if ok {
				if diff := cmp.Diff(built, plain); diff != "" {
					t.Errorf("made without esbuild (-Build +Plain):\n%s", diff)
				}
			}
		})
	}
}

func TestDocumentOfNothing(t *testing.T) {
	if got, ok := page.Plain(nil); got.Code != "" || !ok {
		t.Errorf("Plain(nil) = %+v, %t", got, ok)
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
			if size := len(page.Build(tc.files).Code); size > 2*artifact.MaxSetBytes {
				t.Errorf("%d KB", size>>10)
			}
		})
	}
}

func FuzzBuild(f *testing.F) {
	names, _ := filepath.Glob("testdata/documents/*.txtar")
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), "p{}</style>", "f('<!-- <script> </script>')")
	}
	f.Fuzz(func(t *testing.T, content, css, js string) {
		alone, ok := page.Plain([]artifact.File{{Path: "index.html", Content: content}})
		if ok && strings.TrimSpace(content) != "" && len(alone.Network) == 0 && page.Strip(alone.Code) != page.Strip(content) {
			t.Errorf("a page alone changed (-want +got):\n%s", cmp.Diff(content, page.Strip(alone.Code)))
		}
		set := []artifact.File{{Path: "index.html", Content: content}, {Path: "a.css", Content: css}, {Path: "a.js", Content: js}}
		if built, ok := page.Plain(set); ok && strings.TrimSpace(built.Code) == "" {
			t.Error("the document is empty")
		}
		set[0].Content = `<link rel=stylesheet href=a.css><script src=a.js></script><p>`
		built, ok := page.Plain(set)
		if want := []string{"style", "/style", "script", "/script", "p"}; ok && !slices.Equal(tags(page.Strip(built.Code)), want) {
			t.Errorf("tags %q, want %q", tags(built.Code), want)
		}
	})
}

// tags lists the tags of a page as a browser sees them.
func tags(document string) (names []string) {
	for z := html.NewTokenizer(strings.NewReader(document)); ; {
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

// manyPages is a set whose pages all have one large script.
func manyPages() []artifact.File {
	files := []artifact.File{{Path: "large.js", Content: strings.Repeat("f();\n", 100_000)}}
	var links strings.Builder
	for i := range 20 {
		fmt.Fprintf(&links, "<a href=p%d.html>p</a>", i)
		files = append(files, artifact.File{Path: fmt.Sprintf("p%d.html", i), Content: "<script src=large.js></script>"})
	}
	return append(files, artifact.File{Path: "index.html", Content: links.String() + "<script src=large.js></script>"})
}

// TestPlainStops: what needs a build is not made in the serving process any further.
func TestPlainStops(t *testing.T) {
	const pages = 40
	var frames, links strings.Builder
	for i := range pages {
		fmt.Fprintf(&frames, "<iframe src=p%d.html></iframe>", i)
		fmt.Fprintf(&links, "<a href=p%d.html>p</a>", i)
	}
	files := []artifact.File{
		{Path: "index.html", Content: frames.String() + links.String()},
		{Path: "main.js", Content: "import './x.js';\n" + strings.Repeat("document.body.append(1);\n", 1000)},
		{Path: "x.js", Content: "export {}"},
	}
	for i := range pages {
		files = append(files, artifact.File{Path: fmt.Sprintf("p%d.html", i), Content: "<p>" + links.String()})
	}
	built, ok := page.Plain(files)
	if ok || strings.Contains(built.Code, "srcdoc") || len(built.Code) > 20<<10 {
		t.Errorf("made of what needs a build: %t, %d KB", ok, len(built.Code)>>10)
	}
}

// TestTooMuch: what no app needs is refused with a diagnostic, in a moment.
func TestTooMuch(t *testing.T) {
	repeat := func(n int, line func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	svg := artifact.File{Path: "a.svg", Content: "<svg>" + strings.Repeat("<g/>", 20_000) + "</svg>"}
	starts := artifact.File{Path: "index.html", Content: `<script type="module" src="main.js"></script>`}
	for _, tc := range []struct {
		name  string
		files []artifact.File
		want  string // the kind of its diagnostic
	}{
		{"pictures", []artifact.File{{Path: "index.html", Content: strings.Repeat("<img src=a.svg>", 10_000)}, svg}, page.KindTooLarge},
		{"pictures in styles", []artifact.File{{Path: "index.html", Content: "<style>" + strings.Repeat("p { background: url(a.svg) }", 10_000)}, svg}, page.KindTooLarge},
		{"frames", []artifact.File{{Path: "index.html", Content: strings.Repeat("<iframe src=b.html></iframe>", 1000)}, {Path: "b.html", Content: strings.Repeat("<p>text</p>", 1000)}}, page.KindTooLarge},
		{"modules in a page", []artifact.File{{Path: "index.html", Content: strings.Repeat("<script type=module>import './a.js'</script>", 5000)}, {Path: "a.js", Content: "export {}"}}, page.KindTooMany},
		{"a script of many pages", manyPages(), page.KindTooLarge},
		{"packages", []artifact.File{starts, {Path: "main.js", Content: repeat(5000, func(i int) string { return fmt.Sprintf("import 'p%d';\n", i) })}}, page.KindTooMany},
		{"forms of one file", []artifact.File{starts, {Path: "a.js", Content: "1"}, {Path: "main.js", Content: repeat(5000, func(i int) string { return fmt.Sprintf("import './a.js?%d';\n", i) })}}, ""},
		{"missing files", []artifact.File{starts, {Path: "main.js", Content: repeat(5000, func(i int) string { return fmt.Sprintf("import './a%d.js';\n", i) })}}, page.KindMissingFile},
	} {
		t.Run(tc.name, func(t *testing.T) {
			built := page.Build(tc.files)
			kinds := map[string]bool{}
			for _, d := range built.Diagnostics {
				kinds[d.Kind] = true
			}
			if tc.want != "" && !kinds[tc.want] || len(built.Diagnostics) > 50 || len(built.Code) > 3*artifact.MaxSetBytes {
				t.Errorf("%d diagnostics of %v, want %s; a document of %d KB", len(built.Diagnostics), kinds, tc.want, len(built.Code)>>10)
			}
		})
	}
}
