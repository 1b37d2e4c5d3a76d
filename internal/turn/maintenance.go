package turn

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// One round of a sweep is bounded, so that nothing waits long for its turn.
const (
	sweptRefs      = 100         // turns that are ended, at most; and projects that are purged
	sweptDocuments = 2_000       // documents that are deleted below them, at most
	sweptTime      = time.Minute // for the turns, and again for the projects
)

// swept is where a round of the sweep has stopped: the next one goes on there, and
// starts again after the last one. So what cannot be ended hides nothing.
type swept struct {
	turn    Ref
	project Ref
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

// round is one round of the sweep: of turns, of purges and of old words. more says
// that it has got on, and that the next one need not wait.
func (r *Runner) round(ctx context.Context) (turns, projects int, more bool) {
	r.sweeping.Lock()
	defer r.sweeping.Unlock()
	turns, moreTurns := r.sweepTurns(ctx)
	projects, moreProjects := r.sweepProjects(ctx)
	moreWords := r.sweepWords(ctx)
	return turns, projects, moreTurns || moreProjects || moreWords
}

// sweepTurns ends turns whose lease is over. more says that it has got on, and that
// there are others.
func (r *Runner) sweepTurns(ctx context.Context) (ended int, more bool) {
	list := func(ctx context.Context, after Ref) ([]Ref, error) {
		return r.store.ExpiredTurns(ctx, now().Add(-r.settings.Lease), after, sweptRefs)
	}
	all := r.pass(ctx, sweeping, &r.swept.turn, list, func(ctx context.Context, ref Ref) (bool, error) {
		c, err := r.store.Apply(ctx, r.scope(ref.Key, ref.UID), "interrupt", Interrupt())
		ended += len(c.Settled) // those of the same user that were in the way, too
		if err == nil && c.Project == nil {
			err = errNoProject
		}
		return true, err
	})
	return ended, ended > 0 && !all
}

// sweepProjects deletes what lies below deleted projects. more says that it has got
// on, and that there is more of it.
func (r *Runner) sweepProjects(ctx context.Context) (purged int, more bool) {
	list := func(ctx context.Context, after Ref) ([]Ref, error) { return r.store.Unpurged(ctx, after, sweptRefs) }
	deleted := 0
	all := r.pass(ctx, purging, &r.swept.project, list, func(ctx context.Context, ref Ref) (bool, error) {
		n, done, err := r.purge(ctx, ref.UID, ref.ProjectID, sweptDocuments-deleted)
		if deleted += n; done {
			purged++
		}
		return deleted < sweptDocuments, err
	})
	return purged, deleted > 0 && !all
}

// pass ends what is listed after mark, or from the start if nothing is, and moves
// mark along. It stops after one page, when end says that it is enough, and when its
// time is over. It returns whether it has come to the end of the list.
func (r *Runner) pass(ctx context.Context, kind trouble, mark *Ref, list func(context.Context, Ref) ([]Ref, error), end func(context.Context, Ref) (bool, error)) bool {
	within, cancel := context.WithTimeout(ctx, sweptTime)
	defer cancel()
	refs, err := list(within, *mark)
	if err == nil && len(refs) == 0 && *mark != (Ref{}) {
		refs, err = list(within, Ref{})
	}
	r.journal.warn(ctx, kind, Key{}, err)
	for _, ref := range refs {
		*mark = ref
		more, err := true, errNoOwner
		if ref.UID != "" {
			more, err = end(within, ref)
		}
		r.journal.warn(ctx, kind, ref.Key, err)
		if !more || within.Err() != nil {
			return false
		}
	}
	if len(refs) == sweptRefs {
		return false
	}
	*mark = Ref{}
	return true
}

// What cannot be swept although it can be read.
var (
	errNoOwner   = errors.New("the document names no owner")
	errNoProject = errors.New("the turn's project is gone")
)
