package functions_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"github.com/google/go-cmp/cmp"
)

func TestModelFiles(t *testing.T) {
	objects := new(blobtest.Objects)
	m := newModelsBackend(t, objects)
	putModel(t, objects, "web", 6)
	handlers := m.fresh(t)
	if under := functions.Under()["models"]; under != "modelFiles" {
		t.Errorf("/models/ is served by %q", under)
	}
	if got := do(handlers, "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`); !strings.Contains(got, `"files":6`) {
		t.Fatal(got)
	}

	// The cookie is what openModelSession sets.
	r := httptest.NewRequest(http.MethodPost, "https://app.example/openModelSession", strings.NewReader(`{"data":null}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", `Bearer {}`)
	w := httptest.NewRecorder()
	handlers["openModelSession"].ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) != 2 || !strings.HasPrefix(w.Body.String(), `{"result":{"expiresAt":"2`) {
		t.Fatalf("openModelSession: %v, %s", w.Header(), w.Body)
	}
	for i, path := range []string{"/models/", "/closeModelSession"} {
		cookies[i].Raw, cookies[i].RawExpires = "", ""
		want := &http.Cookie{Name: "__session", Value: cookies[0].Value, Path: path, MaxAge: 86400, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
		if diff := cmp.Diff(want, cookies[i]); diff != "" {
			t.Errorf("cookie (-want +got):\n%s", diff)
		}
	}
	want := "__session=; Path=/models/; Max-Age=0; HttpOnly; Secure; SameSite=Lax\n__session=; Path=/closeModelSession; Max-Age=0; HttpOnly; Secure; SameSite=Lax"
	if got := closeSession(handlers, "X-None", ""); got != want { // signed out already
		t.Errorf("closeModelSession: %s", got)
	}

	const file = "/models/web/resolve/v1/tokenizer.json"
	cookie := "__session=" + cookies[0].Value
	for _, tc := range []struct {
		name, method, path string
		header             string // one, as "Name: value"
		status             int
		want               string // of the body
	}{
		{"a cookie", "GET", file, "Cookie: " + cookie, 302, ""},
		{"HEAD", "HEAD", file, "Cookie: " + cookie, 302, ""},
		{"a token", "GET", file, "Authorization: Bearer {}", 302, ""},
		{"another cookie beside it", "GET", file, "Cookie: a=b; " + cookie, 302, ""},
		{"a function's path", "GET", "/p/us-central1/modelFiles" + file, "Cookie: " + cookie, 302, ""},
		{"nobody", "GET", file, "", 401, `"reason":"sign-in-required"`},
		{"an empty cookie", "GET", file, "Cookie: __session=", 401, `"reason":"sign-in-required"`},
		{"a bad cookie", "GET", file, "Cookie: __session=x", 401, `"reason":"session-ended"`},
		{"a bad token", "GET", file, "Authorization: Bearer x", 401, `"reason":"session-ended"`},
		{"POST", "POST", file, "Cookie: " + cookie, 400, `"reason":"bad-request"`},
		{"OPTIONS", "OPTIONS", file, "Origin: https://evil.example", 400, `"reason":"bad-request"`},
		{"raw", "GET", "/models/web/raw/v1/tokenizer.json", "", 404, `"reason":"no-such-file"`},
		{"main", "GET", "/models/web/resolve/main/tokenizer.json", "Cookie: " + cookie, 400, `and not \"main\"`},
		{"no such file", "GET", "/models/web/resolve/v1/nope", "Cookie: " + cookie, 404, `"reason":"no-such-file"`},
		{"the config", "GET", "/models/web/resolve/v1/" + catalogue.ConfigName, "Cookie: " + cookie, 404, `"reason":"no-such-file"`},
		{"no path", "GET", "/models/web/resolve/v1/", "Cookie: " + cookie, 404, `"reason":"no-such-file"`},
		{"nothing", "GET", "/models/", "", 404, `"reason":"no-such-file"`},
		{"no such revision", "GET", "/models/web/resolve/v2/tokenizer.json", "Cookie: " + cookie, 404, `"reason":"no-such-model"`},
		{"dots", "GET", "/models/web/resolve/v1/../v1/tokenizer.json", "Cookie: " + cookie, 404, `"reason":"no-such-file"`},
		{"escaped dots", "GET", "/models/web/resolve/v1/..%2f..%2fv1/tokenizer.json", "Cookie: " + cookie, 404, `"reason":"no-such-file"`},
		{"an escaped revision", "GET", "/models/web/resolve/..%2f/tokenizer.json", "Cookie: " + cookie, 400, `"reason":"bad-request"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest(tc.method, "https://app.example"+tc.path, nil)
			if name, value, ok := strings.Cut(tc.header, ": "); ok {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			handlers["modelFiles"].ServeHTTP(w, r)
			h := w.Result().Header
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) || h.Get("Cache-Control") != "private, no-store" ||
				h.Get("Vary") != "Cookie, Authorization" || h.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%d %v %s, want %d and %s", w.Code, h, w.Body, tc.status, tc.want)
			}
			if tc.status != 302 {
				if h.Get("Location") != "" || !strings.HasPrefix(h.Get("Content-Type"), "application/json") || len(w.Body.String()) > 400 {
					t.Errorf("an error should be small JSON: %v, %d bytes", h, w.Body.Len())
				}
				return
			}
			if w.Body.Len() > 0 || !strings.Contains(h.Get("Location"), "/weights/models/web/v1/tokenizer.json?") {
				t.Errorf("%v, %d bytes", h, w.Body.Len())
			}
		})
	}
	t.Run("sent here by another site", func(t *testing.T) {
		r := httptest.NewRequest("GET", file, nil)
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		handlers["modelFiles"].ServeHTTP(w, r)
		if w.Code != 403 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// BenchmarkRedirect follows one browser from file to file.
func BenchmarkRedirect(b *testing.B) {
	objects := new(blobtest.Objects)
	m := newModelsBackend(b, objects)
	putModel(b, objects, "web", 110)
	handlers := m.fresh(b)
	if got := do(handlers, "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`); !strings.Contains(got, `"files":110`) {
		b.Fatal(got)
	}
	cookie := openSession(b, handlers)
	var all []float64
	for b.Loop() {
		r := httptest.NewRequest("GET", "/models/web/resolve/v1/params_shard_7.bin", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		start := time.Now()
		handlers["modelFiles"].ServeHTTP(w, r)
		if all = append(all, float64(time.Since(start).Nanoseconds())/1e6); w.Code != 302 {
			b.Fatal(w.Body)
		}
	}
	report(b, all, "ms")
}
