package artifact

// The kinds of sets that nobody could look at. They say nothing of what else is wrong.
const (
	TooDeep  = "too-deep"  // the code is nested too deeply
	TooSlow  = "too-slow"  // it takes too long; as a warning: there was no time for it
	NotBuilt = "not-built" // what looks at sets is not there
)

// Unseen reports whether a diagnostic is of one of these kinds.
func (d Diagnostic) Unseen() bool {
	return d.Kind == TooDeep || d.Kind == TooSlow || d.Kind == NotBuilt
}

// NoBehaviour is the kind of an app that does nothing. It is wrong only where what was
// asked for is an app to be used, which a set does not tell.
const NoBehaviour = "no-behaviour"

// DiagnosticBytes is about what diagnostics take in the database.
func DiagnosticBytes(all []Diagnostic) int {
	bytes := 0
	for _, d := range all {
		bytes += 80 + len(d.Path) + len(d.Text)
	}
	return bytes
}

// Kinds returns every kind that a Diagnostic may have, sorted. A kind is a word of ours
// and never one of a user, so that the log may count it and CHECKS may name it.
func Kinds() []string {
	return []string{
		"constant", "cut", "early-name", "elision", "missing-export", "missing-file", "missing-function", "missing-id", "missing-name",
		"module-in-classic", "needs-build", NoBehaviour, NotBuilt, "outside", "syntax", TooDeep, "too-large", "too-many", TooSlow,
		"undefined-library", "unpinned",
	}
}
