package reply

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// fence is the line that opened a fenced block.
type fence struct {
	mark   []byte // the signs that close it, or as many more
	indent int    // bytes of spaces and tabs
	nests  bool   // the block holds Markdown: fences in it do not end it
	depth  int    // the number of fences within that are open
	quoted bool   // it and all lines within stand behind the mark of a quotation
}

// openFence reads a line that opens a fenced block:
// https://spec.commonmark.org/0.31.2/#fenced-code-blocks
func openFence(line []byte) (f *fence, info string, ok bool) {
	rest := bytes.TrimLeft(line, " \t")
	if len(rest) < 3 || rest[0] != '`' && rest[0] != '~' {
		return nil, "", false
	}
	after := bytes.TrimLeft(rest, string(rest[:1]))
	mark := rest[:len(rest)-len(after)]
	if len(mark) < 3 || mark[0] == '`' && bytes.IndexByte(after, '`') >= 0 {
		return nil, "", false // no fence, or code within a line
	}
	return &fence{mark: bytes.Clone(mark), indent: len(line) - len(rest)}, strings.TrimSpace(string(after)), true
}

// opensFence begins a block if a line opens a fence. A line that is indented by
// more than three spaces is code, except in a list.
func (p *Parser) opensFence(line []byte) bool {
	f, info, ok := openFence(line)
	if !ok || f.indent > 3 && !p.before.list {
		return false
	}
	p.beginFenced(f, info)
	return true
}

// opensBehind begins a block if a line opens a fence behind the mark of an item or a
// quotation, or behind words: "Here is the file:```html". Words before a fence that
// names neither a language nor a file speak of fences.
func (p *Parser) opensBehind(line []byte) bool {
	i := bytes.Index(line[:min(len(line), maxNameLine)], []byte("```"))
	if i <= 0 || bytes.Count(line[:i], []byte("`"))%2 != 0 {
		return false
	}
	f, info, ok := openFence(line[i:])
	if !ok {
		return false
	}
	words := bytes.TrimSpace(line[:i])
	if len(words) == 0 {
		return false
	}
	language, name := readInfo(info)
	switch {
	case len(words) == 1 && words[0] == '>':
		f.quoted = true
	case isItem(append(bytes.Clone(words), " x"...)) && len(bytes.Fields(words)) == 1:
		f.indent, p.before.list = i, true
	case name == "" && (len(strings.Fields(info)) > 1 || kinds[language] == "" && (info != "" || !endsInColon(string(words)))):
		return false
	default: // words that stand before it lead to it
		p.before.see(append(bytes.Clone(bytes.TrimRight(words, ":")), ':'))
	}
	p.beginFenced(f, info)
	return true
}

// beginFenced begins the block of a fence.
func (p *Parser) beginFenced(f *fence, info string) {
	language, name := readInfo(info)
	if p.call != nil && name != "" {
		p.endElement()
	}
	if !f.quoted {
		p.unquote()
	} else if p.quote == nil {
		p.quote = &remembered{out: p.out.clone()}
	}
	b := &block{fence: f, language: language, path: name, lineBefore: p.before.line}
	if name == "" {
		b.nameBefore, b.nameFar = p.nameBefore(language)
	}
	ext := kindOf(path.Ext(name + b.nameBefore))
	f.nests = kinds[language] == "markdown" || ext == "markdown"
	b.html = kinds[language] == "html" || ext == "html"
	switch {
	case isDiffLanguage(language) && (name == "" || kindOf(path.Ext(name)) != "diff"):
		b.diff, b.rejected, b.path = p.fencedDiff(info), true, ""
	case name != "":
		p.out.accept(b)
	}
	p.open = b
}

// fenced takes a line after the one that opened a fenced block.
func (p *Parser) fenced(line []byte) {
	b := p.open
	if b.fence.quoted {
		rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), []byte(">"))
		if !ok {
			p.close()
			p.outside(line)
			return
		}
		line = bytes.TrimPrefix(rest, []byte(" "))
	}
	if b.heredoc != nil {
		text, ended := p.inHeredoc(line)
		if ended {
			return
		}
		line = text
	}
	switch trimmed := bytes.TrimSpace(line); {
	case p.opensHeredoc(line), p.endsThoughtIn(trimmed):
		return
	case len(trimmed) == 1 && trimmed[0] == '[' && b.mayBeJSON():
		return // objects may follow
	case bytes.HasPrefix(trimmed, b.fence.mark):
		if p.atFence(line) {
			return
		}
		if b.lexed == len(b.content) { // a fence is no mark of a template
			p.add(unindent(line, b.fence.indent))
			b.lexed = len(b.content)
			return
		}
	case len(trimmed) > len(b.fence.mark) && bytes.HasSuffix(trimmed, b.fence.mark) && p.edit == nil && b.endsBefore(trimmed):
		p.add(unindent(bytes.TrimRight(line, " \t`~"), b.fence.indent))
		p.close()
		return
	case b.html && !b.rejected:
		end := b.endOfPage(line)
		if b.pageEnded = b.pageEnded || end >= 0; end < 0 {
			break
		}
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line[end:]), b.fence.mark); ok {
			p.add(unindent(line[:end], b.fence.indent))
			p.close()
			if rest = bytes.TrimLeft(rest, "`~"); len(rest) > 0 {
				p.outside(rest)
			}
			return
		}
	}
	p.add(unindent(line, b.fence.indent))
}

// atFence takes a line that begins like a fence, within a fenced block. It reports
// false if the line is content.
func (p *Parser) atFence(line []byte) bool {
	b := p.open
	rest, ended := b.fence.ends(line)
	if ended && b.begun && b.heredoc != nil && b.fence.nests && b.fence.depth == 0 { // the mark of its end may come
		if b.fence.depth = 1; b.soft == 0 {
			b.soft = len(b.content)
		}
		return false
	}
	inCode := !b.fence.nests && p.edit == nil && b.inside(nil)
	if _, code := syntaxOf(b.kind()); code && !inCode && !b.fence.nests && p.edit == nil {
		b.fence.depth = 0 // the fences within were not in pairs
	}
	inside := inCode || b.fence.nests || p.edit != nil || b.fence.depth > 0
	if b.isNoFence() && !inside && isFenceEnd(line) {
		ended = true // however far it is indented
	}
	switch {
	case !ended && !inside && b.endsBeforeWords(line):
		p.close()
		p.before.see(bytes.TrimSpace(bytes.TrimLeft(bytes.TrimSpace(line), string(b.fence.mark[:1]))))
		return true
	case !ended && !inside && b.surrounds(line):
		if p.open = nil; len(b.lastLine) > 0 {
			p.before.see(b.lastLine)
		}
		if p.outside(line); p.open != nil {
			p.open.wrapped = true
		}
		return true
	case !ended && b.mayEndBefore(line, inside):
		words := b.cutWords()
		p.close()
		for _, text := range words {
			p.before.see(text)
		}
		p.outside(line)
		return true
	case !ended && b.soft > 0 && b.namesNext(line) && p.endsSoftly():
		p.read(line)
		return true
	case inside && b.fence.nested(line):
		return false
	case ended && inCode && b.fence.depth == 0 && (b.kind() != "html" || b.rawEnd == "</script" || b.rawEnd == "</style"):
		if b.soft == 0 {
			b.soft = len(b.content)
		}
		b.fence.depth = 1
		return false
	case ended:
		p.close()
		p.stray = b.wrapped
		if len(rest) > 0 {
			p.outside(rest)
		}
		return true
	}
	return false
}

// isLanguage reports whether the first line of a block is what should stand behind its
// fence.
func (b *block) isLanguage(line []byte) bool {
	return b.shape == fenced && b.language == "" && !b.begun && !b.rejected && !b.saysHTML && len(b.content) == 0 && begins(bytes.TrimSpace(line), "html") && len(bytes.TrimSpace(line)) == 4
}

// cutWords cuts the words off that follow the content of a block whose end was
// forgotten, and returns their lines: they are about the next block.
func (b *block) cutWords() (words [][]byte) {
	for len(words) < 4 {
		text := bytes.TrimRight(b.content, " \t\n")
		at := bytes.LastIndexByte(text, '\n') + 1
		line := bytes.TrimSpace(text[at:])
		if at < 2 || len(line) == 0 || text[at-2] != '\n' || !isWords(line) || len(bytes.TrimSpace(text[:at])) == 0 {
			break
		}
		words = slices.Insert(words, 0, bytes.Clone(line))
		b.content = b.content[:at]
	}
	return words
}

// cutLastWords cuts the words off that follow the content of a block which only the end
// of the text ends: the end of its page, or code that does not go on.
func (b *block) cutLastWords() {
	_, code := syntaxOf(b.kind())
	switch {
	case b.shape != fenced || b.rejected || !b.begun:
	case code:
		if last := bytes.TrimSpace(b.lastLine); len(last) > 0 && isWords(last) && !b.inside(nil) {
			b.cutWords()
		}
	case b.pageEnded:
		end := bytes.LastIndex(b.content, []byte(">")) + 1
		if tail := bytes.TrimSpace(b.content[end:]); len(tail) > 0 && bytes.HasSuffix(bytes.ToLower(b.content[:end]), []byte("</html>")) {
			b.content = b.content[:end]
		}
	}
}

// isWords reports whether a line is a heading, a name or a sentence that leads to a
// block, and no code.
func isWords(line []byte) bool {
	text := string(line)
	switch {
	case strings.HasPrefix(text, "#") || strings.HasPrefix(text, "**"), strings.HasPrefix(text, "`"):
		return nameInLine(text) != "" || strings.HasPrefix(text, "##") || strings.HasSuffix(strings.TrimRight(text, ":"), "**")
	case strings.ContainsAny(text, ";{}=<>()"), !isLetter(line[0]):
		return false
	case nameInLine(text) != "":
		return true
	}
	return strings.Count(text, " ") > 1 && strings.ContainsRune(":.!", rune(line[len(line)-1])) || endsInColon(text) && strings.Contains(text, " ")
}

// maxRereads bounds how much text is read twice.
const maxRereads = 8

// endsSoftly ends the open block before a fence that seemed to stand in a template
// or a comment, since nothing has ended these, and reads what followed that fence.
func (p *Parser) endsSoftly() bool {
	b := p.open
	if b == nil || b.soft == 0 || b.rejected || p.rereads == maxRereads {
		return false
	}
	p.rereads++
	rest := bytes.Clone(b.content[b.soft:])
	b.content, b.soft = b.content[:b.soft], 0
	p.close()
	_, rest, _ = bytes.Cut(rest, []byte("\n")) // the fence
	for line := range bytes.Lines(rest) {
		p.read(bytes.TrimRight(line, "\n"))
	}
	return true
}

// namesNext reports whether a line opens a block that it names.
func (b *block) namesNext(line []byte) bool {
	_, info, _ := openFence(line)
	_, name := readInfo(info)
	return name != "" && b.fence.isNext(line)
}

// endsBefore reports whether a line of code that ends in a fence ends the block, too:
// no code does, outside of comments, templates and text.
func (b *block) endsBefore(line []byte) bool {
	before := bytes.TrimRight(line[:len(line)-len(b.fence.mark)], " \t")
	kind := b.kind()
	_, ok := syntaxOf(kind)
	switch {
	case b.fence.nests || b.fence.depth > 0 || len(before) == 0 || bytes.Contains(before, b.fence.mark) || before[len(before)-1] == b.fence.mark[0]:
		return false
	case b.rejected || b.yaml:
		return kind == "shell" && bytes.IndexByte(before, '#') < 0
	case kind == "html" && b.rawEnd == "":
		return before[len(before)-1] == '>' && b.endOfPage(before) < 0
	case !ok && kind != "html":
		return false
	}
	return !b.inside(append(bytes.Clone(before), ' '))
}

// isNoFence reports whether no line of the block's language begins like a fence, outside
// of comments, templates and texts.
func (b *block) isNoFence() bool {
	s, ok := syntaxOf(b.kind())
	return ok && (!s.hash || s.triple)
}

// endsBeforeWords reports whether a line is the closing fence with words behind it:
// "``` That is all!".
func (b *block) endsBeforeWords(line []byte) bool {
	_, code := syntaxOf(b.kind())
	f, info, ok := openFence(line)
	if !ok || !code && b.kind() != "html" || !b.isNoFence() && !bytes.HasPrefix(bytes.TrimSpace(line), append(bytes.Clone(f.mark), ' ')) || !bytes.HasPrefix(f.mark, b.fence.mark) {
		return false
	}
	language, name := readInfo(info)
	return kinds[language] == "" && name == "" && strings.Contains(info, " ") && isLetter(info[0])
}

// surrounds reports whether a block without a language, or of text, holds the file that a line opens:
// the fence around it, and what stands between them, is none.
func (b *block) surrounds(line []byte) bool {
	if b.path != "" || b.language != "" && kinds[b.language] != "text" || b.begun || b.fence.nests || b.diff != nil || !b.fence.isNext(line) {
		return false
	}
	_, info, _ := openFence(line)
	language, name := readInfo(info)
	return name != "" || kinds[language] != ""
}

// mayEndBefore reports whether a line that opens another block ends this one, whose
// end was forgotten. In most languages no line of code begins so.
func (b *block) mayEndBefore(line []byte, inside bool) bool {
	if !b.fence.isNext(line) || b.fence.nests {
		return false
	}
	_, info, _ := openFence(line)
	language, name := readInfo(info)
	_, code := syntaxOf(b.kind())
	switch {
	case b.pageEnded:
		return true
	case !b.begun && !b.rejected && !b.yaml:
		return false
	case inside || b.fence.depth > 0, b.yaml && len(unindent(line, b.fence.indent)) > len(bytes.TrimLeft(line, " \t")):
		return false
	case code || b.kind() == "html" || kinds[b.language] == "shell":
		return name != "" || kinds[language] != ""
	}
	return name != "" && b.kind() != "text"
}

// nested counts the open fences within a block of Markdown. It reports whether a
// line is such a fence.
func (f *fence) nested(line []byte) bool {
	inner, info, ok := openFence(line)
	switch {
	case !ok || !bytes.HasPrefix(inner.mark, f.mark):
		return false
	case info != "":
		f.depth++
		return true
	case f.depth > 0:
		f.depth--
		return true
	}
	return false
}

// closes reports whether a line is the closing fence: at least as long as the
// opening one, with nothing after it.
func (f *fence) closes(line []byte) bool {
	rest, ok := f.ends(line)
	return ok && len(rest) == 0
}

// ends reports whether a line begins with the closing fence, and has nothing after
// it but an end tag or a mark of the model's, which it returns.
func (f *fence) ends(line []byte) (rest []byte, ok bool) {
	mark := bytes.TrimLeft(line, " \t")
	if len(line)-len(mark) > f.indent+3 || !bytes.HasPrefix(mark, f.mark) {
		return nil, false
	}
	rest = bytes.TrimSpace(bytes.TrimLeft(mark, string(f.mark[:1])))
	if len(rest) == 0 || mayThink(rest) && behindFence().Match(rest) {
		return rest, true
	}
	return nil, false
}

var behindFence = compiled(`^(?:</[\w:.-]+>|<[|｜][^|｜<>]{1,40}[|｜]>|\[/\w+\]|◁/\w+▷)`)

// isNext reports whether a line opens another block, with a fence at least as long
// as this one.
func (f *fence) isNext(line []byte) bool {
	next, info, ok := openFence(line)
	return ok && info != "" && bytes.HasPrefix(next.mark, f.mark)
}

// beginsToClose reports whether a line is a closing fence, or the beginning of one
// that the end of the text cut.
func (f *fence) beginsToClose(line []byte) bool {
	return len(bytes.TrimLeft(bytes.TrimSpace(line), string(f.mark[:1]))) == 0
}

func isFenceEnd(line []byte) bool {
	_, info, ok := openFence(line)
	return ok && info == ""
}

func unindent(line []byte, n int) []byte {
	for ; n > 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'); n-- {
		line = line[1:]
	}
	return line
}
