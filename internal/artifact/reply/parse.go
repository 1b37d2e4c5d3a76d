// Package reply reads the text that a model replies for the files and edits in
// it, while the text comes, and writes files down as a model would.
package reply

import (
	"bytes"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Event tells that a file of a reply, or an edit of a file, has begun or is done.
// Everything that has begun is done before the next one begins, or at the end. A file
// that gets another path once more is known of the others is told again.
// Only the Reply tells whether it was kept.
type Event struct {
	Path string
	Done bool
}

// Reply holds what a whole reply contains.
type Reply struct {
	Files     []artifact.File    // in the order of their first appearance
	Blocks    []Block            // the files, and what they replaced, in the order of the text
	Edits     []artifact.Edit    // in the order of the text
	Renames   []artifact.Rename  // of files that others may have written
	Deletions []string           // the paths of such files
	Refused   []artifact.Refusal // edits that cannot be read: without them the edits of their files are incomplete
	Events    []Event            // the events that only the end of the text caused
	Warnings  []artifact.Warning // what was left out; at most maxWarnings
	Truncated bool               // the text ends inside a file or an edit
}

// Block is a file as it stands in the text. Of several with one path the last is in
// Files; each may be a part of a file that others have written.
type Block struct {
	artifact.File
	Unnamed bool   // the path is the usual one of its language
	Aside   string // why it is not in Files; "" if it is, or was
}

// Parse reads a whole reply.
func Parse(text string) Reply {
	var p Parser
	events := p.Write(text)
	r := p.Close()
	r.Events = append(events, r.Events...)
	return r
}

// Parser reads a reply as it comes. The zero Parser is ready; a Parser must not
// be copied after its first Write. Files, edits, events and warnings are the same
// however the text is cut into pieces. A Parser keeps the files and edits of the
// text, and the line that has not ended yet, but not the text itself.
//
// A file is
//   - a fenced block (``` or ~~~) that its info string, the comment in its first
//     line or the line before it names, or an unnamed one of HTML, CSS or
//     JavaScript (index.html, style.css, script.js, or the only style sheet or
//     script that the page refers to); a fence counts where people see it, so one
//     in a template or a comment of the block is content,
//   - what stands between tags such as <file path="…"> or <boltAction …>,
//   - an HTML document outside any fence, or a reply that begins as a part of one,
//   - what a command writes, in a fenced block, alone or in a call: cat > index.html <<'EOF',
//   - a member of the "files" of a JSON object, or of an object whose keys are the
//     names of files if one of them is a page,
//   - what the call of a tool writes, as JSON, as elements, as Python or as YAML.
//
// A whole answer may stand in a fence of text or Markdown.
//
// SEARCH/REPLACE blocks in any of the first two, or alone, are edits; so are the hunks
// of a diff, in a fence, alone or in a call, and calls that replace a text. Tags, diffs and calls
// also rename and delete files, and so do members of "files" that are null. Edits that cannot be read are refused, and their marks never
// become content. Unnamed blocks in other languages, such as other commands, are not
// files, nor is what stands between the marks of a thought.
//
// An absolute path is that of the project's file where one root fits all. Escapes such
// as &lt; are undone where they are an error in the language of the file. Of two files
// with one path the last counts, but an unnamed part of a page does not replace a whole
// page, an unnamed file is left out if a file of its kind has a name, and what a command
// writes does not replace a file that has a block of its own.
type Parser struct {
	// Known are the paths of the project's files. They tell what an absolute path such
	// as "/home/ann/clock/js/app.js" means. Set them before the first Write.
	Known artifact.PathSet

	begun    bool // there was a Write
	out      result
	before   before      // what stands before the next block
	line     []byte      // the line that has not ended yet
	open     *block      // the block that is being read; nil outside
	edit     *edit       // the edit in the open block that is being read; nil for none
	json     *filesJSON  // the object that is being read; nil for none
	around   *fence      // the open fence that holds tags; nil for none
	wrapped  []byte      // the first block of Markdown that nothing names; nil for none
	stray    bool        // the next line may be the end of a fence that nothing began
	mark     *remembered // what was before the last mark of a thought; nil for none
	rereads  int         // how often a block ended softly
	channels bool        // thoughts had marks of their own
	quote    *remembered // what was before the blocks within quotations; nil for none
	quoted   []string    // the paths of such blocks
	ended    *result     // what stood right before the end of a thought, in case that only words follow; nil for none
	marks    int         // of thoughts, in the line that is being read
	call     *element    // the call of a tool that is being read; nil for none
	noEnd    string      // the end tag that the rest of the line was searched for, and lacks
}

// Write takes the next piece of text and returns the events in it.
func (p *Parser) Write(text string) []Event {
	if !p.begun {
		p.begun, p.out.root.known = true, p.Known
	}
	if p.json == nil && isWithinLine(text) {
		p.hold(text)
		return nil
	}
	for text != "" {
		if p.json != nil {
			rest, ended := p.json.read(text)
			if text = rest; ended {
				p.endJSON()
			}
			continue
		}
		end := strings.IndexByte(text, '\n')
		piece := text
		if end >= 0 {
			piece = text[:end]
		}
		if i := strings.IndexByte(piece, '{'); i >= 0 && p.beginsJSON(piece, i) {
			before := strings.TrimSpace(string(p.line) + piece[:i])
			p.line = p.line[:0]
			p.json = &filesJSON{out: &p.out, isCall: strings.Trim(before, "[\uFEFF ") != "" || p.open != nil && strings.HasPrefix(p.open.language, "tool") || p.call != nil}
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
	return p.out.events()
}

// isWithinLine reports whether a short piece, such as a token, neither ends a line nor
// begins an object.
func isWithinLine(text string) bool {
	for i := range len(text) {
		if i == 16 || text[i] == '\n' || text[i] == '{' {
			return false
		}
	}
	return true
}

// hold keeps a piece of a line. It drops what makes the line larger than any file
// may be.
func (p *Parser) hold(text string) {
	const most = 3 + artifact.MaxFileBytes + 1 // an indentation, a file, a byte more
	p.line = append(p.line, text[:min(len(text), most-len(p.line))]...)
}

// Close ends the text and returns the reply.
func (p *Parser) Close() Reply {
	switch b := p.open; {
	case len(p.line) == 0:
	case b != nil && b.shape == fenced && b.fence.beginsToClose(p.line):
		if b.fence.closes(p.line) && (b.soft == 0 || !b.inside(nil)) {
			p.close()
		}
	case b != nil && b.shape == tagged:
		p.read(bytes.TrimRight(withoutPartOf(b.tag, p.line), "\r"))
	default:
		p.read(bytes.TrimRight(p.line, "\r"))
	}
	for p.endsSoftly() {
	}
	if p.json != nil {
		if p.json.role == member && p.json.state == inString {
			p.json.endMember()
		}
		p.out.reply.Truncated = p.json.isOpen()
		p.endJSON()
	}
	if p.edit != nil {
		p.out.reply.Truncated = true
		p.endEdit(cutEdit)
	}
	if b := p.open; b != nil && b.shape == argumentText {
		p.out.reply.Truncated = true
		p.open = nil
		switch {
		case b.argument == ofOld || b.argument == ofNew:
			p.call.values[b.argument] = new(string)
		case b.argument == ofCommand:
			p.out.runCutCommands(string(b.content))
		}
	}
	if b := p.open; b != nil {
		b.cutLastWords()
		cut := b.diff != nil && b.shape == fenced || !b.rejected && !b.ended && !b.complete()
		changes := p.out.changes
		p.close()
		if b.yaml { // it may hold anything
			cut = cut && p.out.changes > changes
		}
		p.out.reply.Truncated = p.out.reply.Truncated || cut
	}
	if p.call != nil {
		p.endElement()
	}
	p.warnOfQuoted()
	events := p.out.events()
	switch {
	case p.ended != nil && p.out.changes == 0:
		said := p.before.line != ""
		if p.out = *p.ended; said {
			p.out.tell("", "The files stand before the end of the model's reasoning, behind which there are only words.")
		}
	case len(p.wrapped) > 0 && p.out.changes == 0:
		inner := Parser{Known: p.Known, wrapped: []byte{}}
		told := inner.Write(string(p.wrapped))
		if r := inner.Close(); inner.out.isAnswer() {
			r.Events = slices.Concat(events, told, r.Events)
			p.out = inner.out
			return r
		}
	}
	p.out.reply.Events = events
	return p.out.reply
}

// read takes one whole line, without its end.
func (p *Parser) read(line []byte) {
	p.noEnd, p.marks = "", 0
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
	case argumentText:
		p.inArgument(line)
	case loose:
		p.readEdit(line)
		if p.edit == nil {
			p.close()
		}
	case bareDiff:
		p.bareDiff(line)
	case bareCall:
		p.inPython(line)
	case bareHeredoc:
		p.bareHeredoc(line)
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
	case p.opensFence(line), p.callsPython(rest), p.opensBareHeredoc(rest), rest[0] == '<' && (p.opensMove(rest) || p.opensTag(rest) || p.callsTool(rest)), p.thinks(rest), p.opensBareDiff(line), p.opensBehind(line):
	case isDocument(rest) || !p.before.any && beginsPart(rest):
		p.unquote()
		b := &block{shape: barePage, language: "html"}
		b.nameBefore, _ = p.nameBefore("html")
		if !isDocument(rest) {
			b.shape = pagePart
		}
		p.open = b
		p.page(line)
	case isOpening(rest):
		p.open = &block{shape: loose, lineBefore: p.before.line}
		p.readEdit(line)
	default:
		p.before.see(line)
	}
	p.before.any = true
}

// add puts a line into the open block. The first line that is not blank decides
// what an unnamed block is.
func (p *Parser) add(line []byte) {
	b := p.open
	if p.takesDiff(line) {
		return
	}
	blank := len(bytes.TrimSpace(line)) == 0
	if p.edit != nil || isOpening(line) {
		p.readEdit(line)
		return
	}
	if !blank {
		b.lastLine = append(b.lastLine[:0], line[:min(len(line), maxNameLine)]...)
	}
	if b.wraps && len(b.content)+len(line) < artifact.MaxFileBytes {
		b.content = append(append(b.content, line...), '\n')
		return
	}
	if b.rejected || b.ended {
		return
	}
	if b.isLanguage(line) {
		b.saysHTML = true
		return
	}
	if !b.begun && !b.python && !b.yaml && !blank {
		p.identify(b, line)
		if b.rejected || p.open != b {
			return
		}
	}
	b.content = append(append(b.content, bytes.TrimRight(line, "\r")...), '\n')
	p.out.checkSize(b)
}

// identify decides, by the first line that is not blank, which file a block is.
func (p *Parser) identify(b *block, line []byte) {
	if b.path == "" {
		if b.saysHTML && bytes.TrimSpace(line)[0] == '<' {
			b.language, b.html = "html", true
		}
		if b.shape == fenced && strings.HasPrefix(b.language, "tool") && pythonCall().Match(line) {
			b.python = true
			return
		}
		if b.shape == fenced && b.nameBefore == "" && b.mayBeYAML(line) {
			b.yaml = true
			return
		}
		if b.shape == fenced && (opensTags(line) || b.mayHoldCall() && openCallOf(bytes.TrimSpace(line)) != nil) {
			p.around, p.open = b.fence, nil
			p.outside(line)
			return
		}
		switch b.path = nameInComment(b.language, line); {
		case b.path != "":
		case b.nameBefore != "" && b.isFile(line):
			b.path = b.nameBefore
		default:
			b.path, b.unnamed = p.out.asReferredTo(usualName(b.language, line)), true
		}
		if b.path == "" {
			b.rejected = true
			if b.wraps = b.shape == fenced && b.fence.nests && p.out.changes == 0 && p.wrapped == nil; b.wraps {
				b.content = append(append(b.content[:0], line...), '\n')
			}
			return
		}
		if p.out.accept(b); b.rejected {
			return
		}
	}
	p.out.begin(b)
}

// close ends the open block.
func (p *Parser) close() {
	b := p.open
	if b.diff != nil {
		p.endHunk()
	}
	p.open = nil
	if p.edit != nil {
		p.endEdit(noEnd)
	}
	if b.wraps {
		p.wrapped = b.content
	}
	if b.python && !b.rejected {
		b.rejected = true
		p.callsInPython(string(b.content))
	}
	if b.yaml && !b.rejected {
		b.rejected = true
		p.out.filesInYAML(string(b.content))
	}
	p.out.finish(b)
	if b.onlyEdits {
		p.out.refuseEdit(artifact.Edit{Path: b.path}, "a change is in a form that cannot be read")
	}
	p.before.line = ""
	if !b.rejected {
		p.before.heading = ""
	}
}

// begins reports whether a line begins with a prefix, whatever its case. The
// prefix is lower-case ASCII.
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
