package functions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// How a deletion is asked for.
const (
	recent   = 5 * time.Minute  // since the sign-in, as Firebase Auth asks of those who delete themselves
	patience = 15 * time.Second // then the rest follows by itself
)

// deletionState says how far a deletion is.
type deletionState string

const (
	deleted  deletionState = "deleted"  // nothing of the account is left
	deleting deletionState = "deleting" // the rest follows by itself
)

type deleteAccountResult struct {
	State deletionState `json:"state"`
}

// deleteAccount deletes all that is stored of the caller, and the user of Firebase
// Auth. It cannot be undone: once it is answered, the rest follows by itself.
func (b *Backend) deleteAccount(ctx context.Context, call callable.Call[struct{}]) (deleteAccountResult, error) {
	if b.accounts == nil {
		return deleteAccountResult{}, errs.New(errs.FailedPrecondition, errs.NotSetUp, "Accounts cannot be deleted here yet. Ask whoever runs this app to delete yours.").Because(errors.New("DELETION_KEY is not set"))
	}
	// Who has no account cannot sign in again.
	if in := auth.SignInOf(call.Caller); !isAnonymous(call.Caller) && time.Since(in.At) > recent {
		return deleteAccountResult{}, errs.New(errs.FailedPrecondition, errs.RecentSignIn, "Sign in again, then delete the account: this sign-in is more than %d minutes old.", int(recent.Minutes()))
	}
	defer b.denials.Forget(call.Caller.UID)
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, err := b.accounts.Delete(within, call.Caller.UID)
	switch {
	case err != nil && within.Err() != nil:
		return deleteAccountResult{}, errs.StoreLate().Because(err)
	case err != nil:
		return deleteAccountResult{}, err
	case done:
		return deleteAccountResult{deleted}, nil
	}
	return deleteAccountResult{deleting}, nil
}

// exportPart is a part of the archive.
type exportPart struct {
	Type  string `json:"type"` // "part"
	Index int    `json:"index"`
	Data  string `json:"data"`
}

type exportAccountResult struct {
	Parts    int    `json:"parts"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"` // of the archive, hexadecimal
	Projects int    `json:"projects"`
	Files    int    `json:"files"`
	Messages int    `json:"messages"`
}

// exportAccount streams all that is stored of the caller, as the parts of a zip
// archive.
func (b *Backend) exportAccount(ctx context.Context, call callable.Call[struct{}], send func(exportPart) error) (exportAccountResult, error) {
	all := sha256.New()
	parts := &partWriter{send: send}
	counts, err := b.exports.Export(ctx, call.Caller.UID, io.MultiWriter(all, parts))
	if err == nil {
		err = parts.Flush()
	}
	if err != nil {
		return exportAccountResult{}, err
	}
	return exportAccountResult{
		Parts: parts.index, Bytes: parts.bytes, SHA256: hex.EncodeToString(all.Sum(nil)),
		Projects: counts.Projects, Files: counts.Files, Messages: counts.Turns,
	}, nil
}

// partBytes is how much of an archive one part has: 256 KB in base64.
const partBytes = 192 << 10

// partWriter sends what is written to it in parts.
type partWriter struct {
	send  func(exportPart) error
	part  []byte
	index int // of the next part
	bytes int64
}

// Write implements io.Writer.
func (w *partWriter) Write(p []byte) (int, error) {
	written := len(p)
	for len(p) > 0 {
		n := min(partBytes-len(w.part), len(p))
		w.part = append(w.part, p[:n]...)
		if p = p[n:]; len(w.part) == partBytes {
			if err := w.Flush(); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

// Flush sends what is left.
func (w *partWriter) Flush() error {
	if len(w.part) == 0 {
		return nil
	}
	err := w.send(exportPart{"part", w.index, base64.StdEncoding.EncodeToString(w.part)})
	w.bytes += int64(len(w.part))
	w.index, w.part = w.index+1, w.part[:0]
	return err
}
