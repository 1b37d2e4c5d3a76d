package callable_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/callable"
)

// ofValues is a request that inflates to n bytes of tiny values.
func ofValues(value string, n int) string {
	return `{"data":[` + strings.Repeat(value+",", n/(len(value)+1)) + value + `]}`
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestARefusedCallCostsNothing: who may not call makes the server allocate next
// to nothing, whatever the request holds.
func TestARefusedCallCostsNothing(t *testing.T) {
	signedIn := callable.Unary(with(func(o *callable.Options) { o.RequireAuth = true }), echo)
	open := callable.Unary(with(func(o *callable.Options) { o.MaxRequest = 1 << 10 }), echo)
	for _, tc := range []struct {
		name    string
		handler http.Handler
		token   string
		status  int
	}{
		{"no token", signedIn, "", 401},
		{"a bad token", signedIn, "Bearer bad", 401},
		{"a token that cannot be checked", signedIn, "Bearer outage", 503},
		{"a function for anyone", open, "", 400},
	} {
		for name, value := range map[string]string{"objects": `{"":0}`, "lists": `[]`, "numbers": `0`, "a text": `"` + strings.Repeat("x", 1<<20) + `"`} {
			plain := ofValues(value, 9<<20)
			for _, r := range []request{
				{body: plain, token: tc.token},
				{body: zipped(plain), token: tc.token, header: http.Header{"Content-Encoding": {"gzip"}}},
			} {
				t.Run(fmt.Sprintf("%s/%s of %d KB", tc.name, name, len(r.body)>>10), func(t *testing.T) {
					var w *httptest.ResponseRecorder
					if bytes := allocated(func() { w = do(tc.handler, r) }); bytes > 200<<10 {
						t.Errorf("it takes %d KB", bytes>>10)
					}
					if w.Code != tc.status {
						t.Errorf("%d %s", w.Code, w.Body)
					}
				})
			}
		}
	}
}

// TestTheShapeOfARequest: whoever may call is held to a number of values, a depth
// and a ratio of compression.
func TestTheShapeOfARequest(t *testing.T) {
	h := callable.Unary(options(), echo)
	compress := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		return b.String()
	}
	for _, tc := range []struct {
		name, body, encoding string
		want                 string // a part of the answer
	}{
		{"as many values as may be", ofValues("0", 2*4900), "", `{"result":[0,0,`},
		{"too many objects", ofValues(`{"":0}`, 7*3000), "", "The request holds more than 5000 values."},
		{"too many numbers", ofValues("0", 2*5001), "", "The request holds more than 5000 values."},
		{"signs in a text are no values", `{"data":"` + strings.Repeat(`[{,\"`, 10000) + `"}`, "", `{"result":"[{,\"`},
		{"as deep as may be", `{"data":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`, "", `{"result":[[`},
		{"too deep", `{"data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "", "The request is nested more than 100 levels deep."},
		{"too deep, and without an end", `{"data":` + strings.Repeat("[", 1<<20), "", "The request"},
		{"a text that compresses well", compress(`{"data":"` + strings.Repeat("<p>Hello</p>\n"[:12], 70) + `"}`), "gzip", `{"result":"<p>Hello`},
		{"a text that compresses too well", compress(`{"data":"` + strings.Repeat("x", 1<<20) + `"}`), "gzip", "The request inflates to more than ten times its size."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := do(h, request{body: tc.body, header: http.Header{"Content-Encoding": {tc.encoding}}})
			if got := w.Body.String(); !strings.Contains(got, tc.want) {
				t.Errorf("%d %.200s", w.Code, got)
			}
			if w.Code == 400 && !strings.Contains(w.Body.String(), `"reason":"too-large"`) {
				t.Errorf("%s", w.Body)
			}
		})
	}
}

// TestHalfSentBodies: thirty connections that send without end, without a token,
// leave nothing behind in memory, and each gets its answer.
func TestHalfSentBodies(t *testing.T) {
	server := httptest.NewServer(callable.Unary(with(func(o *callable.Options) { o.RequireAuth = true }), echo))
	defer server.Close()
	const connections, sent = 30, 9 << 20
	piece := bytes.Repeat([]byte("x"), 64<<10)
	before := liveHeap()
	var conns []net.Conn
	for range connections {
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{\"data\":\"", 10<<20)
		for n := 0; n < sent; n += len(piece) {
			if _, err := c.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		conns = append(conns, c)
	}
	if grown := liveHeap() - before; grown > 4<<20 {
		t.Errorf("%d half-sent bodies hold %d KB", connections, grown>>10)
	}
	for _, c := range conns {
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != 401 {
			t.Fatalf("%v, %v", res, err)
		}
	}
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestALargeBodyHearsItsRefusal: a client that sends all of its body before it
// reads, as browsers do, gets the answer and no broken connection.
func TestALargeBodyHearsItsRefusal(t *testing.T) {
	server := httptest.NewServer(callable.Unary(with(func(o *callable.Options) { o.RequireAuth = true }), echo))
	defer server.Close()
	body := `{"data":"` + strings.Repeat("x", 9<<20) + `"}`
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 401 {
		t.Fatalf("%v, %v", res, err)
	}
	if text, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(text), "sign-in-required") {
		t.Errorf("%s, %v", text, err)
	}
}

// sized is a result that knows how large it is.
type sized struct{ Text string }

func (s sized) JSONSize() int64 { return int64(len(s.Text)) }

// TestMemory: a call reserves what its request and its answer take, waits where
// others hold too much, and gives everything back.
func TestMemory(t *testing.T) {
	const total = 100_000
	for _, tc := range []struct {
		name   string
		body   string
		accept string
		result any
		want   string // a part of the answer
	}{
		{"a small call", `{"data":1}`, "", 1, `{"result":1}`},
		{"a large request", `{"data":"` + strings.Repeat("x", 40_000) + `"}`, "", 1, `"reason":"overloaded"`},
		{"a large answer", `{"data":1}`, "", sized{strings.Repeat("x", 60_000)}, `"reason":"overloaded"`},
		{"a large answer of a stream", `{"data":1}`, stream, sized{strings.Repeat("x", 60_000)}, `"reason":"overloaded"`},
		{"an answer that fits", `{"data":1}`, "", sized{strings.Repeat("x", 40_000)}, `{"result":{"Text":"xxx`},
		{"a bad request", `{"data":`, "", 1, "not valid JSON"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			memory := admission.NewMemory(total).For(admission.Running)
			h := callable.Unary(with(func(o *callable.Options) { o.Memory, o.MaxAnswer = memory, 1000 }),
				func(context.Context, callable.Call[any]) (any, error) { return tc.result, nil })
			w := do(h, request{body: tc.body, accept: tc.accept})
			if !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("%d %.200s", w.Code, w.Body)
			}
			if overloaded := strings.Contains(tc.want, "overloaded"); tc.accept == "" && (w.Header().Get("Retry-After") == "2") != overloaded {
				t.Errorf("headers: %v", w.Header())
			}
			if err := memory.Reserve(t.Context(), total); err != nil {
				t.Errorf("something is still held: %v", err)
			}
		})
	}
	t.Run("twenty at once, room for four", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			memory := admission.NewMemory(total).For(admission.Running)
			var running, most atomic.Int64
			h := callable.Unary(with(func(o *callable.Options) { o.Memory, o.MaxAnswer = memory, total/4-100 }),
				func(context.Context, callable.Call[any]) (any, error) {
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(time.Second / 2)
					running.Add(-1)
					return nil, nil
				})
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if w := do(h, request{body: `{"data":1}`}); w.Code != 200 {
						t.Errorf("it did not wait: %s", w.Body)
					}
				})
			}
			all.Wait()
			if most.Load() != 4 {
				t.Errorf("%d at once", most.Load())
			}
		})
	})
}
