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

// File is a text under a relative path that CleanPath has made.
type File struct{ Path, Content string }

// SHA256 returns the hash of the content in hex, which names the stored content.
func (f File) SHA256() string {
	sum := sha256.Sum256([]byte(f.Content))
	return hex.EncodeToString(sum[:])
}

// Warning tells what was left out of a set of files, and why.
type Warning struct {
	Path string `json:"path,omitempty" firestore:"path"`
	Text string `json:"text" firestore:"text"`
}

// Edit replaces a part of a file. Search and Replace are whole lines, each with
// its end. An Edit without Search makes the file.
type Edit struct {
	Path, Search, Replace string
	Near                  string // a line above the part, if Search occurs more than once; "" for none
}

// Rename gives a file another path.
type Rename struct{ From, To string }

// String writes an edit as a model would.
func (e Edit) String() string {
	return e.Path + "\n<<<<<<< SEARCH\n" + e.Search + "=======\n" + e.Replace + ">>>>>>> REPLACE\n"
}

// Refusal tells why an edit cannot be read or applied.
type Refusal struct {
	Edit Edit
	Why  string // a phrase for people and for models
}
