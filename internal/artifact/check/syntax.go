package check

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/gap"
	"github.com/evanw/esbuild/pkg/api"
)

// syntax looks for what cannot be read.
func (s *set) syntax(r *report) {
	for _, sc := range s.all() {
		s.script(r, sc)
	}
	for _, p := range s.pages {
		for _, st := range p.styles {
			if open, _ := gap.AtEnd(artifact.File{Path: "style.css", Content: st.text}, false); open {
				r.add(Syntax, artifact.SeverityWarning, p.path, st.line, "The style sheet that begins here leaves a bracket, a string or a comment open.")
			}
		}
	}
	for _, f := range s.files {
		if extension(f.Path) == ".json" || extension(f.Path) == ".webmanifest" {
			s.data(r, f)
		}
	}
}

// script looks at the text of one script.
func (s *set) script(r *report, sc *script) {
	switch {
	case sc.wrong != nil && importAtTop().MatchString(sc.wrong.text) && sc.classic:
		inClassic(r, sc, sc.wrong.line)
	case sc.wrong != nil:
		hint := ""
		if sc.classic && sc.loader() == api.LoaderJS && strings.Contains(sc.wrong.text, "JSX") {
			hint = " A browser reads no JSX: put it into a .jsx file that the page loads as a module."
		}
		r.add(Syntax, s.severityOf(sc), sc.path, sc.wrong.line, "The script cannot be read: %s.%s", strings.TrimRight(sc.wrong.text, ".:"), hint)
	case sc.returnAt > 0 && (sc.classic || sc.module) && !sc.babel:
		r.add(Syntax, artifact.SeverityError, sc.path, sc.returnAt, "The script has a \"return\" outside of any function: a browser runs nothing of it.")
	case sc.tree == nil:
	case sc.moduleAt != nil && sc.classic && !sc.babel, sc.built && sc.classic && !sc.babel && !sc.isPlain():
		inClassic(r, sc, max(sc.lineOf(sc.moduleAt), sc.line))
	}
}

// isPlain reports whether a browser can read a script as it is.
func (s *script) isPlain() bool {
	_, wrong := s.transform(api.LoaderJS)
	return wrong == nil
}

var importAtTop = compiled(`"(import|export)"`)

func inClassic(r *report, sc *script, line int) {
	r.add(ModuleInClassic, artifact.SeverityError, sc.path, line, "The script is a module, but the page does not load it as one: write <script type=\"module\">.")
}

// severityOf says how bad a fault in the text of a script is. One that no page loads may
// be for something else.
func (s *set) severityOf(sc *script) artifact.Severity {
	if sc.classic || sc.module || sc.babel || sc.inline || s.bare {
		return artifact.SeverityError
	}
	return artifact.SeverityWarning
}

// data looks at a JSON file. Those of tools may hold comments.
func (s *set) data(r *report, f artifact.File) {
	d := json.NewDecoder(strings.NewReader(f.Content))
	err := d.Decode(new(json.RawMessage))
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return
		}
		err = errors.New("something follows its end")
	}
	at := int(d.InputOffset())
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = int(wrong.Offset)
	}
	severity := artifact.SeverityWarning
	if s.isUsed(f.Path) {
		severity = artifact.SeverityError
	} else if comments().MatchString(f.Content) {
		return
	}
	r.add(Syntax, severity, f.Path, lineAt(lineStarts(f.Content), max(0, min(at, len(f.Content))-1)), "The file is no JSON: %s.", err)
}

var comments = compiled(`(?m)^\s*(//|/\*)`)

// isUsed reports whether a script imports or fetches a file.
func (s *set) isUsed(path string) bool {
	for _, sc := range s.all() {
		for _, i := range sc.imports {
			if target, ok := s.resolveImport(sc.path, i.target); ok && target == path {
				return true
			}
		}
		for _, u := range sc.facts.uses {
			if u.kind == refData && s.fetched(sc, u.target) == path {
				return true
			}
		}
	}
	return false
}

// elisions looks for lines that stand for others. A browser does not mind them.
func elisions(r *report, files []artifact.File) {
	for _, f := range files {
		for _, e := range gap.Elisions(f.Path, f.Content, "") {
			r.add(Elision, artifact.SeverityWarning, f.Path, e.Line, "The line %.80q stands for code that is not there: write the whole code in its place.", e.Text)
		}
	}
}

// cuts looks for files that break off.
func (s *set) cuts(r *report) {
	for _, f := range s.files {
		if !s.mayBreakOff(f) {
			continue
		}
		if broken, _ := gap.AtEnd(f, false); broken {
			r.add(Cut, s.severityOfCut(f), f.Path, strings.Count(strings.TrimSpace(f.Content), "\n")+1, "The file breaks off here: write it to its end.")
		}
	}
}

// severityOfCut says how bad it is that a file breaks off. A browser shows a page or a
// style sheet as far as it goes; what breaks by that has diagnostics of its own.
func (s *set) severityOfCut(f artifact.File) artifact.Severity {
	if sc := s.scripts[f.Path]; sc != nil {
		return s.severityOf(sc)
	}
	if s.isUsed(f.Path) {
		return artifact.SeverityError
	}
	return artifact.SeverityWarning
}

// mayBreakOff reports whether it is worth the time to look at the end of a file. Of a
// script that can be read only a word at its end is too much.
func (s *set) mayBreakOff(f artifact.File) bool {
	sc := s.scripts[f.Path]
	if sc == nil || sc.wrong != nil {
		return true
	}
	end := strings.TrimSpace(f.Content)
	return end != "" && isWordByte(end[len(end)-1])
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
