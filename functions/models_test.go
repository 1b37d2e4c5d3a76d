package functions_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/store/memstore"
)

// anybody is a Verifier whose tokens are claims in JSON.
type anybody struct{}

func (anybody) Verify(_ context.Context, token string) (*callable.Caller, error) {
	c := &callable.Caller{UID: "ann"}
	if err := json.Unmarshal([]byte(token), &c.Claims); err != nil {
		return nil, errs.BadToken(err)
	}
	if uid, ok := c.Claims["sub"].(string); ok {
		c.UID = uid
	}
	return c, nil
}

// modelsBackend is a Backend on a bucket, and what it is made of.
type modelsBackend struct {
	cfg   config.Config
	parts functions.Parts
	key   blob.Key
	log   *slog.Logger
}

func newModelsBackend(t testing.TB, objects http.Handler) modelsBackend {
	t.Helper()
	server := httptest.NewServer(objects)
	t.Cleanup(server.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"client_email": "s@p.iam.gserviceaccount.com", "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	m := modelsBackend{log: slog.New(slog.DiscardHandler)}
	m.cfg, err = config.Load(func(name string) string {
		return map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "MODELS_BUCKET": "weights", "SIGNING_KEY_FILE": file, "STORAGE_EMULATOR_HOST": server.URL, "PLANS": `{"free": {` + manyCalls + `}}`}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if m.key, err = blob.ReadKey(file); err != nil {
		t.Fatal(err)
	}
	bucket, err := blob.Open(context.Background(), "weights", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bucket.Close() })
	m.parts = functions.Parts{Store: memstore.New(), Verifier: anybody{}, Bucket: bucket}
	return m
}

// fresh is a Backend that has signed and read nothing yet.
func (m modelsBackend) fresh(t testing.TB) map[string]http.Handler {
	t.Helper()
	signer, err := blob.NewSigner(m.key, "weights", m.cfg.Models.Endpoint, m.cfg.Models.URLLife)
	if err != nil {
		t.Fatal(err)
	}
	m.parts.Signer = signer
	return functions.NewWith(m.cfg, m.parts, m.log).Handlers()
}

// do calls a function and returns its answer.
func do(handlers map[string]http.Handler, name, claims, data string) string {
	r := httptest.NewRequest(http.MethodPost, "/"+name, strings.NewReader(`{"data":`+data+`}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+claims)
	w := httptest.NewRecorder()
	handlers[name].ServeHTTP(w, r)
	return w.Body.String()
}

// putModel uploads a WebLLM revision of n files in all.
func putModel(t testing.TB, objects *blobtest.Objects, id string, n int) {
	t.Helper()
	c := catalogue.Config{
		ModelID: id, Name: "Web", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Free}, Licence: "MIT", SourceURL: "https://example.com/web",
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "lib/a.wasm", ModelLibVersion: "v0_2_86/base"},
	}
	put := func(path string, content string) {
		objects.PutBytes("models/"+id+"/v1/"+path, []byte(content))
		c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: int64(len(content))})
	}
	put("lib/a.wasm", "\x00asm")
	put("mlc-chat-config.json", `{"tokenizer_files":["tokenizer.json"]}`)
	put("tokenizer.json", "{}")
	var records []string
	for i := range n - 4 {
		path, content := fmt.Sprintf("params_shard_%d.bin", i), fmt.Sprint("shard ", i)
		put(path, content)
		records = append(records, fmt.Sprintf(`{"dataPath":%q,"nbytes":%d,"md5sum":"%x"}`, path, len(content), md5.Sum([]byte(content))))
	}
	put("tensor-cache.json", `{"records":[`+strings.Join(records, ",")+`]}`)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	objects.PutBytes("models/"+id+"/v1/"+catalogue.ConfigName, text)
}

func TestModelFunctions(t *testing.T) {
	objects := new(blobtest.Objects)
	m := newModelsBackend(t, objects)
	putModel(t, objects, "web", 6)
	handlers := m.fresh(t)
	without := functions.NewWith(m.cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler)).Handlers()
	paths, err := json.Marshal(make([]string, 1001))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		handlers               map[string]http.Handler
		function, claims, data string
		want                   string // in the answer
	}{
		{handlers, "listModels", `{}`, `{}`, `{"result":{"models":[]}}`},
		{handlers, "publishModel", `{}`, `{"modelId":"web","revision":"v1"}`, `"reason":"admin-only"`},
		{handlers, "quarantineModel", `{"admin":"true"}`, `{"modelId":"web","revision":"v1"}`, `"reason":"admin-only"`},
		{handlers, "publishModel", `{"admin":true}`, `{"modelId":"web"}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"main"}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "publishModel", `{"admin":true}`, `{"modelId":"other","revision":"v1"}`, `"problems":["model-config.json is missing (there are 0 objects)"]`},
		{handlers, "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`, `{"result":{"modelId":"web","revision":"v1","state":"published","files":6,"bytes":`},
		{handlers, "listModels", `{}`, `{}`, `"baseUrl":"/models/web/resolve/v1/"`},
		{handlers, "listModels", `{}`, `{}`, `"webllm":{"modelLib":"lib/a.wasm","modelLibVersion":"v0_2_86/base"}`},
		{handlers, "listModels", `{}`, `{"page":1}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "grantModel", `{}`, `{"modelId":"web","paths":["tokenizer.json"]}`, `"files":[{"path":"tokenizer.json","url":"http://`},
		{handlers, "grantModel", `{}`, `{"modelId":"web","path":"tokenizer.json"}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "grantModel", `{}`, `{"modelId":"web","paths":"tokenizer.json"}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "grantModel", `{}`, `{"modelId":"web","paths":` + string(paths) + `}`, `paths must be at most 1000.`},
		{handlers, "grantModel", `{}`, `{"modelId":""}`, `"status":"INVALID_ARGUMENT"`},
		{handlers, "quarantineModel", `{"admin":true}`, `{"modelId":"web","revision":"v9"}`, `"reason":"no-such-model"`},
		{handlers, "quarantineModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`, `"state":"quarantined"`},
		{handlers, "grantModel", `{}`, `{"modelId":"web","revision":"v1"}`, `"reason":"quarantined"`},
		{handlers, "listModels", `{}`, `{}`, `{"result":{"models":[]}}`},
		{without, "listModels", `{}`, `{}`, `"reason":"no-models"`},
		{without, "grantModel", `{}`, `{"modelId":"web"}`, `"reason":"no-models"`},
		{without, "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`, `"reason":"no-models"`},
	} {
		if got := do(tc.handlers, tc.function, tc.claims, tc.data); !strings.Contains(got, tc.want) {
			t.Errorf("%s(%.60s) by %s: %.500s\nwant %s", tc.function, tc.data, tc.claims, got, tc.want)
		}
	}
}

// BenchmarkGrant answers a grant of 110 files through everything but the
// network, with a store in memory and with the Firestore emulator: cold, with a manifest that was never read and
// nothing signed, and warm.
func BenchmarkGrant(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkGrant(b, memstore.New()) })
	b.Run("Firestore", func(b *testing.B) {
		db, err := store.Open(context.Background(), emulator.Project(b), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		benchmarkGrant(b, db)
	})
}

func benchmarkGrant(b *testing.B, db functions.Store) {
	objects := new(blobtest.Objects)
	m := newModelsBackend(b, objects)
	m.parts.Store = db
	putModel(b, objects, "web", 110)
	if got := do(m.fresh(b), "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`); !strings.Contains(got, `"files":110`) {
		b.Fatal(got)
	}
	grant := func(handlers map[string]http.Handler) float64 {
		start := time.Now()
		if got := do(handlers, "grantModel", `{}`, `{"modelId":"web"}`); strings.Count(got, "X-Goog-Signature") != 110 {
			b.Fatalf("%.500s", got)
		}
		return float64(time.Since(start).Microseconds()) / 1000
	}
	var cold, warm []float64
	for b.Loop() {
		handlers := m.fresh(b)
		cold = append(cold, grant(handlers))
		warm = append(warm, grant(handlers))
	}
	report(b, cold, "ms-cold")
	report(b, warm, "ms-warm")
}

// report gives the middle and the spread of what was measured.
func report(b *testing.B, all []float64, unit string) {
	slices.Sort(all)
	b.ReportMetric(all[0], unit+"-min")
	b.ReportMetric(all[len(all)/2], unit+"-p50")
	b.ReportMetric(all[len(all)-1], unit+"-max")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPublish hashes 512 MB in four files that a server reads from disk,
// and compares that with sha256sum on the same files, run by run.
func BenchmarkPublish(b *testing.B) {
	const files, size = 4, 128 << 20
	objects := new(blobtest.Objects)
	m := newModelsBackend(b, objects)
	handlers := m.fresh(b)
	dir := b.TempDir()
	var names []string
	sums := map[string]uint32{}
	for i := range files {
		content := make([]byte, size)
		rand.Read(content)
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, content, 0o644); err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
		sums[name] = crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))
	}
	var ours, theirs, ratio []float64
	for n := 0; b.Loop(); n++ {
		prefix := fmt.Sprintf("models/bench/v%d/", n)
		c := catalogue.Config{ModelID: "bench", Name: "x", Engine: catalogue.TransformersJS, Plans: []quota.Plan{quota.Free}, Licence: "MIT", SourceURL: "https://example.com"}
		for i, name := range names {
			path := fmt.Sprintf("%d.bin", i)
			c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: size})
			objects.Put(prefix+path, size, sums[name], func(offset int64) io.ReadCloser {
				f, err := os.Open(name)
				if err == nil {
					_, err = f.Seek(offset, io.SeekStart)
				}
				if err != nil {
					panic(err)
				}
				return f
			})
		}
		text, err := json.Marshal(c)
		if err != nil {
			b.Fatal(err)
		}
		objects.PutBytes(prefix+catalogue.ConfigName, text)

		start := time.Now()
		if got := do(handlers, "publishModel", `{"admin":true}`, fmt.Sprintf(`{"modelId":"bench","revision":"v%d"}`, n)); !strings.Contains(got, `"state":"published"`) {
			b.Fatal(got)
		}
		us := files * size / 1e6 / time.Since(start).Seconds()
		start = time.Now()
		if out, err := exec.Command("sha256sum", names...).Output(); err != nil || bytes.Count(out, []byte("\n")) != files {
			b.Fatalf("sha256sum: %v", err)
		}
		them := files * size / 1e6 / time.Since(start).Seconds()
		ours, theirs, ratio = append(ours, us), append(theirs, them), append(ratio, us/them)
	}
	report(b, ours, "MB/s")
	report(b, theirs, "MB/s-sha256sum")
	report(b, ratio, "x-sha256sum")
}
