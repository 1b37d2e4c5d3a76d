package worker

import (
	"regexp"
	"strings"
)

const (
	seamWindow = 1 << 10 // how much of a continuation is looked at before it is let through, in bytes
	seamLeast  = 8       // bytes; a shorter overlap may well be chance
	seamIntro  = 300     // an introduction is no longer
)

// seam joins the continuation of a reply to what there is of it, where a model
// was asked in words to go on: such a model likes to begin with a sentence, to
// open its code block again, and to repeat the line it was cut in.
type seam struct {
	before string // the reply so far
	held   string // of the continuation, while it may still be a repetition
	open   bool   // let everything through
}

// add takes text of the continuation and returns what can be let through.
func (s *seam) add(text string) string {
	if s.open {
		return text
	}
	s.held += text
	if len(s.held) < seamWindow {
		return ""
	}
	return s.end()
}

// end returns what is still held back, joined.
func (s *seam) end() string {
	if s.open {
		return ""
	}
	s.open = true
	text := s.held
	if fenced(s.before) {
		text = withoutFence(text)
	}
	return text[overlap(s.before, text):]
}

// fenced says whether text stops inside a code block.
func fenced(text string) bool {
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inside = !inside
		}
	}
	return inside
}

// withoutFence drops the beginning of a continuation up to a code block that it
// opens although one is open. A bare fence closes that one.
func withoutFence(text string) string {
	at := 0
	for line := range strings.Lines(text) {
		at += len(line)
		trimmed := strings.TrimSpace(line)
		if trimmed == "```" || at > seamIntro {
			return text
		}
		if strings.HasPrefix(trimmed, "```") {
			return text[at:]
		}
	}
	return text
}

// overlap is how much of next repeats the end of before, from the beginning of a
// line on. What repeats by itself is no such thing: cells of a table, closing
// tags and brackets, lines that were there twice already. Nor is a single line
// behind a whole one. In doubt nothing is taken away: text that is there twice is
// seen, and is harmless more often than code that is missing.
func overlap(before, next string) int {
	n, shorter := restarts(before, next)
	if n < seamLeast {
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

// closers closes what is open, and no more.
var closers = regexp.MustCompile(`^(\s|[)}\];,]|</[\w-]+>)*$`)

// restarts returns the longest end of before, from a line or its indentation on,
// that next begins with, and the second longest.
func restarts(before, next string) (longest, second int) {
	start := false // of a line
	for at := max(0, len(before)-seamWindow); at < len(before); at++ {
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
