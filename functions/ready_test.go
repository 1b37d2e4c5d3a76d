package functions_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
)

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var answer atomic.Pointer[errs.Error]
		slow := func(ctx context.Context) error {
			asked.Add(1)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return ctx.Err()
			}
			if e := answer.Load(); e != nil {
				return e
			}
			return nil
		}
		b := functions.NewWith(config.Config{}, functions.Parts{Store: memstore.New(), Needs: []func(context.Context) error{slow}}, slog.New(slog.DiscardHandler))
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if err := b.Ready(t.Context()); err != nil {
					t.Errorf("all is there: %v", err)
				}
			})
		}
		callers.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("20 callers at once ask %d times", n)
		}
		answer.Store(errs.StoreLate())
		if err := b.Ready(t.Context()); !errors.Is(err, answer.Load()) {
			t.Errorf("without a database: %v", err)
		}
		answer.Store(nil)
		if err := b.Ready(t.Context()); err != nil {
			t.Errorf("with it again: %v", err)
		}
		b.Drain(t.Context())
		if err := b.Ready(t.Context()); errs.Of(err) == nil || errs.Of(err).Reason != errs.ShuttingDown {
			t.Errorf("while it stops: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}
