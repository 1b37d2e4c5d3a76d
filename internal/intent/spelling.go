package intent

import (
	"maps"
	"slices"
	"strings"
)

// readTargets is the words that a misspelt one may be meant as, by the first
// letter, which typing errors rarely change: those that name an app, a feature, a
// theme or what shall be done. The languages are those that they count in.
// wellspelt.txt has words that look like misspelt ones of these, and mean
// something else.
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

type target struct {
	word  string
	langs langs
}

// Lengths of words that are corrected; of those that are short, only a letter
// that lacks and two that are swapped: they are too near to one another.
const (
	shortest = 4
	short    = 5
	long     = 8 // from here on two errors are corrected
	longest  = 24
)

// respell writes words as they should be spelt.
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
			words = append(words, newWord(text, w.begins))
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

// correct is the word that a word was meant as; the word itself if there is none
// near.
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

// likely says whether a word may be meant as another at a distance. What English
// words are inflected to is known, so another form is most often another word. Of
// the other languages it is the forms that are looked for.
func likely(w, t string, distance, language int) bool {
	switch form := otherForm(w, t); {
	case language == english:
		return !form || len(w) > short && distance < 2
	default:
		return form || len(w) >= long && distance < 2
	}
}

// endings are what words of one stem differ by, in all languages.
var endings = functionWords["endings"]

// otherForm says whether two words look like forms of one word, such as "cook"
// and "cooks": both may be well spelt.
func otherForm(w, t string) bool {
	same := 0
	for same < min(len(w), len(t)) && w[same] == t[same] {
		same++
	}
	isEnding := func(s string) bool { return s == "" || endings[s] }
	return isEnding(w[same:]) && isEnding(t[same:])
}

// editDistance counts the letters that are missing, too many, or swapped with
// the next. A wrong vowel counts once, another wrong letter twice: it most often
// makes another word, such as "tiger" of "timer". From limit on it may say limit.
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
