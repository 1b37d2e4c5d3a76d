package turn

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
)

// TestLocateIsBounded: edits without a name are searched for in a bounded number of
// bytes. Those that are not found then are asked for again.
func TestLocateIsBounded(t *testing.T) {
	files := []artifact.File{{Path: "a.txt", Content: strings.Repeat(strings.Repeat("a", 1023)+"\n", mostSearched>>12)}, {Path: "b.txt", Content: "b 0\nb 1\nb 2\nb 3\nb 4\n"}}
	for hunks, located := range map[int]bool{3: true, 5: false} {
		text := "```diff\n"
		for i := range hunks {
			text += fmt.Sprintf("@@ @@\n-b %d\n+c %d\n", i, i)
		}
		d := draft{base: files, changes: true}
		d.take(reply.Parse(text + "```\n"))
		if got := len(d.refused) == 0; got != located {
			t.Errorf("%d edits are located: %v, want %v", hunks, got, located)
		}
	}
}
