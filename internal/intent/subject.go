package intent

import (
	"slices"
)

// subject returns the mention of the app that the prompt is about; nil if it names
// none.
func (p *prompt) subject(v Verb) *mention {
	var best *mention
	most, hinted := 0, 0
	hints := p.hints()
	for _, m := range p.apps {
		n := p.weight(m, v)
		if n > most || n == most && n == weakest && hints[m.entry] > hinted {
			best, most, hinted = &m, n, hints[m.entry]
		}
	}
	if best == nil && p.describesOther(v) {
		return &mention{entry: &entry{id: string(Other)}}
	}
	return best
}

// weakest is the weight of a mention that only hints at an app.
const weakest = 5

// weight returns how much a mention looks like the app that the prompt is about. The
// app itself weighs more than what it should have, or what it is for.
func (p *prompt) weight(m mention, v Verb) int {
	n := 10 + 2*(m.to-m.from)
	c := p.clauseOf(m.from)
	if m.weak {
		if v == Create || v == Design && !p.hasProject {
			return weakest
		}
		return 0
	}
	if v != Create && v != Design && p.wouldBeFeature(m) && !p.isDefinite(m) {
		return 0
	}
	after := p.afterPreposition(c.from, m.from)
	if after && v != Create && v != Design && m.id() == Other && !p.isDefinite(m) {
		return 0 // "our addresses are in a spreadsheet"
	}
	if after {
		n -= 6
		if p.wouldBeFeature(m) {
			n -= 4
		}
	}
	if v == Create && p.afterThe(m) {
		n -= 4
	}
	if v == Create && c.from > 0 && p.wouldBeFeature(m) {
		n -= 8 // "my eggs are boiling, a timer please": there may be hints at more
	}
	if m.to < c.to && appHeads[p.words[m.to].text] {
		n += 3
	}
	if next, ok := p.appAt(m.to); ok && m.to < c.to && !next.weak && !(generalHeads[p.words[next.from].text] && next.to == next.from+1) {
		n -= 3 // "recipe blog" is a blog, but "bmi calc" no calculator
	}
	if m.from > 0 && c.does == makeNew {
		n += 4
	}
	return max(n, 1)
}

// hints returns how many words hint at each app.
func (p *prompt) hints() map[*entry]int {
	hints := map[*entry]int{}
	for _, m := range p.apps {
		if m.weak {
			hints[m.entry] += m.to - m.from
		}
	}
	return hints
}

// appAt returns the mention of an app that begins at word i.
func (p *prompt) appAt(i int) (mention, bool) {
	n, ok := slices.BinarySearchFunc(p.apps, i, func(m mention, i int) int { return m.from - i })
	if !ok {
		return mention{}, false
	}
	return p.apps[n], true
}

// afterPreposition reports whether a preposition stands between two words. What
// follows it is a part or a purpose of what comes before.
func (p *prompt) afterPreposition(from, at int) bool {
	for _, w := range p.words[from:at] {
		if prepositions[w.text] {
			return true
		}
	}
	return false
}

// wouldBeFeature reports whether the name of an app also names a feature, such as a
// timer.
func (p *prompt) wouldBeFeature(m mention) bool {
	f, ok := features.at(p.words, m.from, p.language)
	return ok && f.to >= m.to
}

// isDefinite reports whether a mention names an app that is there: "the timer".
func (p *prompt) isDefinite(m mention) bool {
	return m.from == 0 || p.definite(m.from-1)
}

// afterThe reports whether "the", "my" or the like stands before a mention.
func (p *prompt) afterThe(m mention) bool {
	return m.from > 0 && articles[p.words[m.from-1].text] && p.definite(m.from-1)
}

// describesOther reports whether the prompt asks for an app of an unknown kind.
func (p *prompt) describesOther(v Verb) bool {
	switch v {
	case Create:
		return p.describesApp()
	case Design:
		return slices.ContainsFunc(p.words, func(w word) bool { return appNouns[w.text] }) && !p.hasProject && p.describesApp()
	}
	return false
}

// describesApp reports whether the prompt says more of an app than that it is one:
// "make me an app" does not.
func (p *prompt) describesApp() bool {
	said := make([]bool, len(p.words)) // the words that do not describe the app
	for _, l := range []lexicon{themes, accents, says["create"], says["polite"], says["wish"], says["fresh"], says["anew"], says["other"], says["aside"], says["chat"], says["design"], says["draw"]} {
		for _, m := range l.find(p.words, p.language) {
			for i := m.from; i < m.to; i++ {
				said[i] = true
			}
		}
	}
	for i, w := range p.words {
		if !said[i] && !w.negated && !generic[w.text] && len(w.text) >= 3 && !smallWords[w.text].has(p.language) {
			return true
		}
	}
	return false
}
