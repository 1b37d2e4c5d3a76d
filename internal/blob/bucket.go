// Package blob keeps model weights in Cloud Storage: it lists, reads and writes
// objects, and signs URLs for reading them. It implements the Bucket and the Signer
// of package catalogue, which decides what is read, and who may read it.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// Bucket is one bucket. It is safe for concurrent use.
type Bucket struct {
	client *storage.Client
	bucket *storage.BucketHandle
}

// Open makes a Bucket, at Google or at an emulator's endpoint such as
// "http://127.0.0.1:9023"; "" means Google. It sends no request yet.
func Open(ctx context.Context, bucket, endpoint string) (*Bucket, error) {
	// The JSON API for reads too: signed URLs use the XML API, so all its requests
	// are from their users, not from the backend.
	options := []option.ClientOption{storage.WithJSONReads()}
	if endpoint != "" {
		options = append(options, option.WithEndpoint(endpoint+"/storage/v1/"), option.WithoutAuthentication())
	}
	client, err := storage.NewClient(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", bucket, err)
	}
	// By default the client retries without a limit.
	client.SetRetry(storage.WithMaxAttempts(4), storage.WithPolicy(storage.RetryIdempotent),
		storage.WithBackoff(gax.Backoff{Initial: 200 * time.Millisecond, Max: 3 * time.Second, Multiplier: 2}))
	return &Bucket{client, client.Bucket(bucket)}, nil
}

// Close ends the connections.
func (b *Bucket) Close() error { return b.client.Close() }

// List implements catalogue.Bucket.
func (b *Bucket) List(ctx context.Context, prefix string) ([]catalogue.Object, error) {
	query := &storage.Query{Prefix: prefix, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name", "Size", "Generation", "CRC32C", "MD5", "ContentEncoding"}); err != nil {
		return nil, err
	}
	var all []catalogue.Object
	for it := b.bucket.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return all, nil
		}
		if err != nil {
			return nil, translate(fmt.Errorf("list %s: %w", prefix, err))
		}
		all = append(all, toObject(attrs))
	}
}

func toObject(attrs *storage.ObjectAttrs) catalogue.Object {
	return catalogue.Object{
		Name: attrs.Name, Size: attrs.Size, Generation: attrs.Generation, CRC32C: attrs.CRC32C, MD5: attrs.MD5, Encoding: attrs.ContentEncoding,
	}
}

// Read implements catalogue.Bucket.
func (b *Bucket) Read(ctx context.Context, name string, generation, offset int64) (io.ReadCloser, error) {
	r, err := b.bucket.Object(name).Generation(generation).NewRangeReader(ctx, offset, -1)
	if err != nil {
		return nil, translate(err)
	}
	return reader{r}, nil
}

// reader translates the errors of reading.
type reader struct{ *storage.Reader }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = translate(err)
	}
	return n, err
}

// Write implements catalogue.Bucket.
func (b *Bucket) Write(ctx context.Context, name string, content []byte, replaces int64) (catalogue.Object, error) {
	condition := storage.Conditions{GenerationMatch: replaces}
	if replaces == 0 {
		condition = storage.Conditions{DoesNotExist: true}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // aborts the write if it was not closed
	w := b.bucket.Object(name).If(condition).NewWriter(ctx)
	w.ChunkSize = 0 // in one request
	w.ContentType, w.CacheControl = "application/json", "private, no-store, no-transform"
	if _, err := w.Write(content); err != nil {
		return catalogue.Object{}, translate(err)
	}
	if err := w.Close(); err != nil {
		return catalogue.Object{}, translate(err)
	}
	return toObject(w.Attrs()), nil
}

// translate maps an error of Cloud Storage to catalogue.ErrGone, or to an errs.Error if
// trying again may help. Other errors stay: they mean that the configuration or the
// request is wrong.
func translate(err error) error {
	var api *googleapi.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrObjectNotExist),
		errors.As(err, &api) && (api.Code == http.StatusPreconditionFailed || api.Code == http.StatusRequestedRangeNotSatisfiable):
		return fmt.Errorf("%w: %w", catalogue.ErrGone, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, storage.ErrBucketNotExist), errors.As(err, &api) && ours(api):
		return err // the configuration or the request is wrong: trying again does not help
	case strings.Contains(err.Error(), "storage: bad CRC on read"): // the library exports no error for it
		return errs.New(errs.DataLoss, errs.BucketUnavailable, "What was read from the model storage is not what lies there. Try again.").Because(err)
	default:
		return errs.New(errs.Unavailable, errs.BucketUnavailable, "The model storage does not answer. Try again.").With("retryAfter", 5).Because(err)
	}
}

// ours reports whether an answer blames the request: the same request would fail again.
func ours(err *googleapi.Error) bool {
	return err.Code < 500 && err.Code != http.StatusTooManyRequests && err.Code != http.StatusRequestTimeout
}
