package intent

import "slices"

// extent says how much of a project the name of an app stands for.
type extent int

const (
	nothing extent = iota // no app that is not there yet is named
	aPart                 // a part of the app at hand: "a clock in the header"
	either                // one word for both: "a calendar"
	anApp                 // an app on its own: "a snake game"
)

// extentAt returns what the words at i name in a project. A part says so: by its place,
// by the app that it is for, or by the noun at its end. So does an app, by that noun.
// Of the others the lexicon tells which ones other apps often have.
func (p *prompt) extentAt(i int, c clause) extent {
	name, ok := p.nameAt(i, c)
	if !ok || p.definite(i) {
		return nothing
	}
	return p.extentOf(name, c)
}

func (p *prompt) extentOf(name mention, c clause) extent {
	for name.to < c.to { // "recipe blog"
		next, ok := p.appAt(name.to)
		if !ok || next.weak || next.to > c.to {
			break
		}
		name.entry, name.to = next.entry, next.to
	}
	end := name.to
	for end < c.to && (appHeads[p.words[end].text] || wholeHeads[p.words[end].text] || partHeads[p.words[end].text]) {
		end++
	}
	first, last := p.words[name.from].text, p.words[end-1].text
	known := name.entry != nil && name.entry.id != string(Other)
	switch {
	case p.isPlaced(end, c), p.placedAt(c.from, c):
		return aPart
	case name.entry == nil && end == name.to && p.isGame(end, c):
		return aPart
	case wholeHeads[last], p.language != english && wholeHeads[first]:
		return anApp
	case name.entry == nil && end > name.to:
		return aPart // "a game board"
	case !partHeads[last] && (!partHeads[first] || p.language == english):
		// "a calendar", "a snake"
	case known && end == name.to && !name.entry.part && !pageHeads[last]:
		return anApp // "a to-do list" says it all
	case known && pageHeads[last] && (end > name.to || !name.entry.part || name.entry.id == "landing-page"):
		return either
	default:
		return aPart
	}
	if name.entry != nil && name.entry.part {
		return either
	}
	return anApp
}

// nameAt returns the first name of an app that begins near word i and is whole there.
// Its entry is nil if it only says "game" or the like.
func (p *prompt) nameAt(i int, c clause) (mention, bool) {
	end := min(i+near, c.to)
	for j := i; j < end; j++ {
		if m, ok := p.appAt(j); ok && !m.weak && m.to <= c.to && !p.wouldBeFeature(m) && p.nameEnds(m.to, c) {
			return m, true
		}
		if prepositions[p.words[j].text] {
			break
		}
		if next, ok := p.appAt(j + 1); appNouns[p.words[j].text] && p.nameEnds(j+1, c) && (!ok || next.weak || p.language != english) {
			return mention{from: j, to: j + 1}, true
		}
	}
	return mention{}, false
}

// isGame reports whether a game that ends before word i is one of the app at hand: "a new
// game on click", "a game as a bonus".
func (p *prompt) isGame(i int, c clause) bool {
	return i < c.to && i > c.from+1 && placing[p.words[i].text] && generic[p.words[i-2].text]
}

// isPlaced reports whether the words from i on say where something stands, or to what it
// belongs: "in the header", "for this app". What comes after "with" tells of the thing
// itself.
func (p *prompt) isPlaced(i int, c clause) bool {
	for ; i < c.to; i++ {
		w := p.words[i].text
		if topicEnds[w] && !p.definite(i) {
			return false
		}
		if w == "as" && i+2 < c.to && indefinite[p.words[i+1].text] && slices.ContainsFunc(p.words[i+2:min(i+5, c.to)], func(w word) bool { return partHeads[w.text] }) {
			return true // "as a bonus level"
		}
		if where[w] || p.placedAt(i, c) || belonging[w] && p.belongsAt(i+1, c) {
			return true
		}
	}
	return false
}

// placedAt reports whether a place begins at word i: "in the header", "at bottom", but
// not "in the style of".
func (p *prompt) placedAt(i int, c clause) bool {
	w := p.words[i].text
	if !placing[w] && (p.language == english || !placingAbroad[w]) {
		return false
	}
	i++
	for i < c.to && (belonging[p.words[i].text] || p.words[i].text == "a") { // "next to the", "à côté de la"
		i++
	}
	if i < c.to && noPlaces[p.words[min(i+1, c.to-1)].text] {
		return false
	}
	if i < c.to && (pointing[p.words[i].text] || beside[w] && (p.definite(i) || articles[p.words[i].text])) {
		return true
	}
	for end := min(i+4, c.to); i < end && !topicEnds[p.words[i].text] || i < end && p.definite(i); i++ {
		if places[p.words[i].text] {
			return true
		}
	}
	return false
}

// belongsAt reports whether the words at i name the app at hand, or a part of it: "it",
// "this app", "the home page".
func (p *prompt) belongsAt(i int, c clause) bool {
	if i >= c.to {
		return false
	}
	if pointing[p.words[i].text] {
		return true
	}
	if !p.definite(i) {
		return false
	}
	return slices.ContainsFunc(p.words[i+1:min(i+3, c.to)], func(w word) bool {
		return wholeHeads[w.text] || partHeads[w.text] || places[w.text]
	})
}

// leaves reports whether a clause leaves the project aside, whatever else it says:
// "start over", "a new project", "do it again from scratch". "Rewrite app.js from
// scratch" does not, nor does "a start over button".
func (p *prompt) leaves(start int, c clause) bool {
	if !p.hasProject || p.isThen(c) {
		return false
	}
	followed := func(i int) bool {
		return i < c.to && (partHeads[p.words[i].text] || nounFollowers[p.words[i].text] || extensions[p.words[i].text])
	}
	for i := c.from; i < min(start+near, c.to); i++ {
		if n := p.length("fresh", i, c); n > 0 && !followed(i+n) {
			at := i + n
			if at < c.to && showing[p.words[at].text] {
				at++
			}
			return at >= c.to || !p.definite(at) // "start over the timer"
		}
		if p.definite(i) || i >= start && !smallWords[p.words[i].text].has(p.language) && !p.stands("wish", i, c) {
			break // "I want the player to start over"
		}
	}
	words := p.words[c.from:c.to]
	for _, m := range says["anew"].find(words, p.language) {
		if !words[m.from].negated && p.isWhole(start, c.from+m.from, c) {
			return true
		}
	}
	if adders[p.words[start].text] && (start+1 == c.to || !dative[p.words[start+1].text]) {
		return false
	}
	for _, m := range says["other"].find(words, p.language) {
		before := words[:m.from]
		if at := c.from + m.to; !words[m.from].negated && !followed(at) && p.nameEnds(at, c) && !slices.ContainsFunc(before, func(w word) bool { return placing[w.text] }) &&
			(m.from == 0 || !p.definite(c.from+m.from-1)) && (m.from < 2 || !p.definite(c.from+m.from-2)) && !p.definite(c.from) {
			return true
		}
	}
	return false
}

// isWhole reports whether what is to be made from scratch, by the words from..to-1, is
// the whole app: it is not named, or an app, or "it all".
func (p *prompt) isWhole(from, to int, c clause) bool {
	for from < to && (p.stands("create", from, c) || p.stands("edit", from, c)) {
		from += max(p.length("create", from, c), p.length("edit", from, c))
	}
	if from < to && starters[p.words[from].text] {
		from++
	}
	for from < to && (p.definite(from) || articles[p.words[from].text]) && !whole[p.words[from].text] {
		from++
	}
	if from >= to {
		return true
	}
	if to > from+1 && extensions[p.words[from+1].text] { // "app.js"
		return false
	}
	last := p.words[to-1].text
	return whole[p.words[from].text] && (to-from == 1 || whole[last] || again[last]) || wholeHeads[last] || p.extentAt(from, clause{from: from, to: to}) >= either
}

// setsAside reports whether the prompt leaves the project aside for an app that it names:
// "forget this, a calendar please". After "now" and the like it has to be one of which
// other apps have none: "now a snake game".
func (p *prompt) setsAside() bool {
	least := nothing
	for _, m := range says["aside"].find(p.words, p.language) {
		if m.to < len(p.words) && m.to == m.from+1 && (p.words[m.to].text == "of" || p.words[m.to].text == "de") {
			continue // "instead of the list"
		}
		if !m.weak {
			least = either
		} else if least == nothing {
			least = anApp
		}
	}
	return least > nothing && slices.ContainsFunc(p.clauses, func(c clause) bool { return p.namesAlone(c, least) })
}

// namesAlone reports whether a clause that asks for no change names an app that stands
// for that much, or more.
func (p *prompt) namesAlone(c clause, least extent) bool {
	start := p.opening(c)
	n := p.length("aside", start, c)
	if n == 0 && (p.stands("edit", start, c) || p.stands("delete", start, c) || p.definite(c.from)) {
		return false
	}
	if start += n; n == 0 {
		n = p.length("create", start, c)
		for start += n; start < c.to && dative[p.words[start].text]; start++ {
		}
		if n > 0 && start < c.to && p.definite(start) {
			return false
		}
	}
	if p.namesFrom(start, c, least) {
		return true
	}
	for i := start; i < c.to; i++ {
		if appNouns[p.words[i].text] && (i == c.from || !p.definite(i-1)) && p.nameEnds(i+1, c) && p.extentOf(mention{from: i, to: i + 1}, c) >= least {
			return true
		}
	}
	return false
}

// namesFrom reports whether the words of a clause from i on name an app of a known kind
// that stands for that much, even one that is also a feature: "a timer".
func (p *prompt) namesFrom(i int, c clause, least extent) bool {
	first, _ := slices.BinarySearchFunc(p.apps, i, func(m mention, i int) int { return m.from - i })
	for _, m := range p.apps[first:] {
		if m.to > c.to {
			break
		}
		if !m.weak && (m.from == c.from || !p.definite(m.from-1)) && p.nameEnds(m.to, c) && p.extentOf(m, c) >= least {
			return true
		}
	}
	return false
}
