package turn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// The bounds of what a worker is told of places in files.
const (
	linesAround = 4        // above and below a place
	longestLine = 400      // bytes; what is longer is no code that somebody reads
	mostQuoted  = 12       // parts of files
	quotedBytes = 12 << 10 // of all of them
)

// place is a line of a file, from 1.
type place struct {
	path string
	line int
}

// quoted returns the lines around places of files, each part of a file once and in a
// block. Places that are not there are left out.
func quoted(files []artifact.File, places []place) string {
	type part struct {
		path        string
		first, last int // lines from 0; last is not in it
	}
	places = slices.Clone(places)
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(strings.Compare(a.path, b.path), a.line-b.line) })
	counts := map[string]int{} // lines of each file
	var parts []part
	for _, p := range places {
		if _, read := counts[p.path]; !read {
			content, _ := contentOf(files, p.path)
			counts[p.path] = 1 + strings.Count(content, "\n")
		}
		if p.line < 1 || p.line > counts[p.path] {
			continue
		}
		next := part{p.path, max(0, p.line-1-linesAround), min(counts[p.path], p.line+linesAround)}
		if n := len(parts); n > 0 && parts[n-1].path == p.path && next.first <= parts[n-1].last {
			parts[n-1].last = max(parts[n-1].last, next.last)
		} else if n < mostQuoted {
			parts = append(parts, next)
		}
	}
	var text strings.Builder
	for _, p := range parts {
		var body strings.Builder
		content, _ := contentOf(files, p.path)
		n := 0
		for line := range strings.SplitSeq(content, "\n") {
			if n >= p.last {
				break
			}
			if n >= p.first {
				body.WriteString(head(strings.TrimRight(line, "\r"), longestLine) + "\n")
			}
			n++
		}
		if text.Len()+body.Len() > quotedBytes {
			break
		}
		fmt.Fprintf(&text, "\n%s, lines %d to %d:\n%s", p.path, p.first+1, p.last, inBlock(body.String()))
	}
	return text.String()
}

// inBlock puts a text into a block that it cannot end.
func inBlock(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fence + "\n" + text + fence + "\n"
}

// contentOf returns the content of a file, and whether it is there.
func contentOf(files []artifact.File, path string) (content string, there bool) {
	for _, f := range files {
		if f.Path == path {
			return f.Content, true
		}
	}
	return "", false
}
