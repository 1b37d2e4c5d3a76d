package page

import (
	"path"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/tdewolff/parse/v2/js"
)

// beside returns what a document may ask for while it runs: the files and pages that
// its text names. A name that is put together ("levels/" + n + ".json") names all files
// of its folder and ending.
func (b *build) beside(d *document) preludeParts {
	parts := preludeParts{Home: d.name, Pages: map[string]string{}, Files: map[string]string{}}
	for texts := []string{d.text + d.later.String()}; len(texts) > 0; {
		text := texts[0]
		texts = texts[1:]
		for _, f := range b.files {
			if b.isOver() {
				return parts
			}
			if f.Path == d.name || parts.Pages[f.Path] != "" || parts.Files[f.Path] != "" || !mayName(text, f.Path) {
				continue
			}
			if (isScript(f.Path) || extension(f.Path) == ".css") && d.used[f.Path] {
				continue
			}
			if !b.copied(len(f.Content)) {
				b.tooLarge(f.Path)
				continue
			}
			switch {
			case isPage(f):
				inner := b.document(f.Path, f.Content)
				parts.Pages[f.Path] = inner.text
				texts = append(texts, inner.text+inner.later.String())
				b.room -= len(inner.text)
			case isHTML(f.Path):
			case isScript(f.Path) && (strings.Contains(text, "Worker(") || strings.Contains(text, "addModule(")):
				worker := d.worker(f.Path)
				parts.Files[f.Path] = "data:text/javascript," + inURL.Replace(worker)
				texts = append(texts, worker)
			default:
				parts.Files[f.Path] = dataURI(f.Path, f.Content)
			}
		}
	}
	return parts
}

// mayName reports whether a text names a file, or may put its name together.
func mayName(text, file string) bool {
	if names(text, path.Base(file)) {
		return true
	}
	if isScript(file) || isConfiguration(file) {
		return false
	}
	ext := path.Ext(file)
	if ext != "" && (strings.Contains(text, "}"+ext) || strings.Contains(text, `"`+ext) || strings.Contains(text, "'"+ext)) {
		return true
	}
	dir := path.Dir(file)
	return dir != "." && slices.ContainsFunc([]string{"${", `"`, "'", "`"}, func(end string) bool {
		return strings.Contains(text, path.Base(dir)+"/"+end)
	})
}

func isScript(name string) bool {
	return slices.Contains([]string{".js", ".mjs", ".ts", ".tsx", ".jsx", ".mts"}, extension(name))
}

// worker returns a script that a worker runs, with all that it imports.
func (d *document) worker(name string) string {
	text := d.importedScripts(d.set[name], name, 5)
	d.calls(text)
	if d.runsAsItStands(name, text) {
		return text
	}
	if d.plain {
		d.needsBuild = true
		return ""
	}
	out := d.bundle(source{name: name, dir: path.Dir(name), line: 1, text: text, loader: loaderOf(module{name: name})}, true)
	if out.failure != "" {
		return "throw new Error(" + quoted(out.failure) + ");"
	}
	return out.js
}

// importedScripts puts the scripts of the set that a worker imports by importScripts in
// their places, at most so many deep: a worker has no address to load them from.
func (d *document) importedScripts(text, name string, depth int) string {
	if !strings.Contains(text, "importScripts") || depth == 0 {
		return text
	}
	var out strings.Builder
	at, call, within := 0, -1, false // where a call begins
	var scripts []string
	for t := range tokens(text) {
		switch word := text[t.start:t.end]; {
		case word == "importScripts":
			call, within, scripts = t.start, false, nil
		case call < 0:
		case t.kind == js.OpenParenToken && !within:
			within = true
		case t.kind == js.StringToken && within:
			target, there := d.find(path.Dir(name), word[1:len(word)-1])
			if !there {
				d.loads(word[1 : len(word)-1])
				call = -1
				continue
			}
			scripts = append(scripts, target)
		case t.kind == js.CommaToken && within:
		case t.kind == js.CloseParenToken && within:
			out.WriteString(text[at:call])
			for _, script := range scripts {
				if !d.copied(len(d.set[script])) {
					d.tooLarge(script)
				} else {
					out.WriteString("\n" + d.importedScripts(d.set[script], name, depth-1) + "\n;")
				}
			}
			at, call = t.end, -1
		default:
			call = -1
		}
	}
	return out.String() + text[at:]
}

// offer lets the import map lead to a module of the set, for a classic script that
// imports it while it runs. It reports whether there is such a module.
func (d *document) offer(target string) bool {
	if d.plain {
		d.needsBuild = true
		return false
	}
	specifier := setScheme + target
	if d.imports.add[specifier] != "" {
		return true
	}
	d.imports.add[specifier] = "data:," // a circle of imports ends here
	out := d.bundle(source{name: target, dir: ".", line: 1, text: "export * from " + quoted("/"+target) + ";", loader: api.LoaderJS}, false)
	if out.failure != "" {
		out.js = "throw new Error(" + quoted(out.failure) + ");"
	}
	d.imports.add[specifier] = "data:text/javascript," + inURL.Replace(out.js)
	return true
}
