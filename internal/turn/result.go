package turn

import (
	"context"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/project"
)

// Result is a turn that has ended without an error, with what a client shows.
type Result struct {
	Turn      Turn
	ProjectID string
	Name      string          // the project's
	Files     []artifact.File // in the order of their paths: those of the version it made, else of the current one, else those in the reply
	Built     page.Built      // those files as one HTML document, which is never empty when the turn is complete
}

// Pages makes documents of sets of files, and finds what is wrong with them. Both
// answer whatever the set is: what could not be done is a diagnostic.
type Pages interface {
	Build(ctx context.Context, files []artifact.File) page.Built
	Check(ctx context.Context, files []artifact.File) []artifact.Diagnostic
}

// answers makes the results of turns that have ended.
type answers struct {
	store interface {
		Projects
		Contents
	}
	pages Pages
}

// atHand is the files of a version that need not be read again.
type atHand struct {
	version int // 0: none
	files   []artifact.File
}

// stored answers with a turn as it was read.
func (a answers) stored(ctx context.Context, k Key, t Turn, p *project.Project) (Result, error) {
	return a.result(ctx, k, t, p, atHand{})
}

// result answers with a turn, and reads only what is not at hand. p is nil for a
// turn that was cancelled before it began its project.
func (a answers) result(ctx context.Context, k Key, t Turn, p *project.Project, have atHand) (Result, error) {
	if t.Error != nil {
		return Result{}, t.failure(k)
	}
	if p == nil {
		return Result{Turn: t, ProjectID: k.ProjectID}, nil
	}
	res := Result{Turn: t, ProjectID: p.ID, Name: p.Name}
	number := t.Version
	if number == 0 {
		number = p.CurrentVersion
	}
	switch number {
	case 0:
		res.Files = reply.Parse(t.Reply).Files
	case have.version:
		res.Files = sorted(have.files)
	default:
		v, err := a.store.Version(ctx, p.ID, number)
		if err != nil {
			return Result{}, err
		}
		if v == nil { // purged since
			return Result{}, project.Authorize(nil, t.OwnerUID, p.ID)
		}
		if err := p.CheckKept(number); err != nil {
			return Result{}, err
		}
		if res.Files, err = a.store.Files(ctx, p.ID, v.Files); err != nil {
			return Result{}, project.Missing(ctx, a.store, t.OwnerUID, p.ID, number, err)
		}
	}
	res.Built = a.pages.Build(ctx, res.Files)
	return res, nil
}

// sorted returns files in the order of their paths, as a version lists them.
func sorted(files []artifact.File) []artifact.File {
	return slices.SortedFunc(slices.Values(files), func(a, b artifact.File) int { return strings.Compare(a.Path, b.Path) })
}

// Get returns a turn whole. NOT_FOUND no-such-turn if there is none, else as
// project.Authorize.
func (r *Runner) Get(ctx context.Context, uid string, k Key) (*Turn, error) {
	t, _, err := r.turnOf(ctx, uid, k)
	return t, err
}

// List returns a page of a project's turns, the newest first. NOT_FOUND as
// project.Authorize.
func (r *Runner) List(ctx context.Context, uid, projectID string, page project.Page) ([]Turn, string, error) {
	p, err := r.store.Project(ctx, projectID)
	if err != nil {
		return nil, "", err
	}
	if err := project.Authorize(p, uid, projectID); err != nil {
		return nil, "", err
	}
	return r.store.Turns(ctx, projectID, page)
}
