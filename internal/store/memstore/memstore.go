// Package memstore is a store in memory, for tests and benchmarks of what
// stands above a store. It passes the same contract suite as the real one
// (package storetest), and nothing outside tests may import it.
package memstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
)

// Store is a database of a process's own. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	now      time.Time
	projects map[string]*entry
	accounts map[string]quota.Account
	early    map[early]turn.EarlyCancel
	spent    map[string]map[string]quota.Spent // by day and instance
	shelf    shelf
	door     door
	people   people
	spoiled  map[turn.Key]bool // documents that cannot be decoded
	wake     chan struct{}     // closed at each write
	writes   int
}

// early names a turn that a user has cancelled early.
type early struct {
	uid string
	turn.Key
}

type entry struct {
	project  project.Project // without an ID: there are only segments
	turns    map[string]turn.Turn
	segments map[string][]turn.Segment // by turn, in order
	versions map[int]project.Version
	blobs    map[string]string
}

// New returns an empty store.
func New() *Store {
	return &Store{projects: map[string]*entry{}, accounts: map[string]quota.Account{}, early: map[early]turn.EarlyCancel{}, spent: map[string]map[string]quota.Spent{}, shelf: newShelf(), door: newDoor(), people: newPeople(), spoiled: map[turn.Key]bool{}, wake: make(chan struct{})}
}

// tick is a read time: it never stands still, so orders by time are total.
func (s *Store) tick() time.Time {
	s.now = s.now.Add(time.Microsecond)
	if t := time.Now().UTC().Truncate(time.Microsecond); t.After(s.now) {
		s.now = t
	}
	return s.now
}

// Written returns how often the store was written to.
func (s *Store) Written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

func (s *Store) wrote() {
	s.writes++
	close(s.wake)
	s.wake = make(chan struct{})
}

// Apply implements turn.Store.
func (s *Store) Apply(ctx context.Context, scope turn.Scope, op string, step turn.Step) (turn.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return turn.Change{}, err
	}
	v := s.view(scope)
	for _, k := range []turn.Key{{ProjectID: scope.ProjectID}, {ProjectID: scope.ProjectID, TurnID: scope.TurnID}} {
		if s.spoiled[k] {
			return turn.Change{}, errSpoiled
		}
	}
	c, err := step(v)
	if err != nil {
		return turn.Change{}, err
	}
	if c.Found {
		return c, nil
	}
	for id, p := range c.Projects() {
		s.entry(id).project = *p
	}
	for k, t := range c.Turns(scope.ProjectID) {
		s.entry(k.ProjectID).turns[k.TurnID] = *t
	}
	if c.Account != nil {
		s.accounts[scope.UID] = *c.Account
	}
	e := s.entry(scope.ProjectID)
	for _, v := range []*project.Version{c.Before, c.Version} {
		if v != nil {
			e.versions[v.Number] = *v
		}
	}
	for _, f := range c.Files {
		e.blobs[f.SHA256()] = f.Content
	}
	for _, sum := range c.Erased {
		delete(e.blobs, sum)
	}
	if c.Early != nil {
		s.early[early{scope.UID, scope.Key}] = *c.Early
	}
	s.wrote()
	return c, nil
}

func (s *Store) view(scope turn.Scope) turn.View {
	v := turn.View{Now: s.tick(), Project: s.read(scope.ProjectID), Leaving: s.people.leaving(scope.UID)}
	id := scope.TurnID
	if id == "" && v.Project != nil {
		id = v.Project.ActiveTurn
	}
	v.Turn = s.turn(turn.Key{ProjectID: scope.ProjectID, TurnID: id})
	if scope.UID == "" {
		return v
	}
	v.Prior = s.turn(turn.Key{ProjectID: scope.ProjectID, TurnID: scope.Continues})
	if e, ok := s.early[early{scope.UID, scope.Key}]; ok && scope.Early {
		v.Early = &e
	}
	v.Account = s.accounts[scope.UID]
	inTheWay := map[string]string{}
	maps.Copy(inTheWay, v.Account.Running)
	if v.Project != nil {
		inTheWay[v.Project.ID] = v.Project.ActiveTurn
		if version, ok := s.projects[v.Project.ID].versions[v.Project.CurrentVersion]; ok {
			v.Current = &version
		}
	}
	for projectID, turnID := range inTheWay {
		t := s.turn(turn.Key{ProjectID: projectID, TurnID: turnID})
		legible := !s.spoiled[turn.Key{ProjectID: projectID}] && !s.spoiled[turn.Key{ProjectID: projectID, TurnID: turnID}]
		if t != nil && legible && t.State == turn.Running && v.Now.Sub(t.RenewedAt) > scope.Lease {
			e := s.projects[projectID]
			v.Expired = append(v.Expired, turn.Expired{Turn: *t, Project: e.project, Segments: slices.Clone(e.segments[turnID])})
		}
	}
	return v
}

func (s *Store) read(projectID string) *project.Project {
	if e := s.projects[projectID]; e != nil && e.project.ID != "" {
		p := e.project
		return &p
	}
	return nil
}

func (s *Store) turn(k turn.Key) *turn.Turn {
	if e := s.projects[k.ProjectID]; e != nil {
		if t, ok := e.turns[k.TurnID]; ok {
			return &t
		}
	}
	return nil
}

// entry is a project's, made if there is none.
func (s *Store) entry(id string) *entry {
	e := s.projects[id]
	if e == nil {
		e = &entry{turns: map[string]turn.Turn{}, segments: map[string][]turn.Segment{}, versions: map[int]project.Version{}, blobs: map[string]string{}}
		s.projects[id] = e
	}
	return e
}

// Append implements turn.Store.
func (s *Store) Append(ctx context.Context, k turn.Key, segments []turn.Segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	e := s.entry(k.ProjectID)
	for _, one := range segments {
		all := slices.DeleteFunc(e.segments[k.TurnID], func(o turn.Segment) bool { return o.Offset == one.Offset })
		all = append(all, one)
		slices.SortFunc(all, func(a, b turn.Segment) int { return a.Offset - b.Offset })
		e.segments[k.TurnID] = all
	}
	s.wrote()
	return nil
}

// Follow implements turn.Store.
func (s *Store) Follow(ctx context.Context, k turn.Key) iter.Seq2[turn.Update, error] {
	return func(yield func(turn.Update, error) bool) {
		var told *turn.Turn
		size := 0
		for {
			s.mu.Lock()
			p := turn.Update{Now: s.tick()}
			t := s.turn(k)
			switch {
			case t == nil:
				p.Gone = true
			case told == nil || !reflect.DeepEqual(*told, *t):
				p.Turn, told = t, t
			}
			if e := s.projects[k.ProjectID]; e != nil {
				for _, one := range e.segments[k.TurnID] {
					if end := one.Offset + len(one.Text); end > size {
						p.Segments = append(p.Segments, one)
						size = end
					}
				}
			}
			wake := s.wake
			s.mu.Unlock()
			if (p.Gone || p.Turn != nil || p.Segments != nil) && !yield(p, nil) {
				return
			}
			select {
			case <-wake:
			case <-ctx.Done():
				yield(turn.Update{}, context.Cause(ctx))
				return
			}
		}
	}
}

// Cancels implements turn.Store.
func (s *Store) Cancels(ctx context.Context, instance string) iter.Seq2[turn.Key, error] {
	return func(yield func(turn.Key, error) bool) {
		told := map[turn.Key]bool{}
		for {
			s.mu.Lock()
			var found []turn.Key
			for id, e := range s.projects {
				for _, t := range e.turns {
					k := turn.Key{ProjectID: id, TurnID: t.ID}
					if t.Instance == instance && t.CancelRequested && !told[k] {
						told[k] = true
						found = append(found, k)
					}
				}
			}
			wake := s.wake
			s.mu.Unlock()
			for _, k := range found {
				if !yield(k, nil) {
					return
				}
			}
			select {
			case <-wake:
			case <-ctx.Done():
				yield(turn.Key{}, context.Cause(ctx))
				return
			}
		}
	}
}

// ExpiredTurns implements turn.Store.
func (s *Store) ExpiredTurns(ctx context.Context, before time.Time, after turn.Ref, most int) ([]turn.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []turn.Ref
	for id, e := range s.projects {
		for _, t := range e.turns {
			if t.State == turn.Running && t.RenewedAt.Before(before) {
				all = append(all, turn.Ref{Key: turn.Key{ProjectID: id, TurnID: t.ID}, UID: t.OwnerUID, At: t.RenewedAt})
			}
		}
	}
	return following(all, after, most), nil
}

// Unpurged implements turn.Store.
func (s *Store) Unpurged(ctx context.Context, after turn.Ref, most int) ([]turn.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []turn.Ref
	for id, e := range s.projects {
		if e.project.DeletedAt != nil && e.project.PurgedAt == nil {
			all = append(all, turn.Ref{Key: turn.Key{ProjectID: id}, UID: e.project.OwnerUID, At: *e.project.DeletedAt})
		}
	}
	return following(all, after, most), nil
}

// following returns the page of all, in order, that follows a Ref.
func following(all []turn.Ref, after turn.Ref, most int) []turn.Ref {
	order := func(a, b turn.Ref) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ProjectID, b.ProjectID), cmp.Compare(a.TurnID, b.TurnID))
	}
	if after != (turn.Ref{}) {
		all = slices.DeleteFunc(all, func(r turn.Ref) bool { return order(r, after) <= 0 })
	}
	slices.SortFunc(all, order)
	return all[:min(most, len(all))]
}

var errSpoiled = errors.New("the document cannot be decoded")

// Spoil makes a turn's document, or without a TurnID a project's, one that cannot
// be decoded, as another release may have written it.
func (s *Store) Spoil(ctx context.Context, k turn.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoiled[k] = true
	return nil
}

// Account returns what a user has used of a day, and the turns that run.
func (s *Store) Account(ctx context.Context, uid, day string) (quota.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[uid], nil
}

// Spend implements spending.Store.
func (s *Store) Spend(ctx context.Context, day, instance string, sum quota.Spent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent[day] == nil {
		s.spent[day] = map[string]quota.Spent{}
	}
	s.spent[day][instance] = sum
	return nil
}

// Spent implements spending.Store.
func (s *Store) Spent(ctx context.Context, day string) (quota.Spent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all quota.Spent
	for _, one := range s.spent[day] {
		all = all.Plus(one)
	}
	return all, nil
}

// Turn implements turn.Store.
func (s *Store) Turn(ctx context.Context, k turn.Key) (*turn.Turn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn(k), nil
}

// EarlyCancel implements turn.Store.
func (s *Store) EarlyCancel(ctx context.Context, uid string, k turn.Key) (*turn.EarlyCancel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.early[early{uid, k}]; ok {
		return &e, nil
	}
	return nil, nil
}

// UpdateProject implements project.Store.
func (s *Store) UpdateProject(ctx context.Context, id, op string, change func(*project.Project, time.Time) (bool, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.read(id)
	write, err := change(p, s.tick())
	if err != nil || !write {
		return err
	}
	s.entry(id).project = *p
	s.wrote()
	return nil
}

// Project implements project.Store and turn.Store.
func (s *Store) Project(ctx context.Context, id string) (*project.Project, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(id), nil
}

// Version implements project.Store and turn.Store.
func (s *Store) Version(ctx context.Context, id string, number int) (*project.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.projects[id]; e != nil {
		if v, ok := e.versions[number]; ok {
			return &v, nil
		}
	}
	return nil, nil
}

// Files implements project.Store and turn.Store.
func (s *Store) Files(ctx context.Context, id string, refs []project.FileRef) ([]artifact.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := make([]artifact.File, len(refs))
	for i, r := range refs {
		content, ok := s.projects[id].blobs[r.SHA256]
		if !ok {
			return nil, fmt.Errorf("read %s: %w", r.SHA256, project.ErrNoContent)
		}
		files[i] = artifact.File{Path: r.Path, Content: content}
	}
	return files, nil
}

// Projects implements project.Store.
func (s *Store) Projects(ctx context.Context, uid string, page project.Page) ([]project.Project, string, error) {
	var at time.Time
	var id string
	if page.Token != "" {
		var err error
		if at, id, err = project.ParseToken(page.Token); err != nil {
			return nil, "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []project.Project
	for _, e := range s.projects {
		p := e.project
		after := id == "" || p.UpdatedAt.Before(at) || p.UpdatedAt.Equal(at) && p.ID < id
		if p.OwnerUID == uid && p.DeletedAt == nil && after {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b project.Project) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID))
	})
	return cut(all, page, func(p project.Project) string { return project.Token(p.UpdatedAt, p.ID) }, func(*project.Project) int { return 0 })
}

// Versions implements project.Store.
func (s *Store) Versions(ctx context.Context, id string, page project.Page) ([]project.Version, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []project.Version
	if e := s.projects[id]; e != nil {
		for _, v := range e.versions {
			all = append(all, v)
		}
	}
	return numbered(all, page, func(v project.Version) int { return v.Number }, (*project.Version).Bytes)
}

// Turns implements turn.Store.
func (s *Store) Turns(ctx context.Context, id string, page project.Page) ([]turn.Turn, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []turn.Turn
	if e := s.projects[id]; e != nil {
		for _, t := range e.turns {
			t.Shorten(page.Text)
			all = append(all, t)
		}
	}
	return numbered(all, page, func(t turn.Turn) int { return t.Seq }, (*turn.Turn).Bytes)
}

// numbered is one page of all, in falling order of a number.
func numbered[T any](all []T, page project.Page, number func(T) int, bytes func(*T) int) ([]T, string, error) {
	if page.Token != "" {
		n, err := project.ParseNumber(page.Token)
		if err != nil {
			return nil, "", err
		}
		all = slices.DeleteFunc(all, func(v T) bool { return number(v) >= n })
	}
	slices.SortFunc(all, func(a, b T) int { return number(b) - number(a) })
	return cut(all, page, func(v T) string { return strconv.Itoa(number(v)) }, bytes)
}

func cut[T any](all []T, page project.Page, token func(T) string, bytes func(*T) int) ([]T, string, error) {
	total := 0
	for i := range all {
		n := bytes(&all[i])
		if page.Over(i, total, n) {
			return all[:i], token(all[i-1]), nil
		}
		total += n
	}
	return all, "", nil
}

// Purge implements turn.Store.
func (s *Store) Purge(ctx context.Context, id string, most int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	e := s.projects[id]
	if e == nil {
		return 0, nil
	}
	n := 0
	for turnID, all := range e.segments {
		part := min(most-n, len(all))
		if e.segments[turnID] = all[part:]; part == len(all) {
			delete(e.segments, turnID)
		}
		n += part
	}
	n += purge(e.turns, most-n)
	n += purge(e.versions, most-n)
	n += purge(e.blobs, most-n)
	s.wrote()
	return n, nil
}

// purge deletes at most so many entries, and returns how many.
func purge[K comparable, V any](all map[K]V, most int) int {
	n := 0
	for k := range all {
		if n == most {
			break
		}
		delete(all, k)
		n++
	}
	return n
}
