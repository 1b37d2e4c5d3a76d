package builder

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/artifact/page"
)

// childName is the whole command line of a child.
const childName = "dreambuild-builder"

// init makes this process a child, if it was started as one. It is here and not in a
// main, so that each program with this package can be its own child: the server, a
// program that the Functions Framework makes of package functions, a test. What else a
// program sets up is not needed by then, and the child is there sooner.
func init() {
	if len(os.Args) == 1 && os.Args[0] == childName {
		os.Exit(serve(os.Stdin, os.Stdout, work))
	}
}

// work does what a child is for.
func work(r request) (m made) {
	if r.wanted&checks != 0 {
		m.wrong = check.Options{App: true}.Files(r.files)
	}
	if r.wanted&document != 0 {
		m.Built = page.Build(r.files)
	}
	return m
}

// serve works on one request after the other until in ends, and returns the exit status.
func serve(in io.Reader, out io.Writer, work func(request) made) int {
	if err := confine(); err != nil {
		fmt.Fprintln(os.Stderr, "fatal error: the limits cannot be set:", err) // as Go says it, see death
		return 2
	}
	requests := make(chan request)
	go func() { // so the end of in is seen while a request is worked on
		for from := bufio.NewReaderSize(in, 32<<10); ; {
			r, err := readRequest(from)
			if err != nil {
				os.Exit(0)
			}
			requests <- r
		}
	}()
	to := bufio.NewWriterSize(out, 32<<10)
	ready := func() error {
		if err := to.WriteByte('\n'); err != nil {
			return err
		}
		return to.Flush()
	}
	if err := ready(); err != nil {
		return 1
	}
	for {
		r := next(requests)
		if err := try(r, work).write(to); err != nil {
			return 1 // nobody listens
		}
	}
}

// next waits for a request. While none comes, the memory of the last one is given back.
func next(requests <-chan request) request {
	select {
	case r := <-requests:
		return r
	case <-time.After(time.Second):
		debug.FreeOSMemory()
		return <-requests
	}
}

// try works on a request. It survives a panic, though not one of a goroutine that the
// work has started, nor a stack overflow.
func try(r request, work func(request) made) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{about: about{Panic: fmt.Sprintf("%T\n%s", p, debug.Stack())}}
		}
	}()
	return answerOf(work(r))
}

const (
	// maxStack is enough for some ten thousand levels. Go's own limit is a gigabyte, and
	// a deep stack takes long to die: at its end Go walks through all of it.
	maxStack = 32 << 20
	// softMemory is where the collector begins: most sets are built without it. Above that
	// there must be room, since Go takes memory from the system in pieces of 64 MB, which
	// all count.
	softMemory = 160 << 20
)

// confine takes from this process what no set needs. What it has open stays open.
func confine() error {
	if raceDetector { // whose frames are larger
		debug.SetMaxStack(4 * maxStack)
	} else {
		debug.SetMaxStack(maxStack)
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(softMemory)
	time.Sleep(time.Nanosecond) // by then the runtime has opened what timers need
	if err := limit(syscall.RLIMIT_CORE, 0); err != nil {
		return err
	}
	if err := limit(syscall.RLIMIT_NOFILE, 0); err != nil { // so no file and no socket either
		return err
	}
	if raceDetector {
		return nil
	}
	return limit(syscall.RLIMIT_DATA, MaxMemory)
}

// limit lowers a limit of this process for good.
func limit(resource int, most uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(resource, &l); err != nil {
		return err
	}
	l.Cur, l.Max = min(l.Cur, most), min(l.Max, most)
	return syscall.Setrlimit(resource, &l)
}
