package browser_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/e2e/e2etest"
)

// hosting serves one origin as Hosting does: the browser library's files itself,
// functions and models from a backend that the test chooses. /modules/ has the
// npm packages, /isolated/ is a page that is cross-origin isolated, and /empty a
// page without content.
type hosting struct {
	*httptest.Server
	links atomic.Int64 // requests of /models/
}

func openHosting(t testing.TB) (f *hosting, serve func(*e2etest.Backend)) {
	t.Helper()
	var behind atomic.Pointer[httputil.ReverseProxy]
	f = &hosting{}
	files := http.NewServeMux()
	files.Handle("/modules/", http.StripPrefix("/modules/", http.FileServer(http.Dir("../../node_modules"))))
	files.HandleFunc("/isolated/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>isolated</title>")
	})
	files.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>empty</title>")
	})
	files.Handle("/client/", http.FileServer(http.Dir("../../console/dist")))
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := files.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/models/") {
			f.links.Add(1)
		}
		behind.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f, func(s *e2etest.Backend) {
		to := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.Port)}
		behind.Store(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }, FlushInterval: -1})
	}
}

// gateControl lets JavaScript tests do to a gate what Go tests do, and returns its
// URL. A POST takes {inject}, {heal}, {break}, {pace} or {aheadS}, and answers what
// the gate has sent and was asked for so far, of the objects that {of} begins.
func gateControl(t testing.TB, gate *blobtest.Gate, f *hosting) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Inject *struct {
				blobtest.Fault
				DelayMs int
			}
			Heal, Break  bool
			Pace, AheadS *float64
			Of           string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if in.Inject != nil {
			in.Inject.Delay = time.Duration(in.Inject.DelayMs) * time.Millisecond
			gate.Inject(in.Inject.Fault)
		}
		if in.Heal {
			gate.Heal()
			gate.Pace(0)
			gate.Ahead(0)
		}
		if in.Break {
			gate.Break()
		}
		if in.Pace != nil {
			gate.Pace(*in.Pace)
		}
		if in.AheadS != nil {
			gate.Ahead(time.Duration(*in.AheadS * float64(time.Second)))
		}
		reads := 0
		for _, read := range gate.Reads() {
			if _, object, _ := strings.Cut(read, " "); strings.HasPrefix(object, in.Of) {
				reads++
			}
		}
		json.NewEncoder(w).Encode(map[string]int64{"sent": gate.Sent(in.Of), "reads": int64(reads), "links": f.links.Load()})
	}))
	t.Cleanup(server.Close)
	return server.URL
}
