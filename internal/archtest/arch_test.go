// Package archtest keeps the rules that the layout of this module stands on.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "dreambuild.dev/backend/"

// allowed says which packages of this module each package may import, outside
// its tests. A package that is not here fails the test: add it with the least
// that it needs.
var allowed = map[string][]string{
	"functions": {"internal/artifact", "internal/auth", "internal/blob", "internal/callable", "internal/catalogue", "internal/config", "internal/errs",
		"internal/intent", "internal/project", "internal/quota", "internal/store", "internal/telemetry", "internal/turn", "internal/worker", "internal/worker/dialect"},
	"functions/server": {"functions", "internal/callable", "internal/config", "internal/errs", "internal/telemetry"},

	// Use cases.
	"internal/errs":      {},
	"internal/flight":    {},
	"internal/backoff":   {},
	"internal/artifact":  {"internal/errs"},
	"internal/intent":    {},
	"internal/template":  {"internal/artifact"},
	"internal/worker":    {"internal/backoff", "internal/errs"},
	"internal/project":   {"internal/artifact", "internal/errs"},
	"internal/quota":     {"internal/errs"},
	"internal/catalogue": {"internal/errs", "internal/quota"},
	"internal/turn":      {"internal/artifact", "internal/errs", "internal/intent", "internal/project", "internal/quota", "internal/template", "internal/worker"},

	// The edge and the adapters, which never import one another.
	"internal/callable":       {"internal/errs"},
	"internal/auth":           {"internal/callable", "internal/errs"},
	"internal/store":          {"internal/artifact", "internal/catalogue", "internal/errs", "internal/project", "internal/quota", "internal/turn"},
	"internal/blob":           {"internal/catalogue", "internal/errs"},
	"internal/worker/dialect": {"internal/errs", "internal/flight", "internal/worker"},
	"internal/config":         {"internal/quota", "internal/worker"},
	"internal/telemetry":      {},

	// Development and tests.
	"internal/archtest":           {},
	"internal/dev":                {"internal/blob/blobtest", "internal/catalogue", "internal/quota", "internal/worker/conformance", "internal/worker/dialect"},
	"internal/dev/claims":         {"internal/quota"},
	"internal/emulator":           {},
	"internal/e2e":                {},
	"internal/faults":             {},
	"internal/blob/blobtest":      {},
	"internal/store/memstore":     {"internal/artifact", "internal/catalogue", "internal/project", "internal/quota", "internal/turn"},
	"internal/store/storetest":    {"internal/artifact", "internal/catalogue", "internal/errs", "internal/project", "internal/quota", "internal/turn"},
	"internal/worker/conformance": {"internal/errs", "internal/worker", "internal/worker/dialect"},
	"internal/worker/hosting":     {},
	"internal/worker/workertest":  {},
}

// pure packages are use cases: they neither speak HTTP nor know a cloud.
var pure = []string{"internal/errs", "internal/flight", "internal/backoff", "internal/artifact", "internal/intent", "internal/template", "internal/worker", "internal/project", "internal/quota", "internal/catalogue", "internal/turn"}

// alone packages need nothing but the standard library.
var alone = []string{"internal/errs", "internal/backoff", "internal/intent"}

// linked is all that the deployed program may consist of, besides packages
// that are not of this module.
func forbiddenInProduction(path string) bool {
	return strings.HasPrefix(path, module+"internal/dev") || path == module+"internal/faults" || strings.HasPrefix(path, module+"internal/emulator") ||
		strings.HasSuffix(path, "test") && strings.HasPrefix(path, module) || strings.HasSuffix(path, "/memstore") ||
		path == "testing" || strings.HasPrefix(path, "github.com/google/go-cmp") || strings.HasPrefix(path, "go.uber.org/goleak")
}

type pkg struct {
	ImportPath, Name, Doc string
	Imports               []string
	GoFiles, TestGoFiles  []string
	XTestGoFiles          []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Doc,Imports,GoFiles,TestGoFiles,XTestGoFiles"}, args...)...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table of allowed imports", name)
		}
		for _, path := range p.Imports {
			if ours, ok := strings.CutPrefix(path, module); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, which its place in the layout does not allow", name, ours)
			}
			if slices.Contains(pure, name) && (path == "net/http" || strings.HasPrefix(path, "cloud.google.com/") ||
				strings.HasPrefix(path, "firebase.google.com/") || strings.HasPrefix(path, "google.golang.org/")) {
				t.Errorf("%s imports %s, but a use case knows neither HTTP nor a cloud", name, path)
			}
			if first, _, _ := strings.Cut(path, "/"); slices.Contains(alone, name) && strings.Contains(first, ".") {
				t.Errorf("%s imports %s, but it needs nothing but the standard library", name, path)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("%s is in the table of allowed imports, but does not exist", name)
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestOneMainBelowFunctions(t *testing.T) {
	var mains []string
	for _, p := range list(t, "./functions/...") {
		if p.Name == "main" {
			mains = append(mains, p.ImportPath)
		}
	}
	if len(mains) != 1 {
		t.Errorf("%v are mains below functions/; buildpacks and `go run ./functions/...` need exactly one", mains)
	}
}

func TestProductionLinksNoTestCode(t *testing.T) {
	for _, p := range list(t, "-deps", "./functions/server") {
		if forbiddenInProduction(p.ImportPath) {
			t.Errorf("the server links %s", p.ImportPath)
		}
	}
}

func TestTopLevel(t *testing.T) {
	agreed := []string{"Makefile", "README.md", "firebase.json", "firestore.rules", "functions", "go.mod", "go.sum", "internal", "storage.rules"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			got = append(got, e.Name())
		}
	}
	if !slices.Equal(got, agreed) {
		t.Errorf("the top level holds %v, want %v and dotfiles", got, agreed)
	}
}
