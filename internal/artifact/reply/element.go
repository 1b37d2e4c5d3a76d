package reply

import (
	"bytes"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// element is the call of a tool whose arguments are elements of their own:
//
//	<write_to_file><path>index.html</path><content>…</content></write_to_file>
//	<invoke name="write_file"><parameter name="path">index.html</parameter>…
//	<function=write_file><parameter=path>index.html</parameter>…
//	<tool_call>write_file<arg_key>path</arg_key><arg_value>index.html</arg_value>…
type element struct {
	values [ofTool + 1]*string // of its arguments, by ofArgument; nil for those that are not there
	key    string              // the argument whose value comes next
	tool   string              // the tag, and the word behind it: they name the tool
}

var (
	openCall = compiled(`(?i)^<(?:[\w.-]+:|｜DSML｜)?(?:tool_calls?|tool_use|function_calls?|function=[\w.-]+|(?:invoke|function)(?:\s[^<>]*)?|` +
		`[\w-]*(?:write|create|edit|replace|update|insert|apply|save|file)[\w-]*|execute_command|run_command|run_terminal_cmd|bash|shell)>`)
	endCall      = compiled(`(?i)^</(?:[\w.-]+:|｜DSML｜)?(?:tool_calls?|tool_use|function_calls?|function|invoke|[\w-]*(?:write|create|edit|replace|update|insert|apply|save|file)[\w-]*|execute_command|run_command|run_terminal_cmd|bash|shell)>`)
	openArgument = compiled(`(?i)^<((?:[\w.-]+:|｜DSML｜)?(?:parameter|param|argument|arg))(?:=([\w.-]+)|\s+name\s*=\s*["']?([\w.-]+)["']?[^<>]*)>`)
	openElement  = compiled(`(?i)^<([\w-]+)>`)
)

// callsTool takes a line that begins with a tag, if that belongs to the call of a
// tool.
func (p *Parser) callsTool(line []byte) bool {
	key, end, after := "", "", 0
	if p.call != nil {
		key, end, after = p.argumentTag(line)
	}
	switch {
	case key == "arg_key":
		value, rest, _ := cutFold(line[after:], end)
		p.call.key = string(bytes.TrimSpace(value))
		p.goOn(rest)
		return true
	case key == "arg_value":
		key, p.call.key = p.call.key, ""
		p.argument(key, end, line[after:])
		return true
	case key != "":
		p.argument(key, end, line[after:])
		return true
	}
	if m := openCallOf(line); m != nil {
		p.call = &element{tool: toolOfTag(m, line[len(m):])}
		p.goOn(line[len(m):])
		return true
	}
	if p.call == nil {
		return false
	}
	if m := endCall().Find(line); m != nil {
		p.endElement()
		p.goOn(line[len(m):])
		return true
	}
	return false
}

// adds reports whether the call adds to a file.
func (e *element) adds() bool { return containsAny(e.name(), toolThatAdds...) }

// name returns all that may name the tool.
func (e *element) name() string {
	name := e.tool
	if v := e.values[ofTool]; v != nil {
		name += strings.ToLower(*v)
	}
	if v := e.values[ofCommand]; v != nil && len(strings.Fields(*v)) == 1 {
		name += strings.ToLower(*v)
	}
	return name
}

// toolOfTag returns what may name the tool: the tag of a call, and the word behind it.
func toolOfTag(tag, rest []byte) string {
	word, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte("<"))
	if len(word) > 64 || bytes.IndexByte(word, ' ') >= 0 {
		word = nil
	}
	return strings.ToLower(string(tag) + string(word))
}

// openCallOf returns the tag of a call that a line begins with.
func openCallOf(line []byte) []byte {
	n := bytes.IndexByte(line, '>')
	if n < 0 || n > maxNameLine || !containsAny(strings.ToLower(string(line[:n])), "tool", "function", "invoke", "write", "create", "edit", "replace", "update", "insert", "apply", "save", "file", "command", "terminal", "bash", "shell") {
		return nil
	}
	return openCall().Find(line[:n+1])
}

// mayHoldCall reports whether calls in a fence are no content.
func (b *block) mayHoldCall() bool {
	return b.language == "" || b.language == "xml" || b.language == "text" || strings.HasPrefix(b.language, "tool")
}

func (p *Parser) goOn(rest []byte) {
	p.before.any = true
	if rest = bytes.TrimSpace(rest); len(rest) > 0 {
		p.outside(rest)
	}
}

// argumentTag reads the tag that a line begins with: the name of the argument, the
// tag that ends it and where its value begins.
func (p *Parser) argumentTag(line []byte) (key, end string, after int) {
	if m := openArgument().FindSubmatch(line); m != nil {
		return string(m[2]) + string(m[3]), endTag(m[1]), len(m[0])
	}
	m := openElement().FindSubmatch(line)
	if m == nil {
		return "", "", 0
	}
	key = strings.ToLower(string(m[1]))
	if rest := bytes.TrimSpace(line[len(m[0]):]); key == "file" && (len(rest) == 0 || rest[0] == '<') {
		return "", "", 0 // the call itself
	}
	a, ok := argumentNames[plainKey(key)]
	switch {
	case key == "arg_key", key == "arg_value", key == "diff":
	case !ok, a.of == ofContent && a.rank == 1, key == "source" && !movesFile(p.call.tool), key == "type", key == "action",
		key == "command" && !containsAny(p.call.tool, toolThatRuns...), key == "script": // elements of HTML, or others
		return "", "", 0
	}
	return key, endTag(m[1]), len(m[0])
}

// argument begins to read the value of an argument.
func (p *Parser) argument(key, end string, rest []byte) {
	a, ok := argumentNames[plainKey(key)]
	name := p.call.values[ofPath]
	isDiff := plainKey(key) == "diff" || plainKey(key) == "patch"
	if name != nil && !movesFile(p.call.tool) && !p.call.adds() && (isDiff || ok && a.of == ofContent && p.call.values[ofOld] == nil) {
		b := &block{shape: tagged, tag: end, path: *name, onlyEdits: isDiff}
		if p.out.accept(b); isDiff && !b.rejected {
			b.rejected = true
		} else if isDiff {
			b.onlyEdits = false
		}
		p.open = b
		if len(bytes.TrimSpace(rest)) > 0 {
			p.tagged(rest)
		}
		return
	}
	of := ofArgument(-1)
	if ok {
		of = a.of
	}
	p.open = &block{shape: argumentText, tag: end, rejected: true, argument: of}
	if len(bytes.TrimSpace(rest)) > 0 {
		p.inArgument(rest)
	}
}

// inArgument takes a line of the value of an argument that is no file.
func (p *Parser) inArgument(line []byte) {
	b := p.open
	text, rest, ended := cutFold(line, b.tag)
	isName := b.argument.isName()
	if first := bytes.TrimSpace(line); !ended && isName && len(b.content) > 0 && len(first) > 0 && first[0] == '<' {
		text, rest, ended = nil, first, true // its end was forgotten
	}
	if !ended && isParameter(b.tag) && nextParameter().Match(bytes.TrimSpace(line)) {
		text, rest, ended = nil, bytes.TrimSpace(line), true
	}
	if len(b.content)+len(text) <= artifact.MaxFileBytes && !(ended && len(bytes.TrimSpace(text)) == 0) {
		b.content = append(append(b.content, text...), '\n')
	}
	if !ended {
		return
	}
	p.open = nil
	p.endArgument(b)
	p.goOn(rest)
}

// isParameter reports whether a tag ends one of several arguments of the same kind,
// whose end models forget.
func isParameter(tag string) bool { return tag == "</parameter>" }

var nextParameter = compiled(`(?i)^(?:<parameter[= ]|</(?:function|invoke|tool_call)>)`)

func (p *Parser) endArgument(b *block) {
	if b.argument < 0 || p.call == nil {
		return
	}
	value := strings.TrimSuffix(string(b.content), "\n")
	if b.argument.isName() {
		value = strings.TrimSpace(value)
	}
	if b.argument == ofTool && namesFile(value) {
		b.argument = ofPath
	}
	if b.argument == ofPath && p.call.values[ofPath] != nil && *p.call.values[ofPath] != value { // the next file of one call
		tool := p.call.tool
		p.endElement()
		p.call = &element{tool: tool}
	}
	p.call.values[b.argument] = &value
	v := p.call.values
	if v[ofPath] != nil && v[ofOld] != nil && v[ofNew] != nil {
		p.out.changeBy(*v[ofPath], artifact.Edit{Search: *v[ofOld], Replace: *v[ofNew]}, false)
		p.call.values[ofOld], p.call.values[ofNew] = nil, nil
	}
}

// endElement ends a call.
func (p *Parser) endElement() {
	v, tool := p.call.values, p.call.name()
	p.call = nil
	value := func(of ofArgument) string {
		if v[of] == nil {
			return ""
		}
		return *v[of]
	}
	from, to := "", ""
	if movesFile(tool) {
		from, to = pathsOfMove(value)
	}
	switch {
	case kindOf(path.Ext(from)) != "":
		p.out.renameFile(from, to)
	case p.out.runCommands(value(ofCommand)):
	case v[ofPatch] != nil && isPatch([]byte(*v[ofPatch]), v[ofPath] != nil):
		p.out.changeByPatch(value(ofPath), *v[ofPatch])
	case v[ofPath] == nil:
	case containsAny(tool, toolThatAdds...) && (v[ofContent] != nil || v[ofNew] != nil):
		p.out.refuseEdit(artifact.Edit{Path: p.out.pathOf(*v[ofPath])}, onlyAdds)
	case v[ofContent] != nil: // it came before the path
		b := &block{path: *v[ofPath], content: []byte(*v[ofContent])}
		switch p.out.accept(b); {
		case b.rejected:
		case strings.TrimSpace(*v[ofContent]) == "":
			p.out.refuse(b, "it is empty")
		default:
			p.out.begin(b)
		}
		p.out.finish(b)
	case v[ofOld] != nil || v[ofNew] != nil:
		p.out.refuseEdit(artifact.Edit{Path: p.out.pathOf(*v[ofPath])}, "a call does not say which lines it replaces, and by what")
	case deletesFile(tool) && kindOf(path.Ext(*v[ofPath])) != "":
		p.out.deleteFile(*v[ofPath])
	}
}
