package builder

import (
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// made is what became of a set.
type made struct {
	page.Built
	wrong []artifact.Diagnostic // what a check has found
}

// The diagnostics of a set that was not built. Only those that are the set's own fault are
// errors: an error has a model try again.
var (
	tooDeep = artifact.Diagnostic{Kind: artifact.TooDeep, Severity: artifact.SeverityError,
		Text: "The app cannot be put together: something in its files is nested thousands of levels deep, or takes too much memory. The files are shown as they are."}
	tooSlow = artifact.Diagnostic{Kind: artifact.TooSlow, Severity: artifact.SeverityError,
		Text: "The app cannot be put together within 2 seconds: its files are too large, or nested too deeply. They are shown as they are."}
	tooLarge = artifact.Diagnostic{Kind: "too-large", Severity: artifact.SeverityError,
		Text: "The app has more than 8 MB once it is put together. Its files are shown as they are."}
	noRoom = artifact.Diagnostic{Kind: artifact.TooSlow, Severity: artifact.SeverityWarning,
		Text: "The app was not put together, since too many others wait for the same. Its files are shown as they are; open it again in a minute."}
	notBuilt = artifact.Diagnostic{Kind: artifact.NotBuilt, Severity: artifact.SeverityWarning,
		Text: "The server cannot put the app together at the moment. Its files are shown as they are; open it again later."}
)

// verdict is what became of a set that was not built.
func verdict(d artifact.Diagnostic) made {
	all := []artifact.Diagnostic{d}
	return made{page.Built{Diagnostics: all}, all}
}

// bytes is about how much memory it takes.
func (m made) bytes() int64 {
	n := 300 + len(m.Code)
	for _, origin := range m.Network {
		n += 16 + len(origin)
	}
	for _, all := range [][]artifact.Diagnostic{m.Diagnostics, m.wrong} {
		for _, d := range all {
			n += 100 + len(d.Path) + len(d.Text)
		}
	}
	return int64(n)
}
