package project_test

import (
	"context"
	"errors"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"github.com/google/go-cmp/cmp"
)

// shelf has contents by their SHA-256, and notes which are read.
type shelf struct {
	contents map[string]string
	read     []string
}

func (s *shelf) Files(_ context.Context, id string, refs []project.FileRef) ([]artifact.File, error) {
	var files []artifact.File
	for _, r := range refs {
		text, ok := s.contents[r.SHA256]
		if !ok {
			return nil, project.ErrNoContent
		}
		s.read = append(s.read, id+" "+text)
		files = append(files, artifact.File{Path: r.Path, Content: text})
	}
	return files, nil
}

func TestContents(t *testing.T) {
	a, b := artifact.File{Path: "a", Content: "one"}, artifact.File{Path: "b", Content: "two"}
	copied := artifact.File{Path: "copy of a", Content: "one"}
	refs := func(files ...artifact.File) []project.FileRef {
		var all []project.FileRef
		for _, f := range files {
			all = append(all, project.Refs([]artifact.File{f})...)
		}
		return all
	}
	s := &shelf{contents: map[string]string{a.SHA256(): "one", b.SHA256(): "two"}}
	c := project.NewContents(s, 700)
	for _, tc := range []struct {
		name string
		id   string
		ask  []artifact.File
		read []string
	}{
		{"each content once, in the order of the paths", "p", []artifact.File{b, a, copied}, []string{"p two", "p one"}},
		{"again", "p", []artifact.File{a, b}, nil},
		{"another project's are its own", "q", []artifact.File{a}, []string{"q one"}}, // in the place of p's two
		{"a part of them", "p", []artifact.File{a, b}, []string{"p one"}},             // of p, in the place of q's one
		{"none", "p", nil, nil},
	} {
		s.read = nil
		files, err := c.Files(t.Context(), tc.id, refs(tc.ask...))
		if diff := cmp.Diff(append([]artifact.File{}, tc.ask...), files); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tc.name, err, diff)
		}
		if diff := cmp.Diff(tc.read, s.read); diff != "" {
			t.Errorf("%s: read (-want +got):\n%s", tc.name, diff)
		}
	}
	gone := artifact.File{Path: "gone", Content: "three"}
	if _, err := c.Files(t.Context(), "p", refs(gone)); !errors.Is(err, project.ErrNoContent) {
		t.Errorf("a content that is not there: %v", err)
	}
	c.Keep("p", []artifact.File{gone})
	if files, err := c.Files(t.Context(), "p", refs(gone)); err != nil || files[0] != gone {
		t.Errorf("what was stored just now: %v, %v", files, err)
	}
	c.Forget("p")
	if _, err := c.Files(t.Context(), "p", refs(gone)); !errors.Is(err, project.ErrNoContent) {
		t.Errorf("once its project is forgotten: %v", err)
	}
}
