// Command claims sets a user's custom claims by the Firebase Admin SDK, and whether the
// user is denied, in the store.
//
// `make claims` runs it, with the user's uid or e-mail address, the claims as JSON, and
// "true", "false" or "" for as it is. It is a program of its own because the SDK takes a minute to compile,
// which the local suite need not wait for.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/store"
	firebase "firebase.google.com/go/v4"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "claims:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("it takes a user, JSON and a bool: use make claims UID=user@example.com PLAN=premium ADMIN=false DENIED=false")
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
	if args[2] != "" {
		if err := deny(ctx, user.UID, args[2]); err != nil {
			return err
		}
	}
	if len(wanted) == 0 {
		return nil
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

// deny makes every function refuse a user, or none any more.
func deny(ctx context.Context, uid, value string) error {
	denied, err := strconv.ParseBool(value)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, os.Getenv("GOOGLE_CLOUD_PROJECT"), slog.Default())
	if err != nil {
		return err
	}
	if err := errors.Join(db.Deny(ctx, uid, denied), db.Close()); err != nil {
		return fmt.Errorf("deny %s: %w", uid, err)
	}
	fmt.Printf("%s is denied: %v. Every instance knows that within a minute.\n", uid, denied)
	return nil
}
