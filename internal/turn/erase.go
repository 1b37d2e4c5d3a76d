package turn

import (
	"context"

	"dreambuild.dev/backend/internal/errs"
)

// Erase implements account.Projects: unlike Delete it leaves no tombstone. It takes no
// lease of the purge, since whoever erases an account has one.
func (r *Runner) Erase(ctx context.Context, uid, projectID string, most int) (deleted int, gone bool, err error) {
	c, err := r.store.Apply(ctx, r.scope(Key{ProjectID: projectID}, uid), "delete", Delete(uid, projectID))
	if e := errs.Of(err); e != nil && e.Reason == errs.NoSuchProject {
		return 0, true, nil // another instance has erased it
	}
	if err != nil {
		return 0, false, err
	}
	if c.Turn != nil && c.Turn.State == Running {
		r.cancelHere(Key{projectID, c.Turn.ID})
		return 0, false, nil
	}
	deleted, err = r.store.Purge(ctx, projectID, most)
	if err != nil || deleted == most {
		return deleted, false, err
	}
	if err := r.store.Drop(ctx, projectID); err != nil {
		return deleted, false, err
	}
	return deleted + 1, true, nil
}
