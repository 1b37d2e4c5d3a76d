//go:build rollback

package releases_test

import (
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"github.com/google/go-cmp/cmp"
)

// TestRollback: what this release stores is answered by the release before as this one
// does, and can be written on. Only of early cancels it does not know.
func TestRollback(t *testing.T) {
	if *before == "" {
		t.Fatal("the server of the release before is not named: see -before")
	}
	now := open(t, e2etest.Binary())
	fill(t, now)
	path := t.TempDir() + "/now.json"
	now.save(t, path)
	want := read(t, now, false)
	d := open(t, *before)
	d.load(t, path)
	if diff := cmp.Diff(want, read(t, d, false)); diff != "" {
		t.Errorf("(-this release +the one before):\n%s", diff)
	}
	write(t, d)
}
