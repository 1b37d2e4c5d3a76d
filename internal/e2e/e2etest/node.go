package e2etest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// RunNode runs a file of JavaScript tests, with more environment variables, and
// shows their report. JS_TESTS is a pattern of the names of tests to run.
func RunNode(t testing.TB, file string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	args := []string{"--test", "--test-reporter=spec"}
	if only := os.Getenv("JS_TESTS"); only != "" {
		args = append(args, "--test-name-pattern="+only)
	}
	cmd := exec.CommandContext(ctx, "node", append(args, file)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("node --test %s: %v", file, err)
	}
}
