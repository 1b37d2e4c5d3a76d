package reply_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// TestMovesBeforeThought: a file that is renamed or deleted before a thought stays so,
// also where a mark that opened no thought stands before.
func TestMovesBeforeThought(t *testing.T) {
	r := reply.Parse("A <plan> comes first.\n<dyad-rename from=\"a.js\" to=\"b.js\" />\n<dyad-delete path=\"c.js\" />\n<plan>\nperhaps more\n</plan>\nDone.\n")
	want := reply.Reply{Renames: []artifact.Rename{{From: "a.js", To: "b.js"}}, Deletions: []string{"c.js"}}
	if d := cmp.Diff(want, r); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
