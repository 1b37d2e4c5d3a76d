package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
)

const project = "aproject"

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// publisher serves keys as Google does. While down is set, it answers 503.
type publisher struct {
	*httptest.Server
	keys    atomic.Value // []byte
	down    atomic.Bool
	maxAge  atomic.Int64
	fetches atomic.Int32
}

func publish(t testing.TB, keys map[string]*rsa.PrivateKey) *publisher {
	t.Helper()
	p := &publisher{}
	p.maxAge.Store(3600)
	p.set(t, keys)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		if p.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d, must-revalidate", p.maxAge.Load()))
		w.Write(p.keys.Load().([]byte))
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) set(t testing.TB, keys map[string]*rsa.PrivateKey) {
	t.Helper()
	var set jose.JSONWebKeySet
	for id, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: "RS256", Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	p.keys.Store(text)
}

func (p *publisher) verifier(t testing.TB) *auth.Verifier {
	t.Helper()
	v, err := auth.Open(auth.Config{Project: project, KeysURL: p.URL, Client: p.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func claims(change func(map[string]any)) map[string]any {
	now := time.Now().Unix()
	c := map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project, "sub": "ann", "user_id": "ann",
		"iat": now - 10, "exp": now + 3600, "auth_time": now - 100, "plan": "premium",
	}
	if change != nil {
		change(c)
	}
	return c
}

func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if id != "" {
		options.WithHeader("kid", id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerify(t *testing.T) {
	key, other := newKey(t), newKey(t)
	v := publish(t, map[string]*rsa.PrivateKey{"k1": key}).verifier(t)
	at := func(name string, offset time.Duration) func(map[string]any) {
		return func(c map[string]any) { c[name] = time.Now().Add(offset).Unix() }
	}
	is := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	without := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	good := func(change func(map[string]any)) string { return sign(t, jose.RS256, key, "k1", claims(change)) }
	for _, tc := range []struct {
		name  string
		token string
		ok    bool
	}{
		{"valid", good(nil), true},
		{"expired within the skew", good(at("exp", -30*time.Second)), true},
		{"expired 90 s ago", good(at("exp", -90*time.Second)), false},
		{"no exp", good(without("exp")), false},
		{"issued within the skew", good(at("iat", 30*time.Second)), true},
		{"issued in the future", good(at("iat", 90*time.Second)), false},
		{"no iat", good(without("iat")), false},
		{"not valid before 90 s from now", good(at("nbf", 90*time.Second)), false},
		{"signed in within the skew", good(at("auth_time", 30*time.Second)), true},
		{"signed in in the future", good(at("auth_time", 90*time.Second)), false},
		{"another audience", good(is("aud", "other")), false},
		{"a list of audiences", good(is("aud", []string{project})), false},
		{"another issuer", good(is("iss", "https://securetoken.google.com/other")), false},
		{"a session cookie's issuer", good(is("iss", "https://session.firebase.google.com/"+project)), false},
		{"no subject", good(without("sub")), false},
		{"an empty subject", good(is("sub", "")), false},
		{"a subject of 128 letters", good(is("sub", strings.Repeat("x", 128))), true},
		{"a subject of 129 letters", good(is("sub", strings.Repeat("x", 129))), false},
		{"a subject that leads to another document", good(is("sub", "ann/usage/2026-11")), false},
		{"a subject with a slash", good(is("sub", "a/b")), false},
		{"a dot", good(is("sub", ".")), false},
		{"two dots", good(is("sub", "..")), false},
		{"three dots", good(is("sub", "...")), true},
		{"a name that Firestore keeps for itself", good(is("sub", "__ann__")), false},
		{"underscores at one end", good(is("sub", "__ann")), true},
		{"a subject that is a number", good(is("sub", 1)), false},
		{"a tenant's user", good(is("firebase", map[string]any{"tenant": "x"})), true},
		{"no key id", sign(t, jose.RS256, key, "", claims(nil)), false},
		{"an unknown key id", sign(t, jose.RS256, key, "k2", claims(nil)), false},
		{"another key with the same id", sign(t, jose.RS256, other, "k1", claims(nil)), false},
		{"another algorithm", sign(t, jose.PS256, key, "k1", claims(nil)), false},
		{"a shared secret", sign(t, jose.HS256, bytes.Repeat([]byte("x"), 32), "k1", claims(nil)), false},
		{"the algorithm none", unsigned(claims(nil)), false},
		{"tampered claims", tampered(good(nil)), false},
		{"two parts", "a.b", false},
		{"nothing", "", false},
		{"garbage", "x.y.z", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			caller, err := v.Verify(t.Context(), tc.token)
			if tc.ok != (err == nil) {
				t.Fatalf("Verify = %v, want ok: %v", err, tc.ok)
			}
			if e := errs.Of(err); e != nil && (e.Code != errs.Unauthenticated || e.Cause == nil) {
				t.Errorf("error %v, want UNAUTHENTICATED with a cause", err)
			}
			if tc.ok && (caller.UID != caller.Claims["sub"] || caller.Claims["plan"] != "premium") {
				t.Errorf("caller %+v", caller)
			}
		})
	}
}

func unsigned(claims map[string]any) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]string{"alg": "none", "kid": "k1"}) + "." + part(claims) + "."
}

func tampered(token string) string {
	parts := strings.Split(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(text, []byte("premium"), []byte("PREMIUM"), 1))
	return strings.Join(parts, ".")
}

// TestReady: tokens can be checked once the keys were fetched, whatever becomes of
// their publisher. One that cannot be reached is not asked again and again.
func TestReady(t *testing.T) {
	p := publish(t, map[string]*rsa.PrivateKey{"k": newKey(t)})
	v := p.verifier(t)
	for _, down := range []bool{false, true} {
		p.down.Store(down)
		if err := v.Ready(t.Context()); err != nil {
			t.Errorf("the publisher is down: %v: %v", down, err)
		}
	}
	p.fetches.Store(0)
	v = p.verifier(t)
	for range 3 {
		if e := errs.Of(v.Ready(t.Context())); e == nil || e.Code != errs.Unavailable || e.Reason != errs.KeysUnavailable {
			t.Errorf("the keys were never fetched: %v", e)
		}
	}
	if n := p.fetches.Load(); n != 1 {
		t.Errorf("the publisher was asked %d times", n)
	}
}

func TestKeysUnreachable(t *testing.T) {
	key := newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	p.down.Store(true)
	v := p.verifier(t)
	token := sign(t, jose.RS256, key, "k1", claims(nil))
	if _, err := v.Verify(t.Context(), token); errs.Of(err) == nil || errs.Of(err).Code != errs.Unavailable || errs.Of(err).Reason != errs.KeysUnavailable {
		t.Errorf("while the keys are unreachable: %v, want UNAVAILABLE keys-unavailable", err)
	}
	if _, err := v.Verify(t.Context(), "x.y.z"); errs.Of(err).Code != errs.Unauthenticated {
		t.Errorf("garbage while the keys are unreachable: %v, want UNAUTHENTICATED", err)
	}
	p.down.Store(false)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("once the keys are reachable: %v", err)
	}
}

func TestKnownKeysOutliveAnOutage(t *testing.T) {
	key := newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	p.maxAge.Store(0)
	v := p.verifier(t)
	token := sign(t, jose.RS256, key, "k1", claims(nil))
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	p.down.Store(true)
	for range 3 {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("with keys that are due for a refresh: %v", err)
		}
	}
	waitFor(t, func() bool { return p.fetches.Load() >= 2 }) // a refresh was tried
}

func TestARefreshBringsNewKeys(t *testing.T) {
	old, fresh := newKey(t), newKey(t)
	p := publish(t, map[string]*rsa.PrivateKey{"k1": old})
	p.maxAge.Store(0)
	v := p.verifier(t)
	if _, err := v.Verify(t.Context(), sign(t, jose.RS256, old, "k1", claims(nil))); err != nil {
		t.Fatal(err)
	}
	p.set(t, map[string]*rsa.PrivateKey{"k2": fresh})
	v.Verify(t.Context(), sign(t, jose.RS256, old, "k1", claims(nil))) // starts a refresh
	token := sign(t, jose.RS256, fresh, "k2", claims(nil))
	waitFor(t, func() bool { _, err := v.Verify(t.Context(), token); return err == nil })
	if _, err := v.Verify(t.Context(), sign(t, jose.RS256, old, "k1", claims(nil))); err == nil {
		t.Error("a withdrawn key is still accepted")
	}
}

func TestUnknownKeysDoNotFloodThePublisher(t *testing.T) {
	p := publish(t, map[string]*rsa.PrivateKey{"k1": newKey(t)})
	v := p.verifier(t)
	token := sign(t, jose.RS256, newKey(t), "k9", claims(nil))
	for range 20 {
		if _, err := v.Verify(t.Context(), token); errs.Of(err).Code != errs.Unauthenticated {
			t.Errorf("an unknown key: %v", err)
		}
	}
	if n := p.fetches.Load(); n != 1 {
		t.Errorf("%d fetches for an unknown key, want 1", n)
	}
}

func TestACancelledCallerDoesNotCancelTheFetch(t *testing.T) {
	key := newKey(t)
	release := make(chan struct{})
	inner := publish(t, map[string]*rsa.PrivateKey{"k1": key})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-release
		inner.Config.Handler.ServeHTTP(w, r)
	}))
	defer slow.Close()
	v, err := auth.Open(auth.Config{Project: project, KeysURL: slow.URL, Client: slow.Client()})
	if err != nil {
		t.Fatal(err)
	}
	token := sign(t, jose.RS256, key, "k1", claims(nil))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Verify(gone, token); errs.Of(err).Code != errs.Cancelled {
		t.Errorf("the cancelled caller: %v, want CANCELLED", err)
	}
	close(release)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("the next caller: %v", err)
	}
	if n := inner.fetches.Load(); n != 1 {
		t.Errorf("%d fetches, want only the one of the first caller", n)
	}
}

func TestEmulator(t *testing.T) {
	host := emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST")
	v, err := auth.Open(auth.Config{Project: "demo-dreambuild", Emulated: true})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post("http://"+host+"/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any", "application/json", strings.NewReader(`{"returnSecureToken":true}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var user struct{ IDToken, LocalID string }
	if err := json.NewDecoder(res.Body).Decode(&user); err != nil {
		t.Fatal(err)
	}
	caller, err := v.Verify(t.Context(), user.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{user.LocalID, user.LocalID, "demo-dreambuild"}, []any{caller.UID, caller.Claims["sub"], caller.Claims["aud"]}); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
	for name, token := range map[string]string{"garbage": "x.y.z", "another project's": unsigned(claims(nil))} {
		if _, err := v.Verify(t.Context(), token); errs.Of(err) == nil || errs.Of(err).Code != errs.Unauthenticated {
			t.Errorf("%s: %v, want UNAUTHENTICATED", name, err)
		}
	}
}

func TestEmulatorUnreachable(t *testing.T) {
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
	v, err := auth.Open(auth.Config{Project: project, Emulated: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), unsigned(claims(nil))); errs.Of(err) == nil || errs.Of(err).Code != errs.Unavailable {
		t.Errorf("Verify = %v, want UNAVAILABLE", err)
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("the condition was not met within 5 s")
		}
		time.Sleep(time.Millisecond)
	}
}

func BenchmarkVerify(b *testing.B) {
	key := newKey(b)
	v := publish(b, map[string]*rsa.PrivateKey{"k1": key}).verifier(b)
	token := sign(b, jose.RS256, key, "k1", claims(nil))
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
