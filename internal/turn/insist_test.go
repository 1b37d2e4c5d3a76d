package turn_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// insistence keeps which steps insist on the database.
type insistence struct {
	*memstore.Store
	mu    sync.Mutex
	steps map[string]bool
}

func (s *insistence) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	s.mu.Lock()
	s.steps[op] = on.Insist
	s.mu.Unlock()
	return s.Store.Apply(ctx, on, op, step)
}

// TestInsist: a turn that runs is kept and ended even while the database seems not to
// answer; nothing begins then.
func TestInsist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &insistence{Store: memstore.New(), steps: map[string]bool{}}
		r := turn.NewRunner(db, hanging{}, inProcess{}, turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: time.Hour}, quietLog)
		ended := generates(t.Context(), r)
		time.Sleep(11 * time.Second) // a renewal is due after 10
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r.Drain(ctx)
		<-ended
		if diff := cmp.Diff(map[string]bool{"accept": false, "renew": true, "finish": true}, db.steps); diff != "" {
			t.Errorf("which steps insist (-want +got):\n%s", diff)
		}
	})
}
