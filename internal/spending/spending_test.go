package spending_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/spending"
)

var quiet = slog.New(slog.DiscardHandler)

// books is a database of sums that may not answer.
type books struct {
	mu            sync.Mutex
	sums          map[string]quota.Spent // by day and instance
	silent        bool
	reads, writes int
}

func (b *books) Spend(ctx context.Context, day, instance string, s quota.Spent) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes++
	if b.silent {
		return errors.New("silent")
	}
	if b.sums == nil {
		b.sums = map[string]quota.Spent{}
	}
	b.sums[day+" "+instance] = s
	return nil
}

func (b *books) Spent(ctx context.Context, day string) (quota.Spent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.silent {
		return quota.Spent{}, errors.New("silent")
	}
	var all quota.Spent
	for name, s := range b.sums {
		if name[:len(day)] == day {
			all = all.Plus(s)
		}
	}
	return all, nil
}

func (b *books) asked() (reads, writes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads, b.writes
}

func (b *books) stop(silent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.silent = silent
}

func refused(t *testing.T, what string, err error, want bool) {
	t.Helper()
	switch e := errs.Of(err); {
	case (e != nil) != want:
		t.Errorf("%s: %v, want a refusal: %v", what, err, want)
	case want && (e.Code != errs.ResourceExhausted || e.Reason != errs.DailyCeiling || e.Detail("resetsAt") == nil):
		t.Errorf("%s: %v with %v", what, e, e.Details)
	}
}

// TestOneCeilingForAll: what one instance does counts on every other one, at the
// latest two intervals later.
func TestOneCeilingForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &books{}
		ctx := t.Context()
		a, b := spending.New(db, quota.Ceiling{Tokens: 100, AnonymousTokens: 40}, "a", quiet), spending.New(db, quota.Ceiling{Tokens: 100, AnonymousTokens: 40}, "b", quiet)
		defer a.Close(ctx)
		defer b.Close(ctx)
		refused(t, "at first", a.Check(ctx, true), false)
		refused(t, "at first, elsewhere", b.Check(ctx, true), false)
		a.Add(true, 25)
		b.Add(true, 25)
		refused(t, "not told yet", a.Check(ctx, true), false)
		time.Sleep(10 * time.Second)
		refused(t, "guests", a.Check(ctx, true), true)
		refused(t, "guests elsewhere", b.Check(ctx, true), true)
		refused(t, "a user with an account", a.Check(ctx, false), false)
		a.Add(false, 50)
		refused(t, "at the ceiling: one's own counts at once", a.Check(ctx, false), true)
		time.Sleep(10 * time.Second)
		refused(t, "at the ceiling, elsewhere", b.Check(ctx, false), true)
		time.Sleep(24 * time.Hour)
		refused(t, "the next day", a.Check(ctx, true), false)
		refused(t, "the next day, elsewhere", b.Check(ctx, true), false)
	})
}

// TestDownloads: bytes have a ceiling of their own, which counts on every instance too.
func TestDownloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &books{}
		ctx := t.Context()
		ceiling := quota.Ceiling{Tokens: 1, Bytes: 100, AnonymousBytes: 40}
		a, b := spending.New(db, ceiling, "a", quiet), spending.New(db, ceiling, "b", quiet)
		defer a.Close(ctx)
		defer b.Close(ctx)
		refused(t, "at first", a.CheckDownload(ctx, true, 40), false)
		a.AddDownload(true, 40)
		a.AddDownload(false, 0)
		refused(t, "guests", a.CheckDownload(ctx, true, 1), true)
		refused(t, "a user with an account", a.CheckDownload(ctx, false, 60), false)
		time.Sleep(10 * time.Second)
		refused(t, "guests elsewhere", b.CheckDownload(ctx, true, 1), true)
		refused(t, "more than is left, elsewhere", b.CheckDownload(ctx, false, 61), true)
		refused(t, "what is left, elsewhere", b.CheckDownload(ctx, false, 60), false)
		refused(t, "a turn", b.Check(ctx, true), false)
	})
}

// TestOneDocumentAnInterval: the database is asked once in five seconds, however
// much is done, and not at all by an instance that does nothing.
func TestOneDocumentAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &books{}
		m := spending.New(db, quota.Ceiling{Tokens: 1e9}, "a", quiet)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				for range 100 { // 100 seconds
					_ = m.Check(t.Context(), false)
					m.Add(false, 10)
					time.Sleep(time.Second)
				}
			})
		}
		all.Wait()
		if reads, writes := db.asked(); reads > 21 || writes > 41 {
			t.Errorf("%d reads and %d writes in 100 seconds", reads, writes)
		}
		time.Sleep(time.Minute)
		reads, writes := db.asked()
		time.Sleep(time.Hour)
		if r, w := db.asked(); r != reads || w != writes {
			t.Errorf("%d reads and %d writes in an idle hour", r-reads, w-writes)
		}
		if got, _ := db.Spent(t.Context(), quota.Today(time.Now())); got.Tokens != 50000 {
			t.Errorf("stored are %d tokens, of 50000", got.Tokens)
		}
		m.Close(t.Context())
	})
}

// TestASilentDatabase: an instance goes by what it knows, and tells the rest later.
func TestASilentDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &books{}
		ctx := t.Context()
		var log strings.Builder
		m := spending.New(db, quota.Ceiling{Tokens: 100}, "a", slog.New(slog.NewTextHandler(&log, nil)))
		db.stop(true)
		refused(t, "nothing is known", m.Check(ctx, false), false)
		m.Add(false, 100)
		refused(t, "its own", m.Check(ctx, false), true)
		time.Sleep(time.Minute)
		db.stop(false)
		time.Sleep(10 * time.Second)
		if got, _ := db.Spent(ctx, quota.Today(time.Now())); got.Tokens != 100 {
			t.Errorf("stored are %d tokens, of 100", got.Tokens)
		}
		if n := strings.Count(log.String(), "level=WARN"); n < 1 || n > 2 {
			t.Errorf("%d warnings in a minute:\n%s", n, log.String())
		}
		m.Add(false, 11)
		m.Close(ctx)
		if got, _ := db.Spent(ctx, quota.Today(time.Now())); got.Tokens != 111 {
			t.Errorf("after Close, stored are %d tokens, of 111", got.Tokens)
		}
	})
}
