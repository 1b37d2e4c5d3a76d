package turn

import (
	"context"
	"time"

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
			p = p.Wordless()
			p.DeletedAt, p.UpdatedAt = &v.Now, v.Now
			account := v.Account.CloseProject()
			c.Account = &account
		}
		if v.Turn != nil && v.Turn.State == Running {
			t := *v.Turn
			t.CancelRequested = true
			c.Turn = &t
		}
		return c, nil
	}
}

// purgeLease is how long an instance may purge a project without a sign of life.
const purgeLease = 2 * time.Minute

// Purge begins, or continues, the purge of a deleted project by an instance, once
// no turn runs in it; one whose lease is over ends first. Its Scope names no turn.
// The project's PurgedBy tells whether the purge is this instance's: it is not
// while another one is at it, nor when there is nothing to purge.
func Purge(instance string) Step {
	return func(v View) (Change, error) {
		v, c := v.interrupt()
		c.Turn, c.Project = v.Turn, v.Project
		p := v.Project
		if p == nil || p.DeletedAt == nil || p.PurgedAt != nil || v.Turn != nil && v.Turn.State == Running || purgedElsewhere(*p, instance, v.Now) {
			c.Found = len(c.Settled) == 0
			return c, nil
		}
		mine := *p
		mine.PurgedBy, mine.PurgingAt = instance, &v.Now
		c.Project = &mine
		return c, nil
	}
}

// purgedElsewhere reports whether another instance has the lease of p's purge.
func purgedElsewhere(p project.Project, instance string, now time.Time) bool {
	return p.PurgingAt != nil && p.PurgedBy != instance && now.Sub(*p.PurgingAt) < purgeLease
}

// LeavePurge lets other instances purge the project, which this one could not.
func LeavePurge(instance string) Step {
	return func(v View) (Change, error) {
		if v.Project == nil || v.Project.PurgedBy != instance {
			return Change{Project: v.Project, Found: true}, nil
		}
		p := *v.Project
		p.PurgedBy, p.PurgingAt = "", nil
		return Change{Project: &p}, nil
	}
}

// tombstoneLife is how long the tombstone of a purged project is kept: a turn that is
// sent again finds that its project was deleted.
const tombstoneLife = 30 * 24 * time.Hour

// Purged notes that nothing is left below a deleted project, and gives its user the
// bytes back.
func Purged() Step {
	return func(v View) (Change, error) {
		if v.Project == nil || v.Project.DeletedAt == nil || v.Project.PurgedAt != nil {
			return Change{Project: v.Project, Found: true}, nil
		}
		p, end := v.Project.Wordless(), v.Now.Add(tombstoneLife)
		p.PurgedAt, p.ExpireAt, p.PurgedBy, p.PurgingAt = &v.Now, &end, "", nil
		account := v.Account.Keep(-p.StoredBytes)
		p.StoredBytes = 0
		return Change{Project: &p, Account: &account}, nil
	}
}

// Delete deletes a project: nobody sees it after that. A turn that runs is
// cancelled first. Of what lies below the project it deletes at most purgePart
// documents; the sweep deletes the rest, and what a purge that was cut short has
// left. The project's own document stays as a tombstone without words. Errors as those of the
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
	_, _, err = r.purge(ctx, uid, projectID, purgePart)
	return err
}

// purgePart is how many documents are deleted at a time. The lease is renewed
// before each part.
const purgePart = 200

// purge deletes what lies below a deleted project, at most so many documents,
// unless a turn still runs in it or another instance purges it. It returns how
// many documents it has deleted, and whether the project is purged now.
func (r *Runner) purge(ctx context.Context, uid, projectID string, most int) (deleted int, done bool, err error) {
	k := Key{ProjectID: projectID}
	mine := false
	defer func() {
		if mine && err != nil {
			// Should this fail too, the lease ends by itself.
			_, _ = r.apply(ctx, Scope{Key: k}, "leave purge", LeavePurge(r.instance))
		}
	}()
	for deleted < most {
		c, err := r.store.Apply(ctx, r.scope(k, uid), "purge", Purge(r.instance))
		if err != nil || c.Project == nil || c.Project.PurgedBy != r.instance {
			return deleted, false, err
		}
		mine = true
		part := min(purgePart, most-deleted)
		n, err := r.purgeSome(ctx, projectID, part)
		deleted += n
		if err != nil {
			return deleted, false, err
		}
		if n < part {
			_, err := r.store.Apply(ctx, r.scope(k, uid), "purged", Purged())
			return deleted, err == nil, err
		}
	}
	return deleted, false, nil
}

// purgeSome deletes one part, within the lease of the purge.
func (r *Runner) purgeSome(ctx context.Context, projectID string, most int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, purgeLease/2)
	defer cancel()
	return r.store.Purge(ctx, projectID, most)
}
