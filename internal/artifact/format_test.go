package artifact_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestFormatIsReadBack(t *testing.T) {
	files := []artifact.File{
		{Path: "index.html", Content: "<h1>\n"}, {Path: "my notes.md", Content: "````\n```html\n```\n"}, {Path: "LICENSE", Content: "x\n"}, {Path: "a/b.weird-ext", Content: "\n\n~~~\ny\n"}, {Path: ".path=x", Content: "x\n"},
	}
	r := artifact.Parse("Here:\n" + artifact.Format(files) + "Done.\n")
	if diff := cmp.Diff(artifact.Reply{Files: files}, r, cmpopts.IgnoreFields(artifact.Reply{}, "Events")); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}
