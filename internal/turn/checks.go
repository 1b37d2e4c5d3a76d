package turn

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// The bounds of what is kept of what is wrong with a set.
const (
	MaxDiagnostics = 50
	MaxDiagnostic  = 2 << 10 // bytes of a diagnostic's text
)

// checks find what is wrong with sets of files, without the kinds that are turned off.
type checks struct {
	pages Pages
	off   []string
}

// find returns what is wrong with a set, in the order of paths and lines. What two
// checks find at one place comes once.
func (c checks) find(ctx context.Context, files []artifact.File) []artifact.Diagnostic {
	type place struct {
		kind, path string
		line       int
	}
	var found []artifact.Diagnostic
	seen := map[place]bool{}
	add := func(all []artifact.Diagnostic) {
		before := len(found)
		for _, d := range all {
			off := slices.Contains(c.off, d.Kind)
			if off && d.Unseen() { // it is no error, but still nobody has looked
				d.Severity, off = artifact.SeverityWarning, false
			}
			if !off && !seen[place{d.Kind, d.Path, d.Line}] {
				found = append(found, d)
			}
		}
		for _, d := range found[before:] {
			seen[place{d.Kind, d.Path, d.Line}] = true
		}
	}
	add(c.pages.Check(ctx, files))
	if !unseen(found) {
		add(c.pages.Build(ctx, files).Diagnostics)
	}
	slices.SortStableFunc(found, func(a, b artifact.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line)
	})
	return found
}

// keepable is as much of what was found as a document keeps: errors before warnings. That
// this instance had no time to look, or nothing to look with, is not kept: it is no fault
// of the set.
func keepable(found []artifact.Diagnostic) []artifact.Diagnostic {
	all := slices.DeleteFunc(slices.Clone(found), func(d artifact.Diagnostic) bool { return d.Unseen() && !isError(d) })
	if len(all) > MaxDiagnostics {
		rest := slices.DeleteFunc(slices.Clone(all), isError)
		all = slices.Concat(errorsOf(all), rest)[:MaxDiagnostics]
	}
	var kept []artifact.Diagnostic
	for _, d := range all {
		d.Text, d.Path = cut(d.Text, MaxDiagnostic), cut(d.Path, artifact.MaxPathBytes)
		kept = append(kept, d)
	}
	return kept
}

// isIdle reports whether a diagnostic is that an app does nothing.
func isIdle(d artifact.Diagnostic) bool { return d.Kind == artifact.NoBehaviour }

func isError(d artifact.Diagnostic) bool { return d.Severity == artifact.SeverityError }

// errorsOf returns the diagnostics because of which a part of the app does not work.
func errorsOf(found []artifact.Diagnostic) (errors []artifact.Diagnostic) {
	for _, d := range found {
		if isError(d) {
			errors = append(errors, d)
		}
	}
	return errors
}

// unseen reports whether a set could not be looked at.
func unseen(found []artifact.Diagnostic) bool {
	return slices.ContainsFunc(found, artifact.Diagnostic.Unseen)
}

// brought returns the errors of a set that the set before it did not have. One that has
// another line or another file than before is an old one.
func brought(before, after []artifact.Diagnostic) (fresh []artifact.Diagnostic) {
	type fault struct{ kind, path, text string }
	old := map[fault]int{}
	for _, d := range errorsOf(before) {
		old[fault{d.Kind, d.Path, unnumbered(d.Text)}]++
	}
	for _, d := range errorsOf(after) {
		if f := (fault{d.Kind, d.Path, unnumbered(d.Text)}); old[f] > 0 {
			old[f]--
		} else {
			fresh = append(fresh, d)
		}
	}
	moved := map[fault]int{}
	for f, n := range old {
		f.path = ""
		moved[f] += n
	}
	return slices.DeleteFunc(fresh, func(d artifact.Diagnostic) bool {
		f := fault{d.Kind, "", unnumbered(d.Text)}
		moved[f]--
		return moved[f] >= 0
	})
}

// unnumbered is a message without what differs each time it is said: numbers, addresses
// in memory, names that are made up for a page.
func unnumbered(message string) string {
	return strings.Join(strings.Fields(numbers.ReplaceAllString(cut(message, MaxDiagnostic), "0")), " ")
}

var numbers = regexp.MustCompile(`(?i)\b0x[0-9a-f]+\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[0-9]+`)

// tally counts diagnostics by their kind, for the log.
func tally(found []artifact.Diagnostic) map[string]int {
	kinds := map[string]int{}
	for _, d := range found {
		kinds[d.Kind]++
	}
	return kinds
}
