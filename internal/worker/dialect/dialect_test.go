package dialect_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is a whole reply, or how far it came.
type reply struct {
	Text   string
	Model  string
	Finish worker.Finish
	Usage  worker.Usage
	Code   errs.Code
	Reason errs.Reason
}

func generate(t *testing.T, ctx context.Context, cfg dialect.Config, p worker.Prompt) reply {
	t.Helper()
	w, err := dialect.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var r reply
	for d, err := range w.Generate(ctx, p) {
		if err != nil {
			e := errs.Of(err)
			r.Code, r.Reason = e.Code, e.Reason
			break
		}
		r.Text += d.Text
		r.Model, r.Finish, r.Usage = d.Model, d.Finish, d.Usage
	}
	return r
}

// replay serves a capture, byte for byte, to one request. A body whose framing
// was not captured ends with the connection.
func replay(t *testing.T, raw []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			request := make([]byte, 1<<16)
			conn.Read(request) // the prompt is small: it comes in one piece
			conn.Write(raw)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String()
}

// capture reads a file of testdata as it was on the wire.
func capture(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for bytes.HasPrefix(text, []byte("#")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	unframed := bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("{"))
	var kept []string
	for l := range strings.SplitSeq(string(head), "\r\n") {
		name, _, _ := strings.Cut(l, ":")
		if !unframed || name != "Transfer-Encoding" && name != "Content-Length" && name != "Keep-Alive" {
			kept = append(kept, l)
		}
	}
	return append([]byte(strings.Join(kept, "\r\n")+"\r\n\r\n"), body...)
}

var captures = []struct {
	name    string
	kind    string
	prefill string
	want    reply
}{
	{name: "llamacpp_01_stream_usage", kind: "llamacpp", want: reply{Text: "In the sleepy town of Ashwood, the smell of freshly", Model: "smol", Finish: worker.Length, Usage: worker.Usage{InputTokens: 37, OutputTokens: 12}}},
	{name: "llamacpp_12_prefill", kind: "llamacpp", prefill: "one, two, three,", want: reply{Text: "one, two, three, four, five, six, seven,", Model: "smol", Finish: worker.Length, Usage: worker.Usage{InputTokens: 42, OutputTokens: 8}}},
	{name: "llamacpp_11_sse_ping_interval", kind: "llamacpp", want: reply{Text: "The quick brown fox", Model: "smol", Finish: worker.Length, Usage: worker.Usage{InputTokens: 1421, OutputTokens: 4}}},
	{name: "llamacpp_04_ctx_overflow_stream", kind: "llamacpp", want: reply{Code: errs.InvalidArgument, Reason: errs.TooLong}},
	{name: "llamacpp_08_chat_loading", kind: "llamacpp", want: reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
	{name: "llamacpp_09_sigkill_midstream", kind: "llamacpp", want: reply{Text: "Once upon a time, in the", Model: "smol", Code: errs.Unavailable, Reason: errs.WorkerLost}},
	{name: "ollama_01_chat_stream", kind: "ollama", want: reply{Text: "In the sleepy town of Ravensburg, England, there", Model: "smol", Finish: worker.Length, Usage: worker.Usage{InputTokens: 16, OutputTokens: 12}}},
	{name: "ollama_05_chat_unknown_model", kind: "ollama", want: reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
	{name: "ollama_07_chat_busy_warm", kind: "ollama", want: reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
	{name: "ollama_09_chat_runner_sigkill_rawchunks", kind: "ollama", want: reply{Text: "In the 18th century,", Model: "smol", Code: errs.Unavailable, Reason: errs.WorkerLost}},
	{name: "ollama_09_chat_serve_sigkill_rawchunks", kind: "ollama", want: reply{Text: "In the sleepy town of Ashwood,", Model: "smol", Code: errs.Unavailable, Reason: errs.WorkerLost}},
}

func TestCaptures(t *testing.T) {
	for _, tc := range captures {
		t.Run(tc.name, func(t *testing.T) {
			url := replay(t, capture(t, tc.name))
			got := generate(t, t.Context(), dialect.Config{URL: url, Kind: tc.kind, Model: "m"}, worker.Prompt{Prefill: tc.prefill})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
		})
	}
}

// A reply that is cut anywhere before its last word never counts as whole.
func TestCutAnywhereIsNeverWhole(t *testing.T) {
	for _, tc := range captures {
		if tc.want.Finish == "" {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			raw := capture(t, tc.name)
			last := bytes.LastIndex(raw, []byte("[DONE]"))
			if tc.kind == "ollama" {
				last = bytes.LastIndex(raw, []byte(`}`))
			}
			for cut := bytes.Index(raw, []byte("\r\n\r\n")) + 4; cut <= last; cut += 7 {
				got := generate(t, t.Context(), dialect.Config{URL: replay(t, raw[:cut]), Kind: tc.kind, Model: "m"}, worker.Prompt{Prefill: tc.prefill})
				want := errs.WorkerLost
				if got.Text == "" {
					want = errs.WorkerUnavailable
				}
				if got.Reason != want || got.Finish != "" || !strings.HasPrefix(tc.want.Text, got.Text) {
					t.Fatalf("cut after %d bytes: %+v, want %s", cut, got, want)
				}
			}
		})
	}
}

func TestScripted(t *testing.T) {
	never := make(chan struct{})
	text := []string{"a", "b"}
	for _, tc := range []struct {
		name  string
		reply workertest.Reply
		want  reply
	}{
		{"a whole reply", workertest.Reply{Text: text}, reply{Text: "ab", Finish: worker.Stop, Usage: worker.Usage{InputTokens: 5, OutputTokens: 2}}},
		{"cut at the limit", workertest.Reply{Text: text, Finish: "length"}, reply{Text: "ab", Finish: worker.Length, Usage: worker.Usage{InputTokens: 5, OutputTokens: 2}}},
		{"a finish that nobody knows", workertest.Reply{Text: text, Finish: "tired"}, reply{Text: "ab", Finish: worker.Stop, Usage: worker.Usage{InputTokens: 5, OutputTokens: 2}}},
		{"an error in the stream", workertest.Reply{Text: text, Error: "CUDA"}, reply{Text: "ab", Code: errs.Unavailable, Reason: errs.WorkerLost}},
		{"an error instead of text", workertest.Reply{Error: "CUDA"}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"the connection breaks", workertest.Reply{Text: text, Cut: true}, reply{Text: "ab", Code: errs.Unavailable, Reason: errs.WorkerLost}},
		{"a clean end without the last word", workertest.Reply{Text: text, Silent: true}, reply{Text: "ab", Code: errs.Unavailable, Reason: errs.WorkerLost}},
		{"nothing at all", workertest.Reply{Silent: true}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"quiet before the first text", workertest.Reply{Hold: never}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"quiet after some text", workertest.Reply{Text: text, Hold: never}, reply{Text: "ab", Code: errs.Unavailable, Reason: errs.WorkerLost}},
		{"a page of HTML", workertest.Reply{Status: 200, Body: "<html>"}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"an error page", workertest.Reply{Status: 502, Body: "<html>"}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"a redirect", workertest.Reply{Status: 302}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
		{"10 MB without a line's end", workertest.Reply{Status: 200, Body: "data: " + strings.Repeat("x", 10<<20)}, reply{Code: errs.Unavailable, Reason: errs.WorkerUnavailable}},
	} {
		for _, kind := range []string{"llamacpp", "ollama"} {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				s := workertest.Start(kind)
				defer s.Close()
				s.Say(tc.reply)
				got := generate(t, t.Context(), dialect.Config{URL: s.URL, FirstText: 300 * time.Millisecond, Idle: 300 * time.Millisecond}, worker.Prompt{})
				if tc.want.Text != "" {
					tc.want.Model = "scripted"
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("reply (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// A reply may take long, as long as it goes on.
func TestSlowRepliesAreWhole(t *testing.T) {
	s := workertest.Start("llamacpp")
	defer s.Close()
	goOn := make(chan struct{})
	s.Say(workertest.Reply{Text: []string{"a"}, Hold: goOn})
	const first = 100 * time.Millisecond
	time.AfterFunc(3*first, func() { close(goOn) })
	got := generate(t, t.Context(), dialect.Config{URL: s.URL, FirstText: first, Idle: time.Minute}, worker.Prompt{})
	if got.Finish != worker.Stop {
		t.Errorf("reply: %+v", got)
	}
}

func TestWhatIsAsked(t *testing.T) {
	p := worker.Prompt{System: "s", Messages: []worker.Message{{Role: worker.User, Text: "u"}}, Prefill: "p", MaxTokens: 9, Temperature: 0.5}
	for _, tc := range []struct {
		kind string
		want map[string]any
	}{
		{"llamacpp", map[string]any{"stream": true, "stream_options": map[string]any{"include_usage": true}, "max_tokens": 9.0, "temperature": 0.5,
			"messages": []any{message("system", "s"), message("user", "u"), message("assistant", "p")}}},
		{"ollama", map[string]any{"model": "scripted:latest", "stream": true, "options": map[string]any{"num_predict": 9.0, "num_ctx": 4096.0, "temperature": 0.5},
			"messages": []any{message("system", "s"), message("user", "u")}}},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			s := workertest.Start(tc.kind)
			defer s.Close()
			r := generate(t, t.Context(), dialect.Config{URL: s.URL, Context: 4096}, p)
			if diff := cmp.Diff(tc.want, s.Calls()[0].Body); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if prefilled := strings.HasPrefix(r.Text, "p"); prefilled != (tc.kind == "llamacpp") {
				t.Errorf("the reply is %q", r.Text)
			}
		})
	}
}

func message(role, content string) map[string]any {
	return map[string]any{"role": role, "content": content}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, kind := range []string{"", "llamacpp", "ollama"} {
		got := generate(t, t.Context(), dialect.Config{URL: "http://" + l.Addr().String(), Kind: kind}, worker.Prompt{})
		if got.Reason != errs.WorkerUnavailable {
			t.Errorf("%q: %+v, want worker-unavailable", kind, got)
		}
	}
}

func TestLeavingTheLoopFreesTheWorker(t *testing.T) {
	freed := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(freed)
	})}
	go server.Serve(l)
	defer server.Close()
	w, err := dialect.Open(dialect.Config{URL: "http://" + l.Addr().String(), Kind: "llamacpp"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, err := range w.Generate(t.Context(), worker.Prompt{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	select {
	case <-freed:
	case <-time.After(5 * time.Second):
		t.Error("the worker goes on after its reader left")
	}
}

func TestTheCallersEndIsTold(t *testing.T) {
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
	for _, err := range w.Generate(ctx, worker.Prompt{}) {
		if err == nil {
			cancel(why)
		} else if !errors.Is(err, why) {
			t.Errorf("error = %v, want the context's cause", err)
		}
	}
}

// TestReal asks the real servers.
func TestReal(t *testing.T) {
	ask := worker.Prompt{
		System: "You are a helpful assistant.", MaxTokens: 16, Temperature: 0.7,
		Messages: []worker.Message{{Role: worker.User, Text: "Write a long story about a fox."}},
	}
	for kind, variable := range map[string]string{"llamacpp": "LLAMACPP_URL", "ollama": "OLLAMA_URL"} {
		t.Run(kind, func(t *testing.T) {
			url := emulator.Require(t, variable)
			got := generate(t, t.Context(), dialect.Config{URL: url}, ask)
			if got.Reason != "" || got.Text == "" || got.Finish != worker.Length || got.Usage.OutputTokens < 15 || got.Usage.InputTokens < 5 || got.Model == "" {
				t.Errorf("reply: %+v", got)
			}
			t.Logf("%s: %q", got.Model, got.Text)

			prefilled := ask
			prefilled.Prefill = "```html\n<!DOCTYPE html>\n<html"
			got = generate(t, t.Context(), dialect.Config{URL: url}, prefilled)
			if n := strings.Count(got.Text, prefilled.Prefill); got.Reason != "" || kind == "llamacpp" && (n != 1 || !strings.HasPrefix(got.Text, prefilled.Prefill)) || kind == "ollama" && n != 0 {
				t.Errorf("with a prefill: %+v", got)
			}

			w, err := dialect.Open(dialect.Config{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			for _, err := range w.Generate(t.Context(), worker.Prompt{Messages: ask.Messages, MaxTokens: 2000}) {
				if err != nil {
					t.Fatal(err)
				}
				break // the next one must not wait for this one's 2,000 tokens
			}
			started := time.Now()
			if got = generate(t, t.Context(), dialect.Config{URL: url}, ask); got.Text == "" {
				t.Errorf("after a reader left: %+v", got)
			}
			t.Logf("%v after a reader left", time.Since(started).Round(time.Millisecond))

			if kind == "llamacpp" {
				long := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: strings.Repeat("fox and hound ", 20000)}}, MaxTokens: 4}
				if got := generate(t, t.Context(), dialect.Config{URL: url}, long); got.Reason != errs.TooLong {
					t.Errorf("a prompt over the context: %+v", got)
				}
			} else if got := generate(t, t.Context(), dialect.Config{URL: url, Model: "no-such-model"}, ask); got.Reason != errs.WorkerUnavailable {
				t.Errorf("an unknown model: %+v", got)
			}
		})
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, kind := range []string{"llamacpp", "ollama"} {
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
