package catalogue_test

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublish(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 3<<20+5)
	var reports []float64
	r, err := w.Publish(t.Context(), key, func(p float64) { reports = append(reports, p) })
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) == 0 || reports[len(reports)-1] != 1 || !slices.IsSorted(reports) {
		t.Errorf("progress %v, want it to rise to 1", reports)
	}
	text := w.content[key.Object(catalogue.ManifestName)]
	sum := sha256.Sum256(pattern(3<<20 + 5))
	config := w.content[key.Object(catalogue.ConfigName)]
	configSum := sha256.Sum256(config)
	var m catalogue.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	crc := func(name string) string {
		c := w.objects[name].CRC32C
		return base64CRC(c)
	}
	want := catalogue.Manifest{
		ModelID: "smol", Revision: "v1", Engine: catalogue.Wllama,
		Config: catalogue.File{Path: "model-config.json", Size: int64(len(config)), SHA256: hex.EncodeToString(configSum[:]), CRC32C: crc(key.Object("model-config.json")), Generation: 1002},
		Files:  []catalogue.File{{Path: "smol.gguf", Size: 3<<20 + 5, SHA256: hex.EncodeToString(sum[:]), CRC32C: crc(key.Object("smol.gguf")), Generation: 1001}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	manifestSum := sha256.Sum256(text)
	wantRef := &catalogue.ManifestRef{SHA256: hex.EncodeToString(manifestSum[:]), Generation: 1003, Files: 1, Bytes: 3<<20 + 5}
	if diff := cmp.Diff(wantRef, r.Manifest); diff != "" || r.State != catalogue.Published {
		t.Errorf("revision %s (-want +got):\n%s", r.State, diff)
	}

	// Publishing again hashes nothing.
	again := w.publish(t, key)
	if diff := cmp.Diff(r.Manifest, again.Manifest); diff != "" {
		t.Errorf("published again (-first +second):\n%s", diff)
	}
	if got := w.bytesRead(key.Object("smol.gguf")); got != 3<<20+5 {
		t.Errorf("%d bytes were read of %d", got, 3<<20+5)
	}
	model, err := w.store.Model(t.Context(), key.Model)
	if err != nil || model.Current() != "v1" {
		t.Errorf("the current revision is %q, %v", model.Current(), err)
	}
}

// TestRefused: an upload that cannot be published is refused with its problems. They
// are stored with the revision, and no manifest is written.
func TestRefused(t *testing.T) {
	shard := key.Object("params_shard_1.bin")
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, w *world)
		want   []string
	}{
		{"no config", func(_ *testing.T, w *world) { w.remove(key.Object(catalogue.ConfigName)) },
			[]string{"model-config.json is missing (there are 7 objects)"}},
		{"a shard is missing", func(_ *testing.T, w *world) { w.remove(shard) }, []string{"params_shard_1.bin is missing"}},
		{"a shard is truncated", func(_ *testing.T, w *world) { w.put(shard, pattern(9)) }, []string{"params_shard_1.bin has 9 bytes, and should have 1001"}},
		{"a shard is compressed", func(_ *testing.T, w *world) { w.change(shard, func(o *catalogue.Object) { o.Encoding = "gzip" }) },
			[]string{"params_shard_1.bin was uploaded with Content-Encoding gzip: upload it again without gsutil's -z, -Z, -j or -J"}},
		{"the config is compressed", func(_ *testing.T, w *world) {
			w.change(key.Object(catalogue.ConfigName), func(o *catalogue.Object) { o.Encoding = "gzip" })
		}, []string{"model-config.json was uploaded with Content-Encoding gzip: upload it again without gsutil's -z, -Z, -j or -J"}},
		{"the config is too large", func(_ *testing.T, w *world) {
			w.change(key.Object(catalogue.ConfigName), func(o *catalogue.Object) { o.Size = 17 << 20 })
		}, []string{"model-config.json has 17 MB; up to 16 can be read"}},
		{"two shards are swapped", func(_ *testing.T, w *world) { w.put(shard, append(pattern(1000), 0)) },
			[]string{`tensor-cache.json: params_shard_1.bin has the MD5 %MD5-1%, but the object %MD5-0%: is it another file's, or another version's?`}},
		{"records and files differ", func(t *testing.T, w *world) {
			text := w.content[key.Object("tensor-cache.json")]
			text = []byte(strings.Replace(strings.Replace(string(text), "params_shard_0", "params_shard_9", 1), `"nbytes":1001,"md5sum":"`+md5Of(1), `"nbytes":1000,"md5sum":"`+md5Of(1), 1))
			w.put(key.Object("tensor-cache.json"), text)
		}, []string{`tensor-cache.json: record 0 is "params_shard_9.bin", which is not among the files`, `tensor-cache.json: params_shard_1.bin has 1000 bytes, but the file 1001`}},
		{"an absolute URL in the records", func(t *testing.T, w *world) {
			text := string(w.content[key.Object("tensor-cache.json")])
			w.put(key.Object("tensor-cache.json"), []byte(strings.Replace(text, "params_shard_0.bin", "https://x/y.binpqr", 1)))
		}, []string{`tensor-cache.json: record 0 is "https://x/y.binpqr", which is not among the files`}},
		{"no records", func(_ *testing.T, w *world) {
			size := len(w.content[key.Object("tensor-cache.json")])
			w.put(key.Object("tensor-cache.json"), []byte(`{"records":[]}`+strings.Repeat(" ", size-14)))
		}, []string{"tensor-cache.json has no records"}},
		{"no tokenizer", func(_ *testing.T, w *world) {
			size := len(w.content[key.Object("mlc-chat-config.json")])
			w.put(key.Object("mlc-chat-config.json"), []byte(`{"tokenizer_files":["a"]}`+strings.Repeat(" ", size-25)))
		}, []string{"mlc-chat-config.json names neither tokenizer.json nor tokenizer.model in tokenizer_files: WebLLM needs one"}},
		{"another tokenizer", func(_ *testing.T, w *world) {
			size := len(w.content[key.Object("mlc-chat-config.json")])
			w.put(key.Object("mlc-chat-config.json"), []byte(`{"tokenizer_files":["tokenizer.model"]}`+strings.Repeat(" ", size-39)))
		}, []string{"mlc-chat-config.json names tokenizer.model, which is not among the files"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld()
			w.uploadWebLLM(t, key, 3, 1000)
			tc.change(t, w)
			for i, problem := range tc.want {
				tc.want[i] = strings.NewReplacer("%MD5-0%", md5Of(0), "%MD5-1%", md5Of(1)).Replace(problem)
			}
			_, err := w.Publish(t.Context(), key, nil)
			e := errs.Of(err)
			if e == nil || e.Code != errs.FailedPrecondition || e.Reason != errs.Incomplete {
				t.Fatalf("Publish: %v", err)
			}
			if diff := cmp.Diff(tc.want, e.Detail("problems")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, problem := range tc.want {
				if !strings.Contains(e.Message, problem) {
					t.Errorf("the message does not say %q:\n%s", problem, e.Message)
				}
			}
			if _, written := w.objects[key.Object(catalogue.ManifestName)]; written {
				t.Error("a manifest was written")
			}
			r, err := w.store.Revision(t.Context(), key)
			if err != nil || r.State != catalogue.Incomplete || !cmp.Equal(r.Problems, tc.want) {
				t.Errorf("stored: %+v, %v", r, err)
			}
		})
	}
}

// TestInvalidKeys: an invalid model id or revision is INVALID_ARGUMENT, and no object
// name reads as one.
func TestInvalidKeys(t *testing.T) {
	w := newWorld()
	for _, k := range []catalogue.Key{
		{}, {"smol", ""}, {"", "v1"}, {"smol", "main"}, {"smol", "Main"}, {"../smol", "v1"}, {"smol", ".."}, {"a--b", "v1"}, {"a..b", "v1"}, {"smol", "v/1"},
		{"smol", "v%2f1"}, {"smöl", "v1"}, {"smol", "v1\x00"}, {".smol", "v1"}, {strings.Repeat("a", 65), "v1"}, {"smol", "v1\n"},
	} {
		for what, err := range map[string]error{
			"Publish":    second(w.Publish(t.Context(), k, nil)),
			"Quarantine": second(w.Quarantine(t.Context(), k)),
		} {
			if e := errs.Of(err); e == nil || e.Code != errs.InvalidArgument {
				t.Errorf("%s(%q) = %v", what, k, err)
			}
		}
		if got, path, ok := catalogue.ParseObject(k.Object("a")); ok && k.Revision != "v/1" { // "v/1" with the path "a" is the same name as "v" with "1/a"
			t.Errorf("ParseObject reads %q as %v, %s", k.Object("a"), got, path)
		}
	}
	if k, path, ok := catalogue.ParseObject("models/smol/v1/onnx/model.onnx"); !ok || k != key || path != "onnx/model.onnx" {
		t.Errorf("ParseObject = %v, %s, %v", k, path, ok)
	}
}

func second[T any](_ T, err error) error { return err }

// TestManyAtOnce: concurrent events and calls hash each object once, and all calls
// return the same manifest.
func TestManyAtOnce(t *testing.T) {
	w := newWorld()
	w.Lease = 3 * time.Second // no run may take over, even if a busy machine renews late
	w.uploadWebLLM(t, key, 20, 2<<20)
	var all sync.WaitGroup
	manifests := make([]string, 8)
	for i := range manifests {
		all.Go(func() {
			r, err := w.Publish(t.Context(), key, nil)
			if err != nil {
				t.Errorf("publish %d: %v", i, err)
				return
			}
			manifests[i] = r.Manifest.SHA256
		})
		all.Go(func() {
			if err := w.Uploaded(t.Context(), key.Object(fmt.Sprintf("params_shard_%d.bin", i))); err != nil {
				t.Errorf("event %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if len(slices.Compact(manifests)) != 1 {
		t.Errorf("manifests differ: %v", manifests)
	}
	for i := range 20 {
		name := key.Object(fmt.Sprintf("params_shard_%d.bin", i))
		if got := w.bytesRead(name); got != 2<<20+1 {
			t.Errorf("%s: %d bytes were read, its size is %d", name, got, 2<<20+1)
		}
	}
}

// TestResume: a publish that was stopped continues from the stored state.
func TestResume(t *testing.T) {
	const size = 40 << 20
	w := newWorld()
	w.Lease = time.Hour // no renewal stores the state: only the stop does
	w.upload(t, key, size)
	ctx, kill := context.WithCancelCause(t.Context())
	var seen atomic.Int64
	w.onRead = func(name string, n int) error {
		if strings.HasSuffix(name, ".gguf") && seen.Add(int64(n)) > 25<<20 {
			kill(errors.New("killed"))
		}
		return nil
	}
	if _, err := w.Publish(ctx, key, nil); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the stopped publish: %v", err)
	}
	r, err := w.store.Revision(t.Context(), key)
	if err != nil || r.State != catalogue.Hashing {
		t.Fatalf("stored: %+v, %v", r, err)
	}
	w.onRead = nil
	before := w.bytesRead(key.Object("smol.gguf"))
	var first float64
	published, err := w.Publish(t.Context(), key, func(p float64) {
		if first == 0 {
			first = p
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if first < 0.5 {
		t.Errorf("the first progress is %v: it began anew", first)
	}
	if got := w.bytesRead(key.Object("smol.gguf")) - before; got > size-24<<20 {
		t.Errorf("%d MB were read after the stop; want at most 16", got>>20)
	}
	fresh := newWorld()
	fresh.upload(t, key, size)
	whole := fresh.publish(t, key)
	if published.Manifest.SHA256 != whole.Manifest.SHA256 {
		t.Error("the manifest differs from that of a publish in one go")
	}
}

// TestResumeAfterReplacement: a file that was replaced after a publish stopped is
// hashed from its beginning.
func TestResumeAfterReplacement(t *testing.T) {
	const size = 4 << 20
	w := newWorld()
	w.upload(t, key, size)
	ctx, kill := context.WithCancelCause(t.Context())
	var seen atomic.Int64
	w.onRead = func(name string, n int) error {
		if strings.HasSuffix(name, ".gguf") && seen.Add(int64(n)) > 2<<20 {
			kill(errors.New("killed"))
		}
		return nil
	}
	if _, err := w.Publish(ctx, key, nil); err == nil {
		t.Fatal("the publish was not stopped")
	}
	w.onRead = nil
	other := slices.Repeat([]byte("x"), size)
	w.put(key.Object("smol.gguf"), other)
	w.publish(t, key)
	sum := sha256.Sum256(other)
	if manifest := w.content[key.Object(catalogue.ManifestName)]; !strings.Contains(string(manifest), hex.EncodeToString(sum[:])) {
		t.Errorf("the manifest lacks the hash of the new file:\n%s", manifest)
	}
}

// TestResumeAtTheEnd: a publish that stopped after it read a whole file, but before
// it recorded the hash, reads nothing of that file again.
func TestResumeAtTheEnd(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 2<<20)
	o := w.objects[key.Object("smol.gguf")]
	sum := sha256.New()
	sum.Write(pattern(2 << 20))
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.ApplyRevision(t.Context(), key, "test", func(catalogue.View) (catalogue.Change, error) {
		return catalogue.Change{Revision: &catalogue.Revision{State: catalogue.Hashing, Run: "dead", Hashes: []catalogue.Hash{
			{Path: "smol.gguf", Generation: o.Generation, Done: o.Size, State: state, CRC32C: int64(o.CRC32C)},
		}}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	w.publish(t, key)
	if manifest := w.content[key.Object(catalogue.ManifestName)]; !strings.Contains(string(manifest), hex.EncodeToString(sum.Sum(nil))) {
		t.Errorf("the manifest is wrong:\n%s", manifest)
	}
	if n := w.bytesRead(key.Object("smol.gguf")); n != 0 {
		t.Errorf("%d bytes were read again", n)
	}
}

// TestReplacedWhileHashing: a file that is replaced after it was hashed, while others
// are hashed, aborts the publish. The revision is not quarantined.
func TestReplacedWhileHashing(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 3, 1000)
	var reads atomic.Int64
	w.onRead = func(name string, _ int) error {
		if strings.HasSuffix(name, "tokenizer.json") && reads.Add(1) == 1 {
			w.put(key.Object("lib/v0_2_86/base.wasm"), []byte("\x00asm"))
		}
		return nil
	}
	if _, err := w.Publish(t.Context(), key, nil); errs.Of(err) == nil || errs.Of(err).Code != errs.Aborted {
		t.Fatalf("Publish = %v", err)
	}
	w.Lease = time.Hour // the aborted run has released its lease
	w.publish(t, key)
	w.publish(t, key)
}

// TestTheManifestIsNotWritten: a publish that cannot write its manifest releases its
// lease, so the next one need not wait.
func TestTheManifestIsNotWritten(t *testing.T) {
	w := newWorld()
	w.Lease = time.Hour
	w.upload(t, key, 1000)
	w.onWrite = func(string) error { return errs.New(errs.Unavailable, errs.BucketUnavailable, "down") }
	if _, err := w.Publish(t.Context(), key, nil); errs.Of(err) == nil || errs.Of(err).Reason != errs.BucketUnavailable {
		t.Fatalf("Publish = %v", err)
	}
	w.onWrite = nil
	w.publish(t, key)
}

// TestSlowProgress: a slow progress function delays the return of Publish, but not
// the publishing.
func TestSlowProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.upload(t, key, 8<<20)
		w.onRead = func(string, int) error { time.Sleep(200 * time.Millisecond); return nil }
		begun := time.Now()
		done := make(chan error, 1)
		go func() {
			_, err := w.Publish(t.Context(), key, func(float64) { time.Sleep(time.Hour) })
			done <- err
		}()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r, err := w.store.Revision(t.Context(), key); err != nil || r.State != catalogue.Published {
			t.Errorf("after %v: %+v, %v", time.Since(begun), r, err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestQuarantinedMeanwhile: a publish whose revision is quarantined returns the reason
// quarantined.
func TestQuarantinedMeanwhile(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 1000)
	w.onRead = func(name string, _ int) error {
		if strings.HasSuffix(name, ".gguf") {
			return second(w.Quarantine(t.Context(), key, "why"))
		}
		return nil
	}
	if _, err := w.Publish(t.Context(), key, nil); errs.Of(err) == nil || errs.Of(err).Reason != errs.Quarantined {
		t.Errorf("Publish = %v", err)
	}
}

// TestAForeignManifest: a manifest that is overwritten before the publish commits
// quarantines the revision, even if its event arrives before the commit.
func TestAForeignManifest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.upload(t, key, 1000)
		event := make(chan error, 1)
		w.Publisher.Store = &hookedStore{Store: w.store, before: func(op string) {
			if op == "publish" {
				w.put(key.Object(catalogue.ManifestName), []byte("{}"))
				go func() {
					p := catalogue.Publisher{Store: w.store, Bucket: w.memBucket, Lease: w.Lease}
					event <- p.Uploaded(context.Background(), key.Object(catalogue.ManifestName))
				}()
				synctest.Wait() // until the event's handler blocks or ends
			}
		}}
		w.publish(t, key)
		if err := <-event; err != nil {
			t.Fatal(err)
		}
		r, err := w.store.Revision(t.Context(), key)
		if err != nil || r.State != catalogue.Quarantined {
			t.Errorf("stored: %+v, %v", r, err)
		}
	})
}

type hookedStore struct {
	catalogue.Store
	before func(op string)
}

func (s *hookedStore) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	s.before(op)
	return s.Store.ApplyRevision(ctx, k, op, step)
}

// TestManyProblems: a long list of problems is cut to 50, and a line that counts the
// rest.
func TestManyProblems(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 1000)
	c := gguf(1000)
	c.Entry = "m-00001-of-99999.gguf"
	for i := range 200 {
		c.Files = append(c.Files, catalogue.ConfigFile{Path: fmt.Sprint(strings.Repeat("long", 100), i), Size: 1})
	}
	w.putConfig(t, key, c)
	_, err := w.Publish(t.Context(), key, nil)
	e := errs.Of(err)
	if e == nil || e.Reason != errs.Incomplete {
		t.Fatalf("Publish = %v", err)
	}
	problems := e.Detail("problems").([]string)
	if last := problems[len(problems)-1]; len(problems) != 51 || !strings.HasSuffix(last, " more") || len(e.Message) > 30_000 {
		t.Errorf("%d problems in %d bytes, the last one %q", len(problems), len(e.Message), last)
	}
}

// TestAFrozenPublish: a publish that does not renew its lease is taken over. Its
// result is refused when it wakes up.
func TestAFrozenPublish(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 4<<20)
	frozen, wake := make(chan struct{}), make(chan struct{})
	var reads atomic.Int64
	w.onRead = func(name string, _ int) error {
		if strings.HasSuffix(name, ".gguf") && reads.Add(1) == 1 {
			close(frozen)
			<-wake
		}
		return nil
	}
	first := freeze(w, frozen, wake)
	r := w.publish(t, key)
	close(wake)
	if err := <-first; errs.Of(err).Code != errs.Aborted {
		t.Errorf("the frozen publish ended in %v", err)
	}
	stored, err := w.store.Revision(t.Context(), key)
	if err != nil || stored.State != catalogue.Published || stored.Manifest.Generation != r.Manifest.Generation {
		t.Errorf("stored: %+v, %v; want %+v", stored, err, r)
	}
	w.publish(t, key) // finds nothing changed
}

// TestAFrozenPublishWakesEarly: a frozen publish wakes up while the one that took
// over still hashes. It must write nothing, or the other's result would be refused.
func TestAFrozenPublishWakesEarly(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 4<<20)
	frozen, wake, second, finish := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	var reads atomic.Int64
	w.onRead = func(name string, _ int) error {
		if !strings.HasSuffix(name, ".gguf") {
			return nil
		}
		switch reads.Add(1) {
		case 1:
			close(frozen)
			<-wake
		case 2:
			close(second)
			<-finish
		}
		return nil
	}
	first := freeze(w, frozen, wake)
	done := make(chan error, 1)
	go func() {
		_, err := w.Publish(context.Background(), key, nil)
		done <- err
	}()
	<-second
	close(wake)
	if err := <-first; errs.Of(err).Code != errs.Aborted {
		t.Errorf("the frozen publish ended in %v", err)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Errorf("the publish that took over ended in %v", err)
	}
}

// freeze begins a publish and returns once frozen is closed. From then on the
// publish does not reach the store until wake is closed. The channel gets its error.
func freeze(w *world, frozen, wake chan struct{}) <-chan error {
	asleep := &sleepingStore{Store: w.store, until: wake}
	end := make(chan error, 1)
	go func() {
		p := catalogue.Publisher{Store: asleep, Bucket: w.memBucket, Lease: w.Lease}
		_, err := p.Publish(context.Background(), key, nil)
		end <- err
	}()
	<-frozen
	asleep.asleep.Store(true)
	return end
}

type sleepingStore struct {
	catalogue.Store
	asleep atomic.Bool
	until  chan struct{}
}

func (s *sleepingStore) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	if s.asleep.Load() {
		<-s.until
	}
	return s.Store.ApplyRevision(ctx, k, op, step)
}

func TestABadRead(t *testing.T) {
	for name, tc := range map[string]struct {
		break_ func(w *world)
		code   errs.Code
	}{
		"bytes that differ from the bucket's checksum": {func(w *world) { w.change(key.Object("smol.gguf"), func(o *catalogue.Object) { o.CRC32C ^= 1 }) }, errs.DataLoss},
		"a stream that ends early":                     {func(w *world) { w.content[key.Object("smol.gguf")] = pattern(1 << 20) }, errs.Unavailable},
		"an object that changes meanwhile": {func(w *world) {
			var once sync.Once
			w.onRead = func(name string, _ int) error {
				if strings.HasSuffix(name, "config.json") {
					once.Do(func() { w.put(key.Object("smol.gguf"), pattern(3<<20)) })
				}
				return nil
			}
		}, errs.Aborted},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.upload(t, key, 3<<20)
			tc.break_(w)
			if _, err := w.Publish(t.Context(), key, func(float64) {}); errs.Of(err) == nil || errs.Of(err).Code != tc.code {
				t.Fatalf("Publish = %v, want %s", err, tc.code)
			}
			w.onRead = nil
			w.upload(t, key, 3<<20) // again, without the fault
			w.publish(t, key)
		})
	}
}

// TestChangedAfterPublishing: both an event and publishing again detect a change of a
// published revision. The revision is quarantined permanently, and the previous one
// becomes current.
func TestChangedAfterPublishing(t *testing.T) {
	older := catalogue.Key{Model: "smol", Revision: "v0"}
	for name, tc := range map[string]struct {
		change  func(w *world)
		problem string
	}{
		"a shard was overwritten":      {func(w *world) { w.put(key.Object("smol.gguf"), pattern(5000)) }, "smol.gguf was overwritten (generation 1007, published was 1004)"},
		"a shard is gone":              {func(w *world) { w.remove(key.Object("smol.gguf")) }, "smol.gguf is gone"},
		"the config was overwritten":   {func(w *world) { w.put(key.Object(catalogue.ConfigName), []byte("{}")) }, "model-config.json was overwritten (generation 1007, published was 1005)"},
		"the manifest was overwritten": {func(w *world) { w.put(key.Object(catalogue.ManifestName), []byte("{}")) }, "manifest.json is gone or was overwritten"},
	} {
		for how, notice := range map[string]func(w *world) error{
			"by an event":            func(w *world) error { return w.Uploaded(t.Context(), key.Object("smol.gguf")) },
			"by publishing it again": func(w *world) error { return second(w.Publish(t.Context(), key, nil)) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld()
				w.upload(t, older, 3000)
				w.publish(t, older)
				w.upload(t, key, 5000)
				w.publish(t, key)
				if err := w.Uploaded(t.Context(), key.Object("smol.gguf")); err != nil { // a late event, without a change
					t.Fatal(err)
				}
				tc.change(w)
				err := notice(w)
				if how == "by an event" && err != nil || how != "by an event" && errs.Of(err).Reason != errs.RevisionChanged {
					t.Errorf("the change is reported as %v", err)
				}
				r, err := w.store.Revision(t.Context(), key)
				if err != nil || r.State != catalogue.Quarantined || !slices.Equal(r.Problems, []string{tc.problem}) {
					t.Errorf("stored: %+v, %v; want the problem %s", r, err, tc.problem)
				}
				if err := second(w.Publish(t.Context(), key, nil)); errs.Of(err).Reason != errs.Quarantined {
					t.Errorf("publishing it once more: %v", err)
				}
				if err := w.Uploaded(t.Context(), key.Object("smol.gguf")); err != nil {
					t.Errorf("another event: %v", err)
				}
				m, err := w.store.Model(t.Context(), "smol")
				if err != nil || m.Current() != "v0" {
					t.Errorf("the model's current revision is %q, %v", m.Current(), err)
				}
			})
		}
	}
}

// TestAddedLater: an object that the manifest does not name does not affect a
// published revision.
func TestAddedLater(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 10)
	w.publish(t, key)
	w.put(key.Object("README.md"), []byte("hello"))
	if err := w.Uploaded(t.Context(), key.Object("README.md")); err != nil {
		t.Fatal(err)
	}
	w.publish(t, key)
}

// TestEventsOfAnUpload: files arrive in any order, each with an event. The event of
// the last one publishes the revision.
func TestEventsOfAnUpload(t *testing.T) {
	source := newWorld()
	source.uploadWebLLM(t, key, 4, 1000)
	names := []string{}
	for name := range source.content {
		names = append(names, name) // in the random order of maps
	}
	w := newWorld()
	for i, name := range names {
		w.put(name, source.content[name])
		if err := w.Uploaded(t.Context(), name); err != nil {
			t.Fatalf("event of %s: %v", name, err)
		}
		r, err := w.store.Revision(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]catalogue.State{true: catalogue.Published, false: catalogue.Incomplete}[i == len(names)-1]; r.State != want {
			t.Errorf("after %d of %d objects the revision is %s, want %s (%v)", i+1, len(names), r.State, want, r.Problems)
		}
	}
	if err := w.Uploaded(t.Context(), key.Object(catalogue.ManifestName)); err != nil {
		t.Errorf("the event of our own manifest: %v", err)
	}
	for _, name := range []string{"models/smol", "other/smol/v1/a", "models/smol/main/a", "models/../v1/a", "a"} {
		if err := w.Uploaded(t.Context(), name); err != nil {
			t.Errorf("an event of %s: %v", name, err)
		}
	}
}

// TestEventStorm: the 100 events of a large upload write the revision at most five
// times.
func TestEventStorm(t *testing.T) {
	w := newWorld()
	w.uploadWebLLM(t, key, 100, 10)
	w.remove(key.Object("tokenizer.json"))
	counting := &countingStore{Store: w.store}
	w.Publisher.Store = counting
	for i := range 100 {
		if err := w.Uploaded(t.Context(), key.Object(fmt.Sprintf("params_shard_%d.bin", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := counting.writes.Load(); n < 1 || n > 5 {
		t.Errorf("100 events wrote the revision %d times", n)
	}
}

type countingStore struct {
	catalogue.Store
	writes atomic.Int64
}

func (s *countingStore) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	return s.Store.ApplyRevision(ctx, k, op, func(v catalogue.View) (catalogue.Change, error) {
		c, err := step(v)
		if c.Revision != nil {
			s.writes.Add(1)
		}
		return c, err
	})
}

// TestALeaseIsRenewed: a publish that takes longer than its lease is not taken over.
func TestALeaseIsRenewed(t *testing.T) {
	w := newWorld()
	w.upload(t, key, 8<<20)
	started := make(chan struct{})
	var once sync.Once
	w.onRead = func(name string, _ int) error {
		if strings.HasSuffix(name, ".gguf") {
			once.Do(func() { close(started) })
			time.Sleep(w.Lease / 4) // eight reads take two leases
		}
		return nil
	}
	done := make(chan catalogue.Revision, 1)
	go func() {
		r, err := w.Publish(context.Background(), key, nil)
		if err != nil {
			t.Errorf("the first publish: %v", err)
		}
		done <- r
	}()
	<-started
	second := w.publish(t, key)
	if first := <-done; first.Manifest == nil || first.Manifest.Generation != second.Manifest.Generation {
		t.Errorf("two publishes: %+v and %+v", first.Manifest, second.Manifest)
	}
	if got := w.bytesRead(key.Object("smol.gguf")); got != 8<<20 {
		t.Errorf("%d bytes were read, want each once: %d", got, 8<<20)
	}
}
