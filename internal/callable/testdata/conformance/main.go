// Command conformance serves functions by which the protocol of Firebase
// callable functions can be compared with the reference's, firebase-functions
// 7.4.0 for Node: those that ../vectors.json was captured from, and those that
// the tests of the Firebase SDKs for JavaScript, iOS and Android call.
//
//	go run ./internal/callable/testdata/conformance -addr 127.0.0.1:8300
//
// The first line that it prints says where it listens. Tokens are verified with
// the keys of two files, each a JSON Web Key Set; without a file no token of
// that kind is good.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "the `address` to listen on")
	project := flag.String("project", "aproject", "the Firebase project whose tokens are good")
	idKeys := flag.String("id-jwks", "", "a `file`: the keys that verify ID tokens")
	appKeys := flag.String("appcheck-jwks", "", "a `file`: the keys that verify App Check tokens")
	flag.Parse()
	if err := run(*addr, *project, *idKeys, *appKeys); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(addr, project, idKeys, appKeys string) error {
	// Keys are fetched, as from Google.
	files := http.Client{Transport: fileTransport{"id": idKeys, "app": appKeys}}
	cfg := auth.Config{Project: project, KeysURL: "http://keys/id", AppKeysURL: "http://keys/app", Client: &files}
	verifier, err := auth.Open(cfg)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	handlers := functions(callable.Options{Verifier: verifier, Apps: auth.OpenApps(cfg), Logger: log})
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// /{name} or /{project}/{region}/{name}; what follows is ignored.
		parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
		h, ok := handlers[parts[0]]
		if !ok && len(parts) >= 3 {
			h, ok = handlers[parts[2]]
		}
		if !ok {
			callable.Fail(w, r, errs.New(errs.NotFound, errs.NoSuchFunction, "There is no function %q.", r.URL.Path))
			return
		}
		h.ServeHTTP(w, r)
	})}
	return server.Serve(l)
}

// fileTransport answers requests with files, by the path.
type fileTransport map[string]string

func (t fileTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	text := []byte(`{"keys":[]}`)
	if file := t[strings.TrimPrefix(r.URL.Path, "/")]; file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(text))),
	}, nil
}

type (
	call   = callable.Call[any]
	answer = func(context.Context, call) (any, error)
	sender = func(any) error
)

func functions(o callable.Options) map[string]http.Handler {
	with := func(change func(*callable.Options)) callable.Options {
		o := o
		change(&o)
		return o
	}
	unary := func(fn answer) http.Handler { return callable.Unary(o, fn) }
	stream := func(fn func(context.Context, call, sender) (any, error)) http.Handler { return callable.Stream(o, fn) }
	says := func(o callable.Options, v any) http.Handler {
		return callable.Unary(o, func(context.Context, call) (any, error) { return v, nil })
	}
	origins := func(change func(*callable.Options)) http.Handler { return says(with(change), 1) }
	afterX := func(end func() (any, error)) http.Handler {
		return stream(func(_ context.Context, _ call, send sender) (any, error) {
			_ = send("x")
			return end()
		})
	}
	boom := errors.New("boom: a secret of the server's")

	all := map[string]http.Handler{
		"echo": unary(func(_ context.Context, c call) (any, error) { return c.Data, nil }),
		"info": withInstanceID(unary(info)),
		"enforce": callable.Unary(with(func(o *callable.Options) { o.EnforceAppCheck = true }),
			func(_ context.Context, c call) (any, error) { return c.App.ID, nil }),
		"cors1": origins(func(o *callable.Options) { o.Origins = []string{"https://a.example"} }),
		"cors2": origins(func(o *callable.Options) { o.Origins = []string{"https://a.example", "https://z.b.example"} }),
		// The reference's option cors: false.
		"corsoff": callable.HTTP(o, func(context.Context, http.ResponseWriter, *http.Request) error {
			return errs.New(errs.InvalidArgument, "", "Bad Request")
		}),
		"star":   origins(func(o *callable.Options) { o.Origins = []string{"*"} }),
		"void":   says(o, nil),
		"nan":    says(o, math.NaN()),
		"big":    says(o, math.Inf(1)), // Node's is a BigInt, which JSON cannot hold either
		"boom":   unary(func(context.Context, call) (any, error) { return nil, boom }),
		"err":    callable.Unary(o, fail),
		"stream": callable.Stream(o, chunks),
		"pings":  pings(callable.Stream(o, chunks)),
		"streamerr": afterX(func() (any, error) {
			return nil, errs.New(errs.Aborted, "", "mid").With("k", 1)
		}),
		"streamboom": afterX(func() (any, error) { return nil, boom }),
		"streamnan": stream(func(_ context.Context, _ call, send sender) (any, error) {
			_ = send(json.RawMessage(`{"n":null,"d":"1970-01-01T00:00:00.000Z"}`))
			return math.NaN(), nil
		}),
		"panics":       unary(func(context.Context, call) (any, error) { panic("a panic") }),
		"streampanics": afterX(func() (any, error) { panic("a panic") }),
	}
	maps.Copy(all, javascript(o.Logger))
	maps.Copy(all, mobile(o))
	return all
}

// withInstanceID has instanceID find what the client sends for Firebase Cloud
// Messaging.
func withInstanceID(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), instanceIDKey{}, r.Header.Get("Firebase-Instance-ID-Token"))))
	})
}

type instanceIDKey struct{}

func instanceID(ctx context.Context) string {
	id, _ := ctx.Value(instanceIDKey{}).(string)
	return id
}

// pings writes a heartbeat before each piece of a stream. Those of package
// callable come after 30 seconds of silence.
func pings(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(pingWriter{w}, r) })
}

type pingWriter struct{ http.ResponseWriter }

func (w pingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w pingWriter) Write(frames []byte) (int, error) {
	if _, err := io.WriteString(w.ResponseWriter, ": ping\n\n"); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(frames)
}

func info(ctx context.Context, c call) (any, error) {
	res := map[string]any{"auth": nil, "app": nil, "iid": nil, "streaming": c.Streaming}
	if who := c.Caller; who != nil {
		claims := maps.Clone(who.Claims)
		claims["uid"] = who.UID
		res["auth"] = map[string]any{"uid": who.UID, "claims": claims, "raw": len(who.Token)}
	}
	if app := c.App; app != nil {
		claims := maps.Clone(app.Claims)
		claims["app_id"] = app.ID
		res["app"] = map[string]any{"appId": app.ID, "token": claims}
	}
	if id := instanceID(ctx); id != "" {
		res["iid"] = id
	}
	return res, nil
}

// fail answers with the error that it is told. Details that are null are sent;
// absent ones are not.
func fail(_ context.Context, c call) (any, error) {
	in, _ := c.Data.(map[string]any)
	code, _ := in["code"].(string)
	message, _ := in["message"].(string)
	err := errs.New(errs.Code(strings.ToUpper(strings.ReplaceAll(code, "-", "_"))), "", "%s", message)
	if details, ok := in["details"]; ok {
		if err.Details = details; details == nil {
			err.Details = json.RawMessage("null")
		}
	}
	return nil, err
}

func chunks(ctx context.Context, c call, send sender) (any, error) {
	in, _ := c.Data.(map[string]any)
	chunks, _ := in["chunks"].([]any)
	gap := 10 * time.Millisecond
	if ms, ok := in["gap"].(json.Number); ok {
		n, err := ms.Float64()
		if err != nil {
			return nil, err
		}
		gap = time.Duration(n * float64(time.Millisecond))
	}
	for i, chunk := range chunks {
		if i > 0 {
			select {
			case <-time.After(gap):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if err := send(chunk); err != nil {
			return nil, err
		}
	}
	if result, ok := in["result"]; ok {
		return result, nil
	}
	return map[string]any{"sent": append([]any{}, chunks...)}, nil
}

// javascript is the backend of the JavaScript SDK's own tests: what
// firebase-js-sdk has in config/functions/index.js, whose answers these are.
func javascript(log *slog.Logger) map[string]http.Handler {
	o := callable.Options{Verifier: unverified{}, Apps: unverified{}, Logger: log}
	empty := struct{}{}
	long := func(digits string) any {
		return map[string]string{"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": digits}
	}
	// expects answers res to data that is as it should be.
	expects := func(data string, res any) http.Handler {
		return callable.Unary(o, func(_ context.Context, c call) (any, error) {
			got, err := json.Marshal(c.Data)
			if err == nil && string(got) != data {
				err = fmt.Errorf("data is %s, want %s", got, data)
			}
			return res, err
		})
	}
	// plain sends what no callable function would.
	plain := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			if r.Method == http.MethodOptions {
				w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
				return
			}
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}
	return map[string]http.Handler{
		"dataTestv2": expects(`{"array":[5,6],"bool":true,"int":2,"null":null,"str":"four"}`,
			map[string]any{"message": "stub response", "code": 42, "long": long("420")}),
		"scalarTestv2": expects("17", 76),
		"tokenTestv2": callable.Unary(o, func(_ context.Context, c call) (any, error) {
			if c.Caller == nil || c.Caller.Token != "token" {
				return nil, errors.New("the token is not token")
			}
			return empty, nil
		}),
		"appCheckTestv2": callable.Unary(o, func(_ context.Context, c call) (any, error) {
			if c.App == nil {
				return nil, errors.New("there is no App Check token")
			}
			return map[string]any{"token": c.App.Token}, nil
		}),
		"instanceIdTestv2": withInstanceID(callable.Unary(o, func(ctx context.Context, _ call) (any, error) {
			if id := instanceID(ctx); id != "iid" {
				return nil, fmt.Errorf("the instance id is %q", id)
			}
			return empty, nil
		})),
		"nullTestv2":           expects("null", nil),
		"unhandledErrorTestv2": callable.Unary(o, func(context.Context, call) (any, error) { return nil, errors.New("nope") }),
		"explicitErrorTestv2": callable.Unary(o, func(context.Context, call) (any, error) {
			return nil, errs.New(errs.OutOfRange, "", "explicit nope").With("start", 10).With("end", 20).With("long", long("30"))
		}),
		"timeoutTestv2": callable.Unary(o, func(ctx context.Context, _ call) (any, error) {
			select {
			case <-time.After(500 * time.Millisecond): // longer than the client waits
				return true, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}),
		"missingResultTestv2": plain(http.StatusOK, `{}`),
		"unknownErrorTestv2":  plain(http.StatusBadRequest, `{"error":{"status":"THIS_IS_NOT_VALID","message":"this should be ignored"}}`),
		"httpErrorTestv2":     plain(http.StatusBadRequest, ""),
	}
}

// unverified takes every token for good.
type unverified struct{}

func (unverified) Verify(context.Context, string) (*callable.Caller, error) {
	return &callable.Caller{UID: "anybody"}, nil
}

func (unverified) VerifyApp(context.Context, string) (*callable.App, error) {
	return &callable.App{ID: "any"}, nil
}

func (unverified) Consume(context.Context, string) (bool, error) { return false, nil }

// mobile is the streaming contract of the iOS and Android SDKs' own tests:
// what firebase-ios-sdk and firebase-android-sdk have in their backends.
func mobile(o callable.Options) map[string]http.Handler {
	sends := func(res any, err error, chunks ...any) http.Handler {
		return callable.Stream(o, func(_ context.Context, _ call, send sender) (any, error) {
			for _, c := range chunks {
				if err := send(c); err != nil {
					return nil, err
				}
			}
			return res, err
		})
	}
	large := make([]any, 10)
	for i, left := 0, 10_000; i < len(large); i++ {
		n := min(1024, left)
		left -= n
		large[i] = strings.Repeat("A", n)
	}
	return map[string]http.Handler{
		"genStream":           sends("hello world this is cool", nil, "hello", "world", "this", "is", "cool"),
		"genStreamError":      sends(nil, errs.New(errs.Internal, "", "BOOM"), "hello"),
		"genStreamEmpty":      sends(nil, nil),
		"genStreamResultOnly": sends("Only a result", nil),
		"genStreamLargeData":  sends("Stream Completed", nil, large...),
	}
}
