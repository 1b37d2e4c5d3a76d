package reply

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// edit is a SEARCH/REPLACE block that is being read.
type edit struct {
	artifact.Edit
	signs           int // the number of signs that its first line begins with
	indent          int // bytes before those signs
	search, replace []byte
	replacing       bool
	header          bool   // the searched part began with the number of its line
	divided         bool   // the replacement has a line of =======
	begun           bool   // an event says so
	why             string // why the edit is refused; "" if it is not
}

// Why an edit cannot be read, in words for people and for models.
const (
	noEnd     = "a SEARCH block has no line of >>>>>>> REPLACE"
	noDivider = "a SEARCH block has no line of ======="
	divisions = "a SEARCH block has two lines of ======="
	noName    = "a SEARCH block names no file"
	cutEdit   = "a SEARCH block is cut by the end of the text"
	noText    = "a SEARCH block is not text (UTF-8)"
	inFile    = "it holds a SEARCH block, and is no whole file"
)

// readEdit takes a line of an edit, or a line that opens one.
func (p *Parser) readEdit(line []byte) {
	e := p.edit
	if e != nil {
		line = unindent(line, e.indent)
	}
	n, name := opensEdit(line)
	switch {
	case n > 0:
		if e != nil {
			p.open.lastLine = e.lastLine() // the name of the next one, maybe
			p.endEdit(noEnd)
		}
		p.beginEdit(line, n, name)
	case e == nil:
	case e.isHeader(line):
	case !e.replacing && e.divides(line):
		e.replacing = true
	case !e.ends(line):
		e.divided = e.divided || e.divides(line)
		e.add(line)
	case e.replacing:
		p.endEdit("")
	default:
		p.endEdit(noDivider)
	}
}

// isHeader reports whether a line of the searched part tells where that stands, as
// some are taught: ":start_line:5" and a rule below.
func (e *edit) isHeader(line []byte) bool {
	if e.replacing || len(e.search) > 0 {
		return false
	}
	text := bytes.TrimSpace(line)
	if lineNumber().Match(text) {
		e.header = true
		return true
	}
	return e.header && len(text) >= 5 && len(bytes.Trim(text, "-")) == 0
}

var lineNumber = compiled(`^:(?:start|end)_line:\s*\d+$`)

func (e *edit) add(line []byte) {
	into := &e.search
	if e.replacing {
		into = &e.replace
	}
	switch size := len(e.search) + len(e.replace) + len(line) + 1; {
	case size <= artifact.MaxFileBytes:
		*into = append(append(*into, line...), '\n')
	case e.why == "":
		e.why = fmt.Sprintf("a SEARCH block is larger than %d KB", artifact.MaxFileBytes>>10)
		e.search, e.replace = nil, nil
	}
}

// lastLine returns the last line of the edit so far that is not blank, if it may
// be a path.
func (e *edit) lastLine() []byte {
	text := e.search
	if e.replacing {
		text = e.replace
	}
	text = bytes.TrimSpace(text)
	if line := text[bytes.LastIndexByte(text, '\n')+1:]; len(line) <= maxNameLine {
		return line
	}
	return nil
}

// beginEdit takes the line that opens an edit. The block around it is not a whole
// file.
func (p *Parser) beginEdit(line []byte, signs int, name string) {
	b := p.open
	if name == "" {
		name = p.nameOfEdit(b)
	}
	p.out.end(b)
	b.rejected, b.content, b.lastLine, b.onlyEdits = true, nil, nil, false

	e := &edit{signs: signs, indent: len(line) - len(bytes.TrimLeft(line, " \t"))}
	p.edit = e
	clean, err := p.out.find(name)
	switch {
	case name == "":
		e.why = noName
	case err != nil:
		e.Path, e.why = shortened(name), err.Error()
	case len(p.out.reply.Edits) == maxEdits:
		e.Path, e.why = clean, fmt.Sprintf("there are more than %d edits", maxEdits)
	default:
		e.Path, p.out.lastEdit, e.begun = clean, clean, true
		p.out.reply.Events = append(p.out.reply.Events, Event{Path: clean})
	}
}

// nameOfEdit returns the path of an edit: the nearest name, else the path of the
// edit before, else the usual path of the language. A name right before an edit
// counts even if it does not fit the language of the fence.
func (p *Parser) nameOfEdit(b *block) string {
	named := b.path
	if b.unnamed {
		named = ""
	}
	if name := cmp.Or(nameInLine(string(bytes.TrimSpace(b.lastLine))), named, nameInLine(b.lineBefore), nameInWords(b.lineBefore)); name != "" {
		return name
	}
	for _, name := range []string{b.nameBefore, nameInLine(p.before.heading)} {
		if name != "" && (fits(b.language, name) || kindOf(path.Ext(name)) == "html" && usualName(b.language, nil) != "") {
			return name
		}
	}
	if p.out.lastEdit != "" && (b.language == "" || fits(b.language, p.out.lastEdit)) {
		return p.out.lastEdit
	}
	return usualName(b.language, nil)
}

// endEdit keeps the edit that is being read, or refuses it. why says what is wrong
// with its end; "" if nothing is.
func (p *Parser) endEdit(why string) {
	e := p.edit
	p.edit = nil
	e.Search, e.Replace = string(e.search), string(e.replace)
	switch {
	case e.why != "":
		why = e.why
	case why != "":
	case e.divided && !isProse(e.Path):
		why = divisions
	case !utf8.ValidString(e.Search + e.Replace):
		why = noText
	}
	if why == "" {
		p.out.keepEdit(e.Edit)
	} else {
		p.out.refuseEdit(e.Edit, why)
	}
	if e.begun {
		p.out.reply.Events = append(p.out.reply.Events, Event{Path: e.Path, Done: true})
	}
}

// isProse reports whether a line of ======= may be content of a file.
func isProse(name string) bool {
	kind := kindOf(path.Ext(name))
	return kind == "markdown" || kind == "text" || kind == ""
}

// The words that follow the signs of marks. Models also know them from Git.
var (
	openWord  = compiled(`(?i)^\s*(?:search|original|head|before|old)\b:?\s*(.*)$`)
	closeWord = compiled(`(?i)^\s*(?:replace|replaced|updated?|head|after|new)\b.{0,40}$`)
	fewWords  = compiled(`^[A-Za-z ()>:]{0,30}$`)
)

// opensEdit returns the number of signs that open an edit in a line such as
// "<<<<<<< SEARCH", and the file that the line names. It returns 0 if the line
// opens no edit.
func opensEdit(line []byte) (signs int, name string) {
	text := bytes.TrimSpace(line)
	if len(text) < 5 || text[0] != '<' && text[0] != '-' {
		return 0, ""
	}
	n, rest := countSigns(text)
	if len(rest) > maxNameLine {
		return 0, ""
	}
	if text[0] == '-' {
		after, ok := bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte("SEARCH"))
		name = nameInLine(string(bytes.TrimSpace(after)))
		if ok && n >= 5 && n <= 10 && (name != "" || len(after) == 0 || string(after) == ">") {
			return n, name
		}
		return 0, ""
	}
	if n < 4 {
		return 0, ""
	}
	m := openWord().FindSubmatch(rest)
	if m == nil {
		return 0, ""
	}
	name = nameInLine(string(m[1]))
	if name == "" && !fewWords().Match(m[1]) {
		return 0, ""
	}
	return n, name
}

func isOpening(line []byte) bool {
	n, _ := opensEdit(line)
	return n > 0
}

// divides reports whether a line stands between the searched lines and the
// replacement.
func (e *edit) divides(line []byte) bool {
	text := bytes.TrimSpace(line)
	if len(text) == 0 || text[0] != '=' {
		return false
	}
	n, rest := countSigns(text)
	return n == e.signs && fewWords().Match(rest) || len(rest) == 0 && n >= 5 && n <= 10
}

// ends reports whether a line ends an edit. Signs without a word end it if there
// are as many as at its beginning, or too many to stand there by chance.
func (e *edit) ends(line []byte) bool {
	text := bytes.TrimSpace(line)
	if len(text) < 4 || text[0] != '>' && text[0] != '+' {
		return false
	}
	n, rest := countSigns(text)
	if text[0] == '+' {
		return n >= 5 && n <= 10 && string(bytes.TrimSpace(rest)) == "REPLACE"
	}
	return n >= 4 && closeWord().Match(rest) || n >= 5 && len(rest) == 0 ||
		n == e.signs && len(bytes.Fields(rest)) <= 1
}

// countSigns counts how often the first byte of a text is repeated at its
// beginning, and returns the rest.
func countSigns(text []byte) (n int, rest []byte) {
	rest = bytes.TrimLeft(text, string(text[:1]))
	return len(text) - len(rest), rest
}

// holdsEdit reports whether a text has a line that opens an edit, or lines that
// begin with <<<<, ==== and >>>>, in this order.
func holdsEdit(content string) bool {
	if !strings.Contains(content, "<<<<") && !strings.Contains(content, "SEARCH") {
		return false
	}
	marks := []string{"<<<<", "====", ">>>>"}
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if isOpening([]byte(line)) {
			return true
		}
		if strings.HasPrefix(line, marks[0]) {
			if marks = marks[1:]; len(marks) == 0 {
				return true
			}
		}
	}
	return false
}
