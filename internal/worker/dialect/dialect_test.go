package dialect_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outcome is a whole reply, or how far it came.
type outcome struct {
	Text   string
	Model  string
	Finish worker.Finish
	Usage  worker.Usage
	Fault  worker.FaultKind
	Reason errs.Reason // of an error that is no fault
	Err    string
}

// listen reads a reply to its end.
func listen(ctx context.Context, w *dialect.Worker, p worker.Prompt) outcome {
	var o outcome
	for d, err := range w.Generate(ctx, p) {
		if err != nil {
			o.Err = err.Error()
			if o.Fault = worker.KindOf(err); o.Fault == "" {
				o.Reason = errs.Of(err).Reason
			}
			break
		}
		o.Text += d.Text
		if d.Text != "" || d.Finish != "" {
			o.Model = d.Model
		}
		o.Finish, o.Usage = d.Finish, d.Usage
	}
	return o
}

func generate(t *testing.T, ctx context.Context, cfg dialect.Config, p worker.Prompt) outcome {
	t.Helper()
	w, err := dialect.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return listen(ctx, w, p)
}

// TestScripted: what a worker may do, in the manner of each dialect.
func TestScripted(t *testing.T) {
	never := make(chan struct{})
	text := []string{"a", "b"}
	usage := worker.Usage{InputTokens: 5, OutputTokens: 2}
	endless := strings.Repeat("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n: ping\n\n", 1000)
	for _, tc := range []struct {
		name  string
		reply workertest.Reply
		want  outcome
	}{
		{"a whole reply", workertest.Reply{Text: text}, outcome{Text: "ab", Finish: worker.Stop, Usage: usage}},
		{"cut at the limit", workertest.Reply{Text: text, Finish: "length"}, outcome{Text: "ab", Finish: worker.Length, Usage: usage}},
		{"a finish that nobody knows", workertest.Reply{Text: text, Finish: "tired"}, outcome{Text: "ab", Finish: worker.Stop, Usage: usage}},
		{"aborted", workertest.Reply{Text: text, Finish: "abort"}, outcome{Text: "ab", Fault: worker.Broken}},
		{"filtered", workertest.Reply{Text: text, Finish: "content_filter"}, outcome{Text: "ab", Fault: worker.Broken}},
		{"an error in the stream", workertest.Reply{Text: text, Error: "CUDA"}, outcome{Text: "ab", Fault: worker.Broken}},
		{"an error of several raw lines", workertest.Reply{Text: text, Error: "CUDA error\nSearch for it\n"}, outcome{Text: "ab", Fault: worker.Broken}},
		{"an error instead of text", workertest.Reply{Error: "CUDA"}, outcome{Fault: worker.Broken}},
		{"the connection breaks", workertest.Reply{Text: text, Cut: true}, outcome{Text: "ab", Fault: worker.Broken}},
		{"a clean end without the last word", workertest.Reply{Text: text, Silent: true}, outcome{Text: "ab", Fault: worker.Broken}},
		{"nothing at all", workertest.Reply{Silent: true}, outcome{Fault: worker.Broken}},
		{"quiet before the header", workertest.Reply{Before: never}, outcome{Fault: worker.Unreachable}},
		{"quiet before the first text", workertest.Reply{Hold: never}, outcome{Fault: worker.Broken}},
		{"quiet after some text", workertest.Reply{Text: text, Hold: never}, outcome{Text: "ab", Fault: worker.Broken}},
		{"slower than the limit allows", workertest.Reply{Text: text, Gap: time.Minute}, outcome{Text: "a", Fault: worker.Broken}},
		{"a page of HTML", workertest.Reply{Status: 200, Body: "<html>"}, outcome{Fault: worker.Broken}},
		{"an error with status 200", workertest.Reply{Status: 200, Body: `{"error":{"message":"no"}}`}, outcome{Fault: worker.Broken}},
		{"a whole JSON instead of a stream", workertest.Reply{Status: 200, Body: `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`}, outcome{Fault: worker.Broken}},
		{"garbage", workertest.Reply{Status: 200, Body: "data: {\"choices\"\n\n{]\x00\xff\n"}, outcome{Fault: worker.Broken}},
		{"roles and pings, and no end", workertest.Reply{Status: 200, Body: endless, Hold: never}, outcome{Fault: worker.Broken}},
		{"an error page", workertest.Reply{Status: 502, Body: "<html>"}, outcome{Fault: worker.Unreachable}},
		{"a redirect", workertest.Reply{Status: 302, Header: http.Header{"Location": {"http://127.0.0.1:1/"}}}, outcome{Fault: worker.Refused}},
		{"401", workertest.Reply{Status: 401, Body: `{"error":"no key"}`}, outcome{Fault: worker.Refused}},
		{"busy", workertest.Reply{Status: 503, Body: `{"error":"server busy, please try again"}`}, outcome{Fault: worker.Busy}},
		{"too many requests", workertest.Reply{Status: 429}, outcome{Fault: worker.Busy}},
		{"loading", workertest.Reply{Status: 503, Body: `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`}, outcome{Fault: worker.NotReady}},
		{"too long, says llama.cpp", workertest.Reply{Status: 400, Body: `{"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}`}, outcome{Reason: errs.TooLong}},
		{"too long, says vLLM", workertest.Reply{Status: 400, Body: `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError"}`}, outcome{Reason: errs.TooLong}},
		{"too long, says a newer vLLM", workertest.Reply{Status: 400, Body: `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 500 output tokens and your prompt contains at least 3997 input tokens, for a total of at least 4497 tokens.","type":"BadRequestError"}}`}, outcome{Reason: errs.TooLong}},
		{"too long, says Ollama's runner", workertest.Reply{Status: 400, Body: `{"error":"{\"error\":{\"code\":400,\"message\":\"request (8889 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":8889,\"n_ctx\":4096}}"}`}, outcome{Reason: errs.TooLong}},
		{"10 MB without a line's end", workertest.Reply{Status: 200, Body: "data: " + strings.Repeat("x", 10<<20)}, outcome{Fault: worker.Broken}},
	} {
		for _, kind := range dialect.Kinds() {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := workertest.Start(kind)
				defer s.Close()
				s.Say(tc.reply)
				const limit = 300 * time.Millisecond
				cfg := dialect.Config{URL: s.URL, FirstText: limit, Idle: limit}
				if tc.reply.Before != nil {
					cfg.FirstByte = limit
				}
				got := generate(t, t.Context(), cfg, worker.Prompt{})
				want := tc.want
				if want.Text != "" {
					want.Model = "scripted"
				}
				if want.Fault != "" || want.Reason != "" {
					if got.Err == "" {
						t.Error("no error")
					}
					got.Err = ""
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("reply (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestRetryAfter: how long a worker asks to wait is passed on, up to an hour.
func TestRetryAfter(t *testing.T) {
	past := time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)
	future := time.Now().Add(3 * time.Hour).UTC().Format(http.TimeFormat)
	for header, want := range map[string]time.Duration{"7": 7 * time.Second, "": 0, "soon": 0, "-1": 0, "999999": time.Hour, past: 0, future: time.Hour} {
		s := workertest.Start("vllm")
		s.Say(workertest.Reply{Status: 503, Body: `{"error":"queue full"}`, Header: http.Header{"Retry-After": {header}}})
		w, err := dialect.Open(dialect.Config{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range w.Generate(t.Context(), worker.Prompt{}) {
			var f *worker.Fault
			if err != nil && (!errors.As(err, &f) || f.RetryAfter != want) {
				t.Errorf("%q: %v, want %v", header, err, want)
			}
		}
		w.Close()
		s.Close()
	}
}

// TestSlowRepliesAreWhole: a reply may take any time, as long as more of it comes.
func TestSlowRepliesAreWhole(t *testing.T) {
	s := workertest.Start("llamacpp")
	defer s.Close()
	release := make(chan struct{})
	s.Say(workertest.Reply{Text: []string{"a"}, Hold: release})
	const first = 100 * time.Millisecond
	time.AfterFunc(3*first, func() { close(release) })
	got := generate(t, t.Context(), dialect.Config{URL: s.URL, FirstText: first, Idle: time.Minute}, worker.Prompt{})
	if got.Finish != worker.Stop {
		t.Errorf("reply: %+v", got)
	}
}

// TestWhatIsAsked: the requests of all dialects, for a first reply and for the
// rest of one.
func TestWhatIsAsked(t *testing.T) {
	first := worker.Prompt{System: "s", Messages: []worker.Message{{Role: worker.User, Text: "u"}}, Prefill: "p", MaxTokens: 9, Temperature: 0.5}
	rest := first
	rest.Prefill, rest.Reply = "", "so far"
	var got strings.Builder
	for _, kind := range dialect.Kinds() {
		s := workertest.Start(kind)
		for _, p := range []worker.Prompt{first, rest} {
			generate(t, t.Context(), dialect.Config{URL: s.URL, Context: 4096}, p)
		}
		for i, name := range []string{"first", "rest"} {
			body, err := json.MarshalIndent(s.Calls()[i].Body, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "-- %s, %s --\n%s %s\n", kind, name, s.Calls()[i].Path, body)
		}
		s.Close()
	}
	if *update {
		if err := os.WriteFile("testdata/requests.txtar", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/requests.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestTheBeginningComesOnce: servers that continue a reply echo it in one piece, in
// many, or not at all.
func TestTheBeginningComesOnce(t *testing.T) {
	for _, tc := range []struct {
		name   string
		p      worker.Prompt
		pieces []string
		want   string
	}{
		{"prefill, echoed", worker.Prompt{Prefill: "<html"}, []string{"<html>", "x"}, "<html>x"},
		{"prefill, echoed in pieces", worker.Prompt{Prefill: "<html"}, []string{"<h", "tml", ">x"}, "<html>x"},
		{"prefill, not echoed", worker.Prompt{Prefill: "<html"}, []string{">", "x"}, "<html>x"},
		{"prefill, and something that begins like it", worker.Prompt{Prefill: "<html"}, []string{"<h", "1>"}, "<html<h1>"},
		{"the rest, echoed", worker.Prompt{Reply: "one, two"}, []string{"one, two, three", "!"}, ", three!"},
		{"the rest, echoed in pieces", worker.Prompt{Reply: "one, two"}, []string{"one", ", two", ", three"}, ", three"},
		{"the rest, not echoed", worker.Prompt{Reply: "one, two"}, []string{", three"}, ", three"},
		{"neither", worker.Prompt{}, []string{"one"}, "one"},
		{"the rest is how the reply begins, and no echo", worker.Prompt{Reply: "```html\n<p>one</p>\n"}, []string{"```"}, "```"},
		{"prefill, and only how it begins", worker.Prompt{Prefill: "<html"}, []string{"<"}, "<html<"},
	} {
		for _, kind := range []string{"llamacpp", "vllm"} {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				s := workertest.Start(kind)
				defer s.Close()
				s.Say(workertest.Reply{Text: tc.pieces})
				if got := generate(t, t.Context(), dialect.Config{URL: s.URL}, tc.p); got.Text != tc.want || got.Finish != worker.Stop {
					t.Errorf("got %+v, want %q", got, tc.want)
				}
			})
		}
	}
}

// TestWhatItDoes: what comes before the first text.
func TestWhatItDoes(t *testing.T) {
	for _, tc := range []struct {
		kind string
		want []worker.Delta
	}{
		{"llamacpp", []worker.Delta{{Phase: worker.Reading}}},
		{"vllm", []worker.Delta{{Phase: worker.Reading}}},
		{"ollama", []worker.Delta{{Phase: worker.Loading}, {Phase: worker.Reading}}},
		{"transformers", []worker.Delta{{Phase: worker.Loading}, {Phase: worker.Loading, Progress: 0.5}, {Phase: worker.Reading}}},
	} {
		s := workertest.Start(tc.kind)
		w, err := dialect.Open(dialect.Config{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]worker.Delta{tc.want, {{Phase: worker.Reading}}} { // the second time it is warm
			var got []worker.Delta
			for d, err := range w.Generate(t.Context(), worker.Prompt{}) {
				if err != nil {
					t.Fatal(err)
				}
				if d.Phase != "" {
					got = append(got, worker.Delta{Phase: d.Phase, Progress: d.Progress})
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.kind, diff)
			}
		}
		w.Close()
		s.Close()
	}
}

// TestTheNames: package worker and the page for hosts name the dialects that there
// are, and no others.
func TestTheNames(t *testing.T) {
	if diff := cmp.Diff(dialect.Kinds(), worker.Dialects()); diff != "" {
		t.Errorf("worker.Dialects (-dialects +names):\n%s", diff)
	}
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## Dialects\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(table, -1) {
		rows = append(rows, m[1])
	}
	if diff := cmp.Diff(dialect.Kinds(), rows); diff != "" {
		t.Errorf("internal/worker/README.md (-dialects +table):\n%s", diff)
	}
}

func TestProbe(t *testing.T) {
	for _, kind := range dialect.Kinds() {
		s := workertest.StartSized(kind, 3, 4096)
		got, err := dialect.Probe(t.Context(), s.URL+"/v1")
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		want := map[string]worker.About{
			"llamacpp":     {Dialect: "llamacpp", Model: "scripted", Parameters: 7e9, Context: 4096, Parallel: 3, Continues: true, Strict: true},
			"vllm":         {Dialect: "vllm", Model: "scripted", Context: 4096, Parallel: 32, Continues: true, Strict: true},
			"openai":       {Dialect: "openai", Model: "scripted", Context: 4096, Parallel: 4},
			"ollama":       {Dialect: "ollama", Model: "scripted", Parameters: 7e9, Context: 4096, Parallel: 1},
			"transformers": {Dialect: "transformers", Model: "scripted", Parallel: 1},
		}[kind]
		got.Refuses = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		s.Close()
		if _, err := dialect.Probe(t.Context(), s.URL); worker.KindOf(err) != worker.Unreachable {
			t.Errorf("%s, closed: %v", kind, err)
		}
	}
}

// TestASilentServer: a server that takes the connection and says nothing, or that
// never ends loading its model, is given up in time. So is one that does not stop
// talking when it is asked what it is.
func TestASilentServer(t *testing.T) {
	list := `{"data":[{"id":"m"}]}`
	for name, tc := range map[string]struct {
		kind       string
		aboutFault worker.FaultKind
		replyFault worker.FaultKind // "": no reply is asked for
		serve      func(w http.ResponseWriter, r *http.Request)
	}{
		"silent": {"", worker.Unreachable, worker.Unreachable, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		"loads without end": {"transformers", "", worker.Unreachable, func(w http.ResponseWriter, r *http.Request) {
			for r.URL.Path == "/load_model" && r.Context().Err() == nil {
				fmt.Fprint(w, "data: {\"status\":\"loading\",\"stage\":\"weights\"}\n\n")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
			fmt.Fprint(w, list)
		}},
		"endless": {"openai", "", "", func(w http.ResponseWriter, r *http.Request) {
			for r.Method == http.MethodPost && r.Context().Err() == nil {
				fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", strings.Repeat("x", 1000))
			}
			fmt.Fprint(w, list)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(tc.serve))
			defer server.Close()
			w, err := dialect.Open(dialect.Config{URL: server.URL, Kind: tc.kind, FirstByte: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			within, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := w.About(within); worker.KindOf(err) != tc.aboutFault || (err == nil) != (tc.aboutFault == "") {
				t.Errorf("about: %v, want the fault %q", err, tc.aboutFault)
			}
			if tc.replyFault != "" {
				if got := listen(within, w, worker.Prompt{}); got.Fault != tc.replyFault {
					t.Errorf("reply: %+v, want the fault %q", got, tc.replyFault)
				}
			}
			if within.Err() != nil {
				t.Error("it was not given up")
			}
		})
	}
}

// TestACheckCostsNothing: a check of a server of an unknown kind costs no token,
// so it works also while no slot is free.
func TestACheckCostsNothing(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = asked || r.Method == http.MethodPost
		fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
	}))
	defer server.Close()
	w, err := dialect.Open(dialect.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Check(t.Context()); err != nil || asked {
		t.Errorf("%v, asked for tokens: %v", err, asked)
	}
}

// TestTransformersIsRecognised: its versions differ in what they list. The lists
// are as each version sent them, or as its source has them.
func TestTransformersIsRecognised(t *testing.T) {
	for name, answers := range map[string]map[string]string{
		"5.17": {"/v1/models": `{"object":"list","data":[{"owned_by":"me","id":"me/m","object":"model","created":1795647240.6301854}]}`},
		"5.17, of a file whose time is a whole second": {"/v1/models": `{"object":"list","data":[{"owned_by":"me","id":"me/m","object":"model","created":1795600000.0}]}`},
		"5.24":                {"/v1/models": `{"object":"list","data":[{"owned_by":"me","id":"me/m","object":"model","created":0,"status":{"value":"loaded"}}]}`, "/openapi.json": `{"paths":{"/load_model":{}}}`},
		"with an empty cache": {"/v1/models": `{"object":"list","data":[]}`, "/openapi.json": `{"paths":{"/load_model":{}}}`},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if answers[r.URL.Path] == "" {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, answers[r.URL.Path])
		}))
		w, err := dialect.Open(dialect.Config{URL: s.URL, Model: "me/m"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.About(t.Context()); err != nil || got.Dialect != "transformers" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		w.Close()
		s.Close()
	}
}

// TestItIsAskedOnce: callers that want to know at the same time share one probe,
// which continues when one of them leaves.
func TestItIsAskedOnce(t *testing.T) {
	var asked atomic.Int32
	tell := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			asked.Add(1)
			<-tell
		}
		io.WriteString(w, `{"data":[{"id":"m","owned_by":"llamacpp"}]}`)
	}))
	defer s.Close()
	w, err := dialect.Open(dialect.Config{URL: s.URL, Kind: "llamacpp"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	gone, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := w.About(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left: %v", err)
		}
	})
	for asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 10 {
		all.Go(func() {
			if _, err := w.About(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	leave()
	close(tell)
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestAnotherServerTakesItsPlace: after a fault the worker is asked again what
// it is.
func TestAnotherServerTakesItsPlace(t *testing.T) {
	llama, vllm := workertest.Start("llamacpp"), workertest.Start("vllm")
	defer vllm.Close()
	var at atomic.Pointer[url.URL]
	point := func(s *workertest.Server) {
		u, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		at.Store(u)
	}
	point(llama)
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(at.Load()) },
		ErrorLog: log.New(io.Discard, "", 0),
	})
	defer front.Close()
	w, err := dialect.Open(dialect.Config{URL: front.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dialectNow := func() string {
		a, err := w.About(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return a.Dialect
	}
	if got := dialectNow(); got != "llamacpp" {
		t.Fatal(got)
	}
	llama.Close()
	if got := listen(t.Context(), w, worker.Prompt{}); got.Fault != worker.Unreachable {
		t.Errorf("while it is gone: %+v", got)
	}
	point(vllm)
	if got := dialectNow(); got != "vllm" {
		t.Errorf("then it is %s", got)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, kind := range append(dialect.Kinds(), "") {
		got := generate(t, t.Context(), dialect.Config{URL: "http://" + l.Addr().String(), Kind: kind}, worker.Prompt{})
		if got.Fault != worker.Unreachable {
			t.Errorf("%q: %+v, want unreachable", kind, got)
		}
	}
}

// raw serves a handler as a llama.cpp's chat endpoint.
func raw(t *testing.T, chat http.HandlerFunc) *dialect.Worker {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
			return
		}
		chat(w, r)
	}))
	t.Cleanup(server.Close)
	w, err := dialect.Open(dialect.Config{URL: server.URL, Kind: "llamacpp"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestLeavingTheLoopFreesTheWorker(t *testing.T) {
	freed := make(chan struct{})
	w := raw(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(freed)
	})
	for d, err := range w.Generate(t.Context(), worker.Prompt{}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Text != "" {
			break
		}
	}
	select {
	case <-freed:
	case <-time.After(5 * time.Second):
		t.Error("the worker continues after its reader left")
	}
}

// TestTheContextsCause: a reply whose context ends fails with the cause.
func TestTheContextsCause(t *testing.T) {
	never := make(chan struct{})
	s := workertest.Start("llamacpp")
	defer s.Close()
	s.Say(workertest.Reply{Text: []string{"a"}, Hold: never})
	w, err := dialect.Open(dialect.Config{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	why := errors.New("why")
	for d, err := range w.Generate(ctx, worker.Prompt{}) {
		if err == nil && d.Text != "" {
			cancel(why)
		} else if err != nil && !errors.Is(err, why) {
			t.Errorf("error = %v, want the context's cause", err)
		}
	}
}

// weighed is a stream that repeats a piece, and that measures the heap while its
// reader waits for more.
type weighed struct {
	piece string
	left  int // bytes
	reads int
	most  uint64 // bytes of heap
}

func (w *weighed) Read(into []byte) (int, error) {
	if w.left <= 0 {
		return 0, io.EOF
	}
	if w.reads++; w.reads%100 == 0 || w.reads < 100 {
		runtime.GC()
		w.most = max(w.most, heap())
	}
	n := copy(into, w.piece[w.left%len(w.piece):])
	w.left -= n
	return n, nil
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMemory: neither a stream nor a line of 100 MB takes more than 1 MB.
func TestMemory(t *testing.T) {
	event := "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"pad\":\"" + strings.Repeat("p", 20<<10) + "\"}\n\n"
	for name, piece := range map[string]string{"100 MB of events": event, "100 MB in one line": strings.Repeat("p", 20<<10)} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			runtime.GC() // frees what finalizers have kept
			before := heap()
			body := &weighed{piece: piece, left: 100 << 20}
			w := dialect.Replaying("llamacpp", 0, wire(func() io.Reader {
				return io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"), body)
			}))
			if got := listen(t.Context(), w, worker.Prompt{}); got.Fault != worker.Broken {
				t.Errorf("%d bytes of text, %s %s", len(got.Text), got.Fault, got.Err)
			}
			grown := int64(body.most) - int64(before)
			t.Logf("the heap grew by %d bytes, over %d MB", grown, (100<<20-body.left)>>20)
			if body.most == 0 || grown > 1<<20 {
				t.Errorf("the heap grew by %d bytes", grown)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	const secret = "s3cret"
	for _, tc := range []struct {
		name string
		cfg  dialect.Config
		fine bool
	}{
		{"a key to this machine", dialect.Config{URL: "http://127.0.0.1:1", Key: secret}, true},
		{"a key to localhost", dialect.Config{URL: "http://localhost:1", Key: secret}, true},
		{"a key over https", dialect.Config{URL: "https://worker.example", Key: secret}, true},
		{"a key in the clear", dialect.Config{URL: "http://worker.example", Key: secret}, false},
		{"a key in the clear, allowed", dialect.Config{URL: "http://worker.example", Key: secret, Insecure: true}, true},
		{"a token in the clear", dialect.Config{URL: "http://10.0.0.1", Token: func(context.Context) (string, error) { return secret, nil }}, false},
		{"none in the clear", dialect.Config{URL: "http://worker.example"}, true},
		{"a password in the URL", dialect.Config{URL: "https://u:" + secret + "@worker.example"}, false},
		{"a password in a URL of another kind", dialect.Config{URL: "ftp://u:" + secret + "@worker.example"}, false},
		{"a key in the URL", dialect.Config{URL: "https://worker.example?key=" + secret}, false},
	} {
		w, err := dialect.Open(tc.cfg)
		if (err == nil) != tc.fine {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells the secret: %v", tc.name, err)
		}
		if w != nil {
			w.Close()
		}
	}

	// The key is sent with each request, and stays out of errors, even if a worker
	// echoes it.
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"error":"you sent %s"}`, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	got := generate(t, t.Context(), dialect.Config{URL: server.URL, Kind: "vllm", Key: secret}, worker.Prompt{})
	if got.Fault != worker.Refused || strings.Contains(got.Err, secret) || !slices.Contains(seen, "Bearer "+secret) {
		t.Errorf("%+v, sent %q", got, seen)
	}
}

// TestEchoedCredentials: neither a token in a refusal nor a key in a stream's error
// reaches the caller.
func TestEchoedCredentials(t *testing.T) {
	const secret = "s3cret"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
		case strings.Contains(string(body), "in the stream"):
			fmt.Fprintf(w, "data: {\"error\":{\"message\":\"you sent %s\"}}\n\n", r.Header.Get("Authorization"))
		default:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"error":"you sent %s"}`, r.Header.Get("Authorization"))
		}
	}))
	defer server.Close()
	token := func(context.Context) (string, error) { return secret, nil }
	for _, cfg := range []dialect.Config{{Key: secret}, {Token: token}} {
		for _, text := range []string{"in a refusal", "in the stream"} {
			cfg.URL, cfg.Kind = server.URL, "llamacpp"
			got := generate(t, t.Context(), cfg, worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: text}}})
			if got.Fault == "" || strings.Contains(got.Err, secret) {
				t.Errorf("%s: %+v", text, got)
			}
		}
		cfg.Kind = "openai" // which is tried out when it is asked what it is
		w, err := dialect.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.About(t.Context()); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("tried out: %v", err)
		}
		w.Close()
	}
}

// TestEchoedPrompts: whatever way a worker tells back what it was sent, and wherever in
// its answer, no error holds it.
func TestEchoedPrompts(t *testing.T) {
	const prompt = `My diary: "I met Zoë again", <b>at the old station</b>` + "\nand nobody knows.\n"
	quoted := func(text string) string {
		q, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(q)
	}
	raw := func(answer string) workertest.Reply { return workertest.Reply{Raw: []byte(answer)} }
	flat := strings.ReplaceAll(prompt, "\n", " ")
	for _, tc := range []struct {
		name  string
		reply workertest.Reply
		say   string // that the error must hold
	}{
		{"FastAPI's list", workertest.Reply{Status: 422, Body: `{"detail":[{"type":"string_type","loc":["body","messages",0,"content"],"msg":"Input should be a valid string","input":` + quoted(prompt) + `}]}`}, "should be a valid"},
		{"an object", workertest.Reply{Status: 400, Body: `{"error":{"message":` + quoted("cannot unmarshal "+prompt) + `,"type":"invalid_request_error"}}`}, "400 Bad Request: it said: invalid_request_error; cannot unmarshal"},
		{"its type", workertest.Reply{Status: 400, Body: `{"error":{"message":"m","type":` + quoted(prompt) + `}}`}, "400"},
		{"a string", workertest.Reply{Status: 500, Body: `{"error":` + quoted(prompt) + `}`}, "500"},
		{"a string of an object", workertest.Reply{Status: 500, Body: `{"error":` + quoted(`{"error":{"message":`+quoted(prompt)+`}}`) + `}`}, "500"},
		{"plain text", workertest.Reply{Status: 502, Body: prompt}, "502 Bad Gateway"},
		{"a prompt that does not fit", workertest.Reply{Status: 400, Body: `{"error":` + quoted("the context length is only 5 tokens, and this has 900 tokens: "+prompt) + `}`}, "context length"},
		{"the reason phrase", raw("HTTP/1.1 400 " + flat + "\r\n\r\n"), "400 Bad Request"},
		{"instead of HTTP", raw(prompt), "HTTP"},
		{"instead of a status", raw("HTTP/1.1 " + flat + "\r\n\r\n"), "HTTP"},
		{"instead of a header", raw("HTTP/1.1 200 OK\r\n" + strings.ReplaceAll(flat, ":", "") + "\r\n\r\n"), "HTTP"},
		{"where it leads to", raw("HTTP/1.1 302 Found\r\nLocation: http://[" + flat + "\r\nContent-Length: 0\r\n\r\n"), ""},
		{"how it is sent", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + flat + "\r\n\r\n"), "HTTP"},
		{"instead of a piece", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + flat + "\r\n"), "HTTP"},
		{"after all pieces", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + flat + "\r\n\r\n"), ""},
		{"in the stream", workertest.Reply{Text: []string{"a"}, Error: "CUDA error: " + flat}, ""},
		{"an event that is no JSON", workertest.Reply{Status: 200, Body: "data: CUDA error: " + flat + "\n\n"}, "cuda"},
		{"an event of another form", workertest.Reply{Status: 200, Body: "data: {\"choices\":" + quoted(prompt) + "}\n\n"}, ""},
	} {
		for _, kind := range dialect.Kinds() {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := workertest.Start(kind)
				defer s.Close()
				s.Always(tc.reply)
				got := generate(t, t.Context(), dialect.Config{URL: s.URL}, worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: prompt}}})
				if got.Err == "" || !strings.Contains(got.Err, tc.say) {
					t.Errorf("error %q, want one with %q", got.Err, tc.say)
				}
				const most = 16
				for i := range len(prompt) - most + 1 {
					if run := prompt[i : i+most]; strings.Contains(got.Err, run) || strings.Contains(got.Err, strings.ReplaceAll(run, "\n", " ")) {
						t.Fatalf("error %q holds %q", got.Err, run)
					}
				}
			})
		}
	}
}

// TestGoogleToken: Google's library gets ID tokens for the worker's origin with a
// service account's key, and keeps them.
func TestGoogleToken(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	audience := ""
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		assertion, err := jwt.ParseSigned(r.FormValue("assertion"), []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Error(err)
			return
		}
		var claims map[string]any
		if err := assertion.Claims(key.Public(), &claims); err != nil {
			t.Error(err)
		}
		audience, _ = claims["target_audience"].(string)
		signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
		token, _ := jwt.Signed(signer).Claims(map[string]any{"aud": audience, "exp": time.Now().Add(time.Hour).Unix()}).Serialize()
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"id_token": token})
	}))
	defer issuer.Close()
	account, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "b@p.iam.gserviceaccount.com", "private_key_id": "k", "token_uri": issuer.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, account, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	token, err := dialect.GoogleToken("https://worker-x.a.run.app/some/path")
	if err != nil || asked != 0 {
		t.Fatalf("%v, asked %d times before anybody needed it", err, asked)
	}
	first, err := token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := token(t.Context())
	if err != nil || first == "" || first != second || asked != 1 || audience != "https://worker-x.a.run.app" {
		t.Errorf("tokens %.20q and %.20q, %v; asked %d times, audience %q", first, second, err, asked, audience)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, kind := range dialect.Kinds() {
		b.Run(kind, func(b *testing.B) {
			s := workertest.Start(kind)
			defer s.Close()
			const pieces = 1000
			s.Always(workertest.Reply{Text: strings.SplitAfter(strings.Repeat("token ", pieces), " ")[:pieces]})
			w, err := dialect.Open(dialect.Config{URL: s.URL})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			n := 0
			for b.Loop() {
				for d, err := range w.Generate(b.Context(), worker.Prompt{}) {
					if err != nil {
						b.Fatal(err)
					}
					if d.Text != "" {
						n++
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/token")
		})
	}
}

// TestSent: it is told, once, that a server has got the prompt, as soon as it may
// work on it.
func TestSent(t *testing.T) {
	never := make(chan struct{})
	p := worker.Prompt{System: "Be brief.", Messages: []worker.Message{{Role: worker.User, Text: "a clock"}}, MaxTokens: 10}
	for _, tc := range []struct {
		name   string
		reply  workertest.Reply
		leaves bool // before the response header
		want   int
	}{
		{name: "a whole reply", reply: workertest.Reply{Text: []string{"a"}}, want: 1},
		{name: "a reply that breaks", reply: workertest.Reply{Text: []string{"a"}, Cut: true}, want: 1},
		{name: "a caller that leaves while the prompt is read", reply: workertest.Reply{Before: never}, leaves: true, want: 1},
		{name: "quiet before the header", reply: workertest.Reply{Before: never}, want: 1},
		{name: "an error after who knows what", reply: workertest.Reply{Status: 500}, want: 1},
		{name: "busy", reply: workertest.Reply{Status: 503}},
		{name: "too many requests", reply: workertest.Reply{Status: 429}},
		{name: "a request that is refused", reply: workertest.Reply{Status: 400}},
	} {
		for _, kind := range dialect.Kinds() {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := workertest.Start(kind)
				defer s.Close()
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				s.Choose(func(workertest.Call) (workertest.Reply, bool) {
					if tc.leaves {
						leave()
					}
					return tc.reply, true
				})
				cfg := dialect.Config{URL: s.URL}
				if tc.reply.Before != nil && !tc.leaves {
					cfg.FirstByte = 300 * time.Millisecond
				}
				if got := sent(t, ctx, cfg, p); got != tc.want*worker.PromptTokens(p) {
					t.Errorf("told of %d tokens, want %d times %d", got, tc.want, worker.PromptTokens(p))
				}
			})
		}
	}
	t.Run("nobody listens", func(t *testing.T) {
		s := workertest.Start("vllm")
		s.Close()
		if got := sent(t, t.Context(), dialect.Config{URL: s.URL, Kind: "vllm"}, p); got != 0 {
			t.Errorf("told of %d tokens", got)
		}
	})
}

// sent returns how many tokens of prompts a call says were sent.
func sent(t *testing.T, ctx context.Context, cfg dialect.Config, p worker.Prompt) int {
	t.Helper()
	w, err := dialect.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	n := 0
	for d := range w.Generate(ctx, p) {
		n += d.Sent
	}
	return n
}
