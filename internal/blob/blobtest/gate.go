package blobtest

import (
	"context"
	"crypto/rsa"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Gate serves a bucket. Objects by their plain path, /bucket/object, where
// signed URLs point, need a signature; the JSON API, which the backend and
// gsutil use, is passed on, since emulators know no tokens.
type Gate struct {
	Verifier Verifier
	Origins  []string // of the bucket's CORS configuration
	Behind   http.Handler

	mu     sync.Mutex
	faults []*Fault
	seen   []string
	sent   map[string]int64 // bytes, by object
	breaks int              // how often all connections were broken
	ahead  time.Duration    // of the time
	pace   float64          // bytes a second, for all together; 0: as fast as it goes
	free   time.Time        // when the next byte may go, at that pace
}

// NewGate stands in front of a handler, for one account.
func NewGate(behind http.Handler, account string, key *rsa.PublicKey, origins ...string) *Gate {
	return &Gate{Verifier: Verifier{Keys: map[string]*rsa.PublicKey{account: key}}, Origins: origins, Behind: behind}
}

// Proxy passes requests on to a server, under the host that the client asked.
func Proxy(to string) (http.Handler, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // answers that name a URL name ours
			r.SetXForwarded()
		},
		// gsutil tries again by itself.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}, nil
}

// Fault is something that goes wrong with reading an object.
type Fault struct {
	Object string        // the end of its name; "" for any
	Times  int           // how often; 0: always
	Delay  time.Duration // before anything is answered
	Status int           // answered instead; 0: the object
	Cut    int64         // bytes after which the connection breaks; 0: it does not
	Hold   int64         // bytes after which nothing more comes until Break; 0: it goes on
	Short  int64         // bytes that are all there is, it seems; 0: the object
	Plain  bool          // nothing says how long the body is
	Flip   bool          // the first byte is another

	left int
}

// Inject adds a fault. Those that were added first come first.
func (g *Gate) Inject(f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f.left = f.Times
	g.faults = append(g.faults, &f)
}

// Heal forgets all faults.
func (g *Gate) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// Reads returns what was asked for so far: "GET models/m/v1/a", in order, by
// whatever API.
func (g *Gate) Reads() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// Sent counts the bytes of objects that were sent through signed URLs. name is
// an object's, or the beginning of many objects' names.
func (g *Gate) Sent(name string) (n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for object, sent := range g.sent {
		if strings.HasPrefix(object, name) {
			n += sent
		}
	}
	return n
}

// Pace sends no more than so many bytes a second, to all together; 0: no limit.
func (g *Gate) Pace(bytesPerSecond float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pace = bytesPerSecond
}

// Ahead has the gate think that it is later: signatures expire sooner.
func (g *Gate) Ahead(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ahead = d
}

// Break breaks all connections on which objects are being sent.
func (g *Gate) Break() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.breaks++
}

func (g *Gate) broken() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.breaks
}

func (g *Gate) verifier() Verifier {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.Verifier
	if ahead := g.ahead; ahead != 0 {
		v.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	return v
}

// count notes bytes that are sent, and says how long to wait before.
func (g *Gate) count(object string, n int) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sent == nil {
		g.sent = map[string]int64{}
	}
	g.sent[object] += int64(n)
	if g.pace == 0 {
		return 0
	}
	now := time.Now()
	if g.free.Before(now) {
		g.free = now
	}
	wait := g.free.Sub(now)
	g.free = g.free.Add(time.Duration(float64(n) / g.pace * float64(time.Second)))
	return wait
}

// fault notes a read, and finds what shall go wrong with it.
func (g *Gate) fault(method, object string) Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen = append(g.seen, method+" "+object); len(g.seen) > 100_000 { // a suite that runs for weeks
		g.seen = slices.Clone(g.seen[len(g.seen)/2:])
	}
	for i, f := range g.faults {
		if !strings.HasSuffix(object, f.Object) {
			continue
		}
		if f.Times > 0 {
			if f.left--; f.left == 0 {
				g.faults = slices.Delete(g.faults, i, i+1)
			}
		}
		return *f
	}
	return Fault{}
}

// apiPaths begin the JSON API's paths and the emulator's own.
var apiPaths = []string{"/storage/v1/", "/upload/", "/download/", "/resumable/", "/batch/", "/_internal/"}

// read says which object a request reads, and whether by the JSON API.
func read(r *http.Request) (object string, api bool) {
	path := r.URL.EscapedPath()
	for _, prefix := range apiPaths {
		if !strings.HasPrefix(path, prefix) {
			continue
		}
		_, name, ok := strings.Cut(path, "/o/")
		if !ok || r.Method != http.MethodGet || r.URL.Query().Get("alt") != "media" {
			return "", true
		}
		name, _ = url.PathUnescape(name)
		return name, true
	}
	parts := strings.SplitN(r.URL.Path, "/", 3) // "", bucket, object
	return parts[len(parts)-1], false
}

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	object, api := read(r)
	if api && object == "" {
		g.Behind.ServeHTTP(w, r)
		return
	}
	if !api {
		w = &corsWriter{ResponseWriter: w, allow: g.cors(r)}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusOK)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			deny(w, denied(http.StatusMethodNotAllowed, "MethodNotAllowed", "%s", r.Method))
			return
		}
		if err := g.verifier().Verify(r); err != nil {
			deny(w, err)
			return
		}
	}
	f := g.fault(r.Method, object)
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if f.Status > 0 {
		deny(w, denied(f.Status, "InternalError", "an injected fault"))
		return
	}
	if !api {
		w = &countingWriter{w, g, object, g.broken()}
	}
	if f.Hold > 0 {
		w = &holdingWriter{ResponseWriter: w, gate: g, ctx: r.Context(), left: f.Hold, breaks: g.broken()}
	}
	if f.Cut > 0 || f.Short > 0 || f.Plain || f.Flip {
		w = &faultyWriter{ResponseWriter: w, cut: f.Cut, short: f.Short, plain: f.Plain, flip: f.Flip}
	}
	g.Behind.ServeHTTP(w, r)
}

// deny answers as the XML API does.
func deny(w http.ResponseWriter, err error) {
	var d *Denied
	if !errors.As(err, &d) {
		d = &Denied{http.StatusInternalServerError, "InternalError", err.Error()}
	}
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(d.Status)
	io.WriteString(w, xml.Header+"<Error><Code>"+d.Code+"</Code><Message>")
	xml.EscapeText(w, []byte(d.Message))
	io.WriteString(w, "</Message></Error>")
}

// What cors.json lets a browser send and read.
const corsHeaders = "Content-Type, Content-Length, Content-Range, Accept-Ranges, ETag, X-Goog-Hash, X-Goog-Generation, Range"

// cors is the headers that a browser gets which asks from an allowed origin,
// for an allowed method.
func (g *Gate) cors(r *http.Request) map[string]string {
	origin, method := r.Header.Get("Origin"), r.Method
	if method == http.MethodOptions {
		method = r.Header.Get("Access-Control-Request-Method")
	}
	if !slices.Contains(g.Origins, origin) || method != http.MethodGet && method != http.MethodHead {
		return nil
	}
	headers := map[string]string{"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
	if r.Method == http.MethodOptions {
		headers["Access-Control-Allow-Methods"] = "GET, HEAD"
		headers["Access-Control-Allow-Headers"] = corsHeaders
		headers["Access-Control-Max-Age"] = "3600"
	} else {
		headers["Access-Control-Expose-Headers"] = corsHeaders
	}
	return headers
}

// corsWriter puts our CORS headers in place of the emulator's, which allow
// everybody everything.
type corsWriter struct {
	http.ResponseWriter
	allow map[string]string
	done  bool
}

func (w *corsWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *corsWriter) WriteHeader(status int) {
	if !w.done {
		w.done = true
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				w.Header().Del(name)
			}
		}
		for name, value := range w.allow {
			w.Header().Set(name, value)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *corsWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// countingWriter counts what it sends, and keeps the pace.
type countingWriter struct {
	http.ResponseWriter
	gate   *Gate
	object string
	breaks int // when it began
}

func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *countingWriter) Write(p []byte) (int, error) {
	if w.gate.broken() != w.breaks {
		panic(http.ErrAbortHandler)
	}
	time.Sleep(w.gate.count(w.object, len(p)))
	return w.ResponseWriter.Write(p)
}

// holdingWriter sends the beginning of a body, and then nothing until the gate
// breaks its connections.
type holdingWriter struct {
	http.ResponseWriter
	gate   *Gate
	ctx    context.Context // the request's
	left   int64
	breaks int // when it began
}

func (w *holdingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *holdingWriter) Write(p []byte) (int, error) {
	if int64(len(p)) < w.left {
		w.left -= int64(len(p))
		return w.ResponseWriter.Write(p)
	}
	w.ResponseWriter.Write(p[:w.left])
	http.NewResponseController(w.ResponseWriter).Flush()
	for w.gate.broken() == w.breaks && w.ctx.Err() == nil {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-w.ctx.Done():
		}
	}
	panic(http.ErrAbortHandler)
}

// faultyWriter breaks, shortens or corrupts a body.
type faultyWriter struct {
	http.ResponseWriter
	cut   int64
	short int64
	plain bool
	flip  bool
	sent  int64
}

func (w *faultyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *faultyWriter) WriteHeader(status int) {
	if w.short > 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(w.short, 10))
	}
	if w.plain {
		w.Header().Del("Content-Length")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	all := len(p)
	if w.flip && w.sent == 0 && all > 0 {
		p = slices.Clone(p)
		p[0] ^= 1
	}
	if w.cut > 0 && w.sent+int64(all) >= w.cut {
		w.ResponseWriter.Write(p[:w.cut-w.sent])
		http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	if w.short > 0 && w.sent+int64(all) > w.short {
		p = p[:max(0, w.short-w.sent)]
	}
	w.sent += int64(all)
	if n, err := w.ResponseWriter.Write(p); err != nil {
		return n, err
	}
	return all, nil
}
