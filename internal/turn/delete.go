package turn

import (
	"context"

	"dreambuild.dev/backend/internal/project"
)

// Delete marks a project as deleted, so that nobody sees it half-deleted, and
// asks its running turn to end. Its Scope names no turn: the View then has the
// active one. A project that is deleted already is found. NOT_FOUND as
// project.Authorize.
func Delete(uid, projectID string) Step {
	return func(v View) (Change, error) {
		again := v.Project != nil && v.Project.OwnerUID == uid && v.Project.DeletedAt != nil
		if !again {
			if err := project.Authorize(v.Project, uid, projectID); err != nil {
				return Change{}, err
			}
		}
		v, c := v.interrupt()
		p := *v.Project
		c.Turn, c.Project = v.Turn, &p
		if again && len(c.Settled) == 0 && (v.Turn == nil || v.Turn.State != Running || v.Turn.CancelRequested) {
			c.Found = true
			return c, nil
		}
		if !again {
			p.DeletedAt, p.UpdatedAt = &v.Now, v.Now
		}
		if v.Turn != nil && v.Turn.State == Running {
			t := *v.Turn
			t.CancelRequested = true
			c.Turn = &t
		}
		return c, nil
	}
}

// Purged notes that nothing is left below a deleted project.
func Purged() Step {
	return func(v View) (Change, error) {
		if v.Project == nil || v.Project.DeletedAt == nil || v.Project.PurgedAt != nil {
			return Change{Project: v.Project, Found: true}, nil
		}
		p := *v.Project
		p.PurgedAt = &v.Now
		return Change{Project: &p}, nil
	}
}

// Delete deletes a project and everything below it; the project's own document
// stays as a tombstone. A turn that runs is cancelled first. A purge that was cut
// short continues with the next Delete, or with the sweep. Errors as those of the
// step Delete.
func (r *Runner) Delete(ctx context.Context, uid, projectID string) error {
	c, err := r.store.Apply(ctx, r.scope(Key{ProjectID: projectID}, uid), "delete", Delete(uid, projectID))
	if err != nil {
		return err
	}
	if c.Project.PurgedAt != nil {
		return nil
	}
	if c.Turn != nil && c.Turn.State == Running {
		// Nobody sees the project any more: if its turn takes long to end, the
		// sweep does the rest.
		t, err := r.await(ctx, Key{projectID, c.Turn.ID}, uid)
		if ended := err == nil && t.State != Running; !ended {
			return nil
		}
	}
	_, err = r.purge(ctx, uid, projectID)
	return err
}

// purge deletes everything below a deleted project, unless a turn still runs in
// it.
func (r *Runner) purge(ctx context.Context, uid, projectID string) (done bool, err error) {
	c, err := r.store.Apply(ctx, r.scope(Key{ProjectID: projectID}, uid), "purge", Interrupt())
	if err != nil || c.Turn != nil && c.Turn.State == Running {
		return false, err
	}
	if err := r.store.Purge(ctx, projectID); err != nil {
		return false, err
	}
	_, err = r.store.Apply(ctx, Scope{Key: Key{ProjectID: projectID}}, "purged", Purged())
	return err == nil, err
}
