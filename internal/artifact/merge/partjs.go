package merge

import (
	"slices"
	"strings"
)

// sharesNothing reports whether a text has nothing of a script: no name, and no
// statement at the top that begins alike.
func sharesNothing(before, text string) bool {
	b, ok := readScript(before)
	if !ok || len(b.tokens) == 0 {
		return false
	}
	t, ok := readScript(text)
	if !ok {
		return false
	}
	_, shared, _, _ := covered(b, t)
	return shared == 0
}

// losesMuch reports whether a text is so much shorter than the one in whose place it
// comes that it may be a part of that one.
func losesMuch(before, after string) bool {
	old := strings.Count(before, "\n") + 1
	return old >= 10 && 2*(strings.Count(after, "\n")+1) < old
}

// isPartOfScript reports whether a text is only a part of a script: its statements are
// some of the script's, or it uses names that only those give which it lacks.
// elsewhere are the names that other files give.
func isPartOfScript(b, t *script, elsewhere func() map[string]bool, wish Wish) bool {
	if len(b.tokens) == 0 {
		return false
	}
	if !parses(t.text) && parses(b.text) {
		if _, methods := readMethods(t.text); methods {
			return true
		}
	}
	kept, shared, same, fresh := covered(b, t)
	if wish.Less && same > 0 && same == len(t.statements()) { // as a part it would change nothing
		return false
	}
	has, uses, names := t.gives(), t.uses(), b.names()
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return has[name] })
	dangling := slices.ContainsFunc(missing, func(name string) bool { return uses[name] })
	if dangling {
		others := elsewhere()
		missing = slices.DeleteFunc(missing, func(name string) bool { return others[name] })
		dangling = slices.ContainsFunc(missing, func(name string) bool { return uses[name] })
	}
	all := len(b.statements())
	small := 2*len(t.text) < len(b.text)
	switch {
	case dangling && 4*len(missing) >= len(names):
		return true
	case shared == 0 || kept == all:
		return false
	case 2*kept >= all: // a whole script has most statements as they were
		return fresh == 0 && same == 0 && !wish.Less
	case fresh == 0:
		return 2*len(missing) >= len(names) || 5*len(t.text) < 3*len(b.text)
	}
	return small
}

// covered counts the statements at the top of a script that another text has in some
// form (kept), and those of the text that the script has (shared), has just like that
// (same), and lacks (fresh).
func covered(b, t *script) (kept, shared, same, fresh int) {
	heads := func(s *script) map[string]bool {
		all := map[string]bool{}
		for _, st := range s.statements() {
			if st.decl < 0 {
				all[head(s.text[st.from:st.to])] = true
			}
		}
		return all
	}
	inB, inT := heads(b), heads(t)
	known := func(s *script, st statement, other *script, heads map[string]bool) bool {
		if st.decl < 0 {
			return heads[head(s.text[st.from:st.to])]
		}
		for _, key := range s.decls[st.decl].keys {
			if len(other.byName[key]) > 0 {
				return true
			}
		}
		return false
	}
	exact := map[string]bool{}
	for _, st := range b.statements() {
		exact[squeezed(b.text[st.from:st.to])] = true
		if known(b, st, t, inT) {
			kept++
		}
	}
	for _, st := range t.statements() {
		if exact[squeezed(t.text[st.from:st.to])] {
			same++
		}
		if known(t, st, b, inB) {
			shared++
		} else {
			fresh++
		}
	}
	return kept, shared, same, fresh
}

// head returns what a statement begins with, without spaces.
func head(text string) string {
	text = squeezed(text[:min(len(text), 80)])
	return text[:min(len(text), 30)]
}
