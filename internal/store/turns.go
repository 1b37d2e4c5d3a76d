package store

import (
	"context"
	"errors"
	"iter"
	"maps"
	"reflect"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"google.golang.org/api/iterator"
)

// Apply implements turn.Store.
func (s *Store) Apply(ctx context.Context, scope turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if scope.Insist {
		ctx = insisting(ctx)
	}
	if scope.UID != "" { // the step may write the account, as the user's turns in other projects do
		unlock, err := s.writing.Lock(ctx, s.user(scope.UID).Path)
		if err != nil {
			return turn.Change{}, err
		}
		defer unlock()
	}
	var c turn.Change
	err := s.transact(ctx, op, s.project(scope.ProjectID), func(tx *firestore.Transaction) error {
		view, err := s.view(tx, scope)
		if err != nil {
			return err
		}
		if c, err = step(view); err != nil || c.Found {
			return err
		}
		return s.write(tx, scope, view.Account, c)
	})
	if err != nil {
		return turn.Change{}, err
	}
	return c, nil
}

// view reads what a step sees, in as few rounds as it takes to know what that is.
func (s *Store) view(tx *firestore.Transaction, scope turn.Scope) (turn.View, error) {
	r := reader{store: s, tx: tx}
	prior := turn.Key{ProjectID: scope.ProjectID, TurnID: scope.Continues}
	first := []*firestore.DocumentRef{s.project(scope.ProjectID)}
	if scope.TurnID != "" {
		first = append(first, s.turn(scope.Key))
	}
	if scope.UID != "" {
		first = append(first, s.user(scope.UID))
	}
	if scope.Continues != "" {
		first = append(first, s.turn(prior))
	}
	if scope.Early {
		first = append(first, s.cancelled(scope.UID, scope.Key))
	}
	r.read(first...)
	v := turn.View{Now: r.now}
	v.Project = decoded(&r, s.project(scope.ProjectID), toProject)
	own := scope.Key
	if own.TurnID == "" && v.Project != nil && v.Project.ActiveTurn != "" {
		own.TurnID = v.Project.ActiveTurn
		r.read(s.turn(own))
	}
	if own.TurnID != "" {
		v.Turn = decoded(&r, s.turn(own), toTurn)
	}
	if scope.UID == "" || r.err != nil {
		return v, r.err
	}
	if scope.Continues != "" {
		v.Prior = decoded(&r, s.turn(prior), toTurn)
	}
	if scope.Early {
		v.Early = decoded(&r, s.cancelled(scope.UID, scope.Key), decode[turn.EarlyCancel])
	}
	r.account(scope, &v)
	return v, r.err
}

// account reads the rest of a view: the account of the scope's user, the current
// version, and the expired turns in the way.
func (r *reader) account(scope turn.Scope, v *turn.View) {
	s := r.store
	v.Account = decoded(r, s.user(scope.UID), decode[user]).account()
	departed := s.remains(scope.UID)
	if who := decoded(r, s.user(scope.UID), decode[person]); who != nil {
		v.Leaving, departed = who.Deleting != nil, nil
	}
	inTheWay := maps.Clone(v.Account.Running)
	if v.Project != nil && v.Project.ActiveTurn != "" {
		inTheWay[v.Project.ID] = v.Project.ActiveTurn
	}
	days := map[string]bool{quota.Today(v.Now): true}
	if v.Turn != nil && v.Turn.Day != "" {
		days[v.Turn.Day] = true
	}
	var refs []*firestore.DocumentRef
	for projectID, turnID := range inTheWay {
		refs = append(refs, s.turn(turn.Key{ProjectID: projectID, TurnID: turnID}))
	}
	for day := range days {
		refs = append(refs, s.usage(scope.UID, day))
	}
	if v.Project != nil && v.Project.CurrentVersion > 0 {
		refs = append(refs, s.version(v.Project.ID, v.Project.CurrentVersion))
	}
	if departed != nil {
		refs = append(refs, departed)
	}
	r.read(refs...)
	v.Leaving = v.Leaving || departed != nil && decoded(r, departed, decode[account.Remains]) != nil
	if v.Project != nil && v.Project.CurrentVersion > 0 {
		v.Current = decoded(r, s.version(v.Project.ID, v.Project.CurrentVersion), toVersion)
	}
	for projectID, turnID := range inTheWay {
		x := r.expired(turn.Key{ProjectID: projectID, TurnID: turnID}, v.Now.Add(-scope.Lease))
		if x == nil {
			continue
		}
		v.Expired = append(v.Expired, *x)
		if day := x.Turn.Day; day != "" {
			days[day] = true
			r.read(s.usage(scope.UID, day))
		}
	}
	for day := range days {
		if d := decoded(r, s.usage(scope.UID, day), decode[quota.Day]); d != nil {
			v.Account.Days[day] = *d
		}
	}
}

// expired returns a turn with its project and segments if it runs and was last
// renewed before a time; otherwise nil. The turn has been read. One that cannot be
// decoded, or whose project cannot, is passed over: it must not keep its user's
// other turns from beginning and ending. A step upon that turn itself, as of the
// sweep, has failed by now and names it.
func (r *reader) expired(k turn.Key, before time.Time) *turn.Expired {
	t := legible(r, r.store.turn(k), toTurn)
	if t == nil || t.State != turn.Running || !t.RenewedAt.Before(before) {
		return nil
	}
	r.read(r.store.project(k.ProjectID))
	p := legible(r, r.store.project(k.ProjectID), toProject)
	if p == nil {
		return nil
	}
	return &turn.Expired{Turn: *t, Project: *p, Segments: r.segments(k)}
}

// reader reads documents in a transaction, each once, and keeps its first
// error.
type reader struct {
	store *Store
	tx    *firestore.Transaction
	docs  map[string]*firestore.DocumentSnapshot // by path
	now   time.Time                              // of the first read
	err   error
}

func (r *reader) read(refs ...*firestore.DocumentRef) {
	var missing []*firestore.DocumentRef
	for _, ref := range refs {
		if r.docs[ref.Path] == nil {
			missing = append(missing, ref)
		}
	}
	if r.err != nil || len(missing) == 0 {
		return
	}
	docs, err := r.tx.GetAll(missing)
	if err != nil {
		r.err = err
		return
	}
	if r.docs == nil {
		r.docs, r.now = map[string]*firestore.DocumentSnapshot{}, docs[0].ReadTime
	}
	for _, doc := range docs {
		r.docs[doc.Ref.Path] = doc
	}
}

func decoded[T any](r *reader, ref *firestore.DocumentRef, decode func(*firestore.DocumentSnapshot) (*T, error)) *T {
	doc := r.docs[ref.Path]
	if r.err != nil || doc == nil {
		return nil
	}
	v, err := decode(doc)
	if err != nil {
		r.err = err
	}
	return v
}

// legible is decoded, but nil for what cannot be decoded.
func legible[T any](r *reader, ref *firestore.DocumentRef, decode func(*firestore.DocumentSnapshot) (*T, error)) *T {
	doc := r.docs[ref.Path]
	if r.err != nil || doc == nil {
		return nil
	}
	v, err := decode(doc)
	if err != nil {
		return nil
	}
	return v
}

// segments reads a turn's segments up to one that cannot be decoded: what follows
// that would come after a gap.
func (r *reader) segments(k turn.Key) []turn.Segment {
	if r.err != nil {
		return nil
	}
	docs, err := r.tx.Documents(r.store.segments(k).OrderBy(firestore.DocumentID, firestore.Asc)).GetAll()
	if err != nil {
		r.err = err
		return nil
	}
	all := make([]turn.Segment, 0, len(docs))
	for _, doc := range docs {
		one, err := toSegment(doc)
		if err != nil {
			break
		}
		all = append(all, *one)
	}
	return all
}

// write writes a change. before is the account as it was read.
func (s *Store) write(tx *firestore.Transaction, scope turn.Scope, before quota.Account, c turn.Change) error {
	for id, p := range c.Projects() {
		if err := tx.Set(s.project(id), p); err != nil {
			return err
		}
	}
	for k, t := range c.Turns(scope.ProjectID) {
		if err := tx.Set(s.turn(k), t); err != nil {
			return err
		}
	}
	if c.Account != nil {
		if was, now := userOf(before), userOf(*c.Account); !reflect.DeepEqual(was, now) {
			if err := tx.Set(s.user(scope.UID), now, userFields); err != nil {
				return err
			}
		}
		for name, day := range c.Account.Days {
			if day == before.Days[name] {
				continue
			}
			if err := tx.Set(s.usage(scope.UID, name), day); err != nil {
				return err
			}
		}
	}
	for _, f := range c.Files {
		if err := tx.Set(s.blob(scope.ProjectID, f.SHA256()), blob{f.Content}); err != nil {
			return err
		}
	}
	for _, sum := range c.Erased {
		if err := tx.Delete(s.blob(scope.ProjectID, sum)); err != nil {
			return err
		}
	}
	if c.Early != nil {
		if err := tx.Set(s.cancelled(scope.UID, scope.Key), c.Early); err != nil {
			return err
		}
	}
	for _, v := range []*project.Version{c.Before, c.Version} {
		if v == nil {
			continue
		}
		if err := tx.Create(s.version(scope.ProjectID, v.Number), version{*v, v.Number}); err != nil { // versions never change
			return err
		}
	}
	return nil
}

// Append implements turn.Store. It writes one segment after the other, so that a
// failure leaves no gap; nearly always there is only one.
func (s *Store) Append(ctx context.Context, k turn.Key, segments []turn.Segment) error {
	for _, one := range segments {
		if _, err := s.segment(k, one.Offset).Set(ctx, one); err != nil {
			return translate("append", err)
		}
	}
	return nil
}

// Follow implements turn.Store: two listeners, one on the turn and one on its
// segments, as one sequence.
func (s *Store) Follow(ctx context.Context, k turn.Key) iter.Seq2[turn.Update, error] {
	return func(yield func(turn.Update, error) bool) {
		var listening sync.WaitGroup
		defer listening.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		type news struct {
			update turn.Update
			err    error
		}
		all := make(chan news)
		tell := func(u turn.Update, err error) bool {
			select {
			case all <- news{u, err}:
				return err == nil
			case <-ctx.Done():
				return false
			}
		}
		listening.Go(func() { listenTurn(ctx, turnRef(s.listenClient, k), tell) })
		listening.Go(func() { listenSegments(ctx, turnRef(s.listenClient, k), tell) })
		for {
			select {
			case n := <-all:
				if !yield(n.update, n.err) || n.err != nil {
					return
				}
			case <-ctx.Done():
				yield(turn.Update{}, context.Cause(ctx))
				return
			}
		}
	}
}

// listenTurn tells of a turn's document, now and whenever it changes, until tell
// returns false.
func listenTurn(ctx context.Context, ref *firestore.DocumentRef, tell func(turn.Update, error) bool) {
	changes := ref.Snapshots(ctx)
	defer changes.Stop()
	for {
		doc, err := changes.Next()
		if err != nil {
			tell(turn.Update{}, translate("follow", err))
			return
		}
		t, err := toTurn(doc)
		if !tell(turn.Update{Now: doc.ReadTime, Turn: t, Gone: t == nil}, err) {
			return
		}
	}
}

// listenSegments tells of a turn's segments, first of all and then of new and
// changed ones, until tell returns false.
func listenSegments(ctx context.Context, ref *firestore.DocumentRef, tell func(turn.Update, error) bool) {
	changes := ref.Collection(segments).OrderBy(firestore.DocumentID, firestore.Asc).Snapshots(ctx)
	defer changes.Stop()
	for {
		snapshot, err := changes.Next()
		if err != nil {
			tell(turn.Update{}, translate("follow segments", err))
			return
		}
		var u turn.Update
		for _, change := range snapshot.Changes {
			if change.Kind == firestore.DocumentRemoved {
				continue
			}
			one, err := toSegment(change.Doc)
			if err != nil {
				tell(u, err)
				return
			}
			u.Segments = append(u.Segments, *one)
		}
		if len(u.Segments) > 0 && !tell(u, nil) {
			return
		}
	}
}

// Cancels implements turn.Store.
func (s *Store) Cancels(ctx context.Context, instance string) iter.Seq2[turn.Key, error] {
	return func(yield func(turn.Key, error) bool) {
		changes := s.listenClient.CollectionGroup(turns).Where("instance", "==", instance).Where("cancelRequested", "==", true).Snapshots(ctx)
		defer changes.Stop()
		for {
			snapshot, err := changes.Next()
			if err != nil {
				yield(turn.Key{}, translate("listen for cancels", err))
				return
			}
			for _, change := range snapshot.Changes {
				if change.Kind == firestore.DocumentAdded && !yield(keyOf(change.Doc), nil) {
					return
				}
			}
		}
	}
}

// ExpiredTurns implements turn.Store.
func (s *Store) ExpiredTurns(ctx context.Context, before time.Time, after turn.Ref, most int) ([]turn.Ref, error) {
	q := s.client.CollectionGroup(turns).Where("state", "==", turn.Running).Where("renewedAt", "<", before)
	return refs(ctx, q, "renewedAt", after, s.turn(after.Key), most, keyOf)
}

// Unpurged implements turn.Store.
func (s *Store) Unpurged(ctx context.Context, after turn.Ref, most int) ([]turn.Ref, error) {
	q := s.client.Collection(projects).Where("purgedAt", "==", nil).Where("deletedAt", ">", time.Unix(0, 0))
	return refs(ctx, q, "deletedAt", after, s.project(after.ProjectID), most, func(doc *firestore.DocumentSnapshot) turn.Key {
		return turn.Key{ProjectID: doc.Ref.ID}
	})
}

// refs reads a page of references in the order of a time, after the document of
// one that was read before. Documents are not decoded, so that one which cannot be
// is listed too.
func refs(ctx context.Context, q firestore.Query, order string, after turn.Ref, last *firestore.DocumentRef, most int, key func(*firestore.DocumentSnapshot) turn.Key) ([]turn.Ref, error) {
	const owner = "ownerUid"
	q = q.Select(owner, order).OrderBy(order, firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc).Limit(most)
	if after != (turn.Ref{}) {
		q = q.StartAfter(after.At, last)
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, translate("list what is left", err)
	}
	all := make([]turn.Ref, 0, len(docs))
	for _, doc := range docs {
		fields := doc.Data()
		uid, _ := fields[owner].(string)
		at, _ := fields[order].(time.Time)
		all = append(all, turn.Ref{Key: key(doc), UID: uid, At: at})
	}
	return all, nil
}

// Account returns what a user has used of a day, and the turns that run.
func (s *Store) Account(ctx context.Context, uid, day string) (quota.Account, error) {
	docs, err := s.client.GetAll(ctx, []*firestore.DocumentRef{s.user(uid), s.usage(uid, day)})
	if err != nil {
		return quota.Account{}, translate("read usage", err)
	}
	u, err := decode[user](docs[0])
	if err != nil {
		return quota.Account{}, err
	}
	a := u.account()
	d, err := decode[quota.Day](docs[1])
	if d != nil {
		a.Days[day] = *d
	}
	return a, err
}

// Turn implements turn.Store.
func (s *Store) Turn(ctx context.Context, k turn.Key) (*turn.Turn, error) {
	doc, err := get(s.turn(k).Get(ctx))
	if err != nil {
		return nil, translate("read turn", err)
	}
	return toTurn(doc)
}

// EarlyCancel implements turn.Store.
func (s *Store) EarlyCancel(ctx context.Context, uid string, k turn.Key) (*turn.EarlyCancel, error) {
	doc, err := get(s.cancelled(uid, k).Get(ctx))
	if err != nil {
		return nil, translate("read cancel", err)
	}
	return decode[turn.EarlyCancel](doc)
}

// Turns implements turn.Store.
func (s *Store) Turns(ctx context.Context, id string, page project.Page) ([]turn.Turn, string, error) {
	q, err := before(s.project(id).Collection(turns).OrderBy("seq", firestore.Desc), page.Token)
	if err != nil {
		return nil, "", err
	}
	short := func(doc *firestore.DocumentSnapshot) (*turn.Turn, error) {
		t, err := toTurn(doc)
		if t != nil {
			t.Shorten(page.Text)
		}
		return t, err
	}
	list, more, err := pageOf(ctx, q, page, short, (*turn.Turn).Bytes)
	if err != nil || !more {
		return list, "", err
	}
	return list, strconv.Itoa(list[len(list)-1].Seq), nil
}

// Purge implements turn.Store.
func (s *Store) Purge(ctx context.Context, id string, most int) (int, error) {
	found, err := s.below(ctx, id, most)
	if err != nil {
		return 0, translate("list what is to be purged", err)
	}
	return len(found), translate("purge", s.erase(ctx, found))
}

// below lists at most so many documents below a project.
func (s *Store) below(ctx context.Context, id string, most int) ([]*firestore.DocumentRef, error) {
	var found []*firestore.DocumentRef
	list := func(c *firestore.CollectionRef) error {
		if len(found) == most {
			return nil
		}
		docs, err := c.Select().Limit(most - len(found)).Documents(ctx).GetAll()
		for _, doc := range docs {
			found = append(found, doc.Ref)
		}
		return err
	}
	// The references of turns, unlike a query, name a turn that is gone for as long
	// as it has segments.
	all := s.project(id).Collection(turns).DocumentRefs(ctx)
	for len(found) < most {
		one, err := all.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := list(one.Collection(segments)); err != nil {
			return nil, err
		}
		if len(found) < most {
			found = append(found, one)
		}
	}
	for _, name := range []string{versions, blobs} {
		if err := list(s.project(id).Collection(name)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// erase deletes documents; that they are gone already is no error.
func (s *Store) erase(ctx context.Context, docs []*firestore.DocumentRef) error {
	writer := s.client.BulkWriter(ctx)
	jobs := make([]*firestore.BulkWriterJob, 0, len(docs))
	for _, doc := range docs {
		job, err := writer.Delete(doc)
		if err != nil {
			writer.End()
			return err
		}
		jobs = append(jobs, job)
	}
	writer.End()
	for _, job := range jobs {
		if _, err := job.Results(); err != nil {
			return err
		}
	}
	return nil
}
