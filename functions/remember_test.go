package functions

import (
	"context"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/store/memstore"
	"github.com/google/go-cmp/cmp"
)

// countedStore counts how often the list of models is read.
type countedStore struct {
	*memstore.Store
	models int
}

func (s *countedStore) Models(ctx context.Context) ([]catalogue.Revision, error) {
	s.models++
	return s.Store.Models(ctx)
}

// TestModelsAreRemembered: the list of models is read once, and again when this
// instance has changed one.
func TestModelsAreRemembered(t *testing.T) {
	db := &countedStore{Store: memstore.New()}
	s := remember(db, 1<<20)
	k := catalogue.Key{Model: "m", Revision: "v1"}
	list := func() (models []string) {
		all, err := s.Models(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			models = append(models, r.Key.Model)
		}
		return models
	}
	list()
	if again := list(); again != nil || db.models != 1 {
		t.Errorf("%v, read %d times", again, db.models)
	}
	err := s.ApplyRevision(t.Context(), k, "publish", func(catalogue.View) (catalogue.Change, error) {
		return catalogue.Change{Revision: &catalogue.Revision{Key: k, State: catalogue.Published}, Model: &catalogue.Model{ID: "m", Published: []string{"v1"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"m"}, list()); diff != "" || db.models != 2 {
		t.Errorf("once one is published, read %d times (-want +got):\n%s", db.models, diff)
	}
}
