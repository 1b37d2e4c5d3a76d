package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/quota"
	firebase "firebase.google.com/go/v4"
)

// claims sets a user's plan and whether they are an admin: in the running
// suite, or, with GOOGLE_CLOUD_PROJECT, in a real project.
func (s *suite) claims(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dev claims", flag.ContinueOnError)
	uid := flags.String("uid", "", "the user's `uid` or e-mail address")
	plan := flags.String("plan", "", "free or premium; left out: as it is")
	admin := flags.String("admin", "", "true or false; left out: as it is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *uid == "" || *plan == "" && *admin == "" {
		return errors.New("name a user and what to set: make claims UID=user@example.com PLAN=premium ADMIN=false")
	}
	if *plan != "" && *plan != string(quota.Free) && *plan != string(quota.Premium) {
		return fmt.Errorf("PLAN is %q: it must be free or premium", *plan)
	}
	googleProject := os.Getenv("GOOGLE_CLOUD_PROJECT")
	if googleProject == "" {
		w, err := s.findRunning()
		if err != nil {
			return fmt.Errorf("%w. For a real project set GOOGLE_CLOUD_PROJECT", err)
		}
		googleProject = project
		os.Setenv("FIREBASE_AUTH_EMULATOR_HOST", w.Auth)
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: googleProject})
	if err != nil {
		return err
	}
	users, err := app.Auth(ctx)
	if err != nil {
		return err
	}
	find := users.GetUser
	if strings.Contains(*uid, "@") {
		find = users.GetUserByEmail
	}
	user, err := find(ctx, *uid)
	if err != nil {
		return fmt.Errorf("find %s: %w", *uid, err)
	}
	claims := maps.Clone(user.CustomClaims)
	if claims == nil {
		claims = map[string]any{}
	}
	if *plan != "" {
		claims["plan"] = *plan
	}
	if *admin != "" {
		yes, err := strconv.ParseBool(*admin)
		if err != nil {
			return fmt.Errorf("ADMIN is %q: it must be true or false", *admin)
		}
		claims["admin"] = yes
	}
	if err := users.SetCustomUserClaims(ctx, user.UID, claims); err != nil {
		return fmt.Errorf("set the claims of %s: %w", *uid, err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	s.say("%s (%s) has %s. Their next ID token says so: the one they have lives up to an hour, unless the app calls getIdToken(true).", user.UID, user.Email, text)
	return nil
}
