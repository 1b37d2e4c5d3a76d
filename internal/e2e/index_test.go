package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestIndex compares README.md with the folders: the tests of each, the files of
// JavaScript tests, and the faults.
func TestIndex(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var tests, scripts []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` (Test\\w+) \\| ([^|]+) \\|").FindAllStringSubmatch(string(readme), -1) {
		tests = append(tests, row[1]+" "+row[2])
		for _, file := range regexp.MustCompile(`[\w-]+\.test\.mjs`).FindAllString(row[3], -1) {
			scripts = append(scripts, filepath.Join(row[1], file))
		}
	}
	var wantTests []string
	for _, file := range glob(t, "*/*_test.go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t `).FindAllSubmatch(text, -1) {
			wantTests = append(wantTests, filepath.Dir(file)+" "+string(m[1]))
		}
	}
	compare(t, "tests", tests, wantTests)
	compare(t, "files of JavaScript tests", scripts, glob(t, "*/*.test.mjs"))

	var faults, wantFaults []string
	_, section, _ := strings.Cut(string(readme), "| fault |")
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z][^|]+) \| [\d,]+ \|`).FindAllStringSubmatch(section, -1) {
		faults = append(faults, row[1])
	}
	code, err := os.ReadFile("turns/faults_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`g\.(?:run|each)\((?:fmt\.Sprintf\()?"([^"/]+)`).FindAllSubmatch(code, -1) {
		wantFaults = append(wantFaults, string(m[1]))
	}
	compare(t, "faults", faults, wantFaults)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func compare(t *testing.T, what string, indexed, there []string) {
	t.Helper()
	for _, name := range indexed {
		if !slices.Contains(there, name) {
			t.Errorf("README.md has %s among its %s, but the code has not", name, what)
		}
	}
	for _, name := range there {
		if !slices.Contains(indexed, name) {
			t.Errorf("README.md lacks %s among its %s", name, what)
		}
	}
}
