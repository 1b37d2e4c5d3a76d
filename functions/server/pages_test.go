package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/config"
	"github.com/google/go-cmp/cmp"
)

// TestPageVariables compares the page's table with the variables that the
// configuration asks for, here and on Cloud Run.
func TestPageVariables(t *testing.T) {
	var asked []string
	for _, service := range []string{"", "backend"} {
		config.Load(func(name string) string {
			asked = append(asked, name)
			if name == "K_SERVICE" {
				return service
			}
			return ""
		})
	}
	slices.Sort(asked)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n| variable |")
	rows, _, _ := strings.Cut(rest, "\n\n")
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)`").FindAllStringSubmatch(rows, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Compact(asked), got); diff != "" {
		t.Errorf("the variables (-config +page):\n%s", diff)
	}
	if !strings.Contains(string(text), `"`+config.DefaultSystemPrompt+`"`) {
		t.Errorf("the page does not hold the default SYSTEM_PROMPT, %q", config.DefaultSystemPrompt)
	}
}
