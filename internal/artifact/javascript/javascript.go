// Package javascript parses JavaScript that nobody has checked, in a bounded time.
package javascript

import (
	"errors"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// What the parser is given at most. It keeps the names of a scope in a list, and looks
// for each name in the lists of all scopes around: a few kilobytes of many names in many
// scopes take it minutes.
const (
	maxNames = 4000 // different ones
	maxDepth = 200  // of brackets
)

// ErrTooLarge is the error of a script that has too many names, or is nested too deep.
var ErrTooLarge = errors.New("the script is too large to be parsed")

// Parse returns the first error in a script: ErrTooLarge, or a *parse.Error.
func Parse(text string) error {
	if isTooLarge(text) {
		return ErrTooLarge
	}
	_, err := js.Parse(parse.NewInputString(text), js.Options{})
	return err
}

// isTooLarge counts words and brackets wherever they stand, in strings too: it only has
// to be of the right size.
func isTooLarge(text string) bool {
	names := map[string]bool{}
	depth, begin := 0, -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && isLetter(text[i]) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			names[text[begin:i]] = true
			begin = -1
		}
		if i == len(text) {
			break
		}
		switch text[i] {
		case '{', '(', '[':
			depth++
		case '}', ')', ']':
			depth = max(0, depth-1)
		}
		if depth > maxDepth || len(names) > maxNames {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
