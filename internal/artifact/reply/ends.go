package reply

import (
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/gap"
)

// End is how a reply ends.
type End struct {
	// Cut means that the reply does not look whole, whatever the server says: its last
	// file or edit has no end, or breaks off.
	Cut bool
	// Broken means that it breaks off for certain: within a word, a tag, a statement or
	// an edit.
	Broken bool
	// Open means that the text ends inside that file or edit.
	Open bool
	// Edit means that it is an edit. Without its end it is among the refused ones.
	Edit bool
	// File is the last file, as far as it has come; the zero File where the reply ends
	// with an edit, or has neither.
	File artifact.File
}

// EndOf looks at the end of a whole reply. Words that break off are no cut: nobody
// can tell.
func EndOf(text string) End {
	var p Parser
	p.Write(text)
	r := p.Close()
	i := slices.IndexFunc(r.Files, func(f artifact.File) bool { return f.Path == p.out.last })
	if i < 0 || endsWithOpening(text) {
		edit := slices.ContainsFunc(r.Refused, func(f artifact.Refusal) bool { return f.Why == cutEdit })
		return End{Cut: r.Truncated, Broken: r.Truncated, Open: r.Truncated, Edit: edit}
	}
	e := End{Open: r.Truncated, File: r.Files[i]}
	e.Broken, e.Cut = gap.AtEnd(e.File, e.Open)
	return e
}

// Begin writes down a file that is not whole as Format does, but for its end: more of
// it may follow, on a new line where a statement, a block or a tag has ended.
func Begin(f artifact.File) string {
	text := strings.TrimSuffix(Format([]artifact.File{f}), "\n")
	text = text[:strings.LastIndexByte(text, '\n')]
	if strings.IndexByte(";{}>", text[len(text)-1]) >= 0 {
		text += "\n"
	}
	return text
}

// endsWithOpening reports whether the last line of a text opens a block, which holds
// nothing yet.
func endsWithOpening(text string) bool {
	text = strings.TrimSpace(text)
	_, info, ok := openFence([]byte(text[strings.LastIndexByte(text, '\n')+1:]))
	return ok && info != ""
}
