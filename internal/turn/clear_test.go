package turn_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// hookedStore calls before ahead of each step.
type hookedStore struct {
	*memstore.Store
	before func(op string)
}

func (s *hookedStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if s.before != nil {
		s.before(op)
	}
	return s.Store.Apply(ctx, on, op, step)
}

// saver saves versions of one project: "all.css" is the same in each of them,
// "own.css" is what the test says.
type saver struct {
	t      *testing.T
	db     *hookedStore
	runner *turn.Runner
}

func newSaver(t *testing.T) *saver {
	db := &hookedStore{Store: memstore.New()}
	r := turn.NewRunner(db, nil, inProcess{}, turn.Settings{Lease: time.Minute}, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) })
	return &saver{t, db, r}
}

func (s *saver) request(id string) turn.Request {
	r := request()
	r.TurnID, r.PayloadHash = id, id
	return r
}

// save makes a version, in any goroutine.
func (s *saver) save(id, own string) {
	s.t.Helper()
	files := []artifact.File{{Path: "all.css", Content: "all{}"}, {Path: "own.css", Content: own}}
	_, err := s.runner.Save(s.t.Context(), s.request(id), turn.Submission{Files: files, Source: project.Edit, GeneratedBy: "x"})
	if err != nil {
		s.t.Errorf("save %s: %v", id, err)
	}
}

// saves makes versions until the project has so many. The own content of version n
// is "own n".
func (s *saver) saves(from, to int) {
	s.t.Helper()
	for n := from; n <= to; n++ {
		s.save(fmt.Sprint("s", n), fmt.Sprint("own ", n))
	}
}

// cleared waits until versions up to a number are cleared.
func (s *saver) cleared(number int) *project.Project {
	s.t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		p, err := s.db.Project(s.t.Context(), key.ProjectID)
		if err != nil {
			s.t.Fatal(err)
		}
		if p.Cleared >= number {
			return p
		}
		if time.Now().After(limit) {
			s.t.Fatalf("versions are cleared up to %d, want %d", p.Cleared, number)
		}
	}
}

// whole checks that every version that is kept can be read, and no other one.
func (s *saver) whole() {
	s.t.Helper()
	ctx := s.t.Context()
	p, err := s.db.Project(ctx, key.ProjectID)
	if err != nil {
		s.t.Fatal(err)
	}
	for n := 1; n <= p.CurrentVersion; n++ {
		_, _, files, err := project.Projects{Store: s.db}.Get(ctx, "ann", key.ProjectID, n)
		if n <= p.CurrentVersion-200 {
			if e := errs.Of(err); e == nil || e.Code != errs.FailedPrecondition || e.Reason != errs.VersionEmptied {
				s.t.Errorf("version %d of %d: %v, want version-emptied", n, p.CurrentVersion, err)
			}
		} else if err != nil || len(files) != 2 || files[0].Content == "" || files[1].Content == "" {
			s.t.Errorf("version %d of %d: %v, %v", n, p.CurrentVersion, files, err)
		}
	}
}

// TestOldVersionsAreEmptied: of each project the newest 200 versions are kept. What
// the others alone named is deleted, and given back to the user; they are listed as
// before.
func TestOldVersionsAreEmptied(t *testing.T) {
	s := newSaver(t)
	s.saves(1, 249)
	p := s.cleared(0)
	s.whole()
	if p.Cleared != 0 {
		t.Errorf("%d versions are cleared; that takes reading all others, and they are worth it from 50 on", p.Cleared)
	}
	before := p.StoredBytes
	versions, _, err := s.db.Versions(t.Context(), key.ProjectID, project.Page{Size: 300})
	if err != nil {
		t.Fatal(err)
	}

	s.saves(250, 250)
	p = s.cleared(50)
	s.whole()
	again, _, err := s.db.Versions(t.Context(), key.ProjectID, project.Page{Size: 300})
	if diff := cmp.Diff(versions, again[1:]); diff != "" || err != nil {
		t.Errorf("versions, error %v (-before +after):\n%s", err, diff)
	}
	for _, v := range again {
		_, err := s.db.Files(t.Context(), key.ProjectID, v.Files)
		if gone := errors.Is(err, project.ErrNoContent); gone != (v.Number <= 50) {
			t.Errorf("the contents of version %d: %v", v.Number, err)
		}
	}
	if _, err := s.db.Files(t.Context(), key.ProjectID, again[249].Files[:1]); err != nil {
		t.Errorf("what version 1 shares with all others: %v", err)
	}
	// The last version added its turn, its list and its content.
	last, _ := s.db.Turn(t.Context(), turn.Key{ProjectID: key.ProjectID, TurnID: "s250"})
	added := int64(last.Bytes() + again[0].Bytes() + len("own 250"))
	given := int64(9*len("own 1") + 41*len("own 10"))
	if p.StoredBytes != before+added-given {
		t.Errorf("%d bytes are stored, want %d + %d - %d", p.StoredBytes, before, added, given)
	}
	if a, _ := s.db.Account(t.Context(), "ann", ""); a.StoredBytes != p.StoredBytes {
		t.Errorf("the account has %d bytes, its only project %d", a.StoredBytes, p.StoredBytes)
	}
}

// TestAnEmptiedVersionIsNotRestored: neither one that was emptied before, nor one
// that is emptied while its restore is on the way. A restore that was made is found.
func TestAnEmptiedVersionIsNotRestored(t *testing.T) {
	s := newSaver(t)
	s.saves(1, 200)
	restore := func(id string, number int) (turn.Result, error) {
		return s.runner.Restore(t.Context(), s.request(id), number)
	}
	refused := func(what string, err error) {
		t.Helper()
		if e := errs.Of(err); e == nil || e.Code != errs.FailedPrecondition || e.Reason != errs.VersionEmptied {
			t.Errorf("%s: %v, want version-emptied", what, err)
		}
	}
	made, err := restore("r", 1) // version 201 empties version 1, and repeats it
	if err != nil {
		t.Fatal(err)
	}
	again, err := restore("r", 1)
	if diff := cmp.Diff(made, again); diff != "" || err != nil {
		t.Errorf("the same restore again, error %v (-first +second):\n%s", err, diff)
	}
	_, err = restore("another", 1)
	refused("a version that is emptied", err)

	var once sync.Once
	s.db.before = func(op string) {
		if op == "restore" {
			once.Do(func() { s.save("meanwhile", "own") })
		}
	}
	_, err = restore("late", 2)
	refused("a version that is emptied meanwhile", err)
	_, err = s.runner.Resume(t.Context(), "ann", turn.Key{ProjectID: key.ProjectID, TurnID: "s2"}, 0, func(turn.Event) error { return nil })
	refused("the turn that made such a version", err)
	s.whole()
}

// TestAVersionMadeMeanwhileIsWhole: while contents are found that nobody names any
// more, a save names one of them again.
func TestAVersionMadeMeanwhileIsWhole(t *testing.T) {
	s := newSaver(t)
	var once sync.Once
	s.db.before = func(op string) {
		if op == "clear" {
			once.Do(func() { s.save("meanwhile", "own 7") })
		}
	}
	s.saves(1, 250)
	s.cleared(50)
	s.whole()
}

// TestClearingWhileManySave: versions are saved and restored while others are
// cleared, more than once.
func TestClearingWhileManySave(t *testing.T) {
	s := newSaver(t)
	s.saves(1, 240)
	var all sync.WaitGroup
	for one := range 3 {
		all.Go(func() {
			for n := range 50 {
				s.save(fmt.Sprint("again", one, "-", n), fmt.Sprint("own ", 1+(n*7+one)%100))
				_, err := s.runner.Restore(t.Context(), s.request(fmt.Sprint("restore", one, "-", n)), 60+n*5)
				if e := errs.Of(err); err != nil && e.Reason != errs.VersionEmptied && e.Reason != errs.TurnInProgress {
					t.Errorf("restore: %v", err)
				}
			}
		})
	}
	all.Wait()
	s.save("last", "own")
	p, _ := s.db.Project(t.Context(), key.ProjectID)
	s.cleared(p.CurrentVersion - 300) // the last ones may wait for the next version
	s.whole()
}
