package turn

import (
	"context"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/uuid"
)

// Settings is what every turn is carried with.
type Settings struct {
	SystemPrompt string
	Prefill      string // where a reply starts, if the worker can continue one; "" for none
	Temperature  float64
	MaxTokens    int           // of a reply
	Limit        time.Duration // how long a turn may take
	Lease        time.Duration // how long an owner may be silent before others end its turn
	Idle         time.Duration // how long a turn goes on with nobody reading
}

// Runner carries turns, and follows those that other instances carry. It owns
// all their goroutines: Drain ends them.
type Runner struct {
	store    Store
	worker   Worker
	settings Settings
	instance string // names this process

	base context.Context // of every turn; ends when a drain has run out of time
	stop context.CancelCauseFunc

	background sync.WaitGroup
	retired    context.Context // ends with the background
	retire     context.CancelFunc

	mu       sync.Mutex
	draining bool
	flights  map[flight]*landing
	logs     map[Key]*carried
	turns    sync.WaitGroup
}

// NewRunner returns a Runner. worker may be nil: then templates answer. Drain
// it in the end.
func NewRunner(store Store, w Worker, s Settings) *Runner {
	base, stop := context.WithCancelCause(context.Background())
	background, retire := context.WithCancel(context.Background())
	r := &Runner{
		store: store, worker: w, settings: s, instance: uuid.NewString(), base: base, stop: stop, retired: background, retire: retire,
		flights: map[flight]*landing{}, logs: map[Key]*carried{},
	}
	r.background.Go(func() { r.listen(background) })
	r.background.Go(func() { r.sweep(background) })
	return r
}

var errDraining = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.")

// Drain takes no more turns, and waits for the running ones. When ctx ends
// first, they end as interrupted, each with an error to whoever reads it.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		r.stop(errs.New(errs.Aborted, errs.Interrupted, "The server stopped while this answer was being written. What it had written is kept."))
	})
	defer stop()
	r.turns.Wait()
	r.retire()
	r.background.Wait()
}

func (r *Runner) scope(k Key, uid string) Scope {
	return Scope{Key: k, UID: uid, Lease: r.settings.Lease}
}
