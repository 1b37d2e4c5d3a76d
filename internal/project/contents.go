package project

import (
	"context"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/flight"
)

// Contents reads files, and remembers their contents for a while: a content never
// changes under its SHA-256. It asks nobody who may read a file. Its callers have read
// the project before, and seen whose it is; so a content that is remembered after its
// project was deleted is shown to nobody. It is safe for concurrent use.
type Contents struct {
	from  Files
	known *flight.Bounded[content, string]
}

// Files reads contents, as a Store does.
type Files interface {
	Files(ctx context.Context, id string, refs []FileRef) ([]artifact.File, error)
}

// content names the content of a project's files.
type content struct{ project, sha256 string }

// NewContents returns Contents that remember so many bytes of what they read.
func NewContents(from Files, bytes int64) *Contents {
	const entry = 300 // bytes, of what remembers a content, about
	size := func(_ content, text string) int64 { return entry + int64(len(text)) }
	return &Contents{from, flight.NewBounded(bytes, size)}
}

// Files reads what is not known, in one call, and each content once.
func (c *Contents) Files(ctx context.Context, id string, refs []FileRef) ([]artifact.File, error) {
	text := map[string]string{} // by SHA-256
	var unknown []FileRef
	for _, ref := range refs {
		if _, seen := text[ref.SHA256]; seen {
			continue
		}
		known, ok := c.known.Get(content{id, ref.SHA256})
		if text[ref.SHA256] = known; !ok {
			unknown = append(unknown, ref)
		}
	}
	if len(unknown) > 0 {
		read, err := c.from.Files(ctx, id, unknown)
		if err != nil {
			return nil, err
		}
		for i, ref := range unknown {
			text[ref.SHA256] = read[i].Content
			c.known.Keep(content{id, ref.SHA256}, read[i].Content)
		}
	}
	files := make([]artifact.File, 0, len(refs))
	for _, ref := range refs {
		files = append(files, artifact.File{Path: ref.Path, Content: text[ref.SHA256]})
	}
	return files, nil
}

// Keep remembers contents that were stored just now.
func (c *Contents) Keep(id string, files []artifact.File) {
	for _, f := range files {
		// A content may be a part of a larger text, which is not to be held.
		c.known.Keep(content{id, f.SHA256()}, strings.Clone(f.Content))
	}
}

// Forget forgets a project's contents.
func (c *Contents) Forget(id string) {
	c.known.Forget(func(k content) bool { return k.project == id })
}
