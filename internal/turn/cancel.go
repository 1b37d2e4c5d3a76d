package turn

import (
	"context"
	"iter"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// Cancel asks the owner of a running turn to end it; one that has ended is
// found. A turn that is not there yet is put there as cancelled: its request,
// when it comes, finds it. NOT_FOUND, PERMISSION_DENIED as project.Authorize.
func Cancel(k Key, uid string) Step {
	return func(v View) (Change, error) {
		if v.Project != nil || k.ProjectID != ProjectID(uid, k.TurnID) {
			if err := project.Authorize(v.Project, uid, k.ProjectID); err != nil {
				return Change{}, err
			}
		}
		v, c := v.interrupt()
		switch {
		case v.Turn == nil:
			c.Turn = &Turn{ID: k.TurnID, OwnerUID: uid, Kind: Generate, State: Cancelled, FinishReason: worker.Cancelled,
				CancelRequested: true, CreatedAt: v.Now, FinishedAt: &v.Now}
		case v.Turn.State == Running && !v.Turn.CancelRequested:
			t := *v.Turn
			t.CancelRequested = true
			c.Turn = &t
		default:
			c.Turn, c.Project, c.Found = v.Turn, v.Project, len(c.Settled) == 0
		}
		return c, nil
	}
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
