package merge

import (
	"maps"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// intoScript puts a part of a script into a whole one: each function, class,
// variable or assigned function of the part in the place of the only one of its name.
// Functions that are new come beside those; other new statements have no certain
// place. ok is false where a place is not certain, or a text is not JavaScript.
func intoScript(whole, part string) (merged string, ok bool) {
	p, ok := readScript(part)
	if ok && len(p.decls) > maxPieces {
		return "", false
	}
	methods := false
	if !parses(part) {
		p, ok = readMethods(part)
		methods = ok
	}
	if !ok || !p.sharesName(whole) {
		return "", false
	}
	w, ok := readScript(whole)
	if !ok || len(w.tokens) == 0 || len(p.decls) > maxPieces || !parses(whole) {
		return "", false
	}
	if methods {
		return intoMethods(w, p)
	}
	m := scriptMerge{whole: w, part: p, there: map[string]bool{}}
	for _, s := range w.statements() {
		m.there[squeezed(strings.TrimSuffix(whole[s.from:s.to], ";"))] = true
	}
	for _, s := range p.statements() {
		if !m.place(s) {
			return "", false
		}
	}
	return m.result()
}

// maxPieces bounds how many pieces of a part are put into their places.
const maxPieces = 200

// sharesName reports whether another text has one of the names that a script gives: it
// is quick, and most files have none.
func (s *script) sharesName(text string) bool {
	for key := range s.byName {
		if i := strings.LastIndexAny(key, " .") + 1; strings.Contains(text, key[i:]) {
			return true
		}
	}
	return false
}

// scriptMerge is a part that is being put into a whole script.
type scriptMerge struct {
	whole, part *script
	there       map[string]bool // the statements at the top of whole, without spaces
	splices     []splice
	waiting     []string // new functions that come before the first one that is replaced
	last        int      // the index of the splice that replaced last, and one more; 0: none
	replaced    int      // how many were
	shown       int      // how many are as they were
	added       int      // how many are new
}

// place finds the place of one statement.
func (m *scriptMerge) place(s statement) bool {
	text := m.part.text[s.from:s.to]
	if m.there[squeezed(strings.TrimSuffix(text, ";"))] {
		m.shown++
		return true // for its surroundings
	}
	if s.decl < 0 {
		return strings.Trim(text, "; \t\r\n") == ""
	}
	d := m.part.decls[s.decl]
	at, n := m.whole.find(d)
	switch {
	case n > 1:
		return false
	case n == 1:
		return m.replace(d, m.whole.decls[at])
	}
	m.added++
	switch d.kind {
	case isFunction:
		m.beside(d)
		return true
	case isVariable:
		return m.atTop(d)
	}
	return false
}

// find returns the only declaration that gives the same names as d: the one at the
// top, or else the only one. n is how many there are.
func (s *script) find(d declaration) (at, n int) {
	level := s.level
	var all, top []int
	for _, key := range d.keys {
		for _, i := range s.byName[key] {
			o := s.decls[i]
			if (o.kind == isMethod) != (d.kind == isMethod) || (o.kind == isAssigned) != (d.kind == isAssigned) || slices.Contains(all, i) {
				continue
			}
			if d.kind == isVariable && o.kind == isVariable && o.depth > level && !s.isFunctionValue(o) {
				continue // another variable of the same name, within a function
			}
			all = append(all, i)
			if o.depth == level {
				top = append(top, i)
			}
		}
	}
	if len(top) > 0 && d.kind != isMethod {
		all = top
	}
	if len(all) != 1 {
		return 0, len(all)
	}
	for _, key := range s.decls[all[0]].keys {
		if !slices.Contains(d.keys, key) {
			return 0, 2 // it gives more names, which would be lost
		}
	}
	return all[0], 1
}

// isFunctionValue reports whether a variable holds a function.
func (s *script) isFunctionValue(d declaration) bool {
	for i := d.first; i < len(s.tokens) && s.tokens[i].from < d.to; i++ {
		if s.is(i, js.EqToken) && s.tokens[i].depth == d.depth {
			return s.isFunctionAt(i + 1)
		}
	}
	return false
}

// replace puts a declaration of the part in the place of one of the whole.
func (m *scriptMerge) replace(d, old declaration) bool {
	if d.kind == isClass && old.kind == isClass {
		if merged, whole := m.members(d, old); !whole {
			return merged
		}
	}
	if d.kind != old.kind && old.kind == isFunction { // it could be called above before
		return false
	}
	from := old.from
	begin := withComments(m.part.text, d.from)
	if begin < d.from {
		from = withComments(m.whole.text, old.from)
	}
	if losesMuch(m.whole.text[old.from:old.to], m.part.text[d.from:d.to]) || !m.hasKeys(d, old) {
		return false
	}
	text := m.textOf(begin, d.to, indentAt(m.whole.text, old.from))
	if own := m.whole.exports(old); own != "" && m.part.exports(d) == "" { // other files need it
		at := d.from - begin
		if begin < d.from {
			at = len(m.textOf(begin, d.from, indentAt(m.whole.text, old.from)))
		}
		text = text[:at] + own + text[at:]
	}
	for _, before := range m.waiting {
		text = moved(before, "", indentAt(m.whole.text, old.from), nil) + "\n\n" + indentAt(m.whole.text, old.from) + text
	}
	m.waiting = nil
	m.splices = append(m.splices, splice{from, old.to, text})
	m.replaced++
	m.last = len(m.splices)
	return true
}

// exports returns the words by which a declaration is exported, with the space behind
// them; "" if it is not.
func (s *script) exports(d declaration) string {
	if !s.is(d.first, js.ExportToken) {
		return ""
	}
	after := d.first + 1
	if s.is(after, js.DefaultToken) {
		after++
	}
	return s.text[d.from:s.tokens[after].from]
}

// hasKeys reports whether a declaration has all properties of the one in whose place it
// comes, if both are of objects.
func (m *scriptMerge) hasKeys(d, old declaration) bool {
	mine, ok := m.part.keysOf(d)
	theirs, both := m.whole.keysOf(old)
	if !ok || !both {
		return true
	}
	for key := range theirs {
		if !mine[key] {
			return false
		}
	}
	return true
}

// keysOf returns the keys of the object that a declaration gives a name to; ok is false
// if it is none.
func (s *script) keysOf(d declaration) (keys map[string]bool, ok bool) {
	for i := d.first; i+1 < len(s.tokens) && s.tokens[i].from < d.to; i++ {
		if !s.is(i, js.EqToken) || s.tokens[i].depth != d.depth {
			continue
		}
		open := i + 1
		if !s.is(open, js.OpenBraceToken) {
			return nil, false
		}
		keys = map[string]bool{}
		for j := open + 1; j < s.tokens[open].match; j++ {
			if s.tokens[j].depth == d.depth+1 && (j == open+1 || s.is(j-1, js.CommaToken)) {
				keys[strings.Trim(s.word(j), "'\"")] = true
			}
		}
		return keys, true
	}
	return nil, false
}

// textOf returns a piece of the part, indented as in the whole.
func (m *scriptMerge) textOf(from, to int, indent string) string {
	fixed := func(at int) bool {
		return slices.ContainsFunc(m.part.templates, func(t [2]int) bool { return t[0] < from+at && from+at < t[1] })
	}
	return moved(m.part.text[from:to], indentAt(m.part.text, from), indent, fixed)
}

// beside puts a new function after the last one that was replaced, or before the
// first.
func (m *scriptMerge) beside(d declaration) {
	begin := withComments(m.part.text, d.from)
	if m.last == 0 {
		m.waiting = append(m.waiting, m.textOf(begin, d.to, ""))
		return
	}
	s := &m.splices[m.last-1]
	indent := indentAt(m.whole.text, s.from)
	s.with += "\n\n" + indent + m.textOf(begin, d.to, indent)
}

// atTop puts a new variable at the top of the script, or after those at the top that
// it needs.
func (m *scriptMerge) atTop(d declaration) bool {
	used, err := readScript(m.part.text[d.from:d.to])
	if !err {
		return false
	}
	uses := used.uses()
	at := 0
	for _, s := range m.whole.statements() {
		text := m.whole.text[s.from:s.to]
		if strings.HasPrefix(text, "import") || strings.HasPrefix(text, "'use strict'") || strings.HasPrefix(text, `"use strict"`) {
			at = s.to
			continue
		}
		if s.decl < 0 || m.whole.decls[s.decl].kind == isFunction {
			continue
		}
		if slices.ContainsFunc(m.whole.decls[s.decl].keys, func(key string) bool { return uses[key] }) {
			at = s.to
		}
	}
	for key := range uses { // what only the part has may come later
		if _, own := m.part.byName[key]; own && !slices.Contains(d.keys, key) && len(m.whole.byName[key]) == 0 {
			return false
		}
	}
	text := m.textOf(withComments(m.part.text, d.from), d.to, "")
	if at == 0 {
		m.splices = append([]splice{{0, 0, text + "\n"}}, m.splices...)
		if m.last > 0 {
			m.last++
		}
		return true
	}
	m.splices = append(m.splices, splice{at, at, "\n" + text})
	return true
}

// members puts the methods of a class into the one of the whole. whole is true if the
// class has all that the other one has, so that it replaces that one.
func (m *scriptMerge) members(d, old declaration) (merged, whole bool) {
	mine, rest := m.part.methodsIn(d)
	theirs, theirRest := m.whole.methodsIn(old)
	whole = rest || !theirRest
	for key := range theirs {
		whole = whole && len(mine[key]) > 0
	}
	if whole || len(mine) == 0 || rest {
		return false, whole
	}
	var added string
	for _, key := range slices.Sorted(maps.Keys(mine)) {
		own := m.part.decls[mine[key][0]]
		switch {
		case len(mine[key]) > 1 || len(theirs[key]) > 1:
			return false, false
		case len(theirs[key]) == 1:
			there := m.whole.decls[theirs[key][0]]
			m.splices = append(m.splices, splice{there.from, there.to, m.textOf(own.from, own.to, indentAt(m.whole.text, there.from))})
			m.replaced++
		default:
			added += "\n" + indentOf(m.whole, theirs) + m.textOf(own.from, own.to, indentOf(m.whole, theirs)) + "\n"
		}
	}
	if added != "" {
		end := old.to - 1
		m.splices = append(m.splices, splice{lineStart(m.whole.text, end), lineStart(m.whole.text, end), added})
	}
	return m.replaced > 0, false
}

// indentOf returns how the methods of a class are indented.
func indentOf(s *script, methods map[string][]int) string {
	for _, at := range methods {
		return indentAt(s.text, s.decls[at[0]].from)
	}
	return ""
}

// methodsIn returns the methods of a class by their keys. rest tells that it has more
// than methods.
func (s *script) methodsIn(class declaration) (methods map[string][]int, rest bool) {
	methods = map[string][]int{}
	open, end := class.body, s.tokens[class.body].match
	covered := open + 1
	for i, d := range s.decls {
		if d.kind != isMethod || d.first <= open || d.first >= end || d.depth != s.tokens[open].depth+1 {
			continue
		}
		methods[d.keys[0]] = append(methods[d.keys[0]], i)
		rest = rest || d.first > covered
		for covered = d.first; covered < end && s.tokens[covered].from < d.to; covered++ {
		}
		for s.is(covered, js.SemicolonToken) {
			covered++
		}
	}
	return methods, rest || covered < end
}

// intoMethods puts a part that is methods alone in the places of those of their names.
func intoMethods(w, p *script) (string, bool) {
	m := scriptMerge{whole: w, part: p}
	for _, d := range p.decls {
		if d.kind != isMethod || d.depth != p.decls[0].depth {
			continue
		}
		at, n := w.find(d)
		if n != 1 || !m.replace(d, w.decls[at]) {
			return "", false
		}
	}
	return m.result()
}

// readMethods reads a text that is methods alone, of a class or of an object.
func readMethods(part string) (p *script, ok bool) {
	for _, around := range [][2]string{{"class X {\n", "\n}"}, {"({\n", "\n})"}} {
		text := around[0] + part + around[1]
		if p, ok = readScript(text); !ok || !parses(text) {
			continue
		}
		for _, d := range p.decls {
			if d.kind == isMethod {
				p.decls = slices.DeleteFunc(p.decls, func(o declaration) bool { return o.kind != isMethod })
				return p, true
			}
		}
	}
	return nil, false
}

// result returns what has come of the whole. It has to be JavaScript.
func (m *scriptMerge) result() (string, bool) {
	if m.replaced == 0 && m.added == 0 && m.shown > 0 {
		return m.whole.text, true
	}
	if m.replaced == 0 || len(m.waiting) > 0 {
		return "", false
	}
	merged, ok := spliced(m.whole.text, m.splices)
	if !ok || !parses(merged) {
		return "", false
	}
	return merged, true
}
