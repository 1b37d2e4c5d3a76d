package project

import (
	"context"
	"errors"

	"dreambuild.dev/backend/internal/errs"
)

// keptVersions is how many of a project's newest versions keep their contents. Older
// ones are emptied: they are listed, but cannot be read any more.
const keptVersions = 200

// EmptiedTo is the number of the newest version that is emptied; 0: none is.
func (p *Project) EmptiedTo() int { return max(0, p.Cleared, p.CurrentVersion-keptVersions) }

// CheckKept refuses a version that is emptied: FAILED_PRECONDITION version-emptied.
func (p *Project) CheckKept(number int) error {
	if number > p.EmptiedTo() {
		return nil
	}
	return errs.New(errs.FailedPrecondition, errs.VersionEmptied,
		"Version %d is too old: of each project the newest %d versions are kept.", number, keptVersions).With("projectId", p.ID)
}

// ErrNoContent is wrapped by the error of a Store for a content that is not there.
var ErrNoContent = errors.New("the content is not there")

// Missing says what the user should hear when the contents of a version could not be
// read. If they are gone, the project was deleted or the version emptied after it was
// read: NOT_FOUND as Authorize, or FAILED_PRECONDITION as CheckKept. Any other err is
// returned as it is.
func Missing(ctx context.Context, store interface {
	Project(ctx context.Context, id string) (*Project, error)
}, uid, id string, number int, err error) error {
	if !errors.Is(err, ErrNoContent) {
		return err
	}
	p, perr := store.Project(ctx, id)
	if perr != nil {
		return perr
	}
	if perr := Authorize(p, uid, id); perr != nil {
		return perr
	}
	if perr := p.CheckKept(number); perr != nil {
		return perr
	}
	return err
}
