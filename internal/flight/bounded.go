package flight

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Bounded remembers values that never change, up to a number of bytes. When there is
// no room, it forgets those that were asked for least recently. It is safe for
// concurrent use.
type Bounded[K comparable, V any] struct {
	most  int64
	bytes func(K, V) int64

	mu    sync.Mutex
	held  int64
	known *simplelru.LRU[K, V]
}

// NewBounded returns a Bounded of so many bytes. bytes says how many an entry takes.
func NewBounded[K comparable, V any](most int64, bytes func(K, V) int64) *Bounded[K, V] {
	b := &Bounded[K, V]{most: most, bytes: bytes}
	known, err := simplelru.NewLRU(math.MaxInt, func(k K, v V) { b.held -= bytes(k, v) })
	if err != nil {
		panic(err) // the size is not positive
	}
	b.known = known
	return b
}

// Get returns the value of a key, if it is known.
func (b *Bounded[K, V]) Get(key K) (V, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known.Get(key)
}

// Keep remembers a value, unless it is larger than all that may be remembered.
func (b *Bounded[K, V]) Keep(key K, v V) {
	n := b.bytes(key, v)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known.Remove(key)
	if n > b.most {
		return
	}
	for b.held+n > b.most {
		b.known.RemoveOldest()
	}
	b.known.Add(key, v)
	b.held += n
}

// Forget forgets the keys that which picks. It looks at all of them.
func (b *Bounded[K, V]) Forget(which func(K) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range b.known.Keys() {
		if which(key) {
			b.known.Remove(key)
		}
	}
}

// Held is how many bytes are remembered.
func (b *Bounded[K, V]) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}
