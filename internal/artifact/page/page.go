// Package page makes one HTML document of a set of files, which a browser can show
// by itself in an iframe's srcdoc: nothing of the set is fetched, and everything of
// it that the page reaches is within.
//
// Classic scripts and styles stand where the page refers to them, as they are, so
// that their globals stay. Modules, TypeScript and JSX are bundled by esbuild, which
// knows no file but those of the set. What an app asks for while it runs (data,
// images, workers, other pages) travels beside the document, for the prelude.
package page

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"dreambuild.dev/backend/internal/artifact"
)

// Built is a set of files as one HTML document.
type Built struct {
	Code        string                // the document; empty only for an empty set
	Network     []string              // the origins that it loads from, sorted
	Diagnostics []artifact.Diagnostic // what of the set it cannot show
}

// The kinds of what a set has that cannot be shown.
const (
	KindMissingFile   = "missing-file"   // an import leads to no file of the set
	KindMissingExport = "missing-export" // an import names what the module does not export
	KindOutside       = "outside"        // an import leads out of the set, to the machine or its network
	KindTooMany       = "too-many"       // more modules or packages than a set may have
	KindTooLarge      = "too-large"      // more copies than a document may hold
	KindNeedsBuild    = "needs-build"    // a language or a module that only a build or a server has
	KindUnpinned      = "unpinned"       // a package whose version nobody has chosen
)

// Plain makes the document of a set that needs no esbuild. It is quick, and safe in
// the serving process. ok is false for a set that needs Build; built is then how the
// set looks without it, as far as was made until then, and empty if that takes long to
// tell.
func Plain(files []artifact.File) (built Built, ok bool) {
	b := newBuild(files)
	b.plain, b.room = true, maxCopies/4
	if b.size()*len(files) > maxPlain || b.isSurelyBuilt() {
		return Built{}, false
	}
	built = b.run()
	return built, !b.needsBuild
}

// maxPlain bounds the work of Plain: each file's name is looked for in all texts.
const maxPlain = 20 * artifact.MaxFileBytes // bytes × files

// isSurelyBuilt reports whether a set has no page, and scripts that no browser reads.
func (b *build) isSurelyBuilt() bool {
	isCompiled := func(f artifact.File) bool {
		return slices.Contains([]string{".tsx", ".jsx", ".ts", ".mts"}, extension(f.Path))
	}
	return !slices.ContainsFunc(b.files, isPage) && slices.ContainsFunc(b.files, isCompiled)
}

// Build makes the document of any set. It runs esbuild, whose parser recurses as deep
// as the files nest: a set can end the process, so call it in one that may die.
func Build(files []artifact.File) Built { return newBuild(files).run() }

// A build is the making of one document, with those of the other pages that it
// leads to.
type build struct {
	files []artifact.File
	set   map[string]string // the content of each path

	plain      bool // esbuild may not run …
	needsBuild bool // … though it would have to: no other page is made then

	entry   *entry // of the set, once it is looked for
	mounted string // the component that a page shows for it; "" for none

	room        int             // bytes that copies of files may still take
	network     map[string]bool // origins
	diagnostics []artifact.Diagnostic
	packages    packages
	frames      map[string]bool   // the pages around the one that is being made
	uris        map[string]string // the data: URLs of files that markup and styles show
	framed      map[string]string // the documents of pages that are shown within others
	aliases     []alias           // from the set's tsconfig.json; see resolve.go
}

// maxCopies bounds what the documents of all pages take together: a page that refers
// to one file a thousand times does not become a thousand times as large.
const maxCopies = 2 * artifact.MaxSetBytes

func newBuild(files []artifact.File) *build {
	b := &build{files: files, set: make(map[string]string, len(files)), room: maxCopies, network: map[string]bool{}, frames: map[string]bool{}, framed: map[string]string{}, uris: map[string]string{}}
	for _, f := range files {
		b.set[f.Path] = f.Content
	}
	b.packages = pinnedBy(b.set["package.json"])
	b.aliases = readAliases(b.set)
	return b
}

func (b *build) run() Built {
	if len(b.files) == 0 {
		return Built{}
	}
	name, content := b.firstPage()
	d := b.document(name, content)
	code := withPrelude(d.text, b.beside(d))
	slices.SortFunc(b.diagnostics, func(x, y artifact.Diagnostic) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(x.Line, y.Line), strings.Compare(x.Text, y.Text))
	})
	return Built{Code: code, Network: b.origins(), Diagnostics: b.diagnostics}
}

func (b *build) size() (bytes int) {
	for _, f := range b.files {
		bytes += len(f.Content)
	}
	return bytes
}

// firstPage returns the page that is shown first: index.html, else the index.html
// that lies least deep, else the first page. A set without one gets a page.
func (b *build) firstPage() (name, content string) {
	best := -1
	for i, f := range b.files {
		if isPage(f) && (best < 0 || rank(f.Path) < rank(b.files[best].Path)) {
			best = i
		}
	}
	if best < 0 {
		return "index.html", b.barePage()
	}
	return b.files[best].Path, b.files[best].Content
}

// rank orders pages: less is shown rather.
func rank(name string) int {
	if path.Base(name) == "index.html" {
		return strings.Count(name, "/")
	}
	return 1000
}

func isPage(f artifact.File) bool {
	return isHTML(f.Path) && strings.TrimSpace(f.Content) != ""
}

func isHTML(name string) bool {
	ext := extension(name)
	return ext == ".html" || ext == ".htm"
}

func extension(name string) string { return strings.ToLower(path.Ext(name)) }

// copied takes n bytes of the room for copies, and reports whether they were there.
func (b *build) copied(n int) bool {
	if n > max(b.room, 0) {
		b.needsBuild = b.needsBuild || b.plain // Build has more room
		return false
	}
	b.room -= n
	return true
}

// report adds a diagnostic, once, and 50 in all: more tell nobody more.
func (b *build) report(d artifact.Diagnostic) {
	if len(b.diagnostics) < 50 && !slices.Contains(b.diagnostics, d) {
		b.diagnostics = append(b.diagnostics, d)
	}
}

// isOver reports whether the making has to end: it is for one that may run esbuild.
func (b *build) isOver() bool { return b.plain && b.needsBuild }

func (b *build) origins() []string { return slices.Sorted(maps.Keys(b.network)) }

// compiled returns an expression that is compiled when it is first needed: a server that
// makes no page starts without it.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
