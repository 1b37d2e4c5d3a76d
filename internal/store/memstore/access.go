package memstore

import (
	"context"
	"maps"

	"dreambuild.dev/backend/internal/access"
)

// door is who may come in.
type door struct {
	denied   map[string]bool // by uid
	sessions map[sessionKey]access.Session
}

type sessionKey struct{ uid, id string }

func newDoor() door { return door{map[string]bool{}, map[sessionKey]access.Session{}} }

// Denied implements access.Store.
func (s *Store) Denied(ctx context.Context, uid string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.door.denied[uid], context.Cause(ctx)
}

// Deny sets whether a user is denied.
func (s *Store) Deny(ctx context.Context, uid string, denied bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.door.denied[uid] = denied
	return nil
}

// OpenSession implements access.Store.
func (s *Store) OpenSession(ctx context.Context, one access.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
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
