package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// front stands where Hosting does, for tests that change what lies behind: the
// console's files, functions and models on one origin. /modules/ has the npm
// packages, and /isolated/ a page that is cross-origin isolated.
type front struct {
	*httptest.Server
	links atomic.Int64 // requests of /models/
}

func openFront(t testing.TB) (f *front, serve func(*server)) {
	t.Helper()
	var behind atomic.Pointer[httputil.ReverseProxy]
	f = &front{}
	files := http.NewServeMux()
	files.Handle("/modules/", http.StripPrefix("/modules/", http.FileServer(http.Dir("../node_modules"))))
	files.HandleFunc("/isolated/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>isolated</title>")
	})
	files.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>empty</title>")
	})
	files.Handle("/client/", http.FileServer(http.Dir("../console/dist")))
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := files.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/models/") {
			f.links.Add(1)
		}
		behind.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f, func(s *server) {
		to := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.port)}
		behind.Store(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }, FlushInterval: -1})
	}
}

// control lets JavaScript tests do to a gate what Go tests do: POST {inject},
// {heal}, {break}, {pace}, {aheadS}; each answers what was sent and asked for so far.
func control(t testing.TB, gate *blobtest.Gate, f *front) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Inject *struct {
				blobtest.Fault
				DelayMs int
			}
			Heal, Break  bool
			Pace, AheadS *float64
			Of           string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if in.Inject != nil {
			in.Inject.Delay = time.Duration(in.Inject.DelayMs) * time.Millisecond
			gate.Inject(in.Inject.Fault)
		}
		if in.Heal {
			gate.Heal()
			gate.Pace(0)
			gate.Ahead(0)
		}
		if in.Break {
			gate.Break()
		}
		if in.Pace != nil {
			gate.Pace(*in.Pace)
		}
		if in.AheadS != nil {
			gate.Ahead(time.Duration(*in.AheadS * float64(time.Second)))
		}
		reads := 0
		for _, read := range gate.Reads() {
			if _, object, _ := strings.Cut(read, " "); strings.HasPrefix(object, in.Of) {
				reads++
			}
		}
		json.NewEncoder(w).Encode(map[string]int64{"sent": gate.Sent(in.Of), "reads": int64(reads), "links": f.links.Load()})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// publish uploads a folder's files as revision v1 of a model, and publishes it.
func (s *shop) publish(t *testing.T, to *server, admin, dir string, c catalogue.Config) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // of what a link points to
		if err != nil {
			t.Fatal(err)
		}
		c.Files = append(c.Files, catalogue.ConfigFile{Path: e.Name(), Size: info.Size()})
	}
	c.Plans = []quota.Plan{quota.Free}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, catalogue.ConfigName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	s.put(t, dir, "models/"+c.ModelID+"/v1/")
	mustAsk(t, to, admin, "publishModel", ref{ModelID: c.ModelID, Revision: "v1"})
	return c.ModelID
}

// smallModel publishes the real SmolLM2.
func smallModel(t *testing.T, shop *shop, s *server, admin string) string {
	t.Helper()
	weights, dir := emulator.Require(t, "SMALL_MODEL"), t.TempDir()
	name := filepath.Base(weights)
	if err := os.Symlink(weights, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return shop.publish(t, s, admin, dir, catalogue.Config{
		ModelID: newID("smollm2"), Name: "SmolLM2 135M Instruct", Engine: catalogue.Wllama, Entry: name, ContextTokens: 2048,
		Licence: "Apache-2.0", SourceURL: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
	})
}

// words publishes a tokenizer for transformers.js that knows two words.
func words(t *testing.T, shop *shop, s *server, admin string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.json":           `{"model_type":"bert"}`,
		"tokenizer_config.json": `{"tokenizer_class":"PreTrainedTokenizerFast","unk_token":"?"}`,
		"tokenizer.json":        `{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"?":0,"dream":1,"build":2},"unk_token":"?"}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return shop.publish(t, s, admin, dir, catalogue.Config{
		ModelID: newID("words"), Name: "Words", Engine: catalogue.TransformersJS, Licence: "MIT", SourceURL: "https://example.com/words",
	})
}

// TestSaves runs the queue of saves in a real Chromium.
func TestSaves(t *testing.T) {
	t.Parallel()
	f, serve := openFront(t)
	serve(start(t, ""))
	node(t, "saves.test.mjs", "ORIGIN="+f.URL)
}

// TestTurns reads turns in a real Chromium, by the stock SDK, over connections
// that break; at last in the console, through the real Hosting emulator. It is
// not parallel: another test has the console's backend too.
func TestTurns(t *testing.T) {
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	f, serve := openFront(t)
	st := openStage(t, f)
	serve(start(t, st.worker.URL, "WORKER_DIALECT=llamacpp", "PORT="+emulator.Require(t, "BACKEND_PORT")))
	node(t, "reconnect.test.mjs")
	node(t, "turns.test.mjs", "ORIGIN="+st.line.URL, "HOSTING="+origin, "CONTROL="+st.control.URL)
}

// stage is a worker that stops in the middle of what it says, and a line to the
// browser that breaks, as JavaScript tests tell them: POST {prompt, say, hold},
// {release: prompt}, {lose, of, late}, {cut}. Each answers how often the worker
// was asked what, and how often the backend which function.
type stage struct {
	worker        *workertest.Server
	line, control *httptest.Server

	mu     sync.Mutex
	scenes map[string]*scene // by prompt
	lose   int               // so many requests
	of     string            // of this function
	late   bool              // when they have been answered, not before
	asked  map[string]int
}

type scene struct {
	Say  []string
	Hold int // wait before this piece
	free chan struct{}
}

func openStage(t *testing.T, f *front) *stage {
	st := &stage{scenes: map[string]*scene{}, asked: map[string]int{}}
	st.worker = workertest.Start("llamacpp")
	st.worker.Choose(st.speak)
	t.Cleanup(st.worker.Close)
	st.line = httptest.NewServer(st.leadTo(f.Config.Handler))
	st.control = httptest.NewServer(http.HandlerFunc(st.direct))
	for _, s := range []*httptest.Server{st.control, st.line} {
		t.Cleanup(func() {
			s.CloseClientConnections()
			s.Close()
		})
	}
	return st
}

// speak answers the prompt that came last.
func (st *stage) speak(c workertest.Call) (workertest.Reply, bool) {
	prompt := c.Messages[len(c.Messages)-1].Content
	st.mu.Lock()
	defer st.mu.Unlock()
	st.asked[prompt]++
	now := st.scenes[prompt]
	if now == nil {
		return workertest.Reply{Status: http.StatusInternalServerError, Body: "nobody has told what to say to " + prompt}, true
	}
	return workertest.Reply{Text: now.Say, Hold: now.free, HoldAt: now.Hold}, true
}

func (st *stage) direct(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Prompt, Release, Of string
		Say                 []string
		Hold, Lose          int
		Late, Cut           bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if in.Cut {
		st.line.CloseClientConnections()
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if in.Prompt != "" {
		now := &scene{Say: in.Say, Hold: in.Hold, free: make(chan struct{})}
		if now.Hold == 0 {
			close(now.free)
		}
		st.scenes[in.Prompt] = now
	}
	if in.Release != "" {
		close(st.scenes[in.Release].free)
	}
	if in.Lose > 0 {
		st.lose, st.of, st.late = in.Lose, in.Of, in.Late
	}
	json.NewEncoder(w).Encode(st.asked)
}

// leadTo is h over a line that loses requests, or their answers.
func (st *stage) leadTo(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		st.mu.Lock()
		lose := st.lose > 0 && st.of == name && r.Method == http.MethodPost
		if lose {
			st.lose--
		}
		late := st.late
		if r.Method == http.MethodPost && (late || !lose) {
			st.asked[name]++
		}
		st.mu.Unlock()
		switch {
		case lose && late:
			h.ServeHTTP(deaf{w}, r)
			panic(http.ErrAbortHandler)
		case lose:
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	})
}

// deaf lets nothing through.
type deaf struct{ http.ResponseWriter }

func (deaf) WriteHeader(int)           {}
func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (deaf) Flush()                    {}

// TestWeightsPage uses the console in a real Chromium, through the real Hosting
// emulator.
func TestWeightsPage(t *testing.T) {
	t.Parallel()
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	worker := workertest.Start("llamacpp")
	t.Cleanup(worker.Close)
	worker.Say(workertest.Reply{Text: []string{"```html\n<!DOCTYPE html>\n", "<h1>From the worker</h1>\n", "```\n"}})
	shop := openShop(t, nil)
	shop.gate.Origins = []string{origin}
	s := start(t, worker.URL, shop.env("PORT="+emulator.Require(t, "BACKEND_PORT"))...)
	_, admin := tokenWith(t, `{"admin":true}`)
	node(t, "page.test.mjs", "ORIGIN="+origin, fmt.Sprintf("FUNCTIONS=http://127.0.0.1:%d", s.port), "CONTROL="+control(t, shop.gate, &front{}), "SMALL="+smallModel(t, shop, s, admin))
}

// TestWeightsBrowser runs the browser library in a real Chromium, with faults.
func TestWeightsBrowser(t *testing.T) {
	t.Parallel()
	f, serve := openFront(t)
	shop := openShop(t, nil)
	shop.gate.Origins = []string{f.URL}
	s := start(t, "", shop.env("MODEL_URL_LIFE=1m", "SESSION_RECHECK=1s")...)
	serve(s)
	_, admin := tokenWith(t, `{"admin":true}`)
	id := newID("shards")
	dir, _ := revision(t, id, 6, 1<<20, quota.Free)
	shop.put(t, dir, "models/"+id+"/v1/")
	mustAsk(t, s, admin, "publishModel", ref{ModelID: id, Revision: "v1"})
	updated := newID("updated")
	for _, rev := range []string{"v1", "v2"} {
		dir, _ := revision(t, updated, 2, 1000, quota.Free)
		shop.put(t, dir, "models/"+updated+"/"+rev+"/")
	}
	mustAsk(t, s, admin, "publishModel", ref{ModelID: updated, Revision: "v1"})
	env := []string{"UPDATED=" + updated, "ORIGIN=" + f.URL, "CONTROL=" + control(t, shop.gate, f), "MODEL=" + id, "SMALL=" + smallModel(t, shop, s, admin), "WORDS=" + words(t, shop, s, admin)}
	node(t, "browser.test.mjs", env...)
	node(t, "engines.test.mjs", env...)
}

// BenchmarkRedirect asks the deployable for one redirect after the other, as a
// browser with a session does.
func BenchmarkRedirect(b *testing.B) {
	shop := openShop(b, nil)
	s := startBinary(b, deployed(b), "", shop.env()...)
	_, admin := tokenWith(b, `{"admin":true}`)
	id := newID("redirect")
	dir, _ := revision(b, id, 100, 10, quota.Free)
	shop.put(b, dir, "models/"+id+"/v1/")
	mustAsk(b, s, admin, "publishModel", ref{ModelID: id, Revision: "v1"})
	res, err := post(b.Context(), s, admin, "openModelSession", `{"data":null}`, "")
	if err != nil || len(res.Cookies()) != 1 {
		b.Fatalf("openModelSession: %v, %v", res, err)
	}
	res.Body.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var cold, warm []float64
	for n := 0; b.Loop(); n++ {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/models/%s/resolve/v1/params_shard_%d.bin", s.port, id, n%100), nil)
		if err != nil {
			b.Fatal(err)
		}
		req.AddCookie(res.Cookies()[0])
		begun := time.Now()
		got, err := client.Do(req)
		ms := float64(time.Since(begun).Microseconds()) / 1000
		if err != nil || got.StatusCode != http.StatusFound {
			b.Fatalf("%v, %v", got, err)
		}
		got.Body.Close()
		if n < 100 {
			cold = append(cold, ms)
		} else {
			warm = append(warm, ms)
		}
	}
	report(b, cold, "ms-first")
	report(b, warm, "ms-warm")
}

// report gives the middle and the spread of what was measured.
func report(b *testing.B, all []float64, unit string) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	b.ReportMetric(all[0], unit+"-min")
	b.ReportMetric(all[len(all)/2], unit+"-p50")
	b.ReportMetric(all[len(all)*99/100], unit+"-p99")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkDownload downloads 16 shards of 32 MB in a real Chromium, from a gate
// that is paced to 50 MB/s: by plain fetch, which keeps nothing, and by the
// library, which verifies and stores, in turns.
func BenchmarkDownload(b *testing.B) {
	const shards, size = 16, 32 << 20
	objects := new(blobtest.Objects)
	id := newID("bench")
	content := make([]byte, size)
	rand.Read(content)
	sum := crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli))
	var records []string
	c := catalogue.Config{
		ModelID: id, Name: "Bench", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Free}, Licence: "MIT", SourceURL: "https://example.com/x",
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "lib/a.wasm", ModelLibVersion: "v0_2_86/base"},
	}
	put := func(path string, text []byte) {
		objects.PutBytes("models/"+id+"/v1/"+path, text)
		c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: int64(len(text))})
	}
	for i := range shards {
		path := fmt.Sprintf("params_shard_%d.bin", i)
		objects.Put("models/"+id+"/v1/"+path, size, sum, func(offset int64) io.ReadCloser { return io.NopCloser(bytes.NewReader(content[offset:])) })
		c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: size})
		records = append(records, fmt.Sprintf(`{"dataPath":%q,"nbytes":%d,"records":[]}`, path, size))
	}
	put("lib/a.wasm", []byte("\x00asm\x01\x00\x00\x00"))
	put("mlc-chat-config.json", []byte(`{"tokenizer_files":["tokenizer.json"]}`))
	put("tokenizer.json", []byte(`{}`))
	put("tensor-cache.json", []byte(`{"records":[`+strings.Join(records, ",")+`]}`))
	text, err := json.Marshal(c)
	if err != nil {
		b.Fatal(err)
	}
	objects.PutBytes("models/"+id+"/v1/"+catalogue.ConfigName, text)

	f, serve := openFront(b)
	shop := openShop(b, objects)
	shop.gate.Origins = []string{f.URL}
	s := startBinary(b, deployed(b), "", shop.env()...)
	serve(s)
	_, admin := tokenWith(b, `{"admin":true}`)
	mustAsk(b, s, admin, "publishModel", ref{ModelID: id, Revision: "v1"})
	shop.gate.Pace(50e6)
	for b.Loop() {
		out := filepath.Join(b.TempDir(), "figures.json")
		cmd := exec.Command("node", "download.bench.mjs")
		cmd.Env = append(os.Environ(), "ORIGIN="+f.URL, "MODEL="+id, "OUT="+out)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		figures, err := os.ReadFile(out)
		if err != nil {
			b.Fatal(err)
		}
		var all map[string][]float64
		if err := json.Unmarshal(figures, &all); err != nil {
			b.Fatal(err)
		}
		for unit, figures := range all {
			report(b, figures, unit)
		}
	}
}
