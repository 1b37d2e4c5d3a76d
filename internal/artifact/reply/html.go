package reply

import (
	"bytes"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact/markup"
)

// page takes a line of a page outside any fence. The page ends at its end tag, or
// before a fence.
func (p *Parser) page(line []byte) {
	b := p.open
	trimmed := bytes.TrimSpace(line)
	switch {
	case b.rawEnd == "" && bytes.HasPrefix(trimmed, []byte("```")):
		b.ended = true
		p.close()
		if len(trimmed) > 3 { // more than a stray end
			p.outside(line)
		}
		return
	case b.shape == pagePart && b.afterBlank && b.rawEnd == "" && len(trimmed) > 0 && isLetter(line[0]):
		b.ended = true
		p.close()
		p.outside(line)
		return
	}
	if b.rawEnd == "" && endsAround(trimmed) {
		b.ended, b.pageEnded = true, true
		p.close()
		return
	}
	b.afterBlank = len(trimmed) == 0
	if end := b.endOfPage(line); end >= 0 {
		p.add(line[:end])
		b.ended = true
		p.close()
		p.stray = true
		return
	}
	p.add(line)
}

// endsAround reports whether a line is the end tag of what models put around an answer.
func endsAround(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("</")) {
		return false
	}
	name, end := tagName(line[2:])
	return end == len(line)-2 && (strings.HasSuffix(name, "artifact") || name != "output" && slices.Contains(answerNames, name))
}

// endOfPage looks for the end tag of a page in its next line. It returns the index
// after the tag, -1 if the tag is not in this line.
func (b *block) endOfPage(line []byte) int {
	if !b.begun {
		b.escaped = begins(bytes.TrimSpace(line), "&lt;")
	}
	open, close := "<", ">"
	if b.escaped {
		open, close = "&lt;", "&gt;"
	}
	for rest := line; ; {
		if b.rawEnd != "" {
			_, after, ok := cutFold(rest, b.rawEnd)
			if !ok {
				return -1
			}
			b.rawEnd, rest = "", after
		}
		i := bytes.IndexByte(rest, open[0])
		if i < 0 {
			return -1
		}
		rest = rest[i:]
		switch tag, ok := bytes.CutPrefix(rest, []byte(open)); {
		case ok && begins(tag, "/html") && begins(tag[len("/html"):], close):
			return len(line) - len(tag) + len("/html") + len(close)
		case ok && bytes.HasPrefix(tag, []byte("!--")):
			b.rawEnd = "--" + close
		case ok:
			if name := rawElement(tag); name != "" {
				b.rawEnd, b.rawAt = open+"/"+name, len(b.content)+len(line)-len(rest)
			}
		}
		rest = rest[1:]
	}
}

// rawElement returns the name of the element that a tag opens, if that element may
// hold text that looks like the end of a page or of a fence; else "".
func rawElement(tag []byte) string {
	for _, name := range []string{"script", "style", "textarea", "pre"} {
		if begins(tag, name) && (len(tag) == len(name) || strings.IndexByte("> \t&", tag[len(name)]) >= 0) {
			return name
		}
	}
	return ""
}

// complete reports whether a block that the end of the text ends is not cut. A part
// of a page has no end tag: it is complete if its last line ends in a tag.
func (b *block) complete() bool {
	return b.shape == thought || b.shape == fenced && b.path == "" && b.language == "" && b.nameBefore == "" && len(b.lastLine) == 0 || // the end of a fence that nothing began
		b.shape == pagePart && b.rawEnd == "" && bytes.HasSuffix(bytes.TrimSpace(b.content), []byte(">"))
}

// isDocument reports whether a line is the first one of a page, whose tags may be escaped.
func isDocument(line []byte) bool {
	return markup.BeginsPage(line) || begins(line, "&lt;!doctype html") || begins(line, "&lt;html")
}

// beginsPart reports whether a line is the first one of a part of a page.
func beginsPart(line []byte) bool {
	return line[0] == '<' && line[len(line)-1] == '>' && beginOfPart().Match(line)
}

var beginOfPart = compiled(`(?i)^<(?:head|body|style|script|div|main|section|article|header|footer|nav|form|table|canvas|svg|button|h1|ul|ol|link|meta|title|template)[\s>]`)

func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}
