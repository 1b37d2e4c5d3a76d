package reply

import (
	"fmt"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Format writes files as a model would. Parse reads them back if each is UTF-8,
// its lines end in LF, and it has one final newline.
func Format(files []artifact.File) string {
	var b strings.Builder
	for i, f := range files {
		if i > 0 {
			b.WriteByte('\n')
		}
		fence := "```"
		for strings.Contains(f.Content, fence) {
			fence += "`"
		}
		fmt.Fprintf(&b, "%s%s path=%q\n%s", fence, language(f.Path), f.Path, f.Content)
		if !strings.HasSuffix(f.Content, "\n") {
			b.WriteByte('\n')
		}
		b.WriteString(fence + "\n")
	}
	return b.String()
}

// language returns the language that a fence names for a file: its extension, if it
// is a known one, else "text".
func language(p string) string {
	if ext := path.Ext(p); kindOf(ext) != "" {
		return strings.ToLower(ext[1:])
	}
	return "text"
}
