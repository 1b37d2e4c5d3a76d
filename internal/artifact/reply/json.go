package reply

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// filesJSON reads a JSON object for the files in it, in one of the forms
//
//	{"files": {"index.html": "…"}}
//	{"files": {"index.html": {"content": "…"}}}
//	{"files": [{"path": "index.html", "content": "…"}]}
//
// byte by byte, since the whole may be one line that is larger than any file.
type filesJSON struct {
	state jsonState
	stack []byte   // the brackets that are open
	keys  []string // the last key in each; "" in an array

	role    role   // of the string that is being read
	text    []byte // a key or a path
	escape  []byte // an escape sequence that has begun
	high    rune   // the first half of a surrogate pair
	file    *block // that is being read; nil: none
	path    int    // how good the key of its path was; 0: it has none
	content int    // likewise
	found   bool   // there is a member "files"
	midLine bool   // something stands before the next byte in its line
}

type jsonState int

const (
	wantValue jsonState = iota
	wantKey
	wantColon
	afterValue
	inString
	inLiteral
	over // the object has ended, or is none: the line goes on
)

// role is what a string is to become.
type role int

const (
	nothing role = iota
	key
	filePath
	fileContent
)

// The keys of a path and of a content. Of several in one object the one with the
// highest number counts: a name beside a path is for people.
var (
	pathKeys    = map[string]int{"path": bestKey, "filepath": bestKey, "file_path": bestKey, "filename": 2, "file_name": 2, "file": 2, "name": 1}
	contentKeys = map[string]int{"content": bestKey, "contents": bestKey, "code": 2, "source": 2, "text": 1, "body": 1}
)

const bestKey = 3

// maxDepth bounds how deep the brackets may be nested.
const maxDepth = 32

// beginsJSON finds the bracket in the rest of a line that begins an object
// which may hold files; -1 if there is none.
func (p *Parser) beginsJSON(rest string) int {
	if len(p.line) > 64 || len(p.line) > 0 && p.line[0] > ' ' && p.line[0] < 0x80 || p.open != nil && !p.open.mayBeJSON() {
		return -1
	}
	i := strings.IndexByte(rest, '{')
	if i < 0 || len(p.line)+i > 64 || strings.Trim(string(p.line)+rest[:i], " \t\r\uFEFF") != "" {
		return -1
	}
	return i
}

func (b *block) mayBeJSON() bool {
	return b.shape == fenced && b.path == "" && b.given == "" && !b.begun && !b.no &&
		(b.language == "" || kinds[b.language] == "json")
}

// readJSON reads text up to the end of the object and of its line, and returns
// the rest.
func (p *Parser) readJSON(text string) (rest string) {
	j := p.json
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case j.state == inString:
			i += p.readString(text[i:])
			if p.json == nil {
				return text[i:]
			}
			continue
		case j.state == over:
			if c == '\n' {
				p.endJSON()
				return text[i+1:]
			}
		case !p.readToken(c):
			if !j.midLine {
				p.endJSON()
				return text[i:]
			}
			j.state = over
			continue
		}
		j.midLine = c != '\n' && (j.midLine || c != ' ' && c != '\t')
		i++
	}
	return ""
}

// readToken takes a byte outside strings. It returns false where JSON is not so.
func (p *Parser) readToken(c byte) bool {
	j := p.json
	if j.state == inLiteral && strings.IndexByte(" \t\r\n,]}", c) >= 0 {
		j.state = afterValue
	}
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
	case j.state == wantValue && (c == '{' || c == '['):
		return p.openBracket(c)
	case j.state == wantValue && c == '"':
		p.beginString(p.roleOfValue())
	case j.state == wantKey && c == '"':
		p.beginString(key)
	case j.state == wantColon && c == ':':
		j.state = wantValue
	case j.state == afterValue && c == ',':
		j.state = wantValue
		if j.top() == '{' {
			j.state = wantKey
		}
	case c == '}' && j.top() == '{' && (j.state == afterValue || j.state == wantKey),
		c == ']' && j.top() == '[' && (j.state == afterValue || j.state == wantValue):
		p.closeBracket()
	case (j.state == wantValue || j.state == inLiteral) && (isLetter(c) && c < 0x80 || c >= '0' && c <= '9' || strings.IndexByte("+-.", c) >= 0):
		j.state = inLiteral
	default:
		return false
	}
	return true
}

func (j *filesJSON) top() byte {
	if len(j.stack) == 0 {
		return 0
	}
	return j.stack[len(j.stack)-1]
}

func (p *Parser) openBracket(c byte) bool {
	j := p.json
	if len(j.stack) == maxDepth {
		return false
	}
	if c == '{' && j.inFiles(2) {
		p.beginFile(j.keys[1])
	}
	j.stack, j.keys = append(j.stack, c), append(j.keys, "")
	j.state = wantValue
	if c == '{' {
		j.state = wantKey
	}
	j.found = j.found || j.inFiles(2)
	return true
}

func (p *Parser) closeBracket() {
	j := p.json
	j.stack, j.keys = j.stack[:len(j.stack)-1], j.keys[:len(j.keys)-1]
	j.state = afterValue
	if j.inFiles(2) {
		p.endFile()
	}
	if len(j.stack) == 0 {
		j.state = over
	}
}

// inFiles says whether depth brackets are open, the second one that of "files".
func (j *filesJSON) inFiles(depth int) bool {
	return len(j.stack) == depth && j.stack[0] == '{' && j.keys[0] == "files"
}

// beginFile begins one of the files. In a list its path is yet to come.
func (p *Parser) beginFile(path string) {
	j := p.json
	j.file, j.path, j.content = &block{path: path}, 0, 0
	if path != "" {
		j.path = bestKey
		p.accept(j.file)
	}
}

func (p *Parser) roleOfValue() role {
	j := p.json
	if j.inFiles(2) && j.stack[1] == '{' {
		p.beginFile(j.keys[1])
		j.content = bestKey
		return fileContent
	}
	if !j.inFiles(3) || j.stack[2] != '{' || j.file == nil {
		return nothing
	}
	name := strings.ToLower(j.keys[2])
	switch path, content := pathKeys[name], contentKeys[name]; {
	case content > j.content:
		j.content, j.file.content = content, nil
		return fileContent
	case path > j.path:
		j.path = path
		return filePath
	}
	return nothing
}

func (p *Parser) beginString(r role) {
	j := p.json
	j.state, j.role, j.text = inString, r, j.text[:0]
	if r == fileContent && j.path == bestKey && !j.file.no && !j.file.begun {
		p.announce(j.file)
	}
}

// readString takes what text holds of a string, and returns how much that is.
func (p *Parser) readString(text string) int {
	j := p.json
	if len(j.escape) > 0 {
		j.escape = append(j.escape, text[0])
		p.unescapeJSON()
		return 1
	}
	n := strings.IndexAny(text, "\"\\\n")
	if n != 0 {
		p.endPair()
	}
	switch {
	case n < 0:
		p.put(text)
		return len(text)
	case text[n] == '\\':
		p.put(text[:n])
		j.escape = append(j.escape[:0], '\\')
	case text[n] == '\n' && len(j.stack) > 1 && j.keys[0] == "files":
		p.put(text[:n+1]) // models forget to escape it
	case text[n] == '\n':
		p.endJSON() // it is none, but text
	default:
		p.put(text[:n])
		p.endPair()
		p.endString()
	}
	return n + 1
}

// unescapeJSON puts the rune that an escape sequence stands for, once it is
// complete.
func (p *Parser) unescapeJSON() {
	j := p.json
	e := j.escape
	if e[1] == 'u' && len(e) < len(`\u1234`) {
		return
	}
	j.escape = e[:0]
	if e[1] != 'u' {
		p.endPair()
		if i := strings.IndexByte("nrtbf", e[1]); i >= 0 {
			e[1] = "\n\r\t\b\f"[i]
		}
		p.put(string(e[1:]))
		return
	}
	r := rune(0)
	for _, c := range e[2:] {
		i := strings.IndexByte("0123456789abcdef", c|0x20)
		if i < 0 {
			r = unicode.ReplacementChar
			break
		}
		r = r<<4 | rune(i)
	}
	switch {
	case j.high != 0 && r >= 0xDC00 && r < 0xE000:
		r, j.high = utf16.DecodeRune(j.high, r), 0
	case r >= 0xD800 && r < 0xDC00:
		p.endPair()
		j.high = r
		return
	}
	p.endPair()
	p.put(string(utf8.AppendRune(nil, r)))
}

// endPair puts what a first half without its second one stands for.
func (p *Parser) endPair() {
	if p.json.high != 0 {
		p.json.high = 0
		p.put(string(unicode.ReplacementChar))
	}
}

func (p *Parser) put(text string) {
	switch j := p.json; j.role {
	case key, filePath:
		j.text = append(j.text, text[:min(len(text), maxNameLine-len(j.text))]...)
	case fileContent:
		if !j.file.no {
			j.file.content = append(j.file.content, text...)
			p.bound(j.file)
		}
	}
}

func (p *Parser) endString() {
	j := p.json
	j.state = afterValue
	switch j.role {
	case key:
		j.keys[len(j.keys)-1] = string(j.text)
		j.state = wantColon
	case filePath:
		j.file.path = string(j.text)
		if j.path == bestKey {
			p.acceptNamed(j.file)
		}
	case fileContent:
		if j.inFiles(2) {
			p.endFile()
		}
	}
}

// acceptNamed takes the path of a file whose content may have come before.
func (p *Parser) acceptNamed(b *block) {
	if p.accept(b); !b.no && p.json.content > 0 {
		p.announce(b)
	}
}

func (p *Parser) endFile() {
	j := p.json
	b := j.file
	j.file = nil
	if b == nil {
		return
	}
	if b.path != "" && j.path < bestKey { // a better one might have come
		p.acceptNamed(b)
	}
	b.content = lineEnd.ReplaceAll(b.content, []byte("$1"))
	switch text := bytes.TrimSpace(b.content); {
	case b.no:
	case b.begun && len(text) == 0:
		p.refuse(b, "it is empty")
	case !b.begun || isReference(text):
		b.no = true
	}
	p.finish(b)
}

var lineEnd = regexp.MustCompile(`\r+(\n|$)`)

// isReference says whether a text only tells where a file is.
func isReference(text []byte) bool {
	return !bytes.ContainsAny(text, " \t\n<{;") && (text[0] == '/' || begins(text, "./") || begins(text, "http"))
}

// isOpen says whether the files go on.
func (j *filesJSON) isOpen() bool { return j.found && j.state != over }

// endJSON leaves the object, wherever it is. The fence around it holds nothing
// else.
func (p *Parser) endJSON() {
	p.endFile()
	p.json = nil
	p.before.any, p.before.line = true, ""
	if p.open != nil {
		p.open.no = true
	}
}
