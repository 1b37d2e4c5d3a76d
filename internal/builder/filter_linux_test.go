package builder_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/builder"
)

// What the kernel calls these: https://man7.org/linux/man-pages/man2/seccomp.2.html
const (
	setNoNewPrivs = 38 // PR_SET_NO_NEW_PRIVS
	setModeFilter = 1  // SECCOMP_SET_MODE_FILTER
	allThreads    = 1  // SECCOMP_FILTER_FLAG_TSYNC
	killProcess   = 0x80000000
	allow         = 0x7fff0000
	openat2       = 437
)

// forbidden are the system calls by which a process comes to a file, another process or a
// network. openat is not among them, since esbuild opens its working directory, which does
// not exist; it fails for every path, as TestWhatAChildHas shows.
var forbidden = []uint32{
	openat2, syscall.SYS_SOCKET, syscall.SYS_SOCKETPAIR, syscall.SYS_CONNECT, syscall.SYS_EXECVE,
	syscall.SYS_READLINKAT, syscall.SYS_FACCESSAT, syscall.SYS_GETDENTS64, syscall.SYS_MKDIRAT, syscall.SYS_UNLINKAT, syscall.SYS_RENAMEAT,
}

// forbid has the kernel kill this process at the first such call, whatever comes of it.
func forbid() {
	program := []syscall.SockFilter{{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS}} // the number of the call
	for _, call := range forbidden {
		program = append(program,
			syscall.SockFilter{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, Jf: 1, K: call},
			syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: killProcess})
	}
	program = append(program, syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: allow})
	filter := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	seccomp := map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH]
	runtime.LockOSThread() // of which the kernel asks for the promise that the first call makes
	_, _, err := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0)
	if err == 0 {
		_, _, err = syscall.RawSyscall(seccomp, setModeFilter, allThreads, uintptr(unsafe.Pointer(&filter)))
	}
	runtime.UnlockOSThread()
	if err != 0 {
		fmt.Fprintln(os.Stderr, "fatal error: no filter:", err)
		os.Exit(2)
	}
}

// TestTheFilter: a child that tries to open a socket dies of it here.
func TestTheFilter(t *testing.T) {
	b, log := opened(t, trickyFiltered)
	b.Build(t.Context(), trick("say", "x"))
	if said := log.String(); strings.Contains(said, "no filter") {
		if os.Getenv("CI") == "true" {
			t.Fatal(said)
		}
		t.Skip(said)
	}
	if got := b.Check(t.Context(), trick("dial")); len(got) != 1 || got[0] != builder.DiagTooDeep {
		t.Errorf("it gets %v", got)
	}
	if said := log.String(); !strings.Contains(said, "bad system call") {
		t.Errorf("the log says %s", said)
	}
}

// TestNothingIsRead: with that filter a child builds what refers to the machine and its
// network.
func TestNothingIsRead(t *testing.T) {
	ordinary, log := opened(t, filtered)
	ordinary.Check(t.Context(), nil)
	if said := log.String(); strings.Contains(said, "no filter") && os.Getenv("CI") != "true" {
		t.Skip(said)
	}
	var files []artifact.File
	for i, from := range []string{
		"../../etc/passwd", "../../../../../../etc/passwd", "/etc/passwd", "/proc/self/environ", "file:///etc/passwd", "node:fs", "fs", "react",
		"http://169.254.169.254/", "http://127.0.0.1/", "https://esm.sh/x", "./there.ts", "./package.json", "//127.0.0.1/x",
	} {
		files = append(files,
			artifact.File{Path: fmt.Sprintf("src/import%d.tsx", i), Content: fmt.Sprintf("import x from %q; import %q; export * from %q; console.log(x, require(%q), import(%q), new URL(%q, import.meta.url), <p/>)", from, from, from, from, from, from)},
			artifact.File{Path: fmt.Sprintf("src/style%d.css", i), Content: fmt.Sprintf("@import %q; @import url(%s); a { background: url(%q) }", from, from, from)})
	}
	files = append(files,
		artifact.File{Path: "src/there.ts", Content: "export default 1"},
		artifact.File{Path: "tsconfig.json", Content: `{"extends": "../../etc/passwd", "compilerOptions": {"paths": {"*": ["/etc/*"]}}}`},
		artifact.File{Path: "package.json", Content: `{"main": "/etc/passwd", "browser": {"fs": "/etc/passwd"}}`})
	page := "<!doctype html>"
	for _, f := range files {
		page += fmt.Sprintf("<script type=module src=%q></script><link rel=stylesheet href=%q>", f.Path, f.Path)
	}
	files = append(files, artifact.File{Path: "index.html", Content: page})
	built := ordinary.Build(t.Context(), files)
	for _, d := range built.Diagnostics {
		if d == builder.DiagNotBuilt || d == builder.DiagTooDeep || d == builder.DiagTooSlow {
			t.Errorf("it was not built: %v", d)
		}
	}
	if said := log.String(); built.Code == "" || said != "" {
		t.Errorf("%d bytes; the log says %s", len(built.Code), said)
	}
}
