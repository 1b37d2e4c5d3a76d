// Package admission decides, before any work is done, whether a call may cost
// something. It only counts, in the memory of one process.
package admission

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Memory bounds the bytes that all calls of a process hold at the same time. It
// is safe for concurrent use.
type Memory struct {
	free  *semaphore.Weighted
	total int64
}

// NewMemory makes a Memory of that many bytes.
func NewMemory(bytes int64) *Memory {
	return &Memory{free: semaphore.NewWeighted(bytes), total: bytes}
}

const patience = 5 * time.Second // how long a call waits for others to end

// Reserve takes n bytes, and waits up to 5 seconds for them. Whoever comes first
// is served first. UNAVAILABLE overloaded with retryAfter if other calls hold
// too much, and always if n is more than there is.
func (m *Memory) Reserve(ctx context.Context, n int64) error {
	if m.free.TryAcquire(n) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if n > m.total || m.free.Acquire(waiting, n) != nil {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return overloaded()
	}
	return nil
}

// Release gives n reserved bytes back.
func (m *Memory) Release(n int64) { m.free.Release(n) }
