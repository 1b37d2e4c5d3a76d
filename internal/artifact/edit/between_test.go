package edit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"github.com/google/go-cmp/cmp"
)

// TestBetween: the edits between two texts make one of the other, whatever they are.
func TestBetween(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	text := func() (lines []string) {
		for range 1 + random.IntN(40) {
			lines = append(lines, fmt.Sprintf("line %d\n", random.IntN(25)))
		}
		return lines
	}
	for range 500 {
		before := text()
		after := append([]string{}, before...)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(after))
			after[at] = []string{"", "new\n", "new\nnewer\n" + after[at], fmt.Sprintf("line %d\n", random.IntN(25))}[random.IntN(4)]
		}
		old, now := strings.Join(before, ""), artifact.File{Path: "a.txt", Content: strings.Join(after, "")}
		if strings.TrimSpace(now.Content) == "" {
			continue
		}
		edits := edit.Between(old, now)
		changed, refused := edit.Apply([]artifact.File{{Path: "a.txt", Content: old}}, edits, nil)
		if old == now.Content {
			if len(edits) > 0 {
				t.Errorf("edits of the same text: %v", edits)
			}
			continue
		}
		if len(refused) > 0 || len(changed) != 1 || changed[0] != now {
			t.Fatalf("%v refused; %s", refused, cmp.Diff(now.Content, changed))
		}
	}
}

// TestBetweenElsewhere: the edits fit a file that others have changed in another place.
func TestBetweenElsewhere(t *testing.T) {
	before := ":root {\n  color-scheme: light;\n}\n\nh1 {\n  color: red;\n}\n\np {\n  margin: 0;\n}\n"
	edits := edit.Between(before, artifact.File{Path: "style.css", Content: strings.Replace(before, "light", "dark", 1)})
	theirs := strings.Replace(before, "red", "blue", 1)
	changed, refused := edit.Apply([]artifact.File{{Path: "style.css", Content: theirs}}, edits, nil)
	want := []artifact.File{{Path: "style.css", Content: strings.Replace(theirs, "light", "dark", 1)}}
	if diff := cmp.Diff(want, changed); diff != "" || len(refused) > 0 {
		t.Errorf("refused %v (-want +got):\n%s", refused, diff)
	}
}
