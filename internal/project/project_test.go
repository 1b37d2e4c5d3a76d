package project_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

func TestNameFrom(t *testing.T) {
	for prompt, want := range map[string]string{
		"create  a\n clock ":        "create a clock",
		"":                          "Untitled",
		" \n":                       "Untitled",
		strings.Repeat("é", 61):     strings.Repeat("é", 60),
		strings.Repeat("word ", 20): strings.TrimSpace(strings.Repeat("word ", 12)),
		"世界 " + strings.Repeat("long ", 100) + "!": "世界 " + strings.Repeat("long ", 11) + "lo",
	} {
		got := project.NameFrom(prompt)
		if got != want {
			t.Errorf("NameFrom(%.20q) = %q, want %q", prompt, got, want)
		}
		if err := project.CheckName(got); err != nil {
			t.Errorf("NameFrom(%.20q) is no name: %v", prompt, err)
		}
	}
}

func TestCheckNameAndID(t *testing.T) {
	for name, ok := range map[string]bool{"a": true, strings.Repeat("世", 60): true, strings.Repeat("x", 61): false, "": false, " ": false, "a\nb": false, "a\x00": false} {
		if err := project.CheckName(name); (err == nil) != ok {
			t.Errorf("CheckName(%q) = %v, want ok: %v", name, err, ok)
		}
	}
	for id, ok := range map[string]bool{"aZ0_-": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "": false, ".": false, "..": false, "a/b": false, "a b": false, "é": false, "a\n": false} {
		if err := project.CheckID("id", id); (err == nil) != ok {
			t.Errorf("CheckID(%q) = %v, want ok: %v", id, err, ok)
		}
	}
}

func TestTokens(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.FixedZone("x", 3600))
	got, id, err := project.ParseToken(project.Token(at, "p-1_x"))
	if err != nil || !got.Equal(at) || id != "p-1_x" {
		t.Errorf("ParseToken = %v, %q, %v", got, id, err)
	}
	for _, token := range []string{"x", "!", project.Token(at, ""), project.Token(at, "a/b"), "MjAyNg"} {
		if _, _, err := project.ParseToken(token); errs.Of(err) == nil || errs.Of(err).Code != errs.InvalidArgument {
			t.Errorf("ParseToken(%q) = %v, want INVALID_ARGUMENT", token, err)
		}
	}
}

func TestAuthorize(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct {
		p    *project.Project
		want errs.Reason
	}{
		"own":                     {&project.Project{OwnerUID: "ann"}, ""},
		"absent":                  {nil, errs.NoSuchProject},
		"deleted":                 {&project.Project{OwnerUID: "ann", DeletedAt: &now}, errs.NoSuchProject},
		"somebody else's":         {&project.Project{OwnerUID: "bob"}, errs.NoSuchProject},
		"somebody else's deleted": {&project.Project{OwnerUID: "bob", DeletedAt: &now}, errs.NoSuchProject},
	} {
		err := project.Authorize(tc.p, "ann", "p")
		if (err == nil) != (tc.want == "") || err != nil && errs.Of(err).Reason != tc.want {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestOverlay(t *testing.T) {
	ref := func(path, sum string) project.FileRef { return project.FileRef{Path: path, SHA256: sum} }
	got := project.Overlay([]project.FileRef{ref("b", "1"), ref("c", "1")}, []project.FileRef{ref("a", "2"), ref("b", "2")})
	if diff := cmp.Diff([]project.FileRef{ref("a", "2"), ref("b", "2"), ref("c", "1")}, got); diff != "" {
		t.Errorf("Overlay (-want +got):\n%s", diff)
	}
}

// saved is a store with one project of ann's.
func saved(t *testing.T) project.Projects {
	t.Helper()
	db := memstore.New()
	r := turn.Request{Key: turn.Key{ProjectID: "p", TurnID: "t"}, UID: "ann", Kind: turn.Save, Name: "n", NewProject: true, Limits: quota.Limits{StoredBytes: 1e6, Projects: 1, SavesPerDay: 1}}
	made := &turn.NewVersion{Files: []artifact.File{{Path: "a/x.css", Content: "1"}, {Path: "index.html", Content: "2"}}}
	if _, err := db.Apply(t.Context(), turn.Scope{Key: r.Key, UID: "ann"}, "save", turn.Settle(r, "run", turn.Ending{State: turn.Complete}, made)); err != nil {
		t.Fatal(err)
	}
	return project.Projects{Store: db}
}

func TestExport(t *testing.T) {
	projects := saved(t)
	exported, err := projects.Export(t.Context(), "ann", "p", 0)
	if err != nil || exported.Name != "n" {
		t.Fatalf("Export = %q, %v", exported.Name, err)
	}
	z, err := zip.NewReader(bytes.NewReader(exported.Zip), int64(len(exported.Zip)))
	if err != nil {
		t.Fatal(err)
	}
	var zipped, paths []string
	for _, f := range z.File {
		zipped = append(zipped, f.Name)
	}
	for _, f := range exported.Files {
		paths = append(paths, f.Path)
	}
	want := []string{"a/x.css", "index.html"}
	if diff := cmp.Diff([][]string{want, want}, [][]string{zipped, paths}); diff != "" {
		t.Errorf("what is zipped, and the files (-want +got):\n%s", diff)
	}
	if again, _ := projects.Export(t.Context(), "ann", "p", 1); !bytes.Equal(exported.Zip, again.Zip) {
		t.Error("the same version gives other bytes")
	}
}
