package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// verify checks a token that one of a publisher's keys has signed, for an
// issuer, which is a prefix before the project, and returns its claims.
func verify(ctx context.Context, keys *keys, token, issuer, project string) (map[string]any, error) {
	standard, claims, err := verified(ctx, keys, token)
	if err != nil {
		return nil, err
	}
	if err := check(standard, claims, issuer, project); err != nil {
		return nil, errs.BadToken(err)
	}
	return claims, nil
}

// verified reads a token that one of a publisher's keys has signed.
func verified(ctx context.Context, keys *keys, token string) (standard jwt.Claims, claims map[string]any, err error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return standard, nil, errs.BadToken(err)
	}
	if len(parsed.Headers) != 1 || parsed.Headers[0].KeyID == "" {
		return standard, nil, errs.BadToken(errors.New("the token names no key"))
	}
	key, err := keys.find(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return standard, nil, err
	}
	if err := parsed.Claims(key, &standard, &claims); err != nil {
		return standard, nil, errs.BadToken(err)
	}
	return standard, claims, nil
}

// check holds a token's claims against what Firebase promises of them.
// https://firebase.google.com/docs/auth/admin/verify-id-tokens
func check(c jwt.Claims, all map[string]any, issuer, project string) error {
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
		Issuer:      issuer + project,
		AnyAudience: jwt.Audience{project},
		Time:        time.Now(),
	}, skew)
}

// keysUnavailable is the error for a token that cannot be checked just now.
func keysUnavailable(err error) error {
	return errs.New(errs.Unavailable, errs.KeysUnavailable, "Sign-ins cannot be checked just now. Try again in a minute.").Because(err)
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
