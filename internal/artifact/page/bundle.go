package page

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	"dreambuild.dev/backend/internal/artifact"
)

// A bundler lets esbuild join modules, or style sheets, into one text. It answers
// every question of esbuild itself: nothing is read from disk, environment or network.
type bundler struct {
	*document
	entry     source
	worker    bool // for a worker, which has no import map
	sharesOne bool // React is the import map's, since modules from elsewhere use it too
	minify    bool

	mu       sync.Mutex      // esbuild asks for several modules at once
	loaded   int             // modules
	problems int             // of resolving and loading
	react    bool            // some module imports React
	packages map[string]bool // specifiers that the network serves
}

// A source is what a bundle begins with.
type source struct {
	name   string // the file that it stands in, for messages
	dir    string // the folder that its imports start from
	line   int    // of the file, on which it begins
	text   string
	loader api.Loader
}

// The namespaces of modules, as esbuild calls them.
const (
	inSet     = "set"     // a file of the set
	asText    = "text"    // the same, as a text
	asURL     = "url"     // as a URL that holds it
	asSheet   = "sheet"   // as a CSSStyleSheet
	asWorker  = "worker"  // as a constructor of a worker
	inEntry   = "entry"   // the source
	inPage    = "page"    // a module within the page, beside others
	inVendor  = "preact"  // third_party/preact
	inRouter  = "router"  // React Router, without an address; see load
	inNothing = "nothing" // an image or sound that a set of texts cannot hold
)

// nowhere does not exist. Every path is the plugin's, so nobody looks there.
const nowhere = "/nonexistent"

// bundled is what esbuild made of a source.
type bundled struct {
	js, css string
	failure string // a sentence; "" if all went well
}

func (b *bundler) run() bundled {
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: "set:0", OutputPath: "0"}},
		Outdir:              nowhere,
		AbsWorkingDir:       nowhere,
		TsconfigRaw:         "{}",
		Bundle:              true,
		Format:              api.FormatESModule,
		Platform:            api.PlatformBrowser,
		Charset:             api.CharsetUTF8,
		JSX:                 api.JSXAutomatic,
		MinifyWhitespace:    b.minify,
		MinifyIdentifiers:   b.minify,
		MinifySyntax:        b.minify,
		LogLevel:            api.LogLevelSilent,
		Define:              b.defined(),
		Plugins: []api.Plugin{{Name: "set", Setup: func(build api.PluginBuild) {
			build.OnResolve(api.OnResolveOptions{Filter: ".*"}, oneAtATime(&b.mu, b.resolve))
			build.OnLoad(api.OnLoadOptions{Filter: ".*"}, oneAtATime(&b.mu, b.load))
		}}},
	})
	var out bundled
	for _, f := range result.OutputFiles {
		if path.Ext(f.Path) == ".css" {
			out.css = string(f.Contents)
		} else {
			out.js = string(f.Contents)
		}
	}
	for _, m := range result.Errors {
		if text := b.explain(m, artifact.SeverityError); out.failure == "" {
			out.failure = text
		}
	}
	for _, m := range result.Warnings {
		b.explain(m, artifact.SeverityWarning)
	}
	return out
}

func oneAtATime[A, R any](mu *sync.Mutex, answer func(A) (R, error)) func(A) (R, error) {
	return func(args A) (R, error) {
		mu.Lock()
		defer mu.Unlock()
		return answer(args)
	}
}

// defined is what modules find that only builds have. esbuild writes an object into
// every bundle, so there is none that no module asks for.
func (b *bundler) defined() map[string]string {
	all := map[string]string{"global": "globalThis", "import.meta.url": moduleURL, "import.meta.hot": "undefined", "process.env.NODE_ENV": `"production"`}
	for name, value := range map[string]string{"process.env": "{}", "import.meta.env": `{"MODE":"production","BASE_URL":"/","PROD":true,"DEV":false,"SSR":false}`} {
		if strings.Contains(b.entry.text, name) || slices.ContainsFunc(b.files, func(f artifact.File) bool { return strings.Contains(f.Content, name) }) {
			all[name] = value
		}
	}
	return all
}

// explain reports a message of esbuild if no other package finds what it says, and
// returns it as a sentence with its place.
func (b *bundler) explain(m api.Message, severity artifact.Severity) string {
	d := artifact.Diagnostic{Severity: severity, Text: m.Text}
	if kind, ok := m.Detail.(string); ok {
		d.Kind = kind
	} else if e := noExport().FindStringSubmatch(m.Text); e != nil {
		d.Kind = KindMissingExport
		d.Text = fmt.Sprintf("%q is imported from %s, which does not export it.", e[2], e[1])
	}
	if m.Location != nil {
		d.Path, d.Line = b.place(m.Location)
	}
	if d.Kind != "" {
		b.report(d)
	}
	if d.Path == "" {
		return d.Text
	}
	return fmt.Sprintf("%s:%d: %s", d.Path, d.Line, d.Text)
}

var noExport = compiled(`^No matching export in "(?:\w+:)?([^"]*)" for import "([^"]*)"`)

// place returns the file of the set and the line of a message.
func (b *bundler) place(l *api.Location) (name string, line int) {
	namespace, name, _ := strings.Cut(l.File, ":")
	switch namespace {
	case inEntry:
		return b.entry.name, b.entry.line + l.Line - 1
	case inPage:
		return b.name, b.within[name].line + l.Line - 1
	}
	return name, l.Line
}

// maxProblems bounds what esbuild is told of one bundle: it copies the line of each.
const maxProblems = 50

// refuse answers a question of esbuild with a diagnostic.
func (b *bundler) refuse(kind, format string, args ...any) (api.OnResolveResult, error) {
	if b.problems++; b.problems > maxProblems {
		return api.OnResolveResult{Path: "more", External: true}, nil
	}
	return api.OnResolveResult{Errors: []api.Message{{Text: fmt.Sprintf(format, args...), Detail: kind}}}, nil
}

func (b *bundler) warn(kind, format string, args ...any) []api.Message {
	if b.problems++; b.problems > maxProblems {
		return nil
	}
	return []api.Message{{Text: fmt.Sprintf(format, args...), Detail: kind}}
}

// resolve tells where an import leads.
func (b *bundler) resolve(args api.OnResolveArgs) (api.OnResolveResult, error) {
	if args.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{Path: "0", Namespace: inEntry}, nil
	}
	if args.Namespace == inVendor {
		return b.vendored(args.Path), nil
	}
	specifier := args.Path
	dir := path.Dir(args.Importer)
	switch args.Namespace {
	case inEntry:
		dir = b.entry.dir
		if name := strings.TrimPrefix(specifier, "/"); b.within[name].line > 0 {
			return api.OnResolveResult{Path: name, Namespace: inPage}, nil
		}
	case inPage:
		dir = b.dir
	}
	if args.Kind == api.ResolveCSSImportRule || args.Kind == api.ResolveCSSURLToken || args.Kind == api.ResolveCSSComposesFrom {
		return b.resolveCSS(dir, specifier), nil
	}
	if to, ok := b.imports.lookUp(specifier); ok && !b.worker {
		if u, err := url.Parse(to); err == nil && (u.Scheme != "" || u.Host != "") {
			return api.OnResolveResult{Path: specifier, External: true}, nil
		}
		dir, specifier = b.dir, "./"+strings.TrimPrefix(to, "./")
		if strings.HasPrefix(to, "/") || strings.HasPrefix(to, "../") {
			specifier = to
		}
	}
	if u, err := url.Parse(specifier); err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "" && u.Host != "") {
		if u.Scheme == "http" || isPrivate(u) {
			return b.refuse(KindOutside, "%q is imported, which a browser may not load here: import a file of the app or a package by its name.", specifier)
		}
		b.loads(specifier)
		return api.OnResolveResult{Path: specifier, External: true}, nil
	}
	return b.resolveName(dir, specifier, args.Namespace, args.With)
}

// resolveName tells where a specifier leads that is no URL, from a module of a namespace.
func (b *bundler) resolveName(dir, specifier, namespace string, with map[string]string) (api.OnResolveResult, error) {
	switch file := b.resolveFile(dir, specifier); {
	case file != "":
		return api.OnResolveResult{Path: file, Namespace: namespaceFor(file, specifier, with)}, nil
	case leavesSet(dir, specifier):
		return b.refuse(KindOutside, "%q is imported, which lies outside of the app's files: only they and packages can be imported.", specifier)
	case strings.HasPrefix(specifier, "data:"), strings.HasPrefix(specifier, "blob:"):
		return api.OnResolveResult{Path: specifier, External: true}, nil
	case isRelative(specifier) || strings.HasPrefix(specifier, "/"):
		if isMedia(specifier) {
			return api.OnResolveResult{Path: specifier, Namespace: inNothing, Warnings: b.warn(KindMissingFile, "%q is imported, and there is no such file, so nothing is shown in its place.", specifier)}, nil
		}
		return b.refuse(KindMissingFile, "%q is imported, and there is no such file.%s", specifier, b.near(specifier))
	case isReact(specifier):
		b.react = true
		if b.sharesOne {
			return api.OnResolveResult{Path: specifier, External: true}, nil
		}
		return b.vendored(specifier), nil
	case isOfServers(specifier):
		return b.refuse(KindNeedsBuild, "%q is imported, which only a server has: code that needs it cannot run in a browser.", specifier)
	case !isPackage().MatchString(specifier):
		return b.refuse(KindMissingFile, "%q is imported, and it is neither a file of the app nor the name of a package.", specifier)
	case namespace != inRouter && (specifier == "react-router-dom" || specifier == "react-router"):
		return api.OnResolveResult{Path: specifier, Namespace: inRouter}, nil
	case path.Ext(specifier) == ".css":
		b.linkPackage(specifier)
		return api.OnResolveResult{Path: specifier, Namespace: inNothing, Warnings: b.unpinned(specifier)}, nil
	}
	if b.packages[specifier] = true; len(b.packages) > artifact.MaxFiles {
		b.problems = min(b.problems, (len(b.packages)-artifact.MaxFiles-1)*maxProblems) // the first one is said
		return b.refuse(KindTooMany, "%q is imported, beside %d other modules of packages: an app may import no more.", specifier, artifact.MaxFiles)
	}
	to := specifier
	if b.worker {
		to = b.build.packages.url(specifier, nil)
		b.loads(to)
	}
	return api.OnResolveResult{Path: to, External: true, Warnings: b.unpinned(specifier)}, nil
}

// near names a file of the set that an import may have meant.
func (b *bundler) near(specifier string) string {
	base := strings.TrimSuffix(path.Base(specifier), path.Ext(specifier))
	for _, f := range b.files {
		if strings.EqualFold(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path)), base) {
			return fmt.Sprintf(" There is %s.", f.Path)
		}
	}
	return ""
}

// namespaceFor tells in which form an import wants a file.
func namespaceFor(file, specifier string, with map[string]string) string {
	_, query, _ := strings.Cut(specifier, "?")
	switch {
	case query == "raw" || query == "inline" || with["type"] == "text":
		return asText
	case query == "url":
		return asURL
	case query == "worker" || query == "sharedworker":
		return asWorker
	case with["type"] == "css" && extension(file) == ".css":
		return asSheet
	}
	return inSet
}

// isMedia reports whether a name is one of a file that is no text, so that no set
// can hold it.
func isMedia(name string) bool {
	name, _, _ = strings.Cut(name, "?")
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".bmp", ".mp3", ".mp4", ".webm", ".ogg", ".wav", ".woff", ".woff2", ".ttf", ".otf", ".glb", ".gltf", ".hdr", ".pdf", ".wasm"}, extension(name))
}

// resolveCSS tells where an @import of a style sheet leads. Its url() hold what they
// name already.
func (b *bundler) resolveCSS(dir, specifier string) api.OnResolveResult {
	name, _ := packageName(specifier)
	switch target, there := b.find(dir, specifier); {
	case there && extension(target) == ".css":
		return api.OnResolveResult{Path: target, Namespace: inSet}
	case name == "tailwindcss":
		b.tailwind = true
		return api.OnResolveResult{Path: specifier, Namespace: inNothing}
	case path.Ext(specifier) == ".css" && b.build.packages[name] != "" && isPackage().MatchString(specifier):
		at := b.build.packages.url(specifier, nil)
		b.loads(at)
		return api.OnResolveResult{Path: at, External: true}
	}
	b.loads(specifier)
	return api.OnResolveResult{Path: specifier, External: true}
}
