package auth_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	admin "firebase.google.com/go/v4/auth"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// users is Firebase Auth with one user.
type users struct {
	mu    sync.Mutex
	user  admin.UserRecord
	err   error
	asked atomic.Int32
}

func (u *users) SessionCookie(context.Context, string, time.Duration) (string, error) {
	return "a cookie", u.err
}

func (u *users) GetUser(context.Context, string) (*admin.UserRecord, error) {
	u.asked.Add(1)
	u.mu.Lock()
	defer u.mu.Unlock()
	copy := u.user
	return &copy, u.err
}

func (u *users) set(change func(*admin.UserRecord)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(&u.user)
}

func cookieClaims(change func(map[string]any)) map[string]any {
	return claims(func(c map[string]any) {
		c["iss"] = "https://session.firebase.google.com/" + project
		if change != nil {
			change(c)
		}
	})
}

func sessionsOf(t *testing.T, p *publisher, u *users) *auth.Sessions {
	t.Helper()
	cfg := auth.Config{Project: project, KeysURL: p.URL, CookieKeysURL: p.URL, Client: p.Client(), Users: u}
	v, err := auth.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return auth.OpenSessions(cfg, v)
}

func TestSessions(t *testing.T) {
	key, other := newKey(t), newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	now := time.Now()
	cookie := func(change func(map[string]any)) string {
		return sign(t, jose.RS256, key, "k1", cookieClaims(change))
	}
	good, token := cookie(nil), sign(t, jose.RS256, key, "k1", claims(nil))
	for _, tc := range []struct {
		name   string
		cookie string
		user   admin.UserRecord
		err    error // of Firebase Auth
		code   errs.Code
	}{
		{name: "good", cookie: good},
		{name: "signed in at the second of the revocation", cookie: good, user: admin.UserRecord{TokensValidAfterMillis: now.Add(-100*time.Second).Unix()*1000 + 999}},
		{name: "an ID token is no cookie", cookie: token, code: errs.Unauthenticated},
		{name: "another key", cookie: sign(t, jose.RS256, other, "k1", cookieClaims(nil)), code: errs.Unauthenticated},
		{name: "another project", cookie: cookie(func(c map[string]any) { c["aud"] = "b" }), code: errs.Unauthenticated},
		{name: "expired", cookie: cookie(func(c map[string]any) { c["exp"] = now.Unix() - 120 }), code: errs.Unauthenticated},
		{name: "without a sign-in", cookie: cookie(func(c map[string]any) { delete(c, "auth_time") }), code: errs.Unauthenticated},
		{name: "not a token", cookie: "x", code: errs.Unauthenticated},
		{name: "empty", cookie: "", code: errs.Unauthenticated},
		{name: "disabled", cookie: good, user: admin.UserRecord{Disabled: true}, code: errs.Unauthenticated},
		{name: "revoked", cookie: good, user: admin.UserRecord{TokensValidAfterMillis: now.UnixMilli()}, code: errs.Unauthenticated},
		{name: "Firebase Auth is down", cookie: good, err: errors.New("down"), code: errs.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.user.CustomClaims = map[string]any{"plan": "free"}
			u := &users{user: tc.user, err: tc.err}
			c, err := sessionsOf(t, p, u).Cookie(t.Context(), tc.cookie)
			if tc.code == "" {
				// The claims are today's, not those of the sign-in.
				if diff := cmp.Diff(&callable.Caller{UID: "ann", Claims: map[string]any{"plan": "free"}}, c); err != nil || diff != "" {
					t.Errorf("%v; caller (-want +got):\n%s", err, diff)
				}
				return
			}
			if e := errs.Of(err); e == nil || e.Code != tc.code || tc.code == errs.Unauthenticated && e.Reason != errs.SessionEnded {
				t.Errorf("%v, want %s", err, tc.code)
			}
		})
	}
	if _, err := sessionsOf(t, p, &users{}).Token(t.Context(), token); err != nil {
		t.Errorf("an ID token: %v", err)
	}
	if _, err := sessionsOf(t, p, &users{}).Token(t.Context(), good); err == nil {
		t.Error("a cookie passes for an ID token")
	}
}

// TestSessionRecheck: Firebase Auth is asked once a minute, and a user who was
// revoked is refused within that.
func TestSessionRecheck(t *testing.T) {
	key := newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	u := &users{}
	s := sessionsOf(t, p, u)
	if _, err := s.Cookie(t.Context(), sign(t, jose.RS256, key, "k1", cookieClaims(nil))); err != nil { // fetches the keys, outside of the bubble
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		u.asked.Store(0)
		cookie := sign(t, jose.RS256, key, "k1", cookieClaims(func(c map[string]any) { c["sub"] = "bob" }))
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, err := s.Cookie(t.Context(), cookie); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		u.set(func(r *admin.UserRecord) { r.Disabled = true })
		time.Sleep(59 * time.Second)
		if _, err := s.Cookie(t.Context(), cookie); err != nil {
			t.Errorf("after 59 s: %v", err)
		}
		if n := u.asked.Load(); n != 1 {
			t.Errorf("Firebase Auth was asked %d times", n)
		}
		time.Sleep(time.Second)
		if _, err := s.Cookie(t.Context(), cookie); errs.Of(err) == nil || errs.Of(err).Reason != errs.SessionEnded {
			t.Errorf("after 60 s: %v", err)
		}
		// What was good is not good beyond its own end.
		u.set(func(r *admin.UserRecord) { r.Disabled = false })
		short := sign(t, jose.RS256, key, "k1", cookieClaims(func(c map[string]any) { c["exp"] = time.Now().Unix() + 5 }))
		if _, err := s.Cookie(t.Context(), short); err != nil {
			t.Error(err)
		}
		time.Sleep(5*time.Second + 61*time.Second) // and the skew that clocks are allowed
		if _, err := s.Cookie(t.Context(), short); err == nil {
			t.Error("an expired cookie is good")
		}
	})
}

// TestOpenSession: what Firebase Auth says of the token, through the Admin SDK.
func TestOpenSession(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	s := auth.OpenSessions(auth.Config{Project: project, Emulated: true}, nil)
	says := func(message string) string { return fmt.Sprintf(`{"error":{"code":400,"message":%q}}`, message) }
	for _, tc := range []struct {
		status int
		body   string
		want   errs.Code
	}{
		{200, `{"sessionCookie":"a cookie"}`, ""},
		{400, says("INVALID_ID_TOKEN"), errs.Unauthenticated},
		{400, says("TOKEN_EXPIRED"), errs.Unauthenticated},
		{400, says("USER_DISABLED"), errs.Unauthenticated},
		{400, says("USER_NOT_FOUND"), errs.Unauthenticated},
		{403, says("PERMISSION_DENIED"), errs.Unavailable},
		{500, says("INTERNAL"), errs.Unavailable},
	} {
		status, body = tc.status, tc.body
		cookie, err := s.Open(t.Context(), "a token", time.Hour)
		if tc.want == "" && (err != nil || cookie != "a cookie") || tc.want != "" && (errs.Of(err) == nil || errs.Of(err).Code != tc.want) {
			t.Errorf("%d %s: %q, %v; want %s", tc.status, tc.body, cookie, err, tc.want)
		}
	}
}
