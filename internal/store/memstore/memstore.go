// Package memstore is a store in memory, for tests and benchmarks of what
// stands above a store. It passes the same contract suite as the real one
// (package storetest), and nothing outside tests may import it.
package memstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
)

// Store is a database of a process's own. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	now      time.Time
	projects map[string]*entry
	shelf    shelf
	wake     chan struct{} // closed at each write
}

type entry struct {
	project  project.Project
	turns    map[string]turn.Turn
	versions map[int]project.Version
	blobs    map[string]string
}

// New returns an empty store.
func New() *Store {
	return &Store{projects: map[string]*entry{}, shelf: newShelf(), wake: make(chan struct{})}
}

// tick is a read time: it never stands still, so orders by time are total.
func (s *Store) tick() time.Time {
	s.now = s.now.Add(time.Microsecond)
	if t := time.Now().UTC().Truncate(time.Microsecond); t.After(s.now) {
		s.now = t
	}
	return s.now
}

func (s *Store) wrote() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// Apply implements turn.Store.
func (s *Store) Apply(ctx context.Context, k turn.Key, op string, step turn.Step) (turn.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return turn.Change{}, err
	}
	view := turn.View{Now: s.tick()}
	e := s.projects[k.ProjectID]
	if e != nil {
		p := e.project
		view.Project = &p
		if t, ok := e.turns[k.TurnID]; ok {
			view.Turn = &t
		}
		if v, ok := e.versions[p.CurrentVersion]; ok {
			view.Current = &v
		}
	}
	c, err := step(view)
	if err != nil {
		return turn.Change{}, err
	}
	if c.Found {
		return c, nil
	}
	if e == nil {
		e = &entry{turns: map[string]turn.Turn{}, versions: map[int]project.Version{}, blobs: map[string]string{}}
		s.projects[k.ProjectID] = e
	}
	e.project, e.turns[k.TurnID] = c.Project, c.Turn
	if c.Version != nil {
		e.versions[c.Version.Number] = *c.Version
	}
	for _, f := range c.Files {
		e.blobs[f.SHA256()] = f.Content
	}
	s.wrote()
	return c, nil
}

// UpdateProject implements project.Store.
func (s *Store) UpdateProject(ctx context.Context, id, op string, change func(*project.Project, time.Time) (bool, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p *project.Project
	e := s.projects[id]
	if e != nil {
		copied := e.project
		p = &copied
	}
	write, err := change(p, s.tick())
	if err != nil || !write {
		return err
	}
	e.project = *p
	s.wrote()
	return nil
}

// Wait implements turn.Store.
func (s *Store) Wait(ctx context.Context, k turn.Key) (turn.Turn, error) {
	for {
		s.mu.Lock()
		var t turn.Turn
		ok := false
		if e := s.projects[k.ProjectID]; e != nil {
			t, ok = e.turns[k.TurnID]
		}
		wake := s.wake
		s.mu.Unlock()
		switch {
		case !ok:
			return turn.Turn{}, project.Authorize(nil, "", k.ProjectID)
		case t.State != turn.Running:
			return t, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return turn.Turn{}, context.Cause(ctx)
		}
	}
}

// Project implements project.Store and turn.Store.
func (s *Store) Project(ctx context.Context, id string) (*project.Project, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.projects[id]; e != nil {
		p := e.project
		return &p, nil
	}
	return nil, nil
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
		files[i] = artifact.File{Path: r.Path, Content: s.projects[id].blobs[r.SHA256]}
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
	return cut(all, page.Size, func(p project.Project) string { return project.Token(p.UpdatedAt, p.ID) })
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
	return numbered(all, page, func(v project.Version) int { return v.Number })
}

// Turns implements turn.Store.
func (s *Store) Turns(ctx context.Context, id string, page project.Page) ([]turn.Turn, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []turn.Turn
	if e := s.projects[id]; e != nil {
		for _, t := range e.turns {
			all = append(all, t)
		}
	}
	return numbered(all, page, func(t turn.Turn) int { return t.Seq })
}

// numbered is one page of all, in falling order of a number.
func numbered[T any](all []T, page project.Page, number func(T) int) ([]T, string, error) {
	if page.Token != "" {
		n, err := project.ParseNumber(page.Token)
		if err != nil {
			return nil, "", err
		}
		all = slices.DeleteFunc(all, func(v T) bool { return number(v) >= n })
	}
	slices.SortFunc(all, func(a, b T) int { return number(b) - number(a) })
	return cut(all, page.Size, func(v T) string { return strconv.Itoa(number(v)) })
}

func cut[T any](all []T, size int, token func(T) string) ([]T, string, error) {
	if len(all) <= size {
		return all, "", nil
	}
	return all[:size], token(all[size-1]), nil
}

// Purge implements project.Store.
func (s *Store) Purge(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.projects[id]; e != nil {
		clear(e.turns)
		clear(e.versions)
		clear(e.blobs)
		s.wrote()
	}
	return nil
}
