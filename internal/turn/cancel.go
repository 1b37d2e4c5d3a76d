package turn

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/backoff"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// EarlyCancel notes that a turn was cancelled before its request came, which may be
// on its way. It is stored below the user, not below a project that may never be:
// users/{uid}/cancelled/{projectId}.{turnId}.
type EarlyCancel struct {
	At       time.Time `firestore:"createdAt"`
	ExpireAt time.Time `firestore:"expireAt"` // Firestore may delete it then
}

// earlyLife is how long the request of a turn that was cancelled early may be on its
// way.
const earlyLife = 24 * time.Hour

// turn is the turn that was cancelled. No document holds it.
func (e EarlyCancel) turn(k Key, uid string) *Turn {
	return &Turn{ID: k.TurnID, OwnerUID: uid, Kind: Generate, State: Cancelled, FinishReason: worker.Cancelled,
		CancelRequested: true, CreatedAt: e.At, FinishedAt: &e.At}
}

// Cancel asks the owner of a running turn to end it; a turn that has ended is
// found. For a turn that is not there yet an EarlyCancel is stored, so that its
// request finds that when it comes: in a project of uid's, or in the one that the
// turn would have started. Everywhere else nothing is written: NOT_FOUND as
// project.Authorize.
func Cancel(k Key, uid string) Step {
	return func(v View) (Change, error) {
		if v.Project != nil || k.ProjectID != ProjectID(uid, k.TurnID) {
			if err := project.Authorize(v.Project, uid, k.ProjectID); err != nil {
				return Change{}, err
			}
		}
		if v.Leaving && v.Turn == nil {
			return Change{}, errs.AccountGone()
		}
		v, c := v.interrupt()
		switch {
		case v.Turn == nil && v.Early != nil:
			c.Early, c.Found = v.Early, len(c.Settled) == 0
		case v.Turn == nil:
			c.Early = &EarlyCancel{At: v.Now, ExpireAt: v.Now.Add(earlyLife)}
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
	pause := backoff.Backoff{Min: 100 * time.Millisecond, Max: 10 * time.Second}
	for ctx.Err() == nil {
		err := guard(func() error {
			for k, err := range r.store.Cancels(ctx, r.instance) {
				if err != nil {
					return err
				}
				pause.Reset()
				r.cancelHere(k)
			}
			return nil
		})
		r.journal.warn(ctx, hearing, Key{}, err)
		_ = pause.Wait(ctx) // the loop ends with ctx
	}
}

// cancelHere ends a turn's work if this instance runs it.
func (r *Runner) cancelHere(k Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.active[k]; a != nil && a.cancel != nil {
		a.cancel(errCancelled)
	}
}

// Cancel asks for the end of a turn and returns, within a few seconds, how it is
// stored: still running if its owner takes longer. Errors as those of the step
// Cancel.
func (r *Runner) Cancel(ctx context.Context, uid string, k Key) (Turn, error) {
	scope := r.scope(k, uid)
	scope.Early = true
	c, err := r.store.Apply(ctx, scope, "cancel", Cancel(k, uid))
	if err == nil && c.Early != nil {
		return *c.Early.turn(k, uid), nil
	}
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
	r.cancelHere(k)
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for wait.Err() == nil {
		for u, err := range r.store.Follow(wait, k) {
			if err != nil || u.Gone {
				break
			}
			if u.Turn != nil && u.Turn.State != Running {
				return *u.Turn, nil
			}
		}
		select {
		case <-wait.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	// An owner that is gone has not heard of it. Its turn ends with its lease.
	c, err := r.store.Apply(ctx, r.scope(k, uid), "interrupt", Interrupt())
	if err == nil && c.Turn == nil {
		err = noTurn(k)
	}
	return valueOf(c.Turn), err
}
