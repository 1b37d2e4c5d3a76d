package page

import (
	"path"
	"slices"
	"strings"
)

// An alias is a beginning of specifiers that stands for a folder of the set.
type alias struct{ prefix, folder string }

// readAliases returns what the set's configuration says, and then what frameworks
// set up by themselves. Configuration files are read by their form: they may be
// programs.
func readAliases(set map[string]string) (all []alias) {
	for _, name := range []string{"tsconfig.json", "tsconfig.app.json", "jsconfig.json"} {
		base := "."
		if m := baseURL().FindStringSubmatch(set[name]); m != nil {
			base = m[1]
		}
		for _, m := range tsPath().FindAllStringSubmatch(set[name], -1) {
			all = append(all, alias{m[1], inFolder(path.Join(base, m[2]))})
		}
		if set[name] != "" && baseURL().MatchString(set[name]) {
			all = append(all, alias{"", inFolder(base)})
		}
	}
	for _, name := range []string{"vite.config.ts", "vite.config.js", "vite.config.mjs"} {
		for _, m := range viteAlias().FindAllStringSubmatch(set[name], -1) {
			all = append(all, alias{m[1] + "/", inFolder(m[2])})
		}
	}
	return append(all, alias{"@/", "src/"}, alias{"@/", ""}, alias{"~/", "src/"}, alias{"~/", "app/"}, alias{"~/", ""})
}

var (
	baseURL   = compiled(`"baseUrl"\s*:\s*"([^"]*)"`)
	tsPath    = compiled(`"([^"*]+)\*"\s*:\s*\[\s*"([^"*]*)\*"`)
	viteAlias = compiled(`['"]?([@~#$][\w-]*)/?['"]?\s*:\s*[^,}\n'"]*(?:\([^'"\n]*)?['"]([\w./-]+)['"]`)
)

// inFolder returns a folder as the beginning of paths.
func inFolder(name string) string {
	name = strings.TrimLeft(path.Clean("/"+name), "/")
	if name == "" {
		return ""
	}
	return name + "/"
}

// endings are what bundlers try behind a name, in this order.
var endings = []string{"", ".tsx", ".ts", ".jsx", ".js", ".mjs", ".mts", ".json", ".css", "/index.tsx", "/index.ts", "/index.jsx", "/index.js", "/index.mjs"}

// resolveFile returns the file of the set that a specifier of an import leads to from
// a folder, as bundlers look for it; "" if there is none.
func (b *build) resolveFile(dir, specifier string) string {
	specifier, _, _ = strings.Cut(specifier, "?")
	switch {
	case isRelative(specifier):
		return b.probe(path.Join(dir, specifier))
	case strings.HasPrefix(specifier, "/"):
		name := path.Clean(specifier)[1:]
		if found := b.probe(name); found != "" {
			return found
		}
		return b.probe("public/" + name)
	}
	for _, a := range b.aliases {
		if rest, ok := strings.CutPrefix(specifier, a.prefix); ok {
			if found := b.probe(a.folder + rest); found != "" {
				return found
			}
		}
	}
	return ""
}

func isRelative(specifier string) bool {
	return specifier == "." || specifier == ".." || strings.HasPrefix(specifier, "./") || strings.HasPrefix(specifier, "../")
}

// probe returns the file of a name that may lack its ending, or have the one that
// TypeScript will compile to.
func (b *build) probe(name string) string {
	for _, ending := range endings {
		if _, ok := b.set[name+ending]; ok {
			return name + ending
		}
	}
	if ext := path.Ext(name); slices.Contains([]string{".js", ".jsx", ".mjs"}, ext) {
		for _, ending := range []string{".ts", ".tsx", ".jsx", ".js"} {
			if _, ok := b.set[strings.TrimSuffix(name, ext)+ending]; ok {
				return strings.TrimSuffix(name, ext) + ending
			}
		}
	}
	return ""
}

// leavesSet reports whether a relative specifier leads above the set's top.
func leavesSet(dir, specifier string) bool {
	return isRelative(specifier) && strings.HasPrefix(path.Join(dir, specifier)+"/", "../")
}
