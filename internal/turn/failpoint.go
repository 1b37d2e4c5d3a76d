//go:build faults

package turn

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

var passed atomic.Int32

// failpoint ends the process as a crash would, at the place that FAULT_POINT names;
// FAULT_STOP freezes it there.
func failpoint(name string) {
	if name == os.Getenv("FAULT_POINT") {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if name == os.Getenv("FAULT_STOP") && passed.Add(1) == 1 {
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
}

// now is this machine's time, off by FAULT_CLOCK.
func now() time.Time {
	off, _ := time.ParseDuration(os.Getenv("FAULT_CLOCK"))
	return time.Now().Add(off)
}
