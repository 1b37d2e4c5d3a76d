// Package artifact turns the text that a model replies into files and edits,
// applies edits to files and says what has changed, and makes of files one
// document that a browser can show.
//
// It knows how models write files and edits down, which paths and sizes are safe, and how
// HTML, CSS and JavaScript go together. What a set of files is worth, and where
// it is kept, is left to others.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// File is a text under a relative path, as CleanPath makes it.
type File struct{ Path, Content string }

// SHA256 is the content's hash in hex, under which it is kept.
func (f File) SHA256() string {
	sum := sha256.Sum256([]byte(f.Content))
	return hex.EncodeToString(sum[:])
}

// Warning says what was left out of a set of files, and why.
type Warning struct {
	Path string `json:"path,omitempty" firestore:"path"`
	Text string `json:"text" firestore:"text"`
}

// Format writes files down as a model would: Parse reads them back, if each is
// text with lines ended by LF and one final newline.
func Format(files []File) string {
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
