package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"google.golang.org/api/idtoken"
)

// storageObject is the data of Cloud Storage's events
// (https://github.com/googleapis/google-cloudevents, storage/v1/data.proto).
type storageObject struct {
	Bucket string `json:"bucket"`
	Name   string `json:"name"`
}

// modelUploaded hears of every object that is written to the bucket of models,
// or deleted from it: google.cloud.storage.object.v1.finalized and .deleted. An
// error has the event delivered again.
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
		return errs.New(errs.InvalidArgument, errs.BadRequest, "The event is of the bucket %q, and not of %q.", o.Bucket, m.bucket)
	}
	callable.LogAttrs(ctx, slog.String("object", o.Name))
	return m.publisher.Uploaded(ctx, o.Name)
}

// senders says who may deliver events. The service is open to everybody, since
// callable functions are, so it asks for the token that Eventarc sends along.
type senders struct {
	account string // whose tokens are accepted; "" for none
	open    bool   // no token is needed: nobody else reaches this process
}

func (s senders) check(ctx context.Context, authorization string) error {
	if s.account == "" && s.open {
		return nil
	}
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	if s.account == "" || !ok {
		return refuse(errors.New("no token, or EVENTS_ACCOUNT is not set"))
	}
	// Any audience: the trigger's account does nothing but deliver events, and
	// what it can cause is a look at what lies in the bucket.
	payload, err := idtoken.Validate(ctx, token, "")
	if unreachable := new(url.Error); errors.As(err, &unreachable) {
		return errs.New(errs.Unavailable, errs.KeysUnavailable, "Google's keys are out of reach. Try again.").Because(err)
	}
	if err != nil {
		return refuse(err)
	}
	if payload.Claims["email"] != s.account || payload.Claims["email_verified"] != true {
		return refuse(fmt.Errorf("the token is of %v", payload.Claims["email"]))
	}
	return nil
}

func refuse(why error) error {
	return errs.New(errs.Unauthenticated, "", "Unauthenticated").Because(why)
}

// receive takes a CloudEvent out of a request. An error's status has it
// delivered again.
func (b *Backend) receive(ctx context.Context, r *http.Request, fn func(*Backend, context.Context, cloudevents.Event) error) error {
	if err := b.senders.check(ctx, r.Header.Get("Authorization")); err != nil {
		return err
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
