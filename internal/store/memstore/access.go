package memstore

import (
	"context"
	"maps"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/errs"
)

// door is who may come in.
type door struct {
	denied   map[string]bool // by uid
	sessions map[sessionKey]access.Session
}

type sessionKey struct{ uid, id string }

func newDoor() door { return door{map[string]bool{}, map[sessionKey]access.Session{}} }

// Standing implements access.Store.
func (s *Store) Standing(ctx context.Context, uid string) (access.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, gone := s.people.remains[uid]; gone {
		return access.Standing{Denied: r.Denied, DeletedAt: r.DeletedAt, Gone: true}, context.Cause(ctx)
	}
	_, leaving := s.people.deletions[uid]
	return access.Standing{Denied: s.door.denied[uid], Leaving: leaving, DeletedAt: s.people.deletedAt[uid]}, context.Cause(ctx)
}

// Deny sets whether a user is denied, also one whose account was deleted.
func (s *Store) Deny(ctx context.Context, uid string, denied bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, gone := s.people.remains[uid]; gone {
		r.Denied = denied
		s.people.remains[uid] = r
		return nil
	}
	s.door.denied[uid] = denied
	return nil
}

// OpenSession implements access.Store.
func (s *Store) OpenSession(ctx context.Context, one access.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.people.leaving(one.UID) {
		return errs.AccountGone()
	}
	s.door.sessions[sessionKey{one.UID, one.ID}] = one
	return nil
}

// Session implements access.Store.
func (s *Store) Session(ctx context.Context, uid, id string) (*access.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.door.sessions[sessionKey{uid, id}]
	if !ok {
		return nil, context.Cause(ctx)
	}
	return &one, context.Cause(ctx)
}

// CloseSession implements access.Store.
func (s *Store) CloseSession(ctx context.Context, uid, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.door.sessions, sessionKey{uid, id})
	return nil
}

// CloseSessions implements access.Store.
func (s *Store) CloseSessions(ctx context.Context, uid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.door.sessions, func(k sessionKey, _ access.Session) bool { return k.uid == uid })
	return nil
}
