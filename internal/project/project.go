// Package project holds what a user builds: a project and its chain of
// immutable versions, with the use cases that need no turn (reading, listing,
// renaming, exporting).
//
// It decides who may do what. It knows nothing of Firestore (see Store), of
// HTTP, or of how an answer comes about: package turn makes new versions.
package project

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
)

// Source says who made an answer, and so a version.
type Source string

const (
	Worker   Source = "worker"   // a model of an inference server
	Template Source = "template" // a template, because no model answered with code
	Browser  Source = "browser"  // a model that ran in the user's browser
	Edit     Source = "edit"     // the user, by hand
	Restore  Source = "restore"  // an earlier version
)

// Project is stored as projects/{id}. The field names are a public schema: its
// owner reads the document directly. Fields are added, not changed.
type Project struct {
	ID             string     `firestore:"-"`
	OwnerUID       string     `firestore:"ownerUid"`
	Name           string     `firestore:"name"`
	Source         Source     `firestore:"source"`      // of the current version; "" before the first
	GeneratedBy    string     `firestore:"generatedBy"` // likewise, for people
	CreatedAt      time.Time  `firestore:"createdAt"`
	UpdatedAt      time.Time  `firestore:"updatedAt"`
	CurrentVersion int        `firestore:"currentVersion"` // the newest one's number; 0: none yet
	Seq            int        `firestore:"seq"`            // the newest turn's number
	ActiveTurn     string     `firestore:"activeTurn"`     // the running turn; "" for none
	DeletedAt      *time.Time `firestore:"deletedAt"`      // null in a live project: queries ask for that
	PurgedAt       *time.Time `firestore:"purgedAt"`       // when everything below a deleted project was gone
	StoredBytes    int64      `firestore:"storedBytes"`    // about what lies below the project, as its owner's account counts it
	Cleared        int        `firestore:"cleared"`        // the newest version whose contents were deleted; 0: none
	// Which instance deletes what lies below a deleted project, and since when it
	// has given a sign of life. Absent at any other time.
	PurgedBy  string     `firestore:"purgedBy,omitempty"`
	PurgingAt *time.Time `firestore:"purgingAt,omitempty"`
	ExpireAt  *time.Time `firestore:"expireAt,omitempty"` // when a purged project may be forgotten
}

// Wordless returns p without what users wrote: it is what a deleted project keeps.
func (p Project) Wordless() Project {
	p.Name, p.Source, p.GeneratedBy = "", "", ""
	return p
}

// Version is stored as projects/{id}/versions/{number}: a complete set of
// files that never changes.
type Version struct {
	Number      int       `firestore:"version"`
	Base        int       `firestore:"base"` // the version that it was made from; 0: from nothing
	CreatedAt   time.Time `firestore:"createdAt"`
	Source      Source    `firestore:"source"`
	GeneratedBy string    `firestore:"generatedBy"`
	TurnID      string    `firestore:"turnId"`
	// Changed says how it differs from the version before it: added, changed and
	// removed files, with the lines of each.
	Changed []artifact.Change `firestore:"changed"`
	Files   []FileRef         `firestore:"files"`
	// Diagnostics are what was found to be wrong with it when it was made; none of a
	// version of an earlier release.
	Diagnostics []artifact.Diagnostic `firestore:"diagnostics,omitempty"`
	// Recipe is what a template made it, or a version before it, of; null if none did.
	Recipe *Recipe `firestore:"recipe,omitempty"`
}

// Bytes is about what v takes in a list of versions, and in the database.
func (v *Version) Bytes() int {
	bytes := 300
	for _, f := range v.Files {
		bytes += len(f.Path) + 120
	}
	for _, c := range v.Changed {
		bytes += len(c.Path) + 70
	}
	return bytes + artifact.DiagnosticBytes(v.Diagnostics) + v.Recipe.bytes()
}

// FileRef names a file's content, which is stored as
// projects/{id}/blobs/{sha256}.
type FileRef struct {
	Path   string `firestore:"path"`
	Size   int    `firestore:"size"`   // bytes
	SHA256 string `firestore:"sha256"` // hex
}

// Refs describes files, in order of their paths.
func Refs(files []artifact.File) []FileRef {
	refs := make([]FileRef, 0, len(files))
	for _, f := range files {
		refs = append(refs, FileRef{Path: f.Path, Size: len(f.Content), SHA256: f.SHA256()})
	}
	slices.SortFunc(refs, func(a, b FileRef) int { return strings.Compare(a.Path, b.Path) })
	return refs
}

// Overlay returns base with files in the places of those with the same paths, in
// order of their paths.
func Overlay(base, files []FileRef) []FileRef {
	all := artifact.Overlay(base, files, func(f FileRef) string { return f.Path })
	return slices.SortedFunc(slices.Values(all), func(a, b FileRef) int { return strings.Compare(a.Path, b.Path) })
}

// Changes says which files differ, without their lines: those take contents
// (artifact.Changes). The result is in order of the paths.
func Changes(before, after []FileRef) []artifact.Change {
	content := func(refs []FileRef) []artifact.File {
		files := make([]artifact.File, 0, len(refs))
		for _, r := range refs {
			files = append(files, artifact.File{Path: r.Path, Content: r.SHA256})
		}
		return files
	}
	changes := artifact.Changes(content(before), content(after))
	for i := range changes {
		changes[i].Added, changes[i].Removed = 0, 0
	}
	return changes
}

// CheckSet refuses more files than a version may hold: INVALID_ARGUMENT
// too-large.
func CheckSet(files []FileRef) error {
	size := 0
	for _, f := range files {
		size += f.Size
	}
	if len(files) > artifact.MaxFiles || size > artifact.MaxSetBytes {
		return errs.New(errs.InvalidArgument, errs.TooLarge,
			"A project holds at most %d files of %d KB together; with this change it would have %d files of %d KB.",
			artifact.MaxFiles, artifact.MaxSetBytes>>10, len(files), size>>10)
	}
	return nil
}

// Authorize returns nil if uid may use p. NOT_FOUND no-such-project otherwise:
// alike for a project that is absent (p is nil), deleted, or somebody else's, so
// that nobody learns which ids there are.
func Authorize(p *Project, uid, id string) error {
	if p == nil || p.OwnerUID != uid || p.DeletedAt != nil {
		return errs.New(errs.NotFound, errs.NoSuchProject, "There is no project %q; it may have been deleted.", id).With("projectId", id)
	}
	return nil
}

// Busy returns the error for a call that has to wait until the running turn has
// ended.
func Busy(p *Project) error {
	return errs.New(errs.Aborted, errs.TurnInProgress,
		"An answer is still being written in this project. Wait for it, then try again.").
		With("projectId", p.ID).With("turnId", p.ActiveTurn)
}

// NoVersion returns the error for a version that p does not have.
func NoVersion(p *Project, number int) error {
	return errs.New(errs.NotFound, errs.NoSuchVersion,
		"This project has no version %d; its newest is %d.", number, p.CurrentVersion).With("projectId", p.ID)
}

// IsLine reports whether text stands on one line, without control characters.
func IsLine(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

const maxName = 60 // runes

// NameFrom makes a project's name of a prompt: its first 60 characters, on one line.
func NameFrom(prompt string) string {
	name := strings.Join(strings.Fields(prompt), " ")
	if utf8.RuneCountInString(name) > maxName {
		name = strings.TrimSpace(string([]rune(name)[:maxName]))
	}
	if name == "" {
		return "Untitled"
	}
	return name
}

// CheckName refuses a name that is empty, longer than 60 characters or not on
// one line: INVALID_ARGUMENT.
func CheckName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return errs.New(errs.InvalidArgument, errs.BadRequest, "A project needs a name.")
	case n > maxName:
		return errs.New(errs.InvalidArgument, errs.BadRequest, "A project's name has at most %d characters; this one has %d.", maxName, n)
	case !IsLine(name):
		return errs.New(errs.InvalidArgument, errs.BadRequest, "A project's name stands on one line, without control characters.")
	}
	return nil
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// CheckID refuses what cannot be the id of a project or a turn: INVALID_ARGUMENT,
// whose message names field. (Models have ids of another form: package catalogue.)
func CheckID(field, id string) error {
	if !idForm.MatchString(id) {
		return errs.New(errs.InvalidArgument, errs.BadRequest,
			"%s must be 1 to 64 letters, digits, hyphens or underscores.", field)
	}
	return nil
}
