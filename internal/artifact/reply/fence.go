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
	language, name := readInfo(info)
	b := &block{fence: f, language: language, path: name, lineBefore: p.before.line}
	if name == "" {
		b.nameBefore, b.nameFar = p.nameBefore(language)
	}
	ext := kindOf(path.Ext(name + b.nameBefore))
	f.nests = kinds[language] == "markdown" || ext == "markdown"
	b.html = kinds[language] == "html" || ext == "html"
	if name != "" {
		p.out.accept(b)
	}
	p.open = b
	return true
}

// fenced takes a line after the one that opened a fenced block.
func (p *Parser) fenced(line []byte) {
	b := p.open
	switch {
	case (b.fence.nests || b.rawEnd != "") && b.fence.nested(line):
	case b.fence.closes(line):
		p.close()
		return
	case b.pageEnded && b.fence.isNext(line):
		p.close()
		p.outside(line)
		return
	case b.html && !b.rejected:
		end := b.endOfPage(line)
		if b.pageEnded = b.pageEnded || end >= 0; end >= 0 && b.fence.closes(line[end:]) {
			p.add(unindent(line[:end], b.fence.indent))
			p.close()
			return
		}
	}
	p.add(unindent(line, b.fence.indent))
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
	rest := bytes.TrimLeft(line, " \t")
	if len(line)-len(rest) > f.indent+3 || !bytes.HasPrefix(rest, f.mark) {
		return false
	}
	return len(bytes.TrimSpace(bytes.TrimLeft(rest, string(f.mark[:1])))) == 0
}

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

var (
	infoAttribute = compiled(`\b(title|name|file|filename|filepath|file_path|filePath|path)=(?:"([^"]*)"|'([^']*)'|([^\s}"']+))`)
	infoLabel     = compiled(`(?i)^(?:title|name|file|filename|filepath|path):`)
	pathLike      = compiled(`^[^\s={}"']*[^\s={}"'./]\.[A-Za-z][A-Za-z0-9]{0,11}$`)
)

// readInfo reads a fence's info string, such as "html index.html",
// "html:index.html", `html title="index.html"` or "index.html". A title without
// an extension is a heading for people. A file's name after the language of
// commands or of a diff tells what these are about, and names no block.
func readInfo(info string) (language, name string) {
	if m := infoAttribute().FindStringSubmatch(info); m != nil {
		name = m[2] + m[3] + m[4]
		if (m[1] == "title" || m[1] == "name") && path.Ext(name) == "" {
			name = ""
		}
	}
	words := strings.Fields(info)
	if len(words) == 0 {
		return "", ""
	}
	if name == "" && rooted().MatchString(words[0]) && isFileName(words[0]) {
		return "", words[0]
	}
	language, rest, _ := strings.Cut(words[0], ":")
	language, _, _ = strings.Cut(strings.ToLower(language), "{")
	if name != "" {
		return language, name
	}
	if isFileName(words[0]) && rest == "" {
		return "", words[0]
	}
	words[0] = rest
	for i := range words {
		if !rooted().MatchString(words[i]) {
			words[i] = infoLabel().ReplaceAllString(words[i], "")
		}
		words[i] = strings.Trim(words[i], "()[],;*")
	}
	if i := slices.IndexFunc(words, isFileName); i >= 0 && (!aboutFiles(language) || fits(language, words[i])) {
		return language, words[i]
	}
	return language, ""
}

func isFileName(word string) bool {
	return pathLike().MatchString(word) && !libraryName().MatchString(word)
}
