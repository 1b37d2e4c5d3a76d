package catalogue

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/uuid"
)

// Object is one object of the bucket.
type Object struct {
	Name       string
	Size       int64
	Generation int64
	CRC32C     uint32
	MD5        []byte // nil: it was composed of parts
	Encoding   string // Content-Encoding
}

// Bucket holds the weights. Its errors are UNAVAILABLE
// bucket-unavailable when trying again may help.
type Bucket interface {
	// List returns the objects whose names begin with prefix.
	List(ctx context.Context, prefix string) ([]Object, error)
	// Read streams exactly that generation of an object, from an offset in bytes.
	// It returns ErrGone if the bucket has no such generation.
	Read(ctx context.Context, name string, generation, offset int64) (io.ReadCloser, error)
	// Write stores a small object in place of the generation that it replaces; 0
	// means that there is none yet. It returns ErrGone if the bucket has another.
	Write(ctx context.Context, name string, content []byte, replaces int64) (Object, error)
}

// ErrGone reports that an object has changed since it was listed, or is deleted.
var ErrGone = errors.New("the object was changed or deleted")

// View is what a step sees, read in one transaction. A nil part is absent.
type View struct {
	Now      time.Time // the server's read time
	Model    *Model
	Revision *Revision
}

// Change is what a step writes. A nil part is left as it is.
type Change struct {
	Model    *Model
	Revision *Revision
}

// Step decides about a revision. It is pure, and may run more than once.
type Step func(View) (Change, error)

// Store keeps models and revisions.
type Store interface {
	// ApplyRevision runs a step and writes its change in one transaction. op names
	// it in errors.
	ApplyRevision(ctx context.Context, k Key, op string, step Step) error
	// Revision reads a revision; nil if there is none.
	Revision(ctx context.Context, k Key) (*Revision, error)
}

// Publisher publishes what was uploaded.
type Publisher struct {
	Store  Store
	Bucket Bucket

	// Lease is how long a run may be silent before another one takes its publish
	// over; 0 means 15 s. A run stores its progress ten times in a lease.
	Lease time.Duration
}

// Publish makes an uploaded revision available, and returns it. It reads every
// byte once, and calls report with its progress, from 0 to 1. It continues a
// publish that stopped in the middle, waits for one that runs elsewhere, and
// compares with the bucket what is published already.
//
// Errors: FAILED_PRECONDITION incomplete with details.problems; revision-changed
// when a published one was tampered with, which quarantines it; quarantined.
func (p *Publisher) Publish(ctx context.Context, k Key, report func(progress float64)) (Revision, error) {
	if err := k.Check(); err != nil {
		return Revision{}, err
	}
	for {
		stored, err := p.Store.Revision(ctx, k)
		if err != nil {
			return Revision{}, err
		}
		switch {
		case stored != nil && stored.State == Published:
			return p.compare(ctx, k, *stored)
		case stored != nil && stored.State == Quarantined:
			return Revision{}, errRefused(*stored)
		}
		d, err := p.inspect(ctx, k)
		if err != nil {
			return Revision{}, errChanged(k, err)
		}
		run := uuid.NewString()
		var seen Revision
		if err := p.Store.ApplyRevision(ctx, k, "begin publish", begin(k, run, p.lease(), d, &seen)); err != nil {
			return Revision{}, err
		}
		switch {
		case seen.State == Incomplete:
			return Revision{}, errRefused(seen)
		case seen.State == Hashing && seen.Run == run:
			return p.hash(ctx, seen, d, report)
		case seen.State == Hashing: // somebody else's
			if err := p.follow(ctx, seen, d, report); err != nil {
				return Revision{}, err
			}
		} // published or quarantined meanwhile: look again
	}
}

func (p *Publisher) lease() time.Duration {
	if p.Lease == 0 {
		return 15 * time.Second
	}
	return p.Lease
}

// follow waits while another run hashes. It gives up on a run that is silent for
// a lease.
func (p *Publisher) follow(ctx context.Context, r Revision, d draft, report func(float64)) error {
	look := time.NewTicker(p.lease() / 10)
	defer look.Stop()
	for alive := time.Now(); time.Since(alive) <= p.lease(); {
		if report != nil && d.config != nil {
			report(progress(r.Hashes, *d.config))
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		now, err := p.Store.Revision(ctx, r.Key)
		if err != nil {
			return err
		}
		if now == nil || now.State != Hashing || now.RenewedAt.IsZero() {
			return nil
		}
		if !now.RenewedAt.Equal(r.RenewedAt) {
			alive = time.Now()
		}
		r = *now
	}
	return nil
}

// begin takes a revision for run, if it can be published. It leaves the revision
// as it is afterwards in seen.
func begin(k Key, run string, lease time.Duration, d draft, seen *Revision) Step {
	return func(v View) (Change, error) {
		next := Revision{Key: k}
		if v.Revision != nil {
			next = *v.Revision
		}
		running := next.State == Hashing && v.Now.Sub(next.RenewedAt) <= lease
		switch {
		case next.State == Published || next.State == Quarantined || running:
			*seen = next
			return Change{}, nil
		case len(d.problems) > 0:
			// The events of an upload come by the hundred; one document takes
			// about one write a second.
			often := next.State == Incomplete && v.Now.Sub(next.UpdatedAt) < 2*time.Second
			next.State, next.Problems, next.Run, next.Hashes = Incomplete, d.problems, "", nil
			if often {
				*seen = next
				return Change{}, nil
			}
		default:
			next.State, next.Problems, next.Run, next.RenewedAt = Hashing, nil, run, v.Now
		}
		next.Config, next.UpdatedAt = d.config, v.Now
		*seen = next
		return Change{Revision: &next}, nil
	}
}

// errRefused says why a revision cannot be used or published.
func errRefused(r Revision) error {
	switch r.State {
	case Quarantined:
		return errs.New(errs.FailedPrecondition, errs.Quarantined,
			"Revision %s of %s is quarantined (%s). Upload the model as a new revision.", r.Key.Revision, r.Key.Model, errs.Logged(strings.Join(r.Problems, "; "))).
			With("problems", r.Problems)
	case Incomplete:
		return errs.New(errs.FailedPrecondition, errs.Incomplete, "The upload of %s, revision %s, cannot be published:\n- %s",
			r.Key.Model, r.Key.Revision, errs.Logged(strings.Join(r.Problems, "\n- "))).
			With("problems", r.Problems)
	default:
		return errs.New(errs.FailedPrecondition, errs.NotPublished, "Revision %s of %s is not published yet.", r.Key.Revision, r.Key.Model)
	}
}

// errChanged says what to do when the bucket changed during a publish. It returns
// any other error as it is.
func errChanged(k Key, err error) error {
	if errors.Is(err, ErrGone) {
		return errs.New(errs.Aborted, errs.Incomplete, "The upload of %s, revision %s, changed while it was read. Publish it again when the upload is done.", k.Model, k.Revision).
			Because(err)
	}
	return err
}

// compare checks a published revision against the bucket, and quarantines it if
// an object has changed.
func (p *Publisher) compare(ctx context.Context, k Key, r Revision) (Revision, error) {
	listed, err := p.Bucket.List(ctx, k.Prefix())
	if err != nil {
		return Revision{}, err
	}
	var problems []string
	text, err := readSmall(ctx, p.Bucket, k.Object(ManifestName), r.Manifest.Generation)
	switch {
	case errors.Is(err, ErrGone):
		problems = []string{ManifestName + " is gone or was overwritten"}
	case err != nil:
		return Revision{}, err
	default:
		m, err := readManifest(text, *r.Manifest)
		if err != nil {
			problems = []string{err.Error()}
			break
		}
		problems = m.changes(byPath(k, listed))
	}
	if len(problems) == 0 {
		return r, nil
	}
	if _, err := p.Quarantine(ctx, k, problems...); err != nil {
		return Revision{}, err
	}
	return Revision{}, errs.New(errs.FailedPrecondition, errs.RevisionChanged,
		"Revision %s of %s was changed after it was published, and is quarantined now. Upload the model as a new revision.\n- %s", k.Revision, k.Model, errs.Logged(strings.Join(problems, "\n- "))).
		With("problems", problems)
}

// Quarantine withdraws a revision permanently, and returns it. No URL of it is
// signed any more; those that were signed work until they expire. NOT_FOUND
// no-such-model if there is no such revision.
func (p *Publisher) Quarantine(ctx context.Context, k Key, why ...string) (Revision, error) {
	if err := k.Check(); err != nil {
		return Revision{}, err
	}
	var out Revision
	err := p.Store.ApplyRevision(ctx, k, "quarantine", func(v View) (Change, error) {
		if v.Revision == nil {
			return Change{}, errNoSuchModel(k)
		}
		out = *v.Revision
		if out.State == Quarantined {
			return Change{}, nil
		}
		out.State, out.Problems, out.UpdatedAt = Quarantined, why, v.Now
		out.Run, out.Hashes = "", nil
		c := Change{Revision: &out}
		if v.Model != nil {
			m := *v.Model
			m.Published = slices.DeleteFunc(slices.Clone(m.Published), func(rev string) bool { return rev == k.Revision })
			m.UpdatedAt = v.Now
			c.Model = &m
		}
		return c, nil
	})
	return out, err
}

func errNoSuchModel(k Key) error {
	return errs.New(errs.NotFound, errs.NoSuchModel, "There is no model %s with a revision %q.", k.Model, k.Revision)
}

// Uploaded handles the event that an object was written or deleted. It publishes
// a revision that has become complete, and quarantines a published one that was
// changed. Events may come twice, late, and in any order.
//
// A wrong upload is recorded and is no error: delivering the event again would
// not help.
func (p *Publisher) Uploaded(ctx context.Context, name string) error {
	k, path, ok := ParseObject(name)
	if !ok {
		return nil
	}
	if path == ManifestName {
		r, err := p.Store.Revision(ctx, k)
		if err != nil {
			return err
		}
		if r == nil || r.State == Incomplete {
			return nil // it is no file of the upload
		}
	}
	_, err := p.Publish(ctx, k, nil)
	if e := errs.Of(err); e != nil && e.Code == errs.FailedPrecondition {
		return nil
	}
	return err
}
