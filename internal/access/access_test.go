package access_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"github.com/google/go-cmp/cmp"
)

// store is a store that may be down or silent, and counts what it is asked.
type store struct {
	*memstore.Store
	down   atomic.Pointer[error]
	silent atomic.Bool
	asked  atomic.Int32
}

func (s *store) answer(ctx context.Context) error {
	s.asked.Add(1)
	if s.silent.Load() {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	if err := s.down.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *store) Standing(ctx context.Context, uid string) (access.Standing, error) {
	if err := s.answer(ctx); err != nil {
		return access.Standing{}, err
	}
	return s.Store.Standing(ctx, uid)
}

// denied reports whether a user is refused as denied, and why that may be wrong.
func denied(t *testing.T, d *access.Denials, uid string) (bool, error) {
	refused, trouble := d.Admit(t.Context(), uid, time.Now())
	if refused != nil && errs.Of(refused).Reason != errs.Denied {
		t.Errorf("%s: %v", uid, refused)
	}
	return refused != nil, trouble
}

func (s *store) Session(ctx context.Context, uid, id string) (*access.Session, error) {
	if err := s.answer(ctx); err != nil {
		return nil, err
	}
	return s.Store.Session(ctx, uid, id)
}

// TestDenied: a denial takes effect within a minute, and is lifted within one.
func TestDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{Store: memstore.New()}
		d := access.NewDenials(s, time.Minute)
		for i, want := range []bool{false, true, false} {
			if err := s.Deny(t.Context(), "ann", want); err != nil {
				t.Fatal(err)
			}
			if got, err := denied(t, d, "ann"); got != (i == 2) || err != nil { // as it was a minute ago
				t.Errorf("at once: %v, %v", got, err)
			}
			time.Sleep(time.Minute)
			for range 100 {
				if got, err := denied(t, d, "ann"); got != want || err != nil {
					t.Fatalf("a minute later: %v, %v; want %v", got, err, want)
				}
			}
		}
		if n := s.asked.Load(); n != 4 {
			t.Errorf("the store was asked %d times in 3 minutes", n)
		}
	})
}

// TestDeniedInAnOutage: what was known last counts, and a user of whom nothing is
// known is let in. A store that is silent delays one call in ten seconds.
func TestDeniedInAnOutage(t *testing.T) {
	for name, begin := range map[string]func(*store){
		"down":   func(s *store) { err := errors.New("down"); s.down.Store(&err) },
		"silent": func(s *store) { s.silent.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{Store: memstore.New()}
				d := access.NewDenials(s, time.Minute)
				if err := s.Deny(t.Context(), "ann", true); err != nil {
					t.Fatal(err)
				}
				if got, err := denied(t, d, "ann"); !got || err != nil {
					t.Fatalf("%v, %v", got, err)
				}
				begin(s)
				time.Sleep(time.Hour)
				s.asked.Store(0)
				for uid, want := range map[string]bool{"ann": true, "bob": false} {
					if got, err := denied(t, d, uid); got != want || err == nil {
						t.Errorf("%s: %v, %v; want %v and why it may be wrong", uid, got, err, want)
					}
					begun := time.Now()
					for range 100 {
						if got, err := denied(t, d, uid); got != want || err != nil {
							t.Errorf("%s, right after: %v, %v", uid, got, err)
						}
					}
					if took := time.Since(begun); took != 0 {
						t.Errorf("100 calls wait for %v", took)
					}
				}
				if n := s.asked.Load(); n != 2 {
					t.Errorf("the store was asked %d times", n)
				}
				s.silent.Store(false)
				s.down.Store(nil)
				if err := s.Deny(t.Context(), "bob", true); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if got, err := denied(t, d, "bob"); !got || err != nil {
					t.Errorf("ten seconds later: %v, %v", got, err)
				}
			})
		})
	}
}

func ended(err error) bool { return errs.Of(err) != nil && errs.Of(err).Reason == errs.SessionEnded }

func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{Store: memstore.New()}
		here, there := access.NewSessions(s, time.Minute), access.NewSessions(s, time.Minute)
		signedIn := time.Now().Add(-time.Hour)
		open := func(uid string) string {
			cookie, expires, err := here.Open(t.Context(), uid, signedIn, "password", 24*time.Hour)
			if err != nil || !expires.Equal(time.Now().Add(24*time.Hour)) {
				t.Fatalf("Open: %v, %v", expires, err)
			}
			return cookie
		}
		find := func(at *access.Sessions, cookie string) error {
			t.Helper()
			_, err := at.Find(t.Context(), cookie)
			return err
		}
		const uid = "Ann. of Übersee"
		ann := open(uid)
		got, err := there.Find(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		want := &access.Session{UID: uid, ID: got.ID, SignedInAt: signedIn, Provider: "password", OpenedAt: time.Now(), ExpireAt: time.Now().Add(24 * time.Hour)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if strings.Contains(ann, got.ID) {
			t.Error("who reads the store can make the cookie")
		}
		for range 100 {
			if err := find(there, ann); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.asked.Load(); n != 1 {
			t.Errorf("the store was asked %d times", n)
		}

		// Closing ends it here at once, and elsewhere within a minute, also for a copy.
		second := open("ann")
		for range 2 {
			if err := here.Close(t.Context(), ann); err != nil {
				t.Fatal(err)
			}
		}
		if err := find(here, ann); !ended(err) {
			t.Errorf("here, closed: %v", err)
		}
		time.Sleep(time.Minute)
		if err := find(there, ann); !ended(err) {
			t.Errorf("elsewhere, closed a minute ago: %v", err)
		}
		if err := find(here, second); err != nil {
			t.Errorf("another session: %v", err)
		}

		bob := open("bob")
		if err := here.CloseAll(t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := find(here, second); !ended(err) {
			t.Errorf("all of the user were closed: %v", err)
		}
		if err := find(here, bob); err != nil {
			t.Errorf("somebody else's session: %v", err)
		}
		time.Sleep(24*time.Hour - time.Minute)
		if err := find(here, bob); !ended(err) {
			t.Errorf("after a day: %v", err)
		}
	})
}

// TestForgedCookies: none opens a session, none becomes the path of another document,
// and those that no session can have cost no read.
func TestForgedCookies(t *testing.T) {
	s := &store{Store: memstore.New()}
	sessions := access.NewSessions(s, time.Minute)
	good, _, err := sessions.Open(t.Context(), "ann", time.Now(), "password", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	uid := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	_, secret, _ := strings.Cut(good, ".")
	for _, cookie := range []string{"", ".", "x", good[:len(good)-1], good + "x", uid("ann") + ".", "." + secret, uid("bob") + "." + secret, "!." + secret, uid("") + "." + secret} {
		if _, err := sessions.Find(t.Context(), cookie); !ended(err) {
			t.Errorf("%q: %v", cookie, err)
		}
		if err := sessions.Close(t.Context(), cookie); err != nil {
			t.Errorf("close %q: %v", cookie, err)
		}
	}
	if _, err := sessions.Find(t.Context(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
	s.asked.Store(0)
	for _, name := range []string{"ann/usage/2026-11", "..", ".", "__ann__", "a\x00b", "\xff", strings.Repeat("a", 129)} {
		if _, err := sessions.Find(t.Context(), uid(name)+"."+secret); !ended(err) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

// TestSessionsInAnOutage: a session that cannot be read is neither good nor ended.
func TestSessionsInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{Store: memstore.New()}
		sessions := access.NewSessions(s, time.Minute)
		cookie, _, err := sessions.Open(t.Context(), "ann", time.Now(), "password", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		down := error(errs.New(errs.Unavailable, errs.StoreUnavailable, "down"))
		s.down.Store(&down)
		if _, err := sessions.Find(t.Context(), cookie); errs.Of(err) == nil || errs.Of(err).Reason != errs.StoreUnavailable {
			t.Errorf("Find: %v", err)
		}
		s.down.Store(nil)
		if _, err := sessions.Find(t.Context(), cookie); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}
