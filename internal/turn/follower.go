package turn

import (
	"context"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/backoff"
	"dreambuild.dev/backend/internal/project"
)

// follower reads a turn that another instance runs, for all readers of this
// instance.
type follower struct {
	store interface {
		Steps
		Feed
		Projects
	}
	answers answers
	scope   Scope // of the turn, for its reader's account
	idle    time.Duration
	log     *Log
	journal *journal

	parser  reply.Parser
	source  Event
	notices int // how many of them the log has
}

// follow feeds the log until the turn has ended, or ctx has: then nobody reads.
func (f *follower) follow(ctx context.Context) {
	var helpers sync.WaitGroup
	defer helpers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	helpers.Go(func() { f.guard(ctx, watching, f.watch) })

	pause := backoff.Backoff{Min: 100 * time.Millisecond, Max: 5 * time.Second}
	for ctx.Err() == nil {
		if f.listen(ctx, &helpers, &pause) {
			return
		}
		_ = pause.Wait(ctx) // the loop ends with ctx
	}
}

// listen feeds the log until the turn has ended: true. It is false when the turn is to
// be listened to anew, which tells all that is stored: after an error, and when the
// turn has ended and the listener has not said so.
func (f *follower) listen(ctx context.Context, helpers *sync.WaitGroup, pause *backoff.Backoff) (ended bool) {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	expiry := time.AfterFunc(f.scope.Lease, func() {
		helpers.Go(func() {
			f.guard(listening, interrupting, f.interrupt)
			stop()
		})
	})
	defer expiry.Stop()
	for u, err := range f.store.Follow(listening, f.scope.Key) {
		if err != nil {
			if listening.Err() == nil {
				f.journal.warn(ctx, following, f.scope.Key, err)
			}
			return false
		}
		pause.Reset()
		for _, s := range u.Segments {
			f.segment(s)
		}
		switch {
		case u.Gone:
			f.log.Abandon(project.Authorize(nil, f.scope.UID, f.scope.ProjectID))
			return true
		case u.Turn != nil && u.Turn.State != Running:
			f.end(ctx, *u.Turn)
			return true
		case u.Turn != nil:
			expiry.Reset(max(0, f.scope.Lease-u.Now.Sub(u.Turn.RenewedAt)) + 50*time.Millisecond)
		}
	}
	return false
}

// segment adds what is new in a segment to the log.
func (f *follower) segment(s Segment) {
	f.header(s.Source, s.GeneratedBy, s.Notices)
	at := f.log.size()
	if s.Offset <= at && at < s.Offset+len(s.Text) {
		f.text(s.Text[at-s.Offset:])
	}
}

// header adds what the log has not yet of a turn's source and notices.
func (f *follower) header(s project.Source, generatedBy string, notices []string) {
	if e := source(s, generatedBy); s != "" && e != f.source {
		f.source = e
		f.log.Event(e)
	}
	for ; f.notices < len(notices); f.notices++ {
		f.log.Event(notice(notices[f.notices]))
	}
}

func (f *follower) text(s string) {
	f.log.Text(s)
	for _, e := range f.parser.Write(s) {
		f.log.Event(file(e))
	}
}

// rest adds what the log has not yet of a turn that has ended.
func (f *follower) rest(t Turn) {
	f.header(t.Source, t.GeneratedBy, t.Notices)
	if at := f.log.size(); at < len(t.Reply) {
		f.text(t.Reply[at:])
	}
	for _, e := range f.parser.Close().Events {
		f.log.Event(file(e))
	}
}

// end completes the log of a turn that has ended.
func (f *follower) end(ctx context.Context, t Turn) {
	f.rest(t)
	p, err := f.store.Project(ctx, f.scope.ProjectID)
	if err != nil {
		f.log.End(Result{}, err)
		return
	}
	f.log.End(f.answers.stored(ctx, f.scope.Key, t, p))
}

// watch tells the owner, twice in each idle limit, that somebody reads.
func (f *follower) watch(ctx context.Context) {
	for {
		// What fails is tried again with the next: the limit is longer than that.
		_, err := f.store.Apply(ctx, Scope{Key: f.scope.Key}, "watch", Watch())
		f.journal.warn(ctx, watching, f.scope.Key, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(f.idle / 2):
		}
	}
}

// interrupt ends the turn when its lease is over, which the database's clock
// decides, and returns once it has ended.
func (f *follower) interrupt(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := f.store.Apply(ctx, f.scope, "interrupt", Interrupt())
		switch {
		case err != nil:
			f.journal.warn(ctx, interrupting, f.scope.Key, err)
		case !c.Found, c.Turn != nil && c.Turn.State != Running:
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(f.scope.Lease / 4):
		}
	}
}

// guard runs a helper, and tells of its panic.
func (f *follower) guard(ctx context.Context, kind trouble, helper func(context.Context)) {
	err := guard(func() error { helper(ctx); return nil })
	f.journal.warn(ctx, kind, f.scope.Key, err)
}

// replay returns the log of a turn that has ended.
func replay(k Key, t Turn, res Result, err error) *Log {
	f := follower{log: newLog()}
	f.log.Event(accepted(k))
	f.rest(t)
	f.log.End(res, err)
	return f.log
}
