package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
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

// smallModel uploads and publishes the real SmolLM2, and returns its id.
func smallModel(t *testing.T, shop *shop, s *server, admin string) string {
	t.Helper()
	weights := emulator.Require(t, "SMALL_MODEL")
	info, err := os.Stat(weights)
	if err != nil {
		t.Fatal(err)
	}
	id, dir, name := newID("smollm2"), t.TempDir(), filepath.Base(weights)
	text, err := json.Marshal(catalogue.Config{
		ModelID: id, Name: "SmolLM2 135M Instruct", Engine: catalogue.Wllama, Entry: name, Plans: []quota.Plan{quota.Free}, ContextTokens: 2048,
		Files: []catalogue.ConfigFile{{Path: name, Size: info.Size()}}, Licence: "Apache-2.0", SourceURL: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(weights, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, catalogue.ConfigName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	shop.put(t, dir, "models/"+id+"/v1/")
	mustAsk(t, s, admin, "publishModel", ref{ModelID: id, Revision: "v1"})
	return id
}

// TestSaves runs the queue of saves in a real Chromium.
func TestSaves(t *testing.T) {
	t.Parallel()
	f, serve := openFront(t)
	serve(start(t, ""))
	node(t, "saves.test.mjs", "ORIGIN="+f.URL)
}

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

// words publishes a tokenizer for transformers.js that knows two words.
func words(t *testing.T, shop *shop, s *server, admin string) string {
	t.Helper()
	id, dir := newID("words"), t.TempDir()
	c := catalogue.Config{ModelID: id, Name: "Words", Engine: catalogue.TransformersJS, Plans: []quota.Plan{quota.Free}, Licence: "MIT", SourceURL: "https://example.com/words"}
	for name, text := range map[string]string{
		"config.json":           `{"model_type":"bert"}`,
		"tokenizer_config.json": `{"tokenizer_class":"PreTrainedTokenizerFast","unk_token":"?"}`,
		"tokenizer.json":        `{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,"model":{"type":"WordLevel","vocab":{"?":0,"dream":1,"build":2},"unk_token":"?"}}`,
	} {
		c.Files = append(c.Files, catalogue.ConfigFile{Path: name, Size: int64(len(text))})
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, catalogue.ConfigName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	shop.put(t, dir, "models/"+id+"/v1/")
	mustAsk(t, s, admin, "publishModel", ref{ModelID: id, Revision: "v1"})
	return id
}
