package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/flight"
	admin "firebase.google.com/go/v4/auth"
)

// Users is what Current asks Firebase Auth for.
type Users interface {
	GetUser(ctx context.Context, uid string) (*admin.UserRecord, error)
}

// Current asks Firebase Auth how a user stands today: it is a callable.Verifier for
// functions that a revoked or demoted user must not call. It believes an answer for
// Config.Recheck, so that a user who makes a hundred calls is asked about once. It
// is safe for concurrent use.
type Current struct {
	tokens *Verifier
	users  func() (Users, error)
	known  *flight.Cache[proof, record]
}

// proof is a token or a session. What was heard of its user before it was issued
// does not count for it: whoever just got a claim, and a new token with it, need not
// wait until the old answer is forgotten.
type proof struct {
	uid    string
	issued int64 // seconds
}

// record is what matters of an answer of Firebase Auth.
type record struct {
	refused error          // nil: the user may come in
	valid   time.Time      // sign-ins before it are revoked; whole seconds, as auth_time is
	claims  map[string]any // the custom ones
}

// maxKnown bounds how many answers are remembered, in some 5 MB.
const maxKnown = 10_000

// timeout bounds a call of Firebase Auth. The SDK would try for seven seconds when
// there is no answer.
const timeout = 3 * time.Second

// OpenCurrent makes Current for the users whose ID tokens tokens verifies. It asks
// nobody yet.
func OpenCurrent(cfg Config, tokens *Verifier) *Current {
	if cfg.Recheck == 0 {
		cfg.Recheck = time.Minute
	}
	c := &Current{tokens: tokens, known: flight.NewCache[proof, record](maxKnown, cfg.Recheck)}
	c.users = func() (Users, error) { return cfg.Users, nil }
	if cfg.Users == nil {
		client := adminClient(cfg)
		c.users = func() (Users, error) { return client() }
	}
	return c
}

// Verify is Verifier.Verify. UNAUTHENTICATED also for a user whom Caller refuses.
func (c *Current) Verify(ctx context.Context, idToken string) (*callable.Caller, error) {
	caller, err := c.tokens.Verify(ctx, idToken)
	if err != nil {
		return nil, err
	}
	in := SignInOf(caller)
	if in.At.IsZero() {
		return nil, errs.BadToken(errors.New("the token lacks auth_time"))
	}
	return c.Caller(ctx, in)
}

// SignIn is what a token or a session says of its user.
type SignIn struct {
	UID      string
	At       time.Time
	Provider string    // "anonymous", "password", "google.com", …
	Issued   time.Time // of the token or session itself
}

// SignInOf returns how a caller signed in, as a Verifier or Current tells it.
func SignInOf(c *callable.Caller) SignIn {
	in := SignIn{UID: c.UID}
	if at, ok := c.Claims[authTime].(float64); ok {
		in.At = time.Unix(int64(at), 0)
	}
	issued, _ := c.Claims[issuedAt].(float64)
	in.Issued = time.Unix(int64(issued), 0)
	firebase, _ := c.Claims[firebaseClaim].(map[string]any)
	in.Provider, _ = firebase[signInProvider].(string)
	return in
}

// The claims that say how a user signed in.
const (
	authTime       = "auth_time"
	issuedAt       = "iat" // of the token, which may be younger
	firebaseClaim  = "firebase"
	signInProvider = "sign_in_provider"
)

// Caller returns the user of a sign-in, with the custom claims of today.
// UNAUTHENTICATED if the user was disabled or deleted, or the sign-in was revoked;
// UNAVAILABLE keys-unavailable when that cannot be told.
func (c *Current) Caller(ctx context.Context, in SignIn) (*callable.Caller, error) {
	user, err := c.known.Do(ctx, proof{in.UID, in.Issued.Unix()}, 2*timeout, func(ctx context.Context) (record, error) { return c.ask(ctx, in.UID) })
	switch {
	case err != nil:
		return nil, err
	case user.refused != nil:
		return nil, errs.BadToken(user.refused)
	case in.At.Before(user.valid):
		return nil, errs.BadToken(fmt.Errorf("the tokens of %s were revoked after this sign-in", in.UID))
	}
	claims := map[string]any{}
	maps.Copy(claims, user.claims)
	claims[authTime], claims[issuedAt] = float64(in.At.Unix()), float64(in.Issued.Unix())
	claims[firebaseClaim] = map[string]any{signInProvider: in.Provider}
	return &callable.Caller{UID: in.UID, Claims: claims}, nil
}

func (c *Current) ask(ctx context.Context, uid string) (record, error) {
	users, err := c.users()
	if err != nil {
		return record{}, keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	user, err := users.GetUser(ctx, uid)
	switch {
	case admin.IsUserNotFound(err):
		return record{refused: err}, nil
	case err != nil:
		return record{}, keysUnavailable(err)
	case user.Disabled:
		return record{refused: fmt.Errorf("%s is disabled", uid)}, nil
	}
	return record{valid: time.Unix(user.TokensValidAfterMillis/1000, 0), claims: user.CustomClaims}, nil
}
