package reply

import (
	"bytes"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

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
