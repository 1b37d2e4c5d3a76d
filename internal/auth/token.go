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

// verify checks a token's signature and claims, and returns the claims. issuer is the
// part of the iss claim before the project's id.
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

// verified checks a token's signature, and returns its claims unchecked.
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

// check checks a token's claims as Firebase documents it.
// https://firebase.google.com/docs/auth/admin/verify-id-tokens
func check(c jwt.Claims, all map[string]any, issuer, project string) error {
	_, oneAudience := all["aud"].(string)
	authTime, hasAuthTime := all["auth_time"].(float64)
	switch {
	case c.Expiry == nil || c.IssuedAt == nil:
		return errors.New("the token lacks exp or iat")
	case !oneAudience:
		return errors.New("the token's audience is not one string")
	case hasAuthTime && time.Unix(int64(authTime), 0).After(time.Now().Add(skew)):
		return errors.New("the token's auth_time lies in the future")
	}
	if err := checkUID(c.Subject); err != nil {
		return err
	}
	return c.ValidateWithLeeway(jwt.Expected{
		Issuer:      issuer + project,
		AnyAudience: jwt.Audience{project},
		Time:        time.Now(),
	}, skew)
}

// checkUID refuses a user id that is too long for Firebase Auth, or that cannot name
// a document: whoever mints custom tokens may put any text into them, and "ann/usage"
// would lead to another user's documents.
// https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
func checkUID(uid string) error {
	switch {
	case uid == "" || len(uid) > 128:
		return fmt.Errorf("the user id has %d characters", len(uid))
	case uid == "." || uid == "..", strings.Contains(uid, "/"), strings.HasPrefix(uid, "__") && strings.HasSuffix(uid, "__"):
		return errors.New("the user id cannot name a document")
	}
	return nil
}

// keysUnavailable returns the error for a token that cannot be checked just now.
func keysUnavailable(err error) error {
	return errs.New(errs.Unavailable, errs.KeysUnavailable, "Sign-ins cannot be checked just now. Try again in a few seconds.").With("retryAfter", 5).Because(err)
}

// payload reads the claims of a token without checking its signature. The Admin SDK
// does not return all of them.
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
