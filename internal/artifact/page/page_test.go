package page_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write testdata/built")

// TestSets compares what is built of sets with the files in testdata/built. To add one,
// make an empty file. The sandbox test runs the same sets, and more, in a browser.
func TestSets(t *testing.T) {
	names, err := filepath.Glob("testdata/built/*.txt")
	if err != nil || len(names) < 15 {
		t.Fatalf("%d sets, %v", len(names), err)
	}
	for _, golden := range names {
		base := strings.TrimSuffix(filepath.Base(golden), ".txt")
		t.Run(base, func(t *testing.T) {
			files := read(t, filepath.Join("testdata/sets", base+".txtar"))
			if err := artifact.Check(files); err != nil {
				t.Fatal(err)
			}
			got := summary(files)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("built (-want +got):\n%s", diff)
			}
		})
	}
}

// read returns the files of a set. Its steps are the sandbox test's.
func read(t testing.TB, name string) (files []artifact.File) {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name != "steps" {
			files = append(files, artifact.File{Path: f.Name, Content: string(f.Data)})
		}
	}
	return files
}

// summary tells what is built of a set, for people to read: the document without the
// prelude, and without the text of what is vendored.
func summary(files []artifact.File) string {
	built := page.Build(files)
	_, plain := page.Plain(files)
	var b strings.Builder
	fmt.Fprintf(&b, "plain: %t\n", plain)
	for _, origin := range built.Network {
		fmt.Fprintf(&b, "network: %s\n", origin)
	}
	for _, d := range built.Diagnostics {
		fmt.Fprintf(&b, "%s %s %s:%d: %s\n", d.Severity, d.Kind, d.Path, d.Line, d.Text)
	}
	for _, m := range besides.FindAllStringSubmatch(built.Code, -1) {
		fmt.Fprintf(&b, "beside: %s\n", m[1])
	}
	document := vendored.ReplaceAllString(page.Strip(built.Code), "$1…\n")
	document = framed.ReplaceAllString(document, "…")
	return b.String() + "\n" + shared.ReplaceAllString(document, "$1…")
}

var (
	besides  = regexp.MustCompile(`<script type="application/json">(.*?)</script><script data-dreambuild`)
	framed   = regexp.MustCompile(`(?s)&lt;script data-dreambuild=.*?&lt;/script&gt;`)
	vendored = regexp.MustCompile(`(?s)(// preact:[\w/.]+\n).*?(?:// (?:set|entry|page):|$)`)
	shared   = regexp.MustCompile(`("react":"data:text/javascript,)[^"]+`)
)

// TestCircles: pages that show one another, or lead to one another, are made once.
func TestCircles(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files []artifact.File
	}{
		{"a frame that leads back", []artifact.File{{Path: "index.html", Content: `<iframe src="a.html"></iframe>`}, {Path: "a.html", Content: `<a href="index.html">back</a>`}}},
		{"a frame that leads to one around it", []artifact.File{
			{Path: "index.html", Content: `<iframe src="a.html"></iframe>`}, {Path: "a.html", Content: `<iframe src="b.html"></iframe>`}, {Path: "b.html", Content: `<a href="index.html"><a href="a.html">`},
		}},
		{"a page that shows the one around it", []artifact.File{{Path: "index.html", Content: `<a href="a.html">`}, {Path: "a.html", Content: `<iframe src="b.html"></iframe>`}, {Path: "b.html", Content: `<iframe src="a.html"></iframe>`}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			built := page.Build(tc.files)
			plain, ok := page.Plain(tc.files)
			if diff := cmp.Diff(built, plain); diff != "" || !ok || built.Code == "" {
				t.Errorf("made without esbuild, %t (-Build +Plain):\n%s", ok, diff)
			}
		})
	}
}

// TestReactIsSmall: a document with React is at most 60 KB larger than its set.
func TestReactIsSmall(t *testing.T) {
	for _, name := range []string{"react-alone", "react-classic", "react-library", "react-vite"} {
		files := read(t, "testdata/sets/"+name+".txtar")
		size := 0
		for _, f := range files {
			size += len(f.Content)
		}
		if more := len(page.Build(files).Code) - size; more > 60<<10 {
			t.Errorf("%s: %d KB more than its files", name, more>>10)
		} else {
			t.Logf("%s: %d KB more than its files", name, more>>10)
		}
	}
}
