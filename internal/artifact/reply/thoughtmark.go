package reply

import (
	"bytes"
	"slices"
	"strings"
)

// Thoughts stand between marks that differ from model to model:
//
//	<think> <seed:think> <inner_monologue>   </think> …
//	[THINK] ◁think▷                          [/THINK] ◁/think▷
//	<|begin_of_thought|> <｜begin▁of▁thinking｜>  <|end_of_thought|> …
//	<|channel|>analysis<|message|>           <|end|> or the next <|channel|> of Harmony
//
// A mark at the beginning of a line opens a thought, and what nothing ends is
// thought up to the end of the text. A mark within a line, or with a word that
// others use too, such as <plan>, opens one only if its end comes: what was read
// since is forgotten then.
var (
	thoughtBracket = compiled(`^\[(THINK|THINKING|THOUGHTS?|REASONING|[Tt]hink|[Tt]hinking|[Tt]houghts?|[Rr]easoning)\](?:[^(:]|$)`)
	thoughtArrow   = compiled(`(?i)^◁((?:think|thought|reason)\w*)▷`)
	thoughtToken   = compiled(`(?i)^<[|｜](?:begin|start)?[\s_▁-]*(?:of)?[\s_▁-]*(?:think|thought|reason)\w*[|｜]>`)
	thoughtChannel = compiled(`(?i)^(?:<\|start\|>\s*assistant\s*)?<\|channel\|>\s*analysis\b|(?i)^<\|im_start\|>\s*think(?:ing)?\b`)
	thoughtOther   = compiled(`^<(?:unused94>|\|channel>)thought\b`)
	thoughtBare    = compiled(`^(?:analysis[A-Z][a-z']* [a-z]|Thinking\.\.\.$)`) // Harmony without its marks, and what Ollama prints

	endOfTokens  = compiled(`(?i)<[|｜](?:/|end)[\s_▁-]*(?:of)?[\s_▁-]*(?:think|thought|reason)\w*[|｜]>`)
	endOfChannel = compiled(`(?i)<\|(?:end|start|return|call|channel|im_end|im_start)\|>`)
	endOfOther   = compiled(`<unused95>|<channel\|>`)
	endOfBare    = compiled(`(?m)assistant(?:final|commentary)|^\.\.\.done thinking\.`)

	endOfArrow = compiled(`(?i)^◁/(?:think|thought|reason)\w*▷`)
	finalMark  = compiled(`(?i)^<\|channel\|>\s*final\b`)

	// Marks around the answer, and of turns and channels.
	answerMark = compiled(`(?i)^(?:<\|start\|>\s*assistant|<\|im_start\|>\s*assistant|<\|channel\|>\s*\w*|<[|｜][^|｜<>]{1,40}[|｜]>|<(?:answer|response|output|final_answer|solution)>|\[(?:BEGIN|END) [A-Z ]+\])\s*`)
)

// maxThoughtLine is the length, in bytes, of the longest line of a thought that began
// in the prompt.
const maxThoughtLine = 64 << 10

// thoughtMark is the mark that opens a thought.
type thoughtMark struct {
	after   int // bytes of the mark
	end     func(line []byte) (before, rest []byte, ok bool)
	sure    bool // it opens a thought whether its end comes or not
	channel bool // of Harmony: the mark of what follows ends it
	closes  string
}

// Thought is the model's reasoning at the beginning of a text.
type Thought struct{ mark thoughtMark }

// OpensThought reads the mark of a thought that a text begins with, and returns where
// its words begin.
func OpensThought(text string) (t Thought, after int, ok bool) {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" {
		return t, 0, false
	}
	line := []byte(trimmed[:min(len(trimmed), maxThoughtLine)])
	t.mark, ok = opensThought(line)
	if !ok && thoughtBare().Match(line[:(bytes.IndexByte(append(line, '\n'), '\n'))]) {
		t.mark, ok = bareThought(), true
	}
	return t, len(text) - len(trimmed) + t.mark.after, ok && t.mark.sure
}

// Mark returns a mark that ends the thought.
func (t Thought) Mark() string { return t.mark.closes }

// End returns what follows the end of the thought in a text, without the marks of the
// answer.
func (t Thought) End(text string) (rest string, ok bool) {
	_, after, ok := t.mark.end([]byte(text))
	if !ok {
		return "", false
	}
	return withoutAnswerMarks(after), true
}

// EndsThought is End for a thought that has begun in the prompt.
func EndsThought(text string) (rest string, ok bool) {
	at := 0
	for line := range strings.Lines(text) {
		if from, to, ok := endOfAny([]byte(line)); ok && isEdge(bytes.TrimLeft([]byte(line[:from]), " \t\r\n"), bytes.TrimSpace([]byte(line[to:]))) {
			return withoutAnswerMarks([]byte(text[at+to:])), true
		}
		at += len(line)
	}
	return "", false
}

func withoutAnswerMarks(text []byte) string {
	for range maxMarks {
		begin := bytes.TrimLeft(text, " \t\r\n")
		at := answerMarkOf(begin)
		if at == nil || begin[1] != '|' && begin[1] != 0xEF {
			end := endOfChannel().FindIndex(begin)
			if end == nil || end[0] > 0 {
				break
			}
			at = end
		}
		text = begin[at[1]:]
	}
	return string(text)
}

// bareThought ends a thought whose marks were lost.
func bareThought() thoughtMark {
	return thoughtMark{sure: true, closes: "assistantfinal", end: func(line []byte) ([]byte, []byte, bool) {
		to := endOfBare().FindIndex(line)
		if to == nil {
			return line, nil, false
		}
		return line[:to[0]], line[to[1]:], true
	}}
}

// opensThought reads the mark of a thought that a text begins with.
func opensThought(text []byte) (m thoughtMark, ok bool) {
	until := func(tag string, sure bool) func([]byte) ([]byte, []byte, bool) {
		m.sure, m.closes = sure, tag
		return func(line []byte) ([]byte, []byte, bool) { return cutFold(line, tag) }
	}
	switch text[0] {
	case '[':
		if word := text[1:]; !begins(word, "think") && !begins(word, "thought") && !begins(word, "reason") {
			break
		}
		if f := thoughtBracket().FindSubmatch(text); f != nil {
			m.after, m.end = len(f[1])+2, until("[/"+strings.ToLower(string(f[1]))+"]", string(f[1]) == "THINK")
		}
	case 0xE2:
		if f := thoughtArrow().FindSubmatch(text); f != nil {
			m.after, m.end = len(f[0]), until("◁/"+strings.ToLower(string(f[1]))+"▷", true)
		}
	case '<':
		if len(text) > 1 && (text[1] == '|' || text[1] == 0xEF) {
			m = tokenThought(text)
			break
		}
		name, after := tagName(text[1:])
		switch plain := withoutNamespace(name); {
		case after > 0 && text[after-1] == '/':
		case after > 0 && containsAny(plain, "think", "thought", "reason", "reflect", "scratchpad", "scratch_pad", "monologue"):
			m.after, m.end = after+1, until("</"+name+">", true)
			if own := m.end; slices.Contains(thoughtNames[:5], plain) {
				m.end = func(line []byte) ([]byte, []byte, bool) {
					before, rest, ok := own(line)
					if ok || !bytes.Contains(line, []byte("</")) {
						return before, rest, ok
					}
					if from, to, other := endOfAny(line); other && begins(line[from:], "</") && isEdge(line[:from], bytes.TrimSpace(line[to:])) {
						return line[:from], line[to:], true // the names are mixed up
					}
					return before, rest, ok
				}
			}
		case name == "details" && bytes.Contains(text[:after+1], []byte(`type="reasoning"`)):
			m.after, m.end = after+1, until("</details>", true)
		case after == len(name)+1 && slices.Contains(planNames, name):
			m.after, m.end = after+1, until("</"+name+">", false)
		default:
			m = tokenThought(text)
		}
	}
	return m, m.end != nil
}

// The names of tags that hold thoughts only if they end.
var planNames = []string{"analysis", "plan", "planning", "brainstorm", "brainstorming", "internal", "deliberation", "draft"}

// The names of tags that end a thought which began in the prompt.
var thoughtNames = []string{"think", "thinking", "thought", "thoughts", "reasoning", "thought_process", "reflection", "scratchpad", "inner_monologue", "chain_of_thought"}

// tagName reads a tag without its first sign: its name in lower case, and where the
// tag ends; 0 if it is none.
func tagName(text []byte) (name string, end int) {
	n := 0
	for n < len(text) && n < 64 && (isLetter(text[n]) || text[n] >= '0' && text[n] <= '9' || strings.IndexByte("_-:.", text[n]) >= 0) {
		n++
	}
	if n == 0 || n == len(text) || strings.IndexByte("> \t/", text[n]) < 0 {
		return "", 0
	}
	end = bytes.IndexAny(text[n:min(len(text), n+maxNameLine)], "<>")
	if end < 0 || text[n+end] == '<' {
		return "", 0
	}
	return strings.ToLower(string(text[:n])), n + end + 1
}

func withoutNamespace(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// endOfAny finds the end of a thought that may have begun in the prompt.
func endOfAny(line []byte) (from, to int, ok bool) {
	for at, c := range line {
		if c != '<' && c != '[' && c != 0xE2 {
			continue
		}
		n := 0
		switch text := line[at:]; c {
		case '<':
			switch {
			case len(text) < 3:
			case text[1] == '/':
				if name, end := tagName(text[2:]); end == len(name)+1 && slices.Contains(thoughtNames, withoutNamespace(name)) {
					n = end + 2
				}
			case text[1] == '|' || text[1] == 0xEF:
				mark := text[:min(len(text), 64)]
				if close := bytes.IndexByte(mark, '>'); close < 0 {
					continue
				} else if begins(mark, "<|channel|>") {
					if end := finalMark().FindIndex(mark); end != nil {
						n = end[1]
					}
				} else if containsAny(strings.ToLower(string(mark[:close])), "think", "thought", "reason") {
					if end := endOfTokens().FindIndex(mark[:close+1]); end != nil && end[0] == 0 {
						n = end[1]
					}
				}
			default:
				n = prefixOf(text, "<unused95>", "<channel|>")
			}
		case '[':
			n = prefixOf(text, "[/THINK]", "[/THINKING]", "[/REASONING]", "[BEGIN FINAL RESPONSE]")
		case 0xE2:
			if end := endOfArrow().FindIndex(text[:min(len(text), 64)]); bytes.HasPrefix(text, []byte("◁")) && end != nil {
				n = end[1]
			}
		}
		if n > 0 {
			return at, at + n, true
		}
	}
	return 0, 0, false
}

// prefixOf returns the length of the mark that a text begins with.
func prefixOf(text []byte, marks ...string) int {
	for _, mark := range marks {
		if bytes.HasPrefix(text, []byte(mark)) {
			return len(mark)
		}
	}
	return 0
}

func tokenThought(text []byte) (m thoughtMark) {
	if len(text) < 3 || text[1] != '|' && text[1] != 'u' && text[1] != 0xEF {
		return m
	}
	text = text[:min(len(text), maxNameLine)]
	at := thoughtToken().FindIndex(text)
	end, closes := endOfTokens, "<|end_of_thought|>"
	channel := false
	if at == nil {
		at, end, channel = thoughtChannel().FindIndex(text), endOfChannel, true
		closes = "<|end|>"
		if at != nil { // the next mark is that of the message
			if rest := bytes.TrimLeft(text[at[1]:], " "); begins(rest, "<|message|>") {
				at[1] = len(text) - len(rest) + len("<|message|>")
			}
		}
	}
	if at == nil {
		at, end, channel = thoughtOther().FindIndex(text), endOfOther, false
		closes = "<unused95>"
	}
	if at == nil {
		return m
	}
	return thoughtMark{after: at[1], sure: true, channel: channel, closes: closes, end: func(line []byte) ([]byte, []byte, bool) {
		to := end().FindIndex(line)
		switch {
		case to == nil:
			return line, nil, false
		case channel:
			return line[:to[0]], line[to[0]:], true
		}
		return line[:to[0]], line[to[1]:], true
	}}
}

// answerMarkOf finds the mark of an answer that a line begins with.
func answerMarkOf(line []byte) []int {
	if len(line) < 3 || line[0] == '[' && line[1] != 'B' && line[1] != 'E' {
		return nil
	}
	if line[0] == '<' && line[1] != '|' && line[1] != 0xEF {
		if name, _ := tagName(line[1:]); !slices.Contains(answerNames, name) {
			return nil
		}
	} else if line[0] != '<' && line[0] != '[' {
		return nil
	}
	return answerMark().FindIndex(line[:min(len(line), 64)])
}

var answerNames = []string{"answer", "response", "output", "final_answer", "solution"}

// mayThink reports, fast, whether a line may hold a mark.
func mayThink(line []byte) bool {
	if bytes.IndexByte(line, '<') >= 0 || bytes.Contains(line, []byte("◁")) {
		return true
	}
	for at := bytes.IndexByte(line, '['); at >= 0 && at+1 < len(line); {
		if strings.IndexByte("tTrR/BE", line[at+1]) >= 0 { // [THINK], [/THINK], [BEGIN …
			return true
		}
		next := bytes.IndexByte(line[at+1:], '[')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}
