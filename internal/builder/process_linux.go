package builder

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// executable returns this program's file, also if another one lies in its place by now.
func executable() (string, error) { return "/proc/self/exe", nil }

// keepInherited keeps children from what this process has inherited. What Go opens they
// do not get anyway. Linux before 5.11 cannot do it.
func keepInherited() {
	const closeRange, all, closeOnExec = 436, 1<<32 - 1, 4 // https://man7.org/linux/man-pages/man2/close_range.2.html
	_, _, _ = syscall.RawSyscall(closeRange, 3, all, closeOnExec)
}

// setApart keeps a child from the signals of a terminal, which are for its parent, and
// lets it die with that.
func setApart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// giveUpFirst makes a child the first one that the kernel kills where memory is short. Not
// every system lets it.
func giveUpFirst(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("1000"), 0)
}
