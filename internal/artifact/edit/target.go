package edit

import (
	"strings"
	"unicode"
)

// maxEffort bounds what the edits of a reply may cost, in bytes that are looked at. A
// thousand edits of lines that stand in a file once cost next to nothing. An edit of a
// part of a line costs what its file has, so of a file of 512 KB a hundred fit.
const maxEffort = 64 << 20

// perLine is what a look at a line costs.
const perLine = 8

// target is a file that is being edited. It is a list of lines with an index, so that
// an edit costs by what it changes and not by how long the file is.
type target struct {
	eol    string // how most of its lines end
	open   bool   // its last line has no end
	size   int    // bytes
	full   int    // lines that are not blank
	effort *int   // what is left of maxEffort

	// lines are those of the file and those that are gone, in no order: each knows
	// its neighbours. The first one stands before the file's first line and after its
	// last one.
	lines []line
	exact map[string][]int32 // the lines that are not blank, by their text
	bare  map[string][]int32 // likewise, by their bare text; nil until it is needed

	whole string // the file's text
	stale bool   // whole is not
}

// line is one line of a target.
type line struct {
	text       string // with an end, even if it is the last one and has none
	prev, next int32
	from, to   int32 // where the spaces around it end and begin
	gone       bool
}

// bare returns the line without the spaces around it.
func (l *line) bare() string { return l.text[l.from:l.to] }

// change puts a text in the place of the lines from first to last. The text is whole
// lines, but for the end of the file's last one.
type change struct {
	first, last int32
	text        string
}

func newTarget(content string, effort *int) *target {
	lines := strings.Count(content, "\n")
	t := &target{eol: "\n", whole: content, effort: effort, lines: make([]line, 1, lines+2), exact: make(map[string][]int32)}
	if 2*strings.Count(content, "\r\n") > lines {
		t.eol = "\r\n"
	}
	t.insert(0, content)
	t.open = isOpen(content)
	return t
}

// isOpen reports whether a text has a last line without an end.
func isOpen(text string) bool { return text != "" && !strings.HasSuffix(text, "\n") }

// isBlank reports whether there is nothing but spaces.
func (t *target) isBlank() bool { return t.full == 0 }

// insert adds the lines of a text after a line.
func (t *target) insert(after int32, text string) {
	end := t.lines[after].next
	for l := range strings.Lines(text) {
		t.size += len(l)
		if isOpen(l) {
			l += t.eol
		}
		id, bare := int32(len(t.lines)), strings.TrimSpace(l)
		t.lines = append(t.lines, line{text: l, prev: after})
		t.lines[after].next = id
		after = id
		if bare == "" {
			continue
		}
		t.full++
		from := len(l) - len(strings.TrimLeftFunc(l, unicode.IsSpace))
		t.lines[id].from, t.lines[id].to = int32(from), int32(from+len(bare))
		t.exact[l] = append(t.exact[l], id)
		if t.bare != nil {
			t.bare[bare] = append(t.bare[bare], id)
		}
	}
	t.lines[after].next, t.lines[end].prev = end, after
}

// apply carries out a change.
func (t *target) apply(c change) {
	atEnd := c.last == t.lines[0].prev
	before, after := t.lines[c.first].prev, t.lines[c.last].next
	for id := c.first; id != after; id = t.lines[id].next {
		t.size -= t.length(id)
		t.lines[id].gone = true
		if t.lines[id].bare() != "" {
			t.full--
		}
	}
	t.lines[before].next, t.lines[after].prev = after, before
	t.insert(before, c.text)
	if atEnd {
		t.open = isOpen(c.text)
	}
	t.stale = true
}

// sizeAfter is the size of the file after a change.
func (t *target) sizeAfter(c change) int {
	size := t.size + len(c.text) - t.length(c.last)
	for id := c.first; id != c.last; id = t.lines[id].next {
		size -= t.length(id)
	}
	return size
}

// length is how many bytes a line has in the file.
func (t *target) length(id int32) int {
	if t.open && id == t.lines[0].prev {
		return len(t.lines[id].text) - len(t.eol)
	}
	return len(t.lines[id].text)
}

// text returns the file's text.
func (t *target) text() string {
	if !t.stale {
		return t.whole
	}
	var b strings.Builder
	b.Grow(t.size)
	for id := t.lines[0].next; id != 0; id = t.lines[id].next {
		b.WriteString(t.lines[id].text[:t.length(id)])
		*t.effort -= perLine
	}
	*t.effort -= t.size
	t.whole, t.stale = b.String(), false
	return t.whole
}

// texts returns the lines from first to last, all with an end.
func (t *target) texts(first, last int32) []string {
	all := []string{t.lines[first].text}
	for id := first; id != last; {
		id = t.lines[id].next
		all = append(all, t.lines[id].text)
	}
	return all
}

// byBare returns the index of the lines by their bare text.
func (t *target) byBare() map[string][]int32 {
	if t.bare == nil {
		t.bare = make(map[string][]int32)
		for id := t.lines[0].next; id != 0; id = t.lines[id].next {
			if bare := t.lines[id].bare(); bare != "" {
				t.bare[bare] = append(t.bare[bare], id)
			}
		}
	}
	return t.bare
}

// find looks for lines by their keys, which an index has but for those of blank lines;
// one of the lines is not blank. It returns the number of matches, at most maxMatches,
// and the first and the last line of one of them.
func (t *target) find(want []string, index map[string][]int32, key func(*line) string) (first, last int32, n int) {
	rare := -1 // the place of the line that occurs least
	for i, w := range want {
		if strings.TrimSpace(w) != "" && (rare < 0 || len(index[w]) < len(index[want[rare]])) {
			rare = i
		}
	}
	for _, id := range index[want[rare]] {
		if *t.effort -= perLine * (1 + rare); *t.effort < 0 || n == maxMatches {
			break
		}
		if t.lines[id].gone {
			continue
		}
		for range rare {
			if id != 0 {
				id = t.lines[id].prev
			}
		}
		if id == 0 { // the file begins too late
			continue
		}
		from, to := id, id
		for i, w := range want {
			if i > 0 {
				id = t.lines[id].next
			}
			*t.effort -= perLine
			if id == 0 || key(&t.lines[id]) != w {
				to = 0
				break
			}
			to = id
		}
		if to != 0 {
			first, last, n = from, to, n+1
		}
	}
	return first, last, n
}

// around returns the lines that hold the bytes from one index of the text to another
// one, the index where the first of them begins, and the index where the last ends.
func (t *target) around(from, to int) (first, last int32, start, end int) {
	first = t.lines[0].next
	last, end = first, t.length(first)
	for end <= to && t.lines[last].next != 0 {
		*t.effort -= perLine
		last = t.lines[last].next
		if end <= from {
			first, start = last, end
		}
		end += t.length(last)
	}
	return first, last, start, end
}
