package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/worker"
)

func TestProbes(t *testing.T) {
	h, err := route(nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	late := errs.StoreLate().Because(errors.New("10.0.0.7 is silent"))
	const none = `{"error":{"details":{"reason":"no-such-function"},"message":"There is no function \"__\".","status":"NOT_FOUND"}}`
	for _, tc := range []struct {
		name, method, path string
		ready              error
		status             int
		body               string
	}{
		{"alive", "GET", "/__/health", nil, 200, "ok\n"},
		{"alive, and not ready", "GET", "/__/health", late, 200, "ok\n"},
		{"ready", "GET", "/__/ready", nil, 200, "ok\n"},
		{"not ready", "GET", "/__/ready", late, 503, "store-unavailable: The database does not answer in time. Try again.\n"},
		{"no probe", "POST", "/__/ready", nil, 404, none},
		{"another path", "GET", "/__/else", nil, 404, none},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &door{functions: h, ready: func(context.Context) error { return tc.ready }}
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, nil))
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tc.status, tc.body)
			}
		})
	}
}

// TestNotReadyWhileItStops: a server that is told to stop is alive and not ready, and
// refuses new calls, while the streams that are open go on to their end.
func TestNotReadyWhileItStops(t *testing.T) {
	cfg, err := config.Load(func(name string) string { return map[string]string{"GOOGLE_CLOUD_PROJECT": "p"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	w := patientWorkers{goOn: make(chan struct{})}
	backend := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}, Workers: w}, log)
	h, err := route(backend.Handlers(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, l, h, backend, time.Minute, log) }()
	call := func(method, path, body string) (int, io.ReadCloser) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+l.Addr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Accept": "text/event-stream", "Authorization": "Bearer x"} {
			req.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res.StatusCode, res.Body
	}
	probe := func(path string) string {
		t.Helper()
		status, body := call("GET", path, "")
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d %s", status, text)
	}
	_, body := call("POST", "/generateCode", `{"data":{"prompt":"a clock","turnId":"t"}}`)
	stream := bufio.NewReader(body)
	for line := ""; !strings.Contains(line, "Well"); {
		if line, err = stream.ReadString('\n'); err != nil {
			t.Fatalf("the stream ended with %q, %v", line, err)
		}
	}
	if got := probe("/__/ready"); got != "200 ok\n" {
		t.Errorf("before: %s", got)
	}
	stop()
	const stopping = "503 shutting-down: This server is being replaced. Try again.\n"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if got := probe("/__/ready"); got == stopping {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("it is told to stop, and says %s", got)
		}
	}
	if got := probe("/__/health"); got != "200 ok\n" {
		t.Errorf("its health: %s", got)
	}
	if got := probe("/getUsage"); !strings.Contains(got, `"shutting-down"`) {
		t.Errorf("a new call: %s", got)
	}
	close(w.goOn)
	rest, err := io.ReadAll(stream)
	if err != nil || !strings.Contains(string(rest), `"state":"complete"`) {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// patientWorkers say one word, and the rest once they may go on.
type patientWorkers struct{ goOn chan struct{} }

func (p patientWorkers) Generate(ctx context.Context, _ worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		if !yield(worker.Delta{Model: "tiny", Text: "Well\n"}, nil) {
			return
		}
		select {
		case <-p.goOn:
			yield(worker.Delta{Text: "```html\n<p>x</p>\n```\n", Finish: worker.Stop}, nil)
		case <-ctx.Done():
			yield(worker.Delta{}, context.Cause(ctx))
		}
	}
}

func (patientWorkers) Health(context.Context) []worker.Health { return nil }
