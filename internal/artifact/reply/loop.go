package reply

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// How much of a text only repeats itself where it is a loop, in bytes.
const (
	longestCycle = 1 << 10              // of what is repeated
	loopStep     = 256                  // a text is looked at each time it has grown by so much
	leastLoop    = 2<<10 - loopStep     // of repetition; seen at the latest loopStep bytes later
	leastGrid    = 8<<10 - loopStep     // likewise, in code that has reason to repeat itself
	glance       = 32                   // bytes that come again in any loop, at most a cycle later
	loopWindow   = longestCycle + 2<<10 // holds a cycle and the least loop
)

// LoopWatch looks for the place where a text that grows begins only to repeat
// itself: the same letters, words or lines, in cycles of at most 1 KB, for 2 KB or a
// little less. What it finds does not depend on the pieces in which the text comes.
//
// Empty cells and plain data in code rightly repeat, on a chess board, in a map of
// tiles or in an encoded sound; there it takes 8 KB. Lists that count are no loops. The
// zero LoopWatch is ready.
type LoopWatch struct{ seen int }

// Find returns where the repetition begins in a text that has grown since the last
// call, after what is repeated has stood there once; -1 if there is none.
func (w *LoopWatch) Find(text []byte) int {
	for len(text)-w.seen >= loopStep {
		w.seen += loopStep
		if at := loopAtEnd(text[:w.seen]); at >= 0 {
			return at
		}
	}
	return -1
}

// loopAtEnd returns where the loop that ends a text begins to repeat; -1 if none does.
func loopAtEnd(text []byte) int {
	n := len(text)
	if n < leastLoop || !bytes.Contains(text[max(0, n-glance-longestCycle):n-1], text[n-glance:]) {
		return -1
	}
	cycle := cycleAtEnd(text[max(0, n-loopWindow):])
	if cycle == 0 {
		return -1
	}
	begin := n - cycle // of the repetition
	for begin > cycle && text[begin-1] == text[begin-1-cycle] {
		begin--
	}
	once := text[begin-cycle : begin]
	if n-begin < leastGrid && inCode(text[:begin]) && (mayRepeat(once) || inBase64(text[:begin], once)) {
		return -1
	}
	begin += toBoundary(text[begin-1 : begin+cycle])
	for i := 0; i < utf8.UTFMax-1 && begin > 0 && !utf8.RuneStart(text[begin]); i++ {
		begin--
	}
	return begin
}

// toBoundary returns how many bytes of a cycle stand before its first line, or else
// before its first word. text begins a byte earlier.
func toBoundary(text []byte) int {
	for _, end := range []byte("\n ") {
		if i := bytes.IndexByte(text, end); i >= 0 {
			return i
		}
	}
	return 0
}

// cycleAtEnd returns the length of the shortest text of at most longestCycle bytes
// that the end of text repeats, for leastLoop bytes or more; 0 if there is none. It
// computes how much of the end each longer end begins with (Knuth, Morris, Pratt).
func cycleAtEnd(text []byte) int {
	n := len(text)
	var borders [loopWindow]int16
	border := 0
	for i := 1; i < n; i++ {
		c := text[n-1-i]
		for border > 0 && text[n-1-border] != c {
			border = int(borders[border-1])
		}
		if text[n-1-border] == c {
			border++
		}
		borders[i] = int16(border)
		switch cycle := i + 1 - border; { // it only grows
		case cycle > longestCycle:
			return 0
		case border >= leastLoop:
			return cycle
		}
	}
	return 0
}

// inCode reports whether the end of a text is in a fenced block or in a page.
func inCode(text []byte) bool {
	inside := false
	for line := range bytes.Lines(text) {
		switch line = bytes.TrimSpace(line); {
		case bytes.HasPrefix(line, []byte("```")), bytes.HasPrefix(line, []byte("~~~")):
			inside = !inside
		case len(line) > 0 && isDocument(line):
			inside = true
		}
	}
	return inside
}

// mayRepeat reports whether code may well consist of one thing many times: elements
// without words in them, but perhaps a sign, or numbers, signs and literals.
func mayRepeat(cycle []byte) bool {
	if len(cycle) < 2 {
		return false
	}
	around := bytes.Repeat(cycle, 2)
	if i := bytes.IndexByte(around, '<'); i >= 0 && bytes.IndexByte(cycle, '>') >= 0 {
		element := around[i : i+len(cycle)]
		fields := len(fieldTag().FindAll(element, -1))
		opened, closed := bytes.Count(element, []byte("<"))-fields, bytes.Count(element, []byte("</"))
		return closed+fields > 0 && 2*closed == opened && !hasWord(oneSign().ReplaceAll(anyTag().ReplaceAll(element, []byte(" ")), []byte(" ")))
	}
	return !hasWord(literal().ReplaceAll(around, []byte(" ")))
}

// inBase64 reports whether a text ends within encoded data, where a long run of
// zeros is silence or one colour.
func inBase64(text, cycle []byte) bool {
	word := text[bytes.LastIndexAny(text, " \t\n\"'()")+1:]
	return bytes.Contains(word, []byte(";base64,")) && encoded().Match(cycle)
}

var (
	anyTag   = compiled(`<[^<>]*>`)
	oneSign  = compiled(`^\s*[^\x00-\x7F\pL\s][\x{FE0F}\x{200D}]?\s*$`) // in an element: a seat, a card's back
	literal  = compiled(`\b(?:null|true|false)\b`)
	encoded  = compiled(`^[A-Za-z0-9+/]+$`)
	fieldTag = compiled(`(?i)<(?:input|rect|circle|use)\b[^<>]*>`) // elements of a grid without an end tag
)

// hasWord reports whether a text has a word of three letters, or a sign that is
// neither ASCII nor a letter.
func hasWord(text []byte) bool {
	letters := 0
	for _, r := range string(text) {
		switch {
		case unicode.IsLetter(r):
			letters++
		case r >= utf8.RuneSelf:
			return true
		default:
			letters = 0
		}
		if letters == 3 {
			return true
		}
	}
	return false
}
