package functions

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOneList: Hosting rewrites to every call and to all files, and to no event.
func TestOneList(t *testing.T) {
	var calls []string
	for name, entry := range table {
		if entry.call != nil {
			calls = append(calls, name)
		}
	}
	slices.Sort(calls)
	text, err := os.ReadFile("../firebase.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, entry := range table {
		if entry.file != nil && !strings.Contains(string(text), `"source": "/`+entry.under+`/**"`) {
			t.Errorf("Hosting has no rewrite of /%s/** for %s", entry.under, name)
		}
	}
	m := regexp.MustCompile(`"source": "/@\(([A-Za-z|]+)\)"`).FindSubmatch(text)
	if m == nil {
		t.Fatal("firebase.json has no rewrite of the form /@(name|name)")
	}
	rewritten := strings.Split(string(m[1]), "|")
	slices.Sort(rewritten)
	if diff := cmp.Diff(calls, rewritten); diff != "" {
		t.Errorf("Hosting rewrites (-calls +rewritten):\n%s", diff)
	}
}
