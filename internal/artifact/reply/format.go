package reply

import (
	"fmt"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Format writes files down as a model would: Parse reads them back, if each is
// text with lines ended by LF and one final newline.
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

// language is what a fence says of a file: an extension, if it is that of a kind
// and cannot be taken for something else.
func language(p string) string {
	if ext := path.Ext(p); kindOf(ext) != "" {
		return strings.ToLower(ext[1:])
	}
	return "text"
}
