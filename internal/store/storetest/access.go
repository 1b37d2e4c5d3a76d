package storetest

import (
	"fmt"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/access"
)

// denied: a user is denied until that is taken back, whatever else is written of them.
func denied(t *testing.T, s Store) {
	ctx := t.Context()
	for _, want := range []bool{true, false, true} {
		if err := s.Deny(ctx, "ann", want); err != nil {
			t.Fatal(err)
		}
		for uid, want := range map[string]bool{"ann": want, "bob": false} {
			if got := must(s.Standing(ctx, uid)).Denied; got != want {
				t.Errorf("%s is denied: %v, want %v", uid, got, want)
			}
		}
	}
	apply(t, s, key, accept(request, "run")) // writes the same document
	if !must(s.Standing(ctx, "ann")).Denied {
		t.Error("a turn makes its user welcome again")
	}
	if got := len(must(s.Account(ctx, "ann", "2026-11-30")).Running); got != 1 {
		t.Errorf("%d turns run", got)
	}
	if err := s.Deny(ctx, "ann", false); err != nil {
		t.Fatal(err)
	}
	if got := len(must(s.Account(ctx, "ann", "2026-11-30")).Running); got != 1 {
		t.Errorf("%d turns run once the user is welcome again", got)
	}
}

func sessions(t *testing.T, s Store) {
	ctx := t.Context()
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	session := func(uid string, i int) access.Session {
		return access.Session{UID: uid, ID: fmt.Sprint("id", i), SignedInAt: at, Provider: "password", OpenedAt: at.Add(time.Second), ExpireAt: at.Add(time.Hour)}
	}
	for _, uid := range []string{"ann", "bob"} {
		for i := range 3 {
			if err := s.OpenSession(ctx, session(uid, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	open := func(when string, want map[string]bool) {
		t.Helper()
		for uid := range map[string]bool{"ann": true, "bob": true} {
			for i := range 3 {
				got := must(s.Session(ctx, uid, fmt.Sprint("id", i)))
				if name := fmt.Sprint(uid, i); want[name] {
					one := session(uid, i)
					equal(t, name+" "+when, got, &one)
				} else if got != nil {
					t.Errorf("%s %s: %+v", name, when, got)
				}
			}
		}
	}
	open("at first", map[string]bool{"ann0": true, "ann1": true, "ann2": true, "bob0": true, "bob1": true, "bob2": true})
	for range 2 { // the second time there is nothing left to close
		if err := s.CloseSession(ctx, "bob", "id1"); err != nil {
			t.Error(err)
		}
		if err := s.CloseSessions(ctx, "ann"); err != nil {
			t.Error(err)
		}
	}
	open("after closing", map[string]bool{"bob0": true, "bob2": true})
}
