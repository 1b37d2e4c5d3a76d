package reply

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// call is what a model says to a tool: that it writes a file, or replaces a part of
// one. Every program has tools of its own, so their names and the names of their
// arguments are told apart by what they hold.
type call struct {
	tool    string
	values  [ofTool]argumentOf
	block   *block          // its file, once that has begun
	changes []artifact.Edit // of objects within, which name no file
	reads   ofArgument      // the argument that is being read
	writes  bool            // its command is known to write files
}

// roleInCall returns the role of a value outside of "files".
func (j *filesJSON) roleInCall() role {
	if c := j.listsCommand(); c != nil {
		c.values[ofCommand].rank = bestKey
		return commandWord
	}
	if j.top() != '{' || j.file != nil {
		return nothing
	}
	key := j.keys[len(j.keys)-1]
	if argumentKeys[strings.ToLower(key)] && j.nested < 3 {
		if strings.EqualFold(key, "function") {
			j.innermost().reads = ofTool
			return argument
		}
		return arguments
	}
	a, ok := argumentNames[plainKey(key)]
	c := j.innermost()
	if !ok {
		return nothing
	}
	if a.of < ofTool {
		if a.rank <= c.values[a.of].rank {
			return nothing
		}
		c.values[a.of] = argumentOf{rank: a.rank}
	}
	if a.of == ofTool || a.of == ofCommand {
		c.tool = ""
	}
	c.reads = a.of
	if a.of == ofContent && c.isCall(j) && c.block == nil {
		c.begin(j)
	}
	return argument
}

// listsCommand returns the call whose command is the list that is being read, as in
// {"command": ["bash", "-lc", "…"]}; nil for none.
func (j *filesJSON) listsCommand() *call {
	at := len(j.stack) - 1
	if at < 1 || j.stack[at] != '[' || j.stack[at-1] != '{' {
		return nil
	}
	if a, ok := argumentNames[plainKey(j.keys[at-1])]; !ok || a.of != ofCommand {
		return nil
	}
	return j.calls[at-1]
}

// innermost returns the call of the innermost object.
func (j *filesJSON) innermost() *call { return j.calls[len(j.calls)-1] }

// isCall reports whether an object that may hold a file is known to be a call, and
// names the file.
func (c *call) isCall(j *filesJSON) bool {
	if c.values[ofPath].rank == 0 {
		return false
	}
	if tool := j.tool(); !j.isCall && !j.inArguments() && path.Ext(string(c.values[ofPath].text)) == "" && !containsAny(tool, "write", "create_file", "createfile", "save") {
		return false // such as the address of a request
	}
	return j.tool() != "" || j.isCall || j.inArguments() ||
		c.values[ofPath].rank == bestKey && c.values[ofContent].rank == bestKey && kindOf(path.Ext(string(c.values[ofPath].text))) != ""
}

// inArguments reports whether the innermost object is the arguments of something.
func (j *filesJSON) inArguments() bool {
	for _, key := range j.keys[:len(j.keys)-1] {
		if argumentKeys[strings.ToLower(key)] {
			return true
		}
	}
	return false
}

// tool returns the name of the tool that the innermost object is for, if that has to
// do with files.
func (j *filesJSON) tool() string {
	for _, c := range slices.Backward(j.calls) {
		if c != nil && c.tool != "" && !strings.Contains(c.tool, " ") && containsAny(strings.ToLower(c.tool), toolForFiles...) {
			return strings.ToLower(c.tool)
		}
	}
	return j.around
}

// begin tells that the file of a call begins.
func (c *call) begin(j *filesJSON) {
	if c.values[ofPath].rank < bestKey || containsAny(j.tool(), toolThatAdds...) || movesFile(j.tool()) {
		return
	}
	c.block = &block{path: string(c.values[ofPath].text)}
	if j.out.accept(c.block); !c.block.rejected {
		j.out.begin(c.block)
	}
	j.found = true
}

func (c *call) put(j *filesJSON, text string) {
	if c.reads == ofTool || c.reads == ofCommand {
		c.tool += text[:min(len(text), max(0, 100-len(c.tool)))]
	}
	if c.reads == ofTool {
		return
	}
	v := &c.values[c.reads]
	v.add(text)
	j.found = j.found || c.reads == ofPatch && opensDiff(v.text)
}

// putInner reads a piece of a text that holds an object.
func (j *filesJSON) putInner(text string) {
	if j.inner == nil {
		if text = strings.TrimLeft(text, " \t\r\n"); text == "" {
			return
		}
		if text[0] == '*' && len(j.calls) > 0 && j.innermost() != nil { // "*** Begin Patch"
			c := j.innermost()
			j.role, c.reads, c.values[ofPatch] = argument, ofPatch, argumentOf{rank: bestKey}
			j.put(text)
			return
		}
		if text[0] != '{' {
			j.role = nothing
			return
		}
		j.settle()
		j.inner = &filesJSON{out: j.out, isCall: true, nested: j.nested + 1}
		j.inner.around = j.tool()
	}
	for text != "" && j.inner.state != over {
		rest, ended := j.inner.read(text)
		if text = rest; ended {
			break
		}
	}
}

// endCall takes the innermost bracket, which ends.
func (j *filesJSON) endCall() {
	c := j.innermost()
	if c == nil || c.tool == "" && c.isEmpty() {
		return
	}
	name := j.tool()
	content, old, replacement := c.values[ofContent], c.values[ofOld], c.values[ofNew]
	file := string(c.values[ofPath].text)
	if content.rank > 0 && content.rank < bestKey && !strings.ContainsAny(string(content.text), "\n<{;(") && name == "" && !j.isCall && !j.inArguments() {
		content.rank = 0 // such as the name of an error
	}
	if file == "" && namesFile(c.tool) && content.rank == bestKey {
		file, c.values[ofPath].rank = c.tool, 1
		name = ""
	}
	from, to := "", ""
	if movesFile(name) && c.block == nil {
		from, to = pathsOfMove(func(of ofArgument) string { return string(c.values[of].text) })
	}
	switch {
	case kindOf(path.Ext(from)) != "" && (to != "" || c.values[ofPath].rank > 0):
		j.out.renameFile(from, to)
	case c.block != nil: // it has begun
		c.block.content = content.text
		j.endFileOf(c.block, content.big)
	case c.values[ofCommand].big:
		j.out.warn("", fmt.Sprintf("a command is larger than %d KB", artifact.MaxFileBytes>>10))
	case j.out.runCommands(string(c.values[ofCommand].text)):
	case c.values[ofPatch].big:
		j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(file)}, fmt.Sprintf("a change is larger than %d KB", artifact.MaxFileBytes>>10))
	case isPatch(c.values[ofPatch].text, file != ""):
		j.out.changeByPatch(file, string(c.values[ofPatch].text))
	case old.rank > 0 && replacement.rank > 0:
		j.change(file, artifact.Edit{Search: string(old.text), Replace: string(replacement.text)}, old.big || replacement.big)
	case file == "" || !c.isCall(j) && !(content.rank > 0 && kindOf(path.Ext(file)) != ""):
	case containsAny(name, toolThatAdds...) && (content.rank > 0 || replacement.rank > 0):
		j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(file)}, onlyAdds)
	case content.rank > 0:
		b := &block{path: file, content: content.text}
		if j.out.accept(b); !b.rejected {
			j.out.begin(b)
		}
		j.endFileOf(b, content.big)
	case replacement.rank > 0:
		j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(file)}, "a call does not say which lines it replaces")
	case deletesFile(name) && kindOf(path.Ext(file)) != "":
		j.out.deleteFile(file)
	}
	for _, e := range c.changes {
		j.change(file, e, false)
	}
}

// isEmpty reports whether nothing was read of a call.
func (c *call) isEmpty() bool {
	for _, v := range c.values {
		if v.rank > 0 {
			return false
		}
	}
	return len(c.changes) == 0
}

// settle ends the file that an object has begun: what comes within the object is
// another one.
func (j *filesJSON) settle() {
	if len(j.calls) == 0 {
		return
	}
	if c := j.innermost(); c != nil && c.block != nil {
		c.block.content = c.values[ofContent].text
		j.endFileOf(c.block, c.values[ofContent].big)
		c.block, c.values[ofContent] = nil, argumentOf{}
	}
}

// endCalls ends what the end of the text cut.
func (j *filesJSON) endCalls() {
	if j.inner != nil {
		j.inner.endFile()
		j.inner.endCalls()
		j.inner = nil
	}
	for len(j.calls) > 0 {
		c := j.innermost()
		if c != nil && c.block != nil {
			c.block.content = c.values[ofContent].text
			j.endFileOf(c.block, c.values[ofContent].big)
		} else if c != nil && writes(c.values[ofCommand].text) {
			j.out.runCutCommands(string(c.values[ofCommand].text))
		} else if c != nil && isPatch(c.values[ofPatch].text, c.values[ofPath].rank > 0) {
			j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(cmp.Or(string(c.values[ofPath].text), fileOfPatch(c.values[ofPatch].text)))}, cutEdit)
		} else if c != nil && c.values[ofOld].rank > 0 && j.isCallAnywhere() {
			j.out.refuseEdit(artifact.Edit{Path: j.out.pathOf(string(c.values[ofPath].text))}, cutEdit)
		}
		j.stack, j.keys, j.calls = j.stack[:len(j.calls)-1], j.keys[:len(j.calls)-1], j.calls[:len(j.calls)-1]
	}
}

func (j *filesJSON) isCallAnywhere() bool { return j.isCall || j.tool() != "" || j.inArguments() }

// pathOf returns the project's path of a file, or the path as it is written.
func (r *result) pathOf(file string) string {
	if clean, err := r.find(file); err == nil {
		return clean
	}
	return shortened(file)
}

// endFileOf keeps the file of a call.
func (j *filesJSON) endFileOf(b *block, big bool) {
	if big && !b.rejected {
		j.out.refuse(b, fileTooLarge)
	}
	b.content = lineEnd().ReplaceAll(b.content, []byte("$1"))
	if !b.rejected && strings.TrimSpace(string(b.content)) == "" {
		j.out.refuse(b, "it is empty")
	}
	j.out.finish(b)
}

// change keeps an edit of a call. An object within another one leaves the path to
// that.
func (j *filesJSON) change(file string, e artifact.Edit, big bool) {
	for i := len(j.calls) - 2; file == "" && i >= 0; i-- {
		if c := j.calls[i]; c != nil && c.values[ofPath].rank > 0 {
			file = string(c.values[ofPath].text)
		}
	}
	if file == "" {
		for i := len(j.calls) - 2; i >= 0; i-- {
			if c := j.calls[i]; c != nil {
				c.changes = append(c.changes, e)
				return
			}
		}
		return
	}
	if !j.isCallAnywhere() && kindOf(path.Ext(file)) == "" {
		return
	}
	j.out.changeBy(file, e, big)
}

// changeBy keeps the edit of a tool's call: it replaces a text, where marks replace
// lines.
func (r *result) changeBy(file string, e artifact.Edit, big bool) {
	wholeLines := func(text string) string {
		if text = string(lineEnd().ReplaceAll([]byte(text), []byte("$1"))); text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text
	}
	e.Search, e.Replace = wholeLines(e.Search), wholeLines(e.Replace)
	clean, err := r.find(file)
	e.Path = clean
	switch {
	case err != nil:
		e.Path = shortened(file)
		r.refuseEdit(e, err.Error())
		return
	case big || len(e.Search)+len(e.Replace) > artifact.MaxFileBytes:
		r.refuseEdit(artifact.Edit{Path: clean}, fmt.Sprintf("a change is larger than %d KB", artifact.MaxFileBytes>>10))
		return
	case len(r.reply.Edits) == maxEdits:
		r.refuseEdit(artifact.Edit{Path: clean}, fmt.Sprintf("there are more than %d edits", maxEdits))
		return
	case !utf8.ValidString(e.Search + e.Replace):
		r.refuseEdit(e, noText)
		return
	}
	r.lastEdit = clean
	r.reply.Events = append(r.reply.Events, Event{Path: clean}, Event{Path: clean, Done: true})
	r.keepEdit(e)
}
