package turn_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// caseWorker is a server that says one reply after the other, and continues none by
// itself: it is asked for the rest in words.
type caseWorker struct {
	replies []string
	finish  []string
	asked   int
	said    int // bytes
	last    worker.Prompt
}

func (*caseWorker) Name() string                                      { return "scripted" }
func (*caseWorker) Check(context.Context) error                       { return nil }
func (*caseWorker) Count(context.Context, worker.Prompt) (int, error) { return 0, worker.ErrNoCount }
func (*caseWorker) About(context.Context) (worker.About, error) {
	return worker.About{Dialect: "openai", Model: "tiny", Parallel: 1}, nil
}

func (w *caseWorker) Generate(_ context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	reply, how := "", "stop"
	w.last = p
	if w.asked < len(w.replies) {
		reply = w.replies[w.asked]
	}
	if w.asked < len(w.finish) {
		how = strings.TrimSpace(w.finish[w.asked])
	}
	w.asked++
	finish, thinking, _ := strings.Cut(how, " ")
	return func(yield func(worker.Delta, error) bool) {
		if !yield(worker.Delta{Sent: 100}, nil) {
			return
		}
		usage := worker.Usage{InputTokens: 100, OutputTokens: len(reply) / 4}
		if thinking != "" {
			if !yield(worker.Delta{Thinking: true, Unseen: 2000}, nil) {
				return
			}
			usage.OutputTokens += 2000
		}
		for reply != "" {
			n := min(48, len(reply))
			for !utf8.ValidString(reply[:n]) {
				n++
			}
			w.said += n
			if !yield(worker.Delta{Text: reply[:n], Model: "tiny"}, nil) {
				return
			}
			reply = reply[n:]
		}
		yield(worker.Delta{Model: "tiny", Finish: worker.Finish(finish), Usage: usage}, nil)
	}
}

// onWire starts a server of the kind wire that sends the replies as they are, and
// returns the worker that reads them and the calls to it.
func (c turnCase) onWire(t *testing.T) (w worker.Worker, calls func() []workertest.Call) {
	t.Helper()
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	if c.wire == "ollama" {
		head = strings.Replace(head, "text/event-stream", "application/x-ndjson", 1)
	}
	s := workertest.Start(c.wire)
	t.Cleanup(s.Close)
	for _, reply := range c.replies {
		s.Say(workertest.Reply{Raw: []byte(head + reply + "\n\n")})
	}
	s.Always(workertest.Reply{})
	served, err := dialect.Open(dialect.Config{URL: s.URL, Kind: c.wire})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	return served, s.Calls
}
