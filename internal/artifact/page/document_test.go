package page_test

import (
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
			if diff := cmp.Diff(want, page.Document(files)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentOfNothing(t *testing.T) {
	if got := page.Document(nil); got != "" {
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
			if size := len(page.Document(tc.files)); size > 2*artifact.MaxSetBytes {
				t.Errorf("%d KB", size>>10)
			}
		})
	}
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
	f.Fuzz(func(t *testing.T, content, css, js string) {
		alone := page.Document([]artifact.File{{Path: "index.html", Content: content}})
		if strings.TrimSpace(content) != "" && alone != content {
			t.Errorf("a page alone changed (-want +got):\n%s", cmp.Diff(content, alone))
		}
		set := []artifact.File{{Path: "index.html", Content: content}, {Path: "a.css", Content: css}, {Path: "a.js", Content: js}}
		if strings.TrimSpace(page.Document(set)) == "" {
			t.Error("the document is empty")
		}
		set[0].Content = `<link rel=stylesheet href=a.css><script src=a.js></script><p>`
		if got, want := tags(page.Document(set)), []string{"style", "/style", "script", "/script", "p"}; !slices.Equal(got, want) {
			t.Errorf("tags %q, want %q", got, want)
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
