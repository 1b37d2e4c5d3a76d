package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"dreambuild.dev/backend/internal/flight"
	lru "github.com/hashicorp/golang-lru/v2"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	admin "firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/errorutils"
	"github.com/go-jose/go-jose/v4/jwt"
)

// CookieKeys is where Google publishes the keys that sign session cookies.
// https://cloud.google.com/identity-platform/docs/reference/rest/v1/TopLevel/getSessionCookiePublicKeys
const CookieKeys = "https://identitytoolkit.googleapis.com/v1/sessionCookiePublicKeys"

// Users is what sessions ask Firebase Auth for.
type Users interface {
	SessionCookie(ctx context.Context, idToken string, life time.Duration) (string, error)
	GetUser(ctx context.Context, uid string) (*admin.UserRecord, error)
}

// Sessions opens sessions of browsers, and says whose they are.
//
// Unlike a [Verifier] it asks Firebase Auth about the user, too: a user who was
// disabled or deleted, or whose tokens were revoked, is refused, and the claims are
// those of today. It believes an answer for Config.Recheck, so that a browser that
// fetches a hundred files asks once. It is safe for concurrent use.
type Sessions struct {
	project string
	tokens  *Verifier
	cookies *keys // nil with the emulator
	users   func() (Users, error)
	recheck time.Duration
	checks  flight.Group[secret, *callable.Caller]
	known   *lru.Cache[secret, checked]
}

// secret is the SHA-256 of a cookie or token.
type secret [sha256.Size]byte

// maxKnown bounds how many callers are remembered, in some 5 MB.
const maxKnown = 10_000

type checked struct {
	caller *callable.Caller
	until  time.Time
}

// OpenSessions makes Sessions for the users whose ID tokens tokens verifies.
func OpenSessions(cfg Config, tokens *Verifier) *Sessions {
	known, _ := lru.New[secret, checked](maxKnown) // it fails for a size below 1 alone
	s := &Sessions{project: cfg.Project, tokens: tokens, recheck: cfg.Recheck, known: known}
	if s.recheck == 0 {
		s.recheck = time.Minute
	}
	if !cfg.Emulated {
		url := cfg.CookieKeysURL
		if url == "" {
			url = CookieKeys
		}
		client := cfg.Client
		if client == nil {
			client = &http.Client{}
		}
		s.cookies = newKeys(url, client)
	}
	s.users = func() (Users, error) { return cfg.Users, nil }
	if cfg.Users == nil {
		client := adminClient(cfg)
		s.users = func() (Users, error) { return client() }
	}
	return s
}

// Open exchanges an ID token for a session cookie's value that is good for life,
// from five minutes to two weeks. UNAUTHENTICATED if the token is not good,
// UNAVAILABLE keys-unavailable if Firebase Auth cannot be reached.
func (s *Sessions) Open(ctx context.Context, idToken string, life time.Duration) (string, error) {
	users, err := s.users()
	if err != nil {
		return "", keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cookie, err := users.SessionCookie(ctx, idToken, life)
	// The SDK has no name of its own for a token that expired or a disabled user.
	if admin.IsUserNotFound(err) || errorutils.IsInvalidArgument(err) {
		return "", errs.BadToken(err)
	}
	if err != nil {
		return "", keysUnavailable(err)
	}
	return cookie, nil
}

// timeout bounds a call of Firebase Auth. The SDK would try for seven seconds when
// there is no answer.
const timeout = 3 * time.Second

// Cookie returns whose session a cookie is. UNAUTHENTICATED session-ended if it
// is nobody's any more, UNAVAILABLE keys-unavailable when that cannot be told.
func (s *Sessions) Cookie(ctx context.Context, cookie string) (*callable.Caller, error) {
	return s.check(ctx, cookie, s.verifyCookie)
}

// Token is Cookie for an ID token.
func (s *Sessions) Token(ctx context.Context, idToken string) (*callable.Caller, error) {
	return s.check(ctx, idToken, func(ctx context.Context, token string) (identity, error) {
		caller, err := s.tokens.Verify(ctx, token)
		if err != nil {
			return identity{}, err
		}
		return identityOf(caller.UID, caller.Claims)
	})
}

// Verify is Token: Sessions are a callable.Verifier for functions that must refuse
// revoked users.
func (s *Sessions) Verify(ctx context.Context, idToken string) (*callable.Caller, error) {
	return s.Token(ctx, idToken)
}

// identity is what a cookie or token says of itself.
type identity struct {
	uid      string
	signedIn time.Time
	expires  time.Time
}

func identityOf(uid string, claims map[string]any) (identity, error) {
	signedIn, _ := claims["auth_time"].(float64)
	expires, _ := claims["exp"].(float64)
	if signedIn == 0 || expires == 0 {
		return identity{}, errs.BadToken(errors.New("it lacks auth_time or exp"))
	}
	return identity{uid, time.Unix(int64(signedIn), 0), time.Unix(int64(expires), 0)}, nil
}

// check verifies a cookie or token, unless that was done a moment ago. Callers that
// bring the same one at the same time share one check.
func (s *Sessions) check(ctx context.Context, text string, verify func(context.Context, string) (identity, error)) (*callable.Caller, error) {
	key := secret(sha256.Sum256([]byte(text)))
	if c := s.remembered(key); c != nil {
		return c, nil
	}
	caller, err := s.checks.Do(ctx, key, 2*timeout, func(ctx context.Context) (*callable.Caller, error) {
		if c := s.remembered(key); c != nil { // by a run that has just ended
			return c, nil
		}
		who, err := verify(ctx, text)
		if err != nil {
			return nil, err
		}
		caller, err := s.standing(ctx, who)
		if err != nil {
			return nil, err
		}
		s.remember(key, caller, who.expires)
		return caller, nil
	})
	return caller, sessionEnded(err)
}

// remembered returns the caller of a secret that was checked a moment ago; nil for
// another one.
func (s *Sessions) remembered(key secret) *callable.Caller {
	if c, ok := s.known.Get(key); ok && time.Now().Before(c.until) {
		return c.caller
	}
	return nil
}

func (s *Sessions) remember(key secret, caller *callable.Caller, expires time.Time) {
	until := time.Now().Add(s.recheck)
	if expires.Before(until) {
		until = expires
	}
	s.known.Add(key, checked{caller, until})
}

// standing asks Firebase Auth whether a user may still come in, and with which
// claims.
func (s *Sessions) standing(ctx context.Context, who identity) (*callable.Caller, error) {
	users, err := s.users()
	if err != nil {
		return nil, keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	user, err := users.GetUser(ctx, who.uid)
	switch {
	case admin.IsUserNotFound(err):
		return nil, errs.BadToken(err)
	case err != nil:
		return nil, keysUnavailable(err)
	case user.Disabled:
		return nil, errs.BadToken(fmt.Errorf("%s is disabled", who.uid))
	case who.signedIn.UnixMilli() < user.TokensValidAfterMillis/1000*1000: // auth_time counts seconds
		return nil, errs.BadToken(fmt.Errorf("the tokens of %s were revoked after this sign-in", who.uid))
	}
	return &callable.Caller{UID: who.uid, Claims: user.CustomClaims}, nil
}

// verifyCookie checks a session cookie as Verifier.Verify does an ID token.
// https://firebase.google.com/docs/auth/admin/manage-cookies
func (s *Sessions) verifyCookie(ctx context.Context, cookie string) (identity, error) {
	if s.cookies == nil {
		return s.emulatedCookie(cookie)
	}
	claims, err := verify(ctx, s.cookies, cookie, "https://session.firebase.google.com/", s.project)
	if err != nil {
		return identity{}, err
	}
	return identityOf(claims["sub"].(string), claims)
}

// emulatedCookie reads a cookie of the Auth emulator, which signs nothing.
func (s *Sessions) emulatedCookie(cookie string) (identity, error) {
	claims, err := payload(cookie)
	if err != nil {
		return identity{}, errs.BadToken(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return identity{}, errs.BadToken(err)
	}
	var standard jwt.Claims
	if err := json.Unmarshal(text, &standard); err != nil {
		return identity{}, errs.BadToken(err)
	}
	if err := check(standard, claims, "https://session.firebase.google.com/", s.project); err != nil {
		return identity{}, errs.BadToken(err)
	}
	return identityOf(standard.Subject, claims)
}

// sessionEnded tells a browser what to do about a cookie that is not good any more.
func sessionEnded(err error) error {
	if known := errs.Of(err); known != nil && known.Code == errs.Unauthenticated {
		return errs.New(errs.Unauthenticated, errs.SessionEnded, "Sign in again: this session has ended.").Because(err)
	}
	return err
}
