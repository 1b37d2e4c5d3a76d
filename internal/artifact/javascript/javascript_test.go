package javascript

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// many repeats a text, of which each %d is another number each time.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		tooLarge   bool
	}{
		{"a script", "const a = [1, 2].map((n) => ({ n }));\n", false},
		{"many words, of which most come again", many(100_000, "f(a);"), false},
		{"a list of words", "const words = [" + many(10_000, "'w%d',") + "];\n" + many(100, "function f%d() { return words; }\n"), false},
		{"functions with names of their own", many(2_000, "f(a%d => b%d);"), false},
		{"many functions with names of their own", many(10_000, "f(a%d => b%d);"), true},
		{"many names in nested blocks", strings.Repeat("{", 900) + many(10_000, "a%d;") + strings.Repeat("}", 900), true},
		{"as deep as may be", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), false},
		{"one deeper", strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := Parse(tc.text)
			if got := errors.Is(err, ErrTooLarge); got != tc.tooLarge || !got && err != nil {
				t.Errorf("the error is %v, want it too large: %v", err, tc.tooLarge)
			}
		})
	}
}
