package edit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Straightforward does what edit.Apply does, by looking through the whole text for each
// edit.
func Straightforward(files []artifact.File, edits []artifact.Edit, unread []artifact.Refusal) (changed []artifact.File, refused []artifact.Refusal) {
	set := map[string]string{}
	var paths artifact.PathSet
	for _, f := range files {
		set[f.Path] = f.Content
		paths.Add(f.Path)
	}
	var order []string
	after := map[string]*plainTarget{} // files that edits are for, as they become
	refused = slices.Clone(unread)
	bad := map[string]bool{} // paths of edits that are refused
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
				t = newPlainTarget(content)
				after[e.Path] = t
			}
		}
		other, differs := paths.Find(e.Path)
		var why string
		switch {
		case t == nil && differs:
			why = fmt.Sprintf("there is no file %q, but %q", e.Path, other)
		case t != nil && strings.TrimSpace(e.Search+t.content) != "":
			why = t.replace(e)
		case t == nil && strings.TrimSpace(e.Search) != "":
			why = fmt.Sprintf("there is no file %q", e.Path)
		case t == nil && paths.Clashes(e.Path):
			why = fmt.Sprintf("%q would be both a file and a folder", e.Path)
		default:
			if t, why = create(e); why == "" {
				after[e.Path] = t
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
		if before, there := set[name]; t != nil && !bad[name] && (!there || t.content != before) {
			changed = append(changed, artifact.File{Path: name, Content: t.content})
		}
	}
	return changed, refused
}

// create makes the new file of an edit without a Search, or says why not.
func create(e artifact.Edit) (t *plainTarget, why string) {
	clean, err := artifact.CleanPath(e.Path)
	switch {
	case err != nil:
		return nil, err.Error()
	case clean != e.Path:
		return nil, fmt.Sprintf("the file must be called %q", clean)
	case len(e.Replace) > artifact.MaxFileBytes:
		return nil, tooLarge(e)
	}
	return newPlainTarget(e.Replace), ""
}

// plainTarget is a file that is being edited.
type plainTarget struct {
	content string
	bare    string // the content as plainBare leaves it; "" until it is needed
	eol     string // how most of its lines end
}

func newPlainTarget(content string) *plainTarget {
	t := &plainTarget{content: content, eol: "\n"}
	if 2*strings.Count(content, "\r\n") > strings.Count(content, "\n") {
		t.eol = "\r\n"
	}
	return t
}

// replace carries out one edit, or says why not.
func (t *plainTarget) replace(e artifact.Edit) (why string) {
	if strings.TrimSpace(e.Search) == "" {
		return fmt.Sprintf("the SEARCH part is empty, but %q is there already: name the lines to replace", path.Base(e.Path))
	}
	search, replacement := t.lines(e.Search), t.lines(e.Replace)
	after := "" // what becomes of the bare text
	from, n := findLines(t.content, strings.Join(search, ""), t.eol)
	to := from + lengthOfLines(t.content[from:], len(search))
	if n == 0 {
		if t.bare == "" {
			t.bare = plainBare(t.content)
		}
		s, r := withoutBlankEdges(search, replacement)
		part := plainBare(strings.Join(s, ""))
		at, matches := findLines(t.bare, part, "\n")
		if n = matches; n == 1 { // the bare text has the same lines
			from = lengthOfLines(t.content, strings.Count(t.bare[:at], "\n"))
			to = from + lengthOfLines(t.content[from:], len(s))
			replacement = reindent(r, s, splitLines(t.content[from:to]))
			after = t.bare[:at] + plainBare(strings.Join(r, "")) + t.bare[at+len(part):]
		}
	}
	if n == 0 {
		part := strings.TrimSuffix(strings.Join(search, ""), t.eol)
		if from, n = findWords(t.content, part); n == 1 {
			to = from + len(part)
			line := t.content[strings.LastIndexByte(t.content[:from], '\n')+1 : to]
			replacement = t.withinLine(replacement, search, line)
		}
	}
	switch with := strings.Join(replacement, ""); {
	case n == 0:
		return fmt.Sprintf("the SEARCH lines do not occur in %q: copy them exactly as they stand in the file", e.Path)
	case n > 1:
		return fmt.Sprintf("the SEARCH lines occur %d times in %q: add lines around them until they occur once", n, e.Path)
	case len(t.content)-(to-from)+len(with) > artifact.MaxFileBytes:
		return tooLarge(e)
	default:
		t.content, t.bare = t.content[:from]+with+t.content[to:], after
		return ""
	}
}

// lines cuts a text of an edit into lines, and gives each the line end of the file.
func (t *plainTarget) lines(text string) []string {
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

// lengthOfLines returns the length, in bytes, of the first n lines of a text.
func lengthOfLines(text string, n int) (length int) {
	const step = 4 << 10 // counting so many bytes at once is much faster
	for len(text)-length > step {
		lines := strings.Count(text[length:length+step], "\n")
		if lines >= n {
			break
		}
		n -= lines
		length += step
	}
	for ; n > 0; n-- {
		i := strings.IndexByte(text[length:], '\n')
		if i < 0 {
			return len(text)
		}
		length += i + 1
	}
	return length
}

// plainBare returns a text without the spaces around its lines. Each line ends in LF.
func plainBare(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 1)
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(line))
		b.WriteByte('\n')
	}
	return b.String()
}

// findLines looks for whole lines, all with their ends. It returns the index of
// the first match, and the number of matches, at most maxMatches.
func findLines(text, lines, eol string) (at, n int) {
	if !strings.HasSuffix(text, "\n") {
		text += eol
	}
	text, lines = "\n"+text, "\n"+lines
	for from := 0; n < maxMatches; n++ {
		i := strings.Index(text[from:], lines)
		if i < 0 {
			break
		}
		if n == 0 {
			at = i // of the line break before
		}
		from += i + 1 // matches may overlap
	}
	return at, n
}

// withinLine makes a replacement for a part of a line: its last line has no line
// end, and the lines after its first one are indented like that line.
func (t *plainTarget) withinLine(replacement, search []string, line string) []string {
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
