package dialect_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"github.com/google/go-cmp/cmp"
)

// server is a fake server with OpenAI's chat endpoint, whose answers depend on what
// it is asked.
type server struct {
	url    string
	mu     sync.Mutex
	bodies []map[string]any
}

// serve starts a server that answers a request with a status and a body. An answer of
// status 200 is text, which is streamed.
func serve(t *testing.T, model string, answer func(body map[string]any) (int, string)) *server {
	t.Helper()
	s := &server{}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintf(w, `{"data":[{"id":%q,"max_model_len":8192}]}`, model)
			return
		}
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.bodies = append(s.bodies, body)
		s.mu.Unlock()
		status, text := answer(body)
		if status != http.StatusOK {
			w.WriteHeader(status)
			fmt.Fprint(w, text)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		chunk, err := json.Marshal(text)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", chunk)
	}))
	t.Cleanup(h.Close)
	s.url = h.URL
	return s
}

// asked returns the requests since the last time, each as the sorted names of its
// fields that not every server takes, and of the message that it ends with.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, body := range s.bodies {
		var names []string
		for _, name := range []string{"chat_template_kwargs", "continue_final_message", "reasoning_effort", "stream_options"} {
			switch v := body[name].(type) {
			case nil:
			case string:
				names = append(names, name+"="+v)
			default:
				names = append(names, name)
			}
		}
		all = append(all, strings.Join(append(names, last(body)), " "))
	}
	s.bodies = nil
	return all
}

// last returns the role of a request's last message.
func last(body map[string]any) string {
	messages, _ := body["messages"].([]any)
	message, _ := messages[len(messages)-1].(map[string]any)
	return fmt.Sprint(message["role"])
}

func refusal(message string) string {
	return fmt.Sprintf(`{"error":{"code":400,"message":%q,"type":"invalid_request_error"}}`, message)
}

// TestWhatIsRefused: a server that refuses a part of a request which not every server
// takes is asked without that part, and from then on at once.
func TestWhatIsRefused(t *testing.T) {
	const (
		off   = "chat_template_kwargs "
		told  = "stream_options "
		cont  = "continue_final_message "
		reply = "one, two,"
	)
	never := func(map[string]any) (int, string) { return 200, "three" }
	// without refuses requests that have a field, or end with the assistant's message.
	without := func(what string, status int, text string) func(map[string]any) (int, string) {
		return func(body map[string]any) (int, string) {
			if body[what] != nil || what == last(body) {
				return status, text
			}
			return 200, "three"
		}
	}
	effort := func(takes ...string) func(map[string]any) (int, string) {
		return func(body map[string]any) (int, string) {
			if v, ok := body["reasoning_effort"]; ok && !slices.Contains(takes, fmt.Sprint(v)) {
				return 400, refusal("Unsupported value: 'reasoning_effort' does not support that with this model.")
			}
			return 200, "three"
		}
	}
	for _, tc := range []struct {
		name, kind string
		model      string
		prefill    string // instead of a reply so far
		answer     func(map[string]any) (int, string)
		first      []string // requests of the first call, after those of the probe
		then       []string // of the second one
		refuses    []string
		continues  bool
		want       string // text
	}{
		{name: "nothing, llama.cpp", kind: "llamacpp", answer: never, first: []string{off + told + "assistant"}, then: []string{off + told + "assistant"}, continues: true, want: "three"},
		{name: "nothing, vLLM", kind: "vllm", answer: never, first: []string{off + cont + told + "assistant"}, then: []string{off + cont + told + "assistant"}, continues: true, want: "three"},
		{
			name: "llama.cpp continues no reply of a model that thinks", kind: "llamacpp",
			answer: without("assistant", 400, refusal("Assistant response prefill is incompatible with enable_thinking.")),
			first:  []string{off + told + "assistant", off + told + "user"}, then: []string{off + told + "user"}, refuses: []string{"a reply that has begun"}, want: "three",
		},
		{
			name: "an older llama.cpp calls that its own error", kind: "llamacpp",
			answer: without("assistant", 500, `{"error":{"code":500,"message":"Assistant response prefill is incompatible with enable_thinking.","type":"server_error"}}`),
			first:  []string{off + told + "assistant", off + told + "user"}, then: []string{off + told + "user"}, refuses: []string{"a reply that has begun"}, want: "three",
		},
		{
			name: "a prefill", kind: "llamacpp", prefill: "```html\n",
			answer: without("assistant", 400, refusal("Assistant response prefill is incompatible with enable_thinking.")),
			first:  []string{off + told + "assistant", off + told + "user"}, then: []string{off + told + "user"}, refuses: []string{"a reply that has begun"}, want: "three",
		},
		{
			name: "the template of vLLM's model changes a reply", kind: "vllm",
			answer: without("continue_final_message", 400, `{"error":{"message":"continue_final_message is set but the final message does not appear in the chat after applying the chat template!","type":"BadRequestError"}}`),
			first:  []string{off + cont + told + "assistant", off + told + "user"}, then: []string{off + told + "user"}, refuses: []string{"a reply that has begun"}, want: "three",
		},
		{
			name: "vLLM has no template for Mistral's tokenizers", kind: "vllm",
			answer: without("chat_template_kwargs", 400, `{"error":{"message":"chat_template is not supported for Mistral tokenizers.","type":"BadRequestError","param":null,"code":400}}`),
			first:  []string{off + cont + told + "assistant", cont + told + "assistant"}, then: []string{cont + told + "assistant"}, refuses: []string{"chat_template_kwargs"}, continues: true, want: "three",
		},
		{
			name: "a server that gives no reason", kind: "vllm", answer: without("chat_template_kwargs", 400, "Bad Request"),
			first: []string{off + cont + told + "assistant", off + told + "user", off + cont + "assistant", cont + told + "assistant"}, then: []string{cont + told + "assistant"}, refuses: []string{"chat_template_kwargs"}, continues: true, want: "three",
		},
		{
			name: "gpt-oss thinks as little as it can", kind: "vllm", model: "openai/gpt-oss-20b", answer: effort("low", "medium", "high"),
			first: []string{off + cont + "reasoning_effort=low " + told + "assistant"}, then: []string{off + cont + "reasoning_effort=low " + told + "assistant"}, continues: true, want: "three",
		},
		{
			name: "another server: nothing", kind: "openai", answer: func(map[string]any) (int, string) { return 200, "five" },
			first: []string{off + "reasoning_effort=none " + told + "assistant"}, then: []string{off + "reasoning_effort=none " + told + "assistant"}, continues: true, want: "five",
		},
		{
			name: "another server: it begins anew", kind: "openai", answer: never,
			first: []string{off + "reasoning_effort=none " + told + "user"}, then: []string{off + "reasoning_effort=none " + told + "user"}, want: "three",
		},
		{
			name: "another server: the least effort has another name", kind: "openai", answer: effort("minimal", "low"),
			first: []string{off + "reasoning_effort=minimal " + told + "user"}, then: []string{off + "reasoning_effort=minimal " + told + "user"}, want: "three",
		},
		{
			name: "another server: no effort", kind: "openai", answer: without("reasoning_effort", 400, refusal("Unrecognized request argument supplied: reasoning_effort")),
			first: []string{off + told + "user"}, then: []string{off + told + "user"}, refuses: []string{"reasoning_effort"}, want: "three",
		},
		{
			name: "another server: only what it knows, one by one", kind: "openai",
			answer: func(body map[string]any) (int, string) {
				for _, name := range []string{"chat_template_kwargs", "reasoning_effort", "stream_options"} {
					if body[name] != nil {
						return 422, fmt.Sprintf(`{"detail":[{"type":"extra_forbidden","loc":["body",%q],"msg":"Extra inputs are not permitted"}]}`, name)
					}
				}
				return 200, "three"
			},
			first: []string{"user"}, then: []string{"user"}, refuses: []string{"chat_template_kwargs", "reasoning_effort", "stream_options"}, want: "three",
		},
		{
			name: "another server: no assistant at the end", kind: "openai",
			answer: without("assistant", 400, `{"object":"error","message":"Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant","type":"invalid_request_error"}`),
			first:  []string{off + "reasoning_effort=none " + told + "user"}, then: []string{off + "reasoning_effort=none " + told + "user"}, refuses: []string{"a reply that has begun"}, want: "three",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, "m"+tc.model, tc.answer)
			w, err := dialect.Open(dialect.Config{URL: s.url, Kind: tc.kind})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.About(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.asked()
			p := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "Count."}}, Reply: reply, MaxTokens: 9}
			if p.Prefill = tc.prefill; p.Prefill != "" {
				p.Reply = ""
			}
			for _, want := range [][]string{tc.first, tc.then} {
				got := listen(t.Context(), w, p)
				if got.Text != tc.want || got.Finish != worker.Stop {
					t.Errorf("reply: %+v", got)
				}
				if diff := cmp.Diff(want, s.asked()); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			}
			about, err := w.About(t.Context())
			slices.Sort(about.Refuses)
			if diff := cmp.Diff(tc.refuses, about.Refuses); diff != "" || about.Continues != tc.continues || err != nil {
				t.Errorf("continues: %v, %v; refuses (-want +got):\n%s", about.Continues, err, diff)
			}
		})
	}
}

// TestWhatNothingHelps: a request that is refused whatever it leaves out is refused for
// another reason, and nothing is learnt from it.
func TestWhatNothingHelps(t *testing.T) {
	p := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "Count."}}, Reply: "one", MaxTokens: 9}
	for _, tc := range []struct {
		name    string
		answers []string // each but the last is sent once
		status  []int
		fault   worker.FaultKind
		reason  errs.Reason
		say     string
		tries   int
	}{
		{"a refusal without a reason", []string{"no"}, []int{400}, worker.Refused, "", "only its own log has", 5},
		{"a refusal for a reason of its own", []string{refusal("max_tokens is too large")}, []int{400}, worker.Refused, "", "max_tokens", 5},
		{"a refusal that names an innocent", []string{refusal("prefill"), refusal("temperature")}, []int{400}, worker.Refused, "", "prefill", 5},
		{"who asks is unknown", []string{"no key"}, []int{401}, worker.Refused, "", "no key", 1},
		{"a model is unknown", []string{"not found"}, []int{404}, worker.Refused, "", "not found", 1},
		{"it breaks", []string{"oh"}, []int{500}, worker.Unreachable, "", "500", 1},
		{"busy when it is asked again", []string{refusal("prefill"), "server busy"}, []int{400, 503}, worker.Busy, "", "server busy", 2},
		{"too long when it is asked again", []string{refusal("prefill"), refusal("the context length is only 5 tokens")}, []int{400}, "", errs.TooLong, "", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := 0
			s := serve(t, "m", func(map[string]any) (int, string) {
				at := n
				n++
				return tc.status[min(at, len(tc.status)-1)], tc.answers[min(at, len(tc.answers)-1)]
			})
			w, err := dialect.Open(dialect.Config{URL: s.url, Kind: "llamacpp"})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			got := listen(t.Context(), w, p)
			if got.Fault != tc.fault || got.Reason != tc.reason || !strings.Contains(got.Err, tc.say) {
				t.Errorf("%+v", got)
			}
			if n != tc.tries {
				t.Errorf("asked %d times, want %d: %q", n, tc.tries, s.asked())
			}
			if about, err := w.About(t.Context()); err != nil || !about.Continues || len(about.Refuses) > 0 {
				t.Errorf("learnt: %+v, %v", about, err)
			}
		})
	}
}

// TestThinking: models are asked not to think, unless they may; and whatever they may,
// where the prompt says so.
func TestThinking(t *testing.T) {
	const (
		thinks = `{"capabilities":["completion","thinking"]}`
		levels = `{"capabilities":["completion","thinking"],"thinking":{"values":["low","medium","high"],"default":"medium"}}`
		both   = `{"capabilities":["completion","thinking"],"thinking":{"values":[true,false]}}`
		always = `{"capabilities":["completion","thinking"],"thinking":{"values":["max"]}}`
		family = `{"capabilities":["completion","thinking"],"details":{"family":"gptoss"}}`
		plain  = `{"capabilities":["completion","tools"]}`
	)
	for _, tc := range []struct {
		name, show    string
		may           bool // by the configuration
		noThinking    bool // of the prompt
		want          any  // Ollama's think
		wantTemplated bool // for llama.cpp
	}{
		{"a model that thinks", thinks, false, false, false, true},
		{"it may", thinks, true, false, nil, false},
		{"it may, but not now", thinks, true, true, false, true},
		{"asked twice not to", thinks, false, true, false, true},
		{"a model that does not", plain, false, true, nil, true},
		{"an older server", `{}`, false, true, nil, true},
		{"a newer server, with a switch", both, false, false, false, true},
		{"a newer server, with levels", levels, false, false, "low", true},
		{"a newer server, without a choice", always, false, false, nil, true},
		{"gpt-oss, on a server without levels", family, false, false, "low", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "u"}}, NoThinking: tc.noThinking}
			asked := map[string]any{}
			h := httptest.NewServer(ollamaServer(t, []string{"m"}, map[string]string{"m": tc.show}, asked))
			defer h.Close()
			generate(t, t.Context(), dialect.Config{URL: h.URL, Kind: "ollama", Thinking: tc.may}, p)
			if diff := cmp.Diff(tc.want, asked["think"]); diff != "" {
				t.Errorf("think (-want +got):\n%s", diff)
			}
			s := serve(t, "m", func(map[string]any) (int, string) { return 200, "a" })
			generate(t, t.Context(), dialect.Config{URL: s.url, Kind: "llamacpp", Thinking: tc.may}, p)
			if got := s.asked()[0]; strings.Contains(got, "chat_template_kwargs") != tc.wantTemplated {
				t.Errorf("llama.cpp is asked %q", got)
			}
		})
	}
}

// TestThePageOnThinking: the page for hosts has by what each dialect asks a model not
// to think.
func TestThePageOnThinking(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## Dialects\n")
	table, _, _ = strings.Cut(table, "\n## ")
	want := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|.*\\| ([^|]+) \\|$").FindAllStringSubmatch(table, -1) {
		want[row[1]] = nil
		for _, field := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
			want[row[1]] = append(want[row[1]], field[1])
		}
	}
	got := map[string][]string{}
	p := worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "u"}}}
	for _, kind := range dialect.Kinds() {
		asked := map[string]any{}
		h := httptest.NewServer(ollamaServer(t, []string{"m"}, map[string]string{"m": `{"capabilities":["completion","thinking"]}`}, asked))
		if kind != "ollama" {
			h.Close()
			s := serve(t, "m", func(body map[string]any) (int, string) { asked = body; return 200, "a" })
			h.URL = s.url
		}
		bodies := map[bool]map[string]any{}
		for _, may := range []bool{true, false} {
			generate(t, t.Context(), dialect.Config{URL: h.URL, Kind: kind, Thinking: may}, p)
			bodies[may] = maps.Clone(asked)
		}
		h.Close()
		got[kind] = nil
		for _, field := range slices.Sorted(maps.Keys(bodies[false])) {
			if bodies[true][field] == nil {
				got[kind] = append(got[kind], field)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("internal/worker/README.md (-table +asked):\n%s", diff)
	}
}

// TestOllamaRefusesToBeAsked: what a version of Ollama does not know of think, it is
// asked without.
func TestOllamaRefusesToBeAsked(t *testing.T) {
	for _, message := range []string{`{"error":"\"m\" does not support thinking"}`, `{"error":"json: cannot unmarshal string into Go struct field ChatRequest.think of type bool"}`, `{"error":"think value \"low\" is not supported for this model"}`, `bad request`} {
		var asked []any
		usual := ollamaServer(t, []string{"m"}, map[string]string{"m": `{"capabilities":["completion","thinking"],"thinking":{"values":["low"]}}`}, map[string]any{})
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/chat" {
				usual.ServeHTTP(w, r)
				return
			}
			var body map[string]any
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			if asked = append(asked, body["think"]); body["think"] != nil {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, message)
				return
			}
			fmt.Fprintln(w, `{"message":{"content":"a"}}`+"\n"+`{"done":true,"done_reason":"stop"}`)
		}))
		w, err := dialect.Open(dialect.Config{URL: h.URL, Kind: "ollama"})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := listen(t.Context(), w, worker.Prompt{}); got.Text != "a" {
				t.Errorf("%s: %+v", message, got)
			}
		}
		if diff := cmp.Diff([]any{"low", nil, nil}, asked); diff != "" {
			t.Errorf("%s: think (-want +got):\n%s", message, diff)
		}
		if about, err := w.About(t.Context()); err != nil || !slices.Contains(about.Refuses, "think") {
			t.Errorf("%s: %+v, %v", message, about, err)
		}
		w.Close()
		h.Close()
	}
}

// TestWithoutAWord: a model that was asked not to think and then says nothing is asked
// again, and from then on it may think.
func TestWithoutAWord(t *testing.T) {
	for _, kind := range []string{"llamacpp", "openai"} {
		s := serve(t, "m", func(body map[string]any) (int, string) {
			if body["chat_template_kwargs"] != nil && body["max_tokens"] == 9.0 { // not of the probe
				return 200, ""
			}
			return 200, "Hello"
		})
		w, err := dialect.Open(dialect.Config{URL: s.url, Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if _, err := w.About(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.asked()
		for i, requests := range []int{2, 1} {
			got := listen(t.Context(), w, worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "u"}}, MaxTokens: 9})
			if asked := s.asked(); got.Text != "Hello" || got.Finish != worker.Stop || len(asked) != requests {
				t.Errorf("%s, call %d: asked %q: %+v", kind, i, asked, got)
			}
		}
	}
}

// ollamaServer answers as Ollama with models, of which /api/show tells what is given,
// and puts what it is asked into asked.
func ollamaServer(t *testing.T, names []string, shows map[string]string, asked map[string]any) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		var models []map[string]string
		for _, name := range names {
			models = append(models, map[string]string{"name": name})
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"models": models}); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /api/ps", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) })
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Model string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if shows[body.Model] == "" {
			http.Error(w, `{"error":"model not found"}`, http.StatusNotFound)
			return
		}
		fmt.Fprint(w, shows[body.Model])
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		clear(asked)
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		fmt.Fprintln(w, `{"message":{"content":"a"}}`+"\n"+`{"done":true,"done_reason":"stop"}`)
	})
	return mux
}

// TestTheModelThatChats: of the models that a server lists the first one that answers
// chats is taken, unless one is configured.
func TestTheModelThatChats(t *testing.T) {
	const (
		embeds = `{"capabilities":["embedding"]}`
		chats  = `{"capabilities":["completion","tools"]}`
	)
	for _, tc := range []struct {
		name       string
		shows      map[string]string
		names      []string
		configured string
		want       string // "": it is refused
	}{
		{"an embedding model was pulled last", map[string]string{"nomic-embed-text:latest": embeds, "qwen2.5-coder:7b": chats}, []string{"nomic-embed-text:latest", "qwen2.5-coder:7b"}, "", "qwen2.5-coder:7b"},
		{"a model that also embeds", map[string]string{"a": `{"capabilities":["embedding","completion"]}`, "b": chats}, []string{"a", "b"}, "", "a"},
		{"its name says nothing", map[string]string{"mine": embeds, "yours": chats}, []string{"mine", "yours"}, "", "yours"},
		{"its name says embed, and it chats", map[string]string{"embedded-dev:7b": chats, "b": chats}, []string{"embedded-dev:7b", "b"}, "", "embedded-dev:7b"},
		{"an older server: the pooling", map[string]string{"mine": `{"model_info":{"qwen3.pooling_type":3}}`, "yours": `{"model_info":{}}`}, []string{"mine", "yours"}, "", "yours"},
		{"an older server: the family", map[string]string{"mine": `{"details":{"family":"nomic-bert","families":["nomic-bert"]}}`, "yours": `{"details":{"family":"llama"}}`}, []string{"mine", "yours"}, "", "yours"},
		{"an older server: the name", map[string]string{"mxbai-embed-large": `{}`, "llama3": `{}`}, []string{"mxbai-embed-large", "llama3"}, "", "llama3"},
		{"an older server: no name is taken for another", map[string]string{"gemma3": `{}`, "llama3": `{}`}, []string{"gemma3", "llama3"}, "", "gemma3"},
		{"one cannot be shown", map[string]string{"b": chats}, []string{"a", "b"}, "", "b"},
		{"none chats", map[string]string{"a": embeds, "b": embeds}, []string{"a", "b"}, "", ""},
		{"none can be shown", nil, []string{"a", "b"}, "", ""},
		{"none is there", nil, nil, "", ""},
		{"one is configured", map[string]string{"a": chats, "b": chats}, []string{"a", "b"}, "b", "b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked := map[string]any{}
			h := httptest.NewServer(ollamaServer(t, tc.names, tc.shows, asked))
			defer h.Close()
			got := generate(t, t.Context(), dialect.Config{URL: h.URL, Kind: "ollama", Model: tc.configured}, worker.Prompt{})
			if tc.want == "" {
				if got.Fault != worker.Refused {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.Text != "a" || asked["model"] != tc.want {
				t.Errorf("asked for %v, want %s: %+v", asked["model"], tc.want, got)
			}
		})
	}
	for _, tc := range []struct {
		list string
		want string
	}{
		{`{"data":[{"id":"text-embedding-nomic-embed-text-v1.5"},{"id":"qwen/qwen3-coder-30b"}]}`, "qwen3-coder-30b"},
		{`{"data":[{"id":"BAAI/bge-m3"},{"id":"whisper-1"},{"id":"tts-1-hd"},{"id":"jina-reranker-v2"},{"id":"glm-4.6"}]}`, "glm-4.6"},
		{`{"data":[{"id":"google/gemma-3-4b-it"},{"id":"other"}]}`, "gemma-3-4b-it"},
		{`{"data":[{"id":"bge-m3"}]}`, "bge-m3"}, // what else should be asked?
	} {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				fmt.Fprint(w, tc.list)
				return
			}
			fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
		}))
		for _, kind := range []string{"llamacpp", "vllm", "openai", "transformers"} {
			w, err := dialect.Open(dialect.Config{URL: h.URL, Kind: kind})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.About(t.Context()); got.Model != tc.want || err != nil {
				t.Errorf("%s of %s: %q, %v", kind, tc.list, got.Model, err)
			}
			w.Close()
		}
		h.Close()
	}
}

// answering starts a vLLM that answers every chat with a stream.
func answering(t *testing.T, stream string) (url string) {
	t.Helper()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
			return
		}
		fmt.Fprint(w, stream)
	}))
	t.Cleanup(h.Close)
	return h.URL
}
