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

// TestPageCollections: the page says of every collection that the store names how long
// it is kept, and names no other.
func TestPageCollections(t *testing.T) {
	code, err := os.ReadFile("../../internal/store/documents.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(code), "const (")
	block, _, _ = strings.Cut(block, "\n)")
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ += "(\w+)"`).FindAllStringSubmatch(block, -1) {
		named = append(named, m[1])
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n| collection |")
	rows, _, _ := strings.Cut(rest, "\n\n")
	var got []string
	for row := range strings.Lines(rows) {
		first, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for _, m := range regexp.MustCompile("`(?:[\\w*]+/)*(\\w+)`").FindAllStringSubmatch(first, -1) {
			got = append(got, m[1])
		}
	}
	slices.Sort(named)
	slices.Sort(got)
	if len(named) < 10 {
		t.Errorf("the store names only %q", named)
	}
	if diff := cmp.Diff(named, got); diff != "" {
		t.Errorf("the collections (-store +page):\n%s", diff)
	}
	// What says expireAt here is deleted by Firestore only if the indexes file has the TTL.
	indexes, err := os.ReadFile("../../internal/store/firestore.indexes.json")
	if err != nil {
		t.Fatal(err)
	}
	var expiring []string
	for row := range strings.Lines(rows) {
		if m := regexp.MustCompile("`(?:[\\w*]+/)*(\\w+)` \\|.*TTL `expireAt`").FindStringSubmatch(row); m != nil {
			expiring = append(expiring, m[1])
		}
	}
	var have []string
	for _, m := range regexp.MustCompile(`"collectionGroup": "(\w+)", "fieldPath": "expireAt", "ttl": true`).FindAllStringSubmatch(string(indexes), -1) {
		have = append(have, m[1])
	}
	slices.Sort(expiring)
	slices.Sort(have)
	if diff := cmp.Diff(have, expiring); diff != "" {
		t.Errorf("the TTLs (-indexes +page):\n%s", diff)
	}
}
