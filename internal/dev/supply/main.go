// Command supply lists what this repository takes from others: Go modules and npm
// packages, each with its version, licence and use. It prints the list as a CycloneDX
// 1.6 bill of materials; `make sbom` runs it in the repository's root.
//
// It asks nobody: versions come from go.mod and package-lock.json, licences from the
// module cache and the lock file.
package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

func main() {
	all, err := collect(".")
	if err == nil {
		err = writeSBOM(os.Stdout, all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "supply:", err)
		os.Exit(1)
	}
}

// dependency is a module or package of somebody else's.
type dependency struct {
	kind     string // "golang" or "npm", as in a package URL
	name     string
	version  string
	licence  string // an SPDX expression, or what the package says; "": nothing
	released string // the day of a module's version; "": the module cache does not tell, as in a new one
	use      string
	sha512   string // of an npm package, hexadecimal
}

// What a dependency is used for.
const (
	inServer = "server" // the deployable program
	inPages  = "pages"  // the browser library or the console, or what these depend on
	inTests  = "tests"  // development and tests alone
)

// collect lists the dependencies of the repository at root, in the order of kind, name
// and version.
func collect(root string) ([]dependency, error) {
	modules, err := goModules(root)
	if err != nil {
		return nil, err
	}
	packages, err := npmPackages(filepath.Join(root, "internal"))
	if err != nil {
		return nil, err
	}
	all := append(modules, packages...)
	slices.SortFunc(all, func(a, b dependency) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name), strings.Compare(a.version, b.version))
	})
	return slices.CompactFunc(all, func(a, b dependency) bool { return a == b }), nil
}

// goModules lists the modules of which a package is compiled: for the server, for other
// programs and tests, and for the tools, which are a module of their own.
func goModules(root string) ([]dependency, error) {
	found := map[string]dependency{}
	for _, part := range []struct {
		dir, use string
		args     []string
	}{
		{root, inServer, []string{"-tags", "disable_grpc_modules", "./functions/server"}},
		{root, inTests, []string{"-test", "./..."}},
		{filepath.Join(root, "internal/dev/tools"), inTests, []string{"-test", "./...", "tool"}},
	} {
		const line = "{{with .Module}}{{if .Version}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{with .Time}}{{.Format \"2006-01-02\"}}{{end}}{{end}}{{end}}"
		cmd := exec.Command("go", append([]string{"list", "-deps", "-f", line}, part.args...)...)
		cmd.Dir, cmd.Stderr = part.dir, os.Stderr
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64") // each platform has modules of its own
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list in %s: %w", part.dir, err)
		}
		for text := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(text), "\t")
			if len(f) < 3 || found[f[0]+f[1]].name != "" {
				continue
			}
			d := dependency{kind: "golang", name: f[0], version: f[1], use: part.use}
			if len(f) > 3 {
				d.released = f[3]
			}
			if d.licence, err = licenceIn(f[2]); err != nil {
				return nil, err
			}
			found[f[0]+f[1]] = d
		}
	}
	var all []dependency
	for _, d := range found {
		all = append(all, d)
	}
	return all, nil
}

// licenceIn reads the licence of a module from the texts in its folder.
func licenceIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICENSE") && !strings.HasPrefix(name, "LICENCE") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		for _, m := range licensecheck.Scan(text).Match {
			if !m.IsURL {
				ids = append(ids, m.ID)
			}
		}
	}
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " AND "), nil
}

// npmPackages lists what package-lock.json in dir installs.
func npmPackages(dir string) ([]dependency, error) {
	text, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	type installed struct {
		Name, Version, Integrity string
		License                  string
		Dependencies             map[string]string
		PeerDependencies         map[string]string
		OptionalDependencies     map[string]string
	}
	var lock struct{ Packages map[string]installed }
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, err
	}
	// resolve finds a package as Node does: beside whoever asks, or further up.
	resolve := func(from, name string) string {
		for {
			path := strings.TrimPrefix(from+"/node_modules/"+name, "/")
			if _, ok := lock.Packages[path]; ok || from == "" {
				return path
			}
			from = from[:max(0, strings.LastIndex(from, "node_modules/")-1)]
		}
	}
	pages := map[string]bool{}
	var reach func(path string)
	reach = func(path string) {
		p, ok := lock.Packages[path]
		if !ok || pages[path] {
			return
		}
		pages[path] = true
		for _, of := range []map[string]string{p.Dependencies, p.OptionalDependencies} {
			for name := range of {
				reach(resolve(path, name))
			}
		}
	}
	for _, name := range []string{"@mlc-ai/web-llm", "@wllama/wllama", "firebase", "hash-wasm"} {
		reach("node_modules/" + name)
	}
	var all []dependency
	for path, p := range lock.Packages {
		if path == "" {
			continue
		}
		name := path[strings.LastIndex(path, "node_modules/")+len("node_modules/"):]
		d := dependency{kind: "npm", name: cmp.Or(p.Name, name), version: p.Version, licence: p.License, use: inTests}
		if pages[path] {
			d.use = inPages
		}
		if sum, ok := strings.CutPrefix(p.Integrity, "sha512-"); ok {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			d.sha512 = hex.EncodeToString(raw)
		}
		all = append(all, d)
	}
	return strongest(all), nil
}

// strongest keeps one of the copies of a package: the one that is delivered, if any is.
func strongest(all []dependency) []dependency {
	kept := map[string]dependency{}
	for _, d := range all {
		k := d.name + "@" + d.version
		if before, ok := kept[k]; !ok || before.use == inTests {
			kept[k] = d
		}
	}
	list := make([]dependency, 0, len(kept))
	for _, d := range kept {
		list = append(list, d)
	}
	return list
}

// table writes dependencies with a line for each.
func table(all []dependency) []byte {
	var b bytes.Buffer
	b.WriteString("kind\tname\tversion\tlicence\treleased\tuse\n")
	for _, d := range all {
		fmt.Fprintln(&b, strings.Join([]string{d.kind, d.name, d.version, cmp.Or(d.licence, "-"), cmp.Or(d.released, "-"), d.use}, "\t"))
	}
	return b.Bytes()
}
