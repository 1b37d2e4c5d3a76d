package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one program of the suite. It has a process group of its own, so that
// Ctrl-C in the terminal reaches only dev, which then stops the parts in order.
type process struct {
	name  string
	log   string // the file that holds its output
	cmd   *exec.Cmd
	stdin io.Closer     // closes when dev ends: a part that watches it ends by itself
	ended chan struct{} // closed when it has ended
	err   error         // how it has ended; read it after ended is closed

	family []int // processes that it has started, as last seen
}

// start starts a program. Its output goes to a log file.
func (s *suite) start(name string, cmd *exec.Cmd) (*process, error) {
	if err := os.MkdirAll(s.logs(), 0o755); err != nil {
		return nil, err
	}
	p := &process{name: name, log: filepath.Join(s.logs(), strings.ReplaceAll(name, " ", "-")+".log"), cmd: cmd, ended: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.guarded("group", cmd.Process.Pid)
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop sends a process the signal. After the timeout it kills the process and all
// that it has started.
func (p *process) stop(sig syscall.Signal, timeout time.Duration) {
	family := slices.Concat(p.family, descendants(p.cmd.Process.Pid)) // of a process that has ended, none are found
	p.stdin.Close()
	syscall.Kill(-p.cmd.Process.Pid, sig)
	select {
	case <-p.ended:
	case <-time.After(timeout):
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
	for _, pid := range family { // emulators live in groups of their own
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// lost says whether the process or one that it has started has ended.
func (p *process) lost() bool {
	select {
	case <-p.ended:
		return true
	default:
	}
	for _, pid := range p.family {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
	}
	return false
}

// tail returns the last lines of the process's log.
func (p *process) tail(lines int) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return "    " + strings.Join(all[max(0, len(all)-lines):], "\n    ")
}

// ready waits until check succeeds. It fails when the process ends or the timeout
// passes.
func (p *process) ready(ctx context.Context, timeout time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended while it started (%v). Its last lines, of %s:\n%s", p.name, p.err, p.log, p.tail(20))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; %w. Its last lines, of %s:\n%s", p.name, err, context.Cause(ctx), p.log, p.tail(20))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// descendants lists the processes that pid has started, and those started by
// them.
func descendants(pid int) []int {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for l := range strings.Lines(string(out)) {
		var child, parent int
		if _, err := fmt.Sscan(l, &child, &parent); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	var all []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		all = append(all, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// startGuard starts a second process that outlives this one. If this one is
// killed, the guard ends what it has started.
func (s *suite) startGuard() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "guard")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	s.guard, err = cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	go cmd.Wait()
	return nil
}

// guarded tells the guard about a process or group.
func (s *suite) guarded(kind string, pid int) {
	if s.guard != nil {
		fmt.Fprintln(s.guard, kind, pid)
	}
}

// guard reads the processes and groups that were started. When its input ends, it
// kills them, unless it has read "done".
func guard(in io.Reader) error {
	var victims []int // groups are negative
	for lines := bufio.NewScanner(in); lines.Scan(); {
		kind, number, _ := strings.Cut(lines.Text(), " ")
		pid, err := strconv.Atoi(number)
		switch {
		case kind == "done":
			return nil
		case err != nil || pid <= 1:
		case kind == "group":
			victims = append(victims, -pid)
		case kind == "process":
			victims = append(victims, pid)
		}
	}
	for _, v := range victims {
		syscall.Kill(v, syscall.SIGKILL)
	}
	return nil
}

// listening says whether a program listens on a port of this machine.
func listening(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		l.Close()
	}
	return errors.Is(err, syscall.EADDRINUSE)
}
