package builder_test

import (
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/builder"
	"github.com/evanw/esbuild/pkg/api"
)

// TestMain lets this program be the child of its own tests, too.
func TestMain(m *testing.M) {
	switch os.Args[0] {
	case tricky:
		os.Exit(builder.Serve(tricks))
	case filtered:
		forbid()
		os.Exit(builder.ServeAsIs())
	case trickyFiltered:
		forbid()
		os.Exit(builder.Serve(tricks))
	case stillborn:
		fmt.Fprintln(os.Stderr, "fatal error: stillborn")
		os.Exit(3)
	case silent:
		select {}
	case parent:
		os.Exit(beParent())
	}
	os.Exit(m.Run())
}

// The names of children for tests: one that does what the set says, an ordinary one and
// the first one that die if they open anything, one that dies before it is ready, and one
// that is never ready. The last one is no child but has one.
const (
	tricky         = "tricky-builder"
	filtered       = "filtered-builder"
	trickyFiltered = "tricky-filtered-builder"
	stillborn      = "stillborn-builder"
	silent         = "silent-builder"
	parent         = "builders-parent"
)

// trick is a set that has the child do something; what makes it another set.
func trick(do string, what ...any) []artifact.File {
	return []artifact.File{
		{Path: "trick.tsx", Content: do + "\n" + fmt.Sprint(what...)},
		{Path: "index.html", Content: "<script type=module src=trick.tsx></script>"},
	}
}

var (
	ballast [][]byte
	worked  int
)

// tricks does what the first line of the first file says.
func tricks(files []artifact.File) (code string, wrong []artifact.Diagnostic) {
	do, rest, _ := strings.Cut(files[0].Content, "\n")
	do, argument, _ := strings.Cut(do, " ")
	switch do {
	case "say":
		return rest, []artifact.Diagnostic{{Kind: "said", Severity: artifact.SeverityWarning, Path: files[0].Path, Line: 2, Text: rest[:min(len(rest), 100)]}}
	case "who":
		return strconv.Itoa(os.Getpid()), nil
	case "surroundings":
		return surroundings(), nil
	case "count":
		worked++
		time.Sleep(50 * time.Millisecond)
		return strconv.Itoa(worked), nil
	case "loop":
		for spin := true; spin; {
			worked++
		}
	case "wait":
		d, err := time.ParseDuration(argument)
		if err != nil {
			panic(err)
		}
		time.Sleep(d)
		return rest, nil
	case "panic":
		panic("with a user's words: " + rest)
	case "panic-elsewhere":
		go panic("with a user's words: " + rest)
		select {}
	case "race":
		words := map[int]bool{}
		for range 2 {
			go func() {
				for n := 0; ; n++ {
					words[n%1000] = true
				}
			}()
		}
		select {}
	case "recurse":
		return strconv.Itoa(recurse(math.MaxInt)), nil
	case "memory":
		for {
			ballast = append(ballast, make([]byte, 1<<20))
			for i := range ballast[len(ballast)-1] {
				ballast[len(ballast)-1][i] = 1
			}
		}
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "babble":
		fmt.Println("\xff\xff\xff\xff\xff\xff\xff\xff")
		select {}
	case "large":
		n, _ := strconv.Atoi(argument)
		return strings.Repeat("x", n), nil
	case "open":
		_, err := os.ReadFile("/etc/passwd")
		return fmt.Sprint(err), nil
	case "dial":
		_, err := net.Dial("tcp", "127.0.0.1:80")
		return fmt.Sprint(err), nil
	case "transform":
		loader := map[string]api.Loader{"js": api.LoaderJS, "jsx": api.LoaderJSX, "css": api.LoaderCSS}[argument]
		return string(api.Transform(rest, api.TransformOptions{Loader: loader}).Code), nil
	}
	panic("no such trick")
}

func recurse(n int) int {
	if n == 0 {
		return 0
	}
	return recurse(n-1) + 1
}

// surroundings tells what a child has of its parent.
func surroundings() string {
	var all []string
	for fd := range 1000 {
		var s syscall.Stat_t
		if syscall.Fstat(fd, &s) != nil {
			continue
		}
		name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)) // which opens nothing
		switch {
		case err != nil: // no Linux
			name = fmt.Sprintf("mode %o", s.Mode&syscall.S_IFMT)
		case strings.HasPrefix(name, "/sys/fs/cgroup/"), strings.HasPrefix(name, "anon_inode:["): // Go's runtime: how many processors it may use, and its timers
			continue
		}
		kind, _, _ := strings.Cut(name, ":")
		all = append(all, fmt.Sprintf("%d %s", fd, kind))
	}
	dir, _ := os.Getwd()
	return fmt.Sprintf("open: %s; environment: %q; directory: %s", strings.Join(all, ", "), os.Environ(), dir)
}
