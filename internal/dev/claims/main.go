// Command claims sets a user's custom claims by the Firebase Admin SDK: which
// plan they have, and whether they are an admin.
//
// It is a program of its own so that the local suite's need not be linked with
// the SDK, which takes a minute to compile. `make claims` runs it.
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

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "claims:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("claims", flag.ContinueOnError)
	uid := flags.String("uid", "", "the user's `uid` or e-mail address")
	plan := flags.String("plan", "", "free or premium; left out: as it is")
	admin := flags.String("admin", "", "true or false; left out: as it is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := read(*plan, *admin)
	if err != nil {
		return err
	}
	if *uid == "" || len(wanted) == 0 {
		return errors.New("name a user and what to set: make claims UID=user@example.com PLAN=premium ADMIN=false")
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: os.Getenv("GOOGLE_CLOUD_PROJECT")})
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
	claims := map[string]any{}
	maps.Copy(claims, user.CustomClaims)
	maps.Copy(claims, wanted)
	if err := users.SetCustomUserClaims(ctx, user.UID, claims); err != nil {
		return fmt.Errorf("set the claims of %s: %w", *uid, err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	fmt.Printf("%s (%s) has %s. Their next ID token says so: the one they have lives up to an hour, unless the app calls getIdToken(true).\n", user.UID, user.Email, text)
	return nil
}

// read is the claims that shall change.
func read(plan, admin string) (map[string]any, error) {
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
