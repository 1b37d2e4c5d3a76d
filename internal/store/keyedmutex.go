package store

import (
	"context"
	"sync"
)

// queue lets one in at a time for each name. Firestore's transactions lock what
// they read: many of one process upon the same document would wait for each
// other until the locks time out. Those of other processes still meet here and
// there, and are tried again.
type queue struct {
	mu    sync.Mutex
	lines map[string]*line
}

type line struct {
	door chan struct{} // holds one
	n    int           // who stand in it
}

// enter waits for its turn, and returns how to leave.
func (q *queue) enter(ctx context.Context, name string) (leave func(), err error) {
	q.mu.Lock()
	if q.lines == nil {
		q.lines = map[string]*line{}
	}
	l := q.lines[name]
	if l == nil {
		l = &line{door: make(chan struct{}, 1)}
		q.lines[name] = l
	}
	l.n++
	q.mu.Unlock()
	gone := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if l.n--; l.n == 0 {
			delete(q.lines, name)
		}
	}
	select {
	case l.door <- struct{}{}:
		return func() { <-l.door; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, context.Cause(ctx)
	}
}
