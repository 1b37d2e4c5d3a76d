// Package store keeps projects, versions and turns, models and what users were
// granted of them, who may come in, and what a deployment has spent in Firestore. It
// is the Store of packages project, turn, catalogue, access and spending.
//
// It is simple on purpose: in one transaction it reads what a step asks for, runs
// the step, and writes what the step returns. Who may do what, and what follows
// what, is decided in those packages.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Store is Firestore's default database of one Google Cloud project. It is safe
// for concurrent use.
type Store struct {
	client       *firestore.Client
	listenClient *firestore.Client // its connections carry many streams each
	writing      keyedMutex        // by the path of the document that a transaction writes
	key          []byte            // see RememberBy
	breaker      *breaker          // of client

	current sync.Map // model id → the revision that was current when last read
}

// Open connects to Firestore, or to the emulator that FIRESTORE_EMULATOR_HOST
// names. It does not wait for an answer. log hears when the database does not answer
// any more, and when it does again.
func Open(ctx context.Context, googleProject string, log *slog.Logger) (*Store, error) {
	b := &breaker{log: log}
	options, err := through(b)
	if err != nil {
		return nil, fmt.Errorf("open Firestore of %s: %w", googleProject, err)
	}
	client, err := firestore.NewClient(ctx, googleProject, options...)
	if err != nil {
		return nil, fmt.Errorf("open Firestore of %s: %w", googleProject, err)
	}
	// A connection carries about 100 streams, and a turn that is followed takes
	// two.
	listenClient, err := firestore.NewClient(ctx, googleProject, option.WithGRPCConnectionPool(16))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open Firestore of %s to listen: %w", googleProject, err), client.Close())
	}
	return &Store{client: client, listenClient: listenClient, breaker: b}, nil
}

// UpdateProject implements project.Store.
func (s *Store) UpdateProject(ctx context.Context, id, op string, change func(*project.Project, time.Time) (bool, error)) error {
	return s.transact(ctx, op, s.project(id), func(tx *firestore.Transaction) error {
		doc, err := get(tx.Get(s.project(id)))
		if err != nil {
			return err
		}
		p, err := toProject(doc)
		if err != nil {
			return err
		}
		write, err := change(p, doc.ReadTime)
		if err != nil || !write {
			return err
		}
		return tx.Set(s.project(id), p)
	})
}

// transact runs f in a transaction, once no other one of this process writes doc or
// anything below it. When it is unclear whether the commit went through, f runs
// again on what is stored by then: f's writes are all there, or none is.
func (s *Store) transact(ctx context.Context, op string, doc *firestore.DocumentRef, f func(*firestore.Transaction) error) error {
	unlock, err := s.writing.Lock(ctx, doc.Path)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.breaker.begin(ctx); err != nil {
		return err
	}
	ctx = insisting(ctx) // what has begun is brought to its end: it may have been committed
	const timeout = 20 * time.Second
	start, pause := time.Now(), gax.Backoff{Initial: 75 * time.Millisecond, Max: 2 * time.Second, Multiplier: 2}
	for {
		err := s.client.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error { return f(tx) })
		// A busy server cancels calls, too.
		cancelled := status.Code(err) == codes.Canceled && ctx.Err() == nil
		if err == nil || !unclear(err) && !cancelled {
			return translate(op, err)
		}
		if time.Since(start) > timeout {
			return translate(op, err)
		}
		if gax.Sleep(ctx, pause.Pause()) != nil {
			return context.Cause(ctx)
		}
	}
}

// unclear says that a transaction may have been committed although it returned err.
func unclear(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.Internal, codes.DeadlineExceeded, codes.Unknown:
		var known *errs.Error
		return !errors.As(err, &known) && !errors.Is(err, context.Canceled) && !errors.Is(err, errForm)
	case codes.InvalidArgument:
		// The SDK repeats a commit whose answer was lost, and hears that the
		// transaction is over.
		return strings.Contains(status.Convert(err).Message(), "ransaction")
	}
	return false
}

// translate gives Firestore's errors our codes; the errors of a step pass.
func translate(op string, err error) error {
	var known *errs.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case unclear(err):
		return errs.StoreLate().Because(fmt.Errorf("%s: %w", op, err))
	case status.Code(err) == codes.Canceled:
		return fmt.Errorf("%s: %w: %w", op, context.Canceled, err)
	default:
		return fmt.Errorf("%s: %w", op, err)
	}
}

// Project implements project.Store and turn.Store.
func (s *Store) Project(ctx context.Context, id string) (*project.Project, error) {
	doc, err := get(s.project(id).Get(ctx))
	if err != nil {
		return nil, translate("read project", err)
	}
	return toProject(doc)
}

// Version implements project.Store and turn.Store.
func (s *Store) Version(ctx context.Context, id string, number int) (*project.Version, error) {
	doc, err := get(s.version(id, number).Get(ctx))
	if err != nil {
		return nil, translate("read version", err)
	}
	return toVersion(doc)
}

// Files implements project.Store and turn.Store.
func (s *Store) Files(ctx context.Context, id string, refs []project.FileRef) ([]artifact.File, error) {
	blobs := make([]*firestore.DocumentRef, len(refs))
	for i, r := range refs {
		blobs[i] = s.blob(id, r.SHA256)
	}
	docs, err := s.client.GetAll(ctx, blobs)
	if err != nil {
		return nil, translate("read files", err)
	}
	files := make([]artifact.File, len(refs))
	for i, doc := range docs {
		b, err := decode[blob](doc)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return nil, fmt.Errorf("read %s: %w", doc.Ref.Path, project.ErrNoContent)
		}
		files[i] = artifact.File{Path: refs[i].Path, Content: b.Content}
	}
	return files, nil
}

// Projects implements project.Store.
func (s *Store) Projects(ctx context.Context, uid string, page project.Page) ([]project.Project, string, error) {
	q := s.client.Collection(projects).Where("ownerUid", "==", uid).Where("deletedAt", "==", nil).
		OrderBy("updatedAt", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	if page.Token != "" {
		at, id, err := project.ParseToken(page.Token)
		if err != nil {
			return nil, "", err
		}
		q = q.StartAfter(at, id)
	}
	list, more, err := pageOf(ctx, q, page, toProject, func(*project.Project) int { return 0 })
	if err != nil || !more {
		return list, "", err
	}
	last := list[len(list)-1]
	return list, project.Token(last.UpdatedAt, last.ID), nil
}

// Versions implements project.Store.
func (s *Store) Versions(ctx context.Context, id string, page project.Page) ([]project.Version, string, error) {
	// Not by the number, for which releases have had two words.
	q := s.project(id).Collection(versions).OrderBy("createdAt", firestore.Desc)
	if page.Token != "" {
		n, err := project.ParseNumber(page.Token)
		if err != nil {
			return nil, "", err
		}
		last, err := get(s.version(id, n).Get(ctx))
		if err != nil {
			return nil, "", translate("list", err)
		}
		if !last.Exists() {
			return []project.Version{}, "", nil
		}
		q = q.StartAfter(last)
	}
	list, more, err := pageOf(ctx, q, page, toVersion, (*project.Version).Bytes)
	if err != nil || !more {
		return list, "", err
	}
	return list, strconv.Itoa(list[len(list)-1].Number), nil
}

// before continues q after a page whose last entry had the number in token.
func before(q firestore.Query, token string) (firestore.Query, error) {
	if token == "" {
		return q, nil
	}
	n, err := project.ParseNumber(token)
	return q.StartAfter(n), err
}

// pageOf decodes what a query finds until the page is full, and reports whether there is
// more. It holds one document at a time besides the page.
func pageOf[T any](ctx context.Context, q firestore.Query, page project.Page, decode func(*firestore.DocumentSnapshot) (*T, error), bytes func(*T) int) ([]T, bool, error) {
	docs := q.Limit(page.Size + 1).Documents(ctx)
	defer docs.Stop()
	found, total := []T{}, 0
	for {
		doc, err := docs.Next()
		if errors.Is(err, iterator.Done) {
			return found, false, nil
		}
		if err != nil {
			return nil, false, translate("list", err)
		}
		one, err := decode(doc)
		if err != nil {
			return nil, false, err
		}
		n := bytes(one)
		if page.Over(len(found), total, n) {
			return found, true, nil
		}
		found, total = append(found, *one), total+n
	}
}
