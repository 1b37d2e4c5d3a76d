package auth_test

import (
	"context"
	"crypto/rsa"
	"net/http"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4"
)

var (
	_ callable.Verifier = (*auth.Verifier)(nil)
	_ callable.Verifier = (*auth.Current)(nil) // for functions that must refuse revoked users
	_ callable.Apps     = (*auth.Apps)(nil)
)

// TestTrap tests the protocol's traps about tokens. Package callable tests the
// others, with numbers of the same series.
func TestTrap(t *testing.T) {
	key := newKey(t)
	token := func(change func(map[string]any)) string { return sign(t, jose.RS256, key, "k1", claims(change)) }
	verify := func(t *testing.T, v *auth.Verifier, token string) errs.Code {
		t.Helper()
		if _, err := v.Verify(t.Context(), token); err != nil {
			return errs.Of(err).Code
		}
		return ""
	}
	t.Run("E01 a token of any project is accepted", func(t *testing.T) {
		v := publish(t, map[string]*rsa.PrivateKey{"k1": key}).verifier(t)
		for name, tc := range map[string]func(map[string]any){
			"audience": func(c map[string]any) { c["aud"] = "other" },
			"issuer":   func(c map[string]any) { c["iss"] = "https://securetoken.google.com/other" },
			"session":  func(c map[string]any) { c["iss"] = "https://session.firebase.google.com/" + project },
		} {
			if got := verify(t, v, token(tc)); got != errs.Unauthenticated {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
	t.Run("E06 a cancelled caller or an outage loses the keys", func(t *testing.T) {
		p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
		v := p.verifier(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		v.Verify(ctx, token(nil))
		if got := verify(t, v, token(nil)); got != "" {
			t.Errorf("after a cancelled caller: %q", got)
		}
		p.down.Store(true)
		if got := verify(t, v, token(nil)); got != "" {
			t.Errorf("in an outage, with known keys: %q", got)
		}
		if got := verify(t, p.verifier(t), token(nil)); got != errs.Unavailable {
			t.Errorf("in an outage, without keys: %q", got)
		}
	})
	t.Run("E07 App Check needs the network to start, and panics on a token without exp", func(t *testing.T) {
		apps := auth.OpenApps(auth.Config{Project: project, AppKeysURL: "http://127.0.0.1:1", Client: &http.Client{}})
		if _, err := apps.VerifyApp(t.Context(), "x.y.z"); errs.Of(err).Code != errs.Unauthenticated {
			t.Errorf("garbage, offline: %v", err)
		}
		p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
		apps = auth.OpenApps(auth.Config{Project: project, AppKeysURL: p.URL, Client: p.Client()})
		for _, name := range []string{"exp", "iat", "iss", "aud", "sub"} {
			claims := appClaims(func(c map[string]any) { delete(c, name) })
			if _, err := apps.VerifyApp(t.Context(), sign(t, jose.RS256, key, "k1", claims)); errs.Of(err).Code != errs.Unauthenticated {
				t.Errorf("without %s: %v", name, err)
			}
		}
	})
	t.Run("E08 an expired token is accepted", func(t *testing.T) {
		v := publish(t, map[string]*rsa.PrivateKey{"k1": key}).verifier(t)
		for seconds, want := range map[time.Duration]errs.Code{-50: "", -70: errs.Unauthenticated} {
			if got := verify(t, v, token(func(c map[string]any) { c["exp"] = time.Now().Add(seconds * time.Second).Unix() })); got != want {
				t.Errorf("expired %d s ago: %q", -seconds, got)
			}
		}
	})
	t.Run("E10 every call asks whether a token was revoked", func(t *testing.T) {
		p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
		u := &users{}
		c, token := currentOf(t, p, u), token(nil)
		for range 10 {
			if _, err := c.Verify(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		if n := u.asked.Load(); n != 1 {
			t.Errorf("Firebase Auth was asked %d times in a minute, want 1", n)
		}
	})
	t.Run("E54 each call has a key cache of its own", func(t *testing.T) {
		p := publish(t, map[string]*rsa.PrivateKey{"k1": key})
		v := p.verifier(t)
		var all sync.WaitGroup
		for range 80 {
			all.Go(func() {
				if _, err := v.Verify(t.Context(), token(nil)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := p.fetches.Load(); n != 1 {
			t.Errorf("the keys were fetched %d times, want 1", n)
		}
	})
}
