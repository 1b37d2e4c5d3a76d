package store

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/quota"
)

// ApplyRevision implements catalogue.Store.
func (s *Store) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	return s.transact(ctx, op, s.model(k.Model), func(tx *firestore.Transaction) error {
		docs, err := tx.GetAll([]*firestore.DocumentRef{s.model(k.Model), s.revision(k)})
		if err != nil {
			return err
		}
		view := catalogue.View{Now: docs[0].ReadTime}
		if view.Model, err = toModel(docs[0]); err != nil {
			return err
		}
		if view.Revision, err = toRevision(docs[1]); err != nil {
			return err
		}
		c, err := step(view)
		if err != nil {
			return err
		}
		if c.Revision != nil {
			if err := tx.Set(s.revision(k), c.Revision); err != nil {
				return err
			}
		}
		if c.Model != nil {
			return tx.Set(s.model(k.Model), c.Model)
		}
		return nil
	})
}

// Revision implements catalogue.Store.
func (s *Store) Revision(ctx context.Context, k catalogue.Key) (*catalogue.Revision, error) {
	doc, err := get(s.revision(k).Get(ctx))
	if err != nil {
		return nil, translate("read revision", err)
	}
	return toRevision(doc)
}

// Model reads a model; nil if there is none.
func (s *Store) Model(ctx context.Context, id string) (*catalogue.Model, error) {
	doc, err := get(s.model(id).Get(ctx))
	if err != nil {
		return nil, translate("read model", err)
	}
	return toModel(doc)
}

// Models implements catalogue.GrantStore.
func (s *Store) Models(ctx context.Context) ([]catalogue.Revision, error) {
	docs, err := s.client.Collection(models).Documents(ctx).GetAll()
	if err != nil {
		return nil, translate("list models", err)
	}
	var current []*firestore.DocumentRef
	for _, doc := range docs {
		m, err := toModel(doc)
		if err != nil {
			return nil, err
		}
		if m.Current() != "" {
			current = append(current, s.revision(catalogue.Key{Model: m.ID, Revision: m.Current()}))
		}
	}
	if docs, err = s.client.GetAll(ctx, current); err != nil {
		return nil, translate("read revisions", err)
	}
	all := make([]catalogue.Revision, 0, len(docs))
	for _, doc := range docs {
		r, err := toRevision(doc)
		if err != nil {
			return nil, err
		}
		if r != nil {
			all = append(all, *r)
		}
	}
	return all, nil
}

// Grantable implements catalogue.GrantStore. It reads once: where no revision is
// named, it reads the one that was current the last time along with the model,
// and again only if that has changed.
func (s *Store) Grantable(ctx context.Context, uid string, k catalogue.Key) (*catalogue.Revision, *catalogue.Cover, time.Time, error) {
	if k.Revision != "" {
		docs, err := s.client.GetAll(ctx, []*firestore.DocumentRef{s.revision(k), s.grant(uid, k)})
		if err != nil {
			return nil, nil, time.Time{}, translate("read revision and grant", err)
		}
		return grantable(docs)
	}
	if last, ok := s.current.Load(k.Model); ok {
		k.Revision = last.(string)
	}
	for {
		refs := []*firestore.DocumentRef{s.model(k.Model)}
		if k.Revision != "" {
			refs = append(refs, s.revision(k), s.grant(uid, k))
		}
		docs, err := s.client.GetAll(ctx, refs)
		if err != nil {
			return nil, nil, time.Time{}, translate("read model, revision and grant", err)
		}
		m, err := toModel(docs[0])
		switch {
		case err != nil || m == nil || m.Current() == "":
			return nil, nil, docs[0].ReadTime, err
		case m.Current() == k.Revision:
			return grantable(docs[1:])
		}
		k.Revision = m.Current()
		s.current.Store(k.Model, k.Revision)
	}
}

// grantable decodes a revision and a grant, read together.
func grantable(docs []*firestore.DocumentSnapshot) (*catalogue.Revision, *catalogue.Cover, time.Time, error) {
	now := docs[0].ReadTime
	r, err := toRevision(docs[0])
	if err != nil {
		return nil, nil, now, err
	}
	cover, err := decode[catalogue.Cover](docs[1])
	return r, cover, now, err
}

// Charge implements catalogue.GrantStore.
func (s *Store) Charge(ctx context.Context, uid string, k catalogue.Key, step func(catalogue.Ledger) (*catalogue.Booking, error)) error {
	return s.transact(ctx, "charge a grant", s.user(uid), func(tx *firestore.Transaction) error {
		if err := s.stays(ctx, tx, uid); err != nil {
			return err
		}
		doc, err := get(tx.Get(s.grant(uid, k)))
		if err != nil {
			return err
		}
		ledger := catalogue.Ledger{Now: doc.ReadTime}
		if ledger.Cover, err = decode[catalogue.Cover](doc); err != nil {
			return err
		}
		month := quota.Month(ledger.Now)
		doc, err = get(tx.Get(s.usage(uid, month)))
		if err != nil {
			return err
		}
		if used, err := decode[monthUsage](doc); err != nil {
			return err
		} else if used != nil {
			ledger.Used = used.BytesGranted
		}
		booking, err := step(ledger)
		if err != nil || booking == nil {
			return err
		}
		if booking.Bytes > 0 {
			used := monthUsage{ledger.Used + booking.Bytes}
			if err := tx.Set(s.usage(uid, month), used, firestore.Merge([]string{"bytesGranted"})); err != nil {
				return err
			}
		}
		return tx.Set(s.grant(uid, k), booking.Cover)
	})
}

// BytesGranted returns how many bytes of weights a user was granted in a month.
func (s *Store) BytesGranted(ctx context.Context, uid, month string) (int64, error) {
	doc, err := get(s.usage(uid, month).Get(ctx))
	if err != nil {
		return 0, translate("read usage", err)
	}
	u, err := decode[monthUsage](doc)
	if err != nil || u == nil {
		return 0, err
	}
	return u.BytesGranted, nil
}
