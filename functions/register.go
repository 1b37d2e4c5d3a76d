package functions

import (
	"context"
	"net/http"
	"os"
	"sync"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/telemetry"
	framework "github.com/GoogleCloudPlatform/functions-framework-go/functions"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// shared makes the Backend of the functions that the Functions Framework serves.
// It runs at the first call, because init must neither dial nor fail.
var shared = sync.OnceValues(func() (*Backend, error) {
	cfg, err := config.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	return New(context.Background(), cfg, telemetry.Logger(os.Stderr, cfg.LogLevel, cfg.OnCloudRun))
})

var sharedHandlers = sync.OnceValues(func() (map[string]http.Handler, error) {
	b, err := shared()
	if err != nil {
		return nil, err
	}
	return b.Handlers(), nil
})

func init() {
	for name, entry := range table {
		if entry.event != nil {
			framework.CloudEvent(name, func(ctx context.Context, e cloudevents.Event) error {
				b, err := shared()
				if err != nil {
					return err
				}
				// The framework hides the request, and with it the token.
				if err := b.senders.Check(ctx, ""); err != nil {
					return err
				}
				return entry.event(b, ctx, e)
			})
			continue
		}
		framework.HTTP(name, func(w http.ResponseWriter, r *http.Request) {
			handlers, err := sharedHandlers()
			if err != nil {
				callable.Fail(w, r, errs.New(errs.Internal, "", "INTERNAL").Because(err))
				return
			}
			handlers[name].ServeHTTP(w, r)
		})
	}
}
