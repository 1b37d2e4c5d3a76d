package turn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// recorder is what a logger has written.
type recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// logger returns a logger, and what it writes.
func logger() (*slog.Logger, *recorder) {
	r := &recorder{}
	return slog.New(slog.NewJSONHandler(r, nil)), r
}

// lines returns the lines with a message, without their time.
func (r *recorder) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for l := range strings.Lines(r.String()) {
		var one map[string]any
		if err := json.Unmarshal([]byte(l), &one); err != nil {
			t.Fatalf("%v in %s", err, l)
		}
		if one["msg"] == message {
			delete(one, "time")
			all = append(all, one)
		}
	}
	return all
}

var ordinary = turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 30 * time.Second, Idle: 2 * time.Minute}

// TestEachTurnHasALine: one line says how a turn ended, also if nobody reads it by
// then.
func TestEachTurnHasALine(t *testing.T) {
	// slowly is a worker's answer that takes a second to its first text and almost another
	// one to its end: a drain waits a second for that.
	slowly := func(w *fakeWorker) *fakeWorker {
		return &fakeWorker{answer: func(ctx context.Context, yield func(worker.Delta, error) bool) {
			time.Sleep(time.Second)
			first := true
			w.answer(ctx, func(d worker.Delta, err error) bool {
				if !first {
					time.Sleep(900 * time.Millisecond)
				}
				first = false
				return yield(d, err)
			})
		}}
	}
	line := func(change map[string]any) map[string]any {
		all := map[string]any{"level": "INFO", "msg": "turn", "projectId": "p", "turnId": "t", "uid": "ann",
			"source": "worker", "worker": "tiny", "inputTokens": 0.0, "outputTokens": 0.0, "firstMs": 1000.0, "tookMs": 1900.0}
		for k, v := range change {
			if all[k] = v; v == nil {
				delete(all, k)
			}
		}
		return all
	}
	html := "```html\n<p>\n```\n"
	for _, tc := range []struct {
		name   string
		worker turn.Worker
		do     func(t *testing.T, r *turn.Runner) // while the turn runs
		want   map[string]any
		stack  string // what the stack of a panic holds
	}{
		{name: "complete", worker: slowly(says(worker.Stop, html)),
			want: line(map[string]any{"state": "complete", "inputTokens": 7.0, "outputTokens": 1.0})},
		{name: "a template stands in for a worker", worker: slowly(says(worker.Stop, "No.")),
			want: line(map[string]any{"state": "complete", "source": "template", "inputTokens": 7.0, "outputTokens": 1.0})},
		{name: "a template without a worker", worker: breaks(unavailable),
			want: line(map[string]any{"state": "complete", "source": "template", "worker": "", "firstMs": nil, "tookMs": 0.0})},
		{name: "the worker is lost", worker: slowly(breaks(lost.Because(errors.New("connection reset")), html)),
			want: line(map[string]any{"state": "failed", "outputTokens": 1.0, "code": "UNAVAILABLE", "reason": "worker-lost",
				"err": "UNAVAILABLE (worker-lost): connection reset"})},
		{name: "a panic", worker: slowly(&fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
			yield(worker.Delta{Model: "tiny", Text: "Well"}, nil)
			time.Sleep(time.Second)
			var none []int
			_ = none[len(html)]
		}}), want: line(map[string]any{"level": "ERROR", "state": "failed", "code": "INTERNAL", "tookMs": 2000.0,
			"err": "panic: runtime error: index out of range [16] with length 0"}), stack: "journal_test.go"},
		{name: "a panic after its user has cancelled", worker: slowly(&fakeWorker{answer: func(ctx context.Context, yield func(worker.Delta, error) bool) {
			yield(worker.Delta{Model: "tiny", Text: "Well"}, nil)
			<-ctx.Done()
			panic("what a user wrote")
		}}), do: func(t *testing.T, r *turn.Runner) { time.Sleep(2 * time.Second); r.Cancel(t.Context(), "ann", key) },
			want: line(map[string]any{"level": "ERROR", "state": "cancelled", "outputTokens": 0.0, "tookMs": 2000.0, "err": "panic: a string"}), stack: "journal_test.go"},
		{name: "cancelled", worker: slowly(hangs()), do: func(t *testing.T, r *turn.Runner) { time.Sleep(2 * time.Second); r.Cancel(t.Context(), "ann", key) },
			want: line(map[string]any{"state": "cancelled", "outputTokens": 1.0, "tookMs": 2900.0})},
		{name: "interrupted by a drain", worker: slowly(hangs()), do: func(t *testing.T, r *turn.Runner) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			r.Drain(ctx)
		}, want: line(map[string]any{"state": "interrupted", "outputTokens": 1.0, "code": "ABORTED", "reason": "interrupted", "tookMs": 2900.0, "err": "ABORTED (interrupted)"})},
	} {
		for _, how := range []string{"read", "unread"} {
			t.Run(tc.name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					log, written := logger()
					db := memstore.New()
					r := turn.NewRunner(db, tc.worker, inProcess{}, ordinary, log)
					t.Cleanup(func() { r.Drain(t.Context()) })
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					ended := generates(ctx, r)
					synctest.Wait()
					if how == "unread" {
						leave()
						<-ended
					}
					if tc.do != nil {
						tc.do(t, r)
					}
					fixture{r, db}.turn(t, key)
					synctest.Wait()
					lines := written.lines(t, "turn")
					if len(lines) != 1 {
						t.Fatalf("%d lines:\n%s", len(lines), written)
					}
					got := lines[0]
					stack, _ := got["stack"].(string)
					if delete(got, "stack"); !strings.Contains(stack, tc.stack) || (stack == "") != (tc.stack == "") {
						t.Errorf("stack: %q", stack)
					}
					if diff := cmp.Diff(tc.want, got); diff != "" {
						t.Errorf("line (-want +got):\n%s", diff)
					}
					if n := strings.Count(written.String(), "\n"); n != 1 {
						t.Errorf("there are other lines:\n%s", written)
					}
				})
			})
		}
	}
}

// TestATurnWhoseOwnerIsGoneHasALine: whoever ends it writes the line, and the
// owner, should it still be there, that it has lost the turn.
func TestATurnWhoseOwnerIsGoneHasALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := frozenStore{memstore.New(), make(chan struct{})}
		ownLog, own := logger()
		owner := turn.NewRunner(db, hangs(), inProcess{}, ordinary, ownLog)
		t.Cleanup(func() { owner.Drain(t.Context()) })
		begin(t, owner, t.Context())
		time.Sleep(3 * time.Second) // its text is stored
		close(db.on)
		otherLog, others := logger()
		other := turn.NewRunner(db.Store, nil, inProcess{}, ordinary, otherLog)
		t.Cleanup(func() { other.Drain(t.Context()) })
		time.Sleep(35 * time.Second)
		other.Sweep(t.Context())
		owner.Drain(cancelled(t))
		got := others.lines(t, "turn")
		if len(got) != 1 {
			t.Fatalf("%d lines:\n%s", len(got), others)
		}
		delete(got[0], "tookMs")
		want := []map[string]any{{"level": "INFO", "msg": "turn", "projectId": "p", "turnId": "t", "uid": "ann", "state": "interrupted", "source": "worker",
			"worker": "tiny", "inputTokens": 0.0, "outputTokens": 0.0, "code": "ABORTED", "reason": "interrupted"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("line (-want +got):\n%s", diff)
		}
		if n := len(own.lines(t, "turn")); n != 0 {
			t.Errorf("the owner wrote %d lines of a turn that another instance ended:\n%s", n, own)
		}
		lost := own.lines(t, "turn lost")
		if len(lost) != 1 || lost[0]["reason"] != "interrupted" || lost[0]["level"] != "WARN" || lost[0]["turnId"] != "t" || lost[0]["worker"] != "tiny" {
			t.Errorf("the owner's lines:\n%s", own)
		}
	})
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// brokenStore refuses the calls that it names, each time with another text.
type brokenStore struct {
	*memstore.Store
	broken map[string]bool
	calls  map[string]int
	mu     sync.Mutex
}

func (s *brokenStore) fails(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.broken[call] {
		return nil
	}
	s.calls[call]++
	return fmt.Errorf("%s failed", call)
}

func (s *brokenStore) failures(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

func (s *brokenStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if err := s.fails(op); err != nil {
		return turn.Change{}, err
	}
	return s.Store.Apply(ctx, on, op, step)
}

func (s *brokenStore) Append(ctx context.Context, k turn.Key, segments []turn.Segment) error {
	if err := s.fails("append"); err != nil {
		return err
	}
	return s.Store.Append(ctx, k, segments)
}

// TestTroubleIsToldOnceAMinute: what fails in the background is told when it
// begins, then once a minute with a count of what was left out.
func TestTroubleIsToldOnceAMinute(t *testing.T) {
	for _, tc := range []struct{ call, kind string }{{"append", "segments"}, {"renew", "renewal"}} {
		t.Run(tc.kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, written := logger()
				db := &brokenStore{Store: memstore.New(), broken: map[string]bool{tc.call: true}, calls: map[string]int{}}
				r := turn.NewRunner(db, hangs(), inProcess{}, turn.Settings{MaxTokens: 10, Limit: time.Hour, Lease: 9 * time.Second, Idle: time.Hour}, log)
				t.Cleanup(func() { r.Drain(t.Context()) })
				begin(t, r, t.Context())
				time.Sleep(150 * time.Second)
				got := written.lines(t, "background")
				suppressed := 0.0
				for i, l := range got {
					n, _ := l["suppressed"].(float64)
					suppressed += n
					want := map[string]any{"level": "WARN", "msg": "background", "kind": tc.kind, "projectId": "p", "turnId": "t", "suppressed": n, "err": tc.call + " failed"}
					if diff := cmp.Diff(want, l); diff != "" || (n > 0) != (i > 0) {
						t.Errorf("line %d (-want +got):\n%s", i, diff)
					}
				}
				if len(got) != 3 {
					t.Errorf("%d lines in two and a half minutes:\n%s", len(got), written)
				}
				if calls := db.failures(tc.call); int(suppressed)+len(got) > calls || int(suppressed)+len(got) < calls*3/5 {
					t.Errorf("%d failures; %d lines speak of %v more", calls, len(got), suppressed)
				}
			})
		})
	}
}

// TestNoLineHoldsWhatUsersWrite: prompts, replies, names and paths stay out of the
// log, however a turn ends.
func TestNoLineHoldsWhatUsersWrite(t *testing.T) {
	const canary = "cAnArY-of-Ann"
	edit := func(n int) string {
		return fmt.Sprintf("%s-%d.css\n<<<<<<< SEARCH\nno %s\n=======\n%s\n>>>>>>> REPLACE\n", canary, n, canary, canary)
	}
	for name, w := range map[string]*fakeWorker{
		"an answer":            says(worker.Stop, "```html\n<p>"+canary+"\n```\n"),
		"words":                says(worker.Stop, canary),
		"an edit is refused":   says(worker.Stop, edit(1)),
		"the worker is lost":   breaks(errs.New(errs.Unavailable, errs.WorkerLost, "Lost after %s.", canary), canary),
		"a prompt is refused":  breaks(errs.New(errs.InvalidArgument, errs.TooLong, "Long: %s.", canary).Because(errors.New(canary))),
		"a panic with a value": {answer: func(context.Context, func(worker.Delta, error) bool) { panic(canary) }},
		"a panic with an error": {answer: func(context.Context, func(worker.Delta, error) bool) {
			panic(fmt.Errorf("parsing %q", canary))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			log, written := logger()
			f := newRunner(t, nil)
			save := request()
			save.TurnID, save.Name = "t0", canary
			if _, err := f.Save(t.Context(), save, turn.Submission{Source: "edit", GeneratedBy: canary, Files: []artifact.File{{Path: canary + ".css", Content: canary}}}); err != nil {
				t.Fatal(err)
			}
			r := turn.NewRunner(f.store, w, inProcess{}, ordinary, log)
			t.Cleanup(func() { r.Drain(t.Context()) })
			req := request()
			req.Prompt, req.NewProject, req.PayloadHash = "make it "+canary, false, "v1:2"
			r.Generate(t.Context(), req, ignore)
			if n := len(written.lines(t, "turn")); n != 1 {
				t.Errorf("%d lines:\n%s", n, written)
			}
			if strings.Contains(written.String(), canary) {
				t.Errorf("the log holds what a user wrote:\n%s", written)
			}
		})
	}
}
