package auth

import (
	"context"

	admin "firebase.google.com/go/v4/auth"
)

// Directory deletes users of Firebase Auth. It is the Directory of package account.
type Directory struct{ client func() (*admin.Client, error) }

// OpenDirectory makes a Directory. It asks nobody yet.
func OpenDirectory(cfg Config) Directory { return Directory{adminClient(cfg)} }

// Remove implements account.Directory. UNAVAILABLE keys-unavailable when Firebase Auth
// does not answer, or this program may not delete users.
func (d Directory) Remove(ctx context.Context, uid string) error {
	client, err := d.client()
	if err != nil {
		return keysUnavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.DeleteUser(ctx, uid); err != nil && !admin.IsUserNotFound(err) {
		return keysUnavailable(err)
	}
	return nil
}
