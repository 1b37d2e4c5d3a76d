package builder

import (
	"log/slog"
	"os"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// OpenAs starts a Builder whose children are started by a name, and give a set so much
// time in each lane.
func OpenAs(name string, log *slog.Logger, quick, slow time.Duration) *Builder {
	return open(log, name, quick, slow)
}

// How much time a set has in each lane.
const (
	QuickLimit = quickLimit
	SlowLimit  = slowLimit
)

// Serve makes this process a child that does this work: of a set it makes a text, and
// what is wrong with it.
func Serve(work func(files []artifact.File) (code string, wrong []artifact.Diagnostic)) int {
	return serve(os.Stdin, os.Stdout, func(r request) made {
		code, wrong := work(r.files)
		return made{page.Built{Code: code}, wrong}
	})
}

// ServeAsIs makes this process an ordinary child.
func ServeAsIs() int { return serve(os.Stdin, os.Stdout, work) }

// Lines is of how many callers something is kept.
func (b *Builder) Lines() int {
	b.callers.mu.Lock()
	defer b.callers.mu.Unlock()
	return len(b.callers.lines)
}

// The diagnostics of sets that are not built.
var (
	DiagTooDeep  = tooDeep
	DiagTooSlow  = tooSlow
	DiagTooLarge = tooLarge
	DiagNoRoom   = noRoom
	DiagNotBuilt = notBuilt
)

// RaceDetector tells that children have all the memory there is.
const RaceDetector = raceDetector
