package store

import (
	"context"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/access"
)

// Denied implements access.Store.
func (s *Store) Denied(ctx context.Context, uid string) (bool, error) {
	doc, err := get(s.user(uid).Get(ctx))
	if err != nil {
		return false, translate("read who is denied", err)
	}
	u, err := decode[standing](doc)
	if err != nil || u == nil {
		return false, err
	}
	return u.Denied, nil
}

// Deny sets whether a user is denied.
func (s *Store) Deny(ctx context.Context, uid string, denied bool) error {
	_, err := s.user(uid).Set(ctx, standing{denied}, firestore.Merge([]string{"denied"}))
	return translate("deny a user", err)
}

// OpenSession implements access.Store.
func (s *Store) OpenSession(ctx context.Context, one access.Session) error {
	_, err := s.session(one.UID, one.ID).Set(ctx, one)
	return translate("open a session", err)
}

// Session implements access.Store.
func (s *Store) Session(ctx context.Context, uid, id string) (*access.Session, error) {
	doc, err := get(s.session(uid, id).Get(ctx))
	if err != nil {
		return nil, translate("read session", err)
	}
	one, err := decode[access.Session](doc)
	if one != nil {
		one.UID, one.ID = uid, id
	}
	return one, err
}

// CloseSession implements access.Store.
func (s *Store) CloseSession(ctx context.Context, uid, id string) error {
	_, err := s.session(uid, id).Delete(ctx)
	return translate("close a session", err)
}

// CloseSessions implements access.Store.
func (s *Store) CloseSessions(ctx context.Context, uid string) error {
	for {
		docs, err := s.user(uid).Collection(sessions).Select().Limit(300).Documents(ctx).GetAll()
		if err != nil || len(docs) == 0 {
			return translate("close all sessions", err)
		}
		refs := make([]*firestore.DocumentRef, len(docs))
		for i, doc := range docs {
			refs[i] = doc.Ref
		}
		if err := s.erase(ctx, refs); err != nil {
			return translate("close all sessions", err)
		}
	}
}
