package turn_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/turn"
)

// apply runs a step for ann, which must succeed.
func apply(t *testing.T, db turn.Store, k turn.Key, step turn.Step) turn.Change {
	t.Helper()
	c, err := db.Apply(t.Context(), turn.Scope{Key: k, UID: "ann", Lease: time.Hour}, "test", step)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// abandoned stores a running turn in a project of its own, which no instance runs.
func abandoned(t *testing.T, db turn.Store, projectID string) {
	t.Helper()
	r := request()
	r.ProjectID, r.Limits.ConcurrentTurns, r.Limits.DailyTurns, r.Limits.DailyTokens = projectID, 1000, 1000, 1e6
	apply(t, db, r.Key, turn.Accept(r, "run", "gone", 10))
}
