package reply

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// maxMarks bounds how many marks of one line are looked at.
const maxMarks = 16

// thinks takes a line, outside of blocks, that holds the mark of a thought or of
// an answer. It reports whether there was one.
func (p *Parser) thinks(line []byte) bool {
	if !p.before.any && prefixOf(line, "analysis", "Thinking...") > 0 && thoughtBare().Match(line) {
		p.beginThought(bareThought(), line)
		return true
	}
	if !mayThink(line) || p.marks == maxMarks {
		return false
	}
	p.marks++
	if m, ok := opensThought(line); ok && m.sure {
		p.beginThought(m, line[m.after:])
		return true
	}
	if p.endsThought(line) {
		return true
	}
	if at := answerMarkOf(line); at != nil {
		p.before.any = true
		if rest := bytes.TrimSpace(line[at[1]:]); len(rest) > 0 {
			p.outside(rest)
		}
		return true
	}
	return p.mayBeginThought(line)
}

func (p *Parser) beginThought(m thoughtMark, rest []byte) {
	p.remember(m)
	p.open = &block{shape: thought, endOfThought: m.end, rejected: true}
	p.think(rest)
}

// think skips a line of a thought, up to its end, or to the mark of an answer: models
// forget the end.
func (p *Parser) think(line []byte) {
	if len(line) > 2 && line[0] == '<' && line[len(line)-1] == '>' && string(line) != "<output>" && slices.Contains(answerNames, string(line[1:len(line)-1])) {
		p.open = nil
		p.outside(line)
		return
	}
	if _, rest, ok := p.open.endOfThought(line); ok {
		p.open = nil
		if rest = bytes.TrimSpace(rest); len(rest) > 0 {
			p.outside(rest)
		}
	}
}

// mayBeginThought remembers what was read before a mark that opens a thought only
// if its end comes. A thought that ends in its line is left out of the line.
func (p *Parser) mayBeginThought(line []byte) bool {
	if len(line) > 4*maxNameLine {
		return false
	}
	code := false
	for i := range len(line) {
		switch c := line[i]; {
		case c == '`':
			code = !code
			continue
		case code || c != '<' && c != '[' && c != 0xE2:
			continue
		}
		m, ok := opensThought(line[i:])
		if !ok {
			continue
		}
		_, rest, ended := m.end(line[i+m.after:])
		if !ended && m.channel {
			p.beginThought(m, nil)
			return true
		}
		if !ended {
			m.sure = false
			p.remember(m)
			return false
		}
		if before := bytes.TrimSpace(line[:i]); len(before) > 0 {
			p.before.see(before)
			p.before.any = true
		}
		if rest = bytes.TrimSpace(rest); len(rest) > 0 {
			p.outside(rest)
		}
		return true
	}
	return false
}

// endsThought forgets what stands before the end of a thought that has begun in the
// prompt, or since the mark that may have begun it.
func (p *Parser) endsThought(line []byte) bool {
	if p.mark != nil && !p.mark.channel {
		before, rest, ok := p.mark.end(line)
		if rest = bytes.TrimSpace(rest); ok && bytes.Count(before, []byte("`"))%2 == 0 && (p.mark.open || isEdge(before, rest)) {
			p.recall()
			if len(rest) > 0 {
				p.outside(rest)
			}
			return true
		}
	}
	from, to, ok := endOfAny(line[:min(len(line), maxThoughtLine)])
	if !ok {
		return false
	}
	thought, end, answer := line[:from], line[from:to], bytes.TrimSpace(line[to:])
	switch {
	case begins(end, "<|channel|>"):
		if p.channels { // the thoughts before had marks of their own
			return false
		}
	case begins(end, "</"):
		if !isEdge(thought, answer) {
			return false
		}
	}
	p.ended = nil
	if len(bytes.TrimSpace(thought)) == 0 && p.before.line == "" && p.out.isAnswer() {
		all := p.out
		p.ended = &all
	}
	p.out.forget()
	p.before = before{any: true}
	if len(answer) > 0 {
		p.outside(answer)
	}
	return true
}

// isAnswer reports whether the blocks so far hold what a draft in a thought seldom has:
// a whole page, a name or an edit. If the end of a thought comes right behind them, and
// nothing but words follows it, they are all that there is.
func (r *result) isAnswer() bool {
	return r.whole || len(r.reply.Edits) > 0 || slices.ContainsFunc(r.reply.Files, func(f artifact.File) bool { return !r.unnamed[f.Path] })
}

// isEdge reports whether the end of a thought stands where words that only speak of
// it would not.
func isEdge(before, after []byte) bool {
	_, _, fenced := openFence(after)
	return len(before) == 0 || len(after) == 0 || fenced || isDocument(after) || opensTags(after) || endsSentence(before, after)
}

// endsSentence reports whether the end of a thought stands between the end of a sentence
// and the next one without a space, as words that speak of it do not.
func endsSentence(before, after []byte) bool {
	last, _ := utf8.DecodeLastRune(before)
	return strings.ContainsRune(".!?…。！？", last) && bytes.Count(before, []byte("`"))%2 == 0 && !bytes.ContainsAny(before, "<[◁")
}

// endsThoughtIn takes a line within a block if it is the end tag of a thought which began
// in the prompt: the end of the block was forgotten. Code may have an element of that
// name.
func (p *Parser) endsThoughtIn(line []byte) bool {
	b := p.open
	name, isTag := bytes.CutPrefix(line, []byte("</"))
	if !isTag || len(line) < len("</think>") || len(line) > maxNameLine || p.edit != nil || b.fence.nests || b.thinks {
		return false
	}
	from, to, ok := endOfAny(line)
	_, code := syntaxOf(b.kind())
	if !ok || from > 0 || to < len(line) || !code && b.kind() != "html" || b.inside(nil) {
		return false
	}
	if _, _, b.thinks = cutFold(b.content, "<"+strings.ToLower(string(name[:len(name)-1]))); b.thinks {
		return false
	}
	p.close()
	p.outside(line)
	return true
}
