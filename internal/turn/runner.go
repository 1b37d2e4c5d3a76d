package turn

import (
	"context"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/uuid"
)

// Settings hold for every turn of a Runner.
type Settings struct {
	SystemPrompt string
	Prefill      string // where a reply starts, if the worker can continue one; "" for none
	Temperature  float64
	MaxTokens    int           // of a reply
	Limit        time.Duration // how long a turn may take
	Lease        time.Duration // how long an owner may be silent before others end its turn
	Idle         time.Duration // how long a turn runs while nobody reads it
}

// Runner runs turns, and follows those that other instances run. It owns all
// their goroutines: Drain ends them.
type Runner struct {
	store    Store
	answers  answers
	worker   Worker // nil: templates answer
	spending Spending
	settings Settings
	instance string // names this process

	turns         sync.WaitGroup  // the turns that this instance runs
	turnsCtx      context.Context // ends when a drain runs out of time
	stopTurns     context.CancelCauseFunc
	background    sync.WaitGroup  // followers, the sweep, the listener for cancels
	backgroundCtx context.Context // ends with the drain
	endBackground context.CancelFunc

	mu       sync.Mutex
	draining bool
	pending  map[pendingKey]*pendingTurn
	active   map[Key]*activeTurn
}

// NewRunner returns a Runner that works until it is drained. worker may be nil:
// then templates answer.
func NewRunner(store Store, w Worker, s Settings) *Runner {
	r := &Runner{
		store: store, answers: answers{store}, worker: w, spending: unbounded{}, settings: s, instance: uuid.NewString(),
		pending: map[pendingKey]*pendingTurn{}, active: map[Key]*activeTurn{},
	}
	r.turnsCtx, r.stopTurns = context.WithCancelCause(context.Background())
	r.backgroundCtx, r.endBackground = context.WithCancel(context.Background())
	r.background.Go(func() { r.listen(r.backgroundCtx) })
	r.background.Go(func() { r.sweep(r.backgroundCtx) })
	return r
}

// Under has s count what workers do, and stop it. Call it before the first turn.
func (r *Runner) Under(s Spending) { r.spending = s }

type unbounded struct{}

func (unbounded) Check(context.Context, bool) error { return nil }

func (unbounded) Add(bool, int) {}

var errDraining = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.")

// Drain takes no more turns, and waits for the running ones. If ctx ends first,
// they end as interrupted, each with an error to whoever reads it.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		r.stopTurns(errs.New(errs.Aborted, errs.Interrupted, "The server stopped while this answer was being written. What it had written is kept."))
	})
	defer stop()
	r.turns.Wait()
	r.endBackground()
	r.background.Wait()
}

func (r *Runner) scope(k Key, uid string) Scope {
	return Scope{Key: k, UID: uid, Lease: r.settings.Lease}
}
