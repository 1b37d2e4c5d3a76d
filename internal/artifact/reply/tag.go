package reply

import (
	"bytes"
	"strings"
)

var (
	// <boltAction type="file" filePath="…">, <dyad-write path="…">,
	// <lov-write file_path="…">, <file path="…">, <create_file name="…"> and such.
	openTag      = compiled(`(?i)^(?:<(?:boltArtifact|files|artifacts?|lov-code)\b[^>]*>\s*)*<([\w-]*(?:file|write|action|artifact|edit|replace)[\w-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+(?: [^\s"'=<>]+)*?))+)\s*>`)
	pathOfTag    = compiled(`(?i)\s(?:path|file_?path|file_?name|name|file|target_file)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>=]+(?: [^\s"'>=]+)*\.[A-Za-z]\w{0,11}|[^\s"'>]+))`)
	typeOfTag    = compiled(`(?i)\stype\s*=\s*["'](\w+)["']`)
	openArtifact = compiled(`(?i)^<boltArtifact\b[^>]*>`)
)

// opensTag begins a block if a line opens its tag.
func (p *Parser) opensTag(line []byte) bool {
	m := openTag().FindSubmatch(line)
	if m == nil {
		return false
	}
	b := &block{shape: tagged, tag: endTag(m[1])}
	attributes := string(m[2])
	kind := typeOfTag().FindStringSubmatch(attributes)
	name := pathOfTag().FindStringSubmatch(attributes)
	switch {
	case name != nil && (kind == nil || !strings.EqualFold(kind[1], "shell")):
		b.path = strings.TrimSpace(name[1] + name[2] + name[3])
		p.out.accept(b)
	case kind != nil && begins(line, "<boltaction"):
		b.rejected = true // a command
	default:
		return false
	}
	p.open = b
	if rest := line[len(m[0]):]; len(bytes.TrimSpace(rest)) > 0 {
		p.tagged(rest)
	}
	return true
}

func endTag(name []byte) string { return "</" + strings.ToLower(string(name)) + ">" }

// opensTags reports whether the first line in a fence opens a tag that holds a
// file or several.
func opensTags(line []byte) bool {
	line = bytes.TrimSpace(line)
	return line[0] == '<' && (openTag().Match(line) || openArtifact().Match(line))
}

// tagged takes a line between tags. There may be a fence between them, too.
func (p *Parser) tagged(line []byte) {
	b := p.open
	content, rest, ok := line, []byte(nil), false
	if p.noEnd != b.tag { // a line may open as many tags as fit, and end none
		if content, rest, ok = cutFold(line, b.tag); !ok {
			p.noEnd = b.tag
		}
	}
	if rest = bytes.TrimSpace(rest); ok && (len(rest) == 0 || rest[0] == '<') {
		if len(bytes.TrimSpace(content)) > 0 {
			p.within(content)
		}
		p.close()
		p.outside(rest)
		return
	}
	if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && trimmed[0] == '<' && (b.repeats(trimmed) || isParameter(b.tag) && nextParameter().Match(trimmed)) {
		p.close()
		p.outside(line)
		return
	}
	p.within(line)
}

// within takes a line between tags, without the CDATA marks around the content.
func (p *Parser) within(line []byte) {
	b := p.open
	if !b.begun && b.fence == nil {
		if rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte("<![CDATA[")); ok {
			b.cdata, line = true, rest
			if len(bytes.TrimSpace(rest)) == 0 {
				return
			}
		}
	}
	rest, ok := bytes.CutSuffix(bytes.TrimRight(line, " \t"), []byte("]]>"))
	if !ok || !b.cdata {
		p.withinMarks(line)
		return
	}
	p.withinMarks(rest)
	b.ended = true
}

// withinMarks takes a line between tags and CDATA marks, without the fence around
// the content.
func (p *Parser) withinMarks(line []byte) {
	b := p.open
	switch {
	case b.fence != nil && b.fence.closes(line):
		b.ended = true
		return
	case b.fence != nil:
		line = unindent(line, b.fence.indent)
	case !b.begun && len(bytes.TrimSpace(line)) > 0:
		if f, _, ok := openFence(line); ok {
			b.fence = f
			return
		}
	}
	p.add(line)
}

// repeats reports whether a line opens a second tag of the kind whose end the block
// awaits.
func (b *block) repeats(line []byte) bool {
	m := openTag().FindSubmatch(line)
	return m != nil && endTag(m[1]) == b.tag
}

// cutFold cuts a line around the first occurrence of sep, whatever its case. sep is
// lower-case ASCII.
func cutFold(line []byte, sep string) (before, after []byte, found bool) {
	for at := 0; ; at++ {
		i := bytes.IndexByte(line[at:], sep[0])
		if i < 0 {
			return line, nil, false
		}
		if at += i; begins(line[at:], sep) {
			return line[:at], line[at+len(sep):], true
		}
	}
}

// withoutPartOf cuts off the beginning of an end tag that the end of the text cut.
func withoutPartOf(tag string, line []byte) []byte {
	i := bytes.LastIndexByte(line, '<')
	if i >= 0 && len(line)-i < len(tag) && strings.HasPrefix(tag, strings.ToLower(string(line[i:]))) {
		return line[:i]
	}
	return line
}
