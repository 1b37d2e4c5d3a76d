package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// fuzz runs every fuzz target of the tree, four at a time, and fails if one of
// them finds something.
func (s *suite) fuzz(flags *flag.FlagSet) action {
	each := flags.Duration("time", 10*time.Second, "how `long` each target runs")
	return func(ctx context.Context, _ []string) error {
		targets, err := fuzzTargets(s.root)
		if err != nil {
			return err
		}
		var group errgroup.Group // without a context: a finding does not stop the others
		group.SetLimit(4)
		for _, t := range targets {
			group.Go(func() error { return s.fuzzOne(ctx, t, *each) })
		}
		return group.Wait()
	}
}

// A fuzzTarget is a function FuzzX of a package's tests.
type fuzzTarget struct{ dir, name string }

var fuzzFunc = regexp.MustCompile(`(?m)^func (Fuzz[A-Za-z0-9_]+)\(`)

func fuzzTargets(root string) ([]fuzzTarget, error) {
	var targets []fuzzTarget
	for _, top := range []string{"functions", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			for _, match := range fuzzFunc.FindAllSubmatch(source, -1) {
				targets = append(targets, fuzzTarget{dir: dir, name: string(match[1])})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return targets, nil
}

func (s *suite) fuzzOne(ctx context.Context, t fuzzTarget, each time.Duration) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), "-parallel", "1", "./"+t.dir)
	cmd.Dir = s.root
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		fmt.Fprintf(s.out, "%s: %s\n", t.name, lines[len(lines)-1])
		return nil
	case endedLate(string(out)):
		fmt.Fprintf(s.out, "%s: ok, nothing found (Go reported the end of the time as a failure)\n", t.name)
		return nil
	}
	fmt.Fprintf(s.out, "%s: %s\n", t.name, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	return errors.New("fuzzing found something: what it says above is a failing input to keep as a test")
}

var deadlineAlone = regexp.MustCompile(`(?m)^--- FAIL: Fuzz\w+ \([0-9.]+s\)\n {4}context deadline exceeded\nFAIL$`)

// endedLate tells a failed run that found nothing: until Go 1.27 the end of
// -fuzztime can be reported as a failure, https://go.dev/issue/75804.
func endedLate(output string) bool {
	return deadlineAlone.MatchString(output) && !strings.Contains(output, "Failing input")
}
