package reply

import (
	"bytes"
	"regexp"
	"strings"
)

// page takes a line of a document that no fence holds: it goes to its end tag,
// or to a fence.
func (p *Parser) page(line []byte) {
	b := p.open
	trimmed := bytes.TrimSpace(line)
	switch {
	case b.raw == "" && bytes.HasPrefix(trimmed, []byte("```")):
		b.ended = true
		p.close()
		if len(trimmed) > 3 { // more than a stray end
			p.outside(line)
		}
		return
	case b.shape == pagePart && b.gap && b.raw == "" && len(trimmed) > 0 && isLetter(line[0]):
		b.ended = true
		p.close()
		p.outside(line)
		return
	}
	b.gap = len(trimmed) == 0
	if end := b.endOfPage(line); end >= 0 {
		p.add(line[:end])
		b.ended = true
		p.close()
		p.stray = true
		return
	}
	p.add(line)
}

// endOfPage follows a page to the end of its document: the index behind the end
// tag, -1 if it is not in this line.
func (b *block) endOfPage(line []byte) int {
	if !b.begun {
		b.escaped = begins(bytes.TrimSpace(line), "&lt;")
	}
	open, close := "<", ">"
	if b.escaped {
		open, close = "&lt;", "&gt;"
	}
	for rest := line; ; {
		if b.raw != "" {
			_, after, ok := cutFold(rest, b.raw)
			if !ok {
				return -1
			}
			b.raw, rest = "", after
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
			b.raw = "--" + close
		case ok:
			if name := rawElement(tag); name != "" {
				b.raw = open + "/" + name
			}
		}
		rest = rest[1:]
	}
}

// rawElement names the element that a tag opens, if what looks like the end of
// a page or of a fence may be mere text in it.
func rawElement(tag []byte) string {
	for _, name := range []string{"script", "style", "textarea", "pre"} {
		if begins(tag, name) && (len(tag) == len(name) || strings.IndexByte("> \t&", tag[len(name)]) >= 0) {
			return name
		}
	}
	return ""
}

// complete says whether a part of a page, which has no end tag, ends well.
func (b *block) complete() bool {
	return b.shape == thought || b.shape == pagePart && b.raw == "" && bytes.HasSuffix(bytes.TrimSpace(b.content), []byte(">"))
}

func isDocument(line []byte) bool {
	for _, tag := range []string{"<!doctype html", "&lt;!doctype html", "&lt;html"} {
		if begins(line, tag) {
			return true
		}
	}
	return begins(line, "<html") && (len(line) == 5 || strings.IndexByte("> \t", line[5]) >= 0)
}

// beginsPart says whether a line is the first one of a part of a page.
func beginsPart(line []byte) bool {
	return line[0] == '<' && line[len(line)-1] == '>' && beginOfPart.Match(line)
}

var beginOfPart = regexp.MustCompile(`(?i)^<(?:head|body|style|script|div|main|section|article|header|footer|nav|form|table|canvas|svg|button|h1|ul|ol|link|meta|title|template)[\s>]`)

func isLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// unescape takes one escaping off a page that was escaped as a whole.
func unescape(content string) string {
	if !strings.HasPrefix(strings.TrimLeft(content, " \t\n"), "&lt;") || strings.Contains(content, "<") {
		return content
	}
	return entities.Replace(content)
}

// entities are those that escape HTML. Others were in the page before.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&#x27;", "'", "&#039;", "'", "&apos;", "'")
