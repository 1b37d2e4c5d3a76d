package artifact_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/google/go-cmp/cmp"
)

func TestChanges(t *testing.T) {
	before := []artifact.File{{Path: "same.js", Content: "1\n"}, {Path: "gone.js", Content: "1\n2\n"}, {Path: "index.html", Content: "a\nb\nc\nd\n"}, {Path: "end.css", Content: "p{}"}}
	after := []artifact.File{{Path: "index.html", Content: "a\nx\ny\nc\nd\ne\n"}, {Path: "same.js", Content: "1\n"}, {Path: "end.css", Content: "p{}\n"}, {Path: "new.js", Content: "1\n2\n3"}}
	want := []artifact.Change{
		{Path: "end.css", Kind: artifact.Changed, Added: 1, Removed: 1},
		{Path: "gone.js", Kind: artifact.Removed, Removed: 2},
		{Path: "index.html", Kind: artifact.Changed, Added: 3, Removed: 1},
		{Path: "new.js", Kind: artifact.Added, Added: 3},
	}
	if diff := cmp.Diff(want, artifact.Changes(before, after)); diff != "" {
		t.Errorf("Changes (-want +got):\n%s", diff)
	}
}

// The lines that stay are a longest common subsequence.
func TestChangesAreLeast(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	text := func() (lines []string) {
		for range random.IntN(12) {
			lines = append(lines, string(rune('a'+random.IntN(4)))+"\n")
		}
		return lines
	}
	for range 5000 {
		a, b := text(), text()
		if strings.Join(a, "") == strings.Join(b, "") {
			continue
		}
		same := longest(a, b)
		want := []artifact.Change{{Path: "x", Kind: artifact.Changed, Added: len(b) - same, Removed: len(a) - same}}
		got := artifact.Changes([]artifact.File{{Path: "x", Content: strings.Join(a, "")}}, []artifact.File{{Path: "x", Content: strings.Join(b, "")}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("from %q to %q (-want +got):\n%s", a, b, diff)
		}
	}
}

func longest(a, b []string) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return 0
	case a[0] == b[0]:
		return 1 + longest(a[1:], b[1:])
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			table[i][j] = max(table[i+1][j], table[i][j+1])
			if x == y {
				table[i][j] = table[i+1][j+1] + 1
			}
		}
	}
	return table[0][0]
}

// Texts that have hardly a line in common do not take long.
func TestChangesAreBounded(t *testing.T) {
	var a, b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&a, "a%d\n", i)
		fmt.Fprintf(&b, "b%d\n", i)
		if i%100 == 0 {
			a.WriteString("same\n")
			b.WriteString("same\n")
		}
	}
	start := time.Now()
	got := artifact.Changes([]artifact.File{{Path: "x", Content: a.String()}}, []artifact.File{{Path: "x", Content: b.String()}})
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if want := []artifact.Change{{Path: "x", Kind: artifact.Changed, Added: 50_000, Removed: 50_000}}; !cmp.Equal(want, got) {
		t.Errorf("Changes = %+v, want %+v", got, want)
	}
}
