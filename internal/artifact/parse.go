package artifact

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Event says that a file of a reply has begun, or is done. Every file that has
// begun is done some time; whether it was kept, only the Reply says.
type Event struct {
	Path string
	Done bool
}

// Reply is what a whole reply holds.
type Reply struct {
	Files     []File    // in the order of their first appearance
	Events    []Event   // those that only the end of the text brought about
	Warnings  []Warning // what was left out; maxWarnings at most
	Truncated bool      // the text ends inside a file
}

// Parse reads a whole reply.
func Parse(text string) Reply {
	var p Parser
	events := p.Write(text)
	r := p.Close()
	r.Events = append(events, r.Events...)
	return r
}

// maxWarnings bounds what a model that repeats itself can bring about.
const maxWarnings = 50

// Parser reads a reply as it comes; the zero Parser is ready. However the text
// is cut into pieces, files, events and warnings are the same. It holds no more
// than what becomes of the text: its files and the line that is being written.
//
// A file is a fenced block (``` or ~~~) whose info string or first line names
// it, an unnamed block of HTML, CSS or JavaScript (index.html, style.css,
// script.js), or an HTML document outside any fence. Blocks in other languages,
// such as shell commands, are no files. Of two blocks with one path the last
// counts, but an unnamed part of a page does not replace a whole one.
type Parser struct {
	line  []byte // the line that has not ended yet
	open  *block // nil: outside
	reply Reply
	index map[string]int // of a file in reply.Files, by its path in lower case
	size  int            // of all files
	whole bool           // index.html is there, and a whole page
}

// block is a fenced block, or a bare document, while it is read.
type block struct {
	fence    []byte // what closes it; nil for a bare document
	indent   int
	language string
	path     string // "" until it is known
	unnamed  bool   // the path is the usual one of its language
	begun    bool   // an event says so
	no       bool   // it is no file, or no longer one
	script   bool   // the last line of a bare document ends inside a script
	content  []byte
}

// Write takes the next piece of text and returns what it brought about.
func (p *Parser) Write(text string) []Event {
	for {
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			p.hold(text)
			return p.events()
		}
		p.hold(text[:end])
		p.read(bytes.TrimRight(p.line, "\r"))
		p.line = p.line[:0]
		text = text[end+1:]
	}
}

// hold keeps a piece of a line, up to what is too large for any file.
func (p *Parser) hold(text string) {
	const most = 3 + MaxFileBytes + 1 // an indentation, a file, a byte more
	p.line = append(p.line, text[:min(len(text), most-len(p.line))]...)
}

// Close ends the text.
func (p *Parser) Close() Reply {
	switch b := p.open; {
	case len(p.line) == 0:
	case b != nil && b.fence != nil && b.beginsToClose(p.line):
		if b.closes(p.line) {
			p.close()
		}
	default:
		p.read(bytes.TrimRight(p.line, "\r"))
	}
	if p.open != nil {
		p.reply.Truncated = !p.open.no
		p.close()
	}
	p.reply.Events = p.events()
	return p.reply
}

func (p *Parser) events() []Event {
	e := p.reply.Events
	p.reply.Events = nil
	return e
}

// read takes one whole line, without its end.
func (p *Parser) read(line []byte) {
	b := p.open
	switch {
	case b == nil:
		p.outside(line)
	case b.fence == nil:
		p.bare(line)
	case b.closes(line):
		p.close()
	default:
		p.add(unindent(line, b.indent))
	}
}

// outside looks for the beginning of a file.
func (p *Parser) outside(line []byte) {
	line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	rest := bytes.TrimLeft(line, " ")
	indent := len(line) - len(rest)
	if isDocument(rest) {
		p.open = &block{language: "html"}
		p.bare(line)
		return
	}
	if indent > 3 || len(rest) == 0 || rest[0] != '`' && rest[0] != '~' {
		return
	}
	info := bytes.TrimLeft(rest, string(rest[:1]))
	fence := rest[:len(rest)-len(info)]
	if len(fence) < 3 || fence[0] == '`' && bytes.IndexByte(info, '`') >= 0 {
		return // no fence, or code within a line
	}
	language, name := readInfo(string(info))
	b := &block{fence: bytes.Clone(fence), indent: indent, language: language, path: name}
	if name != "" {
		p.accept(b)
	}
	p.open = b
}

// bare reads a document that no fence holds: to its end tag, or to a fence. An
// end tag in a script is text of the script.
func (p *Parser) bare(line []byte) {
	b := p.open
	if trimmed := bytes.TrimSpace(line); bytes.HasPrefix(trimmed, []byte("```")) {
		p.close()
		if len(trimmed) > 3 { // more than a stray end
			p.outside(line)
		}
		return
	}
	for i := range line {
		if line[i] != '<' {
			continue
		}
		switch tag := line[i:]; {
		case begins(tag, "<script"):
			b.script = true
		case begins(tag, "</script"):
			b.script = false
		case begins(tag, "</html>") && !b.script:
			p.add(line[:i+len("</html>")])
			p.close()
			return
		}
	}
	p.add(line)
}

// add puts a line into the open block; the first one that is not blank decides
// what an unnamed block is.
func (p *Parser) add(line []byte) {
	b := p.open
	if b.no {
		return
	}
	if !b.begun && len(bytes.TrimSpace(line)) > 0 {
		p.begin(b, line)
		if b.no {
			return
		}
	}
	b.content = append(append(b.content, line...), '\n')
	if len(b.content) > MaxFileBytes {
		p.refuse(b, fmt.Sprintf("it is larger than %d KB", MaxFileBytes>>10))
	}
}

// begin takes the first line of a block that is not blank.
func (p *Parser) begin(b *block, line []byte) {
	if b.path == "" {
		if b.path = nameIn(line); b.path == "" {
			b.path, b.unnamed = usualName(b.language, line), true
		}
		if b.path == "" {
			b.no = true
			return
		}
		p.accept(b)
		if b.no {
			return
		}
	}
	b.begun = true
	p.reply.Events = append(p.reply.Events, Event{Path: b.path})
}

// accept checks the path that a block has been given.
func (p *Parser) accept(b *block) {
	clean, err := CleanPath(b.path)
	if err != nil {
		p.refuse(b, err.Error())
		return
	}
	b.path = clean
	if i, ok := p.index[strings.ToLower(clean)]; ok && p.reply.Files[i].Path != clean {
		p.refuse(b, fmt.Sprintf("it differs from %q by case only", p.reply.Files[i].Path))
	}
}

func (p *Parser) refuse(b *block, why string) {
	b.no, b.content = true, nil
	if len(p.reply.Warnings) < maxWarnings {
		shown := strings.ToValidUTF8(b.path[:min(len(b.path), MaxPathBytes)], "")
		p.reply.Warnings = append(p.reply.Warnings, Warning{Path: shown, Text: "Left out: " + why + "."})
	}
}

// close ends the open block.
func (p *Parser) close() {
	b := p.open
	p.open = nil
	if !b.no {
		p.keep(b)
	}
	if b.begun {
		p.reply.Events = append(p.reply.Events, Event{Path: b.path, Done: true})
	}
}

// keep makes a file of a block, unless it is empty or does not fit.
func (p *Parser) keep(b *block) {
	if !b.begun {
		if b.path != "" {
			p.refuse(b, "it is empty")
		}
		return
	}
	content := strings.TrimRight(string(b.content), "\n") + "\n"
	key := strings.ToLower(b.path)
	i, again := p.index[key]
	size := p.size + len(content)
	if again {
		size -= len(p.reply.Files[i].Content)
	}
	whole := b.path == "index.html" && wholePage.MatchString(content)
	switch {
	case b.unnamed && p.whole && b.path == "index.html" && !whole:
		p.refuse(b, "it is a part of a page, and the whole page is there")
		return
	case !utf8.ValidString(content):
		p.refuse(b, "it is not text (UTF-8)")
		return
	case !again && len(p.reply.Files) == MaxFiles:
		p.refuse(b, fmt.Sprintf("there are more than %d files", MaxFiles))
		return
	case size > MaxSetBytes:
		p.refuse(b, fmt.Sprintf("the files together are larger than %d KB", MaxSetBytes>>10))
		return
	case again:
		p.reply.Files[i].Content = content
	default:
		if p.index == nil {
			p.index = map[string]int{}
		}
		p.index[key] = len(p.reply.Files)
		p.reply.Files = append(p.reply.Files, File{b.path, content})
	}
	p.size = size
	if b.path == "index.html" {
		p.whole = whole
	}
}

// closes says whether a line is the block's closing fence: as long as the
// opening one at least, with nothing behind it.
func (b *block) closes(line []byte) bool {
	rest := bytes.TrimLeft(line, " ")
	if len(line)-len(rest) > 3 || !bytes.HasPrefix(rest, b.fence) {
		return false
	}
	return len(bytes.TrimSpace(bytes.TrimLeft(rest, string(b.fence[:1])))) == 0
}

// beginsToClose says whether a line is a closing fence, or was to become one
// when the text ended.
func (b *block) beginsToClose(line []byte) bool {
	return len(bytes.TrimLeft(bytes.TrimSpace(line), string(b.fence[:1]))) == 0
}

func unindent(line []byte, n int) []byte {
	for ; n > 0 && len(line) > 0 && line[0] == ' '; n-- {
		line = line[1:]
	}
	return line
}

func isDocument(line []byte) bool {
	return begins(line, "<!doctype html") || begins(line, "<html") && (len(line) == 5 || strings.IndexByte("> \t", line[5]) >= 0)
}

// begins says whether a line begins with an ASCII prefix, in any case.
func begins(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && strings.EqualFold(string(line[:len(prefix)]), prefix)
}

var (
	wholePage     = regexp.MustCompile(`(?i)<!doctype html|<html[\s>]`)
	infoAttribute = regexp.MustCompile(`\b(title|name|file|filename|path)=(?:"([^"]*)"|'([^']*)'|([^\s}"']+))`)
	pathLike      = regexp.MustCompile(`^[^\s={}"']*[^\s={}"'./]\.[A-Za-z][A-Za-z0-9]{0,9}$`)
	commentedPath = regexp.MustCompile(`^\s*(?:<!--|/\*|//)\s*(?:[Ff]ile(?:name)?:\s*)?([\w./-]+\.[A-Za-z][A-Za-z0-9]{0,9})\s*(?:-->|\*/)?\s*$`)
)

// readInfo reads a fence's info string, such as "html index.html",
// "html:index.html", `html title="index.html"` or "index.html". A title without
// an extension is a heading for people.
func readInfo(info string) (language, name string) {
	if m := infoAttribute.FindStringSubmatch(info); m != nil {
		name = m[2] + m[3] + m[4]
		if (m[1] == "title" || m[1] == "name") && path.Ext(name) == "" {
			name = ""
		}
	}
	words := strings.Fields(info)
	if len(words) == 0 {
		return "", ""
	}
	language, rest, _ := strings.Cut(words[0], ":")
	language, _, _ = strings.Cut(strings.ToLower(language), "{")
	if name != "" {
		return language, name
	}
	if pathLike.MatchString(rest) {
		return language, rest
	}
	if pathLike.MatchString(words[0]) {
		return "", words[0]
	}
	if i := slices.IndexFunc(words, pathLike.MatchString); i > 0 {
		return language, words[i]
	}
	return language, ""
}

// nameIn finds the path that a block's first line names in a comment.
func nameIn(line []byte) string {
	if m := commentedPath.FindSubmatch(line); m != nil {
		return string(m[1])
	}
	return ""
}

// usualName is the path of a block that nothing names; "" if it is no file.
func usualName(language string, first []byte) string {
	switch language {
	case "html", "htm", "xhtml":
		return "index.html"
	case "css":
		return "style.css"
	case "js", "javascript", "mjs":
		return "script.js"
	case "", "xml", "markup":
		if isDocument(bytes.TrimSpace(first)) {
			return "index.html"
		}
	}
	return ""
}
