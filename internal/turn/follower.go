package turn

import (
	"context"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
)

// Progress is what a Store tells of a turn that is followed: what has changed
// since the last time, at first all of it.
type Progress struct {
	Now      time.Time // the database's, of Turn
	Turn     *Turn     // nil: unchanged
	Gone     bool      // the turn was deleted with its project
	Segments []Segment // new ones, and those that were stored again
}

// follower reads a turn that another instance carries, for all of this
// instance's readers.
type follower struct {
	*Runner
	key Key
	uid string
	log *Log

	parser artifact.Parser
	source Event
	said   int // of the notices
}

// follow goes on until the turn has ended, or ctx has: then nobody reads.
func (f *follower) follow(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watching.Go(func() { f.watch(ctx) })
	overdue := time.AfterFunc(f.settings.Lease, func() {
		watching.Go(func() { f.interrupt(ctx) })
	})
	defer overdue.Stop()

	pause := 100 * time.Millisecond
	for ctx.Err() == nil {
		for p, err := range f.store.Follow(ctx, f.key) {
			if err != nil {
				break
			}
			pause = 100 * time.Millisecond
			for _, s := range p.Segments {
				f.hear(s)
			}
			switch {
			case p.Gone:
				f.log.Abandon(project.Authorize(nil, f.uid, f.key.ProjectID))
				return
			case p.Turn != nil && p.Turn.State != Running:
				f.end(ctx, *p.Turn)
				return
			case p.Turn != nil:
				overdue.Reset(max(0, f.settings.Lease-p.Now.Sub(p.Turn.RenewedAt)) + 50*time.Millisecond)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
			pause = min(2*pause, 5*time.Second)
		}
	}
}

// hear takes what is new in a segment.
func (f *follower) hear(s Segment) {
	f.say(s.Source, s.GeneratedBy, s.Notices)
	at := f.log.size()
	if s.Offset <= at && at < s.Offset+len(s.Text) {
		f.text(s.Text[at-s.Offset:])
	}
}

func (f *follower) say(s project.Source, generatedBy string, notices []string) {
	if e := source(s, generatedBy); s != "" && e != f.source {
		f.source = e
		f.log.Event(e)
	}
	for ; f.said < len(notices); f.said++ {
		f.log.Event(notice(notices[f.said]))
	}
}

func (f *follower) text(s string) {
	f.log.Text(s)
	for _, e := range f.parser.Write(s) {
		f.log.Event(file(e))
	}
}

// end tells the rest of a turn that has ended, and how.
func (f *follower) end(ctx context.Context, t Turn) {
	f.say(t.Source, t.GeneratedBy, t.Notices)
	if at := f.log.size(); at < len(t.Reply) {
		f.text(t.Reply[at:])
	}
	for _, e := range f.parser.Close().Events {
		f.log.Event(file(e))
	}
	p, err := f.store.Project(ctx, f.key.ProjectID)
	if err != nil {
		f.log.End(Result{}, err)
		return
	}
	f.log.End(f.stored(ctx, f.key, t, p))
}

// watch tells the owner that somebody reads, now and then.
func (f *follower) watch(ctx context.Context) {
	for {
		// What fails is tried again with the next: the limit is longer than that.
		_, _ = f.store.Apply(ctx, Scope{Key: f.key}, "watch", Watch())
		select {
		case <-ctx.Done():
			return
		case <-time.After(f.settings.Idle / 2):
		}
	}
}

// interrupt ends the turn when its lease is over, which the database's clock
// decides. The turn's change reaches the follower as any other.
func (f *follower) interrupt(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := f.store.Apply(ctx, f.scope(f.key, f.uid), "interrupt", Interrupt())
		if err == nil && !c.Found {
			return
		}
		if err == nil && c.Turn != nil && c.Turn.State != Running {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(f.settings.Lease / 4):
		}
	}
}

// replay is a log of a turn that has ended.
func replay(k Key, t Turn, res Result, err error) *Log {
	f := follower{key: k, log: newLog()}
	f.log.Event(accepted(k))
	f.say(t.Source, t.GeneratedBy, t.Notices)
	f.text(t.Reply)
	for _, e := range f.parser.Close().Events {
		f.log.Event(file(e))
	}
	f.log.End(res, err)
	return f.log
}

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
