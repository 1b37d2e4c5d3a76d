package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// references looks for files that the set lacks.
func (s *set) references(r *report) {
	for _, p := range s.pages {
		if !p.based {
			s.pageReferences(r, p)
		}
	}
	for _, f := range s.styles {
		s.styleReferences(r, f.Path, f.Content)
	}
	for _, sc := range s.all() {
		s.scriptReferences(r, sc)
	}
}

func (s *set) pageReferences(r *report, p *page) {
	for _, ref := range p.refs {
		target, inSet := s.resolve(p.path, ref.target)
		if !inSet || s.there(target) {
			continue
		}
		switch ref.kind {
		case refScript:
			severity := artifact.SeverityError
			if !s.hasOther(p, refScript) && s.has(".js") { // the page gets the scripts that it does not load
				severity = artifact.SeverityWarning
			}
			r.add(MissingFile, severity, p.path, ref.line, "The page loads the script %q, but there is no such file%s.", ref.target, s.nearFile(target))
		case refStyle:
			severity := artifact.SeverityError
			if s.has(".css") || s.hasOther(p, refStyle) || strings.Contains(p.text, "<style") || strings.Contains(p.text, "tailwind") {
				severity = artifact.SeverityWarning
			}
			r.add(MissingFile, severity, p.path, ref.line, "The page loads the style sheet %q, but there is no such file%s.", ref.target, s.nearFile(target))
		case refPage:
			if isPage(target) && !strings.HasSuffix(ref.target, "/") {
				r.add(MissingFile, artifact.SeverityWarning, p.path, ref.line, "The page links to %q, but there is no such file%s.", ref.target, s.nearFile(target))
			}
		case refMedia:
			if path.Ext(target) != "" {
				r.add(MissingFile, artifact.SeverityWarning, p.path, ref.line, "The page shows %q, but there is no such file%s: draw it as SVG in the page, or leave it out.", ref.target, s.nearFile(target))
			}
		}
	}
}

// hasOther reports whether a page loads another script, or style sheet, that is there.
func (s *set) hasOther(p *page, kind refKind) bool {
	return slices.ContainsFunc(p.refs, func(ref reference) bool {
		target, inSet := s.resolve(p.path, ref.target)
		return ref.kind == kind && (!inSet || s.there(target))
	})
}

// has reports whether the set has a file with an extension.
func (s *set) has(ext string) bool {
	return slices.ContainsFunc(s.files, func(f artifact.File) bool { return extension(f.Path) == ext })
}

// there reports whether a file is in the set, perhaps where tools put what is public.
func (s *set) there(target string) bool {
	return exists(s.byPath, target) || exists(s.byPath, path.Join("public", target)) || exists(s.byPath, path.Join("static", target))
}

func (s *set) styleReferences(r *report, from, css string) {
	if !strings.Contains(css, "url(") && !strings.Contains(css, "@import") {
		return
	}
	var lines []int
	css = cssComment().ReplaceAllStringFunc(css, func(comment string) string { // lines stay
		return strings.Repeat("\n", strings.Count(comment, "\n")) + strings.Repeat(" ", len(comment)-strings.Count(comment, "\n"))
	})
	for _, m := range cssURL().FindAllStringSubmatchIndex(css, -1) {
		ref := ""
		for i := 2; i+1 < len(m); i += 2 {
			if m[i] >= 0 {
				ref = css[m[i]:m[i+1]]
			}
		}
		target, inSet := s.resolve(from, ref)
		if r.full(from) {
			return
		}
		if !inSet || s.there(target) || path.Ext(target) == "" || strings.HasPrefix(ref, "#") {
			continue
		}
		if lines == nil {
			lines = lineStarts(css)
		}
		r.add(MissingFile, artifact.SeverityWarning, from, lineAt(lines, m[0]), "The style sheet refers to %q, but there is no such file%s.", ref, s.nearFile(target))
	}
}

var (
	cssComment = compiled(`(?s)/\*.*?\*/`)
	cssURL     = compiled(`\burl\(\s*(?:"([^"\n)]*)"|'([^'\n)]*)'|([^"'()\s]+))\s*\)|@import\s+(?:"([^"\n]*)"|'([^'\n]*)')`)
)

func (s *set) scriptReferences(r *report, sc *script) {
	runs := sc.classic || sc.module || sc.inline || s.bare
	for _, i := range sc.imports {
		if r.full(sc.path) {
			return
		}
		target, inSet := s.resolveImport(sc.path, i.target)
		if !inSet || exists(s.byPath, target) {
			continue
		}
		severity := artifact.SeverityError
		if i.late || !runs || strings.HasPrefix(i.target, "@/") || strings.HasPrefix(i.target, "~/") || isAsset(target) {
			severity = artifact.SeverityWarning
		}
		r.add(MissingFile, severity, sc.path, sc.lineOf(i.data), "The script imports %q, but there is no such file%s.", i.target, s.nearFile(target))
	}
	if !runs {
		return
	}
	for _, u := range sc.facts.uses {
		target := s.fetched(sc, u.target)
		if target == "" || s.there(target) || sc.facts.strings[u.target] {
			continue
		}
		switch ext := extension(target); {
		case u.kind == refWorker && ext == ".js":
			r.add(MissingFile, artifact.SeverityError, sc.path, u.line, "The script starts the worker %q, but there is no such file%s.", u.target, s.nearFile(target))
		case u.kind == refData && (ext == ".json" || ext == ".csv" || ext == ".txt" || ext == ".html" || ext == ".svg" || ext == ".md" || ext == ".xml"):
			r.add(MissingFile, artifact.SeverityWarning, sc.path, u.line, "The script fetches %q, but there is no such file%s.", u.target, s.nearFile(target))
		}
	}
}

// isAsset reports whether a file is no text: a set holds none of these.
func isAsset(name string) bool {
	switch extension(name) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".woff", ".woff2", ".ttf", ".mp3", ".wav", ".ogg", ".mp4", ".webm", ".glb", ".wasm":
		return true
	}
	return false
}

// fetched returns the path that a script's request leads to: a browser takes it for
// relative to the page. "" for one that leaves the set.
func (s *set) fetched(sc *script, ref string) string {
	from := sc.path
	for _, p := range s.pages {
		if slices.ContainsFunc(p.scripts, func(l *loaded) bool { return l.script == sc }) {
			from = p.path
		}
	}
	target, inSet := s.resolve(from, ref)
	if !inSet {
		return ""
	}
	return target
}

// nearFile proposes a file that is there, or nothing.
func (s *set) nearFile(target string) string {
	if found, known := s.near[target]; known {
		return found
	}
	s.near[target] = s.lookNear(target)
	return s.near[target]
}

func (s *set) lookNear(target string) string {
	var all []string
	for _, f := range s.files {
		if strings.EqualFold(path.Base(f.Path), path.Base(target)) {
			return fmt.Sprintf(" (did you mean %q?)", f.Path)
		}
		if extension(f.Path) == extension(target) {
			all = append(all, f.Path)
		}
	}
	return didYouMean(target, all, "%q")
}
