package intent

import (
	"slices"
	"strings"
)

// goesBack reports whether a clause asks for an earlier version: "undo that", "go back",
// "the version before the colours". "Go back to the menu" does not, nor does "an undo
// button".
func (p *prompt) goesBack(start int, c clause) bool {
	if start >= c.to || p.isThen(c) || p.isConditional(start, c) {
		return false
	}
	words := p.wordsOf(c)
	if says["better"].in(words, p.language) {
		return true
	}
	if what, rest, ok := p.undone(start, c); ok {
		return p.takesBack(what.from, what) && p.takesBack(rest, c)
	}
	if n := p.length("return", start, c); n > 0 && (p.isPast(start+n, c) || p.isSaid(start+n, c) || start+n < c.to && p.definite(start+n) && p.isUnspecific(start+n, c)) {
		return true
	}
	if n := p.length("fetch", start, c); n > 0 && p.isPast(start+n, c) {
		return true
	}
	return p.namesVersion(start, c)
}

// isThen reports whether a clause says what is to happen under a condition, which it or
// the clause before it says: "when I lose, start over".
func (p *prompt) isThen(c clause) bool {
	if conditions[p.words[c.from].text] {
		return true
	}
	return c.from > 0 && p.words[c.from].begins == comma && conditions[p.words[p.clauseOf(c.from-1).from].text]
}

// isConditional reports whether a clause says when something is to happen.
func (p *prompt) isConditional(from int, c clause) bool {
	return slices.ContainsFunc(p.words[from:c.to], func(w word) bool {
		return conditions[w.text] && w.text != "nach" || byItself[w.text]
	})
}

// undone returns the words of a clause that say what is to be undone, and the word after
// them and their verb: "undo …", "mach … rückgängig".
func (p *prompt) undone(start int, c clause) (what clause, rest int, ok bool) {
	n := p.length("back", start, c)
	last := start + n - 1
	parted := n > 1 && (p.words[last].text == "zuruck" || p.words[last].text == "ruckgangig")
	switch {
	case parted:
		return clause{from: start + 1, to: last}, last + 1, true
	case n > 0:
		return clause{from: start + n, to: c.to}, c.to, true
	}
	for i := max(start, c.to-2); i < c.to; i++ {
		if p.words[i].text == "ruckgangig" && (i+1 == c.to || p.words[i+1].text == "machen") {
			return clause{from: start, to: i}, c.to, true
		}
	}
	return clause{}, 0, false
}

// retracts reports whether a clause asks to undo something that it names: "undo the dark
// mode". That may be far back, and more may have changed since.
func (p *prompt) retracts(start int, c clause) bool {
	what, rest, ok := p.undone(start, c)
	return ok && !p.isThen(c) && !p.isConditional(start, c) && p.canUndo(what.from, what) && p.takesBack(rest, c)
}

// restores reports whether a clause asks for a part of the app that was there: "restore
// the sidebar".
func (p *prompt) restores(start int, c clause) bool {
	i := start + p.length("return", start, c)
	return i > start && i < c.to && p.definite(i) && !p.isThen(c)
}

// asksToGoBack reports whether a clause asks whether one can go back: "can I undo my
// changes?"
func (p *prompt) asksToGoBack(c clause) bool {
	n := p.length("able", c.from, c)
	if n == 0 {
		return false
	}
	back := c.from + n + p.length("back", c.from+n, c)
	return p.goesBack(c.from+n, c) || back > c.from+n && back+1 < c.to && indefinite[p.words[back].text] && changes[p.words[c.to-1].text]
}

// takesBack reports whether the words from i on, after "undo" or the like, are a version,
// the last change or all of them: nothing, "that", "the last change", "my changes".
func (p *prompt) takesBack(i int, c clause) bool {
	i = p.afterPolite(i, c)
	if i == c.to {
		return true
	}
	return !p.opensOther(i, c) && (p.isUnspecific(i, c) || additions[p.words[i].text] || i+1 < c.to && versionWords[p.words[i+1].text] ||
		says["past"].in(p.words[i:c.to], p.language) ||
		slices.ContainsFunc(p.words[i:min(i+near, c.to)], func(w word) bool { return changes[w.text] || versionWords[w.text] || isVersion(w.text) }))
}

// isUnspecific reports whether the words from i on name nothing of the app: "the last one".
func (p *prompt) isUnspecific(i int, c clause) bool {
	for i < c.to && !p.addsRequest(i, c) {
		w := p.words[i].text
		if colourWords[w] || partHeads[w] && !pageHeads[w] && !changes[w] && !unspecific[w] {
			return false
		}
		_, counted := count(w)
		if n := p.length("polite", i, c); n > 0 && !p.definite(i) {
			i += n
		} else if counted || ordinals[w] > 0 || len(p.about(p.words[i:i+1])) == 0 {
			i++
		} else {
			return false
		}
	}
	return true
}

// canUndo reports whether the words from i on, after "undo" or the like, are what can be
// taken back.
func (p *prompt) canUndo(i int, c clause) bool {
	i = p.afterPolite(i, c)
	return i < c.to && !p.opensOther(i, c) && (p.definite(i) || belonging[p.words[i].text])
}

// opensOther reports whether the words from i on, after "undo" or the like, make it
// something else: "undo button", "undo a move".
func (p *prompt) opensOther(i int, c clause) bool {
	w := p.words[i].text
	switch {
	case nounFollowers[w], partHeads[w], modals[w], indefinite[w], additions[w] && !p.addsRequest(i, c):
		return true
	}
	// "undo the move button does nothing"
	return slices.ContainsFunc(p.words[i+1:c.to], func(w word) bool { return nounFollowers[w.text] && !partHeads[w.text] || modals[w.text] })
}

// afterPolite returns the first word from i on that is more than politeness.
func (p *prompt) afterPolite(i int, c clause) int {
	for i < c.to {
		n := max(p.length("polite", i, c), p.length("beside", i, c))
		if w := p.words[i].text; n == 0 || p.definite(i) || additions[w] || belonging[w] || number(w) {
			break
		}
		i += n
	}
	return i
}

// isSaid reports whether nothing is said from word i on.
func (p *prompt) isSaid(i int, c clause) bool {
	return p.afterPolite(i, c) == c.to || p.addsRequest(i, c)
}

// isPast reports whether the words from i on tell of an earlier version: "to version 2",
// "the way it was".
func (p *prompt) isPast(i int, c clause) bool {
	const far = 6 // words: "to the very first one, the version …"
	for j := i; j < min(i+far, c.to); j++ {
		n := p.length("past", j, c)
		switch {
		case n > 0 && (j+n == c.to || p.words[j+n].text != "of"):
			return true
		case j > i+1 && indefinite[p.words[i].text] && !p.definite(i) && (p.words[i].text != "a" || p.language == english) && versionWords[p.words[j].text]:
			return false // "a dark version of the app"
		case versionWords[p.words[j].text] || isVersion(p.words[j].text):
			return j+1 == c.to || p.isVersionAt(j+1, c)
		}
	}
	return false
}

// isVersionAt reports whether the words after "version" leave it one of the project:
// "version number 3" and "version 3 of the page", but not "version number in the footer"
// and "version 3 of chart.js".
func (p *prompt) isVersionAt(i int, c clause) bool {
	if p.words[i].text == "number" {
		return i+1 < c.to && number(p.words[i+1].text)
	}
	if number(p.words[i].text) {
		i++
	}
	of := i < c.to && (p.words[i].text == "of" || p.words[i].text == "de" || p.words[i].text == "von")
	return i >= c.to || !nounFollowers[p.words[i].text] && !partHeads[p.words[i].text] && (!of || p.belongsAt(i+1, c) || i+1 < c.to && timeWords[p.words[i+1].text])
}

// isVersion reports whether a word is a version by its number: "v2".
func isVersion(w string) bool { return len(w) > 1 && w[0] == 'v' && number(w[1:]) }

// namesVersion reports whether a clause is the name of an earlier version: "version 3",
// "the previous version".
func (p *prompt) namesVersion(i int, c clause) bool {
	for i < c.to && (articles[p.words[i].text] || p.definite(i)) {
		i++
	}
	if i == c.to {
		return false
	}
	if isVersion(p.words[i].text) || versionWords[p.words[i].text] && i+1 < c.to && number(p.words[i+1].text) {
		end := i + 1
		if end < c.to && number(p.words[end].text) {
			end++
		}
		return p.isSaid(end, c) || p.stands("return", end, c) || p.words[end].text == "wieder"
	}
	n := p.length("past", i, c)
	if n == 0 || p.words[i].text == "before" {
		return false
	}
	for j := i; j < c.to; j++ {
		if w := p.words[j].text; modals[w] || nounFollowers[w] && !partHeads[w] {
			return false
		}
	}
	return slices.ContainsFunc(p.words[i:i+n], func(w word) bool { return versionWords[w.text] }) || p.isSaid(i+n, c) && i+n-i > 1
}

// addsRequest reports whether another request begins in a clause after word i: "undo
// that and make the title blue".
func (p *prompt) addsRequest(i int, c clause) bool {
	for ; i+1 < c.to; i++ {
		if !additions[p.words[i].text] || p.stands("delete", i+1, c) || p.stands("back", i+1, c) {
			continue
		}
		for _, row := range []string{"edit", "create", "fix", "draw"} {
			w := p.words[i+1].text
			if n := p.length(row, i+1, c); n > 0 && i+1+n < c.to && (n > 1 || !partHeads[w] && !places[w] || p.definite(i+2) || articles[p.words[i+2].text]) {
				return true
			}
		}
	}
	return false
}

// removes reports whether a clause asks for something to be taken out that it names:
// "remove the footer", "delete about.html". "Delete items with a swipe" tells how the
// app should behave.
func (p *prompt) removes(start int, c clause) bool {
	n := p.length("delete", start, c) // of "get rid of" every word counts
	i := start + n
	switch {
	case n > 0 && (p.opensAsNoun(start, c) || partHeads[p.words[min(i, c.to-1)].text] && i+1 < c.to):
		return false
	case n > 2 && languages[p.language] == "de":
		i = min(start+1, c.to-1) // "mach den Rand weg"
	case n == 0:
		last := p.words[c.to-1].text
		if start == c.from || languages[p.language] != "de" || !p.stands("delete", c.to-1, c) || !strings.HasSuffix(last, "en") {
			return false
		}
		i = start // "kannst du die Leiste entfernen"
	}
	for i < c.to && p.stands("polite", i, c) && !p.definite(i) && !articles[p.words[i].text] {
		i += p.length("polite", i, c)
	}
	if i == c.to && n > 0 && languages[p.language] == "es" {
		last := p.words[i-1].text
		return strings.HasSuffix(last, "lo") || strings.HasSuffix(last, "la") || strings.HasSuffix(last, "los") || strings.HasSuffix(last, "las")
	}
	if i >= c.to || modals[p.words[i].text] || p.isThen(c) || p.isConditional(i, c) || indefinite[p.words[i].text] && !p.definite(i) || p.addsRequest(i, c) {
		return false
	}
	if p.definite(i) || articles[p.words[i].text] || i+1 < c.to && extensions[p.words[i+1].text] {
		return true
	}
	const terse = 4 // words, but for small ones: "delete js/old.js and the footer"
	n = 0
	for j := i; j < c.to; j++ {
		switch w := p.words[j].text; {
		case additions[w], articles[w], p.definite(j):
		case showing[w], w == "by", w == "on":
			return false
		default:
			n++
		}
	}
	return n <= terse
}

// afterGone returns the word after those that say of something that is there that it can
// go: "the footer can go".
func (p *prompt) afterGone(c clause) (i int, ok bool) {
	if !p.definite(c.from) && !articles[p.words[c.from].text] || p.isThen(c) {
		return 0, false
	}
	gone := says["gone"].find(p.wordsOf(c), p.language)
	if len(gone) == 0 || gone[0].from == 0 || p.words[c.from+gone[0].from].negated {
		return 0, false
	}
	return c.from + gone[0].to, true
}

// mayGo reports whether a clause says that something can go, and no more.
func (p *prompt) mayGo(c clause) bool {
	i, ok := p.afterGone(c)
	return ok && p.isSaid(i, c)
}

// mayMove reports whether a clause says where something can go: "the menu can go to the
// left".
func (p *prompt) mayMove(c clause) bool {
	i, ok := p.afterGone(c)
	return ok && i < c.to && (p.words[i].text == "to" || p.placedAt(i, c))
}

// agrees reports whether a prompt does no more than accept what was offered: "yes",
// "ok do that". "Ok, thanks" does not, since it says that nothing is wanted.
func (p *prompt) agrees() bool {
	all := clause{to: len(p.words)}
	agreed, fair, praised := false, false, false
	for i := 0; i < all.to; {
		w := p.words[i]
		strong, weak := p.length("agree", i, all), p.length("ok", i, all)
		besides := p.length("beside", i, all)
		switch {
		case w.asked:
			return false
		case strong > 0 && strong >= besides:
			agreed = true
			i += strong
		case number(w.text) && len(w.text) <= 2:
			agreed = true
			i++
		case weak > 0 && weak >= besides:
			fair = true
			i += weak
		case besides > 0:
			praised = praised || praise[w.text]
			i += besides
		default:
			return false
		}
	}
	return agreed || fair && !praised
}
