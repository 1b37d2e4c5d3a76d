package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// claims sets a user's claims: in the running suite, or, with
// GOOGLE_CLOUD_PROJECT, in a real project.
func (s *suite) claims(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "./internal/dev/claims"}, args...)...)
	cmd.Dir, cmd.Env = s.root, os.Environ()
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if os.Getenv("GOOGLE_CLOUD_PROJECT") == "" {
		w, err := s.findRunning()
		if err != nil {
			return fmt.Errorf("%w. For a real project set GOOGLE_CLOUD_PROJECT", err)
		}
		cmd.Env = append(cmd.Env, "GOOGLE_CLOUD_PROJECT="+project, "FIREBASE_AUTH_EMULATOR_HOST="+w.Auth)
	}
	return cmd.Run()
}
