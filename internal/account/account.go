// Package account is what a user has here as a whole: it deletes all of it, and
// exports it.
//
// A deletion is marked first: from then on nothing new is stored for the user, and no
// function lets the user in. Then it goes on in parts, on any instance, until one
// document is left: the [Remains], without words and without the user's id. Whoever
// deletes an account and comes back so gets neither the month's budget back nor rid of
// a ban.
package account

import (
	"cmp"
	"context"
	"time"

	"dreambuild.dev/backend/internal/quota"
)

// Deletion is the mark of an account that is being deleted, and the lease of the
// instance that is at it.
type Deletion struct {
	Since     time.Time `firestore:"since"`
	By        string    `firestore:"by"`        // an instance; "": none is at it
	RenewedAt time.Time `firestore:"renewedAt"` // when that instance began its last part
}

// Ref names an account that is being deleted.
type Ref struct {
	UID   string
	Since time.Time // lists are in that order
}

// Remains is what is kept of a deleted account, under a keyed hash of the user's id.
type Remains struct {
	DeletedAt    time.Time `firestore:"deletedAt"` // tokens that were issued until then are refused
	Denied       bool      `firestore:"denied"`
	Day          string    `firestore:"day"` // the last one with use
	Used         quota.Day `firestore:"used"`
	Month        string    `firestore:"month"`
	BytesGranted int64     `firestore:"bytesGranted"`
	ExpireAt     time.Time `firestore:"expireAt"` // the store may forget it then
}

// How long remains are kept: at least until the counts of their month matter no more,
// and a ban for longer.
const (
	remainsLife = 62 * 24 * time.Hour
	bannedLife  = 2 * 365 * 24 * time.Hour
)

// Counts are what a user has used, by the names of days and of months.
type Counts struct {
	Days         map[string]quota.Day
	BytesGranted map[string]int64
}

// Bury returns what remains of an account that is deleted now. earlier is what
// remained of the last account of the same user, nil for nothing: it counts where this
// one has no count.
func Bury(now time.Time, denied bool, counts Counts, earlier *Remains) Remains {
	r := Remains{DeletedAt: now, Denied: denied, Day: quota.Today(now), Month: quota.Month(now)}
	r.Used, r.BytesGranted = counts.Days[r.Day], counts.BytesGranted[r.Month]
	r.Used.Held, r.Used.HeldInput = 0, 0 // no turn runs
	if earlier != nil {
		r.Denied = r.Denied || earlier.Denied
		if earlier.Day == r.Day {
			r.Used = cmp.Or(r.Used, earlier.Used)
		}
		if earlier.Month == r.Month {
			r.BytesGranted = cmp.Or(r.BytesGranted, earlier.BytesGranted)
		}
	}
	r.ExpireAt = now.Add(remainsLife)
	if r.Denied {
		r.ExpireAt = now.Add(bannedLife)
	}
	return r
}

// Store is what deletions need of a database.
type Store interface {
	// UpdateDeletion runs change on a user's deletion (nil: the account is not being
	// deleted) in one transaction, and writes back what it returns; nil leaves it.
	// change may run more than once. UNAUTHENTICATED account-deleted if nothing but
	// Remains is left of the user.
	UpdateDeletion(ctx context.Context, uid string, change func(d *Deletion, now time.Time) *Deletion) error
	// Deletions lists accounts that are being deleted, the oldest first: at most so
	// many after one that was listed before, the zero Ref for the start.
	Deletions(ctx context.Context, after Ref, most int) ([]Ref, error)
	// ProjectsOf returns the ids of at most so many of a user's projects, deleted ones
	// too, in the order of their ids after one of them, "" for the start.
	ProjectsOf(ctx context.Context, uid, after string, most int) ([]string, error)
	// EraseTurns deletes turns of a user that lie below no project, and what lies below
	// them: at most so many documents. It returns how many; if they are fewer, none is
	// left.
	EraseTurns(ctx context.Context, uid string, most int) (int, error)
	// EraseRecords deletes what is stored of a user alone, but for the user's own
	// document and the counts of this month and later, likewise.
	EraseRecords(ctx context.Context, uid string, most int) (int, error)
	// Bury replaces all that is left of an account that is being deleted by what Bury
	// of this package returns, in one transaction. It does nothing for an account that
	// is not being deleted, or not any more.
	Bury(ctx context.Context, uid string) error
}

// Projects erases projects.
type Projects interface {
	// Erase cancels what runs in a user's project and deletes the project with all that
	// belongs to it, at most so many documents. It returns how many it has deleted, and
	// whether the project is gone; while its turn ends it is not.
	Erase(ctx context.Context, uid, projectID string, most int) (deleted int, gone bool, err error)
}

// Directory is where users sign in.
type Directory interface {
	// Remove deletes a user, who cannot sign in any more. One who is not there is no
	// error.
	Remove(ctx context.Context, uid string) error
}
