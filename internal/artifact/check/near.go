package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// didYouMean proposes the one of some names that is nearest to another one, or nothing.
func didYouMean(name string, names []string, verb string) string {
	best, least := "", max(1, len(name)/4)+1
	slices.Sort(names)
	for _, other := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(other), least); d < least {
			best, least = other, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean "+verb+"?)", best)
}

// distance counts the letters to be added, dropped or replaced to make one name of
// another, up to a bound.
func distance(a, b string, bound int) int {
	if len(a)-len(b) >= bound || len(b)-len(a) >= bound || len(a) > 200 || len(b) > 200 {
		return bound
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}

// compiled returns an expression that is compiled when it is first needed: a server that
// checks nothing starts without it.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
