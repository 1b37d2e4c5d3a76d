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
	last   []byte // the last word or sign of code
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
		s.block && bytes.Contains(text, []byte("/*")) && bytes.LastIndex(text, []byte("/*")) > bytes.LastIndex(text, []byte("*/")) ||
		s.triple && (bytes.Contains(text, []byte(`"""`)) || bytes.Contains(text, []byte(`'''`)))
}

// special are the bytes that may end code.
var special = [256]bool{'/': true, '`': true, '"': true, '\'': true, '#': true, '{': true, '}': true}

// inside reports whether the text so far ends outside of code.
func (l *lexer) inside() bool { return l.open != 0 }

// clone returns a lexer that reads on from the same place.
func (l *lexer) clone() lexer {
	c := *l
	c.braces, c.last = slices.Clone(l.braces), slices.Clone(l.last)
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
		for i < len(text) && !special[text[i]] {
			i++
		}
		if i == len(text) {
			break
		}
		open, length := l.opens(text[i:], text[from:i])
		if length == 0 {
			i++
			continue
		}
		l.leave(text[from:i], from)
		l.open = open
		i += length
		from = i
	}
	if l.open == 0 {
		l.leave(text[from:], from)
	}
	l.read += len(text)
}

// leave takes a stretch of code that ends.
func (l *lexer) leave(code []byte, from int) {
	if l.code != nil && len(code) > 0 {
		l.code(l.read+from, l.read+from+len(code))
	}
	if last := lastWord(code); len(last) > 0 {
		l.last = append(l.last[:0], last...)
	}
}

// lastWord returns the last word of code, or the last sign.
func lastWord(code []byte) []byte {
	code = bytes.TrimRight(code, " \t\r\n")
	n := len(code)
	for n > 0 && len(code)-n < 16 && isWord(code[n-1]) {
		n--
	}
	return code[min(n, max(0, len(code)-1)):]
}

func isWord(c byte) bool { return isLetter(c) || c == '_' || c == '$' || c >= '0' && c <= '9' }

// opens reads what a text begins with that follows code: if it opens something else,
// how that is called and how long its mark is.
func (l *lexer) opens(text, code []byte) (open byte, length int) {
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
	case c == '#' && l.hash && !bytes.HasSuffix(code, []byte("&")): // no escape
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
	case c == '/' && l.templates && l.regexMayCome(code):
		return 'x', 1
	case c == '}' && len(l.braces) > 0 && l.braces[len(l.braces)-1] == 0:
		l.braces = l.braces[:len(l.braces)-1]
		return '`', 1
	case c == '{' && len(l.braces) > 0:
		l.braces[len(l.braces)-1]++
	case c == '}' && len(l.braces) > 0:
		l.braces[len(l.braces)-1]--
	}
	return 0, 0
}

// regexMayCome reports whether a slash after code begins a regular expression and
// divides nothing.
func (l *lexer) regexMayCome(code []byte) bool {
	last := lastWord(code)
	if len(last) == 0 {
		last = l.last
	}
	switch {
	case len(last) == 0:
		return true
	case isWord(last[0]):
		return strings.Contains(" return typeof case in of delete void throw new else do ", " "+string(last)+" ")
	}
	return strings.IndexByte("(,=:[!&|?{};+-*%~^<>", last[0]) >= 0
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
			l.open, l.last = 0, append(l.last[:0], '"')
			return i + 1
		case c == '`' && l.open == '`':
			l.open, l.last = 0, append(l.last[:0], '"')
			return i + 1
		case l.open == 'x' && (c == '[' || c == ']'):
			class = c == '['
		case l.open == '`' && c == '$' && i+1 < len(text) && text[i+1] == '{' && len(l.braces) < maxDepth:
			l.open, l.last = 0, append(l.last[:0], '(')
			l.braces = append(l.braces, 0)
			return i + 2
		}
	}
	return len(text)
}
