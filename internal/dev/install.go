package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A step installs one thing. It is skipped if the thing is there and the files
// that it was made from have not changed.
type step struct {
	name    string
	product string   // the file that must exist; "" means that the step always runs
	from    []string // files that it is made from
	tools   []tool   // what it needs of the machine
	run     func(ctx context.Context) error
}

// A tool is something that the machine must have.
type tool struct {
	name    string
	command []string // prints its version
	least   int      // the first number of the version; of Python's the second
	get     string   // how to get it
}

var (
	node   = tool{"Node.js", []string{"node", "--version"}, 20, "install Node.js 20 or newer (nodejs.org, nvm, or your package manager)"}
	java   = tool{"a Java runtime", []string{"java", "-version"}, 17, "install a Java runtime 17 or newer (adoptium.net, apt install openjdk-17-jre-headless, brew install openjdk)"}
	python = tool{"Python", []string{"python3", "--version"}, 10, "install Python 3.10 or newer with venv (python.org, or apt install python3-venv)"}
	gcc    = tool{"a C++ compiler", []string{"g++", "--version"}, 0, "install gcc and g++ (apt install g++, or the Xcode command line tools)"}
)

// missing says what is wrong with a tool on this machine.
func (t tool) missing() error {
	out, err := exec.Command(t.command[0], t.command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s is missing (%s): %s", t.name, strings.Join(t.command, " "), t.get)
	}
	if v := version(string(out)); v < t.least {
		return fmt.Errorf("%s is too old (%s): %s", t.name, strings.TrimSpace(firstLine(string(out))), t.get)
	}
	return nil
}

// version reads the number that is compared from the output of a tool: 17 from
// "17.0.15" and from "v17", 8 from Java's "1.8.0", 11 from Python's "3.11.7".
func version(said string) int {
	m := regexp.MustCompile(`(\d+)(?:\.(\d+))?`).FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	first, _ := strconv.Atoi(m[1])
	second, _ := strconv.Atoi(m[2])
	if strings.HasPrefix(said, "Python") || first == 1 {
		return second
	}
	return first
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// install runs the steps that are due, side by side, with progress.
func (s *suite) install(ctx context.Context, steps ...step) error {
	var due []step
	problems := map[string]error{}
	for _, st := range steps {
		if s.done(st) {
			continue
		}
		due = append(due, st)
		for _, t := range st.tools {
			if err := t.missing(); err != nil {
				problems[t.name] = err
			}
		}
	}
	if len(problems) > 0 {
		var all []error
		for _, err := range problems {
			all = append(all, err)
		}
		return fmt.Errorf("this machine lacks something:\n%w", errors.Join(all...))
	}
	var wait sync.WaitGroup
	failed := make([]error, len(due))
	for i, st := range due {
		wait.Go(func() { failed[i] = s.timed(st.name, func() error { return s.once(ctx, st) }) })
	}
	wait.Wait()
	return errors.Join(failed...)
}

// timed runs f and reports its progress and its end, unless f is quick.
func (s *suite) timed(name string, f func() error) error {
	start := time.Now()
	quit := make(chan struct{})
	var ticker sync.WaitGroup
	spoke := false
	ticker.Go(func() {
		for wait := 500 * time.Millisecond; ; wait = 10 * time.Second {
			select {
			case <-quit:
				return
			case <-time.After(wait):
				spoke = true
				s.say("  %s … %ds", name, int(time.Since(start).Seconds()))
			}
		}
	})
	err := f()
	close(quit)
	ticker.Wait()
	if spoke && err == nil {
		s.say("  %s: done in %.1fs", name, time.Since(start).Seconds())
	}
	return err
}

// done says whether a step's product was made from the files as they are now.
func (s *suite) done(st step) bool {
	if _, err := os.Stat(st.product); err != nil {
		return false
	}
	stamp, err := os.ReadFile(s.stamp(st))
	sum, serr := hash(st.from)
	return err == nil && serr == nil && string(stamp) == sum
}

func (s *suite) once(ctx context.Context, st step) error {
	if err := os.MkdirAll(filepath.Join(s.dev(), "stamps"), 0o755); err != nil {
		return err
	}
	os.Remove(s.stamp(st)) // a step that is killed must run again
	if err := st.run(ctx); err != nil {
		return fmt.Errorf("%s: %w", st.name, err)
	}
	sum, err := hash(st.from)
	if err != nil {
		return err
	}
	return os.WriteFile(s.stamp(st), []byte(sum), 0o644)
}

func (s *suite) stamp(st step) string {
	return filepath.Join(s.dev(), "stamps", strings.ReplaceAll(st.name, " ", "-"))
}

func hash(files []string) (string, error) {
	h := sha256.New()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(name), len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// quietly runs a program to its end. Its output is shown only if it fails.
func quietly(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s %s: %w\n    %s", name, strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-20):], "\n    "))
	}
	return nil
}

// basics lists what every command of the suite needs.
func (s *suite) basics() []step { return []step{s.npm()} }

// everything lists what make run needs. The Python packages contain the small
// model, which browsers run too.
func (s *suite) everything() []step {
	return append(s.basics(), append(s.bucketTools(), s.pip(), s.server())...)
}

// ready installs everything, and builds the console with it.
func (s *suite) ready(ctx context.Context) error {
	if err := s.install(ctx, s.everything()...); err != nil {
		return err
	}
	return s.install(ctx, s.console())
}

// installWorkers installs the real workers that tests use.
func (s *suite) installWorkers(ctx context.Context) error {
	return s.install(ctx, s.pip(), s.ollama())
}

// bucketTools lists what a bucket and uploads need.
func (s *suite) bucketTools() []step {
	steps := []step{s.bucketServer()}
	if s.gsutilPath() == "" {
		steps = append(steps, s.gsutil())
	}
	return steps
}

func (s *suite) npm() step {
	dir := filepath.Join(s.root, "internal")
	modules := filepath.Join(dir, "node_modules")
	return step{
		name: "npm packages", from: []string{filepath.Join(dir, "package-lock.json")}, product: filepath.Join(modules, "firebase-tools"), tools: []tool{node, java},
		run: func(ctx context.Context) error {
			return quietly(ctx, dir, nil, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
		},
	}
}

// console builds what Hosting serves. That takes a second.
func (s *suite) console() step {
	return step{name: "the console", tools: []tool{node}, run: func(ctx context.Context) error {
		return quietly(ctx, s.root, nil, "node", "internal/console/build.mjs")
	}}
}

func (s *suite) pip() step {
	requirements := filepath.Join(s.root, "internal/dev/requirements.txt")
	venv := filepath.Join(s.dev(), "venv")
	return step{
		name: "Python packages", from: []string{requirements}, product: filepath.Join(venv, "bin/python"), tools: []tool{python},
		run: func(ctx context.Context) error { return s.venv(ctx, venv, requirements) },
	}
}

// venv makes a Python environment of pinned packages.
func (s *suite) venv(ctx context.Context, dir, requirements string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := quietly(ctx, s.root, nil, "python3", "-m", "venv", dir); err != nil {
		return err
	}
	return quietly(ctx, s.root, nil, filepath.Join(dir, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", requirements)
}

func (s *suite) server() step {
	return step{name: "the backend", run: func(ctx context.Context) error {
		return quietly(ctx, s.root, nil, "go", "build", "-tags", "disable_grpc_modules", "-o", s.bin("server"), "./functions/server")
	}}
}

const ollamaVersion = "v0.9.6"

func (s *suite) ollama() step {
	return step{
		name: "Ollama " + ollamaVersion, product: s.bin("ollama-" + ollamaVersion + "/ollama"), tools: []tool{gcc},
		run: func(ctx context.Context) error {
			return quietly(ctx, os.TempDir(), []string{"GOBIN=" + s.bin("ollama-"+ollamaVersion)}, "go", "install", "github.com/ollama/ollama@"+ollamaVersion)
		},
	}
}
