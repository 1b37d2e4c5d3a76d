package builder

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a process that builds, as its parent sees it. One goroutine uses it at a time.
type child struct {
	cmd    *exec.Cmd
	in     io.Writer
	out    *bufio.Reader
	stderr head
	ended  chan struct{} // closed once the process is gone
	err    error         // of Wait, then
}

// startLimit is how long a child may take until it is ready.
const startLimit = 3 * time.Second

var errLate = errors.New("it has taken longer than it may")

// death is how a child ended by itself.
type death struct {
	how      string // what Go says of it, or the signal
	stack    string
	bySignal bool // not of this package
	ours     bool // by a mistake of ours, and not by what the set takes
}

// bySet reports whether the process ended of what its set takes, and would again.
func (d *death) bySet() bool {
	return strings.Contains(d.how, "stack overflow") || strings.Contains(d.how, "out of memory")
}

func (d *death) Error() string { return "it died: " + d.how }

// unready is why a child was not ready. It is no word on a set.
type unready string

func (u unready) Error() string { return "the builder's process is not ready: " + string(u) }

// panicError is a panic in a child, which has survived it.
type panicError struct{ stack string }

func (*panicError) Error() string { return "a panic in the builder's process" }

// start starts a child by name, and waits until it is ready.
func start(ctx context.Context, name string) (*child, error) {
	path, err := executable()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: path, Args: []string{name}, Env: []string{}, Dir: "/", WaitDelay: time.Second}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 32<<10), ended: make(chan struct{})}
	cmd.Stderr = &c.stderr
	keepInherited()
	smallStacks()
	setApart(cmd)
	started := make(chan error)
	go c.live(started)
	if err := <-started; err != nil {
		return nil, err
	}
	giveUpFirst(cmd.Process.Pid)
	err = c.within(ctx, startLimit, func() error {
		_, err := c.out.ReadByte()
		return err
	})
	if err != nil {
		return nil, unready(err.Error())
	}
	return c, nil
}

// smallStacks gives threads of programs that this one starts a megabyte of stack, of which
// Go needs little. It is mostly 8 MB otherwise, and counts whole, since C has it ready.
func smallStacks() {
	const most = 1 << 20
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &l); err == nil && l.Cur > most {
		l.Cur = most
		_ = syscall.Setrlimit(syscall.RLIMIT_STACK, &l) // else a child has less memory
	}
}

// live starts the process and waits for its end, on one thread: Linux kills the child
// when the thread ends that has started it, see https://go.dev/issue/27505.
func (c *child) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	started <- err
	if err == nil {
		c.err = c.cmd.Wait()
	}
	close(c.ended)
}

func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// end kills the process and waits until it is gone.
func (c *child) end() {
	c.kill()
	<-c.ended
}

func (c *child) kill() { _ = c.cmd.Process.Kill() } // it may be gone already

// build sends a set and reads what became of it.
func (c *child) build(ctx context.Context, limit time.Duration, r request) (m made, err error) {
	err = c.within(ctx, limit, func() error {
		if err := r.write(bufio.NewWriterSize(c.in, 32<<10)); err != nil {
			return err
		}
		a, err := readAnswer(c.out)
		if err == nil && a.Panic != "" {
			return &panicError{a.Panic}
		}
		m = a.made()
		return err
	})
	return m, err
}

// within runs fn, which talks to the child, for as long as limit and ctx allow. The child
// survives nothing but success and a panic that it has told. The error is errLate, the
// cause of ctx, a *death or a *panicError.
func (c *child) within(ctx context.Context, limit time.Duration, fn func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLate)
	defer cancel()
	stop := context.AfterFunc(ctx, c.kill) // so fn ends
	err := fn()
	inTime := stop()
	_, panicked := errors.AsType[*panicError](err)
	if inTime && (err == nil || panicked) {
		return err
	}
	if inTime { // then the pipes are broken, and nothing can be relied on
		select {
		case <-c.ended: // by itself, and there is more to say
		case <-time.After(time.Second):
		}
	}
	alive := c.alive()
	c.end()
	switch {
	case err == nil || panicked:
		return err // it was done just before it was killed
	case !inTime:
		return context.Cause(ctx)
	case alive:
		return fmt.Errorf("it says what nobody understands: %w", err)
	}
	return c.death()
}

// death tells how the process has ended by itself.
func (c *child) death() *death {
	said := c.stderr.String()
	d := &death{how: "it ended"}
	if exit, ok := errors.AsType[*exec.ExitError](c.err); ok {
		d.how = exit.Error()
		status, isStatus := exit.Sys().(syscall.WaitStatus)
		d.bySignal = isStatus && status.Signaled()
	}
	for line := range strings.Lines(said) {
		d.ours = d.ours || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: concurrent map ")
		// The runtime's own words. Those of a panic, which may be a user's, begin otherwise,
		// and their further lines are indented.
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "runtime/cgo: ") {
			d.how = strings.TrimSpace(line)
			break
		}
	}
	if _, stack, ok := strings.Cut(said, "\ngoroutine "); ok {
		d.stack = "goroutine " + stack
	}
	return d
}

// head keeps the first bytes that are written to it.
type head struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	const most = 4 << 10
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(len(p), most-len(h.text))]...)
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.text)
}
