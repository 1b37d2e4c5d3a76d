package callable

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// checkOrigins panics on an origin that no browser sends, such as one without
// its scheme: it would never match.
func checkOrigins(origins []string) {
	for _, o := range origins {
		if u, err := url.Parse(o); o != "*" && (err != nil || u.Scheme == "" || u.Host == "" || o != u.Scheme+"://"+u.Host) {
			panic(fmt.Sprintf("callable: %q is not an origin; write it as https://app.example", o))
		}
	}
}

// allowOrigin sets the headers by which a browser lets a page read the answer,
// and reports whether it has answered already, which it does to a preflight. It
// blocks nothing: what may be called is decided by tokens, never by origins.
func allowOrigin(w http.ResponseWriter, r *http.Request, origins []string) (answered bool) {
	h, origin := w.Header(), r.Header.Get("Origin")
	if len(origins) == 1 {
		origin = origins[0]
	} else if len(origins) > 1 && !slices.Contains(origins, origin) {
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
