package page

import (
	"fmt"
	"html"
	"path"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"dreambuild.dev/backend/internal/artifact"
)

// A module is a script of the page that is one.
type module struct {
	element *element // nil for one that the page does not refer to
	name    string   // its file; for one within the page, the page's
	text    string
	line    int // of its file
}

// setScheme begins the names by which classic scripts import modules of the set.
const setScheme = "set:"

// setOrigin is what modules of the set take for their own place (import.meta.url). It
// leads nowhere; see https://www.rfc-editor.org/rfc/rfc6761#section-6.4. The prelude
// knows that the set is meant.
const setOrigin = "http://set.invalid/"

// globalModules is where the first module of a page keeps the others.
const globalModules = `globalThis[Symbol.for("set.modules")]`

// putModules puts the modules of the page in their places. Those that import anything
// become one bundle, so that a module which two of them import exists once.
func (d *document) putModules() {
	modules := d.modules()
	modules = append(modules, d.unlinkedScripts()...)
	if len(modules) == 0 {
		return
	}
	plain := !slices.ContainsFunc(modules, func(m module) bool { return !d.runsAsItStands(m.name, m.text) })
	if plain {
		for _, m := range modules {
			d.calls(m.text)
			if m.element == nil || has(m.element.tag, "src") {
				d.putModule(m, d.take(m.name))
			}
		}
		return
	}
	if d.plain {
		d.needsBuild = true
		return
	}
	d.bundleModules(modules)
}

// modules returns the modules that the page refers to, or has within.
func (d *document) modules() (all []module) {
	for i := range d.elements {
		e := &d.elements[i]
		if e.tag.Data != "script" || scriptKind(e.tag) != moduleScript {
			continue
		}
		target, there := d.target(e.tag, "src")
		switch {
		case there:
			all = append(all, module{element: e, name: target, text: d.set[target], line: 1})
		case !has(e.tag, "src") && strings.TrimSpace(e.body) != "":
			all = append(all, module{element: e, name: d.name, text: e.body, line: e.line})
		}
	}
	return all
}

// unlinkedScripts puts in the scripts that the page wants and does not refer to. It
// returns the module with which the set begins, if there is one.
func (d *document) unlinkedScripts() []module {
	if !d.js.wanting() {
		return nil
	}
	for _, f := range d.files {
		if extension(f.Path) == ".js" && !isModule(f.Path, f.Content) && !isConfiguration(f.Path) && !isOfServer(f.Content) && !d.isRunElsewhere(f) {
			js := d.classic(d.name, d.take(f.Path))
			d.calls(js)
			d.scripts.WriteString(script("", js) + "\n")
		}
	}
	entry, _ := d.entryOfSet()
	if entry == "" {
		return nil
	}
	if entry == d.mounted {
		return []module{{name: d.name, text: mount(entry), line: 1}}
	}
	return []module{{name: entry, text: d.set[entry], line: 1}}
}

// putModule puts the text of a module in its place.
func (d *document) putModule(m module, js string) {
	if m.element == nil {
		d.scripts.WriteString(script(` type="module"`, js) + "\n")
		return
	}
	attrs := attributes(m.element.tag, func(name string) bool {
		return !slices.Contains([]string{"src", "defer", "integrity", "crossorigin"}, name)
	})
	d.replace(*m.element, script(attrs, js))
}

// bundleModules joins the modules of the page. Where there are several, each still runs
// in its place, and one that fails does not stop the next.
func (d *document) bundleModules(modules []module) {
	for _, m := range modules {
		d.used[m.name] = true
	}
	var out bundled
	if len(modules) > artifact.MaxFiles {
		out.failure = fmt.Sprintf("The page has %d modules; it may have %d.", len(modules), artifact.MaxFiles)
		d.report(artifact.Diagnostic{Kind: KindTooMany, Severity: artifact.SeverityError, Path: d.name, Text: out.failure})
	} else if len(modules) == 1 {
		m := modules[0]
		out = d.bundle(source{name: m.name, dir: d.folderOf(m), line: m.line, text: m.text, loader: loaderOf(m)}, false)
	} else {
		out = d.bundleSeveral(modules)
	}
	if out.css != "" {
		d.css.found = true
		attributes := ""
		if d.tailwindCSS {
			attributes = ` type="text/tailwindcss"`
			out.css = forTailwind(out.css)
		}
		d.styles.WriteString(style(attributes, out.css) + "\n")
	}
	if out.failure != "" {
		out.js = "throw new Error(" + quoted(out.failure) + ");\n"
	}
	for i, m := range modules {
		switch {
		case i == 0:
			d.putModule(m, out.js)
		case out.failure != "":
			d.putModule(m, "")
		default:
			d.putModule(m, fmt.Sprintf("await %s[%d]();\n", globalModules, i))
		}
	}
}

// bundleSeveral makes one bundle of several modules, each of which waits to be run.
func (d *document) bundleSeveral(modules []module) bundled {
	var entry strings.Builder
	entry.WriteString(globalModules + " = [")
	for i, m := range modules {
		name := m.name
		if m.element != nil && !has(m.element.tag, "src") {
			name = fmt.Sprintf("%s:%d", m.name, i) // no file of a set has a colon
			d.within[name] = m
		}
		fmt.Fprintf(&entry, "() => import(%s), ", quoted("/"+name))
	}
	entry.WriteString("];\nawait " + globalModules + "[0]();\n")
	return d.bundle(source{name: d.name, dir: ".", text: entry.String(), loader: api.LoaderJS}, false)
}

// bundle joins a module with all that it imports.
func (d *document) bundle(from source, worker bool) bundled {
	room := d.room
	b := &bundler{document: d, entry: from, worker: worker, packages: map[string]bool{}}
	out := b.run()
	if b.react && len(b.packages) > 0 && !worker {
		// What the network serves uses React too, and there may be one only.
		d.room = room
		b = &bundler{document: d, entry: from, sharesOne: true, packages: map[string]bool{}}
		out = b.run()
	}
	if !worker && out.failure == "" {
		d.importPackages(b)
	}
	return out
}

// bundleStyle joins a style sheet with those of the set that it imports.
func (d *document) bundleStyle(name, dir, text string) string {
	b := &bundler{document: d, entry: source{name: name, dir: dir, line: 1, text: d.inlineURLs(dir, text), loader: api.LoaderCSS}, packages: map[string]bool{}}
	return b.run().css
}

// importPackages lets the import map lead to the packages that a bundle imports.
func (d *document) importPackages(b *bundler) {
	if len(b.packages) == 0 {
		return
	}
	var external []string
	for specifier := range b.packages {
		if name, _ := packageName(specifier); !slices.Contains(external, name) {
			external = append(external, name)
		}
	}
	slices.Sort(external)
	if b.sharesOne {
		external = append([]string{"react", "react-dom"}, external...)
		d.shareReact()
	}
	for specifier := range b.packages {
		d.imports.add[specifier] = d.build.packages.url(specifier, external)
		if name, _ := packageName(specifier); len(external) > 1 {
			d.imports.add[name+"/"] = d.build.packages.url(name+"/", external)
		}
	}
	for _, name := range external { // other packages may import them, too
		if !isReact(name) {
			d.imports.add[name] = d.build.packages.url(name, external)
		}
	}
}

// unpinned warns of a package whose version nobody has chosen.
func (b *bundler) unpinned(specifier string) []api.Message {
	name, _ := packageName(specifier)
	if b.build.packages.version(name) != "" {
		return nil
	}
	return b.warn(KindUnpinned, "The package %s is imported without a version, so another one may be loaded tomorrow: name it in package.json.", name)
}

// linkPackage lets the page load a style sheet of a package.
func (b *bundler) linkPackage(specifier string) {
	at := b.build.packages.url(specifier, nil)
	link := `<link rel="stylesheet" href="` + html.EscapeString(at) + "\">\n"
	if !strings.Contains(b.styles.String(), link) {
		b.styles.WriteString(link)
		b.loads(at)
	}
}

// folderOf returns the folder that a module's imports start from.
func (d *document) folderOf(m module) string {
	if m.element != nil && !has(m.element.tag, "src") {
		return d.dir
	}
	return path.Dir(m.name)
}

func loaderOf(m module) api.Loader {
	switch extension(m.name) {
	case ".ts", ".mts":
		return api.LoaderTS
	case ".tsx":
		return api.LoaderTSX
	}
	return api.LoaderJSX
}
