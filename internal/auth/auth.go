// Package auth checks Firebase ID tokens: it is the callable.Verifier of the
// backend.
//
// In production it verifies signatures itself, against Google's keys: the Admin
// SDK's verifier takes no HTTP client, drops its keys when a refresh fails and
// lets expired tokens pass for five minutes more. For the Auth emulator, whose
// tokens are not signed, it asks the Admin SDK.
//
// Like the reference server it accepts tokens of any tenant of the project, and
// does not ask whether a token was revoked.
package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	firebase "firebase.google.com/go/v4"
	admin "firebase.google.com/go/v4/auth"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/api/option"
)

// GoogleKeys is where Google publishes the keys that sign ID tokens.
const GoogleKeys = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"

// skew is how far clocks may be apart.
const skew = time.Minute

// Config says whose tokens are good.
type Config struct {
	Project  string
	Emulated bool         // the tokens are the Auth emulator's, which FIREBASE_AUTH_EMULATOR_HOST names
	KeysURL  string       // "" for GoogleKeys
	Client   *http.Client // that fetches the keys; nil for one of its own
}

// Verifier checks ID tokens. It is safe for concurrent use.
type Verifier struct {
	project  string
	keys     *keys                                  // nil with the emulator
	emulator func() (client *admin.Client, _ error) // nil without
}

// Open makes a Verifier. It fetches nothing yet.
func Open(cfg Config) (*Verifier, error) {
	if cfg.Project == "" {
		return nil, errors.New("auth: no project is named")
	}
	v := &Verifier{project: cfg.Project}
	if cfg.Emulated {
		v.emulator = sync.OnceValues(func() (*admin.Client, error) {
			ctx := context.Background()
			app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: cfg.Project}, option.WithoutAuthentication())
			if err != nil {
				return nil, err
			}
			return app.Auth(ctx)
		})
		return v, nil
	}
	if cfg.KeysURL == "" {
		cfg.KeysURL = GoogleKeys
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{}
	}
	v.keys = newKeys(cfg.KeysURL, cfg.Client)
	return v, nil
}

// Verify returns who a token was given to. UNAUTHENTICATED for a
// token that is forged, expired or another project's; UNAVAILABLE
// keys-unavailable when that cannot be told.
func (v *Verifier) Verify(ctx context.Context, token string) (*callable.Caller, error) {
	if v.emulator != nil {
		return v.verifyEmulated(ctx, token)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, bad(err)
	}
	if len(parsed.Headers) != 1 || parsed.Headers[0].KeyID == "" {
		return nil, bad(errors.New("the token names no key"))
	}
	key, err := v.keys.find(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	var standard jwt.Claims
	var claims map[string]any
	if err := parsed.Claims(key, &standard, &claims); err != nil {
		return nil, bad(err)
	}
	if err := check(standard, claims, v.project); err != nil {
		return nil, bad(err)
	}
	return &callable.Caller{UID: standard.Subject, Claims: claims}, nil
}

// check holds a token's claims against what Firebase promises of them.
// https://firebase.google.com/docs/auth/admin/verify-id-tokens
func check(c jwt.Claims, all map[string]any, project string) error {
	_, oneAudience := all["aud"].(string)
	authTime, hasAuthTime := all["auth_time"].(float64)
	switch {
	case c.Expiry == nil || c.IssuedAt == nil:
		return errors.New("the token lacks exp or iat")
	case c.Subject == "" || len(c.Subject) > 128:
		return fmt.Errorf("the token's subject has %d characters", len(c.Subject))
	case !oneAudience:
		return errors.New("the token's audience is not one string")
	case hasAuthTime && time.Unix(int64(authTime), 0).After(time.Now().Add(skew)):
		return errors.New("the token's auth_time lies in the future")
	}
	return c.ValidateWithLeeway(jwt.Expected{
		Issuer:      "https://securetoken.google.com/" + project,
		AnyAudience: jwt.Audience{project},
		Time:        time.Now(),
	}, skew)
}

func bad(err error) error {
	return errs.New(errs.Unauthenticated, "", "Unauthenticated").Because(err) // the reference's words
}

func unavailable(err error) error {
	return errs.New(errs.Unavailable, errs.KeysUnavailable, "Sign-ins cannot be checked just now. Try again in a minute.").Because(err)
}

// verifyEmulated asks the Auth emulator, through the Admin SDK. The SDK would
// try for seven seconds where none answers.
func (v *Verifier) verifyEmulated(ctx context.Context, token string) (*callable.Caller, error) {
	client, err := v.emulator()
	if err != nil {
		return nil, unavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	verified, err := client.VerifyIDToken(ctx, token)
	switch {
	case err == nil:
	case admin.IsIDTokenInvalid(err) || admin.IsIDTokenExpired(err) || admin.IsIDTokenRevoked(err) || admin.IsUserDisabled(err) || admin.IsUserNotFound(err):
		return nil, bad(err)
	default:
		return nil, unavailable(err)
	}
	claims, err := payload(token)
	if err != nil {
		return nil, bad(err)
	}
	return &callable.Caller{UID: verified.UID, Claims: claims}, nil
}

// payload reads the claims of a token that was verified before. The Admin SDK
// keeps some of them back.
func payload(token string) (claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("the token has not three parts")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, err
	}
	return claims, json.Unmarshal(text, &claims)
}
