package console

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"dreambuild.dev/backend/internal/pages"
)

func TestREADME(t *testing.T) { pages.Check(t, "client/README.md") }

// TestClient runs the tests of the library that need neither a browser nor npm.
func TestClient(t *testing.T) {
	openInputs(t)
	run(t, ".", "node", "--test", "client/browser.test.mjs", "client/retry.test.mjs", "client/download.test.mjs", "client/firebase.test.mjs", "client/sources.test.mjs", "page/sites.test.mjs")
}

// TestPackage builds the npm package as it ships and uses it as apps do: tsc checks
// an app in TypeScript and the examples of the README, and the examples run.
func TestPackage(t *testing.T) {
	openInputs(t)
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "typescript")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v, and CI must run everything: use make test", err)
		}
		t.Skipf("SKIPPED, NOT TESTED: %v; make install installs it", err)
	}
	app := t.TempDir()
	run(t, ".", "node", "build.mjs", filepath.Join(app, "dist"))
	installed := filepath.Join(app, "node_modules")
	if err := os.MkdirAll(filepath.Join(installed, "@dreambuild"), 0o755); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"@dreambuild/client": filepath.Join(app, "dist/client")}
	for _, name := range []string{"firebase", "@mlc-ai"} { // what an app brings
		links[name] = filepath.Join(modules, name)
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(installed, name)); err != nil {
			t.Fatal(err)
		}
	}
	// The types of Node are not among the tools that are installed.
	node := `declare module "node:assert/strict"; declare module "node:http"; declare module "node:test";`
	if err := os.WriteFile(filepath.Join(app, "node.d.ts"), []byte(node), 0o600); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"client/consumer.ts": "consumer.ts", "client/readme.test.mjs": "readme.test.mjs", "tsconfig.consumer.json": "tsconfig.json"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(app, to), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("types", func(t *testing.T) { run(t, app, "node", filepath.Join(modules, "typescript/bin/tsc"), "--noEmit") })
	t.Run("examples", func(t *testing.T) { run(t, app, "node", "--test", "readme.test.mjs") })
}

// openInputs opens the files that Node reads, so that go test does not take an old
// result for theirs.
func openInputs(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"*.*", "client/*", "page/*", "../package-lock.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if _, err := os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v, and CI must run everything: use make test", err)
		}
		t.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%s", name, args, err, out)
	}
}
