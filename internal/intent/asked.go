package intent

import "slices"

// asks reports whether a clause is a question; "what I need is a quiz" is a wish.
func (p *prompt) asks(start int, c clause) bool {
	if !p.hasProject && p.stands("service", start, c) {
		return true
	}
	if conditions[p.words[c.from].text] && !p.words[c.to-1].asked {
		return false // "when …" begins a statement too
	}
	if p.words[c.to-1].asked && questionWords[p.words[c.from].text] && !p.stands("wish", c.from, c) && !p.stands("offer", c.from, c) && !p.stands("create", start, c) {
		return true
	}
	for _, i := range []int{c.from, start} {
		if i > c.from && p.words[i].text == "do" {
			continue // "can you do the same"
		}
		question := max(p.length("explain", i, c), p.length("ask", i, c))
		if question > 0 && question >= p.length("wish", i, c) {
			return true
		}
	}
	return false
}

// onlyAsks reports whether a prompt that asks for no change is a question, and not a
// way to ask for an app: "do you have a timer?", "how do I make a quiz?".
func (p *prompt) onlyAsks() bool {
	asks := false
	for _, c := range p.clauses {
		if c.does != ask {
			continue
		}
		asks = true
		start := p.opening(c)
		wants := p.stands("obtain", c.from, c) || p.stands("obtain", start, c) || says["create"].in(p.words[start:c.to], p.language)
		if wants && p.namesKind(c) {
			return false
		}
	}
	return asks
}

// namesKind reports whether a clause names an app of a kind that has an id.
func (p *prompt) namesKind(c clause) bool {
	return slices.ContainsFunc(p.apps, func(m mention) bool { return !m.weak && m.id() != Other && c.from <= m.from && m.to <= c.to })
}

// asksOwn reports whether a clause asks what an app answers again and again, where no
// project does yet: "how many days until Christmas", "how much did I spend". What has
// one answer, or is about the service, is another question.
func (p *prompt) asksOwn(start int, c clause) bool {
	if p.stands("answered", start, c) {
		return true
	}
	n := p.length("amount", start, c)
	if n == 0 || !p.mentionsApp(c) {
		return false
	}
	own := false
	for i, w := range p.words[start:c.to] {
		next := start + i + 1
		if pointing[w.text] && !(next < c.to && periods[p.words[next].text]) || generalHeads[w.text] {
			return false
		}
		own = own || owners[w.text]
	}
	return own
}

// mainPart returns a clause without its subordinate part: "the total shows 0" of
// "the total shows 0 when it should be 12". The words before its opening belong to
// it.
func (p *prompt) mainPart(start int, c clause) []word {
	end := min(start+1, c.to)
	for end < c.to && !subordinate[p.words[end].text] {
		end++
	}
	return p.words[c.from:end]
}

// states reports whether the main part of a clause says how things are, which "a
// sound when somebody wins" does not. What happens "when I click a card", or what
// "a click" does, tells how things should be, unless it sounds odd: "when I click it
// jumps".
func (p *prompt) states(start int, c clause) bool {
	const least = 4 // words
	first := p.words[c.from].text
	if says["aside"].in(p.words[c.from:c.to], p.language) || p.mayBe(c) || p.onlyNegates(c) {
		return false
	}
	if conditions[first] && c.to < len(p.words) && p.words[c.to].begins == comma {
		return false // what happens then comes next
	}
	if (conditions[first] || articles[first] && !p.definite(c.from)) && !says["odd"].in(p.words[c.from:c.to], p.language) && !says["negation"].in(p.words[c.from:c.to], p.language) {
		return false
	}
	if says["state"].in(p.mainPart(start, c), p.language) {
		return true
	}
	wanted := slices.ContainsFunc(p.words[start:c.to], func(w word) bool { return comparatives[w.text] })
	return !wanted && c.to-start >= least && (p.definite(start) || observers[p.words[start].text])
}

// onlyNegates reports whether a clause is no more than a feature that is taken back: "pas
// de son".
func (p *prompt) onlyNegates(c clause) bool {
	no, ok := says["negation"].at(p.words, c.from, p.language)
	if !ok || no.to >= c.to {
		return false
	}
	f, ok := features.at(p.words, no.to, p.language)
	return ok && f.to == c.to
}

// mayBe reports whether a clause says what could be.
func (p *prompt) mayBe(c clause) bool {
	return slices.ContainsFunc(p.words[c.from:c.to], func(w word) bool { return mays[w.text] })
}

// makes returns what a clause does, in a project, that begins with "make" or the like:
// "make a chess game" asks for another app, "make the board bigger" and "make a reset
// button" for a change, and "make a calendar" for one of both.
func (p *prompt) makes(start int, c clause) act {
	i := start + p.length("create", start, c)
	if wholeHeads[p.words[i-1].text] && i-start > 1 {
		i = start // "una app" is what is asked for
	}
	forMe := i < c.to && dative[p.words[i].text]
	for i < c.to && dative[p.words[i].text] {
		i++
	}
	switch e := p.extentAt(i, c); {
	case e == anApp || e == either && forMe, e == nothing && forMe && p.namesFrom(i, c, either):
		return makeNew
	case e == either:
		return perhaps
	}
	return change
}

// wantsApp reports whether a clause wishes for an app that is called one, beside the
// project: "I want a recipe app", but not "I want a new game".
func (p *prompt) wantsApp(c clause) bool {
	n := p.length("wish", c.from, c)
	if n == 0 || p.extentAt(c.from+n, c) != anApp {
		return false
	}
	for i := c.from + n + 1; i < c.to; i++ {
		before := p.words[i-1].text
		if wholeHeads[p.words[i].text] && (i+1 < c.to && topics[p.words[i+1].text] || !articles[before] && !indefinite[before] && !generic[before] && !shadeWords[before]) {
			return true
		}
	}
	return false
}

// mayWantApp reports whether a clause wishes for an app that may be the project, too:
// "I want a website for my dog".
func (p *prompt) mayWantApp(c clause) bool {
	n := p.length("wish", c.from, c)
	return n > 0 && c.from+n < c.to && indefinite[p.words[c.from+n].text] && p.extentAt(c.from+n, c) == anApp
}

// names returns what a clause does, in a project, that is the name of something.
func (p *prompt) names(start int, c clause) act {
	m, ok := p.nameAt(start, c)
	if !ok || p.pointsAt(start, m) {
		return mutter
	}
	switch p.extentOf(m, c) {
	case anApp:
		return name
	case either:
		return perhaps
	}
	return mutter
}

// pointsAt reports whether the words from i on point at what a mention names: "restore
// the whole app".
func (p *prompt) pointsAt(i int, m mention) bool {
	for ; i < m.from; i++ {
		if p.definite(i) {
			return true
		}
	}
	return p.definite(m.from)
}

// namesAt reports whether the words at i name an app that is not there yet: "a
// quiz", but not "the quiz".
func (p *prompt) namesAt(i int, c clause) bool {
	if i >= c.to || p.definite(i) {
		return false
	}
	_, ok := p.nameAt(i, c)
	return ok
}

// nameEnds reports whether the name of an app ends before word i. In a project,
// "kanban" names no app in "kanban cards"; without a project it can only name one.
func (p *prompt) nameEnds(i int, c clause) bool {
	if !p.hasProject || i >= c.to {
		return true
	}
	w := p.words[i].text
	if next, ok := p.appAt(i); ok && !next.weak {
		return true
	}
	return prepositions[w] || appHeads[w] || nameEnds[w] || p.stands("polite", i, c) || p.stands("fresh", i, c) || p.stands("anew", i, c) || p.stands("aside", i, c)
}

const near = 5 // words: "a very simple little unit converter"

// definite reports whether word i points at something that is there, as "the" does.
func (p *prompt) definite(i int) bool {
	w := p.words[i].text
	return definite[w] || languages[p.language] == "pt" && (w == "o" || w == "a" || w == "os" || w == "as")
}
