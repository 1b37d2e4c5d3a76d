// Package artifact holds what the sets of files that models and people write
// consist of: which paths and sizes are safe, which paths clash, and how two sets
// differ. Its subpackages read a model's reply (reply), apply edits (edit) and
// show a set in a browser (page). What a set is worth, and where it is kept, is
// left to others.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
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

// Edit replaces a part of a file: whole lines, each with its end. Where Search
// is empty it makes the file.
type Edit struct{ Path, Search, Replace string }

// String writes an edit down as a model would.
func (e Edit) String() string {
	return e.Path + "\n<<<<<<< SEARCH\n" + e.Search + "=======\n" + e.Replace + ">>>>>>> REPLACE\n"
}

// Refusal says why an edit cannot be read or applied, to people and to models.
type Refusal struct {
	Edit Edit
	Why  string
}
