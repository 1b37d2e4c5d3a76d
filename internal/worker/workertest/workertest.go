// Package workertest is an inference server that says what it is told to, over
// real HTTP, in the manner of llama.cpp's server or of Ollama. It is for tests
// and benchmarks of what stands above a worker; how the real servers behave is
// tested on the real ones and on captures of them.
package workertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Reply is the answer to one call. The zero Reply is empty and ends well.
type Reply struct {
	Text   []string        // what is said, each piece flushed on its own
	Gap    time.Duration   // between pieces
	Finish string          // "" is "stop"
	Status int             // other than 0 and 200: refuse with this status and Body
	Body   string          // of a refusal; with Status 200: all that is sent
	Hold   <-chan struct{} // wait for it, after Text, before the end
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
	mu      sync.Mutex
	replies []Reply
	usual   Reply
	calls   []Call
}

// Start runs a server of the given kind, "llamacpp" or "ollama". Close it.
func Start(kind string) *Server {
	s := &Server{usual: Reply{Text: []string{"```html\n", "<h1>Hello</h1>\n", "```\n"}}}
	mux := http.NewServeMux()
	if kind == "ollama" {
		mux.HandleFunc("GET /api/version", answer(`{"version":"0.0.0"}`))
		mux.HandleFunc("GET /api/tags", answer(`{"models":[{"name":"scripted:latest"}]}`))
		mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, ollama{}) })
	} else {
		mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, llamacpp{}) })
	}
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	return s
}

// Close ends the server and the calls that it is answering.
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

// Always sets the answer for when the queue is empty.
func (s *Server) Always(r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usual = r
}

// Calls returns what was asked so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (s *Server) next(c Call) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	if len(s.replies) == 0 {
		return s.usual
	}
	r := s.replies[0]
	s.replies = s.replies[1:]
	return r
}

// manner is how a kind of server writes a stream.
type manner interface {
	contentType() string
	text(piece string) string
	fail(message string) string
	end(finish string, tokens int) string
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, m manner) {
	c := Call{Path: r.URL.Path}
	var body struct{ Messages []Message }
	raw := json.RawMessage{}
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil || json.Unmarshal(raw, &body) != nil || json.Unmarshal(raw, &c.Body) != nil {
		http.Error(w, "not the JSON of a chat request", http.StatusBadRequest)
		return
	}
	c.Messages = body.Messages
	reply := s.next(c)
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
		fmt.Fprint(w, reply.Body)
		return
	}
	w.Header().Set("Content-Type", m.contentType())
	flush := http.NewResponseController(w).Flush
	for i, piece := range reply.Text {
		if i > 0 && reply.Gap > 0 {
			select {
			case <-time.After(reply.Gap):
			case <-r.Context().Done():
				return
			}
		}
		fmt.Fprint(w, m.text(piece))
		flush()
	}
	if reply.Hold != nil {
		flush()
		select {
		case <-reply.Hold:
		case <-r.Context().Done():
			return
		}
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

type llamacpp struct{}

func (llamacpp) contentType() string { return "text/event-stream" }

func (llamacpp) text(piece string) string {
	return fmt.Sprintf("data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":%s}}],\"model\":\"scripted\"}\n\n", quoted(piece))
}

func (llamacpp) fail(message string) string {
	return fmt.Sprintf("data: {\"error\":{\"code\":500,\"message\":%s,\"type\":\"server_error\"}}\n\n", quoted(message))
}

func (llamacpp) end(finish string, tokens int) string {
	return fmt.Sprintf("data: {\"choices\":[{\"finish_reason\":%q,\"index\":0,\"delta\":{}}],\"model\":\"scripted\"}\n\n"+
		"data: {\"choices\":[],\"model\":\"scripted\",\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":%d}}\n\ndata: [DONE]\n\n", finish, tokens)
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
