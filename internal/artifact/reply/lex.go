package reply

import (
	"bytes"
	"slices"
	"strings"
)

// lexer tells code from comments, strings and templates, for most languages well
// enough. Its text may come in pieces of whole lines.
type lexer struct {
	syntax
	code func(from, to int) // takes what is code, if it is not nil

	read   int    // bytes of the text before the piece
	open   byte   // what the last byte is in: '*' a comment, '/' the rest of a line, '`', '"', 'T' or 't' three quotes; 0: code
	braces []int  // the open braces in each expression of a template
	last   byte   // the last byte of code that is no space
	word   []byte // the last word of code
}

// syntax is what a language has besides code.
type syntax struct {
	slashes, block, hash, templates, raw, triple bool
	strings                                      string // the signs that enclose them
}

// syntaxOf returns the syntax of a kind of file; ok is false if fences and entities
// may stand anywhere in such a file.
func syntaxOf(kind string) (s syntax, ok bool) {
	switch kind {
	case "js":
		return syntax{slashes: true, block: true, templates: true, strings: `"'`}, true
	case "css":
		return syntax{block: true, strings: `"'`}, true
	case "json":
		return syntax{strings: `"`}, true
	case "go":
		return syntax{slashes: true, block: true, raw: true, strings: `"'`}, true
	case "python":
		return syntax{hash: true, triple: true, strings: `"'`}, true
	case "ruby", "yaml", "toml", "docker", "make", "elixir", "perl", "r", "shell":
		return syntax{hash: true, strings: `"'`}, true
	case "rust", "java", "kotlin", "swift", "dart", "c", "cpp", "csharp", "glsl", "proto":
		return syntax{slashes: true, block: true, strings: `"`}, true
	}
	return syntax{}, false
}

// mayEnter reports, fast, whether a text may lead from code into what goes on in
// the next line.
func (s syntax) mayEnter(text []byte) bool {
	quotes := 0
	if s.templates || s.raw {
		quotes = bytes.Count(text, []byte("`"))
	}
	return quotes%2 != 0 || quotes > 0 && (bytes.Contains(text, []byte("\\`")) || bytes.Contains(text, []byte("${"))) ||
		s.block && bytes.LastIndex(text, []byte("/*")) > bytes.LastIndex(text, []byte("*/")) ||
		s.triple && (bytes.Contains(text, []byte(`"""`)) || bytes.Contains(text, []byte(`'''`)))
}

// special are the bytes that may end code.
var special = [256]bool{'/': true, '`': true, '"': true, '\'': true, '#': true, '{': true, '}': true}

// inside reports whether the text so far ends outside of code.
func (l *lexer) inside() bool { return l.open != 0 }

// clone returns a lexer that reads on from the same place.
func (l *lexer) clone() lexer {
	c := *l
	c.braces, c.word = slices.Clone(l.braces), slices.Clone(l.word)
	return c
}

// advance reads the next piece.
func (l *lexer) advance(text []byte) {
	from := 0
	for i := 0; i < len(text); {
		if l.open != 0 {
			i += l.skip(text[i:])
			from = i
			continue
		}
		if !special[text[i]] {
			l.see(text[i])
			i++
			continue
		}
		if open, length := l.opens(text[i:]); length > 0 {
			l.emit(from, i)
			l.open = open
			i += length
			from = i
			continue
		}
		i++
	}
	if l.open == 0 {
		l.emit(from, len(text))
	}
	l.read += len(text)
}

func (l *lexer) emit(from, to int) {
	if l.code != nil && to > from {
		l.code(l.read+from, l.read+to)
	}
}

// see takes a byte of code.
func (l *lexer) see(c byte) {
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		return
	case isLetter(c) || c == '_' || c == '$' || c >= '0' && c <= '9':
		if !isLetter(l.last) {
			l.word = l.word[:0]
		}
		if len(l.word) < 16 {
			l.word = append(l.word, c)
		}
	}
	l.last = c
}

// opens reads what a text of code begins with: if it opens something else, how that
// is called and how long its mark is.
func (l *lexer) opens(text []byte) (open byte, length int) {
	c := text[0]
	next := byte(0)
	if len(text) > 1 {
		next = text[1]
	}
	switch {
	case c == '/' && next == '*' && l.block:
		return '*', 2
	case c == '/' && next == '/' && l.slashes:
		return '/', 2
	case c == '#' && l.hash && l.last != '&': // no escape
		return '/', 1
	case c == '`' && l.templates:
		return '`', 1
	case c == '`' && l.raw:
		return 'r', 1
	case l.triple && (bytes.HasPrefix(text, []byte(`"""`)) || bytes.HasPrefix(text, []byte(`'''`))):
		if c == '"' {
			return 'T', 3
		}
		return 't', 3
	case (c == '"' || c == '\'') && strings.IndexByte(l.strings, c) >= 0:
		return c, 1
	case c == '/' && l.templates && l.regexMayCome():
		return 'x', 1
	case c == '}' && len(l.braces) > 0 && l.braces[len(l.braces)-1] == 0:
		l.braces = l.braces[:len(l.braces)-1]
		return '`', 1
	case c == '{' && len(l.braces) > 0:
		l.braces[len(l.braces)-1]++
	case c == '}' && len(l.braces) > 0:
		l.braces[len(l.braces)-1]--
	}
	l.see(c)
	return 0, 0
}

// regexMayCome reports whether a slash begins a regular expression and divides
// nothing.
func (l *lexer) regexMayCome() bool {
	switch {
	case strings.IndexByte("(,=:[!&|?{};+-*%~^<>", l.last) >= 0: // 0, the beginning, is none of them
		return true
	case isLetter(l.last):
		return strings.Contains(" return typeof case in of delete void throw new else do ", " "+string(l.word)+" ")
	}
	return l.last == 0
}

// skip returns how many bytes of a text do not leave what is open, with the mark
// that ends it.
func (l *lexer) skip(text []byte) int {
	end := ""
	switch l.open {
	case '/':
		end = "\n"
	case '*':
		end = "*/"
	case 'r':
		end = "`"
	case 'T':
		end = `"""`
	case 't':
		end = "'''"
	}
	if end != "" {
		i := bytes.Index(text, []byte(end))
		if i < 0 {
			return len(text)
		}
		l.open = 0
		return i + len(end)
	}
	class := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == l.open && c != '`', c == '\n' && l.open != '`', l.open == 'x' && c == '/' && !class:
			l.open, l.last = 0, '"'
			return i + 1
		case c == '`' && l.open == '`':
			l.open, l.last = 0, '"'
			return i + 1
		case l.open == 'x' && (c == '[' || c == ']'):
			class = c == '['
		case l.open == '`' && c == '$' && i+1 < len(text) && text[i+1] == '{' && len(l.braces) < maxDepth:
			l.open, l.last = 0, '('
			l.braces = append(l.braces, 0)
			return i + 2
		}
	}
	return len(text)
}
