package admission_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
)

func TestMemory(t *testing.T) {
	overloaded := func(t *testing.T, err error) {
		t.Helper()
		if e := errs.Of(err); e == nil || e.Code != errs.Unavailable || e.Reason != errs.Overloaded || e.Detail("retryAfter") != 2 {
			t.Errorf("it fails with %v", err)
		}
	}
	reserve := func(t *testing.T, m admission.Share, n int64) {
		t.Helper()
		if err := m.Reserve(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("what is given back is there again", func(t *testing.T) {
		m := admission.NewMemory(10).For(admission.Running)
		for range 3 {
			reserve(t, m, 10)
			m.Release(10)
		}
	})
	t.Run("a call waits for another to end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10).For(admission.Running)
			reserve(t, m, 6)
			time.AfterFunc(4*time.Second, func() { m.Release(6) })
			reserve(t, m, 6)
		})
	})
	t.Run("it does not wait for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10).For(admission.Running)
			reserve(t, m, 6)
			overloaded(t, m.Reserve(t.Context(), 6))
			reserve(t, m, 4) // nothing of the refused one is held
		})
	})
	t.Run("more than there is", func(t *testing.T) {
		overloaded(t, admission.NewMemory(10).For(admission.Running).Reserve(t.Context(), 11))
	})
	t.Run("a call that ends while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(10).For(admission.Running)
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

// TestMemoryByPriority: those who matter less leave room for others, and are served
// after them.
func TestMemoryByPriority(t *testing.T) {
	full := func(t *testing.T, m *admission.Memory, p admission.Priority, n int64) {
		t.Helper()
		if e := errs.Of(m.For(p).Reserve(t.Context(), n)); e == nil || e.Reason != errs.Overloaded {
			t.Errorf("%d more bytes for priority %d: %v", n, p, e)
		}
	}
	reserve := func(t *testing.T, m *admission.Memory, p admission.Priority, n int64) {
		t.Helper()
		if err := m.For(p).Reserve(t.Context(), n); err != nil {
			t.Fatalf("%d more bytes for priority %d: %v", n, p, err)
		}
	}
	// begin reserves in the background, and writes a name down once that is done.
	begin := func(t *testing.T, m *admission.Memory, p admission.Priority, n int64, served *names, name string) {
		go func() {
			if m.For(p).Reserve(t.Context(), n) == nil {
				served.add(name)
			}
		}()
		synctest.Wait()
	}
	t.Run("shares", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(100)
			reserve(t, m, admission.Running, 1) // so that nobody is alone
			for _, step := range []struct {
				p admission.Priority
				n int64
			}{{admission.Anonymous, 49}, {admission.SignedIn, 25}, {admission.Premium, 15}, {admission.Running, 10}} {
				full(t, m, step.p, step.n+1)
				reserve(t, m, step.p, step.n)
				full(t, m, step.p, 1)
			}
		})
	})
	t.Run("alone", func(t *testing.T) {
		m := admission.NewMemory(100)
		reserve(t, m, admission.Anonymous, 100)
		m.For(admission.Anonymous).Release(100)
		reserve(t, m, admission.Running, 100)
	})
	t.Run("who matters more is served first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(100)
			reserve(t, m, admission.Running, 100)
			var served names
			begin(t, m, admission.Anonymous, 10, &served, "guest")
			begin(t, m, admission.Running, 30, &served, "reader")
			begin(t, m, admission.Running, 30, &served, "second reader")
			m.For(admission.Running).Release(35)
			synctest.Wait()
			if diff := cmp.Diff([]string{"reader"}, served.list()); diff != "" {
				t.Errorf("with 35 bytes (-want +got):\n%s", diff)
			}
			m.For(admission.Running).Release(55)
			synctest.Wait()
			if diff := cmp.Diff([]string{"reader", "second reader"}, served.list()); diff != "" {
				t.Errorf("with 60 bytes, of 70 that are held (-want +got):\n%s", diff)
			}
			m.For(admission.Running).Release(30)
			synctest.Wait()
			if diff := cmp.Diff([]string{"reader", "second reader", "guest"}, served.list()); diff != "" {
				t.Errorf("with 30 more (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("nobody overtakes, but who gives up lets others go", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(100)
			reserve(t, m, admission.Running, 60)
			var served names
			begin(t, m, admission.Running, 50, &served, "much")
			time.Sleep(4 * time.Second)
			begin(t, m, admission.Running, 10, &served, "little")
			if got := served.list(); len(got) != 0 {
				t.Errorf("served: %v", got)
			}
			time.Sleep(1500 * time.Millisecond)
			synctest.Wait()
			if diff := cmp.Diff([]string{"little"}, served.list()); diff != "" {
				t.Errorf("served (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("never more than there is, and nothing is lost", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := admission.NewMemory(1000)
			var held atomic.Int64
			var all sync.WaitGroup
			for i := range 200 {
				random := rand.New(rand.NewPCG(uint64(i), 2))
				all.Go(func() {
					for range 20 {
						share := m.For(admission.Priority(random.IntN(4)))
						n := 1 + random.Int64N(400)
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(80))*100*time.Millisecond)
						if share.Reserve(ctx, n) == nil {
							if sum := held.Add(n); sum > 1000 {
								t.Errorf("%d bytes are held", sum)
							}
							time.Sleep(time.Duration(random.IntN(3)) * 100 * time.Millisecond) // so that it ends when others give up
							held.Add(-n)
							share.Release(n)
						}
						cancel()
					}
				})
			}
			all.Wait()
			reserve(t, m, admission.Running, 1000)
		})
	})
}

// names is a list that several goroutines write.
type names struct {
	mu  sync.Mutex
	all []string
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, name)
}

func (n *names) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}
