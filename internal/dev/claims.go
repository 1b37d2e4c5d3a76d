package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"

	"dreambuild.dev/backend/internal/quota"
)

// claims sets a user's claims, and whether the user is denied: in the running suite,
// or, with GOOGLE_CLOUD_PROJECT, in a real project.
func (s *suite) claims(flags *flag.FlagSet) action {
	uid := flags.String("uid", "", "the user's `uid` or e-mail address")
	plan := flags.String("plan", "", "the user's `plan`: anonymous, free or premium; left out: as it is")
	admin := flags.String("admin", "", "`bool`: whether the user is an admin; left out: as it is")
	denied := flags.String("denied", "", "`bool`: whether every function refuses the user, within a minute; left out: as it is")
	return func(ctx context.Context, _ []string) error {
		wanted, err := readClaims(*plan, *admin)
		if err != nil {
			return err
		}
		if err := checkBool("DENIED", *denied); err != nil {
			return err
		}
		if *uid == "" || len(wanted) == 0 && *denied == "" {
			return errors.New("name a user and what to set: make claims UID=user@example.com PLAN=premium ADMIN=false DENIED=false")
		}
		return s.setClaims(ctx, *uid, wanted, *denied)
	}
}

func (s *suite) setClaims(ctx context.Context, uid string, wanted map[string]any, denied string) error {
	text, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	return s.runOnProject(ctx, "./internal/dev/claims", uid, string(text), denied)
}

// runOnProject runs a program of this module on the running suite, or on the project
// that GOOGLE_CLOUD_PROJECT names.
func (s *suite) runOnProject(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", program}, args...)...)
	cmd.Dir, cmd.Env = s.root, os.Environ()
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if os.Getenv("GOOGLE_CLOUD_PROJECT") == "" {
		w, err := s.findRunning()
		if err != nil {
			return fmt.Errorf("%w. For a real project set GOOGLE_CLOUD_PROJECT", err)
		}
		cmd.Env = append(cmd.Env, "GOOGLE_CLOUD_PROJECT="+project, "FIREBASE_AUTH_EMULATOR_HOST="+w.Auth, "FIRESTORE_EMULATOR_HOST="+w.Firestore)
	}
	return cmd.Run()
}

// readClaims returns the claims that are to change.
func readClaims(plan, admin string) (map[string]any, error) {
	claims := map[string]any{}
	if plan != "" {
		if !slices.Contains(quota.PlanNames(), quota.Plan(plan)) {
			return nil, fmt.Errorf("PLAN is %q: it must be one of %q", plan, quota.PlanNames())
		}
		claims["plan"] = plan
	}
	if err := checkBool("ADMIN", admin); err != nil {
		return nil, err
	}
	if admin != "" {
		claims["admin"], _ = strconv.ParseBool(admin)
	}
	return claims, nil
}

// checkBool refuses what is neither "" nor a bool.
func checkBool(name, value string) error {
	if _, err := strconv.ParseBool(value); value != "" && err != nil {
		return fmt.Errorf("%s is %q: it must be true or false", name, value)
	}
	return nil
}
