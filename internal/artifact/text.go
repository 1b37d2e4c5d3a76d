package artifact

import (
	"path"
	"strings"
)

// PlainLine returns a line with single spaces, and none around it.
func PlainLine(line string) string { return strings.Join(strings.Fields(line), " ") }

// CountLines counts the lines of a text as PlainLine leaves them, without blank ones.
func CountLines(text string) map[string]int {
	count := map[string]int{}
	for line := range strings.Lines(text) {
		if line = PlainLine(line); line != "" {
			count[line]++
		}
	}
	return count
}

// IsProse reports whether a file is written for people, by its extension: it has no
// syntax that its text could break.
func IsProse(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdx", ".txt", ".csv", ".tsv", ".log", ".svg", ".srt", ".vtt", ".tex":
		return true
	}
	return false
}
