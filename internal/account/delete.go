package account

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/backoff"
	"dreambuild.dev/backend/internal/errs"
)

// A part of a deletion is bounded, and so is a round of the sweep.
const (
	partDocuments  = 200
	roundDocuments = 2_000
	roundRefs      = 100
)

// lease is how long an instance that deletes an account may be silent before another
// one goes on. A part takes half of it at most.
const lease = 10 * time.Second

// Deleter deletes accounts. It goes on with what others have begun until it is closed.
// It is safe for concurrent use.
type Deleter struct {
	store     Store
	projects  Projects
	directory Directory
	instance  string
	log       *slog.Logger

	end     context.CancelFunc
	working sync.WaitGroup
}

// NewDeleter makes a Deleter of an instance, which must have a name of its own. log is
// told what fails in the background.
func NewDeleter(s Store, p Projects, d Directory, instance string, log *slog.Logger) *Deleter {
	ctx, end := context.WithCancel(context.Background())
	all := &Deleter{store: s, projects: p, directory: d, instance: instance, log: log, end: end}
	all.working.Go(func() { all.sweep(ctx) })
	return all
}

// Close ends the work in the background. What is under way is left to other instances.
func (d *Deleter) Close() {
	d.end()
	d.working.Wait()
}

// Delete marks an account as one that is being deleted, and deletes it for as long as
// ctx lasts. It reports whether all is deleted; what is not, or what fails after the
// mark, is done in the background. UNAUTHENTICATED account-deleted if it was deleted
// before.
func (d *Deleter) Delete(ctx context.Context, uid string) (done bool, err error) {
	err = d.store.UpdateDeletion(ctx, uid, func(before *Deletion, now time.Time) *Deletion {
		if before != nil {
			return nil
		}
		return &Deletion{Since: now}
	})
	if err != nil {
		return false, err
	}
	pause := backoff.Backoff{Min: 50 * time.Millisecond, Max: time.Second}
	for ctx.Err() == nil {
		n, done, err := d.part(ctx, uid)
		if done || err != nil {
			d.warn(ctx, uid, err)
			return done, nil
		}
		if n == 0 {
			_ = pause.Wait(ctx) // the loop ends with ctx
			continue
		}
		pause.Reset()
	}
	return false, nil
}

// sweep goes on with deletions until ctx ends: about once a minute, and soon again
// while it gets on.
func (d *Deleter) sweep(ctx context.Context) {
	const soon, idle = time.Second, time.Minute
	pause := backoff.Backoff{Min: soon, Max: idle}
	var mark Ref
	for ctx.Err() == nil {
		deleted, left := d.round(ctx, &mark)
		if deleted > 0 {
			pause.Reset()
		}
		if left {
			_ = pause.Wait(ctx) // the loop ends with ctx
			continue
		}
		pause = backoff.Backoff{Min: soon, Max: idle}
		rest := backoff.Backoff{Min: idle, Max: idle}
		_ = rest.Wait(ctx)
	}
}

// round goes on with one page of deletions after mark, and moves mark along. It
// returns how many documents it has deleted, and whether there is more to do.
func (d *Deleter) round(ctx context.Context, mark *Ref) (deleted int, left bool) {
	refs, err := d.store.Deletions(ctx, *mark, roundRefs)
	if err == nil && len(refs) == 0 && *mark != (Ref{}) {
		*mark = Ref{}
		refs, err = d.store.Deletions(ctx, *mark, roundRefs)
	}
	d.warn(ctx, "", err)
	for _, ref := range refs {
		n, done := d.some(ctx, ref.UID, roundDocuments-deleted)
		deleted += n
		left = left || !done
		if deleted >= roundDocuments || ctx.Err() != nil {
			return deleted, true
		}
		*mark = ref
	}
	return deleted, left || len(refs) == roundRefs
}

// some deletes parts of an account, at most so many documents, and reports whether it
// is all deleted.
func (d *Deleter) some(ctx context.Context, uid string, most int) (deleted int, done bool) {
	for deleted < most {
		n, done, err := d.part(ctx, uid)
		deleted += n
		if err != nil {
			d.warn(ctx, uid, err)
			return deleted, false
		}
		if done || n == 0 {
			return deleted, done
		}
	}
	return deleted, false
}

// part deletes at most partDocuments, if this instance has the lease or can take it.
// done says that nothing is left; n is 0 while there is something to wait for: a turn
// that ends, or another instance.
func (d *Deleter) part(ctx context.Context, uid string) (n int, done bool, err error) {
	var mine, marked bool
	err = d.store.UpdateDeletion(ctx, uid, func(before *Deletion, now time.Time) *Deletion {
		marked = before != nil
		mine = marked && (before.By == "" || before.By == d.instance || now.Sub(before.RenewedAt) >= lease)
		if !mine {
			return nil
		}
		return &Deletion{Since: before.Since, By: d.instance, RenewedAt: now}
	})
	if isDeleted(err) || err == nil && !marked {
		return 0, true, nil
	}
	if err != nil || !mine {
		return 0, false, err
	}
	within, cancel := context.WithTimeout(ctx, lease/2)
	defer cancel()
	n, done, err = d.erase(within, uid)
	if err != nil {
		d.release(uid)
	}
	return n, done, err
}

// erase deletes at most partDocuments in the order in which nothing is forgotten when
// it breaks off. The user can sign in until all data is gone: so a deletion that does
// not get on can be asked about.
func (d *Deleter) erase(ctx context.Context, uid string) (n int, done bool, err error) {
	n, gone, err := d.eraseProjects(ctx, uid)
	if err != nil || !gone || n >= partDocuments {
		return n, false, err
	}
	for _, erase := range []func(context.Context, string, int) (int, error){d.store.EraseTurns, d.store.EraseRecords} {
		erased, err := erase(ctx, uid, partDocuments-n)
		n += erased
		if err != nil || n >= partDocuments {
			return n, false, err
		}
	}
	if err := d.directory.Remove(ctx, uid); err != nil {
		return n, false, err
	}
	return n, true, d.store.Bury(ctx, uid)
}

// eraseProjects deletes projects, and reports whether all are gone. One that cannot be
// deleted keeps no other one.
func (d *Deleter) eraseProjects(ctx context.Context, uid string) (n int, gone bool, err error) {
	var failed error
	after, gone := "", true
	for {
		ids, err := d.store.ProjectsOf(ctx, uid, after, roundRefs)
		if err != nil {
			return n, false, err
		}
		for _, id := range ids {
			erased, all, err := d.projects.Erase(ctx, uid, id, partDocuments-n)
			n += erased
			gone = gone && all
			if err != nil {
				failed = err
			}
			if n >= partDocuments || ctx.Err() != nil {
				return n, false, failed
			}
			after = id
		}
		if len(ids) < roundRefs {
			return n, gone && failed == nil, failed
		}
	}
}

// release lets other instances go on at once. Should it fail, the lease ends by itself.
func (d *Deleter) release(uid string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.store.UpdateDeletion(ctx, uid, func(before *Deletion, _ time.Time) *Deletion {
		if before == nil || before.By != d.instance {
			return nil
		}
		return &Deletion{Since: before.Since}
	})
}

func isDeleted(err error) bool {
	e := errs.Of(err)
	return e != nil && e.Reason == errs.AccountDeleted
}

// warn tells the log what fails, but not that ctx has ended the work.
func (d *Deleter) warn(ctx context.Context, uid string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	d.log.LogAttrs(ctx, slog.LevelWarn, "background", slog.String("kind", "account"), slog.String("uid", uid), slog.String("err", err.Error()))
}
