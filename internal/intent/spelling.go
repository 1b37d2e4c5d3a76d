package intent

import (
	"slices"
	"strings"
)

// wellSpelt are words that are a letter or two away from one of the vocabulary,
// and mean something else.
var wellSpelt = readWords("wellspelt.txt")

// targets are the words that a misspelt one is compared with, by the first
// letter: typing errors rarely change it.
var targets = func() map[byte][]string {
	t := map[byte][]string{}
	for w := range vocabulary {
		if len(w) >= 4 {
			t[w[0]] = append(t[w[0]], w)
		}
	}
	for _, list := range t {
		slices.Sort(list) // the same answer every time
	}
	return t
}()

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
	}
	return words
}

func isKnown(w string) bool {
	return wellSpelt[w] || slices.ContainsFunc(append(singulars(w), stems(w)...), func(form string) bool { return vocabulary[form] != 0 })
}

// correct is the word of the vocabulary that a word was meant as; the word
// itself if there is none near. Short words are too near to one another.
func correct(w string, language int) string {
	limit := 0
	switch n := len(w); {
	case n < 4 || n > 24 || strings.ContainsAny(w, "0123456789"):
	case n < 8:
		limit = 1
	default:
		limit = 2
	}
	best, distance := w, limit+1
	for _, t := range targets[w[0]] {
		if d := len(t) - len(w); d > limit || -d > limit {
			continue
		}
		if in := vocabulary[t]; !in.has(english) && !in.has(language) {
			continue
		}
		if d := editDistance(w, t, distance); d < distance {
			best, distance = t, d
		}
	}
	return best
}

// editDistance counts the letters that are missing, too many, wrong, or swapped
// with the next; from limit on it may say limit.
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
				d = 1 + min(d, last[j], row[j-1])
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
