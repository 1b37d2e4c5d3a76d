package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"dreambuild.dev/backend/internal/quota"
)

// claims sets a user's claims: in the running suite, or, with
// GOOGLE_CLOUD_PROJECT, in a real project.
func (s *suite) claims(flags *flag.FlagSet) action {
	uid := flags.String("uid", "", "the user's `uid` or e-mail address")
	plan := flags.String("plan", "", "the user's `plan`, free or premium; left out: as it is")
	admin := flags.String("admin", "", "`bool`: whether the user is an admin; left out: as it is")
	return func(ctx context.Context, _ []string) error {
		wanted, err := readClaims(*plan, *admin)
		if err != nil {
			return err
		}
		if *uid == "" || len(wanted) == 0 {
			return errors.New("name a user and what to set: make claims UID=user@example.com PLAN=premium ADMIN=false")
		}
		return s.setClaims(ctx, *uid, wanted)
	}
}

func (s *suite) setClaims(ctx context.Context, uid string, wanted map[string]any) error {
	text, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./internal/dev/claims", uid, string(text))
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

// readClaims returns the claims that are to change.
func readClaims(plan, admin string) (map[string]any, error) {
	claims := map[string]any{}
	switch quota.Plan(plan) {
	case "":
	case quota.Free, quota.Premium:
		claims["plan"] = plan
	default:
		return nil, fmt.Errorf("PLAN is %q: it must be free or premium", plan)
	}
	if admin != "" {
		yes, err := strconv.ParseBool(admin)
		if err != nil {
			return nil, fmt.Errorf("ADMIN is %q: it must be true or false", admin)
		}
		claims["admin"] = yes
	}
	return claims, nil
}
