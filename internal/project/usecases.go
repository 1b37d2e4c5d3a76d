package project

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
)

// Store is what the use cases need of a database.
type Store interface {
	// Project returns a project, deleted or not; nil when there is none.
	Project(ctx context.Context, id string) (*Project, error)
	// UpdateProject runs change on a project (nil: absent) in one transaction
	// and writes it back if change says so. change may run more than once.
	UpdateProject(ctx context.Context, id, op string, change func(p *Project, now time.Time) (write bool, err error)) error
	// Projects lists uid's live projects, the last updated first.
	Projects(ctx context.Context, uid string, page Page) ([]Project, string, error)
	// Version returns one version; nil when there is none.
	Version(ctx context.Context, id string, number int) (*Version, error)
	// Versions lists a project's versions, the newest first.
	Versions(ctx context.Context, id string, page Page) ([]Version, string, error)
	// Files reads the contents that refs name, in their order. The error wraps
	// ErrNoContent if one is not there.
	Files(ctx context.Context, id string, refs []FileRef) ([]artifact.File, error)
}

// Page asks for one page of a list: at most Size entries after Token, which is
// "" for the first page or what the page before returned. A token that no page
// returned is INVALID_ARGUMENT.
type Page struct {
	Size  int
	Token string
	Bytes int // about how many bytes the entries have together, but for the first one; 0: any
	Text  int // of a long text, such as a reply, only so many bytes; 0: all of it
}

// Over reports whether an entry of n bytes is too much for a page that has entries
// of so many bytes already.
func (p Page) Over(entries, bytes, n int) bool {
	return entries == p.Size || p.Bytes > 0 && entries > 0 && bytes+n > p.Bytes
}

// Projects is the use cases over a Store. Each answers as Authorize does for a
// project that the caller may not use.
type Projects struct{ Store Store }

// Get returns a project with one of its versions and that version's files;
// number 0 means the current one. A project without any version has a zero
// Version and no files. FAILED_PRECONDITION version-emptied for a version whose
// contents are not kept.
func (s Projects) Get(ctx context.Context, uid, id string, number int) (Project, Version, []artifact.File, error) {
	p, err := s.authorized(ctx, uid, id)
	if err != nil {
		return Project{}, Version{}, nil, err
	}
	if number == 0 && p.CurrentVersion == 0 {
		return *p, Version{}, nil, nil
	}
	if number == 0 {
		number = p.CurrentVersion
	}
	v, err := s.Store.Version(ctx, id, number)
	if err != nil {
		return Project{}, Version{}, nil, err
	}
	if v == nil {
		return Project{}, Version{}, nil, NoVersion(p, number)
	}
	if err := p.CheckKept(number); err != nil {
		return Project{}, Version{}, nil, err
	}
	files, err := s.Store.Files(ctx, id, v.Files)
	if err != nil {
		return Project{}, Version{}, nil, Missing(ctx, s.Store, uid, id, number, err)
	}
	return *p, *v, files, nil
}

// List returns a page of uid's projects, the last updated first.
func (s Projects) List(ctx context.Context, uid string, page Page) ([]Project, string, error) {
	return s.Store.Projects(ctx, uid, page)
}

// Versions returns a page of a project's versions, the newest first, and the project:
// it says which of them are emptied.
func (s Projects) Versions(ctx context.Context, uid, id string, page Page) (Project, []Version, string, error) {
	p, err := s.authorized(ctx, uid, id)
	if err != nil {
		return Project{}, nil, "", err
	}
	versions, next, err := s.Store.Versions(ctx, id, page)
	return *p, versions, next, err
}

// Rename gives a project another name.
func (s Projects) Rename(ctx context.Context, uid, id, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return s.Store.UpdateProject(ctx, id, "rename", func(p *Project, now time.Time) (bool, error) {
		if err := Authorize(p, uid, id); err != nil {
			return false, err
		}
		p.Name, p.UpdatedAt = name, now
		return true, nil
	})
}

// Exported is a version to take away.
type Exported struct {
	Name  string // the project's
	Files []artifact.File
	Zip   []byte // the files as an archive; the same version gives the same bytes
}

// Export returns a version to take away. FAILED_PRECONDITION no-such-version for a
// project that has none yet.
func (s Projects) Export(ctx context.Context, uid, id string, number int) (Exported, error) {
	p, v, files, err := s.Get(ctx, uid, id, number)
	if err != nil {
		return Exported{}, err
	}
	if v.Number == 0 {
		return Exported{}, errs.New(errs.FailedPrecondition, errs.NoSuchVersion, "This project has no version to export yet.").With("projectId", id)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: v.CreatedAt.UTC()})
		if err != nil {
			return Exported{}, fmt.Errorf("export %s: %w", f.Path, err)
		}
		if _, err := w.Write([]byte(f.Content)); err != nil {
			return Exported{}, fmt.Errorf("export %s: %w", f.Path, err)
		}
	}
	if err := z.Close(); err != nil {
		return Exported{}, fmt.Errorf("export: %w", err)
	}
	return Exported{p.Name, files, buf.Bytes()}, nil
}

func (s Projects) authorized(ctx context.Context, uid, id string) (*Project, error) {
	p, err := s.Store.Project(ctx, id)
	if err != nil {
		return nil, err
	}
	return p, Authorize(p, uid, id)
}
