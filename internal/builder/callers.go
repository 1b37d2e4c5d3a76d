package builder

import (
	"context"
	"sync"
)

// callers lets one set of each caller into the lanes at a time. There callers wait in
// their order; so whoever sends many sets at once waits for their own, and everybody else
// for one of them at most.
type callers struct {
	mu    sync.Mutex
	lines map[string]*line
}

// line is where the sets of one caller wait.
type line struct {
	place chan struct{} // is full while one of them is in the lanes
	sets  int           // that wait, or are there; the line is forgotten without any
}

type callerKey struct{}

// For says for whom sets are built with this context. Without it a set waits for all
// others, and for none of the same caller.
func For(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// enter waits until no other set of the context's caller is in the lanes. leave is nil if
// waiting ends before.
func (c *callers) enter(waiting context.Context) (leave func()) {
	who, _ := waiting.Value(callerKey{}).(string)
	if who == "" {
		return func() {}
	}
	c.mu.Lock()
	if c.lines == nil {
		c.lines = map[string]*line{}
	}
	l := c.lines[who]
	if l == nil {
		l = &line{place: make(chan struct{}, 1)}
		c.lines[who] = l
	}
	l.sets++
	c.mu.Unlock()
	gone := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if l.sets--; l.sets == 0 {
			delete(c.lines, who)
		}
	}
	select {
	case l.place <- struct{}{}:
		return func() { <-l.place; gone() }
	case <-waiting.Done():
		gone()
		return nil
	}
}
