package main

import (
	"context"
	"errors"
	"flag"
)

// deleteAccount deletes a user: in the running suite, or, with GOOGLE_CLOUD_PROJECT, in
// a real project.
func (s *suite) deleteAccount(flags *flag.FlagSet) action {
	uid := flags.String("uid", "", "the user's `uid` or e-mail address")
	return func(ctx context.Context, _ []string) error {
		if *uid == "" {
			return errors.New("name a user: make delete-account UID=user@example.com. It cannot be undone")
		}
		return s.runOnProject(ctx, "./internal/dev/deletion", *uid)
	}
}
