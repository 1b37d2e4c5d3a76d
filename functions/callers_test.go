package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"github.com/google/go-cmp/cmp"
)

// today is Firebase Auth: it knows the claims of everybody, and whose sign-ins were
// revoked.
type today struct {
	anybody
	claims  map[string]any
	revoked atomic.Bool
	asked   atomic.Int32
}

func (t *today) Verify(ctx context.Context, token string) (*callable.Caller, error) {
	caller, err := t.anybody.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	return t.Caller(ctx, auth.SignInOf(caller))
}

func (t *today) Caller(_ context.Context, in auth.SignIn) (*callable.Caller, error) {
	t.asked.Add(1)
	if t.revoked.Load() {
		return nil, errs.BadToken(errors.New("revoked"))
	}
	claims := map[string]any{"firebase": map[string]any{"sign_in_provider": in.Provider}}
	maps.Copy(claims, t.claims)
	return &callable.Caller{UID: in.UID, Claims: claims}, nil
}

// believing lists the functions that believe a token until it expires: they read what
// is the caller's own, or need no caller.
var believing = []string{"closeModelSession", "exportProject", "getMessage", "getProject", "getUsage", "listMessages", "listModels", "listProjects", "listTemplates", "listVersions", "resumeTurn"}

func newBackend(t *testing.T, parts functions.Parts) map[string]http.Handler {
	cfg := config.Config{Plans: quota.Builtin(), SessionRecheck: time.Minute, Turn: aMinute()}
	parts.Verifier = anybody{}
	b := functions.NewWith(cfg, parts, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(context.Background()) })
	return b.Handlers()
}

// calls lists the functions that clients call.
func calls(handlers map[string]http.Handler) (names []string) {
	for name := range handlers {
		if name != "modelUploaded" && name != "modelFiles" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestRevoked: what writes, costs or needs a right refuses a token that was revoked,
// and nothing else asks.
func TestRevoked(t *testing.T) {
	users := new(today)
	users.revoked.Store(true)
	store := memstore.New()
	handlers := newBackend(t, functions.Parts{Store: store, Users: users})
	var got []string
	for _, name := range calls(handlers) {
		users.asked.Store(0)
		answer := do(handlers, name, `{"admin":true}`, `{}`)
		refused := answer == `{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}`
		if refused != (users.asked.Load() == 1) {
			t.Errorf("%s asks %d times, and answers %s", name, users.asked.Load(), answer)
		}
		if !refused {
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(believing, got); diff != "" {
		t.Errorf("they believe a token (-want +got):\n%s", diff)
	}
	if n := store.Written(); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// TestDemoted: a right that was taken away is gone, whatever the token says.
func TestDemoted(t *testing.T) {
	users := &today{claims: map[string]any{}}
	handlers := newBackend(t, functions.Parts{Store: memstore.New(), Users: users})
	for _, name := range []string{"publishModel", "quarantineModel", "workerHealth"} {
		data := `{"modelId":"m","revision":"v1"}`
		if name == "workerHealth" {
			data = `{}`
		}
		if got := do(handlers, name, `{"admin":true}`, data); !strings.Contains(got, `"reason":"admin-only"`) {
			t.Errorf("%s, demoted: %s", name, got)
		}
		users.claims["admin"] = true
		if got := do(handlers, name, `{}`, data); strings.Contains(got, `"reason":"admin-only"`) {
			t.Errorf("%s, promoted: %s", name, got)
		}
		delete(users.claims, "admin")
	}
}

// TestDenied: every function refuses a user who is denied, and takes one who is welcome
// again. How soon, TestDenied of package access says.
func TestDenied(t *testing.T) {
	store := memstore.New()
	for _, want := range []bool{false, true, false} {
		if err := store.Deny(t.Context(), "ann", want); err != nil {
			t.Fatal(err)
		}
		handlers, written := newBackend(t, functions.Parts{Store: store}), store.Written()
		for _, name := range calls(handlers) {
			got := do(handlers, name, `{}`, `{}`)
			refused := got == `{"error":{"details":{"reason":"denied"},"message":"This account is blocked. If that is a mistake, write to those who run this app.","status":"PERMISSION_DENIED"}}`
			if refused != want {
				t.Errorf("%s: %s, want denied %v", name, got, want)
			}
		}
		if n := store.Written() - written; want && n != 0 {
			t.Errorf("%d writes for a user who is denied", n)
		}
	}
}

// follow asks for a file of a model with a cookie or token, and returns the status and
// the reason.
func follow(handlers map[string]http.Handler, header, value string) (int, errs.Reason) {
	r := httptest.NewRequest(http.MethodGet, "/models/web/resolve/v1/tokenizer.json", nil)
	r.Header.Set(header, value)
	w := httptest.NewRecorder()
	handlers["modelFiles"].ServeHTTP(w, r)
	var answer struct {
		Error struct{ Details struct{ Reason errs.Reason } }
	}
	json.Unmarshal(w.Body.Bytes(), &answer) // a redirect has no body
	return w.Code, answer.Error.Details.Reason
}

// openSession calls openModelSession, and returns what a Cookie header then says.
func openSession(t testing.TB, handlers map[string]http.Handler) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/openModelSession", strings.NewReader(`{"data":null}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer {}")
	w := httptest.NewRecorder()
	handlers["openModelSession"].ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) == 0 {
		t.Fatalf("openModelSession: %s", w.Body)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

// TestSessionEnds: whatever ends a session ends it within a minute, on every instance,
// for whoever has the cookie.
func TestSessionEnds(t *testing.T) {
	objects := new(blobtest.Objects)
	m := newModelsBackend(t, objects)
	putModel(t, objects, "web", 6)
	m.cfg.SessionRecheck = time.Millisecond // time itself stands in TestSessions of package access
	store := memstore.New()
	m.parts.Store = store
	if got := do(m.fresh(t), "publishModel", `{"admin":true}`, `{"modelId":"web","revision":"v1"}`); !strings.Contains(got, `"files":6`) {
		t.Fatal(got)
	}
	for _, tc := range []struct {
		name string
		end  func(here map[string]http.Handler, users *today, cookie string)
		want errs.Reason
	}{
		{"it is closed", func(here map[string]http.Handler, _ *today, cookie string) { closeSession(here, "Cookie", cookie) }, errs.SessionEnded},
		{"its user closes all", func(here map[string]http.Handler, _ *today, _ string) {
			closeSession(here, "Authorization", "Bearer {}")
		}, errs.SessionEnded},
		{"the sign-in was revoked", func(_ map[string]http.Handler, users *today, _ string) { users.revoked.Store(true) }, errs.SessionEnded},
		{"the user is denied", func(map[string]http.Handler, *today, string) { store.Deny(t.Context(), "ann", true) }, errs.Denied},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store.Deny(t.Context(), "ann", false)
			users := new(today)
			m.parts.Users = users
			here, there := m.fresh(t), m.fresh(t)
			cookie := openSession(t, here)
			if status, reason := follow(there, "Cookie", cookie); status != http.StatusFound {
				t.Fatalf("the session is open: %d %s", status, reason)
			}
			tc.end(here, users, cookie)
			for name, handlers := range map[string]map[string]http.Handler{"here": here, "there": there} {
				var reason errs.Reason
				for deadline := time.Now().Add(10 * time.Second); reason != tc.want && time.Now().Before(deadline); {
					_, reason = follow(handlers, "Cookie", cookie)
				}
				if reason != tc.want {
					t.Errorf("%s: %q", name, reason)
				}
			}
		})
	}
}

func closeSession(handlers map[string]http.Handler, header, value string) string {
	r := httptest.NewRequest(http.MethodPost, "https://app.example/closeModelSession", strings.NewReader(`{"data":null}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, value)
	w := httptest.NewRecorder()
	handlers["closeModelSession"].ServeHTTP(w, r)
	return strings.Join(w.Result().Header.Values("Set-Cookie"), "\n")
}

// TestSessionIsForModelsAlone: no function takes the cookie for a sign-in.
func TestSessionIsForModelsAlone(t *testing.T) {
	handlers := newBackend(t, functions.Parts{Store: memstore.New()})
	cookie := openSession(t, handlers)
	for _, name := range calls(handlers) {
		r := httptest.NewRequest(http.MethodPost, "/"+name, strings.NewReader(`{"data":{}}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		handlers[name].ServeHTTP(w, r)
		if want := name == "closeModelSession"; (w.Code == http.StatusOK) != want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		_, value, _ := strings.Cut(cookie, "=")
		if got := do(handlers, name, value, `{}`); !strings.Contains(got, `"status":"`) {
			t.Errorf("%s takes it for a token: %s", name, got)
		}
	}
}
