package reply

import (
	"strconv"
	"strings"
)

// Some models write files, or the calls of tools, as YAML:
//
//   - path: index.html
//     content: |
//     <!DOCTYPE html>
//
// Only such members are read, line by line: what they hold is often no YAML.
// https://yaml.org/spec/1.2.2/#812-literal-style
var yamlMember = compiled(`^(\s*)(- +)?["']?(\w+)["']?:\s*(.*?)\s*$`)

// mayBeYAML reports whether a block may hold such members: by its language, or by its
// first line.
func (b *block) mayBeYAML(line []byte) bool {
	switch {
	case kinds[b.language] == "yaml":
		return nameInComment(b.language, line) == ""
	case b.language != "" && !strings.HasPrefix(b.language, "tool") || len(line) > maxNameLine:
		return false
	}
	m := yamlMember().FindSubmatch(line)
	if m == nil {
		return false
	}
	value, a := unquoted(string(m[4])), argumentNames[plainKey(string(m[3]))]
	return a.of == ofPath && a.rank > 0 && namesFile(value) || a.of == ofTool && !strings.Contains(value, " ") && containsAny(value, toolForFiles...)
}

// filesInYAML keeps the files of a block of YAML, if it has some.
func (r *result) filesInYAML(text string) {
	var f struct{ path, content string }
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		m := yamlMember().FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		if m[2] != "" { // the next item
			f.path, f.content = "", ""
		}
		switch value, a := unquoted(m[4]), argumentNames[plainKey(m[3])]; {
		case (a.of == ofPath && a.rank > 0 || a.of == ofTool) && namesFile(value):
			f.path = value
		case a.of != ofContent:
		case strings.HasPrefix(value, "|") || strings.HasPrefix(value, ">"):
			f.content, i = literalAt(lines, i, len(m[1])+len(m[2]))
		default:
			f.content = value
		}
		if f.path == "" || f.content == "" {
			continue
		}
		b := &block{path: f.path, content: []byte(f.content)}
		switch r.accept(b); {
		case b.rejected:
		case strings.TrimSpace(f.content) == "":
			r.refuse(b, "it is empty")
		default:
			r.begin(b)
		}
		r.finish(b)
		f.path, f.content = "", ""
	}
}

// literalAt returns the text that stands below a member, indented deeper than that, and
// the index of its last line.
func literalAt(lines []string, member, indent int) (text string, last int) {
	var b strings.Builder
	own := -1 // the indentation of the text
	for last = member; last+1 < len(lines); last++ {
		line := lines[last+1]
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch blank := strings.TrimSpace(line) == ""; {
		case blank:
			b.WriteByte('\n')
			continue
		case spaces <= indent:
			return b.String(), last
		case own < 0:
			own = spaces
		}
		b.WriteString(line[min(own, spaces):] + "\n")
	}
	return b.String(), last
}

// unquoted returns the value of a member without the quotes around it.
func unquoted(value string) string {
	if plain, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
		return plain
	}
	return strings.Trim(value, "'")
}
