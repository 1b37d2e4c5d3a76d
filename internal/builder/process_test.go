package builder_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/builder"
	"github.com/google/go-cmp/cmp"
)

// isGone reports whether a process has ended, whether or not anybody has looked.
func isGone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false // no Linux, or it has just gone: then the next look tells
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// busy waits until a process has used some time of a processor, as one does that loops.
func busy(t *testing.T, pid int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much time a process has used")
	}
	used := func() int {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return math.MaxInt // it is gone, and had begun
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		ticks, _ := strconv.Atoi(strings.Fields(rest)[11]) // utime: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
		return ticks
	}
	first := used()
	for deadline := time.Now().Add(hang); used() < first+3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d does nothing", pid)
		}
	}
}

// beParent is what a process does that has a child, and is killed: it has it work, if it
// is told to.
func beParent() int {
	b := builder.OpenAs(tricky, slog.New(slog.DiscardHandler), hang, hang)
	fmt.Println(b.Build(context.Background(), trick("who")).Code)
	if os.Getenv("LOOP") != "" {
		b.Build(context.Background(), trick("loop"))
	}
	select {}
}

// TestAParentThatIsKilled: its child ends, whether it rests or works.
func TestAParentThatIsKilled(t *testing.T) {
	for name, env := range map[string]string{"at rest": "LOOP=", "at work": "LOOP=1"} {
		t.Run(name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := &exec.Cmd{Path: self, Args: []string{parent}, Env: append(os.Environ(), env), Stderr: os.Stderr}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(out).ReadString('\n')
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the parent says %q", line)
			}
			if env == "LOOP=1" {
				busy(t, pid)
			} else if isGone(pid) {
				t.Fatal("the child was gone before its parent")
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			gone(t, pid)
			_ = cmd.Wait() // it was killed
		})
	}
}

// TestWhatAChildHas: the pipes to its parent, and nothing else.
func TestWhatAChildHas(t *testing.T) {
	t.Setenv("SECRET", "of the parent")
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inherited, err := syscall.Dup(int(file.Fd())) // without close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	b, _ := opened(t, tricky)
	for do, want := range map[string]string{
		"surroundings": `open: 0 pipe, 1 pipe, 2 pipe; environment: []; directory: /`,
		"open":         "open /etc/passwd: too many open files",
		"dial":         "dial tcp 127.0.0.1:80: socket: too many open files",
	} {
		if diff := cmp.Diff(want, b.Build(t.Context(), trick(do)).Code); diff != "" {
			t.Errorf("%s (-want +got):\n%s", do, diff)
		}
	}
}
