package access_test

import (
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
)

// TestDeletedAccount: while an account is deleted nobody is let in to it, and after that
// nobody with a token of before. Who comes back with a new one has the account's counts
// and its ban.
func TestDeletedAccount(t *testing.T) {
	for _, ban := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &store{Store: memstore.New()}
			here, there := access.NewDenials(s, time.Minute), access.NewDenials(s, time.Minute)
			admit := func(when string, d *access.Denials, issued time.Time, want errs.Reason) {
				t.Helper()
				refused, trouble := d.Admit(t.Context(), "ann", issued)
				var got errs.Reason
				if refused != nil {
					got = errs.Of(refused).Reason
				}
				if got != want || trouble != nil {
					t.Errorf("banned %v, %s: %q, %v; want %q", ban, when, got, trouble, want)
				}
			}
			first := time.Now()
			admit("at first", here, first, "")
			admit("at first", there, first, "")
			err := s.UpdateDeletion(t.Context(), "ann", func(_ *account.Deletion, now time.Time) *account.Deletion { return &account.Deletion{Since: now} })
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Deny(t.Context(), "ann", ban); err != nil {
				t.Fatal(err)
			}
			here.Forget("ann")
			gone := errs.AccountDeleted
			if ban {
				gone = errs.Denied
			}
			admit("where it was asked for", here, first, gone)
			admit("elsewhere, at once", there, first, "")
			time.Sleep(time.Minute)
			admit("elsewhere, a minute later", there, time.Now(), gone)
			if err := s.Bury(t.Context(), "ann"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			admit("deleted, with an old token", here, first, gone)
			written := s.Written()
			if _, err := s.Standing(t.Context(), "ann"); err != nil {
				t.Fatal(err)
			}
			if n := s.Written() - written; n != 0 {
				t.Errorf("%d writes for an old token", n)
			}
			want := errs.Reason("")
			if ban {
				want = errs.Denied
			}
			admit("with a new token", here, time.Now(), want)
			admit("again", here, time.Now(), want)
			admit("with an old token, after that", here, first, gone)
			time.Sleep(time.Minute)
			admit("with an old token elsewhere", there, first, gone)
			admit("with a new token elsewhere", there, time.Now(), want)
			if at, err := s.Standing(t.Context(), "ann"); err != nil || at.Gone == !ban {
				t.Errorf("banned %v: %+v, %v; a new account is made for who may come in", ban, at, err)
			}
		})
	}
}
