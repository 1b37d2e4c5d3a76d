package browser_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"dreambuild.dev/backend/internal/worker/workertest"
)

// scriptedBackend is a worker that can stop in the middle of its reply, and a
// proxy before the backend that can break. JavaScript tests control both by POST:
// {prompt, say, hold} scripts a reply, {release: prompt} continues a held one,
// {lose, of, late} loses requests of a function, {cut} closes all connections.
// Each answers how often the worker was asked each prompt, and the backend each
// function.
type scriptedBackend struct {
	worker               *workertest.Server
	proxy, controlServer *httptest.Server

	mu     sync.Mutex
	scenes map[string]*scene // by prompt
	lose   int               // so many requests
	of     string            // of this function
	late   bool              // when they have been answered, not before
	asked  map[string]int
}

type scene struct {
	Say  []string
	Hold int // wait before this piece
	free chan struct{}
}

func openScriptedBackend(t *testing.T, f *hosting) *scriptedBackend {
	st := &scriptedBackend{scenes: map[string]*scene{}, asked: map[string]int{}}
	st.worker = workertest.Start("llamacpp")
	st.worker.Choose(st.reply)
	t.Cleanup(st.worker.Close)
	st.proxy = httptest.NewServer(st.losing(f.Config.Handler))
	st.controlServer = httptest.NewServer(http.HandlerFunc(st.direct))
	for _, s := range []*httptest.Server{st.controlServer, st.proxy} {
		t.Cleanup(func() {
			s.CloseClientConnections()
			s.Close()
		})
	}
	return st
}

// reply answers the last prompt.
func (st *scriptedBackend) reply(c workertest.Call) (workertest.Reply, bool) {
	prompt := c.Messages[len(c.Messages)-1].Content
	st.mu.Lock()
	defer st.mu.Unlock()
	st.asked[prompt]++
	now := st.scenes[prompt]
	if now == nil {
		return workertest.Reply{Status: http.StatusInternalServerError, Body: "no reply is scripted for " + prompt}, true
	}
	return workertest.Reply{Text: now.Say, Hold: now.free, HoldAt: now.Hold}, true
}

func (st *scriptedBackend) direct(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Prompt, Release, Of string
		Say                 []string
		Hold, Lose          int
		Late, Cut           bool
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if in.Cut {
		st.proxy.CloseClientConnections()
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if in.Prompt != "" {
		now := &scene{Say: in.Say, Hold: in.Hold, free: make(chan struct{})}
		if now.Hold == 0 {
			close(now.free)
		}
		st.scenes[in.Prompt] = now
	}
	if in.Release != "" {
		close(st.scenes[in.Release].free)
	}
	if in.Lose > 0 {
		st.lose, st.of, st.late = in.Lose, in.Of, in.Late
	}
	json.NewEncoder(w).Encode(st.asked)
}

// losing returns h behind a proxy that loses requests or their answers.
func (st *scriptedBackend) losing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		st.mu.Lock()
		lose := st.lose > 0 && st.of == name && r.Method == http.MethodPost
		if lose {
			st.lose--
		}
		late := st.late
		if r.Method == http.MethodPost && (late || !lose) {
			st.asked[name]++
		}
		st.mu.Unlock()
		switch {
		case lose && late:
			h.ServeHTTP(lostResponse{w}, r)
			panic(http.ErrAbortHandler)
		case lose:
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	})
}

// lostResponse drops the response.
type lostResponse struct{ http.ResponseWriter }

func (lostResponse) WriteHeader(int) {}

func (lostResponse) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func (lostResponse) Flush() {}
