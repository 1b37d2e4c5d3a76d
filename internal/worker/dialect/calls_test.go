package dialect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
)

// replay has a dialect read a stream.
func replay(t *testing.T, kind, stream string, p worker.Prompt) outcome {
	t.Helper()
	return listen(t.Context(), dialect.Replaying(kind, 0, wire(func() io.Reader {
		return strings.NewReader("HTTP/1.1 200 OK\r\n\r\n" + stream)
	})), p)
}

// events returns deltas of OpenAI's stream, and how it ends.
func events(finish string, deltas ...string) string {
	var b strings.Builder
	for _, d := range deltas {
		fmt.Fprintf(&b, "data: {\"choices\":[{\"delta\":%s}]}\n\n", d)
	}
	if finish != "" {
		fmt.Fprintf(&b, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":%q}]}\n\ndata: [DONE]\n\n", finish)
	}
	return b.String()
}

// TestToolCalls: what a model writes by calls of tools is text of its reply, in one
// form, whatever the pieces that it comes in.
func TestToolCalls(t *testing.T) {
	const a, b = `<tool_call>{"name": "write_file", "arguments": {"path":"a.html","content":"<p>"}}</tool_call>` + "\n", `<tool_call>{"name": "write_file", "arguments": {"path":"b.css"}}</tool_call>` + "\n"
	for _, tc := range []struct {
		name, stream string
		p            worker.Prompt
		want         string
		finish       worker.Finish
	}{
		{name: "in pieces", finish: worker.Stop, want: a, stream: events("tool_calls",
			`{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"write_file","arguments":""}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"{\"path\": \"a.ht"}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"ml\",\n \"content\": \"<p>\"}"}}]}`)},
		{name: "whole, after text", finish: worker.Stop, want: "I write it." + "\n" + a, stream: events("tool_calls",
			`{"content":"I write it."}`, `{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"a.html\",\"content\":\"<p>\"}"}}]}`)},
		{name: "arguments as an object", finish: worker.Stop, want: a, stream: events("stop",
			`{"tool_calls":[{"id":"c1","function":{"name":"write_file","arguments":{"path":"a.html","content":"<p>"}}}]}`)},
		{name: "two, one after the other", finish: worker.Stop, want: a + b, stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"a.html\","}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"\"content\":\"<p>\"}"}}]}`,
			`{"tool_calls":[{"index":1,"id":"c2","function":{"name":"write_file","arguments":"{\"path\":\"b.css\"}"}}]}`)},
		{name: "two, by turns", finish: worker.Stop, want: a + b, stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file"}},{"index":1,"id":"c2","function":{"name":"write_file"}}]}`,
			`{"tool_calls":[{"index":1,"function":{"arguments":"{\"path\":"}},{"index":0,"function":{"arguments":"{\"path\":\"a.html\","}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"\"content\":\"<p>\"}"}},{"index":1,"function":{"arguments":"\"b.css\"}"}}]}`)},
		{name: "two with one index", finish: worker.Stop, want: a + b, stream: events("stop",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"a.html\",\"content\":\"<p>\"}"}}]}`,
			`{"tool_calls":[{"index":0,"id":"c2","function":{"name":"write_file","arguments":"{\"path\":\"b.css\"}"}}]}`)},
		{name: "id and name with every piece", finish: worker.Stop, want: b, stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":"}}]}`,
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"\"b.css\"}"}}]}`)},
		{name: "text between and after", finish: worker.Stop, want: "First:\n" + a + "Then:\n" + b + "Done.", stream: events("stop",
			`{"content":"First:"}`,
			`{"content":"","tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"a.html\",\"content\":\"<p>\"}"}}]}`,
			`{"content":"Then:"}`,
			`{"content":null,"tool_calls":[{"index":1,"id":"c2","function":{"name":"write_file","arguments":"{\"path\":\"b.css\"}"}}]}`,
			`{"content":"Done."}`)},
		{name: "before there were tools", finish: worker.Stop, want: b, stream: events("function_call",
			`{"function_call":{"name":"write_file","arguments":""}}`, `{"function_call":{"arguments":"{\"path\":\"b.css\"}"}}`)},
		{name: "without arguments", finish: worker.Stop, want: `<tool_call>{"name": "done", "arguments": {}}</tool_call>` + "\n", stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"function":{"name":"done","arguments":""}}]}`)},
		{name: "arguments that are no JSON", finish: worker.Stop, want: `<tool_call>{"name": "write_file", "arguments": "<p>\"hi\"</p>"}</tool_call>` + "\n", stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"function":{"name":"write_file","arguments":"<p>\"hi\"</p>"}}]}`)},
		{name: "the mark of its own end", finish: worker.Stop, want: `<tool_call>{"name": "w", "arguments": {"content":"<\/tool_call>"}}</tool_call>` + "\n", stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"function":{"name":"w","arguments":"{\"content\":\"</tool_call>\"}"}}]}`)},
		{name: "cut at the limit", finish: worker.Length, want: b + `<tool_call>{"name": "write_file", "arguments": {"path":"a.html","content":"<p`, stream: events("length",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"b.css\"}"}}]}`,
			`{"tool_calls":[{"index":1,"id":"c2","function":{"name":"write_file","arguments":"{\"path\":\"a.html\",\"content\":\"<p"}}]}`)},
		{name: "the connection breaks", want: `<tool_call>{"name": "write_file", "arguments": {"path":"a.ht`, stream: events("",
			`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"write_file","arguments":"{\"path\":\"a.ht"}}]}`)},
		{name: "after a reply so far", finish: worker.Stop, p: worker.Prompt{Reply: "Here:"}, want: "\n" + b, stream: events("tool_calls",
			`{"tool_calls":[{"index":0,"function":{"name":"write_file","arguments":"{\"path\":\"b.css\"}"}}]}`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, kind := range []string{"llamacpp", "vllm", "openai", "transformers"} {
				if tc.p.Reply != "" && kind != "llamacpp" && kind != "vllm" {
					continue // it does not continue by itself
				}
				if got := replay(t, kind, tc.stream, tc.p); got.Text != tc.want || got.Finish != tc.finish {
					t.Errorf("%s: %+v\nwant %q", kind, got, tc.want)
				}
			}
		})
	}
	lines := `{"message":{"content":"I write it."}}
{"message":{"content":"","tool_calls":[{"function":{"name":"write_file","arguments":{"path":"a.html","content":"<p>"}}},{"function":{"index":1,"name":"write_file","arguments":{"path":"b.css"}}}]}}
{"message":{"content":""},"done":true,"done_reason":"stop"}
`
	if got, want := replay(t, "ollama", lines, worker.Prompt{}), "I write it.\n"+a+b; got.Text != want || got.Finish != worker.Stop {
		t.Errorf("ollama: %+v\nwant %q", got, want)
	}
}

// TestCallsAreBounded: a reply that calls tools without end is neither held nor lost.
func TestCallsAreBounded(t *testing.T) {
	piece, err := json.Marshal(strings.Repeat("x", 64<<10))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat(events("", `{"tool_calls":[{"index":0,"function":{"arguments":`+string(piece)+`}}]}`), 100)
	var many strings.Builder
	for i := range 40_000 {
		many.WriteString(events("", fmt.Sprintf(`{"tool_calls":[{"index":%d,"function":{}}]}`, i)))
	}
	for name, stream := range map[string]string{"a long call": long, "many calls": many.String()} {
		got := replay(t, "vllm", stream, worker.Prompt{})
		if got.Fault != worker.Broken || len(got.Text) > 4<<20 || !strings.Contains(got.Text, "<tool_call>") {
			t.Errorf("%s: %d bytes, %s %s", name, len(got.Text), got.Fault, got.Err)
		}
	}
}

// TestACallIsProgress: a server that writes a long call is not taken for silent.
func TestACallIsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream, send := io.Pipe()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			defer send.Close()
			for _, event := range strings.SplitAfter(events("tool_calls",
				`{"tool_calls":[{"index":0,"function":{"name":"w","arguments":"{\"a\":"}}]}`, `{"tool_calls":[{"index":0,"function":{"arguments":"1"}}]}`,
				`{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}`), "\n\n") {
				time.Sleep(50 * time.Second) // Replaying waits for a minute
				if _, err := io.WriteString(send, event); err != nil {
					return
				}
			}
		}()
		w := dialect.Replaying("vllm", 0, answers(func(ctx context.Context) io.ReadCloser {
			context.AfterFunc(ctx, func() { stream.CloseWithError(ctx.Err()) })
			return stream
		}))
		if got, want := listen(t.Context(), w, worker.Prompt{}), `<tool_call>{"name": "w", "arguments": {"a":1}}</tool_call>`+"\n"; got.Text != want {
			t.Errorf("%+v\nwant %q", got, want)
		}
		<-sent
	})
}

// answers is a transport whose answers have a body that ends with the request's context.
type answers func(context.Context) io.ReadCloser

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: a(r.Context()), Request: r}, nil
}

// TestThoughts: a thought is no text, except where it is all that a model writes which
// was asked not to think.
func TestThoughts(t *testing.T) {
	for _, tc := range []struct {
		name   string
		may    bool
		stream string
		want   string
	}{
		{"a thought and an answer", false, events("stop", `{"reasoning_content":"Let me see."}`, `{"content":"Hello"}`), "Hello"},
		{"the answer is called a thought", false, events("stop", `{"reasoning_content":"Hel"}`, `{"reasoning_content":"lo"}`), "Hello"},
		{"the answer is called a thought, twice", false, events("stop", `{"reasoning":"Hel","reasoning_content":"Hel"}`, `{"reasoning":"lo","reasoning_content":"lo"}`), "Hello"},
		{"the answer is called a thought, before an empty line", false, events("stop", `{"reasoning":"Hello"}`, `{"content":"\n\n"}`), "\n\nHello"},
		{"a thought uses up the limit", false, events("length", `{"reasoning":"Let me see."}`), ""},
		{"a thought and a call", false, events("tool_calls", `{"reasoning":"Let me see."}`, `{"tool_calls":[{"function":{"name":"w"}}]}`), `<tool_call>{"name": "w", "arguments": {}}</tool_call>` + "\n"},
		{"the model may think", true, events("stop", `{"reasoning":"Let me see."}`), ""},
		{"nothing at all, twice", false, events("stop"), ""},
		{"parts with strings", false, events("stop", `{"content":[{"type":"thinking","thinking":"Let me see."},{"type":"text","text":"Hello"}]}`), "Hello"},
		{"parts", false, events("stop", `{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Let me see."}]}]}`, `{"content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]}`), "Hello"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := answering(t, tc.stream)
			w, err := dialect.Open(dialect.Config{URL: s, Kind: "vllm", Thinking: tc.may})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			text, tokens := "", 0
			for d, err := range w.Generate(t.Context(), worker.Prompt{}) {
				if err != nil {
					t.Fatal(err)
				}
				text += d.Text
				tokens += worker.ReplyTokens(d.Text) + d.Unseen
			}
			if text != tc.want {
				t.Errorf("text %q, want %q", text, tc.want)
			}
			if most := 4 + len(tc.stream)/200; tokens < 0 || tokens > most+10 {
				t.Errorf("%d tokens", tokens)
			}
		})
	}
}
