package artifact

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Edit replaces a part of a file: whole lines, each with its end. Where Search
// is empty it makes the file.
type Edit struct{ Path, Search, Replace string }

// String writes an edit down as a model would.
func (e Edit) String() string {
	return e.Path + "\n<<<<<<< SEARCH\n" + e.Search + "=======\n" + e.Replace + ">>>>>>> REPLACE\n"
}

// maxEdits bounds what a model that repeats itself can bring about.
const maxEdits = 1000

// edit is a SEARCH/REPLACE block while it is read.
type edit struct {
	Edit
	indent          int
	search, replace []byte
	replacing       bool
	no              bool // it is left out
}

// readEdit takes a line of an edit, its marks among them.
func (p *Parser) readEdit(line []byte) {
	e := p.edit
	if e != nil {
		line = unindent(line, e.indent)
	}
	switch {
	case marks(line, '<', '-', "SEARCH"):
		if e != nil {
			p.warn(e.Path, "an edit has no end")
			p.dropEdit()
		}
		p.beginEdit(line)
	case e == nil:
	case !e.replacing && isDivider(line):
		e.replacing = true
	case !marks(line, '>', '+', "REPLACE"):
		e.add(line)
		if len(e.search)+len(e.replace) > MaxFileBytes && !e.no {
			e.no = true
			p.warn(e.Path, fmt.Sprintf("an edit is larger than %d KB", MaxFileBytes>>10))
		}
	case e.replacing:
		p.keepEdit()
	default:
		p.warn(e.Path, "an edit has no line of =======")
		p.dropEdit()
	}
}

func (e *edit) add(line []byte) {
	into := &e.search
	if e.replacing {
		into = &e.replace
	}
	if !e.no {
		*into = append(append(*into, line...), '\n')
	}
}

// beginEdit takes the line that opens an edit. The block around it is no whole
// file.
func (p *Parser) beginEdit(line []byte) {
	b := p.open
	name := p.nameOfEdit(b, line)
	if b.begun {
		b.begun = false
		p.reply.Events = append(p.reply.Events, Event{Path: b.path, Done: true})
	}
	b.no, b.content, b.above = true, nil, nil

	e := &edit{indent: len(line) - len(bytes.TrimLeft(line, " \t"))}
	p.edit = e
	clean, err := CleanPath(name)
	switch {
	case name == "":
		p.warn("", "an edit names no file")
	case err != nil:
		p.warn(name, err.Error())
	case len(p.reply.Edits) == maxEdits:
		p.warn(name, fmt.Sprintf("there are more than %d edits", maxEdits))
	default:
		e.Path, p.last = clean, clean
		p.reply.Events = append(p.reply.Events, Event{Path: clean})
		return
	}
	e.no = true
}

// nameOfEdit is the path of an edit: the nearest name, else that of the edit
// before, else the usual one of the language.
func (p *Parser) nameOfEdit(b *block, line []byte) string {
	names := []string{nameInLine(wordAfterMark(line)), nameInLine(string(bytes.TrimSpace(b.above))), b.path, b.given, nameInLine(p.before.heading), p.last}
	if b.unnamed {
		names[2] = ""
	}
	i := slices.IndexFunc(names, func(name string) bool {
		return name != "" && (b.language == "" || name == b.path || fits(b.language, name))
	})
	if i >= 0 {
		return names[i]
	}
	return usualName(b.language, nil)
}

func (p *Parser) keepEdit() {
	e := p.edit
	size := len(e.search) + len(e.replace)
	e.Search, e.Replace = string(e.search), string(e.replace)
	switch {
	case e.no:
	case !utf8.ValidString(e.Search + e.Replace):
		p.warn(e.Path, "an edit is not text (UTF-8)")
	case p.edited+size > MaxSetBytes:
		p.warn(e.Path, fmt.Sprintf("the edits together are larger than %d KB", MaxSetBytes>>10))
	default:
		p.edited += size
		p.reply.Edits = append(p.reply.Edits, e.Edit)
	}
	p.dropEdit()
}

func (p *Parser) dropEdit() {
	if p.edit.Path != "" {
		p.reply.Events = append(p.reply.Events, Event{Path: p.edit.Path, Done: true})
	}
	p.edit = nil
}

// marks says whether a line is a mark such as "<<<<<<< SEARCH", with one of two
// signs.
func marks(line []byte, sign, other byte, word string) bool {
	text := bytes.TrimSpace(line)
	if len(text) < 5 || text[0] != sign && text[0] != other {
		return false
	}
	rest := bytes.TrimLeft(text, string(text[:1]))
	if n := len(text) - len(rest); n < 5 || n > 10 {
		return false
	}
	after, ok := bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(word))
	after = bytes.TrimSpace(after)
	return ok && (len(after) == 0 || string(after) == ">" || nameInLine(string(after)) != "")
}

// wordAfterMark is what stands behind the mark of a SEARCH line.
func wordAfterMark(line []byte) string {
	_, after, _ := bytes.Cut(line, []byte("SEARCH"))
	return string(bytes.TrimSpace(after))
}

func isDivider(line []byte) bool {
	text := bytes.TrimRight(line, " \t")
	return len(text) >= 5 && len(text) <= 10 && len(bytes.Trim(text, "=")) == 0
}

// holdsEdit says whether a text has a line that opens an edit.
func holdsEdit(content string) bool {
	if !strings.Contains(content, "SEARCH") {
		return false
	}
	for line := range strings.Lines(content) {
		if marks([]byte(line), '<', '-', "SEARCH") {
			return true
		}
	}
	return false
}
