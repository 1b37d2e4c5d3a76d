package intent

import "testing"

// TestEveryLanguageHasItsWords: a language that is listed has small words that
// tell it from others, and words for what is asked.
func TestEveryLanguageHasItsWords(t *testing.T) {
	const leastSmall, leastOther = 50, 100
	readLexicons()
	for i, name := range languages {
		small, other := 0, 0
		for _, in := range smallWords {
			if in.has(i) {
				small++
			}
		}
		for _, in := range vocabulary {
			if in.has(i) {
				other++
			}
		}
		if small < leastSmall || other < leastOther {
			t.Errorf("%s has %d small words and %d others, want at least %d and %d", name, small, other, leastSmall, leastOther)
		}
	}
}
