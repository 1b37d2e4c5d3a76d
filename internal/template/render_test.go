package template_test

import (
	"testing"

	"dreambuild.dev/backend/internal/template"
)

func TestRender(t *testing.T) {
	files, ok := template.Render(template.Recipe{App: "calculator", Language: "de", Features: []string{"history", "dark-toggle"}, Accent: "yellow", Name: "A & \"B\""})
	if !ok {
		t.Fatal("no calculator")
	}
	for _, f := range files {
		t.Logf("== %s\n%s", f.Path, f.Content)
	}
}
