// Package admission decides, before any work is done, whether a call may cost
// something. It only counts, in the memory of one process.
package admission

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Memory bounds the bytes that all calls of a process hold at the same time. It
// is safe for concurrent use.
type Memory struct {
	total int64

	mu      sync.Mutex
	held    int64
	waiting []*waiter // the highest priority first, and within one who came first
}

// waiter is a call that waits for bytes.
type waiter struct {
	priority Priority
	bytes    int64
	served   chan struct{} // closed once it has them
}

// NewMemory makes a Memory of that many bytes.
func NewMemory(bytes int64) *Memory { return &Memory{total: bytes} }

// For returns the Memory as calls of a priority see it.
func (m *Memory) For(p Priority) Share { return Share{m, p} }

// Share is a Memory as calls of one priority see it.
type Share struct {
	memory   *Memory
	priority Priority
}

const patience = 5 * time.Second // how long a call waits for others to end

// Reserve takes n bytes, and waits up to 5 seconds for them. Those that matter more
// are served first, and may fill what others may not: as in a Room. Only a call that
// is alone may have all there is. UNAVAILABLE overloaded with retryAfter if other calls
// hold too much, and always if n is more than there is.
func (s Share) Reserve(ctx context.Context, n int64) error {
	m := s.memory
	if n > m.total {
		return overloaded()
	}
	if m.take(s.priority, n) {
		return nil
	}
	w := &waiter{s.priority, n, make(chan struct{})}
	m.enqueue(w)
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	err := overloaded()
	select {
	case <-w.served:
		return nil
	case <-timeout.C:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if m.leave(w) {
		return err
	}
	return nil // it was served just now
}

// Release gives n reserved bytes back.
func (s Share) Release(n int64) {
	m := s.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held -= n
	m.serve()
}

// take takes n bytes if they are there, and nobody waits who would be served before.
func (m *Memory) take(p Priority, n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) > 0 && m.waiting[0].priority >= p || !m.fits(p, n) {
		return false
	}
	m.held += n
	return true
}

// fits reports whether a call of a priority may have n more bytes.
func (m *Memory) fits(p Priority, n int64) bool {
	return m.held == 0 || m.held+n <= m.total*int64(shares[p])/100
}

func (m *Memory) enqueue(w *waiter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.waiting, func(o *waiter) bool { return o.priority < w.priority })
	if at < 0 {
		at = len(m.waiting)
	}
	m.waiting = slices.Insert(m.waiting, at, w)
	m.serve()
}

// leave takes a waiter out of the line, and reports whether it was still in it.
func (m *Memory) leave(w *waiter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.Index(m.waiting, w)
	if at < 0 {
		return false
	}
	m.waiting = slices.Delete(m.waiting, at, at+1)
	m.serve() // those behind it may want less
	return true
}

// serve gives bytes to those who wait, in their order. Nobody overtakes, or a call that
// wants much would never get it.
func (m *Memory) serve() {
	for len(m.waiting) > 0 && m.fits(m.waiting[0].priority, m.waiting[0].bytes) {
		m.held += m.waiting[0].bytes
		close(m.waiting[0].served)
		m.waiting = slices.Delete(m.waiting, 0, 1)
	}
}
