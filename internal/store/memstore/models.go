package memstore

import (
	"context"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

// shelf is the models, and what users were granted of them.
type shelf struct {
	models    map[string]catalogue.Model
	revisions map[catalogue.Key]catalogue.Revision
	covers    map[userKey]catalogue.Cover
	used      map[userMonth]int64 // bytes
}

type userKey struct {
	uid string
	key catalogue.Key
}

type userMonth struct{ uid, month string }

func newShelf() shelf {
	return shelf{map[string]catalogue.Model{}, map[catalogue.Key]catalogue.Revision{}, map[userKey]catalogue.Cover{}, map[userMonth]int64{}}
}

func (s *shelf) model(id string) *catalogue.Model {
	m, ok := s.models[id]
	if !ok {
		return nil
	}
	m.ID, m.Published = id, slices.Clone(m.Published)
	return &m
}

func (s *shelf) revision(k catalogue.Key) *catalogue.Revision {
	r, ok := s.revisions[k]
	if !ok {
		return nil
	}
	r.Key = k
	r.Problems, r.Hashes = slices.Clone(r.Problems), slices.Clone(r.Hashes)
	if r.Config != nil {
		c := *r.Config
		c.Files = nil // not stored
		c.Schema, c.ModelID = "", ""
		r.Config = &c
	}
	return &r
}

// ApplyRevision implements catalogue.Store.
func (s *Store) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c, err := step(catalogue.View{Now: s.tick(), Model: s.shelf.model(k.Model), Revision: s.shelf.revision(k)})
	if err != nil {
		return err
	}
	if c.Revision != nil {
		s.shelf.revisions[k] = *c.Revision
	}
	if c.Model != nil {
		s.shelf.models[k.Model] = *c.Model
	}
	return nil
}

// Revision implements catalogue.Store.
func (s *Store) Revision(ctx context.Context, k catalogue.Key) (*catalogue.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shelf.revision(k), nil
}

// Model reads a model; nil if there is none.
func (s *Store) Model(ctx context.Context, id string) (*catalogue.Model, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shelf.model(id), nil
}

// Models implements catalogue.GrantStore.
func (s *Store) Models(ctx context.Context) ([]catalogue.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []catalogue.Revision{}
	for _, m := range s.shelf.models {
		if r := s.shelf.revision(catalogue.Key{Model: m.ID, Revision: m.Current()}); r != nil {
			all = append(all, *r)
		}
	}
	return all, nil
}

func (s *shelf) cover(k userKey) *catalogue.Cover {
	c, ok := s.covers[k]
	if !ok {
		return nil
	}
	c.Left = slices.Clone(c.Left)
	return &c
}

// Grantable implements catalogue.GrantStore.
func (s *Store) Grantable(ctx context.Context, uid string, k catalogue.Key) (*catalogue.Revision, *catalogue.Cover, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.Revision == "" {
		if m := s.shelf.model(k.Model); m != nil {
			k.Revision = m.Current()
		}
	}
	return s.shelf.revision(k), s.shelf.cover(userKey{uid, k}), s.tick(), nil
}

// Charge implements catalogue.GrantStore.
func (s *Store) Charge(ctx context.Context, uid string, k catalogue.Key, step func(catalogue.Ledger) (*catalogue.Booking, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.people.leaving(uid) {
		return errs.AccountGone()
	}
	now := s.tick()
	grant, month := userKey{uid, k}, userMonth{uid, quota.Month(now)}
	booking, err := step(catalogue.Ledger{Now: now, Cover: s.shelf.cover(grant), Used: s.shelf.used[month]})
	if err != nil || booking == nil {
		return err
	}
	s.shelf.covers[grant] = booking.Cover
	s.shelf.used[month] += booking.Bytes
	return nil
}

// BytesGranted returns how many bytes of weights a user was granted in a month.
func (s *Store) BytesGranted(ctx context.Context, uid, month string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shelf.used[userMonth{uid, month}], nil
}
