package merge

import (
	"slices"

	"github.com/tdewolff/parse/v2/js"
)

// variables returns the names that a declaration of variables gives.
func (s *script) variables(from, to int) (names []string) {
	depth := s.tokens[from].depth
	for i := from; i < to; i++ {
		switch t := s.tokens[i]; {
		case t.depth != depth || i > from && !s.is(i-1, js.CommaToken):
		case js.IsIdentifier(t.kind):
			names = append(names, s.word(i))
		case t.kind == js.OpenBraceToken || t.kind == js.OpenBracketToken:
			for j := i + 1; j < t.match; j++ { // a pattern: all that is followed by no colon
				if js.IsIdentifier(s.tokens[j].kind) && !s.is(j+1, js.ColonToken) && !s.is(j-1, js.EqToken) && !s.is(j-1, js.DotToken) {
					names = append(names, s.word(j))
				}
			}
		}
	}
	return names
}

// names returns the names that the top of a script, and of a function that is all of
// it, gives.
func (s *script) names() []string {
	var names []string
	for _, d := range s.decls {
		if d.kind != isMethod && d.kind != isAssigned && (d.kind != isVariable || d.depth == 0) {
			names = append(names, d.keys...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// uses returns the names that a script uses as those of variables.
func (s *script) uses() map[string]bool {
	used := map[string]bool{}
	for i, t := range s.tokens {
		if js.IsIdentifier(t.kind) && !s.is(i-1, js.DotToken) && !s.is(i-1, js.OptChainToken) && !s.is(i+1, js.ColonToken) {
			used[s.word(i)] = true
		}
	}
	return used
}

// gives returns the names that a script gives to variables and parameters, or assigns
// to, anywhere.
func (s *script) gives() map[string]bool {
	given := map[string]bool{}
	for _, d := range s.decls {
		for _, key := range d.keys {
			given[key] = true
		}
	}
	name := func(from, to int) {
		for i := from; i < to; i++ {
			if js.IsIdentifier(s.tokens[i].kind) {
				given[s.word(i)] = true
			}
		}
	}
	for i, t := range s.tokens {
		switch {
		case t.kind == js.ArrowToken && i > 0:
			if before := s.tokens[i-1]; before.kind == js.CloseParenToken {
				name(before.match, i)
			} else {
				name(i-1, i)
			}
		case t.kind == js.OpenBraceToken && s.is(i-1, js.CloseParenToken) && !s.isBlockHead(s.tokens[i-1].match-1):
			name(s.tokens[i-1].match, i)
		case t.kind == js.ConstToken || t.kind == js.LetToken || t.kind == js.VarToken: // in the head of a loop
			for j := i + 1; j < min(len(s.tokens), i+12) && !s.is(j, js.EqToken) && !s.is(j, js.OfToken) && !s.is(j, js.InToken); j++ {
				name(j, j+1)
			}
		case t.kind == js.ImportToken:
			for j := i + 1; j < len(s.tokens) && !s.is(j, js.StringToken) && !s.is(j, js.OpenParenToken); j++ {
				name(j, j+1)
			}
		case t.kind == js.EqToken && i > 0 && !s.is(i-2, js.DotToken):
			name(i-1, i)
		}
	}
	return given
}

// isBlockHead reports whether the word at an index, before brackets, is one such as
// "if" and names no function.
func (s *script) isBlockHead(i int) bool {
	return s.is(i, js.IfToken) || s.is(i, js.ForToken) || s.is(i, js.WhileToken) || s.is(i, js.SwitchToken) || s.is(i, js.WithToken) || s.is(i, js.AwaitToken)
}
