package reply

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// filesJSON reads the files in a JSON object of one of these forms:
//
//	{"files": {"index.html": "…"}}
//	{"files": {"index.html": {"content": "…"}}}
//	{"files": [{"path": "index.html", "content": "…"}]}
//	{"index.html": "<!DOCTYPE html>…"}, where one of the values is a page
//	{"path": "index.html", "content": "…"}
//	{"name": "write_file", "arguments": {"path": "index.html", "content": "…"}}
//
// The last two are calls of tools, which have many names for the same, and may
// change a part of a file; see call. The arguments may be the text of an object.
//
// It reads byte by byte, since the whole may be one line that is larger than any
// file. encoding/json does not do: models forget to escape line breaks, and put
// text around the object.
type filesJSON struct {
	out    *result
	state  jsonState
	stack  []byte     // the brackets that are open
	keys   []string   // the last key in each; "" in an array
	calls  []*call    // what each object says as the call of a tool
	base   int        // the bracket that has the member "files", if one has
	isCall bool       // what stands around the object says that it is a call
	inner  *filesJSON // the object in the text that is being read; nil for none
	around string     // the tool that the text is for
	nested int        // the number of texts that the object is in

	quote   byte            // of the string that is being read: models write ' and `, too
	role    role            // the role of the string that is being read
	text    []byte          // the key or path that is being read
	escape  []byte          // an escape sequence that has begun
	high    rune            // the first half of a surrogate pair
	file    *block          // the file that is being read; nil for none
	path    int             // the rank of the key that gave its path; 0 for none
	content int             // the rank of the key that gave its content; 0 for none
	value   []byte          // of the member that is being read
	texts   []artifact.File // of the outer object's members whose keys are the names of files
	isSet   bool            // one of them is a page
	size    int             // bytes of them
	deletes bool            // the file goes
	gone    []string        // the names of such members that are null
	found   bool            // there is a member "files"
	midLine bool            // something stands before the next byte in its line
	alone   bool            // reading stops behind the object, or where it breaks off
	broken  []byte          // what follows a file that cannot be read, in its line; nil if there is none
	inMap   bool            // that file is a member of "files", or of the outer object
	rereads int             // how often an object was read from its middle on
}

type jsonState int

const (
	wantValue jsonState = iota
	wantKey
	inKey // that has no quotes
	wantColon
	afterValue
	inString
	inLiteral
	between // the object has ended; another one may come in its line
	over    // the text is no object: the rest of the line is skipped
)

// role tells what a string becomes.
type role int

const (
	nothing role = iota
	key
	filePath
	fileContent
	argument    // of a call
	arguments   // the text of an object
	commandWord // one of a list, which is the command of a call
	fileAction  // what is done with a file
	member      // of the outer object, whose key is the name of a file
)

// The keys that may hold a path or a content, each with its rank. Of several in
// one object the highest rank counts: a name beside a path is for people.
var (
	pathKeys    = map[string]int{"path": bestKey, "filepath": bestKey, "file_path": bestKey, "filename": 2, "file_name": 2, "file": 2, "name": 1}
	contentKeys = map[string]int{"content": bestKey, "contents": bestKey, "code": 2, "source": 2, "text": 1, "body": 1}
)

const bestKey = 3

// maxDepth bounds how deep the brackets may be nested.
const maxDepth = 32

// beginsJSON reports whether the bracket at i, in the rest of a line, begins an object
// which may hold files.
func (p *Parser) beginsJSON(rest string, i int) bool {
	b := p.open
	if len(p.line)+i > maxNameLine || b != nil && b.shape != thought && !b.mayBeJSON() || bytes.IndexByte(p.line, '{') >= 0 {
		return false
	}
	before := append(bytes.Clone(p.line), rest[:i]...)
	if b != nil && b.shape == thought {
		_, after, ok := b.endOfThought(before)
		if !ok || !mayBeforeJSON(after) {
			return false
		}
		p.open = nil
		return true
	}
	if mayBeforeJSON(before) {
		return true
	}
	if mayThink(before) {
		if _, to, ok := endOfAny(before); ok && mayBeforeJSON(before[to:]) {
			p.out.forget()
			return true
		}
	}
	return false
}

// mayBeforeJSON reports whether a text stands before an object in its line: nothing,
// or what stands before the arguments of a tool, such as "<tool_call>",
// "[TOOL_CALLS] [", "<function=write_file>", "Action Input: ", "write_file(" and the
// marks of Harmony.
func mayBeforeJSON(text []byte) bool {
	rest := bytes.TrimRight(text, " \t\r[")
	if len(bytes.Trim(rest, " \t\r[\uFEFF")) == 0 {
		return true
	}
	switch last := len(rest) - 1; rest[last] {
	case ':':
		return slices.Contains(labelsOfArguments, strings.ToLower(string(bytes.TrimSpace(rest[:last]))))
	case '(':
		name := strings.ToLower(string(bytes.TrimSpace(rest[:last])))
		return !strings.ContainsAny(name, " <>[](){}") && containsAny(name, "write", "create", "save", "edit", "replace", "update")
	case '>', ']', '|':
		return containsAny(strings.ToLower(string(rest)), "tool", "function", "invoke", "python_tag", "arguments", "parameters", "input", "args", "to=")
	}
	return false
}

var labelsOfArguments = []string{"action input", "arguments", "parameters", "input", "tool input", "tool call", "function call", "functioncall"}

func (b *block) mayBeJSON() bool {
	return b.shape == fenced && b.path == "" && b.nameBefore == "" && !b.begun && (!b.rejected || b.holdsJSON) &&
		(b.language == "" || kinds[b.language] == "json" || strings.HasPrefix(b.language, "tool"))
}

// read takes text up to the end of the object and of its line. It returns the
// rest, and whether the object has ended.
func (j *filesJSON) read(text string) (rest string, ended bool) {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case j.state == inString:
			i += j.readString(text[i:])
			continue
		case j.alone && (j.state == over || j.state == between):
			return text[i:], true
		case c == '\n' && (j.state == over || j.state == between):
			j.readOn()
			return text[i+1:], true
		case j.state == between && c == '{':
			j.state = wantValue
			continue
		case j.state == over && j.broken != nil && len(j.broken) < artifact.MaxSetBytes:
			j.broken = append(j.broken, c)
		case j.state == over, j.state == between:
		case !j.readToken(c):
			if !j.midLine {
				return text[i:], true
			}
			if c != '<' && c != '`' { // else the end of what is around the object
				j.refuseOpen()
			}
			j.state = over
			continue // with the same byte
		}
		j.midLine = c != '\n' && (j.midLine || c != ' ' && c != '\t')
		i++
	}
	return "", false
}

// refuseOpen leaves the file out that is being read where the object breaks off within a
// line: the text has quotes itself.
func (j *filesJSON) refuseOpen() {
	refused := false
	if b := j.file; b != nil && b.path != "" && !b.rejected {
		refused, j.inMap = true, j.stack[j.base+1] == '{'
		j.out.refuse(b, brokenText)
	}
	if last := len(j.texts) - 1; last >= 0 && len(j.stack) == 1 && j.state == afterValue && j.keys[0] == j.texts[last].Path {
		refused, j.inMap = j.isSet, true
		j.texts = j.texts[:last]
		if j.isSet {
			j.out.warn(j.keys[0], brokenText)
		}
	}
	for _, c := range j.calls {
		switch {
		case c == nil:
		case c.block != nil && !c.block.rejected:
			refused = true
			j.out.refuse(c.block, brokenText)
		case c.block == nil && c.values[ofPath].rank == bestKey && (c.values[ofContent].rank > 0 || c.values[ofNew].rank > 0):
			refused = true
			j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(string(c.values[ofPath].text))}, brokenText)
			c.values[ofOld] = argumentOf{}
		}
	}
	if refused {
		j.broken = []byte{}
	}
}

// brokenText is why a file is left out whose text has quotes that nothing escapes.
const brokenText = "quotes in its text end it"

var (
	nextInList = compiled(`\{\s*["'](?:path|file_?path|file_?name|file|name)["']\s*:\s*["']([^"'\\\n]{1,200})["']`)
	nextInMap  = compiled(`["']([^"'\\\n{}]{1,200}\.\w{1,12})["']\s*:\s*["'{` + "`" + `]`)
)

// readOn reads the files that follow one which cannot be read, in the same line.
func (j *filesJSON) readOn() {
	if j.broken == nil {
		return
	}
	j.endFile()
	j.endCalls()
	text := string(j.broken)
	j.broken = nil
	next, before := nextInList, ""
	if j.inMap {
		next, before = nextInMap, `{"files": {`
	}
	for text != "" {
		at := next().FindStringSubmatchIndex(text)
		if at == nil {
			return
		}
		name := text[at[2]:at[3]]
		text = text[at[0]:]
		if !namesFile(name) {
			text = text[1:]
			continue
		}
		if j.rereads++; j.rereads > maxRereads {
			j.out.warn(name, "the text of a file before it is broken")
			text = text[1:]
			continue
		}
		o := filesJSON{out: j.out, isCall: true, alone: true}
		o.read(before)
		rest, ended := o.read(text)
		if !ended {
			o.refuseOpen()
		}
		o.endFile()
		o.endCalls()
		text = text[max(1, len(text)-len(rest)):]
	}
}

// readToken takes a byte outside strings. It returns false if the byte is not JSON.
func (j *filesJSON) readToken(c byte) bool {
	if j.state == inLiteral && strings.IndexByte(" \t\r\n,]}", c) >= 0 {
		j.state = afterValue
	}
	if j.state == inKey && strings.IndexByte(" \t\r\n", c) >= 0 {
		j.endString()
	}
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
	case j.state == wantValue && (c == '{' || c == '['):
		return j.openBracket(c)
	case j.state == wantValue && (c == '"' || c == '\'' || c == '`'):
		j.beginString(j.roleOfValue(), c)
	case j.state == wantKey && (c == '"' || c == '\''):
		j.beginString(key, c)
	case j.state == wantKey && (isLetter(c) || c == '_' || c == '$'): // models write keys as in JavaScript
		j.beginString(key, 0)
		j.put(string(c))
		j.state = inKey
	case j.state == inKey && (isWord(c) || c == '-'):
		j.put(string(c))
	case j.state == inKey && c == ':':
		j.endString()
		j.state = wantValue
	case j.state == wantColon && c == ':':
		j.state = wantValue
	case j.state == afterValue && c == ',':
		if j.inFiles(2) {
			j.endFile()
		}
		j.state = wantValue
		if j.top() == '{' {
			j.state = wantKey
		}
	case c == '}' && j.top() == '{' && (j.state == afterValue || j.state == wantKey),
		c == ']' && j.top() == '[' && (j.state == afterValue || j.state == wantValue):
		j.closeBracket()
	case (j.state == wantValue || j.state == inLiteral) && (isLetter(c) && c < 0x80 || c >= '0' && c <= '9' || strings.IndexByte("+-.", c) >= 0):
		if c == 'n' && j.state == wantValue {
			j.endNull()
		}
		j.deletes = j.deletes || c == 't' && j.state == wantValue && j.file != nil && j.inFiles(3) && strings.HasPrefix(strings.ToLower(j.keys[j.base+2]), "delete")
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

func (j *filesJSON) openBracket(c byte) bool {
	if len(j.stack) == maxDepth {
		return false
	}
	j.settle()
	if c == '{' && j.inFiles(2) {
		j.beginFile(j.keys[j.base+1])
	}
	j.stack, j.keys, j.calls = append(j.stack, c), append(j.keys, ""), append(j.calls, nil)
	if c == '{' {
		j.calls[len(j.calls)-1] = &call{}
	}
	j.state = wantValue
	if c == '{' {
		j.state = wantKey
	}
	j.found = j.found || j.inFiles(2)
	return true
}

func (j *filesJSON) closeBracket() {
	if j.inFiles(2) {
		j.endFile()
	}
	if !j.inFiles(3) {
		j.endCall()
	}
	j.stack, j.keys, j.calls = j.stack[:len(j.stack)-1], j.keys[:len(j.keys)-1], j.calls[:len(j.calls)-1]
	j.state = afterValue
	if j.inFiles(2) {
		j.endFile()
	}
	if len(j.stack) <= j.base {
		j.base = 0
	}
	if len(j.stack) == 0 {
		j.endMembers()
		j.state = between
	}
}

// inFiles reports whether depth brackets are open, the second one that of "files".
func (j *filesJSON) inFiles(depth int) bool {
	return len(j.stack) == j.base+depth && j.stack[j.base] == '{' && j.keys[j.base] == "files"
}

// isMember reports whether the next value is that of a member of the outer object whose
// key is the name of a file.
func (j *filesJSON) isMember() bool {
	return len(j.stack) == 1 && j.nested == 0 && !j.isCall && len(j.texts) < artifact.MaxFiles && namesFile(j.keys[0])
}

// endNull takes a value that is null: a file of this value goes.
func (j *filesJSON) endNull() {
	switch {
	case j.inFiles(2) && j.top() == '{' && namesFile(j.keys[j.base+1]):
		j.out.deleteFile(j.keys[j.base+1])
	case j.isMember() && len(j.gone) < maxMoves:
		j.gone = append(j.gone, j.keys[0])
	}
}

// endMember takes the value of such a member.
func (j *filesJSON) endMember() {
	f := &j.texts[len(j.texts)-1]
	f.Content, j.value = string(j.value), j.value[:0]
	j.isSet = j.isSet || isDocument([]byte(strings.TrimSpace(f.Content))) && kindOf(path.Ext(f.Path)) == "html"
	j.found = j.found || j.isSet
}

// beginsPage reports whether the value of such a member, with a text after it, begins as
// a page.
func (j *filesJSON) beginsPage(text string) bool {
	value := append(bytes.Clone(j.value[:min(len(j.value), 64)]), text[:min(len(text), 64)]...)
	return isDocument(bytes.TrimSpace(value[:min(len(value), 64)]))
}

// endMembers makes files of such members, if one of them is a page: else they are data
// whose keys are names.
func (j *filesJSON) endMembers() {
	for _, f := range j.texts {
		if !j.isSet || kindOf(path.Ext(f.Path)) == "" {
			continue
		}
		b := &block{path: f.Path, content: []byte(f.Content)}
		if j.out.accept(b); !b.rejected {
			j.out.begin(b)
		}
		j.endFileOf(b, false)
	}
	for _, name := range j.gone {
		if j.isSet {
			j.out.deleteFile(name)
		}
	}
	j.texts, j.gone, j.isSet, j.size = nil, nil, false, 0
}

// inLines reports whether the innermost bracket holds the lines of a file's content.
func (j *filesJSON) inLines() bool {
	at := j.base + 2
	return j.file != nil && len(j.stack) == at+2 && j.top() == '[' && j.keys[j.base] == "files" && contentKeys[strings.ToLower(j.keys[at])] == bestKey
}

// beginFile begins one of the files. In a list its path comes later.
func (j *filesJSON) beginFile(path string) {
	j.file, j.path, j.content, j.deletes = &block{path: path}, 0, 0, false
	if path != "" {
		j.path = bestKey
		j.out.accept(j.file)
	}
}

func (j *filesJSON) roleOfValue() role {
	if j.inLines() {
		j.content = bestKey
		return fileContent
	}
	if j.inFiles(2) && j.top() == '{' {
		j.beginFile(j.keys[j.base+1])
		j.content = bestKey
		return fileContent
	}
	if j.isMember() {
		j.texts = append(j.texts, artifact.File{Path: j.keys[0]})
		return member
	}
	if !j.inFiles(3) {
		return j.roleInCall()
	}
	if j.top() != '{' || j.file == nil {
		return nothing
	}
	name := strings.ToLower(j.keys[j.base+2])
	switch path, content := pathKeys[name], contentKeys[name]; {
	case name == "action" || name == "operation" || name == "status":
		return fileAction
	case content > j.content:
		j.content, j.file.content = content, nil
		return fileContent
	case path > j.path:
		j.path = path
		return filePath
	}
	return nothing
}

func (j *filesJSON) beginString(r role, quote byte) {
	j.state, j.role, j.text, j.inner = inString, r, j.text[:0], nil
	j.quote = quote
	if r == fileContent && j.path == bestKey && !j.file.rejected && !j.file.begun {
		j.out.begin(j.file)
	}
}

// endsOfString are the bytes at which reading a string stops, by its quote.
var endsOfString = map[byte]string{'"': "\"\\\n", '\'': "'\\\n", '`': "`\\\n"}

// readString takes the part of a string that text begins with, and returns its
// length.
func (j *filesJSON) readString(text string) int {
	if len(j.escape) > 0 {
		j.escape = append(j.escape, text[0])
		j.unescape()
		return 1
	}
	n := strings.IndexAny(text, endsOfString[j.quote])
	if n != 0 {
		j.endPair()
	}
	switch {
	case n < 0:
		j.put(text)
		return len(text)
	case text[n] == '\\':
		j.put(text[:n])
		j.escape = append(j.escape[:0], '\\')
	case text[n] == '\n' && (len(j.stack) > j.base+1 && j.keys[j.base] == "files" || j.role == argument && (j.innermost().isCall(j) || j.innermost().mayBePatch(text[:n])) || j.role == arguments || j.role == commandWord && j.isCallAnywhere() || j.role == member && (j.isSet || j.beginsPage(text[:n]))):
		j.put(text[:n+1]) // models forget to escape it
	case text[n] == '\n':
		j.state = over // it is no object, but text
		return n
	default:
		j.put(text[:n])
		j.endPair()
		j.endString()
	}
	return n + 1
}

// unescape puts the rune that an escape sequence stands for, if the sequence is
// complete.
func (j *filesJSON) unescape() {
	e := j.escape
	if e[1] == 'u' && len(e) < len(`\u1234`) {
		return
	}
	j.escape = e[:0]
	if e[1] != 'u' {
		j.endPair()
		if i := strings.IndexByte("nrtbf", e[1]); i >= 0 {
			e[1] = "\n\r\t\b\f"[i]
		}
		j.put(string(e[1:]))
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
		j.endPair()
		j.high = r
		return
	}
	j.endPair()
	j.put(string(utf8.AppendRune(nil, r)))
}

// endPair puts a replacement character for the first half of a surrogate pair that
// has no second half.
func (j *filesJSON) endPair() {
	if j.high != 0 {
		j.high = 0
		j.put(string(unicode.ReplacementChar))
	}
}

func (j *filesJSON) put(text string) {
	switch j.role {
	case key, filePath, fileAction:
		j.text = append(j.text, text[:min(len(text), maxNameLine-len(j.text))]...)
	case fileContent:
		if !j.file.rejected {
			j.file.content = append(j.file.content, text...)
			j.out.checkSize(j.file)
		}
	case argument:
		j.innermost().put(j, text)
	case arguments:
		j.putInner(text)
	case commandWord:
		j.listsCommand().values[ofCommand].add(text)
	case member:
		if j.size += len(text); j.size <= artifact.MaxSetBytes {
			j.value = append(j.value, text...)
		}
	}
}

func (j *filesJSON) endString() {
	j.state = afterValue
	switch j.role {
	case key:
		j.keys[len(j.keys)-1] = string(j.text)
		if at := len(j.keys) - 1; at > 0 && string(j.text) == "files" && argumentKeys[strings.ToLower(j.keys[at-1])] {
			j.base = at
		}
		j.state = wantColon
	case filePath:
		j.file.path = string(j.text)
		if j.path == bestKey {
			j.acceptNamed(j.file)
		}
	case fileAction:
		j.deletes = deletesFile(strings.TrimSuffix(strings.ToLower(string(j.text)), "d"))
	case fileContent:
		if j.inLines() {
			j.put("\n")
		}
	case member:
		j.endMember()
	case commandWord:
		j.listsCommand().values[ofCommand].add("\n")
	case arguments:
		if j.inner != nil {
			j.inner.endFile()
			j.found = j.found || j.inner.found
		}
	}
}

// acceptNamed checks the path of a file whose content may have come before it.
func (j *filesJSON) acceptNamed(b *block) {
	if j.out.accept(b); !b.rejected && j.content > 0 {
		j.out.begin(b)
	}
}

func (j *filesJSON) endFile() {
	b := j.file
	j.file = nil
	if b == nil {
		return
	}
	if b.path != "" && j.path < bestKey { // a better one might have come
		j.acceptNamed(b)
	}
	if j.deletes && b.path != "" && !b.begun && !b.rejected {
		j.out.deleteFile(b.path)
	}
	b.content = lineEnd().ReplaceAll(b.content, []byte("$1"))
	switch text := bytes.TrimSpace(b.content); {
	case b.rejected:
	case b.begun && len(text) == 0:
		j.out.refuse(b, "it is empty")
	case !b.begun || isReference(text):
		b.rejected = true
	}
	j.out.finish(b)
}

var lineEnd = compiled(`\r+(\n|$)`)

// isReference reports whether a text only tells where a file is.
func isReference(text []byte) bool {
	return !bytes.ContainsAny(text, " \t\n<{;") && (text[0] == '/' || begins(text, "./") || begins(text, "http"))
}

// isOpen reports whether more files may come.
func (j *filesJSON) isOpen() bool {
	if j.state == over || j.state == between {
		return false
	}
	return j.found || j.inner != nil && j.inner.isOpen() ||
		slices.ContainsFunc(j.calls, func(c *call) bool { return c != nil && writes(c.values[ofCommand].text) })
}

// endJSON leaves the object, whether it has ended or not. The fence around it
// holds no other file.
func (p *Parser) endJSON() {
	p.json.endFile()
	p.json.endCalls()
	p.json.readOn()
	p.json.endMembers()
	p.json = nil
	p.before.any, p.before.line = true, ""
	if p.open != nil {
		p.open.rejected, p.open.holdsJSON = true, true
	}
}
