package functions

import (
	"context"
	"log/slog"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/builder"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// Users says how users stand today. As a callable.Verifier it refuses tokens of users
// who are disabled or gone, and tokens that were revoked.
type Users interface {
	callable.Verifier
	Caller(ctx context.Context, in auth.SignIn) (*callable.Caller, error)
}

// tokensAlone are Users that believe what a token or session says.
type tokensAlone struct{ callable.Verifier }

func (tokensAlone) Caller(_ context.Context, in auth.SignIn) (*callable.Caller, error) {
	return &callable.Caller{UID: in.UID}, nil
}

// admitting is a Verifier that refuses who is denied, or whose account was deleted.
type admitting struct {
	callable.Verifier
	denials *access.Denials
}

// Verify implements callable.Verifier. Errors also as access.Denials.Admit.
func (a admitting) Verify(ctx context.Context, token string) (*callable.Caller, error) {
	caller, err := a.Verifier.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := admit(ctx, a.denials, caller.UID, auth.SignInOf(caller).Issued); err != nil {
		return nil, err
	}
	return caller, nil
}

// admit refuses a user who is denied, or whose account was deleted after the token or
// session was issued.
func admit(ctx context.Context, denials *access.Denials, uid string, issued time.Time) error {
	refused, trouble := denials.Admit(ctx, uid, issued)
	if trouble != nil {
		callable.LogAttrs(ctx, slog.String("denials", trouble.Error())) // the answer counts all the same
	}
	if refused != nil {
		callable.LogCaller(ctx, uid)
	}
	return refused
}

// consume marks an App Check token as used, and refuses one that was used before:
// UNAUTHENTICATED app-check-used, or UNAVAILABLE keys-unavailable when that cannot be
// told. Where App Check is not enforced it is only logged. It is for what is worth
// minting clients for: each token then opens one session, or begins one grant.
func (b *Backend) consume(ctx context.Context, app *callable.App) error {
	if b.options.Apps == nil || app == nil {
		return nil
	}
	used, err := b.options.Apps.Consume(ctx, app.Token)
	if err == nil && used {
		err = errs.New(errs.Unauthenticated, errs.AppCheckUsed, "This app sent a request twice. Try again.")
	}
	if err == nil || b.options.EnforceAppCheck {
		return err
	}
	callable.LogAttrs(ctx, slog.String("appCheck", err.Error()))
	return nil
}

// forPages says for whom pages are built, so that callers wait for their own alone.
func forPages(ctx context.Context, caller *callable.Caller) context.Context {
	if caller == nil {
		return ctx
	}
	return builder.For(ctx, caller.UID)
}
