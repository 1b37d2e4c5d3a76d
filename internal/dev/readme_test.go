package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of README.md")

// TestTablesOfREADME: the tables are those of the command table and of the
// Makefile. With -update it writes them.
func TestTablesOfREADME(t *testing.T) {
	text := read(t, "README.md")
	for name, rows := range map[string]string{"commands": commandRows(), "targets": targetRows(t)} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
		before, rest, ok := strings.Cut(text, begin)
		was, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("README.md lacks %s or %s", begin, end)
		}
		if was != rows && !*update {
			t.Errorf("the table of %s is not that of the code: run go test ./internal/dev -run README -update", name)
		}
		text = before + begin + rows + end + after
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func commandRows() string {
	text := "| `go run ./internal/dev …` | does |\n|---|---|\n"
	for _, c := range commands() {
		text += fmt.Sprintf("| `%s` | %s |\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
	return text
}

func targetRows(t *testing.T) string {
	text := "| `make …` | does |\n|---|---|\n"
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):.*?## (.*)$`).FindAllStringSubmatch(read(t, "../../Makefile"), -1) {
		text += fmt.Sprintf("| `%s` | %s |\n", m[1], strings.ReplaceAll(m[2], "|", `\|`))
	}
	return text
}

// TestChecklists: every file that a checklist names is there.
func TestChecklists(t *testing.T) {
	text := read(t, "../../.github/CONTRIBUTING.md")
	for _, m := range regexp.MustCompile(`\]\(\.\./([^)#]+)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat("../../" + m[1]); err != nil {
			t.Errorf("CONTRIBUTING.md names %s: %v", m[1], err)
		}
	}
}

// TestContainer: the development container has what the suite asks of a machine.
func TestContainer(t *testing.T) {
	var container struct {
		Build        struct{ Dockerfile string }
		ForwardPorts []int
	}
	if err := json.Unmarshal([]byte(read(t, "../../.devcontainer/devcontainer.json")), &container); err != nil {
		t.Fatalf("devcontainer.json: %v", err)
	}
	c, err := (&suite{root: "../.."}).readConfig()
	if err != nil {
		t.Fatal(err)
	}
	ports := c.ports()
	for _, name := range []string{"auth", "firestore", "storage", "hosting"} {
		if forwarded := fmt.Sprint(container.ForwardPorts); !strings.Contains(forwarded, fmt.Sprint(ports[name])) {
			t.Errorf("it forwards %s, but not %s's port %d", forwarded, name, ports[name])
		}
	}
	recipe := read(t, "../../.devcontainer/"+container.Build.Dockerfile)
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))
	for _, want := range []string{
		"golang:" + module[1] + " ", fmt.Sprintf("node:%d ", node.least), "default-jre-headless", "python3-venv", "g++",
		"google/cloud-sdk:emulators", "libnss3",
	} {
		if !strings.Contains(recipe, want) {
			t.Errorf("its Dockerfile lacks %q", want)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFaultPoints: README.md describes the fault points that package turn has.
func TestFaultPoints(t *testing.T) {
	_, text, _ := strings.Cut(read(t, "README.md"), "<!-- fault points -->")
	text, _, _ = strings.Cut(text, "<!-- end of fault points -->")
	described := find(`(?m)^\| \x60([a-z:]+)\x60 \|`, text)
	files, err := filepath.Glob("../turn/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code string
	for _, file := range files {
		code += read(t, file)
	}
	if diff := cmp.Diff(find(`\b(?:fail)?point\("([a-z:]+)"\)`, code), described); diff != "" {
		t.Errorf("the fault points (-turn +README.md):\n%s", diff)
	}
}

// find lists what an expression's group matches, in order and each once.
func find(expression, text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
