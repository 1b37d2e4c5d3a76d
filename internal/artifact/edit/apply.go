// Package edit applies the edits of a reply to files.
package edit

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// Apply carries out edits in their order: an edit finds the files as the edits
// before it left them. unread holds the edits that could not be read; they are
// refused first. A file with a refused edit does not change. changed holds the
// files that were changed or made, in the order of the edits.
//
// A Search must occur once in its file. It is looked for as whole lines; else as
// whole lines of which the spaces around them differ, and then the replacement is
// indented like the lines that it replaces; else as a part of the text that begins
// and ends at the borders of words. If it occurs more than once, Near tells below which
// line it is. New lines end as most lines of the file do.
//
// What the edits may cost together is bounded: the ones that come after that are
// refused.
func Apply(files []artifact.File, edits []artifact.Edit, unread []artifact.Refusal) (changed []artifact.File, refused []artifact.Refusal) {
	set := map[string]string{}
	var paths artifact.PathSet
	for _, f := range files {
		set[f.Path] = f.Content
		paths.Add(f.Path)
	}
	var order []string
	after := map[string]*target{} // files that edits are for, as they become
	refused = slices.Clone(unread)
	bad := map[string]bool{} // paths of edits that are refused
	effort := maxEffort
	for _, r := range unread {
		bad[r.Edit.Path] = true
	}
	for _, e := range edits {
		t := after[e.Path]
		if t == nil {
			if !slices.Contains(order, e.Path) {
				order = append(order, e.Path)
			}
			if content, there := set[e.Path]; there {
				t = newTarget(content, &effort)
				after[e.Path] = t
			}
		}
		other, differs := paths.Find(e.Path)
		var why string
		switch {
		case t == nil && differs:
			why = fmt.Sprintf("there is no file %q, but %q", e.Path, other)
		case t != nil && (strings.TrimSpace(e.Search) != "" || !t.isBlank()):
			why = t.replace(e)
		case t == nil && strings.TrimSpace(e.Search) != "":
			why = fmt.Sprintf("there is no file %q", e.Path)
		case t == nil && paths.Clashes(e.Path):
			why = fmt.Sprintf("%q would be both a file and a folder", e.Path)
		default:
			if why = creatable(e); why == "" {
				after[e.Path] = newTarget(e.Replace, &effort)
				paths.Add(e.Path)
			}
		}
		if why != "" {
			bad[e.Path] = true
			refused = append(refused, artifact.Refusal{Edit: e, Why: why})
		}
	}
	for _, name := range order {
		t := after[name]
		if t == nil || bad[name] {
			continue
		}
		if before, there := set[name]; !there || t.text() != before {
			changed = append(changed, artifact.File{Path: name, Content: t.text()})
		}
	}
	return changed, refused
}

// creatable says why an edit without a Search cannot make its file; "" if it can.
func creatable(e artifact.Edit) (why string) {
	clean, err := artifact.CleanPath(e.Path)
	switch {
	case err != nil:
		return err.Error()
	case clean != e.Path:
		return fmt.Sprintf("the file must be called %q", clean)
	case len(e.Replace) > artifact.MaxFileBytes:
		return tooLarge(e)
	}
	return ""
}

func tooLarge(e artifact.Edit) string {
	return fmt.Sprintf("%q would be larger than %d KB", e.Path, artifact.MaxFileBytes>>10)
}

// replace carries out one edit, or says why not.
func (t *target) replace(e artifact.Edit) (why string) {
	if strings.TrimSpace(e.Search) == "" {
		return fmt.Sprintf("the SEARCH part is empty, but %q is there already: name the lines to replace", path.Base(e.Path))
	}
	search, replacement := t.linesOf(e.Search), t.linesOf(e.Replace)
	var c change
	n := 0
	for _, try := range []func(search, replacement []string) (change, int){t.asTheyStand, t.withOtherSpaces, t.withinLines} {
		if n == 0 && *t.effort >= 0 {
			c, n = try(search, replacement)
		}
	}
	if n > 1 && e.Near != "" {
		if near, ok := t.below(e.Near, search, replacement); ok {
			c, n = near, 1
		}
	}
	switch {
	case *t.effort < 0:
		return fmt.Sprintf("there are too many changes for files as long as %q: write the whole file", e.Path)
	case n == 0:
		return fmt.Sprintf("the SEARCH lines do not occur in %q: copy them exactly as they stand in the file", e.Path)
	case n > 1:
		return fmt.Sprintf("the SEARCH lines occur %d times in %q: add lines around them until they occur once", n, e.Path)
	case t.sizeAfter(c) > artifact.MaxFileBytes:
		return tooLarge(e)
	}
	t.apply(c)
	return ""
}

// asTheyStand looks for whole lines. It returns the number of matches, at most
// maxMatches, and for a single one the change.
func (t *target) asTheyStand(search, replacement []string) (c change, n int) {
	c.first, c.last, n = t.find(search, t.exact, func(l *line) string { return l.text })
	c.text = strings.Join(replacement, "")
	return c, n
}

// withOtherSpaces is asTheyStand for lines of which the spaces around them differ.
func (t *target) withOtherSpaces(search, replacement []string) (c change, n int) {
	search, replacement = withoutBlankEdges(search, replacement)
	var bare []string
	for _, line := range search {
		bare = append(bare, strings.TrimSpace(line))
	}
	c.first, c.last, n = t.find(bare, t.byBare(), (*line).bare)
	if n == 1 {
		c.text = strings.Join(reindent(replacement, search, t.texts(c.first, c.last)), "")
	}
	return c, n
}

// below looks for lines, of which the spaces around them may differ, from the only line
// on that begins with near.
func (t *target) below(near string, search, replacement []string) (c change, ok bool) {
	near = strings.TrimSpace(near)
	var from int32
	for id := t.lines[0].next; id != 0; id = t.lines[id].next {
		if *t.effort -= perLine; strings.HasPrefix(t.lines[id].bare(), near) {
			if from != 0 {
				return c, false
			}
			from = id
		}
	}
	search, replacement = withoutBlankEdges(search, replacement)
	for id := from; id != 0 && *t.effort >= 0; id = t.lines[id].next {
		if last := t.standsAt(id, search); last != 0 {
			c.first, c.last = id, last
			c.text = strings.Join(reindent(replacement, search, t.texts(id, last)), "")
			return c, true
		}
	}
	return c, false
}

// standsAt returns the last of the lines that are the wanted ones from a line on, but
// for the spaces around them; 0 if they are others.
func (t *target) standsAt(id int32, want []string) (last int32) {
	for i, w := range want {
		if i > 0 {
			id = t.lines[id].next
		}
		if *t.effort -= perLine; id == 0 || t.lines[id].bare() != strings.TrimSpace(w) {
			return 0
		}
	}
	return id
}

// withinLines is asTheyStand for a part of the text that begins and ends at the
// borders of words.
func (t *target) withinLines(search, replacement []string) (c change, n int) {
	text, part := t.text(), strings.TrimSuffix(strings.Join(search, ""), t.eol)
	*t.effort -= len(text)
	from, n := findWords(text, part)
	if n != 1 {
		return c, n
	}
	to := from + len(part)
	first, last, start, end := t.around(from, to)
	with := t.withinLine(replacement, search, text[start:to])
	c = change{first, last, text[start:from] + strings.Join(with, "") + text[to:end]}
	*t.effort -= len(c.text)
	return c, 1
}

// linesOf cuts a text of an edit into lines, and gives each the line end of the file.
func (t *target) linesOf(text string) []string {
	lines := splitLines(text)
	for i, line := range lines {
		if before, ok := strings.CutSuffix(line, "\n"); ok {
			lines[i] = strings.TrimSuffix(before, "\r") + t.eol
		} else {
			lines[i] = line + t.eol
		}
	}
	return lines
}

// withinLine makes a replacement for a part of a line: its last line has no line
// end, and the lines after its first one are indented like that line.
func (t *target) withinLine(replacement, search []string, line string) []string {
	if len(replacement) == 0 {
		return nil
	}
	part := slices.Clone(replacement)
	if len(search) == 1 {
		copy(part[1:], reindent(replacement, search, []string{line})[1:])
	}
	last := &part[len(part)-1]
	*last = strings.TrimSuffix(*last, t.eol)
	return part
}

// splitLines cuts a text into lines with their ends.
func splitLines(text string) []string {
	return slices.Collect(strings.Lines(text))
}

// maxMatches bounds how many matches are counted.
const maxMatches = 100

// findWords looks for a part of a text that neither begins nor ends within a word.
// It returns the index of the first match, and the number of matches among the first
// maxMatches places where the part stands.
func findWords(text, part string) (at, n int) {
	from := 0
	for range maxMatches {
		i := strings.Index(text[from:], part)
		if i < 0 {
			break
		}
		i += from
		if end := i + len(part); !splitsWord(text, i) && !splitsWord(text, end) {
			if n == 0 {
				at = i
			}
			n++
		}
		from = i + 1
	}
	return at, n
}

// splitsWord reports whether an index of a text is within a word or a number:
// "background-color" is one word, and so is "1.5".
func splitsWord(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i:])
	switch {
	case before == '.':
		return unicode.IsDigit(after)
	case after == '.':
		next, _ := utf8.DecodeRuneInString(text[i+1:])
		return unicode.IsDigit(before) && unicode.IsDigit(next)
	}
	return isWord(before) && isWord(after)
}

func isWord(r rune) bool {
	return r == '_' || r == '-' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// withoutBlankEdges drops the blank lines around the searched lines, and as many
// around the replacement if it has them.
func withoutBlankEdges(search, replacement []string) (s, r []string) {
	blank := func(line string) bool { return strings.TrimSpace(line) == "" }
	for len(search) > 0 && blank(search[0]) {
		search = search[1:]
		if len(replacement) > 0 && blank(replacement[0]) {
			replacement = replacement[1:]
		}
	}
	for len(search) > 0 && blank(search[len(search)-1]) {
		search = search[:len(search)-1]
		if n := len(replacement); n > 0 && blank(replacement[n-1]) {
			replacement = replacement[:n-1]
		}
	}
	return search, replacement
}

// reindent gives a replacement the indentation that the file has. lines are the
// lines of the file that were found for search; the first line of each is not
// blank. A line of the replacement is indented like the line in whose place it comes,
// where that is clear and the searched one has the same indentation; else like the
// first line of the file whose searched line has; else it is moved by as much as the
// first line is.
func reindent(replacement, search, lines []string) []string {
	from, to := indentation(search[0]), indentation(lines[0])
	like := map[string]string{}
	for i, line := range search[:min(len(search), len(lines))] {
		own := indentation(line)
		if _, known := like[own]; !known && strings.TrimSpace(line) != "" {
			like[own] = indentation(lines[i])
		}
	}
	place := placesOf(replacement, search[:min(len(search), len(lines))])
	moved := make([]string, len(replacement))
	for i, line := range replacement {
		own := indentation(line)
		known, ok := like[own]
		deeper, under := strings.CutPrefix(own, from)
		switch {
		case strings.TrimSpace(line) == "":
			moved[i] = line
		case place[i] >= 0 && indentation(search[place[i]]) == own:
			moved[i] = indentation(lines[place[i]]) + line[len(own):]
		case ok:
			moved[i] = known + line[len(own):]
		case under:
			moved[i] = to + deeper + line[len(own):]
		default: // less deep than the first line
			moved[i] = to[:max(0, len(to)-max(0, len(from)-len(own)))] + line[len(own):]
		}
	}
	return moved
}

// placesOf returns for each line of a replacement the index of the searched line in
// whose place it comes: the same one, from the beginning or from the end, or between
// such the one of its number if there are as many; -1 if that is not clear.
func placesOf(replacement, search []string) []int {
	n, begin, end := min(len(replacement), len(search)), 0, 0
	for begin < n && replacement[begin] == search[begin] {
		begin++
	}
	for end < n-begin && replacement[len(replacement)-1-end] == search[len(search)-1-end] {
		end++
	}
	place := make([]int, len(replacement))
	for i := range place {
		switch {
		case i >= len(replacement)-end:
			place[i] = len(search) - len(replacement) + i
		case i < begin, len(replacement) == len(search) && begin+end > 0:
			place[i] = i
		default:
			place[i] = -1
		}
	}
	return place
}

func indentation(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
