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
	// Denied says whether a user is denied; one of whom nothing is stored is not.
	Denied(ctx context.Context, uid string) (bool, error)
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

// Denials knows who is denied. It is safe for concurrent use.
type Denials struct {
	store Store
	known *flight.Cache[string, bool]
}

// NewDenials makes Denials that believe what they read of a user for life.
func NewDenials(store Store, life time.Duration) *Denials {
	return &Denials{store, flight.NewCache[string, bool](remembered, life)}
}

// Denied says whether a user is denied.
//
// While the store cannot be read, the last known answer counts, and a user of whom
// nothing is known is let in: few are denied, so an outage must not lock out
// everybody else, and what a call needs of the store fails for itself. The error
// then says why; the answer counts all the same.
func (d *Denials) Denied(ctx context.Context, uid string) (bool, error) {
	denied, err := d.known.Do(ctx, uid, readWithin, func(ctx context.Context) (bool, error) { return d.store.Denied(ctx, uid) })
	if err == nil {
		return denied, nil
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
