package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"dreambuild.dev/backend/internal/errs"
	"google.golang.org/api/idtoken"
)

// Senders says who may deliver events. Callable functions make the service public,
// so events are accepted only with the ID token that Eventarc adds to them.
type Senders struct {
	Account string // the service account whose tokens are accepted; "" for none
	Open    bool   // without an Account no token is needed: for processes that only the developer reaches
}

// Check returns nil if the token is an accepted sender's; "" means that the request
// has none. UNAUTHENTICATED otherwise; UNAVAILABLE keys-unavailable if the keys to
// check it cannot be fetched.
func (s Senders) Check(ctx context.Context, token string) error {
	if s.Account == "" && s.Open {
		return nil
	}
	if s.Account == "" || token == "" {
		return errs.BadToken(errors.New("no token, or EVENTS_ACCOUNT is not set"))
	}
	// Any audience is accepted: the trigger's account is used for events only, and
	// an event can do no more than make the backend inspect the bucket.
	payload, err := idtoken.Validate(ctx, token, "")
	if _, unreachable := errors.AsType[*url.Error](err); unreachable {
		return errs.New(errs.Unavailable, errs.KeysUnavailable, "Google's keys are out of reach. Try again.").With("retryAfter", 5).Because(err)
	}
	if err != nil {
		return errs.BadToken(err)
	}
	if payload.Claims["email"] != s.Account || payload.Claims["email_verified"] != true {
		return errs.BadToken(fmt.Errorf("the token is that of %v", payload.Claims["email"]))
	}
	return nil
}
