package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
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
	w := patientWorkers{goOn: make(chan struct{})}
	url, stop, served := serving(t, functions.Parts{Store: memstore.New(), Verifier: anybody{}, Workers: w}, time.Minute)
	stream := talking(t, url)
	probe := func(path string) string {
		t.Helper()
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d %s", res.StatusCode, text)
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
