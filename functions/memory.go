package functions

import (
	"math"
	"runtime/debug"
	"syscall"

	"dreambuild.dev/backend/internal/builder"
	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memory returns the bytes that all calls may hold at the same time, and those for
// what is remembered: a quarter and a sixteenth of what Go may use. Until they are
// collected, what ended calls have held takes as much again, and the rest is for
// running turns. What Go may use is GOMEMLIMIT, or else what containerMemory says,
// which is set then; where there is neither, 512 MiB are assumed.
func memory() (forCalls, remembered int64) {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		if limit = containerMemory(); limit < math.MaxInt64 {
			debug.SetMemoryLimit(limit)
		} else {
			limit = 512 << 20
		}
	}
	return limit / 4, limit / 16
}

// containerMemory returns nine tenths of what the container leaves beside the children
// that build pages, and of half of it at least, since they seldom take what they may. Or
// it returns three quarters of the process's own limit (ulimit -d), which counts memory
// that Go has given back too, and which each child has for itself. Without either limit
// it returns math.MaxInt64.
func containerMemory() int64 {
	limit := int64(math.MaxInt64)
	if container, err := memlimit.FromCgroup(); err == nil && container < math.MaxInt64 {
		limit = int64(beside(container) / 10 * 9)
	}
	var own syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &own); err == nil && own.Cur < math.MaxInt64 {
		limit = min(limit, int64(own.Cur/4*3))
	}
	return limit
}

// beside is what a container of so many bytes leaves for this process.
func beside(container uint64) uint64 {
	const children = builder.Children * builder.MaxMemory
	return max(container/2, container-min(container, children))
}
