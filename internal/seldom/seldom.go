// Package seldom keeps trouble that goes on from filling a log: of each kind it lets one
// line a minute through, and counts the others.
package seldom

import (
	"sync"
	"time"
)

// pause is how long one kind is not told again.
const pause = time.Minute

// Teller decides what is told now. The zero Teller is ready, and safe for concurrent use.
type Teller[Kind comparable] struct {
	mu   sync.Mutex
	told map[Kind]*told
}

// told is when a kind was last told, and how often it was not since then.
type told struct {
	at         time.Time
	suppressed int
}

// Tell reports whether to tell of a kind now, and how often it was left out before.
func (t *Teller[Kind]) Tell(kind Kind) (suppressed int, now bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last := t.told[kind]; last != nil {
		if time.Since(last.at) < pause {
			last.suppressed++
			return 0, false
		}
		suppressed = last.suppressed
	}
	if t.told == nil {
		t.told = map[Kind]*told{}
	}
	t.told[kind] = &told{at: time.Now()}
	return suppressed, true
}
