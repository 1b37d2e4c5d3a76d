package worker

import (
	"strings"
	"unicode/utf8"
)

const (
	seamWindow = 1 << 10 // how much of a continuation is looked at before it is let through, in bytes
	seamLeast  = 8       // a shorter overlap may well be chance
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

// overlap is how much of next repeats the end of before, letter case aside.
func overlap(before, next string) int {
	for n := min(len(before), len(next)); n >= seamLeast; n-- {
		if n < len(next) && !utf8.RuneStart(next[n]) {
			continue
		}
		if strings.EqualFold(before[len(before)-n:], next[:n]) {
			return n
		}
	}
	return 0
}
