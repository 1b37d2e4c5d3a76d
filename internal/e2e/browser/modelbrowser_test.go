package browser_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// publishSmallModel publishes the real SmolLM2 and returns the model's id.
func publishSmallModel(t *testing.T, bucket *e2etest.ModelBucket, s *e2etest.Backend, admin string) string {
	t.Helper()
	weights, dir := emulator.Require(t, "SMALL_MODEL"), t.TempDir()
	name := filepath.Base(weights)
	if err := os.Symlink(weights, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return bucket.UploadAndPublish(t, s, admin, dir, catalogue.Config{
		ModelID: e2etest.NewModelID("smollm2"), Name: "SmolLM2 135M Instruct", Engine: catalogue.Wllama, Entry: name, ContextTokens: 2048,
		Licence: "Apache-2.0", SourceURL: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
	})
}

// publishTokenizer publishes a tokenizer for transformers.js that knows two words,
// and returns the model's id.
func publishTokenizer(t *testing.T, bucket *e2etest.ModelBucket, s *e2etest.Backend, admin string) string {
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
	return bucket.UploadAndPublish(t, s, admin, dir, catalogue.Config{
		ModelID: e2etest.NewModelID("words"), Name: "Words", Engine: catalogue.TransformersJS, Licence: "MIT", SourceURL: "https://example.com/words",
	})
}

// TestModelsPage uses the console in a real Chromium, through the real Hosting
// emulator. The backend enforces App Check.
func TestModelsPage(t *testing.T) {
	t.Parallel()
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	worker := workertest.Start("llamacpp")
	t.Cleanup(worker.Close)
	worker.Say(workertest.Reply{Text: []string{"```html\n<!DOCTYPE html>\n", "<h1>From the worker</h1>\n", "```\n"}})
	bucket := e2etest.OpenModelBucket(t, nil)
	bucket.Gate.Origins = []string{origin}
	apps, appCheck := e2etest.OpenAppCheck(t)
	s := e2etest.Start(t, worker.URL, bucket.Env("PORT="+emulator.Require(t, "BACKEND_PORT"), "APP_CHECK=enforce", "APP_CHECK_EMULATOR_HOST="+appCheck)...)
	s.Apps = apps
	_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
	e2etest.RunNode(t, "page.test.mjs", "ORIGIN="+origin, fmt.Sprintf("FUNCTIONS=http://127.0.0.1:%d", s.Port), "CONTROL="+gateControl(t, bucket.Gate, &hosting{}), "APP_CHECK_EMULATOR_HOST="+appCheck, "SMALL="+publishSmallModel(t, bucket, s, admin))
}

// TestModelsBrowser runs the browser library in a real Chromium, with faults.
func TestModelsBrowser(t *testing.T) {
	t.Parallel()
	f, serve := openHosting(t)
	bucket := e2etest.OpenModelBucket(t, nil)
	bucket.Gate.Origins = []string{f.URL}
	s := e2etest.Start(t, "", bucket.Env("MODEL_URL_LIFE=1m", "SESSION_RECHECK=1s")...)
	serve(s)
	_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
	id := e2etest.NewModelID("shards")
	dir, _ := e2etest.WriteRevision(t, id, 6, 1<<20, quota.Free)
	bucket.Upload(t, dir, "models/"+id+"/v1/")
	e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	updated := e2etest.NewModelID("updated")
	for _, rev := range []string{"v1", "v2"} {
		dir, _ := e2etest.WriteRevision(t, updated, 2, 1000, quota.Free)
		bucket.Upload(t, dir, "models/"+updated+"/"+rev+"/")
	}
	e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: updated, Revision: "v1"})
	env := []string{"UPDATED=" + updated, "ORIGIN=" + f.URL, "CONTROL=" + gateControl(t, bucket.Gate, f), "MODEL=" + id, "SMALL=" + publishSmallModel(t, bucket, s, admin), "WORDS=" + publishTokenizer(t, bucket, s, admin)}
	e2etest.RunNode(t, "browser.test.mjs", env...)
	e2etest.RunNode(t, "engines.test.mjs", env...)
}

// BenchmarkDownload downloads 16 shards of 32 MB in a real Chromium, from a gate
// that is paced to 50 MB/s: by plain fetch, which keeps nothing, and by the
// library, which verifies and stores, in turns.
func BenchmarkDownload(b *testing.B) {
	const shards, size = 16, 32 << 20
	objects := new(blobtest.Objects)
	id := e2etest.NewModelID("bench")
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

	f, serve := openHosting(b)
	bucket := e2etest.OpenModelBucket(b, objects)
	bucket.Gate.Origins = []string{f.URL}
	s := e2etest.StartBinary(b, e2etest.BuildDeployable(b), "", bucket.Env()...)
	serve(s)
	_, admin := e2etest.SignUpWith(b, `{"admin":true}`)
	e2etest.MustAsk(b, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	bucket.Gate.Pace(50e6)
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
			e2etest.ReportSpread(b, figures, unit)
		}
	}
}
