package functions

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memory returns the bytes that all calls may hold at the same time, half of what Go
// may use, and a sixteenth of it for what is remembered. What Go may use is
// GOMEMLIMIT, or else nine tenths of the container's limit, which is set then; where
// there is neither, 512 MiB are assumed.
func memory() (forCalls, remembered int64) {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		limit = 512 << 20
		if container, err := memlimit.FromCgroup(); err == nil && container < math.MaxInt64 {
			limit = int64(container / 10 * 9)
			debug.SetMemoryLimit(limit)
		}
	}
	return limit / 2, limit / 16
}
