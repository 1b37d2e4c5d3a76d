package turn

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact/reply"
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

	parser reply.Parser
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
