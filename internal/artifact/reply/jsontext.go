package reply

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

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
