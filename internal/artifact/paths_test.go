package artifact_test

import (
	"slices"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/google/go-cmp/cmp"
)

func TestPathSet(t *testing.T) {
	var set artifact.PathSet
	for _, path := range []string{"index.html", "lib/App.js", "lib/deep/x.js", "old.css"} {
		set.Add(path)
	}
	set.Rename("old.css", "css/new.css")
	for _, tc := range []struct {
		path    string
		there   string // "" for none
		clashes bool
	}{
		{path: "index.html", there: "index.html"},
		{path: "INDEX.html", there: "index.html"},
		{path: "Lib/app.js", there: "lib/App.js"},
		{path: "lib", clashes: true},
		{path: "LIB/Deep", clashes: true},
		{path: "index.html/a.js", clashes: true},
		{path: "Index.HTML/a/b.js", clashes: true},
		{path: "libs"},
		{path: "lib.js"},
		{path: "lib/app"},
		{path: "old.css"},
		{path: "css/new.css", there: "css/new.css"},
		{path: "css", clashes: true},
	} {
		t.Run(tc.path, func(t *testing.T) {
			there, ok := set.Find(tc.path)
			if there != tc.there || ok != (tc.there != "") {
				t.Errorf("Find = %q, %v; want %q", there, ok, tc.there)
			}
			if got := set.Clashes(tc.path); got != tc.clashes {
				t.Errorf("Clashes = %v, want %v", got, tc.clashes)
			}
		})
	}
}

func TestEmptyPathSet(t *testing.T) {
	var set artifact.PathSet
	if there, ok := set.Find("a"); ok || set.Clashes("a/b") {
		t.Errorf("an empty set holds %q, or clashes with a path", there)
	}
}

func TestOverlay(t *testing.T) {
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	path := func(f artifact.File) string { return f.Path }
	for _, tc := range []struct {
		name             string
		base, over, want []artifact.File
	}{
		{"nothing", nil, nil, nil},
		{"a new project", nil, []artifact.File{file("b", "1"), file("a", "1")}, []artifact.File{file("b", "1"), file("a", "1")}},
		{"no change", []artifact.File{file("a", "1")}, nil, []artifact.File{file("a", "1")}},
		{"a changed file stays where it was", []artifact.File{file("b", "1"), file("a", "1")}, []artifact.File{file("b", "2")}, []artifact.File{file("b", "2"), file("a", "1")}},
		{"a new file comes last", []artifact.File{file("b", "1")}, []artifact.File{file("a", "2"), file("b", "2")}, []artifact.File{file("b", "2"), file("a", "2")}},
		{"the last of two counts", []artifact.File{file("a", "1")}, []artifact.File{file("a", "2"), file("b", "2"), file("b", "3"), file("a", "3")}, []artifact.File{file("a", "3"), file("b", "3")}},
		{"another case is another file", []artifact.File{file("a", "1")}, []artifact.File{file("A", "2")}, []artifact.File{file("a", "1"), file("A", "2")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := slices.Clone(tc.base)
			if diff := cmp.Diff(tc.want, artifact.Overlay(base, tc.over, path)); diff != "" {
				t.Errorf("Overlay (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.base, base); diff != "" {
				t.Errorf("base changed (-want +got):\n%s", diff)
			}
		})
	}
}
