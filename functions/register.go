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
)

// shared is the Backend of the functions that the Functions Framework serves.
// It is made at the first call, since init must neither dial nor fail.
var shared = sync.OnceValues(func() (map[string]http.Handler, error) {
	cfg, err := config.Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	b, err := New(context.Background(), cfg, telemetry.Logger(os.Stderr, cfg.Log, cfg.OnCloudRun))
	if err != nil {
		return nil, err
	}
	return b.Handlers(), nil
})

func init() {
	for name := range table {
		framework.HTTP(name, func(w http.ResponseWriter, r *http.Request) {
			handlers, err := shared()
			if err != nil {
				callable.Fail(w, r, errs.New(errs.Internal, "", "INTERNAL").Because(err))
				return
			}
			handlers[name].ServeHTTP(w, r)
		})
	}
}
