package browser_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/template"
	"golang.org/x/tools/txtar"
)

// TestSandbox shows the sets of artifact/page in a real Chromium as a web app does, in
// <iframe sandbox="allow-scripts" srcdoc>, and uses them as a person would: each set
// says its steps, and what is to be seen then, in its part "steps". PRELUDE=off leaves
// the prelude out, and every set that needs it has to fail.
func TestSandbox(t *testing.T) {
	t.Parallel()
	const sets = "../../artifact/page/testdata/sets"
	names, err := filepath.Glob(sets + "/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d sets, %v", len(names), err)
	}
	type testCase struct {
		Name  string `json:"name"`
		Shows string `json:"shows"`
		Steps string `json:"steps"`
		Code  string `json:"code"`
	}
	starts, _ := template.Render(template.Recipe{App: "other"})
	cases := []testCase{{
		Name: "template", Shows: "A template takes an entry.",
		Steps: "needs the prelude\nfill #title = tea\nclick #submit\nsee tea\nis document.querySelectorAll('#entries li').length = 1",
		Code:  page.Build(starts).Code,
	}}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := testCase{Name: strings.TrimSuffix(filepath.Base(name), ".txtar"), Shows: strings.TrimSpace(string(archive.Comment))}
		var files []artifact.File
		for _, f := range archive.Files {
			if f.Name == "steps" {
				c.Steps = string(f.Data)
			} else {
				files = append(files, artifact.File{Path: f.Name, Content: string(f.Data)})
			}
		}
		if c.Steps == "" {
			continue
		}
		c.Code = page.Build(files).Code
		cases = append(cases, c)
	}
	if os.Getenv("PRELUDE") == "off" {
		for i := range cases {
			cases[i].Code = page.Strip(cases[i].Code)
		}
	}
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	e2etest.RunNode(t, "sandbox.test.mjs", "CASES="+file)
}
