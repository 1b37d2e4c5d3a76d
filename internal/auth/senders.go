package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"dreambuild.dev/backend/internal/errs"
	"google.golang.org/api/idtoken"
)

// Senders says who may deliver events. The service is open to everybody, because
// callable functions are, so it asks for the token that Eventarc sends along.
type Senders struct {
	Account string // the service account whose tokens are accepted; "" for none
	Open    bool   // without an Account no token is needed: nobody else reaches this process
}

// Check returns nil if a token, "" for none, is that of a sender. UNAUTHENTICATED
// otherwise, UNAVAILABLE keys-unavailable when that cannot be told.
func (s Senders) Check(ctx context.Context, token string) error {
	if s.Account == "" && s.Open {
		return nil
	}
	if s.Account == "" || token == "" {
		return errs.BadToken(errors.New("no token, or EVENTS_ACCOUNT is not set"))
	}
	// Any audience: the trigger's account only delivers events, and
	// all that it can cause is a look at what lies in the bucket.
	payload, err := idtoken.Validate(ctx, token, "")
	if _, unreachable := errors.AsType[*url.Error](err); unreachable {
		return errs.New(errs.Unavailable, errs.KeysUnavailable, "Google's keys are out of reach. Try again.").Because(err)
	}
	if err != nil {
		return errs.BadToken(err)
	}
	if payload.Claims["email"] != s.Account || payload.Claims["email_verified"] != true {
		return errs.BadToken(fmt.Errorf("the token is that of %v", payload.Claims["email"]))
	}
	return nil
}
