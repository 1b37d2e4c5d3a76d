package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/emulator"
)

func TestVersion(t *testing.T) {
	for said, want := range map[string]int{
		"v20.11.1": 20, "openjdk version \"17.0.15\" 2025-04-15": 17, "java version \"1.8.0_292\"": 8, "javac 21": 21, "Python 3.11.7": 11, "g++ (Debian 12.2.0-14) 12.2.0": 12, "": 0,
	} {
		if got := version(said); got != want {
			t.Errorf("version(%q) = %d, want %d", said, got, want)
		}
	}
}

func newSuite(t *testing.T) (*suite, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	return &suite{root: t.TempDir(), out: out}, out
}

func TestAToolThatIsMissingIsNamedWithItsCure(t *testing.T) {
	s, _ := newSuite(t)
	err := s.install(t.Context(),
		step{name: "a", product: "x", tools: []tool{{"Frob", []string{"no-such-program"}, 1, "install frob"}}, run: func(context.Context) error { t.Error("it ran all the same"); return nil }},
		step{name: "b", product: "x", tools: []tool{{"Go", []string{"go", "version"}, 99, "get a newer Go"}}})
	for _, want := range []string{"Frob is missing (no-such-program): install frob", "Go is too old (go version go1.", "get a newer Go"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

func TestAStepRunsWhenWhatItIsMadeFromHasChanged(t *testing.T) {
	s, _ := newSuite(t)
	from, product := filepath.Join(s.root, "lock"), filepath.Join(s.root, "product")
	runs := 0
	st := step{name: "a step", from: []string{from}, product: product, run: func(context.Context) error {
		if runs++; runs == 3 {
			return fmt.Errorf("broken")
		}
		return os.WriteFile(product, nil, 0o644)
	}}
	for i, tc := range []struct {
		content string
		want    int
		fails   bool
	}{{"1", 1, false}, {"1", 1, false}, {"2", 2, false}, {"3", 3, true}, {"3", 4, false}, {"3", 4, false}} {
		if err := os.WriteFile(from, []byte(tc.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.install(t.Context(), st); (err != nil) != tc.fails || runs != tc.want {
			t.Errorf("install %d: %d runs, want %d; %v", i, runs, tc.want, err)
		}
	}
}

func TestOneSuiteAtATime(t *testing.T) {
	s, _ := newSuite(t)
	unlock, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.reset(t.Context()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("already running in this checkout (process %d)", os.Getpid())) {
		t.Errorf("reset while it runs: %v", err)
	}
	unlock()
	if err := s.reset(t.Context()); err != nil {
		t.Errorf("reset afterwards: %v", err)
	}
}

func TestDataIsFoundAgainAfterAnExportThatWasKilled(t *testing.T) {
	export := func(t *testing.T, dir, content string) {
		t.Helper()
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if content == "" {
			return // killed before it was whole
		}
		if err := os.WriteFile(filepath.Join(dir, "firebase-export-metadata.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name                      string
		data, fresh, old, content string
	}{
		{"nothing happened", "data", "fresh", "old", "data"},
		{"between the renames", "-", "fresh", "old", "fresh"},
		{"only the old is whole", "-", "", "old", "old"},
		{"the first export was cut short", "-", "", "-", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			for dir, content := range map[string]string{data: tc.data, data + ".new": tc.fresh, data + ".old": tc.old} {
				if content != "-" {
					export(t, dir, content)
				}
			}
			if err := recoverData(data); err != nil {
				t.Fatal(err)
			}
			got, _ := os.ReadFile(filepath.Join(data, "firebase-export-metadata.json"))
			if string(got) != tc.content {
				t.Errorf("the data is %q, want %q", got, tc.content)
			}
		})
	}
}

func TestABusyPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	other, err := emulator.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	err = free(map[string]int{"auth": port}, other)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d, for the auth emulator, is in use", port)) {
		t.Errorf("free = %v", err)
	}
	if err := free(map[string]int{"auth": other}, port); err == nil || !strings.Contains(err.Error(), "set PORT") {
		t.Errorf("free = %v", err)
	}
}

// shell starts a program of the suite that is a shell script.
func shell(t *testing.T, s *suite, script string) *process {
	t.Helper()
	p, err := s.start("part", exec.Command("sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(syscall.SIGKILL, time.Second) })
	return p
}

func TestAPartThatEndsWhileItStartsShowsItsLastLines(t *testing.T) {
	s, _ := newSuite(t)
	p := shell(t, s, "echo one; echo two >&2; exit 3")
	err := p.ready(t.Context(), 5*time.Second, func() error { return fmt.Errorf("not yet") })
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "    one\n    two") {
		t.Errorf("ready = %v", err)
	}
}

func TestACrashIsNoticed(t *testing.T) {
	s, _ := newSuite(t)
	well, ill := shell(t, s, "sleep 60"), shell(t, s, "echo last words; exit 7")
	r := &running{parts: []*process{well, ill}}
	err := s.watch(t.Context(), r)
	if err == nil || !strings.Contains(err.Error(), "part ended by itself (exit status 7)") || !strings.Contains(err.Error(), "last words") {
		t.Errorf("watch = %v", err)
	}
}

func TestACrashOfWhatAPartHasStartedIsNoticed(t *testing.T) {
	s, _ := newSuite(t)
	p := shell(t, s, "sleep 60 & wait; sleep 60")
	if err := p.ready(t.Context(), 5*time.Second, func() error {
		if p.family = descendants(p.cmd.Process.Pid); len(p.family) == 0 {
			return fmt.Errorf("nothing started yet")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	syscall.Kill(p.family[0], syscall.SIGKILL)
	err := s.watch(t.Context(), &running{emulators: &emulators{process: p}, parts: []*process{p}})
	if err == nil || !strings.Contains(err.Error(), "an emulator ended by itself") {
		t.Errorf("watch = %v", err)
	}
}

func TestStopLeavesNoProcess(t *testing.T) {
	for _, crashed := range []bool{false, true} {
		t.Run(fmt.Sprintf("crashed=%v", crashed), func(t *testing.T) { testStop(t, crashed) })
	}
}

func testStop(t *testing.T, crashed bool) {
	s, _ := newSuite(t)
	// A child in a group of its own, which ignores polite requests, as emulators do.
	p := shell(t, s, `setsid sh -c 'trap "" TERM INT; echo $$ >child; sleep 60 & wait' & trap "" TERM; wait`)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	child := filepath.Join(dir, "child")
	defer os.Remove(child)
	var pid int
	if err := p.ready(t.Context(), 5*time.Second, func() error {
		text, err := os.ReadFile(child)
		if err == nil {
			_, err = fmt.Sscan(string(text), &pid)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if crashed {
		p.family = descendants(p.cmd.Process.Pid)
		p.cmd.Process.Kill()
		<-p.ended
	}
	p.stop(syscall.SIGTERM, 200*time.Millisecond)
	for deadline := time.Now().Add(5 * time.Second); alive(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is left", pid)
		}
	}
}

func TestTheGuardKillsWhatIsLeft(t *testing.T) {
	for _, orderly := range []bool{false, true} {
		victim := exec.Command("sleep", "60")
		victim.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("group %d\nprocess x\n", victim.Process.Pid)
		if orderly {
			said += "done\n"
		}
		if err := guard(strings.NewReader(said)); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- victim.Wait() }()
		select {
		case <-ended:
			if orderly {
				t.Error("the guard killed after an orderly end")
			}
		case <-time.After(300 * time.Millisecond):
			if !orderly {
				t.Error("the guard left a process")
			}
			victim.Process.Kill()
			<-ended
		}
	}
}

func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !os.IsNotExist(err)
	}
	return !strings.Contains(string(text), ") Z ")
}

func TestConfigMovesEveryPort(t *testing.T) {
	s := &suite{root: "../.."}
	c, err := s.readConfig()
	if err != nil {
		t.Fatal(err)
	}
	before := c.ports()
	if err := c.moved(); err != nil {
		t.Fatal(err)
	}
	after := c.ports()
	for _, name := range []string{"auth", "firestore", "firestore websocket", "storage", "hosting", "hub", "logging"} {
		if before[name] == 0 || after[name] == 0 || before[name] == after[name] {
			t.Errorf("%s: port %d became %d", name, before[name], after[name])
		}
	}
}

func TestJar(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.jar")
	long := "/" + strings.Repeat("long-path/", 20) + "x.jar"
	if err := writeJar(name, "Main", long); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("META-INF/MANIFEST.MF")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\r\n") {
		if len(line) > 72 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if joined := strings.ReplaceAll(string(text), "\r\n ", ""); !strings.Contains(joined, "Class-Path: file:"+long+"\r\n") {
		t.Errorf("manifest %q", joined)
	}
}
