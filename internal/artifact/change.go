package artifact

import (
	"cmp"
	"slices"
	"strings"
)

// Change tells how one file differs between two sets.
type Change struct {
	Path    string `json:"path" firestore:"path"`
	Kind    string `json:"kind" firestore:"kind"`       // Added, Changed or Removed
	Added   int    `json:"added" firestore:"added"`     // lines that are new
	Removed int    `json:"removed" firestore:"removed"` // lines that are gone
}

// The kinds of a Change.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// Changes compares two sets of files. It returns a Change for each file that
// differs, sorted by path.
func Changes(before, after []File) []Change {
	old := map[string]string{}
	for _, f := range before {
		old[f.Path] = f.Content
	}
	var changes []Change
	for _, f := range after {
		content, there := old[f.Path]
		delete(old, f.Path)
		switch {
		case !there:
			changes = append(changes, Change{Path: f.Path, Kind: Added, Added: len(splitLines(f.Content))})
		case content != f.Content:
			added, removed := countLines(content, f.Content)
			changes = append(changes, Change{f.Path, Changed, added, removed})
		}
	}
	for path, content := range old {
		changes = append(changes, Change{Path: path, Kind: Removed, Removed: len(splitLines(content))})
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}

// countLines counts the lines that turn one text into another.
func countLines(before, after string) (added, removed int) {
	a, b := splitLines(before), splitLines(after)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	same := common(number(a, b))
	return len(b) - same, len(a) - same
}

// number gives equal lines equal numbers.
func number(a, b []string) (na, nb []int) {
	numbers := map[string]int{}
	of := func(lines []string) []int {
		ns := make([]int, len(lines))
		for i, line := range lines {
			n, ok := numbers[line]
			if !ok {
				n = len(numbers)
				numbers[line] = n
			}
			ns[i] = n
		}
		return ns
	}
	return of(a), of(b)
}

// maxDifferences bounds the time that common takes: (len(a)+len(b)) times this.
const maxDifferences = 1000

// common returns the length of the longest common subsequence of a and b: Myers,
// "An O(ND) Difference Algorithm and Its Variations" (1986). For texts that differ
// in more than maxDifferences lines it counts the lines that both have, in any
// order.
func common(a, b []int) int {
	n, m := len(a), len(b)
	most := min(n+m, maxDifferences)
	furthest := make([]int, 2*most+2) // the furthest x on each diagonal, from -most
	for d := 0; d <= most; d++ {
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || k != d && furthest[most+k-1] < furthest[most+k+1]:
				x = furthest[most+k+1]
			default:
				x = furthest[most+k-1] + 1
			}
			for x < n && x-k < m && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			furthest[most+k] = x
			if x >= n && x-k >= m {
				return (n + m - d) / 2
			}
		}
	}
	return inBoth(a, b)
}

// inBoth counts the lines that both texts have, in any order.
func inBoth(a, b []int) (n int) {
	count := map[int]int{}
	for _, line := range a {
		count[line]++
	}
	for _, line := range b {
		if count[line] > 0 {
			count[line]--
			n++
		}
	}
	return n
}

// splitLines cuts a text into lines with their ends.
func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }
