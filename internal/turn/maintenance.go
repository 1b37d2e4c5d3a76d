package turn

import (
	"context"
	"iter"
	"math/rand/v2"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Left is a running turn whose owner seems to have left it, or a deleted
// project whose purge has stopped.
type Left struct {
	Key
	UID string
}

// listen ends the turns of this instance that were cancelled on another, until
// ctx ends.
func (r *Runner) listen(ctx context.Context) {
	r.again(ctx, func() iter.Seq2[Key, error] { return r.store.Cancels(ctx, r.instance) }, func(k Key) {
		r.mu.Lock()
		c := r.logs[k]
		r.mu.Unlock()
		if c != nil && c.cancel != nil {
			c.cancel(errCancelled)
		}
	})
}

// again goes through a sequence that should not end, and starts it anew.
func (r *Runner) again(ctx context.Context, start func() iter.Seq2[Key, error], each func(Key)) {
	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		for k, err := range start() {
			if err != nil {
				break
			}
			pause = 100 * time.Millisecond
			each(k)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
			pause = min(2*pause, 10*time.Second)
		}
	}
}

// sweep ends what others have left, now and each minute. Nothing depends on it:
// whoever waits on a turn ends it itself.
func (r *Runner) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		r.Sweep(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute/2 + rand.N(time.Minute)):
		}
	}
}

// Sweep interrupts the turns whose lease is over and goes on with purges that
// stopped. It returns how many of each it has ended; what fails is left to the
// next one.
func (r *Runner) Sweep(ctx context.Context) (turns, projects int) {
	const batch = 100
	left, _ := r.store.Overdue(ctx, wall().Add(-r.settings.Lease), batch)
	for _, l := range left {
		if c, err := r.store.Apply(ctx, r.scope(l.Key, l.UID), "interrupt", Interrupt()); err == nil && !c.Found {
			turns++
		}
	}
	left, _ = r.store.Unpurged(ctx, batch)
	for _, l := range left {
		if done, err := r.purge(ctx, l.UID, l.ProjectID); err == nil && done {
			projects++
		}
	}
	return turns, projects
}

// Delete deletes a project and everything below it; the project's own document
// stays as a tombstone. A turn that runs is cancelled first. Deleting again
// goes on with a purge that was cut short, and so does the sweep. Errors as
// those of the step Delete.
func (r *Runner) Delete(ctx context.Context, uid, projectID string) error {
	c, err := r.store.Apply(ctx, r.scope(Key{ProjectID: projectID}, uid), "delete", Delete(uid, projectID))
	if err != nil {
		return err
	}
	if c.Project.PurgedAt != nil {
		return nil
	}
	if c.Turn != nil && c.Turn.State == Running {
		// The project is gone for everybody: if its turn takes long to end, the
		// sweep does the rest.
		if t, err := r.await(ctx, Key{projectID, c.Turn.ID}, uid); err != nil || t.State == Running {
			return nil
		}
	}
	_, err = r.purge(ctx, uid, projectID)
	return err
}

// purge removes what lies below a deleted project in which no turn runs.
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

// Cancel asks for the end of a turn and returns how it is stored, within a few
// seconds: still running if its owner takes longer. Errors as those of the step
// Cancel.
func (r *Runner) Cancel(ctx context.Context, uid string, k Key) (Turn, error) {
	c, err := r.store.Apply(ctx, r.scope(k, uid), "cancel", Cancel(k, uid))
	if err != nil || c.Turn.State != Running {
		return valueOf(c.Turn), err
	}
	return r.await(ctx, k, uid)
}

func valueOf(t *Turn) Turn {
	if t == nil {
		return Turn{}
	}
	return *t
}

// await waits for the end of a turn that was cancelled, for a few seconds, and
// returns it as it is stored then.
func (r *Runner) await(ctx context.Context, k Key, uid string) (Turn, error) {
	r.mu.Lock()
	if c := r.logs[k]; c != nil && c.cancel != nil {
		c.cancel(errCancelled)
	}
	r.mu.Unlock()
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for wait.Err() == nil {
		for p, err := range r.store.Follow(wait, k) {
			if err != nil || p.Gone {
				break
			}
			if p.Turn != nil && p.Turn.State != Running {
				return *p.Turn, nil
			}
		}
		select {
		case <-wait.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	// An owner that is gone does not hear of it; a lease that is over ends it.
	c, err := r.store.Apply(ctx, r.scope(k, uid), "interrupt", Interrupt())
	if err == nil && c.Turn == nil {
		err = errs.New(errs.NotFound, errs.NoSuchTurn, "The turn was deleted with its project.").With("turnId", k.TurnID)
	}
	return valueOf(c.Turn), err
}
