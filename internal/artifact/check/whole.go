package check

import (
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// behaviour looks for an app that does nothing.
func (s *set) behaviour(r *report) {
	if s.bare {
		return
	}
	for _, f := range s.files {
		switch extension(f.Path) {
		case ".js", ".mjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".php", ".py", ".astro":
			if strings.TrimSpace(f.Content) != "" {
				return
			}
		case ".css":
			if reacts().MatchString(f.Content) {
				return
			}
		}
	}
	for _, p := range s.pages {
		if p.acts || reacts().MatchString(p.text) {
			return
		}
		for _, l := range p.scripts {
			if l.src != "" || strings.TrimSpace(comment().ReplaceAllString(l.text, "")) != "" {
				return
			}
		}
	}
	p := s.pages[0]
	r.add(NoBehaviour, artifact.SeverityError, p.path, 0, "The app does nothing: the page has no script, no handler and no form that goes anywhere. Write the script that makes it work.")
}

var (
	reacts  = compiled(`:(checked|target|focus-within|popover-open)\b|@keyframes`)
	comment = compiled(`(?s)/\*.*?\*/|//[^\n]*`)
)

// builds looks for code that no browser runs, and that nothing here builds.
func (s *set) builds(r *report) {
	for _, f := range s.files {
		if what, need := s.foreign(f); what != "" {
			severity := artifact.SeverityError
			if s.showsWithout(f.Path) {
				severity = artifact.SeverityWarning
			}
			r.add(NeedsBuild, severity, f.Path, 0, "%s, which %s: write it for the browser alone, in HTML, CSS and JavaScript.", what, need)
		}
	}
	for _, sc := range s.all() {
		s.server(r, sc)
	}
}

// What foreign code needs.
const (
	tool = "a build tool has to compile before a browser shows it"
	host = "runs on a server, and here is none"
)

// foreign says what of a file no browser runs; "" for nothing.
func (s *set) foreign(f artifact.File) (what, need string) {
	switch extension(f.Path) {
	case ".vue":
		return "The file is a Vue component", tool
	case ".svelte":
		return "The file is a Svelte component", tool
	case ".astro":
		return "The file is an Astro component", tool
	case ".ts":
		if strings.Contains(f.Content, "@angular/core") && strings.Contains(f.Content, "@Component(") {
			return "The file is an Angular component", tool
		}
	case ".php":
		return "The file is PHP", host
	case ".py":
		if webFramework().MatchString(f.Content) {
			return "The file is a web server in Python", host
		}
	}
	return "", ""
}

var (
	webFramework = compiled(`(?m)^\s*(from|import)\s+(flask|django|fastapi|bottle|tornado|aiohttp|streamlit|gradio|dash)\b`)
	onServer     = compiled(`^(?:node:)?(?:express|fastify|koa|fs|fs/promises|path|http|https|net|os|child_process|crypto|cluster|mongoose|mysql2?|pg|sqlite3|better-sqlite3|sequelize|@prisma/client|dotenv|body-parser|cors|ws|socket\.io|next|next/.+|react-native|electron|@nestjs/.+)$`)
)

// showsWithout reports whether the set has pages, and none of them needs a file.
func (s *set) showsWithout(path string) bool {
	needs := func(p *page) bool {
		return strings.Contains(p.text, "<app-root") || slices.ContainsFunc(p.scripts, func(l *loaded) bool {
			return l.script != nil && slices.ContainsFunc(l.imports, func(i importing) bool {
				target, ok := s.resolveImport(l.path, i.target)
				return ok && target == path
			})
		})
	}
	return !s.bare && !slices.ContainsFunc(s.pages, needs)
}

// server looks for scripts that need a server's libraries.
func (s *set) server(r *report, sc *script) {
	loaded := sc.classic || sc.module || sc.inline
	for _, need := range slices.Concat(sc.imports, sc.needs) {
		if !onServer().MatchString(need.target) {
			continue
		}
		severity := artifact.SeverityError
		if !loaded && !s.bare {
			severity = artifact.SeverityWarning
		}
		r.add(NeedsBuild, severity, sc.path, sc.lineOf(need.data), "The script uses %q, which a browser does not have: it runs on a server, and here is none. Write it for the browser alone.", need.target)
		return
	}
}
