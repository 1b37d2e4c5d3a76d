package turn

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// One round of a sweep is bounded, so that its other half is never far.
const (
	sweptTurns     = 100   // turns that are ended, at most
	sweptProjects  = 100   // projects that are purged, at most
	sweptDocuments = 2_000 // documents that are deleted below them, at most
)

// swept is where a round of the sweep has stopped: the next one goes on there, and
// starts again after the last one. So what cannot be ended hides nothing.
type swept struct {
	turn    Ref
	project Ref
}

// next lists what follows ref, or begins again where nothing does.
func (ref Ref) next(list func(after Ref) ([]Ref, error)) ([]Ref, error) {
	refs, err := list(ref)
	if err == nil && len(refs) == 0 && ref != (Ref{}) {
		return list(Ref{})
	}
	return refs, err
}

// sweep ends what others have left, now and about once a minute, or sooner while
// that gets on and is not all. Nothing depends on it: whoever waits for a turn
// ends it, too.
func (r *Runner) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		var more bool
		err := guard(func() error { _, _, more = r.round(ctx); return nil })
		r.journal.warn(ctx, sweeping, Key{}, err)
		pause := time.Minute/2 + rand.N(time.Minute)
		if more {
			pause = time.Second + rand.N(time.Second)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Sweep interrupts turns whose lease is over and continues purges, one round of
// both. It returns how many of each it has ended; what fails is told to the log,
// and tried again when its turn comes.
func (r *Runner) Sweep(ctx context.Context) (turns, projects int) {
	turns, projects, _ = r.round(ctx)
	return turns, projects
}

// round is one round of the sweep. more says that it has got on, and that the next
// one need not wait.
func (r *Runner) round(ctx context.Context) (turns, projects int, more bool) {
	r.sweeping.Lock()
	defer r.sweeping.Unlock()
	turns, moreTurns := r.sweepTurns(ctx)
	projects, moreProjects := r.sweepProjects(ctx)
	return turns, projects, moreTurns || moreProjects
}

func (r *Runner) sweepTurns(ctx context.Context) (ended int, more bool) {
	refs, err := r.swept.turn.next(func(after Ref) ([]Ref, error) {
		return r.store.ExpiredTurns(ctx, now().Add(-r.settings.Lease), after, sweptTurns)
	})
	r.swept.turn = Ref{}
	if len(refs) == sweptTurns {
		r.swept.turn = refs[len(refs)-1]
	}
	r.journal.warn(ctx, sweeping, Key{}, err)
	for _, ref := range refs {
		n, err := r.sweepTurn(ctx, ref)
		ended += n
		r.journal.warn(ctx, sweeping, ref.Key, err)
	}
	return ended, ended > 0 && len(refs) == sweptTurns
}

// sweepTurn ends an expired turn, and with it those of the same user that are in
// the way. It returns how many that were.
func (r *Runner) sweepTurn(ctx context.Context, ref Ref) (int, error) {
	if ref.UID == "" {
		return 0, errNoOwner
	}
	c, err := r.store.Apply(ctx, r.scope(ref.Key, ref.UID), "interrupt", Interrupt())
	if err == nil && c.Project == nil {
		err = errNoProject
	}
	return len(c.Settled), err
}

// What cannot be swept although it can be read.
var (
	errNoOwner   = errors.New("the document names no owner")
	errNoProject = errors.New("the turn's project is gone")
)

func (r *Runner) sweepProjects(ctx context.Context) (purged int, more bool) {
	refs, err := r.swept.project.next(func(after Ref) ([]Ref, error) {
		return r.store.Unpurged(ctx, after, sweptProjects)
	})
	r.swept.project = Ref{}
	if len(refs) == sweptProjects {
		r.swept.project = refs[len(refs)-1]
	}
	r.journal.warn(ctx, purging, Key{}, err)
	left := sweptDocuments
	for _, ref := range refs {
		if left <= 0 {
			break
		}
		deleted, done, err := 0, false, errNoOwner
		if ref.UID != "" {
			deleted, done, err = r.purge(ctx, ref.UID, ref.ProjectID, left)
		}
		if done {
			purged++
		}
		if left -= deleted; left <= 0 {
			r.swept.project = ref
		}
		r.journal.warn(ctx, purging, ref.Key, err)
	}
	return purged, left <= 0 || purged > 0 && len(refs) == sweptProjects
}
