//go:build !faults

package turn

import "time"

// point is a place where tests end the process (see failpoint.go).
func failpoint(string) {}

// wall is this machine's time, for what need not agree between instances.
func now() time.Time { return time.Now() }
