package admission

import (
	"math"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Class is what a call does. Calls of each class have a rate of their own.
type Class int

// The classes.
const (
	Read     Class = iota
	Write          // it stores something, or asks for something that costs
	Stream         // it may read for minutes
	Generate       // it may ask a model, and reads for minutes
)

// Key names a bucket: whose calls are counted in it, and of which class. Who is not "".
type Key struct {
	Class Class
	Who   string
}

// Rates limits how often calls come, by a token bucket for each key. A bucket holds
// the calls of a minute and refills evenly, so a minute may be used up at once. It is
// safe for concurrent use.
//
// What is kept of a bucket is the time when it will be full again (the algorithm is
// known as GCRA). A full bucket is like one that was never used, so forgetting it
// changes nothing. No other is ever forgotten: whoever sends calls under many names
// resets nobody's bucket. Once there are as many buckets as may be, names that are
// new share one bucket for each class, until others are full.
type Rates struct {
	most int

	mu    sync.Mutex
	full  map[Key]time.Time
	swept time.Time
}

// NewRates makes Rates that keep so many buckets at most. A bucket takes some 200
// bytes.
func NewRates(most int) *Rates { return &Rates{most: most, full: map[Key]time.Time{}} }

// newcomers is how many times the rate of one name all new names have together while
// there is no room for buckets of their own.
const newcomers = 10

// Take takes one call out of a bucket of perMinute calls. RESOURCE_EXHAUSTED
// too-many-calls with limit and retryAfter if none is left.
func (r *Rates) Take(key Key, perMinute int) error {
	if perMinute <= 0 {
		return tooManyCalls(perMinute, time.Minute)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	each := time.Minute / time.Duration(perMinute)
	if !r.hasRoom(key, now) {
		key.Who = ""
		each /= newcomers
	}
	after := r.owed(key, now) + each
	if after > time.Minute {
		return tooManyCalls(perMinute, after-time.Minute)
	}
	r.full[key] = now.Add(after)
	return nil
}

// Return gives back a call that was taken out of a bucket of perMinute calls.
func (r *Rates) Return(key Key, perMinute int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if full, ok := r.full[key]; ok { // else it was taken out of the newcomers' bucket, which refills
		r.full[key] = full.Add(-time.Minute / time.Duration(perMinute))
	}
}

// Used is how many of perMinute calls a bucket lacks.
func (r *Rates) Used(key Key, perMinute int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	lacks := float64(perMinute) * r.owed(key, time.Now()).Minutes()
	return min(perMinute, int(math.Ceil(lacks)))
}

// owed is the time until a bucket is full.
func (r *Rates) owed(key Key, now time.Time) time.Duration { return max(0, r.full[key].Sub(now)) }

// hasRoom reports whether a key has a bucket or may get one.
func (r *Rates) hasRoom(key Key, now time.Time) bool {
	if _, ok := r.full[key]; ok || len(r.full) < r.most {
		return true
	}
	const pause = time.Second // between looks at all buckets
	if now.Sub(r.swept) < pause {
		return false
	}
	r.swept = now
	for key, full := range r.full {
		if !full.After(now) {
			delete(r.full, key)
		}
	}
	return len(r.full) < r.most
}

func tooManyCalls(perMinute int, wait time.Duration) error {
	seconds := int(math.Ceil(wait.Seconds()))
	return errs.New(errs.ResourceExhausted, errs.TooManyCalls, "Too many calls within a minute. Try again in %d seconds.", seconds).
		With("limit", perMinute).With("retryAfter", seconds)
}
