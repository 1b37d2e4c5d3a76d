package turn

import (
	"context"
	"errors"
	"fmt"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/uuid"
)

// Settle accepts and finishes a turn that needs no worker, in one step. A turn
// that is there already is answered as it is stored.
func (r *Runner) Settle(ctx context.Context, req Request, o Outcome) (Result, error) {
	run := uuid.NewString()
	for tries := 3; ; tries-- {
		o := o
		if err := r.compare(ctx, req, &o); err != nil {
			return Result{}, err
		}
		c, err := r.store.Apply(ctx, r.scope(req.Key, req.UID), string(req.Kind), Settle(req, run, o))
		switch {
		case err == nil:
			return r.stored(ctx, req.Key, *c.Turn, c.Project)
		case !errors.Is(err, errMoved) || tries == 1:
			return Result{}, err
		}
	}
}

// compare carries out the edits of an outcome, and notes how its files differ
// from those that are there. INVALID_ARGUMENT edit-refused for an edit that does
// not fit.
func (r *Runner) compare(ctx context.Context, req Request, o *Outcome) error {
	if t, err := r.store.Turn(ctx, req.Key); err != nil || t != nil {
		return err // its files are changed already
	}
	projectID := req.ProjectID
	p, err := r.store.Project(ctx, projectID)
	if err != nil {
		return err
	}
	if p != nil || !req.NewProject { // what does not fit would tell of the files
		if err := project.Authorize(p, req.UID, projectID); err != nil {
			return err
		}
	}
	var before []artifact.File
	if p != nil && p.CurrentVersion > 0 {
		v, err := r.store.Version(ctx, projectID, p.CurrentVersion)
		if err != nil || v == nil { // deleted: the step will say so
			return err
		}
		if before, err = r.store.Files(ctx, projectID, v.Files); err != nil {
			return err
		}
		o.Since = p.CurrentVersion
	}
	edited, refused := artifact.Apply(overlay(before, o.Files), o.Edits)
	if len(refused) > 0 {
		return errs.New(errs.InvalidArgument, errs.EditRefused, "The change of %q does not fit: %s. Nothing was saved.", refused[0].Edit.Path, refused[0].Why).
			With("path", refused[0].Edit.Path)
	}
	o.Files = overlay(o.Files, edited)
	after := o.Files
	switch {
	case o.Restored != nil:
		if after, err = r.store.Files(ctx, projectID, o.Restored.Files); err != nil {
			return err
		}
	case o.Overlay:
		after = overlay(before, o.Files)
	}
	o.Changed = artifact.Changes(before, after)
	return nil
}

// Restore makes version number of a project current again, as a new version.
// NOT_FOUND no-such-version if there is none.
func (r *Runner) Restore(ctx context.Context, req Request, number int) (Result, error) {
	p, err := r.store.Project(ctx, req.ProjectID)
	if err != nil {
		return Result{}, err
	}
	if err := project.Authorize(p, req.UID, req.ProjectID); err != nil {
		return Result{}, err
	}
	v, err := r.store.Version(ctx, req.ProjectID, number)
	if err != nil {
		return Result{}, err
	}
	if v == nil {
		return Result{}, project.NoVersion(p, number)
	}
	req.Kind, req.Prompt = Restore, fmt.Sprintf("Restore version %d", number)
	return r.Settle(ctx, req, Outcome{
		State: Complete, Source: project.Restore, GeneratedBy: v.GeneratedBy, FinishReason: worker.Stop, Restored: v,
	})
}
