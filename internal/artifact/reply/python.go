package reply

import (
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Some models write the calls of tools as Python, in fences of "tool_code":
//
//	print(default_api.write_file(path="index.html", content="""…"""))
var (
	pythonCall     = compiled(`^\s*(?:print\(\s*)?(?:[\w.]+\.)?\w+\(`)
	pythonArgument = compiled(`(?s)\b(\w+)\s*=\s*(?:"""(.*?)"""|'''(.*?)'''|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')`)
	pythonEscapes  = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\"`, `"`, `\'`, `'`, "\\\n", "")
)

// callsInPython takes the text of a fence that holds such calls: each path begins
// another one.
func (p *Parser) callsInPython(text string) {
	p.call = nil
	for _, m := range pythonArgument().FindAllStringSubmatch(text, -1) {
		a, ok := argumentNames[plainKey(m[1])]
		if !ok {
			continue
		}
		value := m[2] + m[3] + pythonEscapes.Replace(m[4]+m[5])
		if p.call == nil || a.of == ofPath && p.call.values[ofPath] != nil {
			if p.call != nil {
				p.endElement()
			}
			p.call = &element{}
		}
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
