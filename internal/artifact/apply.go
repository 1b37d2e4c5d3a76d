package artifact

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Refusal says why an edit cannot be applied, to people and to models.
type Refusal struct {
	Edit Edit
	Why  string
}

// Apply carries out edits, each on what those before it have left. Of a file
// with an edit that is refused nothing changes. changed holds the files that
// were changed or made, in the order of the edits.
//
// A Search must occur once: as it stands, else with lines compared without the
// spaces around them, and the replacement indented like what it replaces.
func Apply(files []File, edits []Edit) (changed []File, refused []Refusal) {
	set := map[string]string{}
	cases := map[string]string{}
	for _, f := range files {
		set[f.Path] = f.Content
		cases[strings.ToLower(f.Path)] = f.Path
	}
	var order []string
	after := map[string]string{} // contents, as far as they are edited
	bad := map[string]bool{}
	for _, e := range edits {
		content, there := after[e.Path]
		if !there {
			order = append(order, e.Path)
			content, there = set[e.Path]
		}
		other := cases[strings.ToLower(e.Path)]
		var why string
		switch {
		case !there && other != "":
			why = fmt.Sprintf("there is no file %q, but %q", e.Path, other)
		case there && strings.TrimSpace(e.Search+content) != "":
			content, why = replace(content, e)
		case !there && strings.TrimSpace(e.Search) != "":
			why = fmt.Sprintf("there is no file %q", e.Path)
		default:
			content, why = create(e)
			cases[strings.ToLower(e.Path)] = e.Path
		}
		if len(content) > MaxFileBytes {
			why = fmt.Sprintf("%q would be larger than %d KB", e.Path, MaxFileBytes>>10)
		}
		if why != "" {
			bad[e.Path] = true
			refused = append(refused, Refusal{e, why})
			continue
		}
		after[e.Path] = content
	}
	for _, name := range order {
		content, ok := after[name]
		if before, there := set[name]; ok && !bad[name] && (!there || content != before) {
			changed = append(changed, File{name, content})
		}
	}
	return changed, refused
}

func create(e Edit) (content, why string) {
	clean, err := CleanPath(e.Path)
	switch {
	case err != nil:
		return "", err.Error()
	case clean != e.Path:
		return "", fmt.Sprintf("the file must be called %q", clean)
	}
	return e.Replace, ""
}

// replace carries out one edit.
func replace(content string, e Edit) (string, string) {
	if strings.TrimSpace(e.Search) == "" {
		return content, fmt.Sprintf("the SEARCH part is empty, but %q is there already: name the lines to replace", path.Base(e.Path))
	}
	lines := splitLines(content)
	search, replacement := splitLines(e.Search), splitLines(e.Replace)
	at, n := find(lines, search, func(line string) string { return strings.TrimRight(line, "\r\n") })
	if n == 0 {
		part, with := strings.TrimSuffix(e.Search, "\n"), strings.TrimSuffix(e.Replace, "\n")
		if i := strings.Index(content, part); i >= 0 && !strings.Contains(content[i+1:], part) {
			return content[:i] + with + content[i+len(part):], ""
		}
		search, replacement = withoutBlankEdges(search, replacement)
		at, n = find(lines, search, strings.TrimSpace)
		if n == 1 {
			replacement = reindent(replacement, search, lines[at:])
		}
	}
	switch n {
	case 0:
		return content, fmt.Sprintf("the SEARCH lines do not occur in %q: copy them exactly as they stand in the file", e.Path)
	case 1:
		return strings.Join(slices.Concat(lines[:at], replacement, lines[at+len(search):]), ""), ""
	}
	return content, fmt.Sprintf("the SEARCH lines occur %d times in %q: add lines around them until they occur once", n, e.Path)
}

// splitLines cuts a text into lines with their ends.
func splitLines(text string) []string {
	return slices.Collect(strings.Lines(text))
}

// maxMatches bounds how often the same lines are looked for.
const maxMatches = 100

// find looks for lines among others, all seen through a form: where the first
// match is, and how many there are, maxMatches at most.
func find(lines, search []string, form func(string) string) (at, n int) {
	join := func(lines []string) string {
		var b strings.Builder
		b.WriteByte('\n')
		for _, line := range lines {
			b.WriteString(form(line))
			b.WriteByte('\n')
		}
		return b.String()
	}
	text, part := join(lines), join(search)
	for from := 0; n < maxMatches; n++ {
		i := strings.Index(text[from:], part)
		if i < 0 {
			break
		}
		if n == 0 {
			at = strings.Count(text[:i], "\n")
		}
		from += i + 1 // matches may overlap
	}
	return at, n
}

// withoutBlankEdges drops the blank lines around what is searched, and as many
// around the replacement if they are there.
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

// reindent moves a replacement by as much as the lines in the file, whose first
// one is not blank, are off those that were searched.
func reindent(replacement, search, lines []string) []string {
	from, to := indentation(search[0]), indentation(lines[0])
	moved := make([]string, len(replacement))
	for i, line := range replacement {
		own := indentation(line)
		switch deeper, ok := strings.CutPrefix(own, from); {
		case strings.TrimSpace(line) == "":
			moved[i] = line
		case ok:
			moved[i] = to + deeper + line[len(own):]
		default: // less deep than the first line
			moved[i] = to[:max(0, len(to)-max(0, len(from)-len(own)))] + line[len(own):]
		}
	}
	return moved
}

func indentation(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
