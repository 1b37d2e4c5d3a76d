package intent

import "slices"

// negate marks the words that a negation takes back. These are the words that
// follow it in its clause, up to what the prompt asks for instead.
func (p *prompt) negate() {
	exempt := says["exempt"].find(p.words, p.language)
	end := 0 // of the scope of the negation before
	for _, m := range says["negation"].find(p.words, p.language) {
		if m.to < end || slices.ContainsFunc(exempt, m.overlaps) {
			continue
		}
		for end = m.to; end < len(p.words) && p.words[end].begins == 0 && !scopeEnds[p.words[end].text]; end++ {
			p.words[end].negated = true
		}
	}
	for _, c := range p.clauses { // "memory, not tic tac toe"
		if nots[p.words[c.from].text] {
			for i := c.from; i < c.to; i++ {
				p.words[i].negated = true
			}
		}
	}
}

// negated reports whether a mention is taken back. A mention that contains its
// negation, such as "without internet", is not.
func (p *prompt) negated(m mention) bool { return p.words[m.from].negated }

// removed reports whether a mention names what should go, as in "remove the footer"
// or before the "with" of "replace the table with a chart".
func (p *prompt) removed(m mention) bool {
	c := p.clauseOf(m.from)
	if c.does == retract {
		return true
	}
	start := p.opening(c)
	if !p.hasProject || start == c.to {
		return false
	}
	if p.switchesOff(m, c) {
		return true
	}
	r, ok := says["removal"].at(p.words, start, p.language)
	return ok && m.from >= r.to && m.to <= c.to && !p.asksBetween(r.to, m.from, c)
}

// switchesOff reports whether a clause turns off what a mention names: "turn the sound
// off", "sound off".
func (p *prompt) switchesOff(m mention, c clause) bool {
	last := c.to - 1
	return p.hasProject && off[p.words[last].text] && m.to <= last && (switching[p.words[p.opening(c)].text] || m.to == last && m.from <= p.opening(c)+1)
}

// asksBetween reports whether another request than for something to go begins between
// two words of a clause: "remove the footer and add a search".
func (p *prompt) asksBetween(from, to int, c clause) bool {
	for i := from; i+1 < to; i++ {
		if additions[p.words[i].text] && (p.stands("edit", i+1, c) || p.stands("create", i+1, c)) && !p.stands("removal", i+1, c) && !p.stands("delete", i+1, c) {
			return true
		}
	}
	return false
}

// clauseOf returns the clause that word i belongs to.
func (p *prompt) clauseOf(i int) clause {
	n, _ := slices.BinarySearchFunc(p.clauses, i, func(c clause, i int) int {
		switch {
		case c.to <= i:
			return -1
		case c.from > i:
			return 1
		}
		return 0
	})
	return p.clauses[n]
}
