package callable

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// checkOrigins panics if an origin is one that no browser sends, such as one
// without a scheme: it would never match.
func (o Options) checkOrigins() {
	for _, origin := range o.Origins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || origin != u.Scheme+"://"+u.Host) {
			panic(fmt.Sprintf("callable: %q is not an origin; write it as https://app.example", origin))
		}
	}
}

// allowOrigin sets the headers by which a browser lets a page read the answer.
// It answers a preflight itself, and reports whether it did. It refuses nobody:
// tokens decide what may be called, never origins.
func (o Options) allowOrigin(w http.ResponseWriter, r *http.Request) (answered bool) {
	h, origin := w.Header(), r.Header.Get("Origin")
	switch {
	case len(o.Origins) == 0:
	case len(o.Origins) == 1:
		origin = o.Origins[0]
	case !slices.Contains(o.Origins, origin):
		origin = ""
	}
	if origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	if origin != "*" {
		h.Add("Vary", "Origin")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Add("Vary", "Access-Control-Request-Headers")
	// Not "*": that does not cover Authorization.
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
