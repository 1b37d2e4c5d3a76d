package check

import (
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"golang.org/x/sync/errgroup"
)

// set is a set of files that has been read.
type set struct {
	files   []artifact.File
	byPath  map[string]string
	pages   []*page
	scripts map[string]*script // by path; the inline ones are with their pages
	styles  []artifact.File
	bare    bool // it has no page: it gets an empty one

	made     made // what makes elements and names, anywhere in the set
	prefixes []string
	near     map[string]string // what is proposed for files that are not there
	named    map[string]bool   // files that scripts name, such as workers
}

// made is what the texts of a set may make.
type made struct {
	ids     map[string]bool // of markup, and every string that is not only looked up
	guarded map[string]bool // names that some script asks for before it uses them
}

func newSet(files []artifact.File) *set {
	s := &set{
		files: files, byPath: map[string]string{}, named: map[string]bool{}, near: map[string]string{}, scripts: map[string]*script{},
		made: made{ids: map[string]bool{}, guarded: map[string]bool{}},
	}
	for _, f := range files {
		s.byPath[f.Path] = f.Content
	}
	for _, f := range files {
		if isPage(f.Path) {
			s.pages = append(s.pages, readPage(f))
			continue
		}
		switch extension(f.Path) {
		case ".css":
			s.styles = append(s.styles, f)
		case ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts":
			if !isTypes(f.Path) {
				s.scripts[f.Path] = &script{path: f.Path, text: f.Content, line: 1}
			}
		}
	}
	if s.bare = len(s.pages) == 0; s.bare {
		s.pages = append(s.pages, &page{path: "the page", ids: map[string]int{}, inert: map[string]bool{}})
	}
	for _, p := range s.pages {
		s.load(p)
	}
	s.readScripts()
	return s
}

// load finds out which scripts of the set a page loads.
func (s *set) load(p *page) {
	for _, l := range p.scripts {
		if l.script != nil || l.src == "" {
			continue
		}
		if target, inSet := s.resolve(p.path, l.src); inSet && target != "" {
			l.script = s.scripts[target]
			if l.script != nil {
				l.script.module = l.script.module || l.module
				l.script.babel = l.script.babel || l.babel
				l.script.classic = l.script.classic || !l.module && !l.babel
			}
		}
	}
}

// maxScripts is how many scripts are read at most: esbuild takes its time for each. Those
// that are not read may define anything.
const maxScripts = 1000

// readScripts reads all scripts, and what they import.
func (s *set) readScripts() {
	var readers errgroup.Group
	readers.SetLimit(runtime.GOMAXPROCS(0))
	for i, sc := range s.all() {
		if i == maxScripts {
			break
		}
		readers.Go(func() error {
			sc.read()
			return nil
		})
	}
	_ = readers.Wait() // none fails
	for _, sc := range s.all() {
		for id := range sc.strings {
			s.made.ids[id] = true
		}
		if sc.splits {
			for id := range sc.phrases {
				s.made.ids[id] = true
			}
		}
		for _, u := range sc.facts.uses {
			s.named[path.Base(u.target)] = true
		}
		for name := range sc.guarded {
			s.made.guarded[name] = true
		}
		s.prefixes = append(s.prefixes, sc.prefixes...)
	}
	for _, p := range s.pages {
		for id := range p.ids {
			s.made.ids[id] = true
		}
		s.follow(p)
	}
	for _, f := range s.files {
		switch extension(f.Path) {
		case ".json", ".svg", ".vue", ".svelte":
			for _, word := range words().FindAllString(f.Content, -1) {
				s.made.ids[word] = true
			}
		}
	}
}

// all returns the scripts of the set, those within pages too, in the order of files.
func (s *set) all() (all []*script) {
	pages := map[string]*page{}
	for _, p := range s.pages {
		pages[p.path] = p
	}
	for _, f := range s.files {
		if sc := s.scripts[f.Path]; sc != nil {
			all = append(all, sc)
		}
		if p := pages[f.Path]; p != nil {
			for _, l := range p.scripts {
				if l.script != nil && l.src == "" {
					all = append(all, l.script)
				}
			}
		}
	}
	return all
}

// follow adds to a page the modules that its scripts import.
func (s *set) follow(p *page) {
	seen := map[*script]bool{}
	for _, l := range p.scripts {
		seen[l.script] = true
	}
	for i := 0; i < len(p.scripts); i++ {
		from := p.scripts[i].script
		if from == nil {
			continue
		}
		for _, ref := range from.imports {
			target, _ := s.resolveImport(from.path, ref.target)
			if sc := s.scripts[target]; sc != nil && !seen[sc] {
				seen[sc] = true
				sc.module = true
				p.scripts = append(p.scripts, &loaded{script: sc, module: true, imported: true, src: target})
			}
		}
	}
}

// makes reports whether anything in the set may make an element with an id.
func (s *set) makes(id string) bool {
	if s.made.ids[id] {
		return true
	}
	return slices.ContainsFunc(s.prefixes, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
}

// resolve returns the path that a reference of a file leads to, as a browser finds it.
// inSet is false for what is somewhere else: another site, data, a part of the page.
func (s *set) resolve(from, ref string) (target string, inSet bool) {
	ref = strings.TrimSpace(ref)
	if strings.ContainsAny(ref, "{}<>$%\\ ") && !exists(s.byPath, ref) { // a template fills it in
		if unescaped, err := url.PathUnescape(ref); err != nil || strings.ContainsAny(unescaped, "{}<>$%\\") {
			return "", false
		}
	}
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(ref, "//") {
		return "", false
	}
	return join(from, u.Path)
}

// join joins the folder of a file with a path that the file refers to.
func join(from, to string) (target string, inSet bool) {
	if path.IsAbs(to) {
		target = path.Clean(to)[1:]
	} else {
		target = path.Join(path.Dir(from), to)
	}
	if strings.HasSuffix(to, "/") || target == "." || target == "" {
		target = path.Join(target, "index.html")
	}
	return target, !strings.HasPrefix(target, "..")
}

// resolveImport returns the path that a module's import leads to, as a bundler finds it,
// which may leave out the extension. inSet is false for a package or another site.
func (s *set) resolveImport(from, ref string) (target string, inSet bool) {
	ref, _, _ = strings.Cut(ref, "?")
	alias := strings.HasPrefix(ref, "@/") || strings.HasPrefix(ref, "~/")
	if alias {
		ref = "/" + ref[2:]
	}
	if !strings.HasPrefix(ref, "./") && !strings.HasPrefix(ref, "../") && !strings.HasPrefix(ref, "/") && ref != "." && ref != ".." || strings.HasPrefix(ref, "//") {
		return "", false
	}
	tries := []string{ref}
	if alias {
		tries = []string{"/src" + ref, ref, "/app" + ref}
	}
	for _, try := range tries {
		target, inSet = join(from, try)
		target = strings.TrimSuffix(target, "/index.html")
		for _, path := range candidates(target) {
			if exists(s.byPath, path) {
				return path, true
			}
		}
	}
	return target, inSet
}

// candidates returns the paths that an import of a path may mean.
func candidates(target string) []string {
	all := []string{target}
	extensions := []string{".tsx", ".ts", ".jsx", ".js", ".mjs", ".css", ".json", ".vue", ".svelte", ".d.ts"}
	for _, ext := range extensions {
		all = append(all, target+ext)
	}
	for _, ext := range extensions {
		all = append(all, path.Join(target, "index"+ext))
	}
	switch ext := path.Ext(target); ext { // TypeScript names the file that will be made
	case ".js", ".jsx", ".mjs":
		bare := strings.TrimSuffix(target, ext)
		all = append(all, bare+".ts", bare+".tsx", bare+".mts", bare+".jsx")
	}
	return append(all, path.Join("public", target))
}

func exists(files map[string]string, path string) bool {
	_, ok := files[path]
	return ok
}

func extension(name string) string { return strings.ToLower(path.Ext(name)) }

func isPage(name string) bool { return extension(name) == ".html" || extension(name) == ".htm" }

// isTypes reports whether a file holds types only.
func isTypes(name string) bool {
	return strings.HasSuffix(name, ".d.ts") || strings.HasSuffix(name, ".d.mts")
}
