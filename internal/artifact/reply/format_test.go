package reply_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFormatIsReadBack(t *testing.T) {
	files := []artifact.File{
		{Path: "index.html", Content: "<h1>\n"}, {Path: "my notes.md", Content: "````\n```html\n```\n"}, {Path: "LICENSE", Content: "x\n"}, {Path: "a/b.weird-ext", Content: "\n\n~~~\ny\n"}, {Path: ".path=x", Content: "x\n"},
	}
	r := reply.Parse("Here:\n" + reply.Format(files) + "Done.\n")
	if diff := cmp.Diff(reply.Reply{Files: files}, r, cmpopts.IgnoreFields(reply.Reply{}, "Events", "Blocks")); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}
