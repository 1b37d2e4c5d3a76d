package auth_test

import (
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4"
)

func appClaims(change func(map[string]any)) map[string]any {
	now := time.Now().Unix()
	c := map[string]any{
		"iss": "https://firebaseappcheck.googleapis.com/1234567890", "aud": []string{"projects/1234567890", "projects/" + project},
		"sub": "1:1234567890:web:abc", "iat": now - 10, "exp": now + 3600,
	}
	if change != nil {
		change(c)
	}
	return c
}

func TestVerifyApp(t *testing.T) {
	key, other := newKey(t), newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	apps := auth.OpenApps(auth.Config{Project: project, AppKeysURL: p.URL, Client: p.Client()})
	now := time.Now().Unix()
	set := func(name string, value any) map[string]any {
		return appClaims(func(c map[string]any) { c[name] = value })
	}
	without := func(name string) map[string]any {
		return appClaims(func(c map[string]any) { delete(c, name) })
	}
	for _, tc := range []struct {
		name   string
		claims map[string]any
		good   bool
	}{
		{"good", appClaims(nil), true},
		{"another project", set("aud", []string{"projects/other"}), false},
		{"an audience that is one string", set("aud", "projects/"+project), false},
		{"no audience", without("aud"), false},
		{"another issuer", set("iss", "https://securetoken.google.com/"+project), false},
		{"an issuer without a number", set("iss", "https://firebaseappcheck.googleapis.com/"), false},
		{"expired 30 s ago", set("exp", now-30), true},
		{"expired 90 s ago", set("exp", now-90), false},
		{"no exp", without("exp"), false},
		{"issued in 30 s", set("iat", now+30), true},
		{"issued in 90 s", set("iat", now+90), false},
		{"no iat", without("iat"), false},
		{"not valid before 90 s from now", set("nbf", now+90), false},
		{"no app", without("sub"), false},
		{"an empty app", set("sub", ""), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			app, err := apps.VerifyApp(t.Context(), sign(t, jose.RS256, key, "k1", tc.claims))
			switch {
			case tc.good && (err != nil || app.ID != "1:1234567890:web:abc"):
				t.Errorf("%+v, %v", app, err)
			case !tc.good && (errs.Of(err) == nil || errs.Of(err).Code != errs.Unauthenticated):
				t.Errorf("%+v, %v; want UNAUTHENTICATED", app, err)
			}
		})
	}
	for name, token := range map[string]string{
		"garbage": "FAKE", "another key": sign(t, jose.RS256, other, "k1", appClaims(nil)), "an unknown key": sign(t, jose.RS256, key, "k9", appClaims(nil)),
		"an ID token": sign(t, jose.RS256, key, "k1", claims(nil)), "HMAC": sign(t, jose.HS256, []byte("0123456789abcdef0123456789abcdef"), "k1", appClaims(nil)),
	} {
		if app, err := apps.VerifyApp(t.Context(), token); errs.Of(err) == nil || errs.Of(err).Code != errs.Unauthenticated {
			t.Errorf("%s: %+v, %v", name, app, err)
		}
	}
	down := publish(t, nil)
	down.down.Store(true)
	apps = auth.OpenApps(auth.Config{Project: project, AppKeysURL: down.URL, Client: down.Client()})
	if _, err := apps.VerifyApp(t.Context(), sign(t, jose.RS256, key, "k1", appClaims(nil))); errs.Of(err).Code != errs.Unavailable {
		t.Errorf("without keys: %v", err)
	}
}

// TestConsume: Consume makes the documented call. Any failure of that call is an
// error, never "not used".
func TestConsume(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if got, want := r.Method+" "+r.URL.Path+" "+string(text), `POST /v1beta/projects/`+project+`:verifyAppCheckToken {"app_check_token":"t"}`; got != want {
			t.Errorf("request %s, want %s", got, want)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	apps := auth.OpenApps(auth.Config{Project: project, ConsumeURL: server.URL + "/"})
	for _, tc := range []struct {
		status int
		body   string
		used   bool
		fails  bool
	}{
		{200, `{}`, false, false},
		{200, `{"alreadyConsumed":false}`, false, false},
		{200, `{"alreadyConsumed":true}`, true, false},
		{200, `<html>`, false, true},
		{403, `{}`, false, true},
		{503, `{}`, false, true},
	} {
		status, body = tc.status, tc.body
		used, err := apps.Consume(t.Context(), "t")
		if used != tc.used || (err != nil) != tc.fails || err != nil && errs.Of(err).Code != errs.Unavailable {
			t.Errorf("%d %s: %v, %v", tc.status, tc.body, used, err)
		}
	}
}
