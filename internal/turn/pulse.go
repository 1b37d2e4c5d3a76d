package turn

import (
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// pulse knows how late this instance renews the leases of the turns that it runs. An
// instance that has too much to do, or too slow a database, shows it there first.
type pulse struct {
	lease time.Duration

	mu      sync.Mutex
	renewed map[Key]time.Time // when the last renewal that succeeded was asked for
}

func newPulse(lease time.Duration) *pulse {
	return &pulse{lease: lease, renewed: map[Key]time.Time{}}
}

// note keeps when a turn's lease began.
func (p *pulse) note(k Key, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewed[k] = at
}

// over forgets a turn that has ended.
func (p *pulse) over(k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.renewed, k)
}

// check returns nil while leases are renewed in time: UNAVAILABLE overloaded with
// retryAfter when half the lease of a quarter of the turns is over, and of two at
// least. One alone may have reasons of its own. A renewal is due after a third of the
// lease; what a second more or less does to a very short lease says nothing.
func (p *pulse) check() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	late := 0
	for _, at := range p.renewed {
		if time.Since(at) > max(p.lease/2, time.Second) {
			late++
		}
	}
	if late < 2 || 4*late < len(p.renewed) {
		return nil
	}
	const seconds = 5
	return errs.New(errs.Unavailable, errs.Overloaded, "This server is busy with other answers. Try again in %d seconds.", seconds).With("retryAfter", seconds)
}
