//go:build !linux

package builder

import (
	"os"
	"os/exec"
	"syscall"
)

// executable returns this program's file.
func executable() (string, error) { return os.Executable() }

// keepInherited keeps children from what this process has inherited. What Go opens they
// do not get anyway.
func keepInherited() {
	const most = 256 // what is inherited has low numbers
	for fd := 3; fd < most; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// setApart keeps a child from the signals of a terminal, which are for its parent. With
// that it ends, since its standard input does.
func setApart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// giveUpFirst does nothing: only Linux is told whom to kill first where memory is short.
func giveUpFirst(int) {}
