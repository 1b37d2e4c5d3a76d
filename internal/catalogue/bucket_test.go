package catalogue_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
)

// memBucket is a bucket in memory whose hooks can fail. Package blob tests the real
// bucket.
type memBucket struct {
	mu      sync.Mutex
	objects map[string]catalogue.Object
	content map[string][]byte
	next    int64
	read    map[string]int64               // bytes that were read, by name
	onRead  func(name string, n int) error // called after each read of n bytes; nil: no hook
	onOpen  func(name string) error        // called before an object is opened; nil: no hook
	onWrite func(name string) error        // called before each write; nil: no hook
}

func newBucket() *memBucket {
	return &memBucket{objects: map[string]catalogue.Object{}, content: map[string][]byte{}, read: map[string]int64{}, next: 1000}
}

func (b *memBucket) put(name string, content []byte) catalogue.Object {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	sum := md5.Sum(content)
	o := catalogue.Object{Name: name, Size: int64(len(content)), Generation: b.next, CRC32C: crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)), MD5: sum[:]}
	b.objects[name], b.content[name] = o, content
	return o
}

// change changes an object's attributes, but neither its content nor its generation.
func (b *memBucket) change(name string, f func(*catalogue.Object)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[name]
	f(&o)
	b.objects[name] = o
}

func (b *memBucket) remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, name)
}

func (b *memBucket) bytesRead(name string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.read[name]
}

func (b *memBucket) List(_ context.Context, prefix string) ([]catalogue.Object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []catalogue.Object
	for _, name := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(name, prefix) {
			all = append(all, b.objects[name])
		}
	}
	return all, nil
}

func (b *memBucket) Read(ctx context.Context, name string, generation, offset int64) (io.ReadCloser, error) {
	if b.onOpen != nil {
		if err := b.onOpen(name); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o, there := b.objects[name]
	if !there || o.Generation != generation || offset >= int64(len(b.content[name])) {
		return nil, fmt.Errorf("%s: %w", name, catalogue.ErrGone)
	}
	return io.NopCloser(&memReader{b, ctx, name, bytes.NewReader(b.content[name][offset:])}), nil
}

type memReader struct {
	b    *memBucket
	ctx  context.Context
	name string
	*bytes.Reader
}

func (r *memReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	r.b.mu.Lock()
	hook := r.b.onRead
	r.b.read[r.name] += int64(n)
	r.b.mu.Unlock()
	if hook != nil {
		if err := hook(r.name, n); err != nil {
			return 0, err
		}
	}
	return n, err
}

// WriteTo hides that of bytes.Reader, so that io.Copy does not bypass Read.
func (r *memReader) WriteTo(io.Writer) (int64, error) { panic("unexpected") }

func (b *memBucket) Write(_ context.Context, name string, content []byte, replaces int64) (catalogue.Object, error) {
	if b.onWrite != nil {
		if err := b.onWrite(name); err != nil {
			return catalogue.Object{}, err
		}
	}
	b.mu.Lock()
	current := b.objects[name].Generation
	b.mu.Unlock()
	if current != replaces {
		return catalogue.Object{}, fmt.Errorf("%s: %w", name, catalogue.ErrGone)
	}
	return b.put(name, content), nil
}

// fakeSigner returns URLs that name method, object and generation.
type fakeSigner struct {
	mu     sync.Mutex
	calls  int
	err    error
	before func()        // called before each Sign; nil: no hook
	life   time.Duration // of a URL, whose second tells it from others; 0: all expire at expiry
}

var expiry = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *fakeSigner) Sign(_ context.Context, method string, refs []catalogue.Ref) ([]string, time.Time, error) {
	if s.before != nil {
		s.before()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.err != nil {
		return nil, time.Time{}, s.err
	}
	urls := make([]string, len(refs))
	for i, r := range refs {
		urls[i] = fmt.Sprintf("https://signed/%s/%s#%d", method, r.Name, r.Generation)
	}
	if s.life > 0 {
		return urls, time.Now().Add(s.life), nil
	}
	return urls, expiry, nil
}

// world is a bucket and a store, with a Publisher and Grants that use them.
type world struct {
	*memBucket
	store  *memstore.Store
	signer *fakeSigner
	catalogue.Publisher
	grants *catalogue.Grants
}

var testTerms = catalogue.Terms{
	Plans:    quota.Plans{quota.Anonymous: {MonthlyBytes: 30 << 20}, quota.Free: {MonthlyBytes: 100 << 20}, quota.Premium: {MonthlyBytes: 1 << 40}},
	USDPerGB: 0.12, URLLife: 15 * time.Minute,
}

// user is a user of a plan.
func user(uid string, plan quota.Plan) catalogue.User { return catalogue.User{UID: uid, Plan: plan} }

func newWorld() *world {
	w := &world{memBucket: newBucket(), store: memstore.New(), signer: &fakeSigner{}}
	w.Publisher = catalogue.Publisher{Store: w.store, Bucket: w.memBucket, Lease: 200 * time.Millisecond}
	w.grants = catalogue.NewGrants(w.store, w.memBucket, w.signer, testTerms)
	return w
}

var key = catalogue.Key{Model: "smol", Revision: "v1"}

// gguf is the config of a model with one file of size bytes.
func gguf(size int) catalogue.Config {
	return catalogue.Config{
		ModelID: key.Model, Name: "Smol", Engine: catalogue.Wllama, Entry: "smol.gguf", Plans: []quota.Plan{quota.Free, quota.Premium},
		Files: []catalogue.ConfigFile{{Path: "smol.gguf", Size: int64(size)}}, Licence: "Apache-2.0", SourceURL: "https://example.com/smol",
	}
}

func (w *world) putConfig(t testing.TB, k catalogue.Key, c catalogue.Config) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	w.put(k.Object(catalogue.ConfigName), text)
}

// pattern returns n bytes with a long period.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8*13 + i>>16*29)
	}
	return b
}

// upload puts a revision of one file into the bucket.
func (w *world) upload(t testing.TB, k catalogue.Key, size int) {
	t.Helper()
	w.put(k.Object("smol.gguf"), pattern(size))
	w.putConfig(t, k, gguf(size))
}

// uploadWebLLM puts a revision for WebLLM into the bucket: n shards of size+1 bytes.
func (w *world) uploadWebLLM(t testing.TB, k catalogue.Key, n, size int) {
	t.Helper()
	c := catalogue.Config{
		ModelID: k.Model, Name: "Web", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Premium}, Licence: "MIT", SourceURL: "https://example.com/web",
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "lib/v0_2_86/base.wasm", ModelLibVersion: "v0_2_86/base"},
	}
	file := func(path string, content []byte) {
		w.put(k.Object(path), content)
		c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: int64(len(content))})
	}
	file("lib/v0_2_86/base.wasm", []byte("\x00asm"))
	file("mlc-chat-config.json", []byte(`{"tokenizer_files":["tokenizer.json","tokenizer_config.json"]}`))
	file("tokenizer.json", []byte(`{}`))
	var records []string
	for i := range n {
		content := append(pattern(size), byte(i))
		path := fmt.Sprintf("params_shard_%d.bin", i)
		file(path, content)
		records = append(records, fmt.Sprintf(`{"dataPath":%q,"nbytes":%d,"md5sum":"%x"}`, path, len(content), md5.Sum(content)))
	}
	file("tensor-cache.json", []byte(`{"metadata":{},"records":[`+strings.Join(records, ",")+`]}`))
	w.putConfig(t, k, c)
}

func (w *world) publish(t testing.TB, k catalogue.Key) catalogue.Revision {
	t.Helper()
	r, err := w.Publish(t.Context(), k, nil)
	if err != nil {
		t.Fatalf("Publish(%v): %v", k, err)
	}
	return r
}
