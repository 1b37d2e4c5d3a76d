package intent

import (
	"slices"
)

// namesApp says whether an app is named anywhere, be it of a kind that nobody
// has heard of.
func (p *prompt) namesApp() bool {
	return len(p.apps) > 0 || p.describesApp()
}

// subject is the mention of the app that a prompt is about; nil: it names none.
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

// weight says how much a mention looks like the app in question. What is asked
// for comes before what it shall have, or is for.
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
	behind := p.behindPreposition(c.from, m.from)
	if behind && v != Create && v != Design && m.id() == Other && !p.isDefinite(m) {
		return 0 // "our addresses are in a spreadsheet"
	}
	if behind {
		n -= 6
		if p.wouldBeFeature(m) {
			n -= 4
		}
	}
	if v == Create && p.behindThe(m) {
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

// hints says how many words hint at each app.
func (p *prompt) hints() map[*entry]int {
	hints := map[*entry]int{}
	for _, m := range p.apps {
		if m.weak {
			hints[m.entry] += m.to - m.from
		}
	}
	return hints
}

// appAt is the mention of an app that begins at a word.
func (p *prompt) appAt(i int) (mention, bool) {
	n, ok := slices.BinarySearchFunc(p.apps, i, func(m mention, i int) int { return m.from - i })
	if !ok {
		return mention{}, false
	}
	return p.apps[n], true
}

// behindPreposition says whether what stands at a word is a part or a purpose of
// what came before in the clause.
func (p *prompt) behindPreposition(from, at int) bool {
	for _, w := range p.words[from:at] {
		if prepositions[w.text] {
			return true
		}
	}
	return false
}

// wouldBeFeature says whether an app's name is one of a feature too, such as a
// timer.
func (p *prompt) wouldBeFeature(m mention) bool {
	f, ok := features.at(p.words, m.from, p.language)
	return ok && f.to >= m.to
}

// isDefinite says whether a mention is of an app that is there: "the timer".
func (p *prompt) isDefinite(m mention) bool {
	return m.from == 0 || p.definite(m.from-1)
}

// behindThe says whether "the", "my" or the like stands before a mention.
func (p *prompt) behindThe(m mention) bool {
	return m.from > 0 && articles[p.words[m.from-1].text] && p.definite(m.from-1)
}

// describesOther says whether a prompt wants an app that is of no known kind.
func (p *prompt) describesOther(v Verb) bool {
	switch v {
	case Create:
		return p.describesApp()
	case Design:
		return slices.ContainsFunc(p.words, func(w word) bool { return appNouns[w.text] }) && !p.hasProject && p.describesApp()
	}
	return false
}

// describesApp says whether anything is said of an app but that it is one: "make
// me an app" names none.
func (p *prompt) describesApp() bool {
	said := make([]bool, len(p.words)) // of words, whether they are of no app
	for _, l := range []lexicon{themes, accents, says["create"], says["polite"], says["wish"], says["fresh"], says["chat"], says["design"], says["draw"]} {
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
