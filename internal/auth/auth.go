// Package auth checks Firebase ID tokens and App Check tokens: it is the
// callable.Verifier and the callable.Apps of the backend. It also asks Firebase Auth
// how users stand today, and says who may deliver events.
//
// In production it verifies signatures itself, with Google's keys. The Admin SDK's
// verifier takes no HTTP client, drops its keys when a refresh fails, and accepts
// expired tokens for five more minutes. Tokens of the Auth emulator are not signed;
// the Admin SDK checks them.
//
// Like the reference server, the package accepts tokens of any tenant of the
// project. A Verifier does not check whether a token was revoked; Current does.
package auth

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	firebase "firebase.google.com/go/v4"
	admin "firebase.google.com/go/v4/auth"
	"google.golang.org/api/option"
)

// GoogleKeys is where Google publishes the keys that sign ID tokens.
const GoogleKeys = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"

// skew is the allowed difference between the clocks of Google and this process.
const skew = time.Minute

// Config says whose tokens are accepted, and how to check them.
type Config struct {
	Project  string
	Emulated bool         // the tokens are the Auth emulator's, which FIREBASE_AUTH_EMULATOR_HOST names
	KeysURL  string       // "" for GoogleKeys
	Client   *http.Client // fetches the keys; nil for a client of its own

	// Of App Check:
	AppKeysURL string // "" for AppKeys
	ConsumeURL string // of the API that marks tokens as used, called with Client; "" for Google's, called with this program's credentials

	// Of Current:
	Users   Users         // nil: the Admin SDK's
	Recheck time.Duration // how long what was heard of a user is believed; 0: a minute
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
		v.emulator = adminClient(cfg)
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

// adminClient returns a function that makes the Admin SDK's client at its first call.
func adminClient(cfg Config) func() (*admin.Client, error) {
	return sync.OnceValues(func() (*admin.Client, error) {
		ctx := context.Background()
		var options []option.ClientOption
		if cfg.Emulated {
			options = append(options, option.WithoutAuthentication())
		}
		app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: cfg.Project}, options...)
		if err != nil {
			return nil, err
		}
		return app.Auth(ctx)
	})
}

// Verify returns the user that a token was issued to. UNAUTHENTICATED for a token
// that is forged, expired or another project's; UNAVAILABLE keys-unavailable if the
// keys or the emulator to check it cannot be reached.
func (v *Verifier) Verify(ctx context.Context, token string) (*callable.Caller, error) {
	if v.emulator != nil {
		return v.verifyEmulated(ctx, token)
	}
	claims, err := verify(ctx, v.keys, token, "https://securetoken.google.com/", v.project)
	if err != nil {
		return nil, err
	}
	return &callable.Caller{UID: claims["sub"].(string), Claims: claims}, nil
}

// Ready returns nil if tokens can be checked: once the keys were fetched, or else are
// now. UNAVAILABLE keys-unavailable.
func (v *Verifier) Ready(ctx context.Context) error {
	if v.emulator != nil {
		return nil
	}
	return v.keys.ready(ctx)
}

// verifyEmulated checks a token of the Auth emulator with the Admin SDK.
func (v *Verifier) verifyEmulated(ctx context.Context, token string) (*callable.Caller, error) {
	client, err := v.emulator()
	if err != nil {
		return nil, keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	verified, err := client.VerifyIDToken(ctx, token)
	switch {
	case err == nil:
	case admin.IsIDTokenInvalid(err) || admin.IsIDTokenExpired(err) || admin.IsIDTokenRevoked(err) || admin.IsUserDisabled(err) || admin.IsUserNotFound(err):
		return nil, errs.BadToken(err)
	default:
		return nil, keysUnavailable(err)
	}
	claims, err := payload(token)
	if err == nil {
		err = checkUID(verified.UID)
	}
	if err != nil {
		return nil, errs.BadToken(err)
	}
	return &callable.Caller{UID: verified.UID, Claims: claims}, nil
}
