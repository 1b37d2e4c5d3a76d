// Package reply reads the text that a model replies for the files and edits in
// it, while the text comes, and writes files down as a model would.
package reply

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// Event says that a file of a reply, or an edit of one, has begun or is done.
// Each that has begun is done some time; whether it was kept, only the Reply
// says.
type Event struct {
	Path string
	Done bool
}

// Reply is what a whole reply holds.
type Reply struct {
	Files     []artifact.File    // in the order of their first appearance
	Edits     []artifact.Edit    // in the order of the text
	Refused   []artifact.Refusal // edits that cannot be read: those of the same file are not all there are
	Events    []Event            // those that only the end of the text brought about
	Warnings  []artifact.Warning // what was left out; maxWarnings at most
	Truncated bool               // the text ends inside a file or an edit
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
// is cut into pieces, files, edits, events and warnings are the same. It holds
// no more than what becomes of the text: its files and the line that is being
// written.
//
// A file is
//   - a fenced block (``` or ~~~) that its info string, the comment in its first
//     line or the line before it names, or an unnamed one of HTML, CSS or
//     JavaScript (index.html, style.css, script.js, or the only style sheet or
//     script that the page refers to),
//   - what stands between tags such as <file path="…"> or <boltAction …>,
//   - an HTML document outside any fence, or a reply that begins as a part of one,
//   - a member of the "files" of a JSON object.
//
// SEARCH/REPLACE blocks in any of the first two, or alone, are edits; those that
// cannot be read are refused, and their marks never become content. Blocks in
// other languages, such as shell commands, are no files, nor is a <think> part.
// Of two files with one path the last counts, but an unnamed part does not
// replace a whole page or stand beside a file that has a name.
type Parser struct {
	line   []byte // the line that has not ended yet
	open   *block // nil: outside
	json   *filesJSON
	edit   *edit
	before before
	around *fence // the open fence that holds tags
	stray  bool   // a fence's end may follow that nothing began

	reply  Reply
	paths  artifact.PathSet    // of reply.Files
	index  map[string]int      // of a file in reply.Files, by its path
	size   int                 // of all files
	edited int                 // bytes of all edits
	last   string              // the path of the last edit
	whole  bool                // index.html is there, and a whole page
	refers map[string][]string // what index.html refers to, by kind; nil until it is asked for
	named  map[string]bool     // kinds of which there is a file with a name
	usual  map[string]bool     // paths of the files without
	broken map[string]bool     // the paths of the edits that cannot be read
}

// block is a part of the text that may become a file.
type block struct {
	shape    shape
	fence    *fence // of a fenced block, or within tags
	tag      string // the end tag that is awaited
	language string
	html     bool

	path    string // "" until it is known
	given   string // the path that stood before the block
	far     bool   // with words between
	lead    string // the line right before it
	unnamed bool   // the path is the usual one of its language
	begun   bool   // an event says so
	no      bool   // it is no file, or no longer one
	ended   bool   // what follows is no content
	full    bool   // the end tag of its page was there
	raw     string // what ends the text or comment in which the last line of a page ends
	cdata   bool   // what the tags hold begins with <![CDATA[
	escaped bool   // its first line begins with an escaped tag
	gap     bool   // the last line of a part of a page is blank
	above   []byte // the last line that is not blank, if it may be a path
	content []byte
}

type shape int

const (
	fenced   shape = iota
	tagged         // between tags
	barePage       // a document
	pagePart       // a part of one
	thought        // between <think> and </think>
	loose          // an edit that nothing encloses
)

// Write takes the next piece of text and returns what it brought about.
func (p *Parser) Write(text string) []Event {
	for text != "" {
		if p.json != nil {
			text = p.readJSON(text)
			continue
		}
		end := strings.IndexByte(text, '\n')
		piece := text
		if end >= 0 {
			piece = text[:end]
		}
		if i := p.beginsJSON(piece); i >= 0 {
			p.line = p.line[:0]
			p.json = &filesJSON{}
			text = text[i:]
			continue
		}
		p.hold(piece)
		if end < 0 {
			break
		}
		p.read(bytes.TrimRight(p.line, "\r"))
		p.line = p.line[:0]
		text = text[end+1:]
	}
	return p.events()
}

// hold keeps a piece of a line, up to what is too large for any file.
func (p *Parser) hold(text string) {
	const most = 3 + artifact.MaxFileBytes + 1 // an indentation, a file, a byte more
	p.line = append(p.line, text[:min(len(text), most-len(p.line))]...)
}

// Close ends the text.
func (p *Parser) Close() Reply {
	switch b := p.open; {
	case len(p.line) == 0:
	case b != nil && b.shape == fenced && b.fence.beginsToClose(p.line):
		if b.fence.closes(p.line) {
			p.close()
		}
	case b != nil && b.shape == tagged:
		p.read(bytes.TrimRight(withoutPartOf(b.tag, p.line), "\r"))
	default:
		p.read(bytes.TrimRight(p.line, "\r"))
	}
	if p.json != nil {
		p.reply.Truncated = p.json.isOpen()
		p.endJSON()
	}
	if p.edit != nil {
		p.reply.Truncated = true
		p.endEdit(cutEdit)
	}
	if b := p.open; b != nil {
		p.reply.Truncated = p.reply.Truncated || !b.no && !b.ended && !b.complete()
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
	if b == nil {
		p.outside(line)
		return
	}
	switch b.shape {
	case fenced:
		p.fenced(line)
	case tagged:
		p.tagged(line)
	case barePage, pagePart:
		p.page(line)
	case thought:
		p.think(line)
	case loose:
		p.readEdit(line)
		if p.edit == nil {
			p.close()
		}
	}
}

// outside looks for the beginning of a file.
func (p *Parser) outside(line []byte) {
	line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	rest := bytes.TrimSpace(line)
	if len(rest) == 0 {
		return
	}
	stray := p.stray
	p.stray = false
	switch {
	case p.around != nil && p.around.closes(line):
		p.around = nil
	case stray && isFenceEnd(rest):
	case p.opensFence(line), rest[0] == '<' && p.opensTag(rest), p.endsThought(rest):
	case isDocument(rest) || !p.before.any && beginsPart(rest):
		b := &block{shape: barePage, language: "html"}
		b.given, _ = p.nameBefore("html")
		if !isDocument(rest) {
			b.shape = pagePart
		}
		p.open = b
		p.page(line)
	case isOpening(rest):
		p.open = &block{shape: loose, lead: p.before.line}
		p.readEdit(line)
	default:
		p.before.see(line)
	}
	p.before.any = true
}

// add puts a line into the open block; the first one that is not blank decides
// what an unnamed block is.
func (p *Parser) add(line []byte) {
	b := p.open
	blank := len(bytes.TrimSpace(line)) == 0
	if p.edit != nil || isOpening(line) {
		p.readEdit(line)
		return
	}
	if !blank {
		b.above = append(b.above[:0], line[:min(len(line), maxNameLine)]...)
	}
	if b.no || b.ended {
		return
	}
	if !b.begun && !blank {
		p.begin(b, line)
		if b.no || p.open != b {
			return
		}
	}
	b.content = append(append(b.content, bytes.TrimRight(line, "\r")...), '\n')
	p.bound(b)
}

func (p *Parser) bound(b *block) {
	if len(b.content) > artifact.MaxFileBytes {
		p.refuse(b, fmt.Sprintf("it is larger than %d KB", artifact.MaxFileBytes>>10))
	}
}

// begin takes the first line of a block that is not blank.
func (p *Parser) begin(b *block, line []byte) {
	if b.path == "" {
		if b.shape == fenced && opensTags(line) {
			p.around, p.open = b.fence, nil
			p.outside(line)
			return
		}
		switch b.path = nameInComment(b.language, line); {
		case b.path != "":
		case b.given != "" && b.isFile(line):
			b.path = b.given
		default:
			b.path, b.unnamed = p.asReferredTo(usualName(b.language, line)), true
		}
		if b.path == "" {
			b.no = true
			return
		}
		if p.accept(b); b.no {
			return
		}
	}
	p.announce(b)
}

func (p *Parser) announce(b *block) {
	b.begun = true
	p.reply.Events = append(p.reply.Events, Event{Path: b.path})
}

// accept checks the path that a block has been given.
func (p *Parser) accept(b *block) {
	clean, err := artifact.CleanPath(b.path)
	if err != nil {
		p.refuse(b, err.Error())
		return
	}
	b.path = clean
	if there, ok := p.paths.Find(clean); ok && there != clean {
		p.refuse(b, fmt.Sprintf("it differs from %q by case only", there))
	} else if p.paths.Clashes(clean) {
		p.refuse(b, "it would be both a file and a folder")
	}
}

func (p *Parser) refuse(b *block, why string) {
	b.no, b.content = true, nil
	p.warn(b.path, why)
}

func (p *Parser) warn(path, why string) {
	if len(p.reply.Warnings) < maxWarnings {
		p.reply.Warnings = append(p.reply.Warnings, artifact.Warning{Path: shortened(path), Text: "Left out: " + why + "."})
	}
}

// shortened is a path as it can be shown.
func shortened(path string) string {
	return strings.ToValidUTF8(path[:min(len(path), artifact.MaxPathBytes)], "")
}

// close ends the open block.
func (p *Parser) close() {
	b := p.open
	p.open = nil
	if p.edit != nil {
		p.endEdit(noEnd)
	}
	p.finish(b)
	p.before.line = ""
	if !b.no {
		p.before.heading = ""
	}
}

// finish makes of a block what it is worth.
func (p *Parser) finish(b *block) {
	if !b.no {
		p.keep(b)
	}
	if b.begun {
		b.begun = false
		p.reply.Events = append(p.reply.Events, Event{Path: b.path, Done: true})
	}
	if b.path == "index.html" && !b.no {
		p.rename("style.css")
		p.rename("script.js")
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
	kind := kindOf(path.Ext(b.path))
	if kind == "html" {
		content = unescape(content)
	}
	i, again := p.index[b.path]
	size := p.size + len(content)
	if again {
		size -= len(p.reply.Files[i].Content)
	}
	whole := b.path == "index.html" && wholePage.MatchString(content)
	switch {
	case b.unnamed && p.whole && b.path == "index.html" && !whole:
		p.refuse(b, "it is a part of a page, and the whole page is there")
		return
	case b.unnamed && again && !whole && b.explains(content, p.reply.Files[i].Content):
		p.refuse(b, "it explains a part of the file that is there")
		return
	case b.unnamed && p.named[kind] && !whole:
		p.refuse(b, "it has no name, and others of its kind have")
		return
	case !utf8.ValidString(content):
		p.refuse(b, "it is not text (UTF-8)")
		return
	case holdsEdit(content):
		b.no = true
		p.refuseEdit(artifact.Edit{Path: b.path}, inFile)
		return
	case len(content) > artifact.MaxFileBytes:
		p.refuse(b, fmt.Sprintf("it is larger than %d KB", artifact.MaxFileBytes>>10))
		return
	case !again && len(p.reply.Files) == artifact.MaxFiles:
		p.refuse(b, fmt.Sprintf("there are more than %d files", artifact.MaxFiles))
		return
	case size > artifact.MaxSetBytes:
		p.refuse(b, fmt.Sprintf("the files together are larger than %d KB", artifact.MaxSetBytes>>10))
		return
	case again:
		p.reply.Files[i].Content = content
	default:
		p.append(artifact.File{Path: b.path, Content: content})
	}
	p.size = size
	if b.path == "index.html" {
		p.whole, p.refers = whole, nil
	}
	p.usual[b.path] = b.unnamed
	p.named[kind] = p.named[kind] || !b.unnamed
}

func (p *Parser) append(f artifact.File) {
	if p.index == nil {
		p.index, p.named, p.usual = map[string]int{}, map[string]bool{}, map[string]bool{}
	}
	p.paths.Add(f.Path)
	p.index[f.Path] = len(p.reply.Files)
	p.reply.Files = append(p.reply.Files, f)
}

// forget drops all that there is: it was but thought.
func (p *Parser) forget() {
	p.reply.Files, p.reply.Edits, p.reply.Refused, p.reply.Warnings = nil, nil, nil, nil
	p.paths, p.index, p.named, p.usual, p.broken = artifact.PathSet{}, nil, nil, nil, nil
	p.size, p.edited, p.last, p.whole, p.refers = 0, 0, "", false, nil
	p.before = before{}
}

// begins says whether a line begins with a prefix of lower-case ASCII, in any
// case.
func begins(line []byte, prefix string) bool {
	if len(line) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := line[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

var wholePage = regexp.MustCompile(`(?i)<!doctype html|<html[\s>]`)
