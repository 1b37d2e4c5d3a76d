package callable

import "context"

// Memory bounds the bytes that the calls of a process hold at the same time. It
// is called concurrently.
type Memory interface {
	// Reserve takes n bytes, or fails with what the client is told.
	Reserve(ctx context.Context, n int64) error
	Release(n int64)
}

// Sized is a result that may take more bytes as JSON than Options.MaxAnswer.
type Sized interface{ JSONSize() int64 }

// held is what one call has of a Memory.
type held struct {
	memory Memory // nil: nothing is bounded
	bytes  int64
}

// grow makes sure that the call holds at least n bytes.
func (h *held) grow(ctx context.Context, n int64) error {
	if h.memory == nil || n <= h.bytes {
		return nil
	}
	if err := h.memory.Reserve(ctx, n-h.bytes); err != nil {
		return err
	}
	h.bytes = n
	return nil
}

// shrink gives back what the call holds beyond n bytes.
func (h *held) shrink(n int64) {
	if h.memory != nil && n < h.bytes {
		h.memory.Release(h.bytes - n)
		h.bytes = n
	}
}
