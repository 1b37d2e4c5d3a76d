package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/javascript"
	"github.com/evanw/esbuild/pkg/api"
)

// view is what the scripts of a page can see.
type view struct {
	*set
	*page
	globals map[string]bool
	others  []string // the scripts from elsewhere, by their addresses
	unsure  bool     // something may define names that nobody can read here
	said    map[string]bool
}

// names looks for what scripts and handlers use and nothing makes.
func (s *set) names(r *report) {
	for _, p := range s.pages {
		v := s.viewOf(p)
		v.clashes(r)
		called := v.handlers(r)
		for _, l := range p.scripts {
			if l.script == nil || l.tree == nil {
				continue
			}
			when := reading
			if l.late || l.imported {
				when = complete
			}
			changed := map[string]bool{}
			for _, u := range l.run(when, called) {
				if u.change {
					changed[u.name] = changed[u.name] || u.when != acting
				} else {
					v.use(r, l, u)
				}
			}
			constants(r, l.script, changed)
			v.written(r, l)
		}
	}
}

// viewOf finds out what a page defines.
func (s *set) viewOf(p *page) *view {
	v := &view{set: s, page: p, globals: map[string]bool{}, said: map[string]bool{}}
	if !slices.ContainsFunc(p.scripts, func(l *loaded) bool { return l.script != nil }) {
		s.link(p)
	}
	for _, l := range p.scripts {
		switch {
		case l.script == nil:
			if target, inSet := s.resolve(p.path, l.src); l.src != "" && inSet && target != "" {
				v.unsure = true // it is missing
			} else {
				v.others = append(v.others, l.src)
			}
			continue
		case l.tree == nil:
			v.unsure = true
			continue
		}
		v.unsure = v.unsure || l.opaque || l.loads
		for name, how := range l.script.globals {
			if how == property || !l.module && !l.imported {
				v.globals[name] = true
			}
		}
	}
	return v
}

// link adds the scripts to a page that it gets since it refers to none: those that are no
// module, no worker, and not for a tool or a server.
func (s *set) link(p *page) {
	for _, sc := range s.all() {
		if !sc.inline && extension(sc.path) == ".js" && sc.moduleAt == nil && !isForTools(sc) && !s.named[path.Base(sc.path)] && !s.isLoaded(sc) {
			p.scripts = append(p.scripts, &loaded{script: sc, src: sc.path, late: true})
		}
	}
}

// isLoaded reports whether a page says that it loads a script.
func (s *set) isLoaded(sc *script) bool { return sc.classic || sc.module || sc.babel }

// isForTools reports whether a script is for a tool or a server, by its name or by what it
// uses.
func isForTools(sc *script) bool {
	return forTools().MatchString(sc.path) || len(sc.needs) > 0 || strings.Contains(sc.text, "module.exports")
}

var forTools = compiled(`(^|/)(__tests__|tests?|e2e|server|api|scripts)/|\.(test|spec|stories|config)\.\w+$|(^|/)(sw|service-?worker|worker)\.js$`)

// defined reports whether a name may mean something in a page.
func (v *view) defined(name string) bool {
	if _, isElement := v.ids[name]; isElement {
		return true
	}
	return v.globals[name] || browser()["window"][name] || v.made.guarded[name] || special(name)
}

// special reports whether a name is one that functions have, or that tools put in.
func special(name string) bool {
	switch name {
	case "arguments", "await", "yield", "let", "super", "this", "import", "require", "module", "exports", "define", "process", "global", "Buffer", "__dirname", "__filename", "goog", "regeneratorRuntime", "sprintf", "chrome", "browser", "webkit", "ActiveXObject", "Deno", "Bun",
		"Temporal", "NDEFReader", "EyeDropper", "PaymentRequest", "ApplePaySession", "SpeechRecognition", "BarcodeDetector", "FaceDetector", "LanguageModel", "Summarizer", "Translator",
		"GPUBufferUsage", "GPUTextureUsage", "GPUShaderStage", "GPUMapMode", "DeviceMotionEvent", "DeviceOrientationEvent", "Accelerometer", "Gyroscope", "InstallTrigger", "opr", "safari": // of other browsers, or other devices
		return true
	}
	return strings.HasPrefix(name, "moz") || strings.HasPrefix(name, "webkit") || strings.HasPrefix(name, "ms") && len(name) > 2 && name[2] >= 'A' && name[2] <= 'Z'
}

// severity returns how bad it is what happens at a time. Nobody may ever do what it
// takes for the last.
func severity(when phase) artifact.Severity {
	if when == acting {
		return artifact.SeverityWarning
	}
	return artifact.SeverityError
}

// constants looks for constants that get another value. changed are the variables that
// surely get one.
func constants(r *report, sc *script, changed map[string]bool) {
	for _, c := range sc.changed {
		severity := artifact.SeverityWarning
		if changed[c.name] {
			severity = artifact.SeverityError
		}
		r.add(Constant, severity, sc.path, c.line, "The script gives %q another value, which throws, since it is a constant: declare it with \"let\".", c.name)
	}
}

// use looks at one thing that a script surely uses.
func (v *view) use(r *report, l *loaded, u use) {
	if r.full(l.path) {
		return
	}
	if u.name == "" {
		v.element(r, l, u)
		return
	}
	if u.early && !v.said[l.path+"\x00"+u.name] {
		v.said[l.path+"\x00"+u.name] = true
		r.add(EarlyName, severity(u.when), l.path, l.lineOf(u.data), "The script uses %q before it is declared, which throws: move the declaration up, or the use down.", u.name)
		return
	}
	if v.defined(u.name) || l.hidden[u.name] || v.said[l.path+"\x00"+u.name] {
		return
	}
	if u.name == "THREE" && u.invoked && isAddon(u.member) && v.lacksAddon(u.member) && !v.said[l.path+"\x00"+u.member] {
		v.said[l.path+"\x00"+u.member] = true
		r.add(UndefinedLibrary, severity(u.when), l.path, l.lineOf(u.data), "The script uses THREE.%s, which three.js itself does not have, and %s loads no script that adds it: import it as a module, or do without it.", u.member, v.page.path)
		return
	}
	lib, known := libraries()[u.name]
	switch {
	case known && v.lacks(lib):
		v.said[l.path+"\x00"+u.name] = true
		r.add(UndefinedLibrary, severity(u.when), l.path, l.lineOf(u.data), "The script uses %q, but %s loads no script of %s: add a <script> that loads it before this one, or do without it.", u.name, v.page.path, lib.title)
	case known || !v.knowsOthers(u.when):
	case v.makes(u.name) && isElementMember(u.member): // an element that a script makes has its name, too
	default:
		v.said[l.path+"\x00"+u.name] = true
		v.unknown(r, l, u)
	}
}

// unknown reports a name that nothing defines.
func (v *view) unknown(r *report, l *loaded, u use) {
	line, hint := l.lineOf(u.data), v.hint(u.name)
	if slices.ContainsFunc(v.others, isP5) {
		if v.said[l.path+"\x00p5"] {
			return // once is enough
		}
		v.said[l.path+"\x00p5"] = true
		hint += ", and p5.js gives its names away only when it calls setup()"
	}
	switch {
	case u.called:
		r.add(MissingFunction, severity(u.when), l.path, line, "The script calls %s(), but nothing that %s loads defines it%s.", u.name, v.page.path, hint)
	case isElementMember(u.member):
		r.add(MissingID, severity(u.when), l.path, line, "The script uses %q as an element, but %s has no element with that id%s.", u.name, v.page.path, hint)
	default:
		r.add(MissingName, severity(u.when), l.path, line, "The script uses %q, but nothing that %s loads defines it%s.", u.name, v.page.path, hint)
	}
}

// isElementMember reports whether a property is one of elements, and hardly of others.
func isElementMember(name string) bool {
	switch name {
	case "addEventListener", "textContent", "innerHTML", "innerText", "value", "style", "classList", "onclick", "onsubmit", "oninput", "onchange",
		"appendChild", "append", "prepend", "disabled", "checked", "dataset", "querySelector", "querySelectorAll", "setAttribute", "getContext", "focus":
		return true
	}
	return false
}

// element looks at an element that a script looks up and uses.
func (v *view) element(r *report, l *loaded, u use) {
	key := l.path + "#" + u.id
	if v.said[key] || v.unsure {
		return
	}
	at, there := v.ids[u.id]
	switch {
	case !v.makes(u.id):
		v.said[key] = true
		r.add(MissingID, severity(u.when), l.path, l.lineOf(u.data), "The script uses the element with the id %q, but nothing makes one%s: give an element this id, or look the right one up.", u.id, v.nearID(u.id))
	case there && u.when == reading && !l.late && l.at < at && !v.inert[u.id] && !v.writes(u.id):
		v.said[key] = true
		r.add(MissingID, severity(u.when), l.path, l.lineOf(u.data), "The script uses the element with the id %q before the page has it: load the script with \"defer\", or put it at the end of <body>.", u.id)
	}
}

// writes reports whether a script may make an element with an id.
func (v *view) writes(id string) bool {
	return slices.ContainsFunc(v.page.scripts, func(l *loaded) bool {
		return l.script != nil && (l.strings[id] || l.splits && l.phrases[id])
	})
}

// handlers looks at the handlers in a page's markup, and returns the functions that they
// call.
func (v *view) handlers(r *report) (called map[string]bool) {
	called = map[string]bool{}
	seen := map[string]bool{}
	for _, h := range v.page.handlers {
		if seen[h.element+" "+h.code] {
			continue
		}
		seen[h.element+" "+h.code] = true
		if call := plainCall().FindStringSubmatch(h.code); call != nil { // as most are
			called[call[1]] = true
			if !v.inScope(call[1], h.element) {
				v.handler(r, v.page.path, h.line, use{name: call[1], called: true, when: acting})
			}
			continue
		}
		const head, tail = "function handler(event) {\n", "\n}"
		code := &script{path: v.page.path, text: head + h.code + tail, line: h.line - 1, facts: newFacts(), ran: map[string][]use{}}
		code.src = append(make([]byte, 0, len(code.text)+1), code.text...)
		tree, err := javascript.Tree(code.src)
		if err != nil {
			if result := api.Transform(code.text, api.TransformOptions{LogLevel: api.LogLevelSilent}); len(result.Errors) > 0 {
				r.add(Syntax, artifact.SeverityError, v.page.path, h.line, "The handler %.60q cannot be read: %s.", h.code, strings.TrimRight(result.Errors[0].Text, ".:"))
			}
			continue
		}
		code.tree = tree
		code.look()
		for _, u := range code.run(acting, map[string]bool{"handler": true}) {
			if u.called {
				called[u.name] = true
			}
			if u.name != "event" && !v.inScope(u.name, h.element) {
				v.handler(r, v.page.path, code.lineOf(u.data), u)
			}
		}
	}
	return called
}

// plainCall matches a handler that does nothing but to call a function.
var plainCall = compiled(`^\s*([A-Za-z_$][\w$]*)\(\s*(?:(?:-?[\d.]+|this|event|'[^'\\]*'|"[^"\\]*")\s*,?\s*)*\)\s*;?\s*$`)

// inScope reports whether a name is a property of what a handler of an element sees: the
// element, its form, the document.
func (v *view) inScope(name, element string) bool {
	names := browser()
	return names["document"][name] || names["element"][name] || names[element][name] || v.forms && names["form"][name]
}

// handler looks at one thing that a handler in markup surely uses.
func (v *view) handler(r *report, path string, line int, u use) {
	if r.full(path) || u.name == "" || v.defined(u.name) || v.said["on\x00"+u.name] {
		return
	}
	if _, known := libraries()[u.name]; known {
		return
	}
	why := v.invisible(u.name)
	if why == "" {
		if !v.knowsOthers(acting) {
			return
		}
		why = fmt.Sprintf("nothing that %s loads defines it%s", v.page.path, v.hint(u.name))
	}
	v.said["on\x00"+u.name] = true
	what := fmt.Sprintf("uses %q", u.name)
	if u.called {
		what = "calls " + u.name + "()"
	}
	r.add(MissingFunction, artifact.SeverityError, path, line, "A handler in the page %s, but %s.", what, why)
}

// written looks at handlers in markup that a script writes.
func (v *view) written(r *report, l *loaded) {
	for _, h := range l.script.handlers {
		if v.inScope(h.name, "button") || v.inScope(h.name, "input") || v.inScope(h.name, "select") {
			continue
		}
		v.handler(r, l.path, l.lineOf(h.data), use{name: h.name, called: true, data: h.data, when: acting})
	}
}

// invisible says why a name that a script of the set defines is none for a handler; "" if
// none defines it.
func (v *view) invisible(name string) string {
	for _, l := range v.page.scripts {
		if l.script == nil || !l.own[name] || !l.holdsFunction(name) && l.script.globals[name] == 0 {
			continue
		}
		mend := fmt.Sprintf("write window.%s = %s behind it, or use addEventListener", name, name)
		if l.script.globals[name] != 0 {
			return fmt.Sprintf("it stands in a module, where handlers do not see it: %s", mend)
		}
		return fmt.Sprintf("it stands inside of another function, where handlers do not see it: %s", mend)
	}
	for _, sc := range v.set.all() {
		if sc.globals[name] != 0 && !sc.inline {
			return fmt.Sprintf("%s does not load %s, which defines it", v.page.path, sc.path)
		}
	}
	return ""
}

// holdsFunction reports whether a variable of a name is a function somewhere in the script.
func (s *script) holdsFunction(name string) bool {
	for v := range s.facts.functions {
		if string(v.Data) == name {
			return true
		}
	}
	return false
}

// hint proposes another name that looks like one, or nothing.
func (v *view) hint(name string) string {
	var all []string
	for other := range v.globals {
		all = append(all, other)
	}
	return didYouMean(name, all, "%s")
}

// nearID proposes another id.
func (v *view) nearID(id string) string {
	var all []string
	for other := range v.ids {
		all = append(all, other)
	}
	return didYouMean(id, all, "%q")
}

// clashes looks for names that two classic scripts of a page declare, or that the browser
// keeps for itself: the second script does not run at all.
func (v *view) clashes(r *report) {
	first := map[string]*loaded{}
	for _, l := range v.page.scripts {
		if l.script == nil || l.tree == nil || l.module || l.imported || l.babel || l.script.module {
			continue
		}
		for _, d := range l.tree.Declared {
			name := string(d.Data)
			how := l.script.globals[name]
			if how != lexical && how != variable {
				continue
			}
			other := first[name]
			switch {
			case how == lexical && isKept(name):
				r.add(Syntax, artifact.SeverityError, l.path, l.lineOf(d.Data), "%q is the browser's own name: a script that declares it does not run; call it something else.", name)
			case other != nil && other.script != l.script && (how == lexical || other.script.globals[name] == lexical):
				r.add(Syntax, artifact.SeverityError, l.path, l.lineOf(d.Data), "%q is declared in %s, too, so that this script does not run: declare it once, or use other names.", name, other.path)
			case other == nil:
				first[name] = l
			}
		}
	}
}

// isKept reports whether no script may declare a name with let, const or class.
func isKept(name string) bool {
	switch name {
	case "window", "document", "location", "top", "undefined", "NaN", "Infinity":
		return true
	}
	return false
}
