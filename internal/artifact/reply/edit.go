package reply

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// What a model that repeats itself can bring about is bounded.
const (
	maxEdits       = 1000
	maxRefusedText = 4 << 10 // of an edit that cannot be read
)

// edit is a SEARCH/REPLACE block while it is read.
type edit struct {
	artifact.Edit
	signs           int // that its first line begins with
	indent          int
	search, replace []byte
	replacing       bool
	divided         bool   // what replaces has a line of ======= of its own
	begun           bool   // an event says so
	why             string // it is refused
}

// Why an edit cannot be read, to people and to models.
const (
	noEnd     = "a SEARCH block has no line of >>>>>>> REPLACE"
	noDivider = "a SEARCH block has no line of ======="
	divisions = "a SEARCH block has two lines of ======="
	noName    = "a SEARCH block names no file"
	cutEdit   = "a SEARCH block is cut by the end of the text"
	noText    = "a SEARCH block is not text (UTF-8)"
	inFile    = "it holds a SEARCH block, and is no whole file"
)

// readEdit takes a line of an edit, its marks among them.
func (p *Parser) readEdit(line []byte) {
	e := p.edit
	if e != nil {
		line = unindent(line, e.indent)
	}
	n, name := opensEdit(line)
	switch {
	case n > 0:
		if e != nil {
			p.open.above = e.lastLine() // the name of the next one, maybe
			p.endEdit(noEnd)
		}
		p.beginEdit(line, n, name)
	case e == nil:
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

// lastLine is the last line of an edit so far that is not blank, if it may be a
// path.
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

// beginEdit takes the line that opens an edit. The block around it is no whole
// file.
func (p *Parser) beginEdit(line []byte, signs int, name string) {
	b := p.open
	if name == "" {
		name = p.nameOfEdit(b)
	}
	if b.begun {
		b.begun = false
		p.reply.Events = append(p.reply.Events, Event{Path: b.path, Done: true})
	}
	b.no, b.content, b.above = true, nil, nil

	e := &edit{signs: signs, indent: len(line) - len(bytes.TrimLeft(line, " \t"))}
	p.edit = e
	clean, err := artifact.CleanPath(name)
	switch {
	case name == "":
		e.why = noName
	case err != nil:
		e.Path, e.why = shortened(name), err.Error()
	case len(p.reply.Edits) == maxEdits:
		e.Path, e.why = clean, fmt.Sprintf("there are more than %d edits", maxEdits)
	default:
		e.Path, p.last, e.begun = clean, clean, true
		p.reply.Events = append(p.reply.Events, Event{Path: clean})
	}
}

// nameOfEdit is the path of an edit: the nearest name, else that of the edit
// before, else the usual one of the language. What stands right before an edit
// names it in whatever language it is written.
func (p *Parser) nameOfEdit(b *block) string {
	named := b.path
	if b.unnamed {
		named = ""
	}
	if name := cmp.Or(nameInLine(string(bytes.TrimSpace(b.above))), named, nameInLine(b.lead), nameInWords(b.lead)); name != "" {
		return name
	}
	for _, name := range []string{b.given, nameInLine(p.before.heading)} {
		if name != "" && (fits(b.language, name) || kindOf(path.Ext(name)) == "html" && usualName(b.language, nil) != "") {
			return name
		}
	}
	if p.last != "" && (b.language == "" || fits(b.language, p.last)) {
		return p.last
	}
	return usualName(b.language, nil)
}

// endEdit makes of an edit what it is worth, as far as its end is concerned.
func (p *Parser) endEdit(why string) {
	e := p.edit
	p.edit = nil
	e.Search, e.Replace = string(e.search), string(e.replace)
	size := len(e.search) + len(e.replace)
	switch {
	case e.why != "":
		why = e.why
	case why != "":
	case e.divided && !isProse(e.Path):
		why = divisions
	case !utf8.ValidString(e.Search + e.Replace):
		why = noText
	case p.edited+size > artifact.MaxSetBytes:
		why = fmt.Sprintf("the edits together are larger than %d KB", artifact.MaxSetBytes>>10)
	}
	if why == "" {
		p.edited += size
		p.reply.Edits = append(p.reply.Edits, e.Edit)
	} else {
		p.refuseEdit(e.Edit, why)
	}
	if e.begun {
		p.reply.Events = append(p.reply.Events, Event{Path: e.Path, Done: true})
	}
}

// refuseEdit tells of an edit that cannot be read: what else there is of its
// file is not all. Of a great many it tells at least each path.
func (p *Parser) refuseEdit(e artifact.Edit, why string) {
	if why != cutEdit { // Reply.Truncated says so
		p.warn(e.Path, why)
	}
	many := len(p.reply.Refused) >= maxWarnings
	if many && p.broken[e.Path] || len(p.reply.Refused) == maxEdits {
		return
	}
	if many || len(e.Search)+len(e.Replace) > maxRefusedText || !utf8.ValidString(e.Search+e.Replace) {
		e.Search, e.Replace = "", ""
	}
	if p.broken == nil {
		p.broken = map[string]bool{}
	}
	p.broken[e.Path] = true
	p.reply.Refused = append(p.reply.Refused, artifact.Refusal{Edit: e, Why: why})
}

// isProse says whether a line of ======= may stand in a file for its own sake.
func isProse(name string) bool {
	kind := kindOf(path.Ext(name))
	return kind == "markdown" || kind == "text" || kind == ""
}

// The words that stand behind the signs of marks. Models know them of Git, too.
var (
	openWord  = regexp.MustCompile(`(?i)^\s*(?:search|original|head|before|old)\b:?\s*(.*)$`)
	closeWord = regexp.MustCompile(`(?i)^\s*(?:replace|replaced|updated?|head|after|new)\b.{0,40}$`)
	fewWords  = regexp.MustCompile(`^[A-Za-z ()>:]{0,30}$`)
)

// opensEdit says how many signs open an edit in a line such as "<<<<<<< SEARCH",
// and which file it names; 0 if none do.
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
	m := openWord.FindSubmatch(rest)
	if m == nil {
		return 0, ""
	}
	name = nameInLine(string(m[1]))
	if name == "" && !fewWords.Match(m[1]) {
		return 0, ""
	}
	return n, name
}

func isOpening(line []byte) bool {
	n, _ := opensEdit(line)
	return n > 0
}

// divides says whether a line parts what is searched from what replaces it.
func (e *edit) divides(line []byte) bool {
	text := bytes.TrimSpace(line)
	if len(text) == 0 || text[0] != '=' {
		return false
	}
	n, rest := countSigns(text)
	return n == e.signs && fewWords.Match(rest) || len(rest) == 0 && n >= 5 && n <= 10
}

// ends says whether a line ends an edit. Signs alone do if there are as many as
// at its beginning, or are not there by chance.
func (e *edit) ends(line []byte) bool {
	text := bytes.TrimSpace(line)
	if len(text) < 4 || text[0] != '>' && text[0] != '+' {
		return false
	}
	n, rest := countSigns(text)
	if text[0] == '+' {
		return n >= 5 && n <= 10 && string(bytes.TrimSpace(rest)) == "REPLACE"
	}
	return n >= 4 && closeWord.Match(rest) || n >= 5 && len(rest) == 0 ||
		n == e.signs && len(bytes.Fields(rest)) <= 1
}

// countSigns counts how often the first byte of a text stands at its beginning.
func countSigns(text []byte) (n int, rest []byte) {
	rest = bytes.TrimLeft(text, string(text[:1]))
	return len(text) - len(rest), rest
}

// holdsEdit says whether a text has a line that opens an edit, or such that
// begin with <<<<, ==== and >>>>, one after the other.
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
