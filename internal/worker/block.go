package worker

import (
	"regexp"
	"strings"

	"dreambuild.dev/backend/internal/artifact/markup"
)

// block is the part of a reply that its end is in: a fenced block, or a page
// without a fence. The zero block is neither.
type block struct {
	start int    // where its content begins
	mark  string // the fence; "" without one
	info  string // what follows the fence in its line; of a page its language
	page  bool   // a page without a fence
}

// blockAt returns the block that the end of a text is in.
func blockAt(text string) block {
	var b block
	at := 0
	for line := range strings.Lines(text) {
		begin := at
		at += len(line)
		line = strings.TrimSpace(line)
		mark := markOf(line)
		info := strings.TrimSpace(line[len(mark):])
		switch opens := mark != "" && !strings.Contains(info, "`"); {
		case b.mark != "" && opens && strings.HasPrefix(mark, b.mark) && info == "":
			b = block{}
		case opens && (b.mark == "" || strings.HasPrefix(mark, b.mark) && info != ""):
			b = block{start: at, mark: mark, info: info}
		case b == block{} && markup.BeginsPage(line):
			b = block{start: begin, info: "html", page: true}
		}
		if b.page && strings.Contains(strings.ToLower(line), "</html>") {
			b = block{}
		}
	}
	return b
}

func (b block) isOpen() bool { return b.mark != "" || b.page }

// isProse reports whether the block may hold sentences on lines of their own.
func (b block) isProse() bool { return b.info == "" || prose.MatchString(b.info) }

var prose = regexp.MustCompile(`(?i)^(?:md|markdown|text|txt|plaintext)\b|\.(?:md|txt)\b`)

// end returns what ends the block wherever content is cut: within a script or a
// comment, the end of a page or a fence may be text.
func (b block) end(content string) string {
	content = strings.ToLower(content)
	end := ""
	for _, part := range [][2]string{{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}, {"<textarea", "</textarea>"}, {"<pre", "</pre>"}} {
		if open := strings.LastIndex(content, part[0]); open >= 0 && !strings.Contains(content[open:], part[1]) {
			end += part[1]
		}
	}
	switch {
	case b.page:
		return end + "</html>"
	case end != "":
		return end + "\n" + b.mark
	}
	return b.mark
}

// opensAnother reports whether a line that opens a fence names another file than
// the block's. A language alone is no sign: models continue the script of a page in
// a block of JavaScript.
func (b block) opensAnother(fence string) bool {
	name := fileName.FindString(strings.TrimLeft(fence, "`~"))
	mine := fileName.FindString(b.info)
	if name == "" || mine != "" {
		return name != "" && !strings.EqualFold(mine, name)
	}
	language, _, _ := strings.Cut(b.info, " ")
	extension := name[strings.LastIndexByte(name, '.')+1:]
	return !strings.HasPrefix(strings.ToLower(language), strings.ToLower(extension[:1])) // html and htm, javascript and js
}

var fileName = regexp.MustCompile(`[\w@/.-]*[\w-]\.[A-Za-z][A-Za-z0-9]{0,9}\b`)

// markOf returns the signs of a fence that a line begins with; "" if it has none.
func markOf(line string) string {
	line = strings.TrimSpace(line)
	if line == "" || line[0] != '`' && line[0] != '~' {
		return ""
	}
	mark := line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
	if len(mark) < 3 {
		return ""
	}
	return mark
}

// fenceEnd writes the end of a block that a continuation opened again as the end of
// the block that was open, which has another fence. The zero fenceEnd changes
// nothing.
type fenceEnd struct {
	from, to string // the two fences
	line     string // the beginning of a line that may be that end
	within   bool   // a line that is none has begun
}

// translate returns text with that end in the other fence, as far as it is known
// not to be one.
func (f *fenceEnd) translate(text string) string {
	var out strings.Builder
	for f.from != "" && text != "" {
		line, rest, whole := strings.Cut(text, "\n")
		f.line, text = f.line+line, rest
		switch {
		case whole && f.ends():
			out.WriteString(f.to + "\n")
			*f = fenceEnd{}
			continue
		case !whole && !f.within && f.mayEnd():
			continue
		}
		out.WriteString(f.line)
		if f.line = ""; whole {
			out.WriteByte('\n')
		}
		f.within = !whole
	}
	return out.String() + text
}

// rest returns what translate holds back, at the end of the text.
func (f *fenceEnd) rest() string {
	if f.ends() {
		return f.to
	}
	return f.line
}

func (f *fenceEnd) mayEnd() bool {
	return strings.Trim(strings.TrimSpace(f.line), f.from[:1]) == ""
}

func (f *fenceEnd) ends() bool {
	return f.from != "" && !f.within && f.mayEnd() && len(strings.TrimSpace(f.line)) >= len(f.from)
}
