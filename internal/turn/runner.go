package turn

import (
	"context"
	"log/slog"
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
	Retention    time.Duration // how long the words of user and model are kept; 0: as long as the project
	// MinParameters is how many weights a model has at least that is asked for an app of
	// the kinds that templates have; 0: any number.
	MinParameters int64
	Repairs       int      // how often a worker is asked to mend an answer that does not work: 1, or 0 for never
	Unchecked     []string // kinds of diagnostics that are not told
}

// Runner runs turns, and follows those that other instances run. It owns all
// their goroutines: Drain ends them, all but those that a Store holds although
// their context has ended.
type Runner struct {
	store    Store
	answers  answers
	checks   checks
	worker   Worker // nil: templates answer
	spending Spending
	settings Settings
	journal  *journal
	pulse    *pulse
	instance string // names this process

	turns         sync.WaitGroup  // the turns that this instance runs
	turnsCtx      context.Context // ends when a drain runs out of time
	stopTurns     context.CancelCauseFunc
	stepsCtx      context.Context // ends when a drain waits no longer for the database
	stopSteps     context.CancelFunc
	background    sync.WaitGroup  // followers, the sweep, the listener for cancels
	backgroundCtx context.Context // ends with the drain
	endBackground context.CancelFunc

	sweeping sync.Mutex // held by a round of the sweep
	swept    swept
	clearing sync.Mutex // held while old versions of a project are cleared

	mu       sync.Mutex
	draining bool
	pending  map[pendingKey]*pendingTurn
	active   map[Key]*activeTurn
}

// NewRunner returns a Runner that works until it is drained. worker may be nil:
// then templates answer. log gets a line for each turn that ends, and one for what
// fails in the background.
func NewRunner(store Store, w Worker, pages Pages, s Settings, log *slog.Logger) *Runner {
	j := &journal{log: log}
	r := &Runner{
		store: witness{store, j}, answers: answers{store, pages}, checks: checks{pages, s.Unchecked}, worker: w, spending: unbounded{}, settings: s, journal: j, pulse: newPulse(s.Lease), instance: uuid.NewString(),
		pending: map[pendingKey]*pendingTurn{}, active: map[Key]*activeTurn{},
	}
	r.turnsCtx, r.stopTurns = context.WithCancelCause(context.Background())
	r.stepsCtx, r.stopSteps = context.WithCancel(context.Background())
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

var errDraining = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.").With("retryAfter", 1)

// Ready returns nil if this instance takes turns: UNAVAILABLE shutting-down once it is
// drained.
func (r *Runner) Ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining {
		return errDraining
	}
	return nil
}

// lastStep is how long the turns that a drain has interrupted may take to be
// stored as that.
const lastStep = time.Second

// Drain takes no more turns, and waits for the running ones until ctx ends. Those
// that still run then end as interrupted. After one second more Drain returns,
// whatever the database does, and everybody who reads has been told: interrupted
// of a turn that is stored as that, otherwise shutting-down. What is not stored by
// then ends with its lease. A second Drain does nothing.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	again := r.draining
	r.draining = true
	r.mu.Unlock()
	if again {
		return
	}
	over := make(chan struct{})
	go func() {
		r.turns.Wait()
		r.endBackground()
		r.background.Wait()
		close(over)
	}()
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	r.stopTurns(errs.New(errs.Aborted, errs.Interrupted, "The server stopped while this answer was being written. What it had written is kept."))
	r.endBackground()
	select {
	case <-over:
	case <-time.After(lastStep):
		r.abandon()
	}
}

// abandon tells everybody who still waits that this instance stops, and ends the
// steps that have no answer yet.
func (r *Runner) abandon() {
	r.stopSteps()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.active {
		a.log.Abandon(errDraining)
	}
}

func (r *Runner) scope(k Key, uid string) Scope {
	return Scope{Key: k, UID: uid, Lease: r.settings.Lease}
}
