package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"google.golang.org/api/iterator"
)

// RememberBy sets the key that hashes the ids of users whose accounts were deleted.
// Call it before anything else. Without a key nothing is known of deleted accounts, and
// none can be deleted.
func (s *Store) RememberBy(key []byte) { s.key = key }

// remains is what is left of a user's deleted account, in departed under a name that does not tell
// whose it was; nil without a key.
func (s *Store) remains(uid string) *firestore.DocumentRef {
	if len(s.key) == 0 {
		return nil
	}
	sum := hmac.New(sha256.New, s.key)
	sum.Write([]byte(uid))
	return s.client.Collection(departed).Doc(hex.EncodeToString(sum.Sum(nil)))
}

// person is what a user's own document says of who may come in, and of a deletion.
type person struct {
	Denied    bool              `firestore:"denied"`
	Deleting  *account.Deletion `firestore:"deleting"`
	DeletedAt time.Time         `firestore:"deletedAt"` // when an earlier account of the same id was deleted
}

// someone is what a transaction or a read finds of a user: the user's own document, or
// else what remains of a deleted account.
type someone struct {
	person  *person
	remains *account.Remains
	now     time.Time
}

// leaving says that nothing new may be stored for the user.
func (p someone) leaving() bool {
	return p.person != nil && p.person.Deleting != nil || p.person == nil && p.remains != nil
}

// someone reads a user. Remains are only asked for where there is no account.
func (s *Store) someone(ctx context.Context, uid string, read func(*firestore.DocumentRef) (*firestore.DocumentSnapshot, error)) (someone, error) {
	doc, err := get(read(s.user(uid)))
	if err != nil {
		return someone{}, err
	}
	found := someone{now: doc.ReadTime}
	if found.person, err = decode[person](doc); err != nil || found.person != nil || len(s.key) == 0 {
		return found, err
	}
	if doc, err = get(read(s.remains(uid))); err != nil {
		return found, err
	}
	found.remains, err = decode[account.Remains](doc)
	return found, err
}

// stays refuses to store anything for a user whose account is being deleted, or was.
// It reads in a transaction, before the first write.
func (s *Store) stays(ctx context.Context, tx *firestore.Transaction, uid string) error {
	found, err := s.someone(ctx, uid, tx.Get)
	if err == nil && found.leaving() {
		err = errs.AccountGone()
	}
	return err
}

// Standing implements access.Store.
func (s *Store) Standing(ctx context.Context, uid string) (access.Standing, error) {
	found, err := s.someone(ctx, uid, func(ref *firestore.DocumentRef) (*firestore.DocumentSnapshot, error) { return ref.Get(ctx) })
	switch p, r := found.person, found.remains; {
	case err != nil:
		return access.Standing{}, translate("read who may come in", err)
	case p != nil:
		return access.Standing{Denied: p.Denied, Leaving: p.Deleting != nil, DeletedAt: p.DeletedAt}, nil
	case r != nil:
		return access.Standing{Denied: r.Denied, DeletedAt: r.DeletedAt, Gone: true}, nil
	}
	return access.Standing{}, nil
}

// Return implements access.Store.
func (s *Store) Return(ctx context.Context, uid string) error {
	return s.transact(ctx, "take an account over", s.user(uid), func(tx *firestore.Transaction) error {
		found, err := s.someone(ctx, uid, tx.Get)
		r := found.remains
		if err != nil || r == nil {
			return err
		}
		fields := map[string]any{"denied": r.Denied, "deletedAt": r.DeletedAt}
		if err := tx.Set(s.user(uid), fields); err != nil {
			return err
		}
		if err := tx.Set(s.usage(uid, r.Day), r.Used); err != nil {
			return err
		}
		if err := tx.Set(s.usage(uid, r.Month), monthUsage{r.BytesGranted}); err != nil {
			return err
		}
		return tx.Delete(s.remains(uid))
	})
}

// Deny sets whether a user is denied, also one whose account was deleted.
func (s *Store) Deny(ctx context.Context, uid string, denied bool) error {
	return s.transact(ctx, "deny a user", s.user(uid), func(tx *firestore.Transaction) error {
		found, err := s.someone(ctx, uid, tx.Get)
		if err != nil {
			return err
		}
		doc := s.user(uid)
		if found.person == nil && found.remains != nil {
			doc = s.remains(uid)
		}
		return tx.Set(doc, map[string]any{"denied": denied}, firestore.Merge([]string{"denied"}))
	})
}

// UpdateDeletion implements account.Store.
func (s *Store) UpdateDeletion(ctx context.Context, uid string, change func(*account.Deletion, time.Time) *account.Deletion) error {
	return s.transact(ctx, "delete an account", s.user(uid), func(tx *firestore.Transaction) error {
		found, err := s.someone(ctx, uid, tx.Get)
		if err != nil {
			return err
		}
		var before *account.Deletion
		if found.person != nil {
			before = found.person.Deleting
		} else if found.remains != nil {
			return errs.AccountGone()
		}
		after := change(before, found.now)
		if after == nil {
			return nil
		}
		return tx.Set(s.user(uid), map[string]any{"deleting": after}, firestore.Merge([]string{"deleting"}))
	})
}

// Deletions implements account.Store.
func (s *Store) Deletions(ctx context.Context, after account.Ref, most int) ([]account.Ref, error) {
	const since = "deleting.since"
	q := s.client.Collection(users).Where(since, ">", time.Unix(0, 0)).Select(since).
		OrderBy(since, firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc).Limit(most)
	if after != (account.Ref{}) {
		q = q.StartAfter(after.Since, after.UID)
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, translate("list deletions", err)
	}
	all := make([]account.Ref, 0, len(docs))
	for _, doc := range docs {
		at, _ := doc.DataAt(since)
		begun, _ := at.(time.Time)
		all = append(all, account.Ref{UID: doc.Ref.ID, Since: begun})
	}
	return all, nil
}

// ProjectsOf implements account.Store.
func (s *Store) ProjectsOf(ctx context.Context, uid, after string, most int) ([]string, error) {
	q := s.client.Collection(projects).Where("ownerUid", "==", uid).Select().OrderBy(firestore.DocumentID, firestore.Asc).Limit(most)
	if after != "" {
		q = q.StartAfter(after)
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, translate("list projects", err)
	}
	ids := make([]string, 0, len(docs))
	for _, doc := range docs {
		ids = append(ids, doc.Ref.ID)
	}
	return ids, nil
}

// EraseTurns implements account.Store.
func (s *Store) EraseTurns(ctx context.Context, uid string, most int) (int, error) {
	docs, err := s.client.CollectionGroup(turns).Where("ownerUid", "==", uid).Select().Limit(most).Documents(ctx).GetAll()
	if err != nil {
		return 0, translate("list turns", err)
	}
	var found []*firestore.DocumentRef
	for _, doc := range docs {
		below, err := doc.Ref.Collection(segments).Select().Limit(most).Documents(ctx).GetAll()
		if err != nil {
			return 0, translate("list segments", err)
		}
		for _, one := range below {
			found = append(found, one.Ref)
		}
		if found = append(found, doc.Ref); len(found) >= most {
			found = found[:most]
			break
		}
	}
	return len(found), translate("erase turns", s.erase(ctx, found))
}

// EraseRecords implements account.Store. It looks for every collection that there is,
// so that none is forgotten.
func (s *Store) EraseRecords(ctx context.Context, uid string, most int) (int, error) {
	below, err := s.user(uid).Collections(ctx).GetAll()
	if err != nil {
		return 0, translate("list what is stored of a user", err)
	}
	var found []*firestore.DocumentRef
	for _, c := range below {
		q := c.Select().Limit(most - len(found))
		if c.ID == usage {
			q = q.Where(firestore.DocumentID, "<", c.Doc(quota.Month(time.Now()))) // names of days begin with those of months
		}
		docs, err := q.Documents(ctx).GetAll()
		if err != nil {
			return 0, translate("list what is stored of a user", err)
		}
		for _, doc := range docs {
			found = append(found, doc.Ref)
		}
		if len(found) == most {
			break
		}
	}
	return len(found), translate("erase what is stored of a user", s.erase(ctx, found))
}

// Bury implements account.Store.
func (s *Store) Bury(ctx context.Context, uid string) error {
	remains := s.remains(uid)
	if remains == nil {
		return errors.New("bury an account: there is no key: see RememberBy")
	}
	return s.transact(ctx, "bury an account", s.user(uid), func(tx *firestore.Transaction) error {
		docs, err := tx.GetAll([]*firestore.DocumentRef{s.user(uid), remains})
		if err != nil {
			return err
		}
		p, err := decode[person](docs[0])
		if err != nil || p == nil || p.Deleting == nil {
			return err
		}
		earlier, err := decode[account.Remains](docs[1])
		if err != nil {
			return err
		}
		used, err := tx.Documents(s.user(uid).Collection(usage)).GetAll()
		if err != nil {
			return err
		}
		counts, err := countsOf(used)
		if err != nil {
			return err
		}
		if err := tx.Set(remains, account.Bury(docs[0].ReadTime, p.Denied, counts, earlier)); err != nil {
			return err
		}
		for _, doc := range used {
			if err := tx.Delete(doc.Ref); err != nil {
				return err
			}
		}
		return tx.Delete(s.user(uid))
	})
}

// countsOf decodes what a user has used: each document is of a day or of a month.
func countsOf(docs []*firestore.DocumentSnapshot) (account.Counts, error) {
	c := account.Counts{Days: map[string]quota.Day{}, BytesGranted: map[string]int64{}}
	for _, doc := range docs {
		if len(doc.Ref.ID) == len("2026-11") {
			m, err := decode[monthUsage](doc)
			if err != nil {
				return c, err
			}
			c.BytesGranted[doc.Ref.ID] = m.BytesGranted
			continue
		}
		d, err := decode[quota.Day](doc)
		if err != nil {
			return c, err
		}
		c.Days[doc.Ref.ID] = *d
	}
	return c, nil
}

// Record implements account.Records.
func (s *Store) Record(ctx context.Context, uid string) (account.Record, error) {
	r := account.Record{Fields: map[string]any{}, Below: map[string]map[string]map[string]any{}}
	doc, err := get(s.user(uid).Get(ctx))
	if err != nil {
		return r, translate("read a user", err)
	}
	maps.Copy(r.Fields, doc.Data())
	below, err := s.user(uid).Collections(ctx).GetAll()
	if err != nil {
		return r, translate("list what is stored of a user", err)
	}
	for _, c := range below {
		r.Below[c.ID] = map[string]map[string]any{}
		docs := c.Limit(account.MostRecords).Documents(ctx)
		for {
			doc, err := docs.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				docs.Stop()
				return r, translate("read what is stored of a user", err)
			}
			r.Below[c.ID][doc.Ref.ID] = doc.Data()
		}
		docs.Stop()
	}
	return r, nil
}

// Drop implements turn.Store.
func (s *Store) Drop(ctx context.Context, id string) error {
	_, err := s.project(id).Delete(ctx)
	return translate("drop a project", err)
}

// TurnsBetween implements turn.Store.
func (s *Store) TurnsBetween(ctx context.Context, from, before time.Time, most int) ([]turn.Ref, error) {
	q := s.client.CollectionGroup(turns).Where("createdAt", ">=", from).Where("createdAt", "<", before)
	return refs(ctx, q, "createdAt", turn.Ref{}, nil, most, keyOf)
}

// progress is how far work has come that goes through all turns in order.
type progress struct {
	Until time.Time `firestore:"until"`
}

func (s *Store) forgotten() *firestore.DocumentRef {
	return s.client.Collection(maintenance).Doc("retention")
}

// Forgotten implements turn.Store.
func (s *Store) Forgotten(ctx context.Context) (time.Time, error) {
	doc, err := get(s.forgotten().Get(ctx))
	if err != nil {
		return time.Time{}, translate("read how far the retention is", err)
	}
	p, err := decode[progress](doc)
	if err != nil || p == nil {
		return time.Time{}, err
	}
	return p.Until, nil
}

// SetForgotten implements turn.Store.
func (s *Store) SetForgotten(ctx context.Context, until time.Time) error {
	if _, err := s.forgotten().Set(ctx, progress{until}); err != nil {
		return translate("note how far the retention is", fmt.Errorf("until %v: %w", until, err))
	}
	return nil
}
