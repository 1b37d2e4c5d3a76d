// Command claims sets a user's custom claims by the Firebase Admin SDK.
//
// `make claims` runs it, with the user's uid or e-mail address and the claims as
// JSON. It is a program of its own because the SDK takes a minute to compile,
// which the local suite need not wait for.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	firebase "firebase.google.com/go/v4"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "claims:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("it takes a user and JSON: use make claims UID=user@example.com PLAN=premium ADMIN=false")
	}
	uid := args[0]
	var wanted map[string]any
	if err := json.Unmarshal([]byte(args[1]), &wanted); err != nil {
		return fmt.Errorf("read the claims %s: %w", args[1], err)
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
	if strings.Contains(uid, "@") {
		find = users.GetUserByEmail
	}
	user, err := find(ctx, uid)
	if err != nil {
		return fmt.Errorf("find %s: %w", uid, err)
	}
	claims := map[string]any{}
	maps.Copy(claims, user.CustomClaims)
	maps.Copy(claims, wanted)
	if err := users.SetCustomUserClaims(ctx, user.UID, claims); err != nil {
		return fmt.Errorf("set the claims of %s: %w", uid, err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return err
	}
	fmt.Printf("%s (%s) has %s. Their next ID token says so: the one they have lives up to an hour, unless the app calls getIdToken(true).\n", user.UID, user.Email, text)
	return nil
}
