package intent

import (
	"maps"
	"slices"
	"strings"
)

// readTargets returns the words that a misspelt word may be corrected to: words that
// name an app, a feature, a theme or a verb, each with the languages in which it
// counts. They are grouped by the first letter, which typing errors rarely change.
// wellspelt.txt lists words that look like misspelt targets but mean something else.
func readTargets() map[byte][]target {
	in := map[string]langs{}
	for _, l := range []lexicon{subjects, features, themes, says["create"], says["edit"], says["fix"], says["design"]} {
		for _, list := range l.phrases {
			for _, p := range list {
				if p.weak || p.entry.id == lookalike {
					continue
				}
				for _, w := range p.words {
					in[w] |= p.langs
				}
			}
		}
	}
	t := map[byte][]target{}
	for _, w := range slices.Sorted(maps.Keys(in)) { // the same answer every time
		if len(w) >= shortest {
			t[w[0]] = append(t[w[0]], target{w, in[w]})
		}
	}
	return t
}

// target is a word that a misspelt word may be corrected to.
type target struct {
	word  string
	langs langs
}

// The lengths, in bytes, of words that are corrected. Short words are too similar to
// one another: in them only a missing letter and two swapped ones are corrected.
const (
	shortest = 4
	short    = 5
	long     = 8 // in words of this length and longer, two errors are corrected
	longest  = 24
)

// respell returns the words as they should be spelt.
func respell(written []word, language int) []word {
	corrections := 0
	words := make([]word, 0, len(written))
	for _, w := range written {
		spelt := w.text
		if short, ok := chatspeak[chat{language, w.text}]; ok {
			spelt = short
		} else if corrections < maxCorrections && !isKnown(w.text) {
			corrections++
			spelt = correct(w.text, language)
		}
		for text := range strings.FieldsSeq(spelt) {
			spelt := newWord(text, w.begins)
			spelt.at, spelt.end = w.at, w.end
			words = append(words, spelt)
			w.begins = 0
		}
		if len(words) > 0 {
			words[len(words)-1].asked = w.asked
		}
	}
	return words
}

func isKnown(w string) bool {
	return wellSpelt[w] || slices.ContainsFunc(append(singulars(w), stems(w)...), func(form string) bool { return vocabulary[form] != 0 })
}

// correct returns the target that a word most likely stands for; the word itself if
// no target is similar.
func correct(w string, language int) string {
	if len(w) < shortest || len(w) > longest || strings.ContainsAny(w, "0123456789") {
		return w
	}
	limit := 1
	if len(w) >= long {
		limit = 2
	}
	best, distance := w, limit+1
	for _, t := range targets[w[0]] {
		lacks := len(t.word) - len(w)
		if !t.langs.has(language) || lacks > limit || -lacks > limit || len(w) <= short && lacks < 0 {
			continue
		}
		if d := editDistance(w, t.word, distance); d < distance && likely(w, t.word, d, language) {
			best, distance = t.word, d
		}
	}
	return best
}

// likely reports whether w may be t misspelt, at an edit distance. The inflections
// of English words are known, so in English another form is usually another word.
// In the other languages the forms are what is looked for.
func likely(w, t string, distance, language int) bool {
	switch form := otherForm(w, t); {
	case language == english:
		return !form || len(w) > short && distance < 2
	default:
		return form || len(w) >= long && distance < 2
	}
}

// endings are the endings in which words of one stem differ, in all languages.
var endings = functionWords["endings"]

// otherForm reports whether two words look like forms of one word, such as "cook"
// and "cooks": both may be spelt well.
func otherForm(w, t string) bool {
	same := 0
	for same < min(len(w), len(t)) && w[same] == t[same] {
		same++
	}
	isEnding := func(s string) bool { return s == "" || endings[s] }
	return isEnding(w[same:]) && isEnding(t[same:])
}

// editDistance counts the letters that are missing, superfluous, or swapped with the
// next one. A wrong vowel counts once. Another wrong letter counts twice, since it
// usually makes another word: "tiger" is not "timer". A distance of limit or more
// is returned as limit.
func editDistance(a, b string, limit int) int {
	var rows [3][32]int
	before, last, row := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d = 1 + min(last[j], row[j-1])
				if len(a) > short && vowel(a[i-1]) && vowel(b[j-1]) {
					d = min(d, 1+last[j-1])
				}
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d = min(d, 1+before[j-2])
				}
			}
			row[j] = d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return min(limit, last[len(b)])
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }
