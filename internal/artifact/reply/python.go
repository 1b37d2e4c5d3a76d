package reply

import (
	"bytes"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Some models write the calls of tools as Python, in fences of "tool_code":
//
//	print(default_api.write_file(path="index.html", content="""…"""))
var (
	pythonCall     = compiled(`^\s*(?:print\(\s*)?(?:[\w.]+\.)?\w+\(`)
	barePython     = compiled(`^\[?(?:print\()?(?:[\w.]+\.)?\w*(?i:write|create|save|edit|replace|update|delete|remove|rename|move)\w*\((?:$|\s*\w+\s*=\s*["'](?:.*[),\]"']$|.*(?:"""|''').*))`)
	pythonName     = compiled(`(\w+)\(`)
	pythonArgument = compiled(`(?s)\b(\w+)\s*=\s*(?:"""(.*?)"""|'''(.*?)'''|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')`)
	pythonEscapes  = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\"`, `"`, `\'`, `'`, "\\\n", "")
)

// callsPython begins to read calls outside any fence, as Llama writes them:
//
//	[write_file(path="index.html", content="…")]
func (p *Parser) callsPython(line []byte) bool {
	name, rest := calledIn(line)
	if bytes.HasSuffix(name, []byte("print")) {
		name, rest = calledIn(rest)
	}
	if name == nil || !isCallOf(name) || !mayBeArguments(rest) || !barePython().Match(line) {
		return false
	}
	p.open = &block{shape: bareCall, python: true}
	p.inPython(line)
	return true
}

// calledIn returns the name of the function that a line calls first, and what follows its
// bracket; nil if the line begins with anything else.
func calledIn(line []byte) (name, rest []byte) {
	n := 0
	for n < min(len(line), 64) && (isWord(line[n]) || line[n] == '.' || line[n] == '[' && n == 0) {
		n++
	}
	if n == 0 || n == len(line) || line[n] != '(' {
		return nil, nil
	}
	return line[:n], line[n+1:]
}

// mayBeArguments reports, fast, whether what follows the bracket of a call may be
// arguments with names, or nothing.
func mayBeArguments(text []byte) bool {
	text = bytes.TrimLeft(text, " \t")
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	value, ok := bytes.CutPrefix(bytes.TrimLeft(text[n:], " \t"), []byte("="))
	value = bytes.TrimLeft(value, " \t")
	return len(text) == 0 || n > 0 && ok && len(value) > 0 && (value[0] == '"' || value[0] == '\'')
}

// isCallOf reports, fast, whether a name may be that of a tool for files.
func isCallOf(name []byte) bool {
	text := strings.ToLower(string(name))
	return containsAny(text, "write", "create", "save", "edit", "replace", "update", "delete", "remove", "rename", "move")
}

// inPython takes a line of such calls, up to the one that ends in their bracket.
func (p *Parser) inPython(line []byte) {
	b := p.open
	if b.quotes%2 == 0 && (len(bytes.TrimSpace(line)) == 0 || isFenceLine(line)) { // it is none
		p.close()
		p.outside(line)
		return
	}
	b.content = append(append(b.content, line...), '\n')
	b.quotes += bytes.Count(line, []byte(`"""`)) + bytes.Count(line, []byte("'''"))
	if p.out.checkSize(b); b.rejected {
		p.open = nil
		return
	}
	if line = bytes.TrimRight(line, " \t"); b.quotes%2 == 0 && (bytes.HasSuffix(line, []byte(")")) || bytes.HasSuffix(line, []byte("]"))) {
		p.close()
	}
}

// callsInPython takes the text of such calls. What stands before an argument tells
// whether it is the first one of a call.
func (p *Parser) callsInPython(text string) {
	p.call = nil
	at := 0
	for _, m := range pythonArgument().FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		before := text[at:m[0]]
		at = m[1]
		a, ok := argumentNames[plainKey(part(1))]
		if name := pythonName().FindAllStringSubmatch(before, -1); name != nil || p.call == nil || a.of == ofPath && p.call.values[ofPath] != nil {
			if p.call != nil {
				p.endElement()
			}
			p.call = &element{}
			if name != nil {
				p.call.tool = strings.ToLower(name[len(name)-1][1])
			}
		}
		if !ok {
			continue
		}
		value := part(2) + part(3) + pythonEscapes.Replace(part(4)+part(5))
		p.call.values[a.of] = &value
		if v := p.call.values; v[ofPath] != nil && v[ofOld] != nil && v[ofNew] != nil {
			p.out.changeBy(*v[ofPath], artifact.Edit{Search: *v[ofOld], Replace: *v[ofNew]}, false)
			p.call.values[ofOld], p.call.values[ofNew] = nil, nil
		}
	}
	if p.call != nil {
		p.endElement()
	}
}
