package admission_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/errs"
)

func TestMemory(t *testing.T) {
	overloaded := func(t *testing.T, err error) {
		t.Helper()
		if e := errs.Of(err); e == nil || e.Code != errs.Unavailable || e.Reason != errs.Overloaded || e.Detail("retryAfter") != 2 {
			t.Errorf("it fails with %v", err)
		}
	}
	reserve := func(t *testing.T, m *admission.Memory, n int64) {
		t.Helper()
		if err := m.Reserve(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("what is given back is there again", func(t *testing.T) {
		m := admission.NewMemory(10)
		for range 3 {
			reserve(t, m, 10)
			m.Release(10)
		}
	})
	t.Run("a call waits for another to end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10)
			reserve(t, m, 6)
			time.AfterFunc(4*time.Second, func() { m.Release(6) })
			reserve(t, m, 6)
		})
	})
	t.Run("it does not wait for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10)
			reserve(t, m, 6)
			overloaded(t, m.Reserve(t.Context(), 6))
			reserve(t, m, 4) // nothing of the refused one is held
		})
	})
	t.Run("more than there is", func(t *testing.T) {
		overloaded(t, admission.NewMemory(10).Reserve(t.Context(), 11))
	})
	t.Run("a call that ends while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10)
			reserve(t, m, 10)
			gone := errors.New("gone")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(gone) })
			if err := m.Reserve(ctx, 1); !errors.Is(err, gone) {
				t.Errorf("it fails with %v", err)
			}
		})
	})
}
