package reply

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"strings"
)

// diff is a change that is being read, in one of two forms: a unified diff, whose
// context and not its line numbers says where a change belongs, and the form that
// begins with "*** Begin Patch". Each hunk becomes an edit.
type diff struct {
	named string // what the text around calls the file
	file  string // what the headers call it; "" until they do
	from  string // of "--- ": "/dev/null" is no file; "" is none

	isPatch bool // the form with "*** "
	creates bool // the file is new
	inHunk  bool
	held    []byte // a line "--- " that may be a header or a line that goes
	holds   bool
	blank   int // blank lines in a bare hunk that may be after its end

	hunk    *edit // nil between hunks
	changes bool  // the hunk has a line that comes or goes
	near    string
}

// NoDiffName is why a hunk is refused that names no file. It may still fit only one.
const NoDiffName = "a diff names no file"

// opensDiff reports whether a line begins a diff that needs no fence of its own.
func opensDiff(line []byte) bool {
	if len(line) == 0 || line[0] != 'd' && line[0] != '*' {
		return false
	}
	for _, mark := range []string{"diff --git ", "*** Begin Patch", "*** Update File: ", "*** Add File: ", "*** Delete File: "} {
		if bytes.HasPrefix(line, []byte(mark)) {
			return true
		}
	}
	return false
}

// isPatch reports whether the argument of a call is a diff, or SEARCH/REPLACE blocks.
// Without a name of its own it must name the file.
func isPatch(text []byte, named bool) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	header := bytes.HasPrefix(line, []byte("--- ")) && bytes.HasPrefix(rest, []byte("+++ "))
	return opensDiff(line) || header || named && (bytes.HasPrefix(line, []byte("@@")) || isOpening(line))
}

// mayBePatch reports whether the argument that is being read, with a text after it, begins
// as a patch, or is commands that write.
func (c *call) mayBePatch(text string) bool {
	if c.reads == ofCommand {
		c.writes = c.writes || writes(append(bytes.Clone(c.values[ofCommand].text), text...))
		return c.writes
	}
	if c.reads != ofPatch {
		return false
	}
	begin := c.values[ofPatch].text
	begin = append(bytes.Clone(begin[:min(len(begin), 64)]), text[:min(len(text), 64)]...)
	return opensDiff(begin) || bytes.HasPrefix(begin, []byte("--- "))
}

// fileOfPatch returns the first file that a patch names.
func fileOfPatch(text []byte) string {
	for line := range bytes.Lines(text) {
		for _, mark := range []string{"*** Update File: ", "*** Add File: ", "+++ b/", "+++ "} {
			if name, ok := bytes.CutPrefix(line, []byte(mark)); ok {
				return headerName(string(name))
			}
		}
	}
	return ""
}

// changeByPatch keeps the edits of a patch that is the argument of a call.
func (r *result) changeByPatch(file, text string) {
	if file != "" {
		file = r.pathOf(file)
	}
	p := Parser{begun: true, out: *r}
	p.open = &block{shape: fenced, fence: &fence{}, path: file, rejected: true, diff: &diff{named: file}}
	for line := range strings.Lines(text) {
		p.add(bytes.TrimRight([]byte(line), "\r\n"))
	}
	p.close()
	*r = p.out
}

// fencedDiff returns what a fence holds whose language is that of diffs.
func (p *Parser) fencedDiff(info string) *diff {
	d := &diff{}
	for word := range strings.FieldsSeq(info) {
		word = strings.Trim(infoLabel().ReplaceAllString(word, ""), "()[],;*:\"'")
		if _, value, ok := strings.Cut(word, "="); ok {
			word = strings.Trim(value, "\"'")
		}
		_, after, ok := strings.Cut(word, ":")
		if isFileName(word) || ok && isFileName(after) {
			d.named = word
			if !isFileName(word) {
				d.named = after
			}
			return d
		}
	}
	d.named = cmp.Or(nameInLine(p.before.line), nameInWords(p.before.line), nameInLine(p.before.heading))
	return d
}

// isDiffLanguage reports whether a fence in a language holds a diff.
func isDiffLanguage(language string) bool {
	return kinds[language] == "diff" || language == "udiff" || strings.HasPrefix(language, "diff-")
}

// opensBareDiff begins a diff outside any fence.
func (p *Parser) opensBareDiff(line []byte) bool {
	from, header := "", false
	if line[0] == '+' && bytes.HasPrefix(line, []byte("+++ ")) {
		from, header = strings.CutPrefix(p.before.line, "--- ")
	}
	if !header && !opensDiff(line) {
		return false
	}
	b := &block{shape: bareDiff, rejected: true, diff: &diff{}}
	if header {
		b.diff.from = from
	}
	p.open = b
	p.readDiff(line)
	return true
}

// takesDiff reads a line of a block that holds a diff, or begins one.
func (p *Parser) takesDiff(line []byte) bool {
	b := p.open
	if b.diff != nil && p.edit == nil && isOpening(line) { // models put edits into such fences
		p.endHunk()
		b.diff = nil
	}
	if b.diff == nil {
		hunk := b.onlyEdits && (bytes.HasPrefix(line, []byte("@@")) || bytes.HasPrefix(line, []byte("--- ")))
		if p.edit != nil || b.begun || b.shape != fenced && b.shape != tagged || !opensDiff(line) && !hunk && !b.opensUnnamedDiff(line) {
			return false
		}
		b.onlyEdits = false
		b.diff, b.rejected = &diff{named: cmp.Or(b.path, b.nameBefore)}, true
	}
	p.readDiff(line)
	return true
}

// opensUnnamedDiff reports whether the first line of a block without a name is a
// header of a diff.
func (b *block) opensUnnamedDiff(line []byte) bool {
	name, ok := bytes.CutPrefix(line, []byte("--- "))
	return ok && b.path == "" && !b.rejected && len(b.lastLine) == 0 && (bytes.HasPrefix(name, []byte("a/")) || isFileName(string(bytes.TrimSpace(name))))
}

// readDiff takes a line of a diff.
func (p *Parser) readDiff(line []byte) {
	d := p.open.diff
	if d.holds {
		held := d.held
		d.holds = false
		if to, ok := bytes.CutPrefix(line, []byte("+++ ")); ok {
			p.endHunk()
			d.from = string(held[len("--- "):])
			p.diffFile(string(to))
			return
		}
		p.hunkLine(held)
	}
	if d.isPatch || bytes.HasPrefix(line, []byte("*** ")) {
		if p.patchLine(line) {
			return
		}
	}
	switch {
	case bytes.HasPrefix(line, []byte("diff --git ")):
		p.endHunk()
		d.file, d.from, d.creates, d.inHunk = "", "", false, false
		if _, to, ok := strings.Cut(string(line), " b/"); ok {
			d.file = to
		}
	case bytes.HasPrefix(line, []byte("--- ")):
		d.held, d.holds = bytes.Clone(line[:min(len(line), maxNameLine)]), true
		if len(line) > maxNameLine { // no header
			d.holds = false
			p.hunkLine(line)
		}
	case !d.inHunk && bytes.HasPrefix(line, []byte("+++ ")):
		p.diffFile(string(line[len("+++ "):]))
	case bytes.HasPrefix(line, []byte("@@")):
		p.endHunk()
		d.inHunk, d.near = true, nearOf(string(line))
	case !d.inHunk && p.diffHeader(string(line)):
	default:
		p.hunkLine(line)
	}
}

// nearOf returns the line of the file that the head of a hunk quotes.
func nearOf(line string) string {
	rest := strings.TrimPrefix(line, "@@")
	if _, after, ok := strings.Cut(rest, "@@"); ok {
		rest = after
	}
	if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "-") && strings.Contains(rest, "+") {
		return "" // numbers without an end
	}
	return rest[:min(len(rest), maxNameLine)]
}

// diffHeader takes a line between the name of a file and its first hunk. It returns
// false for any other line.
func (p *Parser) diffHeader(line string) bool {
	d := p.open.diff
	if name, ok := strings.CutPrefix(line, "rename from "); ok {
		d.from = name
		return true
	}
	if name, ok := strings.CutPrefix(line, "rename to "); ok {
		p.out.renameFile(d.from, name)
		d.file = d.from // the hunks that follow are of the file as it was
		return true
	}
	if strings.HasPrefix(line, "new file mode") {
		d.creates = true
		return true
	}
	for _, word := range []string{"index ", "old mode", "new mode", "deleted file mode", "similarity index", "dissimilarity index", "Binary files", "Index: ", "===="} {
		if strings.HasPrefix(line, word) {
			return true
		}
	}
	return false
}

// diffFile takes the second name of a unified diff's header.
func (p *Parser) diffFile(to string) {
	d := p.open.diff
	p.endHunk()
	from, to := headerName(d.from), headerName(to)
	if cut, ok := strings.CutPrefix(to, "b/"); ok && (strings.HasPrefix(from, "a/") || from == "/dev/null" || from == "") {
		to = cut
	}
	if cut, ok := strings.CutPrefix(from, "a/"); ok {
		from = cut
	}
	d.from, d.inHunk = "", false
	switch {
	case to == "/dev/null":
		p.out.deleteFile(from)
		d.file, d.creates = "/dev/null", false
	case from == "/dev/null":
		d.file, d.creates = to, true
	case from != "" && from != to && path.Base(from) != path.Base(to) && !p.out.moves(from):
		p.out.renameFile(from, to)
		d.file, d.creates = from, false
	case from != "" && p.out.moves(from):
		d.file, d.creates = from, false
	default:
		d.file, d.creates = to, false
	}
}

// headerName returns a name of a header without the time behind it.
func headerName(name string) string {
	name, _, _ = strings.Cut(name, "\t")
	return strings.Trim(strings.TrimSpace(name), "\"")
}

// patchLine takes a line that begins with "*** ". It returns false for any other line.
func (p *Parser) patchLine(line []byte) bool {
	d := p.open.diff
	text := strings.TrimRight(string(line[:min(len(line), maxNameLine)]), " \t")
	word, name, _ := strings.Cut(text, ": ")
	if strings.HasPrefix(word, "*** End Patch") { // marks may follow
		word = "*** End Patch"
	}
	switch word {
	case "*** Begin Patch", "*** End of File":
	case "*** End Patch":
		p.endHunk()
		d.file, d.inHunk = "/dev/null", false
	case "*** Update File", "*** Add File":
		p.endHunk()
		d.file, d.creates, d.inHunk, d.near = name, word == "*** Add File", true, ""
	case "*** Delete File":
		p.endHunk()
		p.out.deleteFile(name)
		d.file, d.creates, d.inHunk = "/dev/null", false, false
	case "*** Move to":
		p.out.renameFile(d.file, name)
	default:
		return false
	}
	d.isPatch = true
	return true
}

// hunkLine takes a line of a hunk.
func (p *Parser) hunkLine(line []byte) {
	d := p.open.diff
	if d.file == "/dev/null" || len(line) > 0 && line[0] == '\\' {
		return
	}
	comes, goes := bytes.HasPrefix(line, []byte("+")), bytes.HasPrefix(line, []byte("-"))
	if !d.inHunk {
		if !comes && !goes && !bytes.HasPrefix(line, []byte(" ")) {
			if len(bytes.TrimSpace(line)) == 0 || d.file == "" && d.named == "" && p.open.shape != fenced {
				return
			}
		}
		d.inHunk = true
	}
	if d.hunk == nil {
		if len(bytes.TrimSpace(line)) == 0 {
			return
		}
		p.beginHunk()
	}
	e := d.hunk
	if d.creates && !comes {
		if len(bytes.TrimSpace(line)) > 0 {
			line = append([]byte("+"), line...)
		} else {
			line = []byte("+")
		}
		comes, goes = true, false
	}
	e.replacing = comes
	switch {
	case comes || goes:
		d.changes = true
		e.add(line[1:])
	default:
		if bytes.HasPrefix(line, []byte(" ")) {
			line = line[1:]
		}
		e.replacing = false
		e.add(line)
		e.replacing = true
		e.add(line)
	}
}

// beginHunk begins an edit.
func (p *Parser) beginHunk() {
	d := p.open.diff
	e := &edit{}
	d.hunk, d.changes = e, false
	name := cmp.Or(d.file, d.named)
	clean, err := p.out.find(name)
	switch {
	case name == "":
		e.why = NoDiffName
	case err != nil:
		e.Path, e.why = shortened(name), err.Error()
	case len(p.out.reply.Edits) == maxEdits:
		e.Path, e.why = clean, fmt.Sprintf("there are more than %d edits", maxEdits)
	default:
		e.Path, e.begun = clean, true
		p.out.reply.Events = append(p.out.reply.Events, Event{Path: clean})
	}
}

// endHunk keeps the edit of the hunk that is being read, if there is one.
func (p *Parser) endHunk() {
	d := p.open.diff
	if d.holds {
		d.holds = false
		p.hunkLine(d.held)
	}
	e := d.hunk
	d.hunk = nil
	if e == nil {
		return
	}
	if len(bytes.TrimSpace(e.search)) == 0 && d.near != "" && !d.creates { // it comes after the line that the head quotes
		line := []byte(d.near + "\n")
		e.search, e.replace = line, append(bytes.Clone(line), e.replace...)
	}
	e.Search, e.Replace, e.Near = string(e.search), string(e.replace), d.near
	if d.creates {
		e.Search, e.Near = "", ""
	}
	e.replacing, p.edit = true, e
	if !d.changes {
		p.edit = nil
		if e.begun {
			p.out.reply.Events = append(p.out.reply.Events, Event{Path: e.Path, Done: true})
		}
		return
	}
	p.endEdit("")
}

// bareDiff takes a line of a diff outside any fence. After a blank line, what does not
// look like a line of a diff is none.
func (p *Parser) bareDiff(line []byte) {
	d := p.open.diff
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		d.blank++
		return
	case !opensDiff(line) && bytes.IndexByte([]byte("+-@\\"), line[0]) < 0 && !bytes.HasPrefix(line, []byte("*** ")) && (line[0] != ' ' || !d.inHunk) && (d.inHunk || !p.diffHeader(string(line))):
		if d.blank > 0 || !d.inHunk || d.file == "/dev/null" || isFenceLine(line) {
			p.close()
			p.outside(line)
			return
		}
	}
	for ; d.blank > 0; d.blank-- {
		p.readDiff(nil)
	}
	if _, _, fence := openFence(line); fence {
		p.close()
		p.outside(line)
		return
	}
	p.readDiff(line)
}

func isFenceLine(line []byte) bool {
	_, _, ok := openFence(line)
	return ok
}
