package worker

import (
	"regexp"
	"strings"
)

const (
	joinWindow   = 1 << 10 // bytes of a continuation that are compared before any are let through
	leastOverlap = 8       // bytes; a shorter overlap may well be chance
	longestIntro = 300     // bytes of an introduction
)

// joiner joins the continuation of a reply to the reply so far, where a model was
// asked in words to continue. Such a model likes to begin with a sentence, to open
// its code block again, and to repeat the line in which it was cut.
type joiner struct {
	before string // the reply so far
	held   string // of the continuation, which may still be a repetition
	open   bool   // everything is let through
}

// add takes text of the continuation, and returns what can be let through.
func (j *joiner) add(text string) string {
	if j.open {
		return text
	}
	j.held += text
	if len(j.held) < joinWindow {
		return ""
	}
	return j.end()
}

// end returns what is still held back, joined.
func (j *joiner) end() string {
	if j.open {
		return ""
	}
	j.open = true
	text := j.held
	if fenced(j.before) {
		text = withoutFence(text)
	}
	return text[overlap(j.before, text):]
}

// fenced reports whether text stops inside a code block.
func fenced(text string) bool {
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
		}
	}
	return inside
}

// withoutFence drops the beginning of a continuation up to the line that opens a
// code block, since one is open already. A bare fence closes that one, and is kept.
func withoutFence(text string) string {
	at := 0
	for line := range strings.Lines(text) {
		at += len(line)
		trimmed := strings.TrimSpace(line)
		if trimmed == "```" || at > longestIntro {
			return text
		}
		if strings.HasPrefix(trimmed, "```") {
			return text[at:]
		}
	}
	return text
}

// overlap returns how many bytes at the beginning of next repeat the end of before.
// A repetition begins where a line begins. Code that repeats by itself is none:
// cells of a table, closing tags and brackets, lines that were there twice already,
// a single line after a whole line. In doubt nothing is dropped: text that is there
// twice is seen, and does less harm than code that is missing.
func overlap(before, next string) int {
	n, shorter := restarts(before, next)
	if n < leastOverlap {
		return 0
	}
	again, between := before[len(before)-n:], before[len(before)-n:len(before)-shorter]
	whole := strings.HasSuffix(again, "\n")
	if shorter == 0 && !whole {
		between += "\n"
	}
	switch {
	case closers.MatchString(again), strings.HasSuffix(before[:len(before)-n], between):
		return 0
	case whole && (shorter > 0 || !strings.Contains(strings.TrimSpace(again), "\n")):
		return 0
	}
	return n
}

// closers matches text that only closes what is open.
var closers = regexp.MustCompile(`^(\s|[)}\];,]|</[\w-]+>)*$`)

// restarts returns the lengths of the longest and the second longest end of before
// that next begins with. Such an end begins with a line or after its indentation.
func restarts(before, next string) (longest, second int) {
	start := false // of a line
	for at := max(0, len(before)-joinWindow); at < len(before); at++ {
		start = at == 0 || start && blank(before[at-1]) || before[at-1] == '\n'
		if start && strings.HasPrefix(next, before[at:]) {
			if longest > 0 {
				return longest, len(before) - at
			}
			longest = len(before) - at
		}
	}
	return longest, 0
}

func blank(b byte) bool { return b == ' ' || b == '\t' }
