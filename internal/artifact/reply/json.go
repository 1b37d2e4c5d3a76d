package reply

import (
	"bytes"
	"slices"
	"strings"

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
