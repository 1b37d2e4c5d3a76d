package page

import (
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// entryOfSet returns the module with which a set begins that has no page, or whose page
// refers to none, and the id of the element that the module fills; "" if there is none.
// It is a module that no other one imports: one that shows something itself, else a
// component.
func (b *build) entryOfSet() (name, id string) {
	if b.entry == nil {
		name, id := b.findEntry()
		b.entry = &entry{name, id}
	}
	return b.entry.name, b.entry.id
}

type entry struct{ name, id string }

func (b *build) findEntry() (name, id string) {
	var may []artifact.File
	for _, f := range b.files {
		if b.mayBegin(f) {
			may = append(may, f)
		}
	}
	if may == nil {
		return "", ""
	}
	imported := b.importedFiles()
	best := 0
	for _, f := range may {
		if imported[f.Path] {
			continue
		}
		if n := weight(f); n > best {
			best, name = n, f.Path
		}
	}
	if name == "" {
		return "", ""
	}
	id = "root"
	if m := rootID().FindStringSubmatch(b.set[name]); m != nil {
		id = m[1]
	} else if text := b.set[name]; !showsItself().MatchString(text) && (ofReact().MatchString(text) || strings.HasSuffix(extension(name), "sx")) {
		b.mounted = name
	}
	return name, id
}

var (
	ofReact     = compiled(`(?m)["']p?react["'/]|(?:return|=>|=|\()\s*<[A-Za-z>]`)
	rootID      = compiled(`(?:getElementById\(\s*|querySelector\(\s*|\.mount\(\s*)["']#?([\w-]+)["']`)
	showsItself = compiled(`\b(createRoot|hydrateRoot|createApp)\s*\(|\.render\s*\(|\brender\s*\(\s*(<|h\(|html` + "`" + `)|\bdocument\.|\bcustomElements\.`)
	component   = compiled(`(?m)^(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function|class|const|let|var)\s+([A-Z]\w*)`)
	exports     = compiled(`(?m)^\s*export\b|\bmodule\.exports\b`)
	specifiers  = compiled(`(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'\n]+)["']`)
	testFile    = compiled(`(^|/)(__tests__|tests?|e2e|node_modules|server|api|scripts)/|\.(test|spec|stories|config|d)\.\w+$`)
	ofServer    = compiled(`^#!|\b(?:from|require\s*\(|import)\s*["'](?:node:|(?:` + strings.Join(append(slices.Clone(ofServers), "express", "koa", "fastify"), "|") + `)["'])|\bmodule\.exports\b|\bprocess\.argv\b|\b(?:respondWith|skipWaiting)\s*\(`)
)

// mayBegin reports whether a file may be the module with which a set begins.
func (b *build) mayBegin(f artifact.File) bool {
	switch extension(f.Path) {
	case ".jsx", ".tsx":
	case ".ts", ".mts", ".mjs", ".js":
		if !isModule(f.Path, f.Content) && !(extension(f.Path) == ".js" && strings.Contains(f.Content, "/>")) {
			return false
		}
	default:
		return false
	}
	return !isConfiguration(f.Path) && !isOfServer(f.Content)
}

// isConfiguration reports whether a file is for a tool, and no part of the app.
func isConfiguration(name string) bool { return testFile().MatchString(name) }

// isOfServer reports whether a script runs on a server, or as a service worker: not in a
// page.
func isOfServer(text string) bool {
	if strings.Contains(text, "document.") || strings.Contains(text, "window.") {
		return false
	}
	for _, sign := range []string{"#!", "require", "import", "module.exports", "process.argv", "respondWith", "skipWaiting"} {
		if strings.Contains(text, sign) { // looking for them is quick
			return ofServer().MatchString(text)
		}
	}
	return false
}

// weight tells how likely a set begins with a module: 0 for never.
func weight(f artifact.File) int {
	n := 1
	switch {
	case showsItself().MatchString(f.Content):
		n += 1000
	case component().MatchString(f.Content) || exports().MatchString(f.Content):
		n += 100
	}
	base := strings.ToLower(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path)))
	if i := slices.Index([]string{"main", "index", "app", "page"}, base); i >= 0 {
		n += 50 - i
	}
	return max(1, n-strings.Count(f.Path, "/"))
}

// importedFiles returns the files that others import.
func (b *build) importedFiles() map[string]bool {
	all := map[string]bool{}
	for _, f := range b.files {
		if !isImportable(f.Path) {
			continue
		}
		for _, m := range specifiers().FindAllStringSubmatch(f.Content, -1) {
			if target := b.resolveFile(path.Dir(f.Path), m[1]); target != "" && target != f.Path {
				all[target] = true
			}
		}
	}
	return all
}

// isRunElsewhere reports whether another script or page names a script, as one that
// starts a worker does.
func (d *document) isRunElsewhere(f artifact.File) bool {
	return slices.ContainsFunc(d.files, func(other artifact.File) bool {
		return other.Path != f.Path && other.Path != d.name && (isScript(other.Path) || isHTML(other.Path)) && names(other.Content, path.Base(f.Path))
	})
}

// names reports whether a text has a name at the end of a string.
func names(text, name string) bool {
	for {
		i := strings.Index(text, name)
		if i < 0 {
			return false
		}
		before, after := byte('"'), byte('"')
		if i > 0 {
			before = text[i-1]
		}
		if i+len(name) < len(text) {
			after = text[i+len(name)]
		}
		if strings.IndexByte("\"'`/( =", before) >= 0 && strings.IndexByte("\"'`?#) >", after) >= 0 {
			return true
		}
		text = text[i+len(name):]
	}
}

// exportOf returns what makes a module without an export give its last component.
func exportOf(text string) string {
	if exports().MatchString(text) {
		return ""
	}
	all := component().FindAllStringSubmatch(text, -1)
	if all == nil {
		return ""
	}
	return "\nexport default " + all[len(all)-1][1] + ";\n"
}

// mount is the module that shows a component which does not show itself.
func mount(name string) string {
	return `import * as module from ` + quoted("/"+name) + `;
import { createElement } from "react";
import { createRoot } from "react-dom/client";
const component = module.default ?? Object.values(module).find((value) => typeof value === "function");
let root = document.getElementById("root") ?? document.getElementById("app");
if (!root) document.body.append((root = document.createElement("div")));
createRoot(root).render(createElement(component));
`
}
