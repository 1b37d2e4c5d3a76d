package models_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// publishSmallRevision starts a server and publishes a revision v1 of two shards.
func publishSmallRevision(t *testing.T, name string) (bucket *e2etest.ModelBucket, s *e2etest.Backend, admin, id, dir string, files map[string][]byte) {
	t.Helper()
	id = e2etest.NewModelID(name)
	bucket = e2etest.OpenModelBucket(t, nil)
	s = e2etest.Start(t, "", bucket.Env()...)
	_, admin = e2etest.SignUpWith(t, `{"admin":true}`)
	dir, files = e2etest.WriteRevision(t, id, 2, 1000, quota.Free)
	bucket.Upload(t, dir, "models/"+id+"/v1/")
	e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	return bucket, s, admin, id, dir, files
}

// fetch requests a URL as a browser on the app's page does.
func fetch(t *testing.T, method, url, from string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if from != "" {
		req.Header.Set("Origin", from)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

// TestModelsUpload uploads by real gsutil and gcloud, publishes, lists and grants,
// and compares every byte that comes through the gate.
func TestModelsUpload(t *testing.T) {
	t.Parallel()
	for _, c := range googleTools(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bucket := e2etest.OpenModelBucket(t, nil)
			s := e2etest.Start(t, "", bucket.Env()...)
			_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
			_, user := e2etest.SignUpWith(t, `{"plan":"premium"}`)
			id := e2etest.NewModelID("web")
			dir, files := e2etest.WriteRevision(t, id, 6, 9<<20, quota.Premium) // beyond gsutil's limit for one request
			begun := time.Now()
			if out, err := c.run(t, nil, c.upload(dir, "gs://"+bucket.Name+"/models/"+id+"/v1")...); err != nil {
				t.Fatalf("upload: %v\n%s", err, out)
			}
			uploaded := time.Since(begun)
			e2etest.MustRefuse(t, s, user, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"}, errs.AdminOnly)
			e2etest.MustRefuse(t, s, user, "grantModel", e2etest.Revision{ModelID: id}, errs.NoSuchModel)

			begun = time.Now()
			res := e2etest.Call(t, s, admin, "publishModel", fmt.Sprintf(`{"data":{"modelId":%q,"revision":"v1"}}`, id), "text/event-stream")
			frames, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || !bytes.Contains(frames, []byte(`{"message":{"type":"status","phase":"hashing","progress":1}}`)) || !bytes.Contains(frames, []byte(`"state":"published"`)) {
				t.Fatalf("publishModel: %v\n%s", err, frames)
			}
			t.Logf("%s: uploaded in %.1f s, published in %.2f s", c.name, uploaded.Seconds(), time.Since(begun).Seconds())

			list := e2etest.MustAsk(t, s, user, "listModels", map[string]any{})
			i := slices.IndexFunc(list.Models, func(m e2etest.ListedModel) bool { return m.ModelID == id })
			if i < 0 || !list.Models[i].Available || list.Models[i].BaseURL != "/models/"+id+"/resolve/v1/" || list.Models[i].EstimatedUSD <= 0 {
				t.Fatalf("listModels: %+v", list.Models)
			}
			grant := e2etest.MustAsk(t, s, user, "grantModel", e2etest.Revision{ModelID: id})
			got := map[string][]byte{}
			for _, f := range grant.Granted(t) {
				r, body := fetch(t, http.MethodGet, f.URL, e2etest.Origin)
				sum := sha256.Sum256(body)
				crc := base64.StdEncoding.EncodeToString(crcBytes(body))
				if r.StatusCode != http.StatusOK || int64(len(body)) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 || crc != f.CRC32C {
					t.Errorf("%s: %s, %d bytes, SHA-256 %x, CRC32C %s; granted as %+v", f.Path, r.Status, len(body), sum, crc, f)
				}
				if cache := r.Header.Get("Cache-Control"); cache != noStore {
					t.Errorf("%s: Cache-Control %q", f.Path, cache)
				}
				got[f.Path] = body
			}
			if !maps.EqualFunc(got, files, bytes.Equal) {
				t.Error("what came through the gate is not what was uploaded")
			}
			// Once more the same folder: nothing changes, and nothing is uploaded.
			if out, err := c.run(t, nil, c.upload(dir, "gs://"+bucket.Name+"/models/"+id+"/v1")...); err != nil {
				t.Fatalf("upload again: %v\n%s", err, out)
			}
			again := e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
			if again.State != "published" {
				t.Errorf("published again: %+v", again)
			}
		})
	}
}

func crcBytes(body []byte) []byte {
	c := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return []byte{byte(c >> 24), byte(c >> 16), byte(c >> 8), byte(c)}
}

var signedURL = regexp.MustCompile(`https?://\S+[Xx]-[Gg]oog-[Ss]ignature=[0-9a-f]{512}\S*`)

// TestModelsSDK calls the functions about models by the real Firebase SDK.
func TestModelsSDK(t *testing.T) {
	t.Parallel()
	bucket := e2etest.OpenModelBucket(t, nil)
	s := e2etest.Start(t, "", bucket.Env()...)
	id := e2etest.NewModelID("sdk")
	dir, _ := e2etest.WriteRevision(t, id, 3, 1<<20, quota.Free)
	bucket.Upload(t, dir, "models/"+id+"/v1/")
	e2etest.RunNode(t, "models.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.Port), "MODEL="+id, "FOLDER="+dir)
}

// TestModelsSigners signs with the same key by gsutil, by gcloud and by ourselves:
// the verifier accepts the URLs of all three.
func TestModelsSigners(t *testing.T) {
	t.Parallel()
	bucket := e2etest.OpenModelBucket(t, nil)
	local, err := blob.ReadKey(bucket.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := blob.NewSigner(local, bucket.Name, "", 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const name = "models/m/v1/lib/a b.wasm"
	for _, method := range []string{"GET", "HEAD"} {
		urls, _, err := ours.Sign(t.Context(), method, []catalogue.Ref{{Name: name, Generation: 1}})
		if err != nil {
			t.Fatal(err)
		}
		signed := map[string]string{"ours": urls[0]}
		for _, c := range googleTools(t) {
			// Both print the URL, and then look for the object at Google.
			out, err := c.run(t, signedURL, c.sign(method, bucket.KeyFile, "gs://"+bucket.Name+"/"+name)...)
			if signed[c.name] = signedURL.FindString(out); signed[c.name] == "" {
				t.Fatalf("%s signed nothing: %s, %v", c.name, out, err)
			}
		}
		for who, text := range signed {
			for _, asked := range []string{"GET", "HEAD"} {
				r, err := http.NewRequest(asked, text, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := bucket.Gate.Verifier.Verify(r); (err == nil) != (asked == method) {
					t.Errorf("%s, signed for %s and asked with %s: %v\n%s", who, method, asked, err, text)
				}
			}
		}
		t.Logf("%s: verified of %d signers", method, len(signed))
	}
}

// TestModelsGate changes each part of a granted URL, and asks as others than the
// app: the gate refuses all of it.
func TestModelsGate(t *testing.T) {
	t.Parallel()
	bucket, s, admin, id, _, files := publishSmallRevision(t, "gated")
	grant := e2etest.MustAsk(t, s, admin, "grantModel", e2etest.Revision{ModelID: id, Paths: []string{"params_shard_0.bin"}}).Granted(t)[0].URL

	change := func(from, to string) string {
		if !strings.Contains(grant, from) {
			t.Fatalf("%s is not in %s", from, grant)
		}
		return strings.Replace(grant, from, to, 1)
	}
	signature := regexp.MustCompile(`X-Goog-Signature=([0-9a-f]+)`).FindStringSubmatch(grant)[1]
	other := "0"
	if signature[0] == '0' {
		other = "1"
	}
	for _, tc := range []struct {
		name, method, url string
		later             time.Duration
		status            int
		code              string
	}{
		{"as granted", "GET", grant, 0, 200, ""},
		{"in its last minute", "GET", grant, 14 * time.Minute, 200, ""},
		{"expired", "GET", grant, 15*time.Minute + 2*time.Second, 400, "ExpiredToken"},
		{"another signature", "GET", change(signature, other+signature[1:]), 0, 403, "SignatureDoesNotMatch"},
		{"half a signature", "GET", change(signature, signature[:100]), 0, 403, "SignatureDoesNotMatch"},
		{"no signature", "GET", grant[:strings.IndexByte(grant, '?')], 0, 403, "AccessDenied"},
		{"another verb", "HEAD", grant, 0, 403, ""},
		{"writing", "PUT", grant, 0, 405, "MethodNotAllowed"},
		{"deleting", "DELETE", grant, 0, 405, "MethodNotAllowed"},
		{"another object", "GET", change("params_shard_0", "params_shard_1"), 0, 403, "SignatureDoesNotMatch"},
		{"the manifest", "GET", change("params_shard_0.bin", "manifest.json"), 0, 403, "SignatureDoesNotMatch"},
		{"another revision", "GET", change("/v1/", "/v2/"), 0, 403, "SignatureDoesNotMatch"},
		{"a way around", "GET", change("/v1/", "/v1/../v1/"), 0, 403, "SignatureDoesNotMatch"},
		{"another case", "GET", change("params_shard", "Params_shard"), 0, 403, "SignatureDoesNotMatch"},
		{"another bucket", "GET", change(bucket.Name, bucket.Name+"2"), 0, 403, "SignatureDoesNotMatch"},
		{"another generation", "GET", change("generation=", "generation=1"), 0, 403, "SignatureDoesNotMatch"},
		{"a longer life", "GET", change("X-Goog-Expires=", "X-Goog-Expires=9"), 0, 403, "SignatureDoesNotMatch"},
		{"another account", "GET", change("models%40", "others%40"), 0, 403, "AccessDenied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bucket.Gate.Verifier.Now = func() time.Time { return time.Now().Add(tc.later) }
			r, body := fetch(t, tc.method, tc.url, e2etest.Origin)
			if r.StatusCode != tc.status || !strings.Contains(string(body), tc.code) || tc.status == 200 && !bytes.Equal(body, files["params_shard_0.bin"]) {
				t.Errorf("%s: %.300s", r.Status, body)
			}
			if got := r.Header.Get("Access-Control-Allow-Origin"); (got == e2etest.Origin) != (tc.method == "GET" || tc.method == "HEAD") {
				t.Errorf("allowed is the origin %q", got)
			}
		})
	}
	bucket.Gate.Verifier.Now = nil

	t.Run("a range", func(t *testing.T) {
		r, body := fetch(t, http.MethodGet, grant, e2etest.Origin, "Range", "bytes=5-9")
		if r.StatusCode != http.StatusPartialContent || !bytes.Equal(body, files["params_shard_0.bin"][5:10]) || !strings.Contains(r.Header.Get("Access-Control-Expose-Headers"), "Content-Range") {
			t.Errorf("%s: %x, %v", r.Status, body, r.Header)
		}
	})
	for name, from := range map[string]string{"another origin": "https://evil.example", "a redirected origin": "null", "no origin": ""} {
		t.Run(name, func(t *testing.T) {
			r, _ := fetch(t, http.MethodGet, grant, from)
			if got := r.Header.Values("Access-Control-Allow-Origin"); len(got) != 0 {
				t.Errorf("allowed is %v", got)
			}
			r, _ = fetch(t, http.MethodOptions, grant, from, "Access-Control-Request-Method", "GET")
			if got := r.Header.Values("Access-Control-Allow-Origin"); len(got) != 0 {
				t.Errorf("in a preflight, allowed is %v", got)
			}
		})
	}
	t.Run("a preflight", func(t *testing.T) {
		for method, allowed := range map[string]bool{"GET": true, "HEAD": true, "PUT": false, "DELETE": false} {
			r, _ := fetch(t, http.MethodOptions, grant, e2etest.Origin, "Access-Control-Request-Method", method)
			if got := r.Header.Get("Access-Control-Allow-Origin"); (got == e2etest.Origin) != allowed {
				t.Errorf("%s: allowed is %q", method, got)
			}
		}
	})
}

// TestModelsChange overwrites a shard after publishing. It is never delivered, not
// even by a URL that was granted before, and the revision is quarantined.
func TestModelsChange(t *testing.T) {
	t.Parallel()
	bucket, s, admin, id, dir, _ := publishSmallRevision(t, "changing")
	url := e2etest.MustAsk(t, s, admin, "grantModel", e2etest.Revision{ModelID: id, Paths: []string{"params_shard_1.bin"}}).Granted(t)[0].URL

	quarantined := func(t *testing.T, k e2etest.Revision) {
		t.Helper()
		e2etest.MustRefuse(t, s, admin, "grantModel", k, errs.Quarantined)
		e2etest.MustRefuse(t, s, admin, "publishModel", k, errs.Quarantined)
		e2etest.MustRefuse(t, s, admin, "grantModel", e2etest.Revision{ModelID: id}, errs.NoSuchModel)
	}
	t.Run("by an event", func(t *testing.T) {
		other, _ := e2etest.WriteRevision(t, id, 2, 1000, quota.Free)
		bucket.Upload(t, other, "models/"+id+"/v1/", "params_shard_1.bin")
		if r, body := fetch(t, http.MethodGet, url, e2etest.Origin); r.StatusCode != http.StatusNotFound {
			t.Errorf("the old URL: %s, %d bytes", r.Status, len(body))
		}
		if status := deliver(t, s, bucket.Name, "models/"+id+"/v1/params_shard_1.bin", false); status != http.StatusOK {
			t.Errorf("the event: %d", status)
		}
		quarantined(t, e2etest.Revision{ModelID: id, Revision: "v1"})
	})
	t.Run("by hand", func(t *testing.T) {
		k := e2etest.Revision{ModelID: id, Revision: "v2"}
		bucket.Upload(t, dir, "models/"+id+"/v2/")
		e2etest.MustAsk(t, s, admin, "publishModel", k)
		e2etest.MustAsk(t, s, admin, "quarantineModel", k)
		quarantined(t, k)
	})
}

// deliver posts a CloudEvent in binary form, as Eventarc does, or in structured
// form, as others may, and returns the HTTP status.
func deliver(t *testing.T, s *e2etest.Backend, bucket, name string, structured bool) int {
	t.Helper()
	data := fmt.Sprintf(`{"bucket":%q,"name":%q,"generation":"1","size":"1"}`, bucket, name)
	const kind, source = "google.cloud.storage.object.v1.finalized", "//storage.googleapis.com/projects/_/buckets/b"
	body := data
	if structured {
		body = fmt.Sprintf(`{"specversion":"1.0","id":"1","type":%q,"source":%q,"datacontenttype":"application/json","data":%s}`, kind, source, data)
	}
	req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/modelUploaded", s.Port), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if structured {
		req.Header.Set("Content-Type", "application/cloudevents+json")
	} else {
		for name, value := range map[string]string{"Content-Type": "application/json", "Ce-Id": "1", "Ce-Specversion": "1.0", "Ce-Type": kind, "Ce-Source": source} {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestModelsEvents sends the events of an upload to two servers at once: they
// publish it, and read each object once.
func TestModelsEvents(t *testing.T) {
	t.Parallel()
	id := e2etest.NewModelID("eventful")
	bucket := e2etest.OpenModelBucket(t, nil)
	servers := []*e2etest.Backend{e2etest.Start(t, "", bucket.Env()...), e2etest.Start(t, "", bucket.Env()...)}
	_, user := e2etest.SignUpWith(t, `{}`)
	dir, files := e2etest.WriteRevision(t, id, 30, 100_000, quota.Free)
	bucket.Upload(t, dir, "models/"+id+"/v1/", "params_shard_0.bin", catalogue.ConfigName)
	for _, structured := range []bool{false, true} {
		if status := deliver(t, servers[0], bucket.Name, "models/"+id+"/v1/params_shard_0.bin", structured); status != http.StatusOK {
			t.Errorf("an event of an incomplete upload: %d", status)
		}
	}
	e2etest.MustRefuse(t, servers[0], user, "grantModel", e2etest.Revision{ModelID: id, Revision: "v1"}, errs.NotPublished)

	bucket.Upload(t, dir, "models/"+id+"/v1/")
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			if status := deliver(t, servers[i%2], bucket.Name, fmt.Sprintf("models/%s/v1/params_shard_%d.bin", id, i), i%3 == 0); status != http.StatusOK {
				t.Errorf("event %d: %d", i, status)
			}
		})
	}
	all.Wait()
	if got := len(e2etest.MustAsk(t, servers[1], user, "grantModel", e2etest.Revision{ModelID: id}).Granted(t)); got != len(files) {
		t.Errorf("%d files are granted, want %d", got, len(files))
	}
	reads := map[string]int{}
	for _, r := range bucket.Gate.Reads() {
		reads[r]++
	}
	for path := range files {
		if n := reads["GET models/"+id+"/v1/"+path]; n != 1 && strings.HasPrefix(path, "params") {
			t.Errorf("%s was read %d times", path, n)
		}
	}
	for what, status := range map[string]int{
		"another bucket": deliver(t, servers[0], "other", "models/"+id+"/v1/a", false),
		"no name":        deliver(t, servers[0], bucket.Name, "", false),
	} {
		if status != http.StatusBadRequest {
			t.Errorf("an event of %s: %d", what, status)
		}
	}
	if status := deliver(t, servers[0], bucket.Name, "some/other/object", false); status != http.StatusOK {
		t.Errorf("an event of another object: %d", status)
	}
	for _, body := range []string{"", "{}", "not JSON"} {
		res, err := http.Post(fmt.Sprintf("http://127.0.0.1:%d/modelUploaded", servers[0].Port), "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q is no event, but the answer is %s", body, res.Status)
		}
	}
}

// TestModelsKill kills the server in the middle of a publish. Another server
// continues as soon as the lease is over, and reads only what was not done.
func TestModelsKill(t *testing.T) {
	id := e2etest.NewModelID("killed")
	t.Parallel()
	bucket := e2etest.OpenModelBucket(t, nil)
	_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
	const shards = 60
	dir, _ := e2etest.WriteRevision(t, id, shards, 1000, quota.Free)
	bucket.Upload(t, dir, "models/"+id+"/v1/")
	bucket.Gate.Inject(blobtest.Fault{Object: ".bin", Delay: 600 * time.Millisecond}) // 9 s for all
	s := e2etest.Start(t, "", bucket.Env()...)
	res := e2etest.Call(t, s, admin, "publishModel", fmt.Sprintf(`{"data":{"modelId":%q,"revision":"v1"}}`, id), "text/event-stream")
	defer res.Body.Close()
	progress := regexp.MustCompile(`"progress":([0-9.]+)`)
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if m := progress.FindStringSubmatch(lines.Text()); m != nil {
			if p, _ := strconv.ParseFloat(m[1], 64); p > 0.6 {
				break
			}
		}
	}
	s.Process.Kill()
	s.Wait()
	before := len(bucket.Gate.Reads())
	bucket.Gate.Heal()
	again := e2etest.Start(t, "", bucket.Env()...)
	begun := time.Now()
	result := e2etest.AskUntilStored(t, again, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	after := 0
	for _, r := range bucket.Gate.Reads()[before:] {
		if strings.HasSuffix(r, ".bin") {
			after++
		}
	}
	if result.State != "published" || after > shards*7/10 || after == 0 {
		t.Errorf("%d of %d shards were read after the kill: %+v", after, shards, result)
	}
	t.Logf("killed after 60 %%; published %.1f s after the next call, which read %d of %d shards", time.Since(begun).Seconds(), after, shards)
}

// TestModelsBadBucket publishes while reads of the bucket fail, break off or
// return wrong bytes.
func TestModelsBadBucket(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  blobtest.Fault
		status string // "": published all the same
	}{
		"a connection that breaks":   {blobtest.Fault{Object: "shard_1.bin", Cut: 300_000, Times: 1}, ""},
		"a server that is busy once": {blobtest.Fault{Object: "shard_1.bin", Status: 503, Times: 1}, ""},
		"a server that is down":      {blobtest.Fault{Object: "shard_1.bin", Status: 503}, "UNAVAILABLE"},
		"a byte that flips":          {blobtest.Fault{Object: "shard_1.bin", Flip: true, Times: 1}, "DATA_LOSS"},
		"an object that is gone":     {blobtest.Fault{Object: "shard_1.bin", Status: 404}, "ABORTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bucket := e2etest.OpenModelBucket(t, nil)
			s := e2etest.Start(t, "", bucket.Env()...)
			_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
			id := e2etest.NewModelID("bad")
			dir, _ := e2etest.WriteRevision(t, id, 3, 1<<20, quota.Free)
			bucket.Upload(t, dir, "models/"+id+"/v1/")
			bucket.Gate.Inject(tc.fault)
			a, err := e2etest.Ask(t.Context(), s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
			if err != nil || (a.Error == nil) != (tc.status == "") || a.Error != nil && a.Error.Status != tc.status {
				t.Errorf("publishModel: %+v, %+v, %v; want %q", a.Result, a.Error, err, tc.status)
			}
			bucket.Gate.Heal()
			if r := e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"}); r.State != "published" {
				t.Errorf("again: %+v", r)
			}
		})
	}
}

// TestModelsEntitlement takes the plan away between listing and grant, and lets 20
// calls of one user at once want a budget that is enough for seven.
func TestModelsEntitlement(t *testing.T) {
	t.Parallel()
	id := e2etest.NewModelID("premium-only")
	bucket := e2etest.OpenModelBucket(t, nil)
	s := e2etest.Start(t, "", bucket.Env(`PLANS={"free": {"monthlyBytes": 70000}, "premium": {"monthlyBytes": 1000000000}}`)...) // 70,000 bytes
	_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
	uid, user := e2etest.SignUpWith(t, `{"plan":"premium"}`)
	dir, _ := e2etest.WriteRevision(t, id, 1, 1000, quota.Premium)
	bucket.Upload(t, dir, "models/"+id+"/v1/")
	e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	available := func(token string) bool {
		for _, m := range e2etest.MustAsk(t, s, token, "listModels", map[string]any{}).Models {
			if m.ModelID == id {
				return m.Available
			}
		}
		t.Fatal("the model is not listed")
		return false
	}
	if !available(user) {
		t.Error("it is not available to premium")
	}
	e2etest.SetClaims(t, uid, `{"plan":"free"}`)
	user = e2etest.SignIn(t, uid)
	e2etest.MustRefuse(t, s, user, "grantModel", e2etest.Revision{ModelID: id}, errs.PlanRequired)
	if available(user) {
		t.Error("it is available to free")
	}

	budget := e2etest.NewModelID("budget")
	var keys []e2etest.Revision
	for i := range 20 {
		k := e2etest.Revision{ModelID: budget, Revision: fmt.Sprint("v", i)}
		dir, _ := e2etest.WriteRevision(t, k.ModelID, 1, 9_800, quota.Free) // some 10,000 bytes with all its files
		bucket.Upload(t, dir, "models/"+k.ModelID+"/"+k.Revision+"/")
		e2etest.MustAsk(t, s, admin, "publishModel", k)
		keys = append(keys, k)
	}
	var all sync.WaitGroup
	var granted atomic.Int64
	for _, k := range keys {
		all.Go(func() {
			a, err := e2etest.Ask(t.Context(), s, user, "grantModel", k)
			switch {
			case err == nil && a.Result != nil:
				granted.Add(1)
			case err != nil || a.Error.Details.Reason != errs.MonthlyBytes || a.Error.Details.Used > 70_000:
				t.Errorf("grant %s: %+v, %v", k.Revision, a.Error, err)
			}
		})
	}
	all.Wait()
	if n := granted.Load(); n != 7 {
		t.Errorf("%d of 20 grants were given, want 7", n)
	}
}

// TestModelsCrowd gives 10 grants to each of many users, on a real Firestore: each
// user is charged for what they got, and never beyond the limit. There are 200
// users, or 1,000 with CROWD=all.
func TestModelsCrowd(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), emulator.Project(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	objects := new(blobtest.Objects)
	bucket := e2etest.OpenModelBucket(t, objects)
	reader, err := blob.Open(t.Context(), bucket.Name, bucket.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	local, err := blob.ReadKey(bucket.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := blob.NewSigner(local, bucket.Name, bucket.URL, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const size, revisions, fit = 1000, 8, 6
	users := int64(200)
	if os.Getenv("CROWD") == "all" {
		users = 1000
	}
	publisher := catalogue.Publisher{Store: db, Bucket: reader}
	for i := range revisions {
		k := catalogue.Key{Model: "crowd", Revision: fmt.Sprint("v", i)}
		objects.PutBytes(k.Object("a.gguf"), make([]byte, size))
		text, err := json.Marshal(catalogue.Config{ModelID: k.Model, Name: "x", Engine: catalogue.Wllama, Entry: "a.gguf", Plans: []quota.Plan{quota.Free},
			Files: []catalogue.ConfigFile{{Path: "a.gguf", Size: size}}, Licence: "MIT", SourceURL: "https://example.com"})
		if err != nil {
			t.Fatal(err)
		}
		objects.PutBytes(k.Object(catalogue.ConfigName), text)
		if _, err := publisher.Publish(t.Context(), k, nil); err != nil {
			t.Fatal(err)
		}
	}
	grants := catalogue.NewGrants(db, reader, sign, catalogue.Terms{Plans: quota.Plans{quota.Free: {MonthlyBytes: fit*size + size/2}}, URLLife: 15 * time.Minute})
	begun := time.Now()
	var all sync.WaitGroup
	var next, given, full atomic.Int64
	for range 16 {
		all.Go(func() {
			for u := next.Add(1); u <= users; u = next.Add(1) {
				uid := fmt.Sprint("user", u)
				for i := range 10 { // two of them for the second time
					k := catalogue.Key{Model: "crowd", Revision: fmt.Sprint("v", i%revisions)}
					_, err := grants.Grant(t.Context(), catalogue.User{UID: uid, Plan: quota.Free}, k, nil)
					switch wants := i < fit || i >= revisions; {
					case err == nil && wants:
						given.Add(1)
					case !wants && errs.Of(err) != nil && errs.Of(err).Reason == errs.MonthlyBytes:
						full.Add(1)
					default:
						t.Errorf("%s, grant %d: %v", uid, i, err)
					}
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d grants given and %d refused in %.1f s", given.Load(), full.Load(), time.Since(begun).Seconds())
	for _, u := range []int64{1, users / 2, users} {
		var used int64
		if err := db.Charge(t.Context(), fmt.Sprint("user", u), catalogue.Key{Model: "crowd", Revision: "v0"}, func(l catalogue.Ledger) (*catalogue.Booking, error) {
			used = l.Used
			return nil, nil
		}); err != nil || used != fit*size {
			t.Errorf("user%d used %d bytes, want %d; %v", u, used, fit*size, err)
		}
	}
}

// TestModelsFiveGigabytes publishes an object of 5 GB, whose bytes are made when
// they are read: the server's memory stays below 64 MB.
func TestModelsFiveGigabytes(t *testing.T) {
	t.Parallel()
	id := e2etest.NewModelID("five-gb")
	const size = 5_000_000_000
	block := make([]byte, 1<<20)
	rand.Read(block)
	open := func(offset int64) io.ReadCloser { return io.NopCloser(&endless{block, offset}) }
	want, crc := sha256.New(), crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if _, err := io.Copy(io.MultiWriter(want, crc), io.LimitReader(open(0), size)); err != nil {
		t.Fatal(err)
	}
	objects := new(blobtest.Objects)
	objects.Put("models/"+id+"/v1/a.gguf", size, crc.Sum32(), open)
	objects.PutBytes("models/"+id+"/v1/"+catalogue.ConfigName, fmt.Appendf(nil, `{"modelId":%q,"name":"x","engine":"wllama","entry":"a.gguf","plans":["free"],`+
		`"files":[{"path":"a.gguf","size":%d}],"licence":"MIT","sourceUrl":"https://example.com"}`, id, size))
	bucket := e2etest.OpenModelBucket(t, objects)

	s := e2etest.StartBinary(t, e2etest.BuildDeployable(t), "", bucket.Env()...)
	_, admin := e2etest.SignUpWith(t, `{"admin":true}`)
	begun := time.Now()
	e2etest.MustAsk(t, s, admin, "publishModel", e2etest.Revision{ModelID: id, Revision: "v1"})
	took := time.Since(begun).Seconds()
	most := peakMemory(t, s.Process.Pid)
	if most > 64<<20 {
		t.Errorf("the server's memory was %d MB at most, want up to 64", most>>20)
	}
	t.Logf("5 GB in %.1f s (%.0f MB/s), memory at most %.1f MB", took, size/1e6/took, float64(most)/(1<<20))
	grant := e2etest.MustAsk(t, s, admin, "grantModel", e2etest.Revision{ModelID: id}).Granted(t)[0]
	if sum := hex.EncodeToString(want.Sum(nil)); grant.SHA256 != sum || grant.Size != size {
		t.Errorf("granted is %+v, want the SHA-256 %s", grant, sum)
	}
	u, err := url.Parse(grant.URL)
	if err != nil || u.Query().Get("generation") != "1" {
		t.Errorf("granted is %s, %v", grant.URL, err)
	}
}

// endless repeats a block for ever.
type endless struct {
	block []byte
	at    int64
}

func (r *endless) Read(p []byte) (int, error) {
	n := copy(p, r.block[r.at%int64(len(r.block)):])
	r.at += int64(n)
	return n, nil
}

// peakMemory returns the most memory that a process had resident, in bytes.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("memory is read from /proc: %v", err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no VmHWM in %s", text)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
