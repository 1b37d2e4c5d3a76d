// Package javascript parses JavaScript that nobody has checked, in a bounded time.
package javascript

import (
	"errors"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// What the parser is given at most. It keeps the names of a scope in a list, and looks
// for each name in the lists of all scopes around: 60 KB of many names in many scopes
// take it eight seconds. Data takes it no time, however much that is.
const (
	maxDepth = 200  // of brackets
	maxWork  = 1e10 // about a second
)

// ErrTooLarge is the error of a script that has too many names in too many scopes, or is
// nested too deep.
var ErrTooLarge = errors.New("the script is too large to be parsed")

// Parse returns the first error in a script: ErrTooLarge, or a *parse.Error.
func Parse(text string) error {
	_, err := Tree([]byte(text))
	return err
}

// Tree parses a script, with the errors of Parse. Most names and literals of the tree are
// slices of text, which must not change.
func Tree(text []byte) (*js.AST, error) {
	if isTooLarge(text) {
		return nil, ErrTooLarge
	}
	return js.Parse(parse.NewInputBytes(text), js.Options{})
}

// isTooLarge measures the work of the parser. It counts words and brackets wherever they
// stand, in strings too: the measure need not be exact.
func isTooLarge(text []byte) bool {
	names := map[string]bool{}
	scopes, depth, deepest, begin := 0, 0, 0, -1
	for i := range len(text) {
		c := text[i]
		if isLetter(c) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			if name := text[begin:i]; !names[string(name)] { // to look it up copies nothing
				names[string(name)] = true
			}
			begin = -1
		}
		switch c {
		case '{', '(', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ')', ']':
			depth = max(0, depth-1)
		}
		if c == '{' || c == '>' && text[max(0, i-1)] == '=' {
			scopes++
		}
	}
	n := len(names)
	return deepest > maxDepth || 400*scopes*n+deepest*n*n > maxWork // the factors are measured
}

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
