package reply

import (
	"bytes"
	"cmp"
	"path"
)

// block is a part of the text that may become a file.
type block struct {
	shape        shape
	fence        *fence // of a fenced block, or within tags
	tag          string // the end tag that is awaited
	endOfThought func(line []byte) (before, rest []byte, ok bool)
	language     string // as the fence says, in lower case
	content      []byte
	lastLine     []byte // the last line that is not blank, if it may be a path

	path       string // "" until it is known
	unnamed    bool   // the path is the usual one of its language
	nameBefore string // the path that stands before the block
	nameFar    bool   // there are words between that path and the block
	lineBefore string // the line right before the block

	lex   *lexer // of the code so far; nil before a fence asks for it
	lexed int    // bytes of content that it has read
	rawAt int    // where in content the element begins that rawEnd ends
	soft  int    // bytes of content before a fence that may be the end of the block, or within a template; 0 for none

	begun     bool       // an event says so
	argument  ofArgument // that the block is the value of
	onlyEdits bool       // it holds edits only
	python    bool       // it holds calls of tools in Python
	quotes    int        // three at once, in such calls
	yaml      bool       // it may hold files as YAML
	holdsJSON bool       // objects in it were read
	saysHTML  bool       // its first line is the name of that language
	wraps     bool       // it is Markdown that may hold the whole answer
	wrapped   bool       // a fence without a language is around it
	thinks    bool       // it has an element of the name of thoughts
	rejected  bool       // it is no file, or no longer one
	ended     bool       // what follows is no content

	html       bool   // the block holds HTML
	pageEnded  bool   // the end tag of its page was there
	rawEnd     string // what ends the raw text or comment that the last line is in; "" outside
	escaped    bool   // its first line begins with an escaped tag
	afterBlank bool   // the last line of a part of a page is blank
	cdata      bool   // what the tags hold begins with <![CDATA[

	diff    *diff    // that it holds; nil for none
	heredoc *heredoc // that writes it; nil for none
}

// kind returns the kind of file that the block is, as far as it is known.
func (b *block) kind() string {
	if ext := kindOf(path.Ext(cmp.Or(b.path, b.nameBefore))); ext != "" {
		return ext
	}
	return kinds[b.language]
}

// inside reports whether the content so far, with a line after it, ends in a
// comment, a template or a text, where a fence may be content.
func (b *block) inside(line []byte) bool {
	kind, from := b.kind(), 0
	switch {
	case b.rejected:
		return false
	case kind == "html" && b.rawEnd == "":
		return false
	case kind == "html" && b.rawEnd == "</script":
		kind, from = "js", b.rawAt
	case kind == "html" && b.rawEnd == "</style":
		kind, from = "css", b.rawAt
	case kind == "html":
		return true
	}
	s, ok := syntaxOf(kind)
	if !ok {
		return false
	}
	if b.lex == nil || b.lexed < from || b.lex.syntax != s {
		b.lex, b.lexed = &lexer{syntax: s}, from
		if from > 0 { // the end of the tag
			b.lexed += 1 + bytes.IndexByte(b.content[from:], '>')
		}
	}
	text := b.content[b.lexed:]
	if b.lex.inside() || len(b.lex.braces) > 0 || s.mayEnter(text) {
		b.lex.advance(text)
	}
	b.lexed = len(b.content)
	if len(line) == 0 || !b.lex.inside() && !s.mayEnter(line) && !bytes.ContainsAny(line, "/#") {
		return b.lex.inside() || len(b.lex.braces) > 0
	}
	l := b.lex.clone()
	l.advance(line)
	return l.inside() || len(l.braces) > 0
}

// shape says what encloses a block.
type shape int

const (
	fenced       shape = iota // a fence
	tagged                    // tags
	barePage                  // nothing: a whole page
	pagePart                  // nothing: a part of a page
	thought                   // <think> and </think>
	loose                     // nothing: an edit
	bareDiff                  // nothing: a diff
	bareCall                  // nothing: calls of tools in Python
	bareHeredoc               // nothing: a file that a command writes
	argumentText              // tags: the value of an argument that is no file
)
