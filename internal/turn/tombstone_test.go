package turn_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// TestATombstoneHasNoWords: of a deleted project only what later calls need is kept,
// and that for a month. One that an older release has deleted loses its words when it
// is purged.
func TestATombstoneHasNoWords(t *testing.T) {
	for _, tc := range []struct {
		name string
		old  bool
	}{{"deleted by this release", false}, {"deleted by an older one", true}} {
		t.Run(tc.name, func(t *testing.T) {
			db := memstore.New()
			apply(t, db, key, turn.Settle(request(), "run", turn.Ending{State: turn.Complete, Source: project.Edit, GeneratedBy: "my own words"}, &turn.NewVersion{Files: nil}))
			err := db.UpdateProject(t.Context(), "p", "test", func(p *project.Project, now time.Time) (bool, error) {
				p.Name, p.GeneratedBy, p.Source = "my own words", "my own words", project.Edit
				if tc.old {
					p.DeletedAt = &now
				}
				return true, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			apply(t, db, turn.Key{ProjectID: "p"}, turn.Delete("ann", "p"))
			apply(t, db, turn.Key{ProjectID: "p"}, turn.Purged())
			p, err := db.Project(t.Context(), "p")
			if err != nil {
				t.Fatal(err)
			}
			want := &project.Project{ID: "p", OwnerUID: "ann", CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, Seq: 1, DeletedAt: p.DeletedAt, PurgedAt: p.PurgedAt, ExpireAt: new(p.PurgedAt.Add(30 * 24 * time.Hour))}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Errorf("the tombstone (-want +got):\n%s", diff)
			}
		})
	}
}
