package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/flight"
)

// Session is a browser that may act for a user until the session expires or is
// closed. It lets in nowhere but here: no other backend knows it, unlike a session
// cookie of Firebase.
type Session struct {
	UID string `firestore:"-"`
	ID  string `firestore:"-"` // the SHA-256 of the cookie: whoever reads the store gets no cookie

	// How the user had signed in: a revocation ends the sessions of older sign-ins,
	// and an anonymous user has another plan.
	SignedInAt time.Time `firestore:"signedInAt"`
	Provider   string    `firestore:"provider"`

	OpenedAt time.Time `firestore:"openedAt"`
	ExpireAt time.Time `firestore:"expireAt"` // the store may forget it then
}

// Sessions opens, finds and closes sessions. A session that is closed on one
// instance ends within life on the others. It is safe for concurrent use.
type Sessions struct {
	store Store
	known *flight.Cache[key, *Session]
}

type key struct{ uid, id string }

// NewSessions makes Sessions that believe what they read of one for life.
func NewSessions(store Store, life time.Duration) *Sessions {
	return &Sessions{store, flight.NewCache[key, *Session](remembered, life)}
}

// Open opens a session of a user who signed in at signedIn by a provider. It returns
// the cookie's value, which is the only proof of the session.
func (s *Sessions) Open(ctx context.Context, uid string, signedIn time.Time, provider string, life time.Duration) (cookie string, expires time.Time, err error) {
	cookie = base64.RawURLEncoding.EncodeToString([]byte(uid)) + "." + rand.Text()
	k, ok := parse(cookie)
	if !ok {
		return "", time.Time{}, fmt.Errorf("%.200q is no user's id", uid)
	}
	now := time.Now()
	one := Session{UID: k.uid, ID: k.id, SignedInAt: signedIn, Provider: provider, OpenedAt: now, ExpireAt: now.Add(life)}
	if err := s.store.OpenSession(ctx, one); err != nil {
		return "", time.Time{}, err
	}
	return cookie, one.ExpireAt, nil
}

// Find returns the session of a cookie. UNAUTHENTICATED session-ended if it has none
// that is still good.
func (s *Sessions) Find(ctx context.Context, cookie string) (*Session, error) {
	k, ok := parse(cookie)
	if !ok {
		return nil, Ended(nil)
	}
	one, err := s.known.Do(ctx, k, readWithin, func(ctx context.Context) (*Session, error) { return s.store.Session(ctx, k.uid, k.id) })
	if err != nil {
		return nil, err
	}
	if one == nil || !time.Now().Before(one.ExpireAt) {
		return nil, Ended(nil)
	}
	return one, nil
}

// Close ends the session of a cookie, for everybody who has a copy. A cookie that
// has none is no error.
func (s *Sessions) Close(ctx context.Context, cookie string) error {
	k, ok := parse(cookie)
	if !ok {
		return nil
	}
	if err := s.store.CloseSession(ctx, k.uid, k.id); err != nil {
		return err
	}
	s.known.Forget(k)
	return nil
}

// CloseAll ends all sessions of a user.
func (s *Sessions) CloseAll(ctx context.Context, uid string) error {
	return s.store.CloseSessions(ctx, uid)
}

// parse returns which session a cookie names, if it names one. Nobody signs cookies: what one says may
// be anything.
func parse(cookie string) (key, bool) {
	text, secret, _ := strings.Cut(cookie, ".")
	uid, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || secret == "" || !isID(string(uid)) {
		return key{}, false
	}
	sum := sha256.Sum256([]byte(cookie))
	return key{string(uid), hex.EncodeToString(sum[:])}, true
}

// isID reports whether a user can have this id, which names a document.
func isID(uid string) bool {
	return uid != "" && len(uid) <= 128 && utf8.ValidString(uid) && !strings.ContainsAny(uid, "/\x00") && uid != "." && uid != ".." && !strings.HasPrefix(uid, "__")
}

// Ended is the error for a browser whose cookie or token is not good any more.
func Ended(cause error) error {
	return errs.New(errs.Unauthenticated, errs.SessionEnded, "Sign in again: this session has ended.").Because(cause)
}
