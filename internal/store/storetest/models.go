package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

var rev = catalogue.Key{Model: "smol", Revision: "v1"}

func config() *catalogue.Config {
	return &catalogue.Config{
		Name: "Smol", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Free, quota.Premium}, ContextTokens: 2048, MemoryMB: 700,
		Quantization: "q4f16_1", Licence: "Apache-2.0", SourceURL: "https://example.com/smol", Mirrors: []string{"https://example.com/m/"},
		WebLLM: &catalogue.WebLLMConfig{
			ModelLib: "lib/a.wasm", ModelLibVersion: "v0_2_86/base", VRAMRequiredMB: 376.06, LowResourceRequired: true,
			RequiredFeatures: []string{"shader-f16"}, Overrides: map[string]any{"context_window_size": int64(4096)},
		},
	}
}

func revision(t *testing.T, s Store) {
	ctx := t.Context()
	if r := must(s.Revision(ctx, rev)); r != nil {
		t.Errorf("a revision that nobody wrote: %+v", r)
	}
	if m := must(s.Model(ctx, rev.Model)); m != nil {
		t.Errorf("a model that nobody wrote: %+v", m)
	}
	boom := errors.New("boom")
	if err := s.ApplyRevision(ctx, rev, "test", func(catalogue.View) (catalogue.Change, error) {
		return catalogue.Change{Revision: &catalogue.Revision{}}, boom
	}); !errors.Is(err, boom) {
		t.Errorf("a step that fails: %v", err)
	}
	var hashing catalogue.Revision
	step(t, s, rev, func(v catalogue.View) (catalogue.Change, error) {
		if v.Model != nil || v.Revision != nil || time.Since(v.Now).Abs() > time.Minute {
			t.Errorf("the first view: %+v", v)
		}
		hashing = catalogue.Revision{
			Key: rev, State: catalogue.Hashing, Config: config(), UpdatedAt: v.Now, Run: "run", RenewedAt: v.Now,
			Hashes: []catalogue.Hash{{Path: "a", Generation: 1 << 50, Done: 7, State: []byte{0, 1, 255}, CRC32C: 1<<32 - 1}},
		}
		return catalogue.Change{Revision: &hashing}, nil
	})
	equal(t, "revision", must(s.Revision(ctx, rev)), &hashing)
	published := catalogue.Revision{
		Key: rev, State: catalogue.Published, Config: config(), UpdatedAt: hashing.UpdatedAt,
		Manifest: &catalogue.ManifestRef{SHA256: "ab", Generation: 1 << 51, Files: 3, Bytes: 1 << 40},
	}
	model := catalogue.Model{ID: rev.Model, Published: []string{"v0", "v1"}, UpdatedAt: hashing.UpdatedAt}
	step(t, s, rev, func(v catalogue.View) (catalogue.Change, error) {
		equal(t, "view", v.Revision, &hashing)
		return catalogue.Change{Revision: &published, Model: &model}, nil
	})
	step(t, s, rev, func(v catalogue.View) (catalogue.Change, error) {
		equal(t, "revision in a view", v.Revision, &published)
		equal(t, "model in a view", v.Model, &model)
		return catalogue.Change{}, nil
	})
	equal(t, "model", must(s.Model(ctx, rev.Model)), &model)
}

func step(t *testing.T, s Store, k catalogue.Key, f catalogue.Step) {
	t.Helper()
	if err := s.ApplyRevision(t.Context(), k, "test", f); err != nil {
		t.Fatal(err)
	}
}

func revisionRace(t *testing.T, s Store) {
	const n = 5
	var all sync.WaitGroup
	var seen [n]string
	for i := range n {
		all.Go(func() {
			err := s.ApplyRevision(t.Context(), rev, "race", func(v catalogue.View) (catalogue.Change, error) {
				if v.Revision != nil {
					seen[i] = v.Revision.Run
					return catalogue.Change{}, nil
				}
				seen[i] = fmt.Sprint(i)
				return catalogue.Change{Revision: &catalogue.Revision{State: catalogue.Hashing, Run: seen[i]}}, nil
			})
			if err != nil {
				t.Errorf("step %d: %v", i, err)
			}
		})
	}
	all.Wait()
	for i, run := range seen {
		if run != seen[0] {
			t.Errorf("step %d saw the run %s, step 0 %s", i, run, seen[0])
		}
	}
}

func shelf(t *testing.T, s Store) {
	for _, id := range []string{"a", "b", "withdrawn"} {
		for _, name := range []string{"v1", "v2"} {
			k := catalogue.Key{Model: id, Revision: name}
			step(t, s, k, func(v catalogue.View) (catalogue.Change, error) {
				m := catalogue.Model{ID: id, Published: []string{"v1", "v2"}}
				if id == "withdrawn" {
					m.Published = nil
				}
				return catalogue.Change{Revision: &catalogue.Revision{State: catalogue.Published, Config: config()}, Model: &m}, nil
			})
		}
	}
	var got []string
	for _, r := range must(s.Models(t.Context())) {
		got = append(got, r.Key.Model+"@"+r.Key.Revision)
	}
	slices.Sort(got)
	equal(t, "models", got, []string{"a@v2", "b@v2"})
}

// current: who names no revision gets the one that is current, whatever it was
// a moment ago.
func current(t *testing.T, s Store) {
	for _, published := range [][]string{nil, {"v1"}, {"v1", "v2"}, {"v1", "v2"}, {"v1"}, nil, {"v2"}} {
		want := catalogue.Model{Published: published}.Current()
		for _, name := range []string{"v1", "v2"} {
			step(t, s, catalogue.Key{Model: "smol", Revision: name}, func(v catalogue.View) (catalogue.Change, error) {
				return catalogue.Change{Revision: &catalogue.Revision{State: catalogue.Published}, Model: &catalogue.Model{Published: published}}, nil
			})
		}
		for range 2 {
			r, _, _, err := s.Grantable(t.Context(), "ann", catalogue.Key{Model: "smol"})
			got := ""
			if r != nil {
				got = r.Key.Revision
			}
			if err != nil || got != want {
				t.Errorf("of %v, %q is current, %v; want %q", published, got, err, want)
			}
		}
	}
	if r, _, _, err := s.Grantable(t.Context(), "ann", catalogue.Key{Model: "nope"}); r != nil || err != nil {
		t.Errorf("of no model, %+v is current, %v", r, err)
	}
}

func charge(t *testing.T, s Store) {
	ctx := t.Context()
	var ledger catalogue.Ledger
	take := func(b *catalogue.Booking, err error) error {
		return s.Charge(ctx, "ann", rev, func(l catalogue.Ledger) (*catalogue.Booking, error) {
			ledger = l
			return b, err
		})
	}
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	cover := catalogue.Cover{Month: "2026-11", Bytes: 100, Since: at, Left: []int16{5, -1, 0}}
	refused := errs.New(errs.ResourceExhausted, errs.MonthlyBytes, "no")
	if err := take(&catalogue.Booking{Cover: cover, Bytes: 7}, refused); errs.Of(err).Reason != errs.MonthlyBytes {
		t.Errorf("a refused charge: %v", err)
	}
	for _, b := range []*catalogue.Booking{nil, {Cover: catalogue.Cover{Left: []int16{9}}, Bytes: 60}, {Cover: cover, Bytes: 40}, {Cover: cover}, nil} {
		if err := take(b, nil); err != nil {
			t.Fatal(err)
		}
	}
	now := ledger.Now
	equal(t, "ledger", ledger, catalogue.Ledger{Now: now, Cover: &cover, Used: 100})
	if time.Since(now).Abs() > time.Minute {
		t.Errorf("now is %v", now)
	}
	equal(t, "bytes granted", must(s.BytesGranted(ctx, "ann", quota.Month(now))), 100)
	step(t, s, rev, func(catalogue.View) (catalogue.Change, error) {
		return catalogue.Change{Revision: &catalogue.Revision{State: catalogue.Published}}, nil
	})
	for uid, want := range map[string]*catalogue.Cover{"ann": &cover, "bob": nil} {
		r, got, at, err := s.Grantable(ctx, uid, rev)
		if err != nil || r == nil || r.Key != rev || time.Since(at).Abs() > time.Minute {
			t.Errorf("Grantable(%s) = %+v, %v, %v", uid, r, at, err)
		}
		equal(t, "cover of "+uid, got, want)
	}
	if r, _, _, err := s.Grantable(ctx, "ann", catalogue.Key{Model: "smol", Revision: "v9"}); r != nil || err != nil {
		t.Errorf("Grantable of nothing = %+v, %v", r, err)
	}
}

// overdraw: 20 grants of one user at once, of which 7 fit.
func overdraw(t *testing.T, s Store) {
	limits := quota.Limits{MonthlyBytes: 730}
	var all sync.WaitGroup
	var granted atomic.Int64
	for i := range 20 {
		all.Go(func() {
			k := catalogue.Key{Model: "smol", Revision: fmt.Sprint("v", i)}
			took := false
			err := s.Charge(t.Context(), "ann", k, func(l catalogue.Ledger) (*catalogue.Booking, error) {
				_, err := limits.Download(l.Used, 100, l.Now)
				took = err == nil
				return &catalogue.Booking{Bytes: 100}, err
			})
			if err != nil && errs.Of(err).Reason != errs.MonthlyBytes {
				t.Errorf("grant %d: %v", i, err)
			}
			if err == nil && took {
				granted.Add(1)
			}
		})
	}
	all.Wait()
	var used int64
	if err := s.Charge(t.Context(), "ann", rev, func(l catalogue.Ledger) (*catalogue.Booking, error) { used = l.Used; return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if granted.Load() != 7 || used != 700 {
		t.Errorf("%d of 20 were granted, %d bytes used; want 7 and 700", granted.Load(), used)
	}
}
