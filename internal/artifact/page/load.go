package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"dreambuild.dev/backend/internal/artifact"
)

// maxModules bounds the modules of one bundle: all files of a set, each in three
// forms, and what comes with it.
const maxModules = 3*artifact.MaxFiles + 20

// load returns a module to esbuild.
func (b *bundler) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	b.loaded++
	if b.loaded > maxModules+1 {
		return loaded("", api.LoaderJS)
	}
	if b.loaded > maxModules {
		return failed(KindTooMany, "The app imports more modules than %d.", maxModules)
	}
	name := args.Path
	text := b.set[name]
	if args.Namespace == inSet || args.Namespace == asText || args.Namespace == asURL || args.Namespace == asSheet {
		b.used[name] = true
		if !b.copied(len(text)) {
			return failed(KindTooLarge, "The app imports more than %d MB.", maxCopies>>20)
		}
	}
	switch args.Namespace {
	case inEntry:
		return loaded(b.prepare(b.entry.name, b.entry.text), b.entry.loader)
	case inPage:
		return loaded(b.prepare(b.name, b.within[name].text), api.LoaderJSX)
	case inSet:
		return b.loadFile(name, text)
	case asText:
		return loaded(text, api.LoaderText)
	case asURL:
		return loaded(dataURI(name, text), api.LoaderText)
	case asSheet:
		return loaded("const sheet = new CSSStyleSheet(); sheet.replaceSync("+quoted(b.inlineURLs(path.Dir(name), text))+"); export default sheet;", api.LoaderJS)
	case asWorker:
		return loaded("export default function (options) { return new Worker("+quoted("/"+name)+", options); }", api.LoaderJS)
	case inVendor:
		return loaded(vendoredText(name), api.LoaderJS)
	case inRouter:
		// A frame's document has no address with a path, by which a route could be found:
		// the app's place is kept in memory.
		return loaded(fmt.Sprintf("export * from %s; export { MemoryRouter as BrowserRouter, createMemoryRouter as createBrowserRouter } from %[1]s;", quoted(name)), api.LoaderJS)
	case inNothing:
		if path.Ext(name) == ".css" || !isMedia(name) {
			return loaded("", api.LoaderCSS)
		}
		return loaded("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", api.LoaderText)
	}
	// esbuild itself looks for the files that import("./" + name) may mean. prepare
	// leaves it none; if it has found one nevertheless, that is one of the machine.
	return failed(KindOutside, "An import leads out of the app's files.")
}

// loadFile returns a file of the set as a module.
func (b *bundler) loadFile(name, text string) (api.OnLoadResult, error) {
	switch ext := extension(name); ext {
	case ".js", ".jsx", ".mjs", ".cjs":
		b.calls(text)
		return loaded(b.prepare(name, text), api.LoaderJSX)
	case ".ts", ".mts", ".cts":
		b.calls(text)
		return loaded(b.prepare(name, text), api.LoaderTS)
	case ".tsx":
		b.calls(text)
		return loaded(b.prepare(name, text), api.LoaderTSX)
	case ".json":
		return loaded(text, api.LoaderJSON)
	case ".css":
		loader := api.LoaderCSS
		if strings.HasSuffix(name, ".module.css") {
			loader = api.LoaderLocalCSS
		}
		text = b.inlineURLs(path.Dir(name), text)
		if usesTailwind(text) {
			b.tailwind, b.tailwindCSS = true, true
		}
		return loaded(text, loader)
	case ".svg":
		return loaded(dataURI(name, text), api.LoaderText)
	default:
		if language := languages[ext]; language != "" {
			return failed(KindNeedsBuild, "%s is %s, which has to be compiled by a build: write it in JavaScript, TypeScript, JSX or CSS.", name, language)
		}
	}
	return loaded(text, api.LoaderText)
}

// languages names the languages that a browser does not have and esbuild does not know.
var languages = map[string]string{
	".vue": "a component of Vue", ".svelte": "a component of Svelte", ".astro": "a component of Astro", ".marko": "a component of Marko", ".scss": "Sass", ".sass": "Sass",
	".less": "Less", ".styl": "Stylus", ".mdx": "MDX", ".coffee": "CoffeeScript", ".elm": "Elm", ".py": "Python", ".php": "PHP", ".rb": "Ruby", ".pug": "Pug",
}

func loaded(text string, loader api.Loader) (api.OnLoadResult, error) {
	return api.OnLoadResult{Contents: &text, Loader: loader}, nil
}

func failed(kind, format string, args ...any) (api.OnLoadResult, error) {
	return api.OnLoadResult{Errors: []api.Message{{Text: fmt.Sprintf(format, args...), Detail: kind}}}, nil
}

func quoted(text string) string {
	b, _ := json.Marshal(text) // a string
	return string(b)
}

// moduleURL is the name by which a module knows its own URL; see prepare.
const moduleURL = "__moduleURL"

// prepare makes a module ready for esbuild, without a change of lines: it knows its
// URL, its pragma of JSX holds, and what it imports by a name that is put together is
// found among the files of the set.
func (b *bundler) prepare(name, text string) string {
	before := ""
	if strings.Contains(text, "import.meta.url") {
		before += "const " + moduleURL + " = " + quoted(setOrigin+name) + ";"
	}
	if strings.Contains(text, "@jsx") && jsxPragma().MatchString(text) && !strings.Contains(text, "@jsxRuntime") && !strings.Contains(text, "@jsxImportSource") {
		before += "/** @jsxRuntime classic */"
	}
	if (strings.Contains(text, "import(") || strings.Contains(text, "import (") || strings.Contains(text, "require(")) && computedImport().MatchString(text) {
		text, before = b.importByName(name, text, before)
	}
	if name == b.mounted {
		text += exportOf(text)
	}
	if before != "" && strings.HasPrefix(text, "#!") {
		text = "//" + text[2:]
	}
	return before + text
}

var jsxPragma = compiled(`@jsx\s+[\w.]+`)

// computedImport matches the beginning of an import(), or require(), of a name that is
// put together: its first part is in m[3].
var computedImport = compiled("(?:^|[^\\w$.])(import|require)(\\s*\\(\\s*(?:/\\*[^*]*\\*/\\s*)*)[\"'`](\\.{1,2}/[^\"'`$\\\\\n]*)(?:\\$\\{|[\"'`]\\s*\\+)")

// importByName lets import() and require() of names that are put together choose among
// the modules of the set by a table, as esbuild would with the files of a folder.
func (b *bundler) importByName(name, text, before string) (changed, front string) {
	dir := path.Dir(name)
	if name == b.entry.name {
		dir = b.entry.dir
	}
	var out strings.Builder
	at := 0
	rows := map[string]map[string]bool{"import": {}, "require": {}}
	for _, m := range computedImport().FindAllStringSubmatchIndex(text, -1) {
		call, prefix := text[m[2]:m[3]], text[m[6]:m[7]]
		out.WriteString(text[at:m[2]] + "__" + call)
		at = m[3]
		for _, f := range b.files {
			if specifier := relative(dir, f.Path); strings.HasPrefix(specifier, prefix) && f.Path != name && isImportable(f.Path) {
				rows[call][specifier] = true
			}
		}
	}
	for _, call := range []string{"import", "require"} {
		before += "const __" + call + "=n=>{const t={"
		for _, specifier := range slices.Sorted(maps.Keys(rows[call])) {
			before += fmt.Sprintf("%s:()=>%s(%[1]s),", quoted(specifier), call)
		}
		before += "},f=t[n]??t[n+'.js']??t[n+'.ts']??t[n+'.jsx']??t[n+'.tsx'];if(f)return f();"
		if call == "import" {
			before += "return import(n)};"
		} else {
			before += "throw new Error('There is no module '+n)};"
		}
	}
	return out.String() + text[at:], before
}

func isImportable(name string) bool {
	return slices.Contains([]string{".js", ".mjs", ".jsx", ".ts", ".tsx", ".json", ".css", ".svg", ".txt", ".md"}, extension(name))
}

// relative returns the specifier by which a module of a folder imports a file.
func relative(dir, file string) string {
	up := ""
	for dir != "." && !strings.HasPrefix(file, dir+"/") {
		dir = path.Dir(dir)
		up += "../"
	}
	if dir != "." {
		file = strings.TrimPrefix(file, dir+"/")
	}
	if up == "" {
		return "./" + file
	}
	return up + file
}
