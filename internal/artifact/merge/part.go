package merge

import (
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/markup"
)

// unlike reports whether a text has nothing of a file.
func unlike(name, before, text string) bool {
	switch kindOf(name) {
	case "js":
		return sharesNothing(before, text)
	case "css":
		b, ok := readSheet(before)
		t, okToo := readSheet(text)
		if !ok || !okToo || len(b.items) == 0 {
			return false
		}
		return !slices.ContainsFunc(t.items, func(it item) bool { _, n := b.find(it.key); return n > 0 })
	}
	return true
}

// isPart reports whether what a reply has of a file is only a part of it.
func (m *matcher) isPart(f artifact.File, before string) bool {
	switch kindOf(f.Path) {
	case "html":
		return markup.IsPage(before) && !markup.IsPage(f.Content)
	case "js":
		b, ok := readScript(before)
		if !ok { // JSX, for example
			break
		}
		t, ok := readScript(f.Content)
		if !ok {
			break
		}
		return !m.wish.Rewrite && isPartOfScript(b, t, func() map[string]bool { return m.given(f.Path) }, m.wish)
	case "css":
		return !m.wish.Rewrite && isPartOfSheet(before, f.Content, m.wish)
	}
	return !m.wish.Less && !m.wish.Rewrite && !artifact.IsProse(f.Path) && isPartOfLines(before, f.Content)
}

// What a file must have lost before a text is only a part of it: so many lines, and one
// of so many.
const leastLost, leastShare = 3, 4

// isPartOfLines reports whether a text of no language that is parsed is only a part of
// a file: it begins or ends where the file goes on, or has neither end of it; most of
// its lines are the file's, and many of those are missing. A short text needs no line of
// the file.
func isPartOfLines(before, text string) bool {
	old, now := artifact.CountLines(before), artifact.CountLines(text)
	first, last := ends(before)
	begin, end := ends(text)
	within := now[first] == 0 && (now[last] == 0 || old[begin] > 0) || now[last] == 0 && old[end] > 0
	all, lost, own, shared := 0, 0, 0, 0
	for line, n := range old {
		all += n
		lost += max(0, n-now[line])
	}
	for line, n := range now {
		own += n
		shared += min(n, old[line])
	}
	short := 2*len(text) < len(before)
	return within && lost >= leastLost && (short || leastShare*lost >= all && 2*shared >= own)
}

// ends returns the first and the last line of a text that are not blank.
func ends(text string) (first, last string) {
	text = strings.TrimSpace(text)
	first, _, _ = strings.Cut(text, "\n")
	return artifact.PlainLine(first), artifact.PlainLine(text[strings.LastIndexByte(text, '\n')+1:])
}

// given returns the names that the scripts of the other files give.
func (m *matcher) given(except string) map[string]bool {
	names := map[string]bool{}
	for name, content := range m.now {
		text := ""
		switch kindOf(name) {
		case "js":
			text = content
		case "html":
			text = inline(content, "script")
		}
		if name == except || strings.TrimSpace(text) == "" {
			continue
		}
		own, known := m.names[text]
		if !known {
			if s, ok := readScript(text); ok {
				own = s.names()
			}
			m.names[text] = own
		}
		for _, n := range own {
			names[n] = true
		}
	}
	return names
}

// keepsAll reports whether a text has all lines of another one.
func keepsAll(before, after string) bool {
	have := artifact.CountLines(after)
	for line, n := range artifact.CountLines(before) {
		if have[line] < n {
			return false
		}
	}
	return true
}
