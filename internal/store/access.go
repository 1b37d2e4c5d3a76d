package store

import (
	"context"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/access"
)

// OpenSession implements access.Store.
func (s *Store) OpenSession(ctx context.Context, one access.Session) error {
	return s.transact(ctx, "open a session", s.session(one.UID, one.ID), func(tx *firestore.Transaction) error {
		if err := s.stays(ctx, tx, one.UID); err != nil {
			return err
		}
		return tx.Set(s.session(one.UID, one.ID), one)
	})
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
