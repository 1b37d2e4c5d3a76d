package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"
)

// AppKeys is where Google publishes the keys that sign App Check tokens.
const AppKeys = "https://firebaseappcheck.googleapis.com/v1/jwks"

// appIssuer is the issuer of App Check tokens, without the project's number at its end.
const appIssuer = "https://firebaseappcheck.googleapis.com/"

// Apps checks App Check tokens: it is a callable.Apps. It is safe for concurrent
// use. App Check has no emulator.
//
// The Admin SDK's verifier (v4.19.0) is not used: it takes no context, cannot start
// offline, panics on tokens without exp, and has no replay protection.
type Apps struct {
	project string
	keys    *keys
	base    string // of the API that marks tokens as used
	client  func() (*http.Client, error)
}

// OpenApps makes Apps. It fetches nothing yet.
func OpenApps(cfg Config) *Apps {
	url, client := cfg.AppKeysURL, cfg.Client
	if url == "" {
		url = AppKeys
	}
	if client == nil {
		client = &http.Client{}
	}
	a := &Apps{project: cfg.Project, keys: newKeys(url, client), base: appIssuer}
	a.client = sync.OnceValues(func() (*http.Client, error) {
		client, _, err := transport.NewClient(context.Background(), option.WithScopes("https://www.googleapis.com/auth/firebase"))
		return client, err
	})
	if cfg.ConsumeURL != "" {
		a.base = cfg.ConsumeURL
		a.client = func() (*http.Client, error) { return client, nil }
	}
	return a
}

// VerifyApp returns the app that a token was issued to. UNAUTHENTICATED for a token
// that is forged, expired or another project's; UNAVAILABLE keys-unavailable if the
// keys to check it cannot be fetched.
func (a *Apps) VerifyApp(ctx context.Context, token string) (*callable.App, error) {
	standard, claims, err := verified(ctx, a.keys, token)
	if err != nil {
		return nil, err
	}
	if err := checkApp(standard, claims, a.project); err != nil {
		return nil, errs.BadToken(err)
	}
	return &callable.App{ID: standard.Subject, Claims: claims, Token: token}, nil
}

// checkApp checks a token's claims as Firebase documents it.
// https://firebase.google.com/docs/app-check/custom-resource-backend
func checkApp(c jwt.Claims, all map[string]any, project string) error {
	_, oneAudience := all["aud"].(string)
	number, ours := strings.CutPrefix(c.Issuer, appIssuer)
	switch {
	case c.Expiry == nil || c.IssuedAt == nil:
		return errors.New("the App Check token lacks exp or iat")
	case c.Subject == "":
		return errors.New("the App Check token names no app")
	case !ours || number == "":
		return fmt.Errorf("the App Check token's issuer is %.100q", c.Issuer)
	case oneAudience || !slices.Contains(c.Audience, "projects/"+project):
		return errors.New("the App Check token is for another project")
	}
	return c.ValidateWithLeeway(jwt.Expected{Time: time.Now()}, skew)
}

// Consume marks a verified token as used, and reports whether it was used before.
// UNAVAILABLE keys-unavailable if that fails: the caller must then refuse the call.
// https://firebase.google.com/docs/reference/appcheck/rest/v1beta/projects/verifyAppCheckToken
func (a *Apps) Consume(ctx context.Context, token string) (bool, error) {
	client, err := a.client()
	if err != nil {
		return false, keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"app_check_token": token})
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"v1beta/projects/"+a.project+":verifyAppCheckToken", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return false, keysUnavailable(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	var said struct {
		AlreadyConsumed bool `json:"alreadyConsumed"`
	}
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil {
		return false, keysUnavailable(fmt.Errorf("mark an App Check token as used: %w", err))
	}
	return said.AlreadyConsumed, nil
}
