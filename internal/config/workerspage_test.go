package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// workersPage returns the section of the page for hosts that is about WORKERS_FILE.
func workersPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../worker/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Naming your workers\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// TestFieldsOfThePage: the page for hosts has the fields of WORKERS_FILE in the order
// of the code, and no others.
func TestFieldsOfThePage(t *testing.T) {
	var fields, rows []string
	for f := range reflect.TypeFor[workerEntry]().Fields() {
		fields = append(fields, f.Tag.Get("json"))
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(workersPage(t), -1) {
		rows = append(rows, m[1])
	}
	if diff := cmp.Diff(fields, rows); diff != "" {
		t.Errorf("internal/worker/README.md (-fields +table):\n%s", diff)
	}
}

// TestExampleOfThePage: the page's WORKERS_FILE is read without a problem.
func TestExampleOfThePage(t *testing.T) {
	_, example, _ := strings.Cut(workersPage(t), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	file := filepath.Join(t.TempDir(), "workers.json")
	if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "WORKERS_FILE": file, "LLM_KEY": "key"}
	c, err := Load(func(name string) string { return vars[name] })
	if err != nil || len(c.Workers.Names()) != 3 {
		t.Errorf("workers %q, %v", c.Workers.Names(), err)
	}
}
