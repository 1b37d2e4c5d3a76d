// Package access says who is let in, beyond what a token proves: it knows who is
// denied, and keeps the sessions of browsers.
package access

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/flight"
)

// Store keeps what this package knows.
type Store interface {
	// Standing says how a user stands; the zero Standing for one of whom nothing is
	// stored.
	Standing(ctx context.Context, uid string) (Standing, error)
	// Return makes an account of what remains of one that was deleted: it has the same
	// counts, and is denied if that was. It does nothing where nothing remains, or where
	// there is an account.
	Return(ctx context.Context, uid string) error
	// OpenSession stores a session.
	OpenSession(ctx context.Context, s Session) error
	// Session reads a session; nil if there is none.
	Session(ctx context.Context, uid, id string) (*Session, error)
	// CloseSession deletes a session, CloseSessions all those of a user. What is not
	// there is no error.
	CloseSession(ctx context.Context, uid, id string) error
	CloseSessions(ctx context.Context, uid string) error
}

// remembered bounds how many users, and how many sessions, are remembered: in some
// 5 MB each.
const remembered = 10_000

// readWithin bounds a read of the store.
const readWithin = 3 * time.Second

// Standing is what is stored of whether a user may come in.
type Standing struct {
	Denied    bool
	Leaving   bool      // the account is being deleted
	Gone      bool      // there is no account: one was deleted
	DeletedAt time.Time // when the last account of this user was deleted; zero: none was
}

// Denials knows who is denied, and whose account was deleted. It is safe for
// concurrent use.
type Denials struct {
	store Store
	known *flight.Cache[string, Standing]
}

// NewDenials makes Denials that believe what they read of a user for life.
func NewDenials(store Store, life time.Duration) *Denials {
	return &Denials{store, flight.NewCache[string, Standing](remembered, life)}
}

// Admit returns nil for a user who may come in with a token or session that was issued
// at a time, in whole seconds. PERMISSION_DENIED denied; UNAUTHENTICATED
// account-deleted while the account is being deleted, and with what was issued before
// it was. Who comes back with a new token has the counts of the old account.
//
// While the store cannot be read, the last known answer counts, and a user of whom
// nothing is known is let in: few are denied, so an outage must not lock out everybody
// else, and what a call needs of the store fails for itself. trouble then says why; the
// answer counts all the same.
func (d *Denials) Admit(ctx context.Context, uid string, issued time.Time) (refused, trouble error) {
	s, trouble := d.standing(ctx, uid)
	switch {
	case s.Denied:
		return ErrDenied(), trouble
	case s.Leaving || !s.DeletedAt.IsZero() && !issued.After(s.DeletedAt):
		return errs.AccountGone(), trouble
	case s.Gone:
		err := d.store.Return(ctx, uid)
		d.Forget(uid)
		return err, trouble
	}
	return nil, trouble
}

// Forget makes the next Admit ask the store.
func (d *Denials) Forget(uid string) { d.known.Forget(uid) }

func (d *Denials) standing(ctx context.Context, uid string) (Standing, error) {
	s, err := d.known.Do(ctx, uid, readWithin, func(ctx context.Context) (Standing, error) { return d.store.Standing(ctx, uid) })
	if err == nil {
		return s, nil
	}
	last := d.known.Last(uid)
	if ctx.Err() == nil {
		const pause = 10 * time.Second // so that not every call waits for a silent store
		d.known.Keep(uid, last, pause)
	}
	return last, err
}

// ErrDenied is the error for a user who is denied.
func ErrDenied() error {
	return errs.New(errs.PermissionDenied, errs.Denied, "This account is blocked. If that is a mistake, write to those who run this app.")
}
