package admission

import (
	"sync"

	"dreambuild.dev/backend/internal/errs"
)

// Priority says whose calls are let in when there is little room. A higher one finds
// room longer.
type Priority int

// The priorities.
const (
	Anonymous Priority = iota // of who has no account, or no token
	SignedIn
	Premium
	Running // of calls about turns that run: what was begun is brought to its end
)

// shares is how much of a Room may be taken, in percent, when a call of each priority
// comes. So the last tenth is kept for calls about turns that run.
var shares = [...]int{Anonymous: 50, SignedIn: 75, Premium: 90, Running: 100}

// Room limits how many calls a process works on at once. It is safe for concurrent
// use.
type Room struct {
	total int

	mu    sync.Mutex
	taken int
}

// NewRoom makes a Room for total calls; 0: for any number.
func NewRoom(total int) *Room { return &Room{total: total} }

// Enter takes a place, which leave gives back: call it once. UNAVAILABLE overloaded
// with retryAfter if there is none for calls of that priority.
func (r *Room) Enter(p Priority) (leave func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.total > 0 && r.taken*100 >= r.total*shares[p] {
		return nil, overloaded()
	}
	r.taken++
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.taken--
	}, nil
}

// overloaded is the error for a call that is refused for what others take.
func overloaded() error {
	return errs.New(errs.Unavailable, errs.Overloaded, "There is too much to do just now. Try again.").With("retryAfter", 2)
}

// Streams limits how many streams each user reads at once. It is safe for concurrent
// use.
type Streams struct {
	mu   sync.Mutex
	open map[string]int
}

// NewStreams makes Streams.
func NewStreams() *Streams { return &Streams{open: map[string]int{}} }

// Open counts one more stream of a user, which end takes back: call it once.
// RESOURCE_EXHAUSTED too-many-streams with limit, used and retryAfter if the user has
// that many already.
func (s *Streams) Open(uid string, most int) (end func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if used := s.open[uid]; used >= most {
		return nil, errs.New(errs.ResourceExhausted, errs.TooManyStreams, "You read %d answers at the same time already. Close one, or try again in a few seconds.", used).
			With("limit", most).With("used", used).With("retryAfter", 5)
	}
	s.open[uid]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[uid]--; s.open[uid] == 0 {
			delete(s.open, uid)
		}
	}, nil
}

// Used is how many streams a user reads.
func (s *Streams) Used(uid string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[uid]
}
