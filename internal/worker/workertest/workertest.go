// Package workertest is a scripted inference server: it sends given answers over
// real HTTP, in the way of any dialect. It is for tests and benchmarks of the code
// that uses workers. How real servers behave is tested on these and on captures.
package workertest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Reply is the answer to one call. The zero Reply is empty and ends well.
type Reply struct {
	Text   []string        // pieces, each flushed by itself
	Gap    time.Duration   // between pieces
	Finish string          // "" is "stop"
	Status int             // other than 0 and 200: refuse with this status and Body
	Body   string          // of a refusal; with Status 200: the whole body
	Header http.Header     // response headers to add
	Raw    []byte          // the whole answer as bytes on the wire, header included; the connection ends with it
	Before <-chan struct{} // wait for it before the response header
	Hold   <-chan struct{} // wait for it, after Text, before the end
	HoldAt int             // wait for Hold before this piece, counted from 0, and not before the end; 0: no
	Error  string          // reported in the stream, after Text
	Cut    bool            // drop the connection after Text
	Silent bool            // end cleanly after Text, but without the last word
}

// Call is one request as it came in.
type Call struct {
	Path     string
	Messages []Message
	Body     map[string]any // all of it
}

// Message is one message of a call.
type Message struct{ Role, Content string }

// Server is a running worker. It is safe for concurrent use.
type Server struct {
	URL string

	http    *httptest.Server
	kind    string
	slots   int
	context int
	mu      sync.Mutex
	replies []Reply
	usual   Reply
	choose  func(Call) (Reply, bool)
	calls   []Call
}

// Start runs a server of the given kind, one of dialect.Kinds, for 10,000 calls at
// once and a context of 32,768 tokens, with a model of 7 billion parameters, where a
// server of that kind tells. Close it.
func Start(kind string) *Server { return StartSized(kind, 10000, 32768) }

// StartSized is Start for a server with other numbers of slots and tokens of
// context. Only some kinds report them.
func StartSized(kind string, slots, context int) *Server {
	s := &Server{kind: kind, slots: slots, context: context, usual: Reply{Text: []string{"```html\n", "<h1>Hello</h1>\n", "```\n"}}}
	mux := http.NewServeMux()
	const model = `{"id":"scripted","object":"model","created":1795429370`
	list := map[string]string{
		"llamacpp":     fmt.Sprintf(`{"data":[%s,"owned_by":"llamacpp","meta":{"n_ctx":%d,"n_params":7000000000}}]}`, model, context),
		"vllm":         fmt.Sprintf(`{"data":[%s,"owned_by":"vllm","max_model_len":%d}]}`, model, context),
		"openai":       fmt.Sprintf(`{"data":[%s,"owned_by":"me","context_length":%d}]}`, model, context),
		"transformers": `{"data":[{"owned_by":"me","id":"scripted","object":"model","created":1795429816.53}]}`,
		"ollama":       fmt.Sprintf(`{"data":[%s,"owned_by":"library"}]}`, model),
	}
	mux.HandleFunc("GET /v1/models", answer(list[kind]))
	if kind != "ollama" {
		mux.HandleFunc("GET /health", answer(`{"status":"ok"}`))
	}
	switch kind {
	case "ollama":
		mux.HandleFunc("GET /api/version", answer(`{"version":"0.0.0"}`))
		mux.HandleFunc("GET /api/tags", answer(`{"models":[{"name":"scripted:latest"}]}`))
		mux.HandleFunc("POST /api/show", answer(fmt.Sprintf(`{"capabilities":["completion","thinking"],"model_info":{"general.parameter_count":7000000000,"llama.context_length":%d}}`, context)))
		mux.HandleFunc("GET /api/ps", answer(`{"models":[]}`))
		mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, ollama{}) })
	case "llamacpp":
		mux.HandleFunc("GET /props", answer(fmt.Sprintf(`{"total_slots":%d,"default_generation_settings":{"n_ctx":%d}}`, slots, context)))
	case "transformers":
		mux.HandleFunc("POST /load_model", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for _, stage := range []string{`{"status":"loading","stage":"config"}`, `{"status":"loading","stage":"weights","progress":{"current":1,"total":2}}`, `{"status":"ready","cached":false}`} {
				fmt.Fprintf(w, "data: %s\n\n", stage)
			}
		})
	}
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, sse{kind}) })
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends the server and the calls that it answers.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Say queues the answers to the next calls.
func (s *Server) Say(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies = append(s.replies, replies...)
}

// Always sets the answer that is sent while the queue is empty.
func (s *Server) Always(r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usual = r
}

// Choose sets a function that answers calls; those for which it returns false are
// answered from the queue.
func (s *Server) Choose(f func(Call) (Reply, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.choose = f
}

// Calls returns the calls so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (s *Server) next(c Call) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if s.choose != nil {
		if r, ok := s.choose(c); ok {
			return r
		}
	}
	if len(s.replies) == 0 {
		return s.usual
	}
	r := s.replies[0]
	s.replies = s.replies[1:]
	return r
}

// format is how a kind of server writes a stream.
type format interface {
	contentType() string
	text(piece string) string
	fail(message string) string
	end(finish string, tokens int) string
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, m format) {
	c := Call{Path: r.URL.Path}
	var body struct{ Messages []Message }
	raw := json.RawMessage{}
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil || json.Unmarshal(raw, &body) != nil || json.Unmarshal(raw, &c.Body) != nil {
		http.Error(w, "not the JSON of a chat request", http.StatusBadRequest)
		return
	}
	c.Messages = body.Messages
	if s.kind == "openai" && len(body.Messages) > 1 && body.Messages[1].Content == "one, two, three, four," {
		// This is how a client tries whether a server of an unknown kind continues a
		// reply. This one does not.
		w.Header().Set("Content-Type", m.contentType())
		fmt.Fprint(w, m.text("Sure!"), m.end("stop", 1))
		return
	}
	reply := s.next(c)
	if reply.Before != nil {
		select {
		case <-reply.Before:
		case <-r.Context().Done():
			return
		}
	}
	maps.Copy(w.Header(), reply.Header)
	if reply.Raw != nil {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err) // HTTP/1 can always be hijacked
		}
		defer conn.Close()
		_, _ = conn.Write(reply.Raw) // the client may have left
		return
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
		fmt.Fprint(w, reply.Body)
		return
	}
	w.Header().Set("Content-Type", m.contentType())
	flush := http.NewResponseController(w).Flush
	wait := func(on <-chan struct{}) (left bool) {
		_ = flush()
		select {
		case <-on:
			return false
		case <-r.Context().Done():
			return true
		}
	}
	for i, piece := range reply.Text {
		if i > 0 && reply.Gap > 0 {
			select {
			case <-time.After(reply.Gap):
			case <-r.Context().Done():
				return
			}
		}
		if reply.Hold != nil && i > 0 && i == reply.HoldAt && wait(reply.Hold) {
			return
		}
		fmt.Fprint(w, m.text(piece))
		_ = flush()
	}
	if reply.Hold != nil && reply.HoldAt == 0 && wait(reply.Hold) {
		return
	}
	switch {
	case reply.Cut:
		panic(http.ErrAbortHandler)
	case reply.Error != "":
		fmt.Fprint(w, m.fail(reply.Error))
	case !reply.Silent:
		finish := reply.Finish
		if finish == "" {
			finish = "stop"
		}
		fmt.Fprint(w, m.end(finish, len(reply.Text)))
	}
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}
}

// sse is how all kinds except Ollama write. They differ in the end.
type sse struct{ kind string }

func (sse) contentType() string { return "text/event-stream" }

func (sse) text(piece string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":%s}}],\"model\":\"scripted\"}\n\n", quoted(piece))
}

func (m sse) fail(message string) string {
	if m.kind == "transformers" { // it does not escape the message
		return fmt.Sprintf("data: {\"error\": \"%s\"}\n\n", message)
	}
	return fmt.Sprintf("data: {\"error\":{\"code\":500,\"message\":%s,\"type\":\"server_error\"}}\n\n", quoted(message))
}

func (m sse) end(finish string, tokens int) string {
	usage := fmt.Sprintf(`"usage":{"prompt_tokens":5,"completion_tokens":%d}`, tokens)
	choice := fmt.Sprintf(`"choices":[{"finish_reason":%q,"index":0,"delta":{}}],"model":"scripted"`, finish)
	if m.kind == "transformers" {
		return fmt.Sprintf("data: {%s,%s}\n\n", choice, usage)
	}
	return fmt.Sprintf("data: {%s}\n\ndata: {\"choices\":[],\"model\":\"scripted\",%s}\n\ndata: [DONE]\n\n", choice, usage)
}

type ollama struct{}

func (ollama) contentType() string { return "application/x-ndjson" }

func (ollama) text(piece string) string {
	return fmt.Sprintf("{\"model\":\"scripted\",\"message\":{\"role\":\"assistant\",\"content\":%s},\"done\":false}\n", quoted(piece))
}

func (ollama) fail(message string) string { return fmt.Sprintf("{\"error\":%s}\n", quoted(message)) }

func (ollama) end(finish string, tokens int) string {
	return fmt.Sprintf("{\"model\":\"scripted\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":%q,\"done\":true,\"prompt_eval_count\":5,\"eval_count\":%d}\n", finish, tokens)
}

func quoted(text string) string {
	q, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always is JSON
	}
	return string(q)
}
