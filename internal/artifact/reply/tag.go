package reply

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	// <boltAction type="file" filePath="…">, <dyad-write path="…">,
	// <lov-write file_path="…">, <file path="…">, <create_file name="…"> and such.
	openTag      = regexp.MustCompile(`(?i)^(?:<(?:boltArtifact|files|artifacts?|lov-code)\b[^>]*>\s*)*<([\w-]*(?:file|write|action|artifact|edit|replace)[\w-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))+)\s*>`)
	pathOfTag    = regexp.MustCompile(`(?i)\s(?:path|file_?path|file_?name|name|file|target_file)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	typeOfTag    = regexp.MustCompile(`(?i)\stype\s*=\s*["'](\w+)["']`)
	openArtifact = regexp.MustCompile(`(?i)^<boltArtifact\b[^>]*>`)
	openThought  = regexp.MustCompile(`(?i)^<(think|thinking|thoughts?|reasoning)>`)
)

// opensTag begins what tags hold, if a line says so.
func (p *Parser) opensTag(line []byte) bool {
	if m := openThought.FindSubmatch(line); m != nil {
		p.open = &block{shape: thought, tag: endTag(m[1]), no: true}
		p.think(line[len(m[0]):])
		return true
	}
	m := openTag.FindSubmatch(line)
	if m == nil {
		return false
	}
	b := &block{shape: tagged, tag: endTag(m[1])}
	attributes := string(m[2])
	kind := typeOfTag.FindStringSubmatch(attributes)
	name := pathOfTag.FindStringSubmatch(attributes)
	switch {
	case name != nil && (kind == nil || !strings.EqualFold(kind[1], "shell")):
		b.path = name[1] + name[2] + name[3]
		p.accept(b)
	case kind != nil && begins(line, "<boltaction"):
		b.no = true // a command
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

// opensTags says whether a fence's first line begins what tags hold.
func opensTags(line []byte) bool {
	line = bytes.TrimSpace(line)
	return line[0] == '<' && (openTag.Match(line) || openArtifact.Match(line))
}

// endsThought forgets all that stood before the end of a thought whose beginning
// stood in the prompt.
func (p *Parser) endsThought(line []byte) bool {
	thought, answer, ok := cutFold(line, "</think>")
	_, _, fenced := openFence(answer)
	if !ok || len(thought) > 0 && len(answer) > 0 && !fenced && !isDocument(answer) {
		return false
	}
	p.forget()
	p.outside(answer)
	return true
}

// think reads past what is no part of the answer.
func (p *Parser) think(line []byte) {
	if _, rest, ok := cutFold(line, p.open.tag); ok {
		p.open = nil
		p.outside(rest)
	}
}

// tagged takes a line of what tags hold, maybe within a fence of its own.
func (p *Parser) tagged(line []byte) {
	b := p.open
	content, rest, ok := cutFold(line, b.tag)
	if rest = bytes.TrimSpace(rest); ok && (len(rest) == 0 || rest[0] == '<') {
		if len(bytes.TrimSpace(content)) > 0 {
			p.within(content)
		}
		p.close()
		p.outside(rest)
		return
	}
	if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && trimmed[0] == '<' && b.repeats(trimmed) {
		p.close()
		p.outside(line)
		return
	}
	p.within(line)
}

// within takes what tags hold, less the CDATA marks around it.
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

// withinMarks takes what tags hold, less the fence around it.
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

// repeats says whether a line opens the tag again that the block awaits the end
// of.
func (b *block) repeats(line []byte) bool {
	m := openTag.FindSubmatch(line)
	return m != nil && endTag(m[1]) == b.tag
}

// cutFold cuts a line around the first occurrence of a text of lower-case ASCII,
// in any case.
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

// withoutPartOf cuts off what was to become an end tag when the text ended.
func withoutPartOf(tag string, line []byte) []byte {
	i := bytes.LastIndexByte(line, '<')
	if i >= 0 && len(line)-i < len(tag) && strings.HasPrefix(tag, strings.ToLower(string(line[i:]))) {
		return line[:i]
	}
	return line
}
