//go:build !faults

package turn

import "time"

// failpoint is a place where tests end the process (see failpoint.go).
func failpoint(string) {}

// now is this machine's time, for what instances need not agree on.
func now() time.Time { return time.Now() }
