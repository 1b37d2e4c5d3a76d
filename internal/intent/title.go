package intent

import "slices"

// isTitle reports whether a clause that begins like a question is the title of an app
// that is not there yet: "how old am I calculator", "explain gravity with an animation".
func (p *prompt) isTitle(start int, c clause) bool {
	if p.hasProject || p.words[c.to-1].asked || !p.stands("explain", start, c) && !p.stands("ask", start, c) && !p.stands("wish", start, c) &&
		!p.stands("explain", c.from, c) && !p.stands("ask", c.from, c) {
		return false
	}
	return p.endsInApp(c) || p.stands("explain", start, c) && p.showsWith(start, c)
}

// isKnownTitle reports whether a clause is no more than the name of a game that reads
// like a question: "who wants to be a millionaire?".
func (p *prompt) isKnownTitle(c clause) bool {
	const least = 3 // words
	m, ok := p.appAt(c.from)
	return ok && !p.hasProject && !m.weak && m.to == c.to && m.to-m.from >= least
}

// endsInApp reports whether a clause, or the words before its "for" or the like, end in
// the name of an app without pointing at one. "What is a to-do app" points at one, and so
// does "what is the best game".
func (p *prompt) endsInApp(c clause) bool {
	const least = 3 // words: "which app for notes"
	for i := c.from + least; i < c.to; i++ {
		if ends[p.words[i].text] && titleHeads[p.words[i-1].text] {
			c.to = i
			break
		}
	}
	name := c.to - 1
	for j := c.from + 1; j < name && !titleHeads[p.words[name].text]; j++ {
		if m, ok := p.appAt(j); ok && !m.weak && m.to == c.to {
			name = j
			break
		}
	}
	if name == c.to-1 && !titleHeads[p.words[name].text] && !p.mentionsApp(clause{from: name, to: c.to}) {
		return false
	}
	before := func(n int) string {
		if name-n < c.from {
			return ""
		}
		return p.words[name-n].text
	}
	points := func(w string) bool { return (articles[w] || definite[w] || indefinite[w]) && w != "it" && w != "them" }
	for _, m := range p.apps {
		if m.to == c.to && m.from > c.from && m.id() != Other && !m.weak && articles[p.words[m.from-1].text] {
			return false // "why do I need a landing page"
		}
	}
	switch {
	case before(2) == "my", before(3) == "my": // "what's my age calculator"
	case name == c.from, points(before(1)), prepositions[before(1)] && !additions[before(1)] && (before(1) != "no" || p.language != english):
		return false
	case points(before(2)) && copulas[before(3)], points(before(3)) && copulas[before(4)] && !titleHeads[before(2)]:
		return false
	}
	return !slices.ContainsFunc(p.words[c.from:name], func(w word) bool { return makers[w.text] })
}

// showsWith reports whether something is to be explained with an app: "with an
// interactive animation".
func (p *prompt) showsWith(start int, c clause) bool {
	for i := start + 1; i+1 < c.to; i++ {
		if !showing[p.words[i].text] || p.definite(i+1) && !indefinite[p.words[i+1].text] {
			continue
		}
		if slices.ContainsFunc(p.words[i+1:min(i+6, c.to)], func(w word) bool { return shown[w.text] }) {
			return true
		}
	}
	return false
}
