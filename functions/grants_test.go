package functions_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

// publishWeb returns a backend with the model web published.
func publishWeb(t *testing.T) modelsBackend {
	t.Helper()
	objects := new(blobtest.Objects)
	m := newModelsBackend(t, objects)
	putModel(t, objects, "web", 6)
	if got := do(m.fresh(t), "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`); !strings.Contains(got, `"files":6`) {
		t.Fatal(got)
	}
	return m
}

// TestUsedAppCheckToken: an App Check token begins one grant and opens one session.
// Renewals take it again.
func TestUsedAppCheckToken(t *testing.T) {
	const (
		granted = `{"result":{"modelId":"web"`
		opened  = `{"result":{"expiresAt":"`
		used    = `{"error":{"details":{"reason":"app-check-used"},"message":"This app sent a request twice. Try again.","status":"UNAUTHENTICATED"}}`
		down    = `"reason":"keys-unavailable"`
		model   = `{"modelId":"web"}`
		renewal = `{"modelId":"web","revision":"v1","paths":["tokenizer.json"]}`
	)
	type call struct{ token, function, data, want string }
	for _, tc := range []struct {
		name  string
		set   string
		down  bool
		calls []call
		used  map[string]int // tokens that were marked, and how often
	}{
		{"enforced", config.Enforce, false, []call{
			{"a", "grantModel", model, granted},
			{"a", "grantModel", renewal, granted},
			{"a", "grantModel", model, granted},
			{"a", "openModelSession", `null`, used},
			{"b", "openModelSession", `null`, opened},
			{"b", "openModelSession", `null`, used},
		}, map[string]int{"a": 2, "b": 2}},
		{"enforced, a used token begins no grant", config.Enforce, false, []call{
			{"a", "openModelSession", `null`, opened},
			{"a", "grantModel", model, used},
			{"b", "grantModel", model, granted},
		}, map[string]int{"a": 2, "b": 1}},
		{"monitored", config.Monitor, false, []call{
			{"a", "openModelSession", `null`, opened},
			{"a", "grantModel", model, granted},
			{"", "openModelSession", `null`, opened},
		}, map[string]int{"a": 2}},
		{"off", "", false, []call{
			{"a", "openModelSession", `null`, opened},
			{"a", "openModelSession", `null`, opened},
			{"a", "grantModel", model, granted},
		}, nil},
		{"enforced, and tokens cannot be marked", config.Enforce, true, []call{
			{"a", "openModelSession", `null`, down},
			{"a", "grantModel", model, down},
		}, nil},
		{"monitored, and tokens cannot be marked", config.Monitor, true, []call{
			{"a", "openModelSession", `null`, opened},
			{"a", "grantModel", model, granted},
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := publishWeb(t)
			marks := &apps{down: tc.down}
			m.parts.Apps, m.cfg.AppCheck = marks, tc.set
			handlers := m.fresh(t)
			for i, c := range tc.calls {
				if got := withApp(handlers, c.token, c.function, c.data); !strings.Contains(got, c.want) {
					t.Errorf("call %d, %s with %q: %s, want %s", i+1, c.function, c.token, got, c.want)
				}
			}
			if diff := cmp.Diff(tc.used, marks.used); diff != "" {
				t.Errorf("what was marked (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAppCheckOfLinks: an ID token gets no link without a good App Check token, and a
// used one begins no grant. A session has shown its own when it was opened.
func TestAppCheckOfLinks(t *testing.T) {
	m := publishWeb(t)
	m.parts.Apps, m.cfg.AppCheck = new(apps), config.Enforce
	handlers := m.fresh(t)
	get := func(headers ...string) int {
		r := httptest.NewRequest(http.MethodGet, "/models/web/resolve/v1/tokenizer.json", nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		handlers["modelFiles"].ServeHTTP(w, r)
		return w.Code
	}
	const who, app = "Authorization", "X-Firebase-AppCheck"
	withApp(handlers, "used", "openModelSession", `null`)
	for _, tc := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"no App Check token", []string{who, "Bearer {}"}, http.StatusUnauthorized},
		{"a bad one", []string{who, "Bearer {}", app, "bad"}, http.StatusUnauthorized},
		{"a used one", []string{who, "Bearer {}", app, "used"}, http.StatusUnauthorized},
		{"a good one", []string{who, "Bearer {}", app, "a"}, http.StatusFound},
		{"the same one, for a renewal", []string{who, "Bearer {}", app, "a"}, http.StatusFound},
	} {
		if got := get(tc.headers...); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/openModelSession", strings.NewReader(`{"data":null}`))
	for name, value := range map[string]string{"Content-Type": "application/json", who: "Bearer {}", app: "b"} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handlers["openModelSession"].ServeHTTP(w, r)
	if got := get("Cookie", "__session="+w.Result().Cookies()[0].Value); got != http.StatusFound {
		t.Errorf("a session: %d", got)
	}
}

// TestEgressIsLogged: each grant says what it charged, and a month that goes beyond its
// budget gets a warning, once.
func TestEgressIsLogged(t *testing.T) {
	m := publishWeb(t)
	var log strings.Builder
	m.log = slog.New(slog.NewTextHandler(&log, nil))
	do(m.fresh(t), "grantModel", `{}`, `{"modelId":"web"}`)
	_, figure, _ := strings.Cut(log.String(), "charged=true chargedBytes=")
	var size int64
	if _, err := fmt.Sscan(figure, &size); err != nil || size == 0 {
		t.Fatalf("%v: %s", err, log.String())
	}
	free := m.cfg.Plans[quota.Free]
	free.MonthlyBytes = size
	m.cfg.Plans[quota.Free] = free
	handlers := m.fresh(t)
	for range 20 { // four are covered, and then each fifth is charged
		if got := do(handlers, "grantModel", `{}`, `{"modelId":"web"}`); !strings.Contains(got, `"result"`) {
			t.Fatal(got)
		}
	}
	want := fmt.Sprintf("level=WARN msg=egress uid=ann plan=free modelId=web usedBytes=%d limitBytes=%d\n", 2*size, size)
	if strings.Count(log.String(), "msg=egress") != 1 || !strings.Contains(log.String(), want) {
		t.Errorf("the log says\n%s\nwant once %s", log.String(), want)
	}
	if got := do(handlers, "getUsage", `{}`, `{}`); !strings.Contains(got, fmt.Sprintf(`"monthlyBytes":{"used":%d,"limit":%d,`, 5*size, size)) {
		t.Errorf("getUsage: %s, want %d bytes used of %d", got, 5*size, size)
	}
}

// TestDownloadCeiling: beyond it no download begins, on any instance; guests have one of
// their own. A download that has begun goes on.
func TestDownloadCeiling(t *testing.T) {
	m := publishWeb(t)
	const (
		guest, friend = `{"sub":"gus","firebase":{"sign_in_provider":"anonymous"}}`, `{"sub":"gil","firebase":{"sign_in_provider":"anonymous"}}`
		user          = `{"sub":"ann","firebase":{"sign_in_provider":"password"}}`
		granted       = `{"result":{"modelId":"web"`
		stopped       = `"reason":"daily-ceiling"`
	)
	grant := func(handlers map[string]http.Handler, who, want string) {
		t.Helper()
		if got := do(handlers, "grantModel", who, `{"modelId":"web"}`); !strings.Contains(got, want) {
			t.Errorf("grantModel: %s, want %s", got, want)
		}
	}
	link := func(handlers map[string]http.Handler, who string, want int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/models/web/resolve/v1/tokenizer.json", nil)
		r.Header.Set("Authorization", "Bearer "+who)
		w := httptest.NewRecorder()
		handlers["modelFiles"].ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a link: %d %s, want %d", w.Code, w.Body, want)
		}
	}
	m.cfg.Ceiling = quota.Ceiling{AnonymousBytes: 1000} // the model has some hundred
	handlers := m.fresh(t)
	grant(handlers, guest, granted)
	m.cfg.Ceiling.AnonymousBytes = 1
	low := m.fresh(t)
	grant(low, guest, granted)
	link(low, guest, http.StatusFound)
	grant(low, friend, stopped)
	link(low, friend, http.StatusTooManyRequests)
	grant(low, user, granted)
	if err := m.parts.Store.Spend(t.Context(), quota.Today(time.Now()), "another", quota.Spent{Bytes: 1000}); err != nil {
		t.Fatal(err)
	}
	m.cfg.Ceiling = quota.Ceiling{Bytes: 1000}
	other := m.fresh(t)
	grant(other, user, granted)
	grant(other, `{"sub":"new"}`, stopped)
}

// TestAnonymousPlan: who signed in anonymously has less, unless an operator said
// otherwise, and the models that are for free.
func TestAnonymousPlan(t *testing.T) {
	m := publishWeb(t)
	handlers := m.fresh(t)
	const anonymous = `{"firebase":{"sign_in_provider":"anonymous"}}`
	for _, tc := range []struct{ claims, want string }{
		{anonymous, `"plan":"anonymous","dailyTurns":{"used":0,"limit":20,`},
		{`{"firebase":{"sign_in_provider":"password"}}`, `"plan":"free","dailyTurns":{"used":0,"limit":50,`},
		{`{"plan":"premium","firebase":{"sign_in_provider":"anonymous"}}`, `"plan":"premium","dailyTurns":{"used":0,"limit":500,`},
	} {
		if got := do(handlers, "getUsage", tc.claims, `{}`); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s, want %s", tc.claims, got, tc.want)
		}
	}
	if got := do(handlers, "listModels", anonymous, `{}`); !strings.Contains(got, `"available":true`) {
		t.Errorf("listModels: %s", got)
	}
	if got := do(handlers, "grantModel", anonymous, `{"modelId":"web"}`); !strings.Contains(got, `"result"`) {
		t.Errorf("grantModel: %s", got)
	}
	// A session knows it, too: the claims of Firebase Auth do not say it.
	m = publishWeb(t)
	tiny := m.cfg.Plans[quota.Anonymous]
	tiny.MonthlyBytes = 1
	m.cfg.Plans[quota.Anonymous] = tiny
	m.parts.Users = new(today)
	handlers = m.fresh(t)
	r := httptest.NewRequest(http.MethodPost, "/openModelSession", strings.NewReader(`{"data":null}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+anonymous)
	w := httptest.NewRecorder()
	handlers["openModelSession"].ServeHTTP(w, r)
	if _, reason := follow(handlers, "Cookie", "__session="+w.Result().Cookies()[0].Value); reason != "monthly-bytes" {
		t.Errorf("a file by the session: %q", reason)
	}
}
