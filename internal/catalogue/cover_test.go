package catalogue_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

// grow makes a published revision look larger than what was uploaded.
func (w *world) grow(t *testing.T, k catalogue.Key, bytes int64) {
	t.Helper()
	if err := w.store.ApplyRevision(t.Context(), k, "test", func(v catalogue.View) (catalogue.Change, error) {
		r := *v.Revision
		ref := *r.Manifest
		ref.Bytes = bytes
		r.Manifest = &ref
		return catalogue.Change{Revision: &r}, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestRenewals: a grant pays for a number of renewals of each file, which grows with
// the revision's size, and for a day. What is renewed beyond either is charged anew, and
// covered anew.
func TestRenewals(t *testing.T) {
	const shard = 1001
	for _, tc := range []struct {
		name string
		size int64 // of the whole revision
		want int   // renewals
	}{
		{"a small revision", 10_000, 4},
		{"98 MB, in less than one URL's life", 98_000_000, 4},
		{"1 GB, in 67 minutes", 1_000_000_000, 4 + 4},
		{"5 GB, in 5.6 hours", 5_000_000_000, 22 + 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.uploadWebLLM(t, key, 2, 1000)
				w.publish(t, key)
				w.grow(t, key, tc.size)
				grant := func(paths ...string) int64 {
					t.Helper()
					g, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), key, paths)
					if err != nil {
						t.Fatal(err)
					}
					return g.Charged
				}
				if got := grant(); got != tc.size {
					t.Errorf("the first grant: %d bytes", got)
				}
				const one, other = "params_shard_0.bin", "params_shard_1.bin"
				for round := range 3 {
					for i := range tc.want {
						if got := grant(one, one); got != 0 { // twice in one call is once
							t.Fatalf("round %d, renewal %d of %d: %d bytes", round, i+1, tc.want, got)
						}
					}
					if got := grant(one); got != shard {
						t.Errorf("round %d, one renewal more: %d bytes, want %d", round, got, shard)
					}
				}
				for range tc.want {
					if got := grant(other); got != 0 {
						t.Errorf("another file: %d bytes", got)
					}
				}
				if got := grant(one, other); got != shard {
					t.Errorf("one file that is covered and one that is not: %d bytes", got)
				}

				time.Sleep(24*time.Hour - time.Second)
				if got := grant(other); got != 0 {
					t.Errorf("a second before the day is over: %d bytes", got)
				}
				time.Sleep(2 * time.Second) // the store's clock is a little ahead
				for range 2 {
					want := int64(shard)
					for range tc.want + 1 {
						if got := grant(one); got != want {
							t.Errorf("the day after: %d bytes, want %d", got, want)
						}
						want = 0
					}
				}
				if got := grant(); got < 2*shard || got >= 3*shard { // other files are small
					t.Errorf("all files, of which none is covered any more: %d bytes", got)
				}
			})
		})
	}
}

// TestOverdraft: a download that has begun is not refused when the budget is used up.
// It is charged, and told once. Nothing else begins then.
func TestOverdraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.upload(t, key, 30<<20)
		r := w.publish(t, key)
		next := catalogue.Key{Model: "smol", Revision: "v2"}
		w.upload(t, next, 1000)
		w.publish(t, next)
		size := r.Manifest.Bytes
		terms := testTerms
		terms.Plans = quota.Plans{quota.Free: {MonthlyBytes: size}}
		grants := catalogue.NewGrants(w.store, w.memBucket, w.signer, terms)
		grant := func(k catalogue.Key) (catalogue.Grant, error) {
			return grants.Grant(t.Context(), user("ann", quota.Free), k, nil)
		}
		refused := func(when string, k catalogue.Key) {
			t.Helper()
			if _, err := grant(k); errs.Of(err) == nil || errs.Of(err).Reason != errs.MonthlyBytes {
				t.Errorf("%s: %v, want monthly-bytes", when, err)
			}
		}
		var told []catalogue.Overdraft
		for range 3 * 5 {
			g, err := grant(key)
			if err != nil {
				t.Fatal(err)
			}
			if g.Overdraft != nil {
				told = append(told, *g.Overdraft)
			}
		}
		if got := w.used(t, "ann"); got != 3*size {
			t.Errorf("%d bytes are charged for 15 grants, want %d", got, 3*size)
		}
		if diff := cmp.Diff([]catalogue.Overdraft{{Used: 2 * size, Limit: size}}, told); diff != "" {
			t.Errorf("what is told (-want +got):\n%s", diff)
		}
		refused("another revision", next)
		time.Sleep(24*time.Hour + time.Second)
		refused("the same one, the day after", key)
		time.Sleep(time.Until(quota.MonthEnds(time.Now())))
		if _, err := grant(key); err != nil {
			t.Errorf("the next month: %v", err)
		}
	})
}

// TestOneFileOpensNoOther: who pays for one small file the day after has not begun the
// download of the others.
func TestOneFileOpensNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.uploadWebLLM(t, key, 2, 1000)
		size := w.publish(t, key).Manifest.Bytes
		terms := testTerms
		terms.Plans = quota.Plans{quota.Premium: {MonthlyBytes: size + 10}}
		grants := catalogue.NewGrants(w.store, w.memBucket, w.signer, terms)
		grant := func(paths ...string) error {
			_, err := grants.Grant(t.Context(), user("ann", quota.Premium), key, paths)
			return err
		}
		link := func(path string) error {
			_, err := grants.Link(t.Context(), user("ann", quota.Premium), key, "GET", path)
			return err
		}
		if err := grant(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24*time.Hour + time.Second)
		if err := grant("tokenizer.json"); err != nil { // of two bytes
			t.Fatal(err)
		}
		for name, err := range map[string]error{"grant": grant("params_shard_0.bin"), "link": link("params_shard_0.bin")} {
			if errs.Of(err) == nil || errs.Of(err).Reason != errs.MonthlyBytes {
				t.Errorf("%s of a large file: %v", name, err)
			}
		}
		if err := link("tokenizer.json"); err != nil {
			t.Errorf("the small one: %v", err)
		}
	})
}

// TestRefusalForgetsNothing: a link that is refused does not wipe out what was granted
// before it and is not booked yet.
func TestRefusalForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.uploadWebLLM(t, key, 2, 1000)
		size := w.publish(t, key).Manifest.Bytes
		w.signer.life = 15 * time.Minute
		const tokenizer, covers, rounds = 2, 1 + 4, 10 // bytes; signatures a payment
		terms := testTerms
		terms.Plans = quota.Plans{quota.Premium: {MonthlyBytes: size + tokenizer}}
		grants := catalogue.NewGrants(w.store, w.memBucket, w.signer, terms)
		link := func(path string) error {
			time.Sleep(time.Second)
			_, err := grants.Link(t.Context(), user("ann", quota.Premium), key, "GET", path)
			return err
		}
		if err := link("tokenizer.json"); err != nil { // pays for the revision
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		for range rounds {
			if err := errors.Join(link("tokenizer.json"), link("tokenizer.json")); err != nil {
				t.Fatal(err)
			}
			if err := link("params_shard_0.bin"); errs.Of(err) == nil || errs.Of(err).Reason != errs.MonthlyBytes {
				t.Fatalf("a file that is not paid for: %v", err)
			}
			time.Sleep(10 * time.Second)
		}
		if got, want := w.used(t, "ann")-size, int64(2*rounds/covers*tokenizer); got != want {
			t.Errorf("%d bytes are charged for %d links of %d bytes, want %d", got, 2*rounds, tokenizer, want)
		}
	})
}

// TestGrantOfTheReleaseBefore: a month that was charged when renewals were not counted
// is not charged again at once.
func TestGrantOfTheReleaseBefore(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 1000)
	w.publish(t, key)
	this := quota.Month(time.Now())
	for month, want := range map[string][]int64{this: {0, 0, 0, 0, 0, 1000, 0}, "2020-01": {1000, 0, 0, 0, 0, 1000, 0}} {
		uid := "user of " + month
		if err := w.store.Charge(t.Context(), uid, key, func(catalogue.Ledger) (*catalogue.Booking, error) {
			return &catalogue.Booking{Cover: catalogue.Cover{Month: month, Bytes: 1000}}, nil
		}); err != nil {
			t.Fatal(err)
		}
		var got []int64
		for range want {
			g, err := w.grants.Grant(t.Context(), user(uid, quota.Free), key, nil)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, g.Charged)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", uid, diff)
		}
	}
}

// TestAdmit: whoever guards grants is asked when one begins, not when it is renewed, and
// a refusal costs nothing.
func TestAdmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.upload(t, key, 1000)
		w.publish(t, key)
		asked := 0
		refusal := errors.New("used before")
		ann := catalogue.User{UID: "ann", Plan: quota.Free, Admit: func(context.Context) error { asked++; return refusal }}
		grant := func() error { _, err := w.grants.Grant(t.Context(), ann, key, nil); return err }
		link := func() error { _, err := w.grants.Link(t.Context(), ann, key, "GET", "smol.gguf"); return err }
		for name, get := range map[string]func() error{"grant": grant, "link": link} {
			if err := get(); !errors.Is(err, refusal) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := w.used(t, "ann"); got != 0 || asked != 2 {
			t.Errorf("%d bytes are charged, and %d times was asked", got, asked)
		}
		refusal = nil
		for range 2 {
			asked = 0
			for range 10 { // also beyond the renewals that are paid for
				if err := errors.Join(grant(), link()); err != nil {
					t.Fatal(err)
				}
			}
			if asked != 1 {
				t.Errorf("asked %d times in a day", asked)
			}
			time.Sleep(24*time.Hour + time.Second)
		}
	})
}

// egress is an Egress that may be at its end.
type egress struct {
	end                error
	asked              int
	bytes, ofAnonymous int64
}

func (e *egress) CheckDownload(context.Context, bool, int64) error { e.asked++; return e.end }

func (e *egress) AddDownload(anonymous bool, bytes int64) {
	e.bytes += bytes
	if anonymous {
		e.ofAnonymous += bytes
	}
}

// TestEgress: what is granted to all is counted, renewals that are charged too, and at
// its end no download begins. One that has begun goes on, also on another instance.
func TestEgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.upload(t, key, 1000)
		w.publish(t, key)
		all := &egress{}
		w.grants.Under(all)
		admitted := 0
		guest := catalogue.User{UID: "gus", Plan: quota.Free, Anonymous: true, Admit: func(context.Context) error { admitted++; return nil }}
		both := func(who catalogue.User) error {
			_, err := w.grants.Link(t.Context(), who, key, "GET", "smol.gguf")
			_, again := w.grants.Grant(t.Context(), who, key, nil)
			return errors.Join(err, again)
		}
		if err := both(guest); err != nil {
			t.Fatal(err)
		}
		if all.bytes != 1000 || all.ofAnonymous != 1000 || all.asked != 1 {
			t.Errorf("counted %+v", *all)
		}
		ann := user("ann", quota.Free)
		if _, err := w.grants.Grant(t.Context(), ann, key, nil); err != nil {
			t.Fatal(err)
		}
		all.end = errs.New(errs.ResourceExhausted, errs.DailyCeiling, "Enough.")
		all.bytes, all.ofAnonymous = 0, 0
		for range 20 { // also beyond the renewals that are paid for
			if err := errors.Join(both(guest), both(ann)); err != nil {
				t.Fatalf("a download that has begun: %v", err)
			}
		}
		if want := w.used(t, "gus") - 1000; want <= 0 || all.ofAnonymous != want || all.bytes != want+w.used(t, "ann")-1000 {
			t.Errorf("charged %d and %d bytes, counted %+v", w.used(t, "gus"), w.used(t, "ann"), *all)
		}
		all.bytes, admitted = 0, 0
		for _, who := range []catalogue.User{user("new", quota.Free), {UID: "newer", Plan: quota.Premium, Admit: guest.Admit}} {
			if _, err := w.grants.Grant(t.Context(), who, key, nil); !errors.Is(err, all.end) {
				t.Errorf("a download that begins: %v", err)
			}
			if _, err := w.grants.Link(t.Context(), who, key, "GET", "smol.gguf"); !errors.Is(err, all.end) {
				t.Errorf("a link that begins one: %v", err)
			}
			if got := w.used(t, who.UID); got != 0 {
				t.Errorf("%d bytes are charged", got)
			}
		}
		if admitted != 0 || all.bytes != 0 {
			t.Errorf("admitted %d times, counted %d bytes", admitted, all.bytes)
		}
		time.Sleep(24*time.Hour + time.Second)
		if _, err := w.grants.Grant(t.Context(), ann, key, nil); !errors.Is(err, all.end) {
			t.Errorf("a day later: %v", err)
		}
	})
}

// TestLinksAreCounted: who follows links pays like who asks for grants. The same URL
// once more is no renewal, and HEAD is free.
func TestLinksAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.uploadWebLLM(t, key, 2, 1000)
		size := w.publish(t, key).Manifest.Bytes
		w.signer.life = 15 * time.Minute // each second has a URL of its own
		const shards, shard = 2, 1001
		var charged []int64
		follow := func(method string) {
			sum := int64(0)
			for i := range shards {
				g, err := w.grants.Link(t.Context(), user("ann", quota.Premium), key, method, fmt.Sprintf("params_shard_%d.bin", i))
				if err != nil {
					t.Fatal(err)
				}
				sum += g.Charged
			}
			charged = append(charged, sum)
		}
		follow("HEAD")
		if got := w.used(t, "ann"); got != 0 {
			t.Errorf("HEAD costs %d bytes", got)
		}
		for range 20 {
			follow("GET")
			follow("GET") // the same second
			follow("HEAD")
			time.Sleep(15 * time.Minute)
		}
		// 20 rounds of 5 signatures a payment: the revision once, then each shard thrice.
		if got := w.used(t, "ann"); got != size+3*shards*shard {
			t.Errorf("%d bytes are charged, want %d: %v", got, size+3*shards*shard, charged)
		}
	})
}

// TestNobodyGetsMoreThanPaidFor: whatever a user asks for, when and where, a file is
// signed at most as often as what was paid for it covers, and as the links of the last
// ten seconds on each instance say, which are not booked yet.
func TestNobodyGetsMoreThanPaidFor(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 30 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.upload(t, key, 1000)
			size := w.publish(t, key).Manifest.Bytes
			w.signer.life = 15 * time.Minute
			terms := testTerms
			terms.Plans = quota.Plans{quota.Free: {MonthlyBytes: size * int64(1+random.IntN(9))}}
			const instances, covers, unbooked = 2, 1 + 4, 10
			var grants [instances]*catalogue.Grants
			for i := range grants {
				grants[i] = catalogue.NewGrants(w.store, w.memBucket, w.signer, terms)
			}
			signed, paid, refused := 0, int64(0), 0
			var last [instances]time.Time // in another second a link is another URL
			for range 300 {
				at := random.IntN(instances)
				var g catalogue.Grant
				var err error
				switch method := []string{"GET", "GET", "HEAD", ""}[random.IntN(4)]; method {
				case "":
					g, err = grants[at].Grant(t.Context(), user("ann", quota.Free), key, nil)
					signed++
				default:
					g, err = grants[at].Link(t.Context(), user("ann", quota.Free), key, method, "smol.gguf")
					if method == "GET" && !last[at].Equal(time.Now()) {
						last[at] = time.Now()
						signed++
					}
				}
				if err != nil {
					if errs.Of(err).Reason != errs.MonthlyBytes {
						t.Fatal(err)
					}
					signed--
					refused++
					last[at] = time.Time{}
				}
				paid += g.Charged
				time.Sleep(time.Duration(random.IntN(3)) * []time.Duration{time.Second, 10 * time.Second, 15 * time.Minute, 7 * time.Hour}[random.IntN(4)])
			}
			if most := int(paid/size)*covers + instances*unbooked; signed > most {
				t.Errorf("signed %d times, and paid %d times: at most %d are covered; %d were refused", signed, paid/size, most, refused)
			}
		})
	}
}
