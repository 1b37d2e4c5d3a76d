package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// door is what stands before the functions: it answers the platform's probes, and once
// the server stops, it refuses new calls.
type door struct {
	functions http.Handler
	ready     func(context.Context) error // nil: calls can be answered
	stopping  atomic.Bool
}

var errStopping = errs.New(errs.Unavailable, errs.ShuttingDown, "This server is being replaced. Try again.").With("retryAfter", 1)

// ServeHTTP implements http.Handler. Only GET is a probe.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/__/health":
		fmt.Fprintln(w, "ok")
	case r.Method == http.MethodGet && r.URL.Path == "/__/ready":
		d.tell(w, r)
	case d.stopping.Load() && !strings.HasPrefix(r.URL.Path, "/__/"):
		w.Header().Set("Connection", "close")
		callable.Fail(w, r, errStopping)
	default:
		d.functions.ServeHTTP(w, r)
	}
}

// tell answers whether the server is ready, and with 503 in one line why not.
func (d *door) tell(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	err := d.ready(r.Context())
	if d.stopping.Load() {
		err = errStopping
	}
	if err == nil {
		fmt.Fprintln(w, "ok")
		return
	}
	e := errs.Of(err)
	http.Error(w, fmt.Sprintf("%s: %s", e.Reason, e.Message), http.StatusServiceUnavailable)
}
