// Package spending stops a deployment that costs too much: it counts what workers do
// and what is downloaded for all users of all instances in a day, and refuses new turns
// and new downloads beyond the ceiling.
//
// One document that every instance adds to would take about one write a second. So
// each instance keeps its own sum in a document of its own, which nobody else
// writes, and reads the sum of all. Both happen every few seconds, and only while
// there is work.
//
// The ceiling can be overshot: by the calls that are under way, since a turn or a
// download that has begun is not stopped; and by what other instances do within two intervals, 10
// seconds. While the database does not answer, an instance knows of itself, and of
// the others what it heard last.
package spending

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/quota"
)

// Store keeps the sums.
type Store interface {
	// Spend replaces what an instance has used on a day.
	Spend(ctx context.Context, day, instance string, s quota.Spent) error
	// Spent is what all instances have used on a day.
	Spent(ctx context.Context, day string) (quota.Spent, error)
}

const (
	interval = 5 * time.Second
	timeout  = 2 * time.Second // of the database, for which the first turn of an interval waits
)

// Counter counts for one instance. It is safe for concurrent use.
type Counter struct {
	store    Store
	ceiling  quota.Ceiling
	instance string
	log      *slog.Logger

	syncing chan struct{} // holds a value while the database is asked

	mu     sync.Mutex
	day    string
	own    quota.Spent // of this instance, on that day
	stored quota.Spent // of it, what the database has
	others quota.Spent // of the other instances, as last read
	asked  time.Time   // when the database was asked last
	timer  *time.Timer // that stores own; nil: all of it is stored
	warned time.Time
	closed bool
}

// New returns the counter of an instance, a name that no other process has. Close it.
func New(store Store, ceiling quota.Ceiling, instance string, log *slog.Logger) *Counter {
	return &Counter{store: store, ceiling: ceiling, instance: instance, log: log, syncing: make(chan struct{}, 1)}
}

// Check returns nil if one more turn may begin; otherwise an error as
// quota.Ceiling.Allows. It asks the database at most once in an interval.
func (c *Counter) Check(ctx context.Context, anonymous bool) error {
	if c.stale() {
		c.sync(ctx, true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ceiling.Allows(c.own.Plus(c.others), anonymous, time.Now())
}

// CheckDownload returns nil if so many bytes more may be granted; otherwise an error as
// quota.Ceiling.AllowsDownload. It asks the database as Check does.
func (c *Counter) CheckDownload(ctx context.Context, anonymous bool, bytes int64) error {
	if c.stale() {
		c.sync(ctx, true)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ceiling.AllowsDownload(c.own.Plus(c.others), anonymous, bytes, time.Now())
}

// Add counts tokens that a worker has read or written.
func (c *Counter) Add(anonymous bool, tokens int) {
	s := quota.Spent{Tokens: int64(tokens)}
	if anonymous {
		s.AnonymousTokens = s.Tokens
	}
	c.add(s)
}

// AddDownload counts bytes that were granted.
func (c *Counter) AddDownload(anonymous bool, bytes int64) {
	s := quota.Spent{Bytes: bytes}
	if anonymous {
		s.AnonymousBytes = bytes
	}
	c.add(s)
}

func (c *Counter) add(s quota.Spent) {
	if s == (quota.Spent{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turnOver()
	c.own = c.own.Plus(s)
	if c.timer == nil && !c.closed {
		c.timer = time.AfterFunc(interval, func() { c.sync(context.Background(), false) })
	}
}

// Close stores what is not stored yet, or gives up when ctx ends.
func (c *Counter) Close(ctx context.Context) {
	c.mu.Lock()
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	c.sync(ctx, false)
}

// stale reports whether the database is to be asked what others have used.
func (c *Counter) stale() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turnOver()
	return time.Since(c.asked) >= interval
}

// turnOver begins a new day. The caller holds the lock. What was used in the last
// seconds of the day before may not be stored any more: no one asks for it.
func (c *Counter) turnOver() {
	if today := quota.Today(time.Now()); c.day != today {
		c.day, c.own, c.stored, c.others, c.asked = today, quota.Spent{}, quota.Spent{}, quota.Spent{}, time.Time{}
	}
}

// sync stores this instance's sum, and reads what the others have used if asked to.
// What fails is tried again with the next.
func (c *Counter) sync(ctx context.Context, read bool) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	select {
	case c.syncing <- struct{}{}:
		defer func() { <-c.syncing }()
	case <-ctx.Done():
		return
	}
	if read && !c.stale() { // another caller has just asked
		return
	}
	c.mu.Lock()
	c.turnOver()
	day, own, stored := c.day, c.own, c.stored
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if read {
		c.asked = time.Now()
	}
	c.mu.Unlock()

	var unsaved, unread error
	if own != stored {
		if unsaved = c.store.Spend(ctx, day, c.instance, own); unsaved == nil {
			stored = own
		}
	}
	var all quota.Spent
	if read {
		all, unread = c.store.Spent(ctx, day)
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	c.warn(errors.Join(unsaved, unread))
	if c.day != day {
		return
	}
	c.stored = stored
	if read && unread == nil {
		c.others = all.Minus(stored)
	}
	if unsaved != nil && c.timer == nil && !c.closed {
		c.timer = time.AfterFunc(interval, func() { c.sync(context.Background(), false) })
	}
}

// warn logs, once a minute, that the ceiling is watched by this instance's figures
// alone. The caller holds the lock.
func (c *Counter) warn(err error) {
	if err == nil || time.Since(c.warned) < time.Minute {
		return
	}
	c.warned = time.Now()
	c.log.Warn("what other instances have spent is not known", "err", err)
}
