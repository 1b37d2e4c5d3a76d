// Command deletion deletes a user's account: it marks it, and waits until the running
// backend has deleted all of it.
//
// `make delete-account` runs it, with the user's uid or e-mail address. It needs no more
// of the operator than to write to Firestore: the key and the right to delete users are
// the backend's.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store"
	firebase "firebase.google.com/go/v4"
)

// patience is how long the backend may take, which looks about once a minute.
const patience = 10 * time.Minute

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "delete-account:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("it takes a user: use make delete-account UID=user@example.com")
	}
	googleProject := os.Getenv("GOOGLE_CLOUD_PROJECT")
	uid, err := find(ctx, googleProject, args[0])
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, googleProject, slog.Default())
	if err != nil {
		return err
	}
	return errors.Join(remove(ctx, db, uid), db.Close())
}

// remove marks an account, and waits until it is gone.
func remove(ctx context.Context, db *store.Store, uid string) error {
	err := db.UpdateDeletion(ctx, uid, func(before *account.Deletion, now time.Time) *account.Deletion {
		if before != nil {
			return nil
		}
		return &account.Deletion{Since: now}
	})
	if err != nil {
		return fmt.Errorf("mark %s: %w", uid, err)
	}
	fmt.Printf("%s is marked: nothing new is stored, and every function refuses the user within a minute. The backend deletes the rest.\n", uid)
	return wait(ctx, db, uid)
}

// find returns the uid of an e-mail address. Any other name is a uid, also of a user
// whom Firebase Auth does not know any more.
func find(ctx context.Context, googleProject, name string) (string, error) {
	if !strings.Contains(name, "@") {
		return name, nil
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: googleProject})
	if err != nil {
		return "", err
	}
	users, err := app.Auth(ctx)
	if err != nil {
		return "", err
	}
	user, err := users.GetUserByEmail(ctx, name)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", name, err)
	}
	return user.UID, nil
}

// wait returns once the account is gone.
func wait(ctx context.Context, db *store.Store, uid string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		s, err := db.Standing(ctx, uid)
		if e := errs.Of(err); e != nil && e.Reason != errs.StoreUnavailable {
			return err
		}
		if err == nil && !s.Leaving {
			fmt.Printf("%s is deleted.\n", uid)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is marked, but not deleted after %v: is a backend running, with DELETION_KEY and the right to delete users? Its log says why, in lines background with kind=account. It goes on trying", uid, patience)
		case <-time.After(time.Second):
		}
	}
}
