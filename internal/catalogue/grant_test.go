package catalogue_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

func base64CRC(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// md5Of is the MD5 of uploadWebLLM's shard i, if size is 1000.
func md5Of(i byte) string { return fmt.Sprintf("%x", md5.Sum(append(pattern(1000), i))) }

func paths(g catalogue.Grant) (all []string) {
	for _, f := range g.Files {
		all = append(all, f.Path+" "+f.URL)
	}
	return all
}

func TestGrant(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 2, 1000)
	r := w.publish(t, key)
	g, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), catalogue.Key{Model: "smol"}, nil) // the current one
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, path := range []string{"lib/v0_2_86/base.wasm", "mlc-chat-config.json", "params_shard_0.bin", "params_shard_1.bin", "tensor-cache.json", "tokenizer.json"} {
		want = append(want, fmt.Sprintf("%s https://signed/GET/%s#%d", path, key.Object(path), w.objects[key.Object(path)].Generation))
	}
	if diff := cmp.Diff(want, paths(g)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if g.Charged != r.Manifest.Bytes || g.Expires != expiry || g.Revision.Key != key {
		t.Errorf("grant: %+v", g)
	}
	// Renewing what is missing costs nothing: TestRenewals says how often.
	g, err = w.grants.Grant(t.Context(), user("ann", quota.Premium), key, []string{"params_shard_1.bin", "tokenizer.json"})
	if err != nil || g.Charged != 0 {
		t.Fatalf("the second grant: charged %d, %v", g.Charged, err)
	}
	if diff := cmp.Diff([]string{want[3], want[5]}, paths(g)); diff != "" {
		t.Errorf("two paths (-want +got):\n%s", diff)
	}
	if got := w.used(t, "ann"); got != r.Manifest.Bytes {
		t.Errorf("%d bytes are charged, want %d", got, r.Manifest.Bytes)
	}
}

// used returns the bytes that a user was charged this month.
func (w *world) used(t *testing.T, uid string) (used int64) {
	t.Helper()
	if err := w.store.Charge(t.Context(), uid, key, func(l catalogue.Ledger) (*catalogue.Booking, error) { used = l.Used; return nil, nil }); err != nil {
		t.Fatal(err)
	}
	return used
}

// TestNotGranted: a refused grant has a code and a reason, and charges nothing.
func TestNotGranted(t *testing.T) {
	down := errs.New(errs.Unavailable, errs.SignerUnavailable, "down")
	for _, tc := range []struct {
		name   string
		key    catalogue.Key
		plan   quota.Plan
		paths  []string
		change func(w *world)
		code   errs.Code
		reason errs.Reason
	}{
		{"no such model", catalogue.Key{Model: "nope"}, quota.Premium, nil, nil, errs.NotFound, errs.NoSuchModel},
		{"no such revision", catalogue.Key{Model: "smol", Revision: "v9"}, quota.Premium, nil, nil, errs.NotFound, errs.NoSuchModel},
		{"a revision that is not published", catalogue.Key{Model: "smol", Revision: "v2"}, quota.Premium, nil, func(w *world) {
			w.put("models/smol/v2/a", nil)
			_ = w.Uploaded(t.Context(), "models/smol/v2/a")
		}, errs.FailedPrecondition, errs.NotPublished},
		{"another plan's model", key, quota.Free, nil, nil, errs.PermissionDenied, errs.PlanRequired},
		{"a quarantined revision", key, quota.Premium, nil, func(w *world) { second(w.Quarantine(t.Context(), key, "why")) }, errs.FailedPrecondition, errs.Quarantined},
		{"a model whose only revision is quarantined", catalogue.Key{Model: "smol"}, quota.Premium, nil, func(w *world) { second(w.Quarantine(t.Context(), key, "why")) }, errs.NotFound, errs.NoSuchModel},
		{"the signer is down", key, quota.Premium, nil, func(w *world) { w.signer.err = down }, errs.Unavailable, errs.SignerUnavailable},
		{"a tampered manifest", key, quota.Premium, nil, func(w *world) {
			name := key.Object(catalogue.ManifestName)
			w.content[name] = []byte(strings.Replace(string(w.content[name]), "tokenizer.json", "../../secret1", 1))
		}, errs.DataLoss, errs.RevisionChanged},
		{"a missing manifest", key, quota.Premium, nil, func(w *world) { w.remove(key.Object(catalogue.ManifestName)) }, errs.DataLoss, errs.RevisionChanged},
		{"a hostile model", catalogue.Key{Model: "../x", Revision: "v1"}, quota.Premium, nil, nil, errs.InvalidArgument, errs.BadRequest},
		{"a hostile model without a revision", catalogue.Key{Model: "../x"}, quota.Premium, nil, nil, errs.InvalidArgument, errs.BadRequest},
		{"the branch main", catalogue.Key{Model: "smol", Revision: "main"}, quota.Premium, nil, nil, errs.InvalidArgument, errs.BadRequest},
		{"one good path and one bad", key, quota.Premium, []string{"tokenizer.json", "nope"}, nil, errs.NotFound, errs.NoSuchFile},
		{"the config", key, quota.Premium, []string{catalogue.ConfigName}, nil, errs.NotFound, errs.NoSuchFile},
		{"the manifest", key, quota.Premium, []string{catalogue.ManifestName}, nil, errs.NotFound, errs.NoSuchFile},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld()
			w.uploadWebLLM(t, key, 2, 1000)
			w.publish(t, key)
			if tc.change != nil {
				tc.change(w)
			}
			g, err := w.grants.Grant(t.Context(), user("ann", tc.plan), tc.key, tc.paths)
			if e := errs.Of(err); e == nil || e.Code != tc.code || e.Reason != tc.reason {
				t.Errorf("Grant = %+v, %v; want %s %s", g, err, tc.code, tc.reason)
			}
			if got := w.used(t, "ann"); got != 0 {
				t.Errorf("%d bytes were charged", got)
			}
		})
	}
}

// TestWithdrawnWhileSigning: a revision that is quarantined while its URLs are being
// signed is not granted.
func TestWithdrawnWhileSigning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.uploadWebLLM(t, key, 2, 1000)
		w.publish(t, key)
		w.signer.before = func() {
			time.Sleep(5 * time.Second)
			second(w.Quarantine(t.Context(), key, "why"))
		}
		if _, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), key, nil); errs.Of(err) == nil || errs.Of(err).Reason != errs.Quarantined {
			t.Errorf("Grant: %v", err)
		}
		if got := w.used(t, "ann"); got != 0 {
			t.Errorf("%d bytes were charged", got)
		}
	})
}

// TestTheBucketIsDown: a bucket that cannot be read is not mistaken for a changed
// revision, which would be DATA_LOSS.
func TestTheBucketIsDown(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 2, 1000)
	w.publish(t, key)
	for want, err := range map[errs.Code]error{
		errs.Internal:    errors.New("403: no permission"),
		errs.Unavailable: errs.New(errs.Unavailable, errs.BucketUnavailable, "down"),
	} {
		w.onOpen = func(string) error { return err }
		if _, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), key, nil); errs.Of(err) == nil || errs.Of(err).Code != want {
			t.Errorf("Grant: %v, want %s", err, want)
		}
	}
}

// TestHostilePaths: a path is signed only if it equals, byte for byte, a path in the
// manifest.
func TestHostilePaths(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 2, 1000)
	w.publish(t, key)
	for _, path := range []string{
		"", ".", "..", "/", "../v1/tokenizer.json", "./tokenizer.json", "/tokenizer.json", "lib/../tokenizer.json", "lib//v0_2_86/base.wasm", "tokenizer.json/",
		"%2e%2e/v1/tokenizer.json", "tokenizer%2ejson", "tokenizer.json%00", "tokenizer.json\x00", "tokenizer.json\x00.txt", "Tokenizer.json", "TOKENIZER.JSON",
		"tokenizer.json ", " tokenizer.json", "tokenizer.json\n", "tokenizer.json?x", "tokenizer.json#x", "tokenizer.j\u0455on", "tokenizer.json\u0301",
		"\uff54okenizer.json", "lib\\v0_2_86\\base.wasm", strings.Repeat("a/", 5000) + "tokenizer.json", "\xff\xfe", "params_shard_*.bin",
	} {
		_, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), key, []string{path})
		if e := errs.Of(err); e == nil || e.Reason != errs.NoSuchFile {
			t.Errorf("%.60q: %v", path, err)
		} else if len(e.Message) > 500 {
			t.Errorf("%.60q: the message has %d bytes", path, len(e.Message))
		}
	}
	if w.signer.calls != 0 {
		t.Errorf("the signer was called %d times", w.signer.calls)
	}
}

func TestList(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 2, 1000)
	w.publish(t, key)
	small := catalogue.Key{Model: "a-small", Revision: "v1"}
	c := gguf(2_000_000)
	c.ModelID = small.Model
	w.put(small.Object("smol.gguf"), pattern(2_000_000))
	w.putConfig(t, small, c)
	w.publish(t, small)
	gone := catalogue.Key{Model: "withdrawn", Revision: "v1"}
	c.ModelID = gone.Model
	w.put(gone.Object("smol.gguf"), pattern(2_000_000))
	w.putConfig(t, gone, c)
	w.publish(t, gone)
	second(w.Quarantine(t.Context(), gone, "why"))
	for plan, want := range map[quota.Plan][]string{
		quota.Free:    {"a-small@v1 true $0.0002", "smol@v1 false $0"},
		quota.Premium: {"a-small@v1 true $0.0002", "smol@v1 true $0"},
	} {
		offers, err := w.grants.List(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range offers {
			got = append(got, fmt.Sprintf("%s@%s %v $%v", o.Key.Model, o.Key.Revision, o.Available, o.Cost))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what %s sees (-want +got):\n%s", plan, diff)
		}
	}
}

// TestBudget: 20 concurrent grants do not exceed a user's budget, and the grants of
// 1,000 users do not affect each other.
func TestBudget(t *testing.T) {
	const size, revisions = 15 << 20, 20
	w := newWorld()
	var keys []catalogue.Key
	for i := range revisions {
		k := catalogue.Key{Model: "smol", Revision: fmt.Sprint("v", i)}
		w.put(k.Object("smol.gguf"), []byte{byte(i)})
		w.putConfig(t, k, gguf(1))
		w.publish(t, k)
		// Pretend that the revision is larger.
		if err := w.store.ApplyRevision(t.Context(), k, "test", func(v catalogue.View) (catalogue.Change, error) {
			r := *v.Revision
			ref := *r.Manifest
			ref.Bytes = size
			r.Manifest = &ref
			return catalogue.Change{Revision: &r}, nil
		}); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	var all sync.WaitGroup
	var granted, refused atomic.Int64
	for _, k := range keys {
		all.Go(func() {
			_, err := w.grants.Grant(t.Context(), user("ann", quota.Free), k, nil)
			switch {
			case err == nil:
				granted.Add(1)
			case errs.Of(err).Reason == errs.MonthlyBytes:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if granted.Load() != 6 || refused.Load() != 14 || w.used(t, "ann") != 6*size {
		t.Errorf("%d granted, %d refused, %d MB used; want 6, 14 and 90 of 100", granted.Load(), refused.Load(), w.used(t, "ann")>>20)
	}
	// The same revision, as often at once as a grant pays for, is charged once.
	const covered = 5
	var arrived sync.WaitGroup
	arrived.Add(covered)
	w.signer.before = func() { arrived.Done(); arrived.Wait() } // none is charged before all have begun
	for range covered {
		all.Go(func() {
			if _, err := w.grants.Grant(t.Context(), user("bob", quota.Free), keys[0], nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.signer.before = nil
	if got := w.used(t, "bob"); got != size {
		t.Errorf("one revision, granted 5 times at once, was charged as %d MB, want %d", got>>20, size>>20)
	}
	for u := range 1000 {
		all.Go(func() {
			uid := fmt.Sprint("user", u)
			for i := range 10 {
				_, err := w.grants.Grant(t.Context(), user(uid, quota.Free), keys[i%8], nil) // two of them again
				if (err != nil) != (i >= 6 && i < 8) {
					t.Errorf("%s, grant %d: %v", uid, i, err)
				}
			}
			if got := w.used(t, uid); got != 6*size {
				t.Errorf("%s used %d MB", uid, got>>20)
			}
		})
	}
	all.Wait()
}

// TestLink: a link is for one file and one method. Link reads the store once in ten
// seconds. Links and grants of a revision are charged once together.
func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.uploadWebLLM(t, key, 2, 1000)
		r := w.publish(t, key)
		link := func(uid, method, path string) (catalogue.Grant, error) {
			return w.grants.Link(t.Context(), user(uid, quota.Premium), key, method, path)
		}
		charged := 0
		for _, method := range []string{"GET", "HEAD", "GET"} {
			g, err := link("ann", method, "tokenizer.json")
			if err != nil {
				t.Fatal(err)
			}
			want := []string{fmt.Sprintf("tokenizer.json https://signed/%s/%s#%d", method, key.Object("tokenizer.json"), w.objects[key.Object("tokenizer.json")].Generation)}
			if diff := cmp.Diff(want, paths(g)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", method, diff)
			}
			if g.Charged > 0 {
				charged++
			}
		}
		if used := w.used(t, "ann"); charged != 1 || used != r.Manifest.Bytes {
			t.Errorf("charged %d times, %d bytes", charged, used)
		}
		if g, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), key, nil); err != nil || g.Charged != 0 {
			t.Errorf("a grant after links: charged %d, %v", g.Charged, err)
		}
		if _, err := link("ann", "GET", "nope"); errs.Of(err) == nil || errs.Of(err).Reason != errs.NoSuchFile {
			t.Errorf("no such file: %v", err)
		}
		if _, err := w.grants.Link(t.Context(), user("ann", quota.Free), key, "GET", "tokenizer.json"); errs.Of(err) == nil || errs.Of(err).Reason != errs.PlanRequired {
			t.Errorf("a lower plan than before: %v", err)
		}
		second(w.Quarantine(t.Context(), key, "why"))
		if _, err := link("ann", "GET", "tokenizer.json"); err != nil {
			t.Errorf("within ten seconds of the quarantine: %v", err)
		}
		if _, err := link("bob", "GET", "tokenizer.json"); errs.Of(err) == nil || errs.Of(err).Reason != errs.Quarantined {
			t.Errorf("another user's first link after the quarantine: %v", err)
		}
		time.Sleep(10 * time.Second)
		if _, err := link("ann", "GET", "tokenizer.json"); errs.Of(err) == nil || errs.Of(err).Reason != errs.Quarantined {
			t.Errorf("ten seconds later: %v", err)
		}
	})
}

// TestFullCaches: a full cache drops only the entry that was used least recently.
func TestFullCaches(t *testing.T) {
	t.Run("manifests", func(t *testing.T) {
		const fit = 100
		w := newWorld()
		grant := func(i int) (reads int) {
			k := catalogue.Key{Model: "smol", Revision: fmt.Sprint("v", i)}
			before := w.bytesRead(k.Object(catalogue.ManifestName))
			if _, err := w.grants.Grant(t.Context(), user("ann", quota.Premium), k, nil); err != nil {
				t.Fatal(err)
			}
			if w.bytesRead(k.Object(catalogue.ManifestName)) > before {
				return 1
			}
			return 0
		}
		first, again := 0, 0
		for i := range fit + 1 {
			k := catalogue.Key{Model: "smol", Revision: fmt.Sprint("v", i)}
			w.put(k.Object("smol.gguf"), []byte{byte(i)})
			w.putConfig(t, k, gguf(1))
			w.publish(t, k)
			first += grant(i)
		}
		for i := 1; i <= fit; i++ {
			again += grant(i)
		}
		if oldest := grant(0); first != fit+1 || again != 0 || oldest != 1 {
			t.Errorf("%d manifests are read at first, %d of the newest again, %d of the oldest; want %d, 0, 1", first, again, oldest, fit+1)
		}
	})
	t.Run("visits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // the clock stands still, so no visit expires
			const fit = 10_000
			w := newWorld()
			w.uploadWebLLM(t, key, 2, 1000)
			w.publish(t, key)
			store := &visitedStore{GrantStore: w.store}
			grants := catalogue.NewGrants(store, w.memBucket, w.signer, testTerms)
			link := func(i int) {
				if _, err := grants.Link(t.Context(), user(fmt.Sprint("user", i), quota.Premium), key, "GET", "tokenizer.json"); err != nil {
					t.Fatal(err)
				}
			}
			for i := range fit + 1 {
				link(i)
			}
			first := store.looks
			for i := 1; i <= fit; i++ {
				link(i)
			}
			again := store.looks - first
			link(0)
			if oldest := store.looks - first - again; first != fit+1 || again != 0 || oldest != 1 {
				t.Errorf("the store is asked %d times at first, %d times for the newest again, %d times for the oldest; want %d, 0, 1", first, again, oldest, fit+1)
			}
		})
	})
}

// visitedStore counts the calls of Grantable.
type visitedStore struct {
	catalogue.GrantStore
	looks int
}

func (s *visitedStore) Grantable(ctx context.Context, uid string, k catalogue.Key) (*catalogue.Revision, *catalogue.Cover, time.Time, error) {
	s.looks++
	return s.GrantStore.Grantable(ctx, uid, k)
}
