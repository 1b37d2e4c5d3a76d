// Package merge matches the files that a reply brings with those of a project, so that
// no line goes that nobody asked to remove: a part of a file is put where its place is
// certain, and refused where it is not; so is a file that stands for another one by
// "the rest is unchanged". Extents are found by parsers: where these cannot read a
// file, nothing is merged.
package merge

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/gap"
	"dreambuild.dev/backend/internal/artifact/markup"
)

// Block is a file, or a part of one, as a reply brings it.
type Block struct {
	artifact.File
	Unnamed bool // the path is only the usual one of its language
}

// Wish says what the prompt allows an answer to do with files.
type Wish struct {
	Rewrite bool // a file may become another one
	Restyle bool // style sheets may
	Less    bool // much of a file may go
}

// Match is what becomes of blocks.
type Match struct {
	Files    []artifact.File    // that are new or change, as they become, in the order of the blocks
	Refused  []artifact.Refusal // blocks that cannot be taken: their files stay
	Warnings []artifact.Warning // which files are not as the reply has them, and why
	Elisions []string           // the paths of new files with elisions, which are kept
}

// Blocks matches the blocks of a reply, in their order, with the files of a project.
func Blocks(base []artifact.File, blocks []Block, wish Wish) Match {
	m := matcher{wish: wish, base: base, now: map[string]string{}, names: map[string][]string{}}
	for _, f := range base {
		m.now[f.Path] = f.Content
	}
	for _, b := range blocks {
		m.brought = append(m.brought, b.Path)
	}
	for _, b := range blocks {
		m.take(b)
	}
	return m.Match
}

// Edited matches files as edits have left them: an edit may put an elision in the place
// of lines, too.
func Edited(base, edited []artifact.File) Match {
	m := matcher{base: base, now: map[string]string{}}
	for _, f := range base {
		m.now[f.Path] = f.Content
	}
	for _, f := range edited {
		before, there := m.now[f.Path]
		lines := gap.Elisions(f.Path, f.Content, before)
		switch {
		case len(lines) == 0:
			m.keep(f)
		case !there:
			m.create(f)
		default:
			m.elided(f, before, lines)
		}
	}
	return m.Match
}

type matcher struct {
	Match
	wish    Wish
	base    []artifact.File
	now     map[string]string   // the files as they have become, by path
	brought []string            // the paths of all blocks
	names   map[string][]string // that scripts give, by their texts
}

func (m *matcher) take(b Block) {
	if b.Unnamed {
		m.unnamed(b)
		return
	}
	before, there := m.now[b.Path]
	if own := m.sameName(b); !there && own != "" {
		b.Path = own
		before, there = m.now[own]
		m.warn(own, "The answer gives it another folder.")
	}
	if !there {
		if page, ok := m.misnamed(b); ok {
			m.keepMerged(page)
			return
		}
		m.create(b.File)
		return
	}
	m.change(b.File, before)
}

// create takes a new file.
func (m *matcher) create(f artifact.File) {
	if len(gap.Elisions(f.Path, f.Content, "")) > 0 {
		m.Elisions = append(m.Elisions, f.Path)
	}
	m.keep(f)
}

// change takes a file that is there already.
func (m *matcher) change(f artifact.File, before string) {
	if lines := gap.Elisions(f.Path, f.Content, before); len(lines) > 0 {
		m.elided(f, before, lines)
		return
	}
	if f.Content == before || !m.isPart(f, before) {
		m.keep(f)
		m.Refused = slices.DeleteFunc(m.Refused, func(r artifact.Refusal) bool { return r.Edit.Path == f.Path }) // it has them
		return
	}
	if merged, ok := into(f.Path, before, kindOf(f.Path), f.Content); ok {
		if m.wish.Less && merged == before { // then it is what is to be left
			m.keep(f)
			return
		}
		if !m.quotes(f.Path, kindOf(f.Path), f.Content) {
			m.keepMerged(artifact.File{Path: f.Path, Content: merged})
		}
		return
	}
	switch {
	case !m.inBase(f.Path): // the reply says it twice, and means the last
		m.keep(f)
		return
	case m.has(f.Path): // it explains what is there
		m.warn(f.Path, "Left out: a part of a file that the answer has already, and its place is not certain.")
		return
	}
	m.refuse(f.Path, fmt.Sprintf("it is only a part of %q, and its place is not certain", f.Path))
}

// elided takes a file with elisions without them, if nothing is left out.
func (m *matcher) elided(f artifact.File, before string, lines []gap.Elision) {
	if bare, all := gap.Without(f.Path, f.Content, before); all && keepsAll(before, bare) {
		m.keep(artifact.File{Path: f.Path, Content: bare})
		m.warn(f.Path, fmt.Sprintf("Left out: the line %q, which stands for nothing.", shown(lines[0].Text)))
		return
	}
	m.refuse(f.Path, leavesOut(f.Path, lines))
}

// leavesOut says why a file with elisions is refused.
func leavesOut(name string, lines []gap.Elision) string {
	return fmt.Sprintf("%q stands in %q for lines that are left out", shown(lines[0].Text), name)
}

func shown(line string) string {
	const most = 60
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return line
}

// unnamed takes a block that names no file: it is the usual one, or a part of the only
// file where it fits.
func (m *matcher) unnamed(b Block) {
	kind := kindOf(b.Path)
	before, there := m.now[b.Path]
	whole := kind == "html" && markup.IsPage(b.Content)
	if lines := gap.Elisions(b.Path, b.Content, before); len(lines) > 0 && len(m.base) > 0 && !(there && whole) {
		m.refuse(b.Path, leavesOut(b.Path, lines))
		return
	}
	alien := kind != "html" && m.inBase(b.Path) && len(m.brought) == 1 && len(artifact.CountLines(before)) >= leastKept && unlike(b.Path, before, b.Content) && !m.wish.Rewrite
	if there && (whole || !alien && !m.isPart(b.File, before)) {
		m.change(b.File, before)
		return
	}
	if there {
		if merged, ok := into(b.Path, before, kind, b.Content); ok {
			if !m.quotes(b.Path, kind, b.Content) {
				m.keepMerged(artifact.File{Path: b.Path, Content: merged})
			}
			return
		}
	}
	var places []artifact.File
	mayHold, tried := placesOf(kind, b.Content), 0
	others := false // files, or parts of pages, of its kind
	for _, f := range m.base {
		if f.Path == b.Path {
			others = true
			continue
		}
		if tried == maxPlaces {
			break
		}
		own := kindOf(f.Path)
		others = others || own == kind || own == "html" && strings.TrimSpace(inline(m.now[f.Path], elementOf(kind))) != ""
		if own != kind && own != "html" || !mayHold(m.now[f.Path]) {
			continue
		}
		tried++
		if merged, ok := into(f.Path, m.now[f.Path], kind, b.Content); ok {
			places = append(places, artifact.File{Path: f.Path, Content: merged})
		}
	}
	switch {
	case len(places) == 1 && tried < maxPlaces:
		if !m.quotes(places[0].Path, kind, b.Content) {
			m.keepMerged(places[0])
		}
	case there && !m.inBase(b.Path):
		m.keep(b.File)
	case there:
		m.refuse(b.Path, fmt.Sprintf("a block without a name is only a part of a file, and its place in %q is not certain", b.Path))
	case whole || !others || m.isReferredTo(b.Path):
		m.create(b.File)
	default:
		m.refuse("", "a block names no file, and its place in the files is not certain")
	}
}

// maxPlaces bounds in how many files a part is tried.
const maxPlaces = 20

// placesOf returns what tells quickly whether a file may have a place for a part.
func placesOf(kind, part string) func(whole string) bool {
	if kind != "js" {
		return func(string) bool { return true }
	}
	p, ok := readScript(part)
	if ok && len(p.decls) > maxPieces {
		ok = false
	} else if !parses(part) {
		p, ok = readMethods(part)
	}
	return func(whole string) bool { return ok && p.sharesName(whole) }
}

// quotes reports whether a part of a file that has changed shows how it was before.
func (m *matcher) quotes(name, kind, part string) bool {
	if !m.has(name) {
		return false
	}
	for _, f := range m.base {
		if f.Path == name && f.Content != m.now[name] {
			merged, ok := into(name, f.Content, kind, part)
			return ok && merged == f.Content
		}
	}
	return false
}

// misnamed finds the place of a new script or style sheet that no page refers to and
// that holds only what a page has within.
func (m *matcher) misnamed(b Block) (page artifact.File, ok bool) {
	kind := kindOf(b.Path)
	if kind != "js" && kind != "css" || m.isReferredTo(b.Path) {
		return page, false
	}
	tried := 0
	for _, f := range m.base {
		if kindOf(f.Path) == kind {
			return page, false
		}
		if kindOf(f.Path) != "html" || slices.Contains(m.brought, f.Path) {
			continue
		}
		if tried++; tried > maxPlaces {
			return artifact.File{}, false
		}
		if merged, fits := into(f.Path, m.now[f.Path], kind, b.Content); fits {
			if ok {
				return page, false
			}
			page, ok = artifact.File{Path: f.Path, Content: merged}, true
		}
	}
	return page, ok
}

// sameName returns the path of the only file of the project that has the name of a
// block, in another folder, and something of what the block holds; "" if there is none.
func (m *matcher) sameName(b Block) (own string) {
	for _, f := range m.base {
		if path.Base(f.Path) != path.Base(b.Path) || slices.Contains(m.brought, f.Path) || unlike(f.Path, m.now[f.Path], b.Content) {
			continue
		}
		if own != "" {
			return ""
		}
		own = f.Path
	}
	return own
}

// isReferredTo reports whether a page, or another file, names a path.
func (m *matcher) isReferredTo(name string) bool {
	for other, content := range m.now {
		if other != name && strings.Contains(content, path.Base(name)) {
			return true
		}
	}
	return false
}

// has reports whether a block before has brought a file.
func (m *matcher) has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f artifact.File) bool { return f.Path == name })
}

func (m *matcher) inBase(name string) bool {
	return slices.ContainsFunc(m.base, func(f artifact.File) bool { return f.Path == name })
}

func (m *matcher) keep(f artifact.File) {
	m.now[f.Path] = f.Content
	if i := slices.IndexFunc(m.Files, func(o artifact.File) bool { return o.Path == f.Path }); i >= 0 {
		m.Files[i] = f
		return
	}
	m.Files = append(m.Files, f)
}

func (m *matcher) keepMerged(f artifact.File) {
	if m.now[f.Path] == f.Content {
		m.keep(f)
		return
	}
	m.keep(f)
	m.warn(f.Path, "Merged: the answer had only a part of it; the rest stays as it was.")
}

func (m *matcher) warn(name, text string) {
	if w := (artifact.Warning{Path: name, Text: text}); !slices.Contains(m.Warnings, w) {
		m.Warnings = append(m.Warnings, w)
	}
}

func (m *matcher) refuse(name, why string) {
	m.Refused = append(m.Refused, artifact.Refusal{Edit: artifact.Edit{Path: name}, Why: why})
}

// into puts a part of a kind into a file.
func into(name, whole, kind, part string) (merged string, ok bool) {
	part = withoutLabels(part, path.Base(name))
	eol := endOfLines(whole)
	if eol == "\r\n" { // the part has other line ends
		whole = strings.ReplaceAll(whole, "\r\n", "\n")
	}
	switch own := kindOf(name); {
	case own == "html" && kind == "html":
		merged, ok = intoPage(whole, part)
	case own == "html":
		merged, ok = intoInline(whole, part, elementOf(kind))
	case own == "js" && kind == "js":
		merged, ok = intoScript(whole, part)
	case own == "css" && kind == "css":
		merged, ok = intoSheet(whole, part)
	}
	if ok && eol == "\r\n" {
		merged = strings.ReplaceAll(merged, "\n", eol)
	}
	return merged, ok && len(merged) <= artifact.MaxFileBytes
}

// withoutLabels drops the comments of a part that say which file it is of.
func withoutLabels(part, name string) string {
	if !strings.Contains(part, name) {
		return part
	}
	var b strings.Builder
	for line := range strings.Lines(part) {
		text := strings.TrimSpace(line)
		if (strings.HasPrefix(text, "//") || strings.HasPrefix(text, "/*") && strings.HasSuffix(text, "*/")) && strings.Contains(text, name) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// kindOf returns "html", "css" or "js" for files that parts can be put into, "" for
// others.
func kindOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		return "html"
	case ".css":
		return "css"
	case ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx":
		return "js"
	}
	return ""
}

func elementOf(kind string) string {
	if kind == "css" {
		return "style"
	}
	return "script"
}

// leastKept is how many lines a file has at least that a block without a name, which has
// nothing of it, does not replace.
const leastKept = 3
