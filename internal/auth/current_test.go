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

func currentOf(t *testing.T, p *publisher, u *users) *auth.Current {
	t.Helper()
	cfg := auth.Config{Project: project, KeysURL: p.URL, Client: p.Client(), Users: u}
	v, err := auth.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return auth.OpenCurrent(cfg, v)
}

func TestCurrent(t *testing.T) {
	key, other := newKey(t), newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	now := time.Now()
	token := func(change func(map[string]any)) string {
		return sign(t, jose.RS256, key, "k1", claims(func(c map[string]any) {
			c["auth_time"], c["firebase"] = now.Unix()-100, map[string]any{"sign_in_provider": "anonymous", "identities": map[string]any{}}
			if change != nil {
				change(c)
			}
		}))
	}
	good := token(nil)
	for _, tc := range []struct {
		name  string
		token string
		user  admin.UserRecord
		err   error // of Firebase Auth
		code  errs.Code
	}{
		{name: "good", token: good},
		{name: "signed in at the second of the revocation", token: good, user: admin.UserRecord{TokensValidAfterMillis: now.Add(-100*time.Second).Unix()*1000 + 999}},
		{name: "another key", token: sign(t, jose.RS256, other, "k1", claims(nil)), code: errs.Unauthenticated},
		{name: "another project", token: token(func(c map[string]any) { c["aud"] = "b" }), code: errs.Unauthenticated},
		{name: "a session cookie of Firebase", token: token(func(c map[string]any) { c["iss"] = "https://session.firebase.google.com/" + project }), code: errs.Unauthenticated},
		{name: "expired", token: token(func(c map[string]any) { c["exp"] = now.Unix() - 120 }), code: errs.Unauthenticated},
		{name: "without a sign-in", token: token(func(c map[string]any) { delete(c, "auth_time") }), code: errs.Unauthenticated},
		{name: "not a token", token: "x", code: errs.Unauthenticated},
		{name: "empty", token: "", code: errs.Unauthenticated},
		{name: "disabled", token: good, user: admin.UserRecord{Disabled: true}, code: errs.Unauthenticated},
		{name: "revoked", token: good, user: admin.UserRecord{TokensValidAfterMillis: now.UnixMilli()}, code: errs.Unauthenticated},
		{name: "Firebase Auth is down", token: good, err: errors.New("down"), code: errs.Unavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.user.CustomClaims = map[string]any{"plan": "free", "firebase": "their own"}
			c, err := currentOf(t, p, &users{user: tc.user, err: tc.err}).Verify(t.Context(), tc.token)
			if tc.code == "" {
				// The custom claims are today's, not those of the token, which says premium.
				want := &callable.Caller{UID: "ann", Claims: map[string]any{
					"plan": "free", "auth_time": float64(now.Unix() - 100), "iat": float64(now.Unix() - 10), "firebase": map[string]any{"sign_in_provider": "anonymous"},
				}}
				if diff := cmp.Diff(want, c); err != nil || diff != "" {
					t.Fatalf("%v; caller (-want +got):\n%s", err, diff)
				}
				if diff := cmp.Diff(auth.SignIn{UID: "ann", At: time.Unix(now.Unix()-100, 0), Provider: "anonymous", Issued: time.Unix(now.Unix()-10, 0)}, auth.SignInOf(c)); diff != "" {
					t.Errorf("sign-in (-want +got):\n%s", diff)
				}
				return
			}
			if e := errs.Of(err); e == nil || e.Code != tc.code {
				t.Errorf("%v, want %s", err, tc.code)
			}
		})
	}
}

// TestCurrentRecheck: Firebase Auth is asked once a minute, and a user who was
// revoked is refused within that.
func TestCurrentRecheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &users{}
		c := auth.OpenCurrent(auth.Config{Project: project, Users: u}, nil)
		in := auth.SignIn{UID: "ann", At: time.Now(), Issued: time.Now()}
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				if _, err := c.Caller(t.Context(), in); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		u.set(func(r *admin.UserRecord) { r.Disabled = true })
		time.Sleep(59 * time.Second)
		if _, err := c.Caller(t.Context(), in); err != nil {
			t.Errorf("after 59 s: %v", err)
		}
		if n := u.asked.Load(); n != 1 {
			t.Errorf("Firebase Auth was asked %d times", n)
		}
		time.Sleep(time.Second)
		for range 2 {
			if _, err := c.Caller(t.Context(), in); errs.Of(err) == nil || errs.Of(err).Code != errs.Unauthenticated {
				t.Errorf("after 60 s: %v", err)
			}
		}
		if n := u.asked.Load(); n != 2 {
			t.Errorf("Firebase Auth was asked %d times; a refusal is remembered, too", n)
		}
		// A new token is not judged by what was heard before it was issued.
		u.set(func(r *admin.UserRecord) { r.Disabled, r.CustomClaims = false, map[string]any{"admin": true} })
		in.Issued = time.Now()
		if got, err := c.Caller(t.Context(), in); err != nil || got.Claims["admin"] != true {
			t.Errorf("with a new token: %v, %v", got, err)
		}
	})
}

// TestCurrentSDK: what Firebase Auth says of a user, through the Admin SDK.
func TestCurrentSDK(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	says := func(message string) string { return fmt.Sprintf(`{"error":{"code":400,"message":%q}}`, message) }
	for _, tc := range []struct {
		status int
		body   string
		want   errs.Code
	}{
		{200, `{"users":[{"localId":"ann","customAttributes":"{\"plan\":\"premium\"}","validSince":"5"}]}`, ""},
		{200, `{"users":[{"localId":"ann","disabled":true}]}`, errs.Unauthenticated},
		{200, `{"users":[{"localId":"ann","validSince":"70"}]}`, errs.Unauthenticated},
		{200, `{}`, errs.Unauthenticated}, // there is no such user
		{403, says("PERMISSION_DENIED"), errs.Unavailable},
		{404, says("NOT_FOUND"), errs.Unavailable},
	} {
		c := auth.OpenCurrent(auth.Config{Project: project, Emulated: true}, nil)
		status, body = tc.status, tc.body
		got, err := c.Caller(t.Context(), auth.SignIn{UID: "ann", At: time.Unix(60, 0)})
		if tc.want == "" && (err != nil || got.Claims["plan"] != "premium") || tc.want != "" && (errs.Of(err) == nil || errs.Of(err).Code != tc.want) {
			t.Errorf("%d %s: %v, %v; want %s", tc.status, tc.body, got, err, tc.want)
		}
	}
}
