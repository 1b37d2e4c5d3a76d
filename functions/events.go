package functions

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// storageObject is the data of Cloud Storage's events
// (https://github.com/googleapis/google-cloudevents, storage/v1/data.proto).
type storageObject struct {
	Bucket string `json:"bucket"`
	Name   string `json:"name"`
}

// modelUploaded receives an event for every object that is written to the bucket of
// models or deleted from it: google.cloud.storage.object.v1.finalized and .deleted.
// An error makes Eventarc deliver the event again.
func (b *Backend) modelUploaded(ctx context.Context, e cloudevents.Event) error {
	m, err := b.modelsOrErr()
	if err != nil {
		return err
	}
	var o storageObject
	if err := json.Unmarshal(e.Data(), &o); err != nil || o.Name == "" {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "The event's data is not a storage object.").Because(err)
	}
	if o.Bucket != m.bucket {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "The event is about the bucket %q, not about %q.", o.Bucket, m.bucket)
	}
	callable.LogAttrs(ctx, slog.String("object", o.Name))
	return m.publisher.Uploaded(ctx, o.Name)
}

// receive checks the sender of a request, and calls fn with the CloudEvent in it. The
// HTTP status of an error makes the sender deliver the event again.
func (b *Backend) receive(ctx context.Context, r *http.Request, fn func(*Backend, context.Context, cloudevents.Event) error) error {
	if err := b.senders.Check(ctx, callable.BearerToken(r.Header.Get("Authorization"))); err != nil {
		return b.gate.Refuse(r, err)
	}
	e, err := cloudevents.NewEventFromHTTPRequest(r)
	if err == nil {
		err = e.Validate()
	}
	if err != nil {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "The request is not a CloudEvent.").Because(err)
	}
	return fn(b, ctx, *e)
}
