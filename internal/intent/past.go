package intent

import (
	"slices"
	"strconv"
	"strings"
)

// Past is the earlier version that a prompt with the verb Undo asks for.
type Past struct {
	Version int      // by its number; 0: it names none
	Before  []string // what the change was about that it is to be without
	With    []string // what the change was about that it is to have
	Steps   int      // otherwise: how many changes are taken back, 1 or more
}

// ReadPast reads which version a prompt with the verb Undo asks for.
func ReadPast(text string) Past {
	readLexicons()
	p := read(text[:min(len(text), maxBytes)], true)
	past := Past{Steps: 1}
	i := slices.IndexFunc(p.clauses, func(c clause) bool { return c.does == goBack || c.does == retract || c.does == askBack })
	if i < 0 {
		return past
	}
	c := p.clauses[i]
	words := p.wordsOf(c)
	for i, w := range words {
		n, numbered := count(w.text)
		switch {
		case isVersion(w.text):
			n, _ = strconv.Atoi(w.text[1:])
			past.Version = n
		case numbered && i > 0 && versionWords[words[i-1].text], numbered && i > 1 && versionWords[words[i-2].text] && !numberWords[words[i-1].text]:
			past.Version = n
		case numbered && i+1 < len(words) && (changes[words[i+1].text] || versionWords[words[i+1].text]):
			past.Steps = max(1, n)
		case w.text == "twice":
			past.Steps = 2
		case ordinals[w.text] > 0 && (i+1 < len(words) && versionWords[words[i+1].text] || i > 0 && versionWords[words[i-1].text]):
			past.Version = ordinals[w.text]
		case timeWords[w.text]:
			past.Before = []string{w.text} // no change is about it: the answer names the versions
		}
	}
	if past.Version > 0 || past.Steps > 1 || past.Before != nil {
		return past
	}
	start := p.opening(c)
	for i, w := range words {
		switch {
		case befores[w.text] && i+1 < len(words):
			past.Before = p.about(words[i+1:])
		case i > 0 && versionWords[words[i-1].text] && withouts[w.text]:
			past.Before = p.about(words[i+1:])
		case i > 0 && versionWords[words[i-1].text] && topicEnds[w.text]:
			past.With = p.about(words[i+1:])
		}
		if len(past.Before)+len(past.With) > 0 {
			return past
		}
	}
	if what, _, ok := p.undone(start, c); ok {
		past.Before = p.about(p.wordsOf(what)) // "undo the dark mode"
	}
	return past
}

// about returns the words that may say what a change was about.
func (p *prompt) about(words []word) (said []string) {
	for _, w := range words {
		if len(w.text) > 2 && !smallWords[w.text].has(p.language) && !unspecific[w.text] && !changes[w.text] && !versionWords[w.text] && !number(w.text) {
			said = append(said, w.text)
		}
	}
	return said
}

// ordinals are the versions that people count.
var ordinals = map[string]int{
	"first": 1, "original": 1, "originale": 1, "initial": 1, "second": 2, "third": 3, "erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2,
	"dritte": 3, "dritten": 3, "ursprungliche": 1, "ursprunglichen": 1, "primera": 1, "segunda": 2, "tercera": 3, "inicial": 1, "premiere": 1,
	"deuxieme": 2, "troisieme": 3, "initiale": 1, "primeira": 1, "terceira": 3,
}

// count reads a number, or the word for a small one.
func count(w string) (int, bool) {
	if n, err := strconv.Atoi(w); err == nil {
		return n, true
	}
	n, ok := map[string]int{
		"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "zwei": 2, "drei": 3, "vier": 4, "dos": 2, "tres": 3, "cuatro": 4,
		"deux": 2, "trois": 3, "quatre": 4, "dois": 2, "duas": 2, "quatro": 4,
	}[w]
	return n, ok
}

// About returns how many of the words, of Past, an earlier prompt is about, which was
// read as in.
func About(words []string, prompt string, in Intent) int {
	readLexicons()
	said := split(prompt[:min(len(prompt), maxBytes)])
	n := 0
	for _, w := range words {
		if w := newWord(w, 0); colourWords[w.text] && in.Accent != "" || w.namesFeature(in) || slices.ContainsFunc(said, w.resembles) {
			n++
		}
	}
	return n
}

func (w word) namesFeature(in Intent) bool {
	return slices.ContainsFunc(w.forms, func(form string) bool {
		return form == string(in.Subject) || slices.Contains(in.Features, form)
	})
}

// resembles reports whether two words are forms of one: "buttons" and "button",
// "Knöpfe" and "Knopf".
func (w word) resembles(o word) bool {
	const stem = 5 // letters
	if len(w.text) >= stem && len(o.text) >= stem && strings.HasPrefix(o.text, w.text[:stem]) && otherForm(w.text, o.text) {
		return true
	}
	return slices.ContainsFunc(w.forms, func(form string) bool { return slices.Contains(newWord(o.text, 0).forms, form) })
}

// OnlyRemoves reports whether a prompt asks to remove something, and says no more than
// that: "please delete the file", without its name.
func OnlyRemoves(text string) bool {
	readLexicons()
	p := read(text[:min(len(text), maxBytes)], true)
	asks := false
	all := clause{to: len(p.words)}
	for i := 0; i < all.to; {
		n := p.length("delete", i, all)
		if n > 0 {
			asks = true
		} else if n = p.length("polite", i, all); n == 0 && (articles[p.words[i].text] || p.definite(i) || fileWords[p.words[i].text] || additions[p.words[i].text]) {
			n = 1
		}
		if n == 0 {
			return false
		}
		i += n
	}
	return asks
}
