package callable_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// apps accepts the App Check token "good", and counts the calls of Consume. Every
// token after the first counts as used before.
type apps struct {
	consumed atomic.Int32
	err      error
}

func (a *apps) VerifyApp(_ context.Context, token string) (*callable.App, error) {
	if token != "good" {
		return nil, errs.New(errs.Unauthenticated, "", "Unauthenticated")
	}
	return &callable.App{ID: "1:2:web:3"}, nil
}

func (a *apps) Consume(context.Context, string) (bool, error) {
	return a.consumed.Add(1) > 1, a.err
}

// traps lists mistakes that are easily made with this protocol. The test of each
// fails if the mistake is made. Traps of other packages are tested there, with
// numbers of the same series: go test -v -run Trap ./...
var traps = []struct {
	name string
	test func(t *testing.T)
}{
	{"E03 a bad token counts as no token", func(t *testing.T) {
		for _, token := range []string{"Bearer bad", "Bearer", "Bearer ", "Basic x", "good"} {
			is(t, do(callable.Unary(options(), echo), request{body: `{"data":1}`, token: token}), 401, `{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}`)
		}
	}},
	{"E04 signed in is mistaken for allowed", func(t *testing.T) { // the function gets the claims, and decides
		h := callable.Unary(options(), func(_ context.Context, call callable.Call[any]) (any, error) { return call.Caller.Claims, nil })
		is(t, do(h, request{body: `{"data":1}`, token: "Bearer good"}), 200, `{"result":{"sub":"ann"}}`)
	}},
	{"E05 the scheme Bearer is case-sensitive", func(t *testing.T) {
		for _, token := range []string{"bearer good", "BEARER good"} {
			is(t, do(callable.Unary(options(), echo), request{body: `{"data":1}`, token: token}), 200, `{"result":1}`)
		}
	}},
	{"E06 an outage signs users out", func(t *testing.T) {
		if w := do(callable.Unary(options(), echo), request{body: `{"data":1}`, token: "Bearer outage"}); w.Code != 503 || !strings.Contains(w.Body.String(), "UNAVAILABLE") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}},
	{"E09 a refused call consumes an App Check token, or no call does", func(t *testing.T) {
		a := &apps{}
		o := with(func(o *callable.Options) { o.Apps, o.EnforceAppCheck, o.ConsumeAppCheck = a, true, true })
		h := callable.Unary(o, func(_ context.Context, call callable.Call[any]) (any, error) { return call.App.Used, nil })
		ask := func(token, app string) *httptest.ResponseRecorder {
			return do(h, request{body: `{"data":1}`, token: token, header: http.Header{"X-Firebase-Appcheck": {app}}})
		}
		ask("Bearer bad", "good")
		ask("", "bad")
		if n := a.consumed.Load(); n != 0 {
			t.Errorf("refused calls consumed %d tokens", n)
		}
		is(t, ask("", "good"), 200, `{"result":false}`)
		is(t, ask("", "good"), 200, `{"result":true}`)
		a.err = errs.New(errs.Unavailable, errs.KeysUnavailable, "Later.")
		if w := ask("", "good"); w.Code != 503 {
			t.Errorf("the call continues after a failed Consume: %d %s", w.Code, w.Body)
		}
	}},
	{"E11 headers of the emulator are trusted", func(t *testing.T) {
		h := callable.Unary(options(), func(_ context.Context, call callable.Call[any]) (any, error) { return call.Caller == nil, nil })
		header := http.Header{"X-Callable-Context-Auth": {`{"uid":"ann"}`}, "X-Original-Auth": {"Bearer good"}}
		is(t, do(h, request{body: `{"data":1}`, header: header}), 200, `{"result":true}`)
	}},
	{"E12 JSON keys match in any case", func(t *testing.T) {
		type in struct {
			Prompt string `json:"prompt,omitempty"`
		}
		h := callable.Unary(options(), func(_ context.Context, call callable.Call[in]) (any, error) { return call.Data.Prompt, nil })
		for _, body := range []string{`{"DATA":{}}`, `{"data":{},"DATA":{}}`, `{"data":{"Prompt":"x"}}`, `{"data":{"prompt":"x","PROMPT":"y"}}`} {
			if w := do(h, request{body: body}); w.Code != 400 {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
	}},
	{"E13 null is mistaken for missing data", func(t *testing.T) {
		is(t, do(callable.Unary(options(), echo), request{body: `{"data":null}`}), 200, `{"result":null}`)
		is(t, do(callable.Unary(options(), echo), request{body: `{}`}), 400, badRequest)
	}},
	{"E14 text after the JSON is ignored", func(t *testing.T) {
		for _, body := range []string{`{"data":1}x`, `{"data":1}{"data":2}`, `{"data":1}]`} {
			if w := do(callable.Unary(options(), echo), request{body: body}); w.Code != 400 {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
	}},
	{"E15 large integers are rounded, and numbers out of range are accepted", func(t *testing.T) {
		is(t, do(callable.Unary(options(), echo), request{body: `{"data":9007199254740993}`}), 200, `{"result":9007199254740993}`)
		numbers := callable.Unary(options(), func(_ context.Context, call callable.Call[struct {
			F float64 `json:"f,omitempty"`
			I int64   `json:"i,omitempty"`
			B int8    `json:"b,omitempty"`
		}]) (any, error) {
			return call.Data.I, nil
		})
		is(t, do(numbers, request{body: `{"data":{"i":9007199254740993}}`}), 200, `{"result":9007199254740993}`)
		for _, bad := range []string{`{"f":1e400}`, `{"i":9223372036854775808}`, `{"i":1.5}`, `{"b":128}`} {
			if w := do(numbers, request{body: `{"data":` + bad + `}`}); w.Code != 400 {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
	}},
	{"E16 64-bit integers of mobile clients cannot be read", func(t *testing.T) {
		h := callable.Unary(options(), func(_ context.Context, call callable.Call[struct {
			I int64  `json:"i"`
			U uint64 `json:"u"`
			L []any  `json:"l"`
		}]) (any, error) {
			return []any{call.Data.I, call.Data.U, call.Data.L}, nil
		})
		const i64, u64 = `{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"%s"}`, `{"@type":"type.googleapis.com/google.protobuf.UInt64Value","value":"%s"}`
		body := fmt.Sprintf(`{"data":{"i":`+i64+`,"u":`+u64+`,"l":[`+i64+`]}}`, "-9223372036854775808", "18446744073709551615", "9007199254740993")
		is(t, do(h, request{body: body}), 200, `{"result":[-9223372036854775808,18446744073709551615,[9007199254740993]]}`)
		is(t, do(callable.Unary(options(), echo), request{body: fmt.Sprintf(`{"data":`+i64+`}`, "x")}), 500, internal)
		is(t, do(callable.Unary(options(), echo), request{body: `{"data":{"@type":"other","value":"1"}}`}), 500, internal)
		is(t, do(callable.Unary(options(), echo), request{body: `{"data":{"@type":"","value":"1"}}`}), 200, `{"result":{"@type":"","value":"1"}}`)
	}},
	{"E18 a result that JSON cannot represent cuts the response", func(t *testing.T) {
		for _, v := range []any{math.NaN(), math.Inf(1), make(chan int), func() {}, map[string]any{"x": math.NaN()}} {
			h := callable.Unary(options(), func(context.Context, callable.Call[any]) (any, error) { return v, nil })
			is(t, do(h, request{body: `{"data":1}`}), 500, internal)
			is(t, do(h, request{body: `{"data":1}`, accept: stream}), 200, "data: "+internal)
		}
	}},
	{"E20 a result of null disappears", func(t *testing.T) {
		is(t, do(sends(options(), result(nil)), request{body: `{"data":1}`}), 200, `{"result":null}`)
		is(t, do(sends(options(), result(nil)), request{body: `{"data":1}`, accept: stream}), 200, `data: {"result":null}`)
	}},
	{"E21 a line separator breaks a frame", func(t *testing.T) {
		const text = "a\u2028b\u2029c"
		for _, v := range []any{text, json.RawMessage(`"` + text + `"`), map[string]any{text: 1}} {
			for _, h := range []http.Handler{sends(options(), result(v), v), sends(options(), failing(errs.New(errs.Aborted, "", "%s", text).With("x", v)), v)} {
				if w := do(h, request{body: `{"data":1}`, accept: stream}); strings.ContainsAny(w.Body.String(), "\u2028\u2029") {
					t.Errorf("%q", w.Body)
				}
			}
		}
	}},
	{"E22 a frame of many lines", func(t *testing.T) {
		v := json.RawMessage("{\n  \"a\": [\n1,\r\n2]\n}")
		is(t, do(sends(options(), result(v), v), request{body: `{"data":1}`, accept: stream}), 200, "data: {\"message\":{\"a\":[1,2]}}\n\ndata: {\"result\":{\"a\":[1,2]}}")
	}},
	{"E23 a byte order mark, bad UTF-8, depth", func(t *testing.T) {
		is(t, do(callable.Unary(options(), echo), request{body: "\ufeff{\"data\":1}"}), 200, `{"result":1}`)
		is(t, do(callable.Unary(options(), echo), request{body: "{\"data\":\"a\xffb\"}"}), 200, "{\"result\":\"a\ufffdb\"}")
		deep := `{"data":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`
		if w := do(callable.Unary(options(), echo), request{body: deep}); w.Code != 400 {
			t.Errorf("depth: %d", w.Code)
		}
	}},
	{"E24 a body of unlimited size", func(t *testing.T) {
		w := do(callable.Unary(options(), echo), request{body: tooLarge, header: http.Header{"Origin": {"https://a.example"}}})
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"reason":"too-large"`) || w.Header().Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}},
	{"E25 internal error messages reach the client", func(t *testing.T) {
		secret := errors.New("SELECT * FROM users")
		is(t, do(fails(secret), request{body: `{"data":1}`}), 500, internal)
		// A wrapped errs.Error reaches the client, without its cause.
		is(t, do(fails(fmt.Errorf("load: %w", errs.New(errs.NotFound, "", "No such thing.").Because(secret))), request{body: `{"data":1}`}), 404,
			`{"error":{"message":"No such thing.","status":"NOT_FOUND"}}`)
	}},
	{"E26 a code that the clients do not know", func(t *testing.T) {
		for code, status := range map[errs.Code]int{
			"CANCELLED": 499, "UNKNOWN": 500, "INVALID_ARGUMENT": 400, "DEADLINE_EXCEEDED": 504, "NOT_FOUND": 404, "ALREADY_EXISTS": 409, "PERMISSION_DENIED": 403,
			"UNAUTHENTICATED": 401, "RESOURCE_EXHAUSTED": 429, "FAILED_PRECONDITION": 400, "ABORTED": 409, "OUT_OF_RANGE": 400, "UNIMPLEMENTED": 501, "INTERNAL": 500, "UNAVAILABLE": 503, "DATA_LOSS": 500,
		} {
			is(t, do(fails(errs.New(code, "", "m")), request{body: `{"data":1}`}), status, `{"error":{"message":"m","status":"`+string(code)+`"}}`)
		}
		is(t, do(fails(errs.New("CANCELED", "", "m")), request{body: `{"data":1}`}), 500, internal)
	}},
	{"E27 errors from outside a function are plain text without CORS", func(t *testing.T) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/nothing", nil)
		r.Header.Set("Origin", "https://a.example")
		callable.Fail(w, r, errs.New(errs.NotFound, errs.NoSuchFunction, "No."))
		if w.Code != 404 || w.Header().Get("Access-Control-Allow-Origin") != "https://a.example" || !strings.HasPrefix(w.Body.String(), `{"error":`) {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}},
	{"E28 an error of the code OK is a success", func(t *testing.T) {
		is(t, do(fails(errs.New("OK", "", "m")), request{body: `{"data":1}`}), 500, internal)
		is(t, do(fails(errs.New("OK", "", "m")), request{body: `{"data":1}`, accept: stream}), 200, "data: "+internal)
	}},
	{"E29 details that JSON cannot represent", func(t *testing.T) {
		is(t, do(fails(errs.New(errs.Aborted, "", "m").With("x", math.NaN())), request{body: `{"data":1}`}), 500, internal)
		is(t, do(fails(errs.New(errs.Aborted, "", "m").With("x", math.NaN())), request{body: `{"data":1}`, accept: stream}), 200, "data: "+internal)
	}},
	{"E30 status 499 has no text", func(t *testing.T) {
		is(t, do(fails(errs.New(errs.Cancelled, "", "m")), request{body: `{"data":1}`}), 499, `{"error":{"message":"m","status":"CANCELLED"}}`)
	}},
	{"E31 a stream's error has an HTTP error status", func(t *testing.T) {
		h := callable.Unary(with(func(o *callable.Options) { o.RequireAuth = true }), echo)
		for _, r := range []request{{body: `{"data":1}`}, {body: `{"data":1}`, token: "Bearer bad"}, {body: `x`, token: "Bearer good"}, {method: "GET"}, {method: "PUT", body: `{"data":1}`}} {
			r.accept = stream
			if w := do(h, r); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `data: {"error":`) || !strings.HasSuffix(w.Body.String(), "\n\n") {
				t.Errorf("%+v: %d %q", r, w.Code, w.Body)
			}
		}
	}},
	{"E32 a stream without a last frame", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		for name, tc := range map[string]struct {
			o   callable.Options
			end func() (any, error)
		}{
			"nothing": {options(), result(nil)},
			"a panic": {options(), func() (any, error) { panic("oh") }},
			"a nil":   {options(), func() (any, error) { var p *request; return p.body, nil }},
			"shutdown": {options(), func() (any, error) {
				cancel(errs.New(errs.Unavailable, errs.ShuttingDown, "Again."))
				return nil, ctx.Err()
			}},
		} {
			w := do(sends(tc.o, tc.end, "x"), request{body: `{"data":1}`, accept: stream})
			frames := strings.Split(strings.TrimSuffix(w.Body.String(), "\n\n"), "\n\n")
			if last := frames[len(frames)-1]; len(frames) != 2 || !strings.HasPrefix(last, `data: {"result":`) && !strings.HasPrefix(last, `data: {"error":`) {
				t.Errorf("%s: %q", name, w.Body)
			}
		}
	}},
	{"E33 frames are not flushed", func(t *testing.T) {
		release := make(chan struct{})
		url := serve(t, sends(options(), func() (any, error) { <-release; return nil, nil }, "x"))
		res := post(t, t.Context(), url)
		first := make([]byte, len("data: {\"message\":\"x\"}\n\n"))
		if _, err := io.ReadFull(res.Body, first); err != nil {
			t.Error(err)
		}
		close(release)
	}},
	{"E34 proxies and middleware buffer frames", func(t *testing.T) {
		release := make(chan struct{})
		h := sends(options(), func() (any, error) { <-release; return nil, nil }, "x")
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&wrapped{w}, r) }))
		res := post(t, t.Context(), url)
		if got := res.Header.Get("Cache-Control") + ";" + res.Header.Get("X-Accel-Buffering"); got != "no-cache, no-transform;no" {
			t.Errorf("headers: %s", got)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
			t.Error(err)
		}
		close(release)
	}},
	{"E35 the content type is guessed", func(t *testing.T) {
		if got := do(callable.Unary(options(), echo), request{body: `{"data":1}`}).Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Error(got)
		}
		if got := do(callable.Unary(options(), echo), request{body: `{"data":1}`, accept: stream}).Header().Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
			t.Error(got)
		}
	}},
	{"E36 the server's WriteTimeout cuts a stream", func(t *testing.T) {
		h := callable.Stream(options(), func(_ context.Context, _ callable.Call[any], send func(any) error) (any, error) {
			time.Sleep(150 * time.Millisecond) // three times the server's timeout
			return "whole", send("x")
		})
		url := serve(t, h, func(s *http.Server) { s.WriteTimeout = 50 * time.Millisecond })
		body, err := io.ReadAll(post(t, t.Context(), url).Body)
		if err != nil || !strings.HasSuffix(string(body), "data: {\"result\":\"whole\"}\n\n") {
			t.Errorf("%q, %v", body, err)
		}
	}},
	{"E37 frames are interleaved, or written after the last one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := callable.Stream(options(), func(_ context.Context, _ callable.Call[any], send func(any) error) (any, error) {
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for range 50 {
							time.Sleep(30 * time.Second) // chunks are sent while a heartbeat is due
							_ = send("chunk")
						}
					})
				}
				all.Wait()
				return "last", nil
			})
			text := strings.ReplaceAll(do(h, request{body: `{"data":1}`, accept: stream}).Body.String(), ": ping\n\n", "")
			if want := strings.Repeat("data: {\"message\":\"chunk\"}\n\n", 400) + "data: {\"result\":\"last\"}\n\n"; text != want {
				t.Errorf("%d bytes, want %d", len(text), len(want))
			}
		})
	}},
	{"E38 an unread body hides that the client disconnected", func(t *testing.T) {
		called, gone := make(chan struct{}), make(chan struct{})
		url := serve(t, callable.Unary(options(), func(ctx context.Context, _ callable.Call[any]) (any, error) {
			close(called)
			<-ctx.Done()
			close(gone)
			return nil, ctx.Err()
		}))
		ctx, leave := context.WithCancel(t.Context())
		go func() { <-called; leave() }()
		req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(`{"data":"`+strings.Repeat("x", 1<<20)+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if _, err := http.DefaultClient.Do(req); err == nil {
			t.Error("the call succeeded")
		}
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			t.Error("the function's context did not end")
		}
	}},
	{"E39 a deadline that passes is not reported as one", func(t *testing.T) {
		h := callable.Unary(options(), func(ctx context.Context, _ callable.Call[any]) (any, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		})
		is(t, do(h, request{body: `{"data":1}`}), 504, `{"error":{"message":"The call took too long.","status":"DEADLINE_EXCEEDED"}}`)
	}},
	{"E41 Accept is matched loosely", func(t *testing.T) {
		for _, accept := range []string{"Text/Event-Stream", "text/event-stream, */*", "*/*", " text/event-streams"} {
			is(t, do(callable.Unary(options(), echo), request{body: `{"data":1}`, accept: accept}), 200, `{"result":1}`)
		}
	}},
	{"E42 a client that disconnects is logged as an error", func(t *testing.T) {
		var l log
		left, ended := make(chan struct{}), make(chan struct{})
		o := callable.Options{Logger: slog.New(slog.NewJSONHandler(&l, nil))}
		h := callable.Stream(o, func(ctx context.Context, _ callable.Call[any], send func(any) error) (any, error) {
			_ = send("x")
			<-left
			<-ctx.Done()
			return nil, send("y")
		})
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r); close(ended) }))
		ctx, leave := context.WithCancel(t.Context())
		post(t, ctx, url)
		leave()
		close(left)
		<-ended
		if lines := l.lines(t); len(lines) != 1 || lines[0]["level"] != "INFO" || lines[0]["code"] != "CANCELLED" {
			t.Errorf("log: %v", lines)
		}
	}},
	{"E43 the text of a panic reaches the stream", func(t *testing.T) {
		is(t, do(sends(options(), func() (any, error) { panic("a secret") }, "x"), request{body: `{"data":1}`, accept: stream}), 200,
			"data: {\"message\":\"x\"}\n\ndata: "+internal)
		defer func() {
			if recover() != any(http.ErrAbortHandler) {
				t.Error("ErrAbortHandler was swallowed")
			}
		}()
		do(sends(options(), func() (any, error) { panic(http.ErrAbortHandler) }, "x"), request{body: `{"data":1}`, accept: stream})
	}},
	{"E44 Access-Control-Allow-Headers: *", func(t *testing.T) {
		const asked = "authorization,content-type,x-firebase-appcheck"
		w := do(callable.Unary(options(), echo), request{method: "OPTIONS", header: http.Header{"Origin": {"https://a.example"}, "Access-Control-Request-Headers": {asked}}})
		if got := w.Header().Get("Access-Control-Allow-Headers"); w.Code != 204 || got != asked {
			t.Errorf("%d %q", w.Code, got)
		}
	}},
	{"E45 a preflight needs a token", func(t *testing.T) {
		o := with(func(o *callable.Options) { o.RequireAuth, o.Apps, o.EnforceAppCheck = true, &apps{}, true })
		if w := do(callable.Unary(o, echo), request{method: "OPTIONS", header: http.Header{"Origin": {"https://a.example"}}}); w.Code != 204 || w.Body.Len() > 0 || w.Header().Get("Access-Control-Allow-Origin") != "https://a.example" {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}},
	{"E47 Vary is missing or overwritten, credentials are allowed", func(t *testing.T) {
		w := httptest.NewRecorder()
		w.Header().Set("Vary", "Accept-Encoding")
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"data":1}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", "https://a.example")
		callable.Unary(options(), echo).ServeHTTP(w, r)
		if got := strings.Join(w.Header().Values("Vary"), ", "); got != "Accept-Encoding, Origin" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%v", w.Header())
		}
	}},
	{"E48 CORS is mistaken for protection", func(t *testing.T) {
		o := with(func(o *callable.Options) { o.Origins = []string{"https://a.example", "https://b.example"} })
		w := do(callable.Unary(o, echo), request{body: `{"data":1}`, header: http.Header{"Origin": {"https://evil.example"}}})
		if is(t, w, 200, `{"result":1}`); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v", w.Header())
		}
	}},
	{"E49 an origin that never matches", func(t *testing.T) {
		for _, origin := range []string{"example.com", "https://example.com/", "https://", "//example.com", ""} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%q was accepted", origin)
					}
				}()
				callable.Unary(with(func(o *callable.Options) { o.Origins = []string{origin} }), echo)
			}()
		}
	}},
	{"E51 a request keeps fields of the one before, a result is used as a format string (functions-framework-go's Typed)", func(t *testing.T) {
		h := callable.Unary(options(), func(_ context.Context, call callable.Call[struct {
			A      string            `json:"a"`
			Secret string            `json:"secret,omitempty"`
			M      map[string]string `json:"m,omitempty"`
		}]) (any, error) {
			return []any{call.Data.A, call.Data.Secret, len(call.Data.M)}, nil
		})
		is(t, do(h, request{body: `{"data":{"a":"100%d","secret":"alice","m":{"k":"v"}}}`}), 200, `{"result":["100%d","alice",1]}`)
		is(t, do(h, request{body: `{"data":{"a":"2"}}`}), 200, `{"result":["2","",0]}`)
	}},
	{"E52 a panic outside the function ends the server", func(t *testing.T) {
		h := callable.Stream(options(), func(ctx context.Context, _ callable.Call[any], send func(any) error) (any, error) {
			_ = send("x")
			<-ctx.Done()
			return nil, send("y")
		})
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"data":1}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", stream)
		h.ServeHTTP(panicking{httptest.NewRecorder()}, r)
	}},
	{"E53 the log contains user input", func(t *testing.T) {
		var l log
		o := callable.Options{Verifier: verifier{}, Logger: slog.New(slog.NewJSONHandler(&l, nil))}
		for _, r := range []request{{body: `{"data":"secret"}`}, {body: `{"secret":1}`}, {body: `secret`}, {body: `{"data":{"secret":1}}`, token: "Bearer secret"}} {
			do(callable.Unary(o, func(context.Context, callable.Call[any]) (any, error) {
				return nil, errs.New(errs.Aborted, "", "m").With("detail", "secret")
			}), r)
		}
		lines := l.lines(t)
		if len(lines) != 4 {
			t.Errorf("%d lines for 4 calls", len(lines))
		}
		for _, line := range lines {
			if text := fmt.Sprint(line); strings.Contains(text, "secret") {
				t.Errorf("log: %s", text)
			}
		}
	}},
}

const (
	internal   = `{"error":{"message":"INTERNAL","status":"INTERNAL"}}`
	badRequest = `{"error":{"message":"Bad Request","status":"INVALID_ARGUMENT"}}`
)

func TestTrap(t *testing.T) {
	for _, trap := range traps {
		t.Run(trap.name, trap.test)
	}
	http.DefaultClient.CloseIdleConnections()
}

// is compares status and body. It ignores line breaks at the end of the body.
func is(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if got := strings.TrimRight(w.Body.String(), "\n"); w.Code != status || got != body {
		t.Errorf("%d %s\nwant %d %s", w.Code, got, status, body)
	}
}

// wrapped is a ResponseWriter as a middleware wraps it: Flush is found only by Unwrap.
type wrapped struct{ http.ResponseWriter }

func (w *wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// panicking is a ResponseWriter of a middleware whose Write panics.
type panicking struct{ http.ResponseWriter }

func (panicking) Write([]byte) (int, error) { panic("in a middleware") }
