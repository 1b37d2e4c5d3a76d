package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
)

// people is whose account is being deleted, or was, by uid.
type people struct {
	deletions map[string]account.Deletion
	remains   map[string]account.Remains
	deletedAt map[string]time.Time
	forgotten time.Time // see SetForgotten
}

func newPeople() people {
	return people{deletions: map[string]account.Deletion{}, remains: map[string]account.Remains{}, deletedAt: map[string]time.Time{}}
}

func (p *people) leaving(uid string) bool {
	_, deleting := p.deletions[uid]
	_, gone := p.remains[uid]
	return deleting || gone
}

// Return implements access.Store.
func (s *Store) Return(ctx context.Context, uid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, gone := s.people.remains[uid]
	if !gone {
		return context.Cause(ctx)
	}
	delete(s.people.remains, uid)
	s.people.deletedAt[uid], s.door.denied[uid] = r.DeletedAt, r.Denied
	s.accounts[uid] = quota.Account{Running: map[string]string{}, Days: map[string]quota.Day{r.Day: r.Used}}
	s.shelf.used[userMonth{uid, r.Month}] = r.BytesGranted
	s.wrote()
	return nil
}

// UpdateDeletion implements account.Store.
func (s *Store) UpdateDeletion(ctx context.Context, uid string, change func(*account.Deletion, time.Time) *account.Deletion) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if _, gone := s.people.remains[uid]; gone {
		return errs.AccountGone()
	}
	var before *account.Deletion
	if d, ok := s.people.deletions[uid]; ok {
		before = &d
	}
	if after := change(before, s.tick()); after != nil {
		s.people.deletions[uid] = *after
		s.wrote()
	}
	return nil
}

// Deletions implements account.Store.
func (s *Store) Deletions(ctx context.Context, after account.Ref, most int) ([]account.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order := func(a, b account.Ref) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.UID, b.UID)) }
	var all []account.Ref
	for uid, d := range s.people.deletions {
		if ref := (account.Ref{UID: uid, Since: d.Since}); after == (account.Ref{}) || order(ref, after) > 0 {
			all = append(all, ref)
		}
	}
	slices.SortFunc(all, order)
	return all[:min(most, len(all))], context.Cause(ctx)
}

// ProjectsOf implements account.Store.
func (s *Store) ProjectsOf(ctx context.Context, uid, after string, most int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id, e := range s.projects {
		if e.project.ID != "" && e.project.OwnerUID == uid && id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(most, len(ids))], context.Cause(ctx)
}

// EraseTurns implements account.Store.
func (s *Store) EraseTurns(ctx context.Context, uid string, most int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	n := 0
	for id, e := range s.projects {
		for turnID, t := range e.turns {
			if t.OwnerUID == uid && n < most {
				n++
				delete(e.turns, turnID)
				delete(e.segments, turnID)
			}
		}
		if e.project.ID == "" && len(e.turns) == 0 {
			delete(s.projects, id)
		}
	}
	if n > 0 {
		s.wrote()
	}
	return n, nil
}

// EraseRecords implements account.Store.
func (s *Store) EraseRecords(ctx context.Context, uid string, most int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	n := 0
	part := func(mine bool) bool {
		if mine = mine && n < most; mine {
			n++
		}
		return mine
	}
	month := quota.Month(time.Now())
	maps.DeleteFunc(s.shelf.covers, func(k userKey, _ catalogue.Cover) bool { return part(k.uid == uid) })
	maps.DeleteFunc(s.door.sessions, func(k sessionKey, _ access.Session) bool { return part(k.uid == uid) })
	maps.DeleteFunc(s.early, func(k early, _ turn.EarlyCancel) bool { return part(k.uid == uid) })
	maps.DeleteFunc(s.shelf.used, func(k userMonth, _ int64) bool { return part(k.uid == uid && k.month < month) })
	if a, ok := s.accounts[uid]; ok {
		a.Days = maps.Clone(a.Days) // steps have the old map
		maps.DeleteFunc(a.Days, func(day string, _ quota.Day) bool { return part(day < month) })
		s.accounts[uid] = a
	}
	if n > 0 {
		s.wrote()
	}
	return n, nil
}

// Bury implements account.Store.
func (s *Store) Bury(ctx context.Context, uid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if _, deleting := s.people.deletions[uid]; !deleting {
		return nil
	}
	counts := account.Counts{Days: s.accounts[uid].Days, BytesGranted: map[string]int64{}}
	for k, bytes := range s.shelf.used {
		if k.uid == uid {
			counts.BytesGranted[k.month] = bytes
			delete(s.shelf.used, k)
		}
	}
	s.people.remains[uid] = account.Bury(s.tick(), s.door.denied[uid], counts, nil)
	delete(s.accounts, uid)
	delete(s.door.denied, uid)
	delete(s.people.deletions, uid)
	delete(s.people.deletedAt, uid)
	s.wrote()
	return nil
}

// Left lists what is stored of a user, but for the remains of a deleted account.
func (s *Store) Left(uid string) (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, e := range s.projects {
		if e.project.OwnerUID == uid {
			all = append(all, "project "+id)
		}
		for turnID, t := range e.turns {
			if t.OwnerUID == uid {
				all = append(all, "turn "+id+" "+turnID)
			}
		}
	}
	for k := range s.shelf.covers {
		if k.uid == uid {
			all = append(all, "grant "+k.key.Model)
		}
	}
	for k := range s.shelf.used {
		if k.uid == uid {
			all = append(all, "usage "+k.month)
		}
	}
	for k := range s.door.sessions {
		if k.uid == uid {
			all = append(all, "session "+k.id)
		}
	}
	for k := range s.early {
		if k.uid == uid {
			all = append(all, "cancelled "+k.TurnID)
		}
	}
	_, denied := s.door.denied[uid]
	_, counted := s.accounts[uid]
	_, deleting := s.people.deletions[uid]
	if denied || counted || deleting {
		all = append(all, "user")
	}
	slices.Sort(all)
	return all
}

// Record implements account.Records.
func (s *Store) Record(ctx context.Context, uid string) (account.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	below := map[string]map[string]map[string]any{}
	put := func(collection, id string, fields map[string]any) {
		if below[collection] == nil {
			below[collection] = map[string]map[string]any{}
		}
		below[collection][id] = fields
	}
	for day, d := range s.accounts[uid].Days {
		put("usage", day, map[string]any{"turns": d.Turns, "inputTokens": d.InputTokens, "outputTokens": d.OutputTokens})
	}
	for k, bytes := range s.shelf.used {
		if k.uid == uid {
			put("usage", k.month, map[string]any{"bytesGranted": bytes})
		}
	}
	for k := range s.shelf.covers {
		if k.uid == uid {
			put("grants", k.key.Model+"@"+k.key.Revision, map[string]any{})
		}
	}
	for k := range s.door.sessions {
		if k.uid == uid {
			put("sessions", k.id, map[string]any{})
		}
	}
	return account.Record{Fields: map[string]any{"denied": s.door.denied[uid]}, Below: below}, context.Cause(ctx)
}

// Drop implements turn.Store.
func (s *Store) Drop(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if e := s.projects[id]; e != nil {
		e.project = project.Project{}
		if len(e.turns)+len(e.segments)+len(e.versions)+len(e.blobs) == 0 {
			delete(s.projects, id)
		}
	}
	s.wrote()
	return nil
}

// TurnsBetween implements turn.Store.
func (s *Store) TurnsBetween(ctx context.Context, from, before time.Time, most int) ([]turn.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []turn.Ref
	for id, e := range s.projects {
		for _, t := range e.turns {
			if !t.CreatedAt.Before(from) && t.CreatedAt.Before(before) {
				all = append(all, turn.Ref{Key: turn.Key{ProjectID: id, TurnID: t.ID}, UID: t.OwnerUID, At: t.CreatedAt})
			}
		}
	}
	return following(all, turn.Ref{}, most), context.Cause(ctx)
}

// Forgotten implements turn.Store.
func (s *Store) Forgotten(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.people.forgotten, context.Cause(ctx)
}

// SetForgotten implements turn.Store.
func (s *Store) SetForgotten(ctx context.Context, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people.forgotten = until
	return context.Cause(ctx)
}
