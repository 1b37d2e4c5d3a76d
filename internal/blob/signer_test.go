package blob

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/googleapis/gax-go/v2"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"go.uber.org/goleak"
	"google.golang.org/api/option"
)

func TestMain(m *testing.M) {
	// The storage library keeps idle connections that tests cannot close.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

const email = "signer@p.iam.gserviceaccount.com"

var private = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// keyFile writes a service account's key file.
func keyFile(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"type": "service_account", "client_email": email, "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func localSigner(t testing.TB, endpoint string) *Signer {
	t.Helper()
	key, err := ReadKey(keyFile(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(key, "weights", endpoint, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verify(t *testing.T, method, text string) error {
	t.Helper()
	r, err := http.NewRequest(method, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return blobtest.Verifier{Keys: map[string]*rsa.PublicKey{email: &private().PublicKey}}.Verify(r)
}

func sign(t *testing.T, s *Signer, method string, refs ...catalogue.Ref) []string {
	t.Helper()
	urls, _, err := s.Sign(t.Context(), method, refs)
	if err != nil {
		t.Fatal(err)
	}
	return urls
}

// TestSign: an independent verifier accepts a signed URL for its method only. The URL
// names one generation, and the host of the bucket.
func TestSign(t *testing.T) {
	for _, endpoint := range []string{"", "http://127.0.0.1:9199", "https://storage.example.com"} {
		s := localSigner(t, endpoint)
		for _, name := range []string{"models/m/v1/a.bin", "models/m/v1/lib/v0_2_86/base.wasm", "a b+c%2e/é/世界", "a?b=c&d#e", "//x//"} {
			for _, method := range []string{"GET", "HEAD"} {
				before := time.Now().Truncate(time.Second)
				urls, expires, err := s.Sign(t.Context(), method, []catalogue.Ref{{Name: name, Generation: 1795447008407609}})
				if err != nil {
					t.Fatal(err)
				}
				u, err := url.Parse(urls[0])
				if err != nil {
					t.Fatal(err)
				}
				for _, other := range []string{"GET", "HEAD", "PUT", "DELETE"} {
					if err := verify(t, other, urls[0]); (err == nil) != (other == method) {
						t.Errorf("%s, signed for %s, verified for %s: %v", name, method, other, err)
					}
				}
				if u.Path != "/weights/"+name || u.Query().Get("generation") != "1795447008407609" || u.Query().Get("X-Goog-Expires") != "900" {
					t.Errorf("signed %s: %s", name, urls[0])
				}
				if want := "https://storage.googleapis.com"; endpoint == "" && !strings.HasPrefix(urls[0], want+"/") || !strings.HasPrefix(urls[0], endpoint) {
					t.Errorf("the URL of a bucket at %q is %s", endpoint, urls[0])
				}
				if d := expires.Sub(before); d < 15*time.Minute || d > 15*time.Minute+5*time.Second {
					t.Errorf("the URL expires after %v, want 15 minutes", d)
				}
			}
		}
	}
}

// TestMemo: Sign repeats a URL for all callers during a third of its lifetime, and
// makes a new one afterwards.
func TestMemo(t *testing.T) {
	s := localSigner(t, "")
	counting := &countingKey{Key: s.key}
	s.key = counting
	now := time.Now()
	s.now = func() time.Time { return now }
	refs := make([]catalogue.Ref, 110)
	for i := range refs {
		refs[i] = catalogue.Ref{Name: fmt.Sprint("models/m/v1/", i), Generation: 1}
	}
	var all sync.WaitGroup
	urls := make([][]string, 20)
	for i := range urls {
		all.Go(func() { urls[i] = sign(t, s, "GET", refs...) })
	}
	all.Wait()
	for i := range urls {
		if !slices.Equal(urls[i], urls[0]) {
			t.Fatalf("caller %d got other URLs", i)
		}
	}
	if n := counting.calls.Load(); n != 110 {
		t.Errorf("%d signatures for 110 URLs, want 110", n)
	}
	for name, other := range map[string]string{
		"a HEAD":             sign(t, s, "HEAD", refs[0])[0],
		"another generation": sign(t, s, "GET", catalogue.Ref{Name: refs[0].Name, Generation: 2})[0],
	} {
		if other == urls[0][0] {
			t.Errorf("%s got the same URL", name)
		}
	}
	now = now.Add(4*time.Minute + 50*time.Second)
	if again := sign(t, s, "GET", refs[0]); again[0] != urls[0][0] {
		t.Error("the URL changed within a third of its lifetime")
	}
	now = now.Add(15 * time.Second)
	if n := counting.calls.Load(); n != 112 {
		t.Errorf("%d signatures before the repeat, want 112", n)
	}
	sign(t, s, "GET", refs[0])
	if n := counting.calls.Load(); n != 113 {
		t.Errorf("%d signatures after a third of the lifetime, want 113", n)
	}
}

// TestFullMemo: a full memo drops only the URL that was used least recently.
func TestFullMemo(t *testing.T) {
	s := localSigner(t, "")
	counting := &countingKey{Key: s.key}
	s.key = counting
	s.memo.Resize(2)
	a, b, c := catalogue.Ref{Name: "a", Generation: 1}, catalogue.Ref{Name: "b", Generation: 1}, catalogue.Ref{Name: "c", Generation: 1}
	sign(t, s, "GET", a)
	sign(t, s, "GET", b)
	sign(t, s, "GET", a) // remembered: b is now the least recently used
	sign(t, s, "GET", c) // drops b
	sign(t, s, "GET", a, c)
	if n := counting.calls.Load(); n != 3 {
		t.Errorf("%d signatures for three URLs, want 3", n)
	}
	sign(t, s, "GET", b)
	if n := counting.calls.Load(); n != 4 {
		t.Errorf("%d signatures, want 4: b was not dropped", n)
	}
}

type countingKey struct {
	Key
	calls, running, most atomic.Int64
	before               func(ctx context.Context) error
}

func (k *countingKey) SignBytes(ctx context.Context, b []byte) ([]byte, error) {
	k.calls.Add(1)
	n := k.running.Add(1)
	defer k.running.Add(-1)
	for most := k.most.Load(); n > most && !k.most.CompareAndSwap(most, n); most = k.most.Load() {
	}
	if k.before != nil {
		if err := k.before(ctx); err != nil {
			return nil, err
		}
	}
	return k.Key.SignBytes(ctx, b)
}

// TestCancelledCaller: a cancelled caller returns at once. Other callers of the same
// URL still get it.
func TestCancelledCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := localSigner(t, "")
		release := make(chan struct{})
		s.key = &countingKey{Key: s.key, before: func(ctx context.Context) error {
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		ref := []catalogue.Ref{{Name: "a", Generation: 1}}
		ctx, leave := context.WithCancel(t.Context())
		left, stays := make(chan error, 1), make(chan error, 1)
		go func() {
			_, _, err := s.Sign(ctx, "GET", ref)
			left <- err
		}()
		synctest.Wait() // the first caller waits for the signature
		go func() {
			_, _, err := s.Sign(t.Context(), "GET", ref)
			stays <- err
		}()
		synctest.Wait() // the second caller waits for the same signature
		leave()
		synctest.Wait()
		if err := <-left; errs.Of(err).Code != errs.Cancelled {
			t.Errorf("the cancelled caller: %v", err)
		}
		close(release)
		if err := <-stays; err != nil {
			t.Errorf("the other caller: %v", err)
		}
		if n := s.key.(*countingKey).calls.Load(); n != 1 {
			t.Errorf("%d signatures, want 1 for both callers", n)
		}
	})
}

func TestKeyFiles(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "-----BEGIN", "no key": `{"client_email":"a@b"}`, "no account": `{"private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}`,
		"a broken key": `{"client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}`,
	} {
		file := filepath.Join(t.TempDir(), "key.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKey(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadKey("nowhere"); err == nil {
		t.Error("ReadKey of a missing file succeeded")
	}
	for _, ttl := range []time.Duration{0, time.Second, time.Hour + time.Second} {
		if _, err := NewSigner(localSigner(t, "").key, "b", "", ttl); err == nil {
			t.Errorf("a lifetime of %v was accepted", ttl)
		}
	}
}

// iam is a fake of IAM's signBlob: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob
type iam struct {
	mu       sync.Mutex
	answers  []int // statuses of the first responses; 0: no response
	calls    int
	running  atomic.Int64
	most     atomic.Int64
	slow     time.Duration
	problems []string
}

func (f *iam) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Payload []byte }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := f.running.Add(1)
	defer f.running.Add(-1)
	for most := f.most.Load(); n > most && !f.most.CompareAndSwap(most, n); most = f.most.Load() {
	}
	f.mu.Lock()
	f.calls++
	status := http.StatusOK
	if len(f.answers) > 0 {
		status, f.answers = f.answers[0], f.answers[1:]
	}
	if want := "/v1/projects/-/serviceAccounts/" + email + ":signBlob"; r.URL.Path != want || r.Method != http.MethodPost {
		f.problems = append(f.problems, r.Method+" "+r.URL.Path)
	}
	f.mu.Unlock()
	switch status {
	case 0:
		<-r.Context().Done()
		return
	case http.StatusOK:
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%d,"message":"no","status":"X"}}`, status)
		return
	}
	select {
	case <-time.After(f.slow):
	case <-r.Context().Done():
		return
	}
	sum := sha256.Sum256(body.Payload)
	signature, err := rsa.SignPKCS1v15(rand.Reader, private(), crypto.SHA256, sum[:])
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	json.NewEncoder(w).Encode(map[string]string{"keyId": "k", "signedBlob": base64.StdEncoding.EncodeToString(signature)})
}

// TestSignBlob: which failures of IAM are tried again, and the errors of the others.
func TestSignBlob(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers []int
		slow    time.Duration
		reason  errs.Reason
		code    errs.Code // "": signed
		calls   int
	}{
		{"success", nil, 0, "", "", 1},
		{"a slow success", nil, 200 * time.Millisecond, "", "", 1},
		{"too many requests, then success", []int{429}, 0, "", "", 2},
		{"unavailable twice, then success", []int{503, 503}, 0, "", "", 3},
		{"unavailable", []int{503, 500, 503}, 0, errs.SignerUnavailable, errs.Unavailable, 3},
		{"not allowed", []int{403}, 0, "", errs.Internal, 1},
		{"no such account", []int{404}, 0, "", errs.Internal, 1},
		{"no answer, then success", []int{0}, 0, "", "", 2},
		{"no answer", []int{0, 0, 0}, 0, errs.SignerUnavailable, errs.Unavailable, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &iam{answers: tc.answers, slow: tc.slow}
			server := httptest.NewServer(f)
			defer server.Close()
			key, err := RemoteKey(t.Context(), email, option.WithEndpoint(server.URL), option.WithHTTPClient(server.Client()))
			if err != nil {
				t.Fatal(err)
			}
			key.(*remoteKey).pause, key.(*remoteKey).timeout = gax.Backoff{Initial: time.Millisecond, Max: time.Millisecond}, 500*time.Millisecond
			s, err := NewSigner(key, "weights", "", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			urls, _, err := s.Sign(t.Context(), "GET", []catalogue.Ref{{Name: "models/m/v1/a", Generation: 7}})
			if tc.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := verify(t, "GET", urls[0]); err != nil {
					t.Error(err)
				}
			} else if e := errs.Of(err); e == nil || e.Code != tc.code || e.Reason != tc.reason {
				t.Errorf("Sign = %v, want %s %s", err, tc.code, tc.reason)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.calls != tc.calls || len(f.problems) > 0 {
				t.Errorf("%d calls, want %d; %v", f.calls, tc.calls, f.problems)
			}
		})
	}
}

// TestSignBlobInParallel: three callers with 110 URLs each make up to 16 signatures at
// once, together.
func TestSignBlobInParallel(t *testing.T) {
	f := &iam{slow: 50 * time.Millisecond}
	server := httptest.NewServer(f)
	defer server.Close()
	key, err := RemoteKey(t.Context(), email, option.WithEndpoint(server.URL), option.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(key, "weights", "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	refs := make([]catalogue.Ref, 110)
	for i := range refs {
		refs[i] = catalogue.Ref{Name: fmt.Sprint("models/m/v1/", i), Generation: 1}
	}
	var all sync.WaitGroup
	for i := range 3 { // generations differ, so no URL is shared
		all.Go(func() {
			mine := slices.Clone(refs)
			for j := range mine {
				mine[j].Generation = int64(i)
			}
			sign(t, s, "GET", mine...)
		})
	}
	all.Wait()
	if len(f.problems) > 0 {
		t.Errorf("requests: %v", f.problems)
	}
	if most := f.most.Load(); most > 16 || most < 8 {
		t.Errorf("%d signatures at once, want up to 16", most)
	}
}
