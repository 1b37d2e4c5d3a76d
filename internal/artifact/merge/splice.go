package merge

import (
	"slices"
	"strings"
)

// splice puts a text in the place of a part of another one.
type splice struct {
	from, to int
	with     string
}

// spliced carries out splices, of which no two overlap. It returns false if two do.
func spliced(text string, all []splice) (string, bool) {
	slices.SortStableFunc(all, func(a, b splice) int { return a.from - b.from })
	var b strings.Builder
	at := 0
	for _, s := range all {
		if s.from < at {
			return "", false
		}
		b.WriteString(text[at:s.from])
		b.WriteString(s.with)
		at = s.to
	}
	b.WriteString(text[at:])
	return b.String(), true
}

// lineStart returns the index at which the line of an index begins.
func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// indentAt returns the spaces that the line of an index begins with.
func indentAt(text string, at int) string {
	line := text[lineStart(text, at):at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// moved returns a text of which all lines but the first, which begins at an
// indentation of its own, are indented as if that were another one. Lines that begin
// within one of the parts in fixed stay: they are strings.
func moved(text, own, to string, fixed func(at int) bool) string {
	if own == to {
		return text
	}
	var b strings.Builder
	at := 0
	for line := range strings.Lines(text) {
		rest, deeper := strings.CutPrefix(line, own)
		switch {
		case at == 0, strings.TrimSpace(line) == "", fixed != nil && fixed(at):
			b.WriteString(line)
		case deeper:
			b.WriteString(to + rest)
		default:
			b.WriteString(line)
		}
		at += len(line)
	}
	return b.String()
}

// withComments returns where the comments begin that stand right above an index, each
// on lines of its own; the index itself if there are none.
func withComments(text string, at int) int {
	from := lineStart(text, at)
	if strings.TrimSpace(text[from:at]) != "" {
		return at
	}
	first := at
	inBlock := false
	for from > 0 {
		start := lineStart(text, from-1)
		line := strings.TrimSpace(text[start : from-1])
		switch {
		case inBlock:
			inBlock = !strings.HasPrefix(line, "/*")
		case strings.HasPrefix(line, "//"):
		case strings.HasSuffix(line, "*/"):
			inBlock = !strings.HasPrefix(line, "/*")
			if !inBlock && strings.Count(line, "*/") > 1 {
				return first
			}
		default:
			return first
		}
		if !inBlock {
			first = start + len(text[start:from]) - len(strings.TrimLeft(text[start:from], " \t"))
		}
		from = start
	}
	return first
}

// endOfLines returns how the lines of a text end.
func endOfLines(text string) string {
	if 2*strings.Count(text, "\r\n") > strings.Count(text, "\n") {
		return "\r\n"
	}
	return "\n"
}
