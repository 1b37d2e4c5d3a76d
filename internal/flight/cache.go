package flight

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Cache remembers what was found for each key, for a while. Callers that miss the
// same key at the same time share one run. A full Cache forgets the key that was
// asked for least recently. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	life  time.Duration
	runs  Group[K, V]
	known *lru.Cache[K, found[V]]
}

type found[V any] struct {
	value V
	until time.Time
}

// NewCache returns a Cache of at most size keys, each believed for life.
func NewCache[K comparable, V any](size int, life time.Duration) *Cache[K, V] {
	known, err := lru.New[K, found[V]](size)
	if err != nil {
		panic(err) // the size is not positive
	}
	return &Cache[K, V]{life: life, known: known}
}

// Do returns what is known of a key, or else what fn returns, as [Group.Do] does.
// An error is not remembered.
func (c *Cache[K, V]) Do(ctx context.Context, key K, limit time.Duration, fn func(context.Context) (V, error)) (V, error) {
	if v, ok := c.fresh(key); ok {
		return v, nil
	}
	return c.runs.Do(ctx, key, limit, func(ctx context.Context) (V, error) {
		if v, ok := c.fresh(key); ok { // by a run that has just ended
			return v, nil
		}
		v, err := fn(ctx)
		if err == nil {
			c.Keep(key, v, c.life)
		}
		return v, err
	})
}

func (c *Cache[K, V]) fresh(key K) (V, bool) {
	f, ok := c.known.Get(key)
	return f.value, ok && time.Now().Before(f.until)
}

// Keep makes the Cache believe v for life.
func (c *Cache[K, V]) Keep(key K, v V, life time.Duration) {
	c.known.Add(key, found[V]{v, time.Now().Add(life)})
}

// Last returns what was known last of a key, however old that is; the zero value
// if nothing was.
func (c *Cache[K, V]) Last(key K) V {
	f, _ := c.known.Get(key)
	return f.value
}

// Forget makes the next Do ask again.
func (c *Cache[K, V]) Forget(key K) { c.known.Remove(key) }
