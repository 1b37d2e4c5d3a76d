package turn

import (
	"context"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
)

// stored answers with a turn that has ended, as it is stored.
func (r *Runner) stored(ctx context.Context, k Key, t Turn, p *project.Project) (Result, error) {
	if t.Error != nil {
		return Result{}, t.failure(k)
	}
	if p == nil { // cancelled before it began
		return Result{Turn: t, ProjectID: k.ProjectID}, nil
	}
	res := Result{Turn: t, ProjectID: p.ID, Name: p.Name}
	number := t.Version
	if number == 0 {
		number = p.CurrentVersion
	}
	if number == 0 {
		res.Files = artifact.Parse(t.Reply).Files
	} else {
		v, err := r.store.Version(ctx, p.ID, number)
		if err != nil {
			return Result{}, err
		}
		if v == nil { // purged since
			return Result{}, project.Authorize(nil, t.OwnerUID, p.ID)
		}
		if res.Files, err = r.store.Files(ctx, p.ID, v.Files); err != nil {
			return Result{}, err
		}
	}
	res.Code = artifact.Document(res.Files)
	return res, nil
}

// List returns a page of a project's turns, the newest first.
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

// Result is a turn that has ended without an error, with what a client shows.
type Result struct {
	Turn      Turn
	ProjectID string
	Name      string          // the project's
	Files     []artifact.File // of the version it made, else the current one's, else those in the reply
	Code      string          // those files as one HTML document; never empty when the turn is complete
}
