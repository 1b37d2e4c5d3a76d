package turn_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeWorker answers with a function of its own.
type fakeWorker struct {
	answer func(ctx context.Context, yield func(worker.Delta, error) bool)
	calls  atomic.Int32
	asked  worker.Prompt // the last one
}

func (w *fakeWorker) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	w.calls.Add(1)
	w.asked = p
	return func(yield func(worker.Delta, error) bool) { w.answer(ctx, yield) }
}

// says answers with pieces of text and an end. Asked again, it has no more to say.
func says(finish worker.Finish, pieces ...string) *fakeWorker {
	w := &fakeWorker{}
	w.answer = func(_ context.Context, yield func(worker.Delta, error) bool) {
		if w.calls.Load() > 1 {
			yield(worker.Delta{Model: "tiny", Finish: finish}, nil)
			return
		}
		for _, p := range pieces {
			if !yield(worker.Delta{Model: "tiny", Text: p}, nil) {
				return
			}
		}
		yield(worker.Delta{Model: "tiny", Finish: finish, Usage: worker.Usage{InputTokens: 7, OutputTokens: len(pieces)}}, nil)
	}
	return w
}

// breaks answers with pieces of text and then an error.
func breaks(err error, pieces ...string) *fakeWorker {
	return &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
		for _, p := range pieces {
			if !yield(worker.Delta{Model: "tiny", Text: p}, nil) {
				return
			}
		}
		yield(worker.Delta{}, err)
	}}
}

// hangs says one word and waits for the end of its context.
func hangs() *fakeWorker {
	return &fakeWorker{answer: func(ctx context.Context, yield func(worker.Delta, error) bool) {
		if yield(worker.Delta{Model: "tiny", Text: "Well"}, nil) {
			<-ctx.Done()
			yield(worker.Delta{}, context.Cause(ctx))
		}
	}}
}

var (
	unavailable = errs.New(errs.Unavailable, errs.WorkerUnavailable, "No worker.")
	lost        = errs.New(errs.Unavailable, errs.WorkerLost, "Lost.")
)

type fixture struct {
	*turn.Runner
	store *memstore.Store
}

func newRunner(t *testing.T, w turn.Worker) fixture {
	t.Helper()
	return onStore(t, memstore.New(), w)
}

func onStore(t *testing.T, db *memstore.Store, w turn.Worker) fixture {
	t.Helper()
	return runner(t, db, w, turn.Settings{SystemPrompt: "system", MaxTokens: 10, Limit: time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute})
}

func runner(t *testing.T, db *memstore.Store, w turn.Worker, s turn.Settings) fixture {
	return fixture{onAnyStore(t, db, w, s), db}
}

// inProcess makes pages as a build in another process would, and checks nothing.
type inProcess struct{}

func (inProcess) Build(_ context.Context, files []artifact.File) page.Built { return page.Build(files) }

func (inProcess) Check(context.Context, []artifact.File) []artifact.Diagnostic { return nil }

var quietLog = slog.New(slog.DiscardHandler)

// onAnyStore is a runner on a store that is perhaps a memstore with faults.
func onAnyStore(t *testing.T, db turn.Store, w turn.Worker, s turn.Settings) *turn.Runner {
	r := turn.NewRunner(db, w, inProcess{}, s, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) }) // t.Context has ended by then: at once
	return r
}

// turn waits for the end of a turn and returns it as it is stored.
func (f fixture) turn(t testing.TB, k turn.Key) (turn.Turn, error) {
	t.Helper()
	for p, err := range f.store.Follow(t.Context(), k) {
		if err != nil || p.Turn != nil && p.Turn.State != turn.Running {
			return *p.Turn, err
		}
	}
	panic("unreachable")
}

// stream runs a turn and returns its events, one line each.
func (f fixture) stream(t *testing.T, r turn.Request) ([]string, turn.Result, error) {
	t.Helper()
	var lines []string
	res, err := f.Generate(t.Context(), r, func(e turn.Event) error {
		lines = append(lines, line(e))
		return nil
	})
	return lines, res, err
}

func line(e turn.Event) string {
	switch e.Type {
	case "accepted":
		return "accepted " + e.ProjectID + "/" + e.TurnID
	case "status":
		return "status " + string(e.Phase)
	case "source":
		return fmt.Sprintf("source %s %s", e.Source, e.GeneratedBy)
	case "text":
		return "text"
	case "file":
		return "file " + e.Path + " " + e.State
	default:
		return e.Type
	}
}

func TestGenerate(t *testing.T) {
	reply := []string{"Sure.\n```html\n", "<h1>a</h1>\n", "```\n```css\nh1{}\n```\n"}
	for _, tc := range []struct {
		name   string
		worker turn.Worker
		events []string
		want   turn.Turn
		files  []string // nil: those of a template
		calls  int32    // of the worker; 0: one
		reason errs.Reason
	}{
		{name: "a reply with files", worker: says(worker.Stop, reply...),
			events: []string{"accepted p/t", "status queued", "source worker tiny", "text", "file index.html open", "file index.html done", "file style.css open", "file style.css done"},
			want:   turn.Turn{State: turn.Complete, Version: 1, Source: project.Worker, GeneratedBy: "tiny", FinishReason: worker.Stop, Usage: worker.Usage{InputTokens: 7, OutputTokens: 3}},
			files:  []string{"index.html", "style.css"}},
		{name: "a reply cut in a file", calls: 2, worker: says(worker.Length, reply[0], reply[1]),
			events: []string{"accepted p/t", "status queued", "source worker tiny", "text", "file index.html open", "file index.html done", "notice"},
			want:   turn.Turn{State: turn.Partial, Source: project.Worker, GeneratedBy: "tiny", FinishReason: worker.Length, Usage: worker.Usage{InputTokens: 7, OutputTokens: 2}},
			files:  []string{"index.html"}},
		{name: "a reply without code", worker: says(worker.Stop, "I would rather not."),
			events: []string{"accepted p/t", "status queued", "source worker tiny", "text", "notice", "source template Templates", "template files"},
			want:   turn.Turn{State: turn.Complete, Version: 1, Source: project.Template, GeneratedBy: "Templates", FinishReason: worker.Stop, Usage: worker.Usage{InputTokens: 7, OutputTokens: 1}}},
		{name: "a reply cut before any code", calls: 2, worker: says(worker.Length, "Let me think"),
			events: []string{"accepted p/t", "status queued", "source worker tiny", "text", "notice", "source template Templates", "template files"},
			want:   turn.Turn{State: turn.Complete, Version: 1, Source: project.Template, GeneratedBy: "Templates", FinishReason: worker.Stop, Usage: worker.Usage{InputTokens: 7, OutputTokens: 1}}},
		{name: "no worker is set up", worker: nil,
			events: []string{"accepted p/t", "notice", "source template Templates", "template files"},
			want:   turn.Turn{State: turn.Complete, Version: 1, Source: project.Template, GeneratedBy: "Templates", FinishReason: worker.Stop}},
		{name: "the worker never answers", worker: breaks(unavailable),
			events: []string{"accepted p/t", "status queued", "notice", "source template Templates", "template files"},
			want:   turn.Turn{State: turn.Complete, Version: 1, Source: project.Template, GeneratedBy: "Templates", FinishReason: worker.Stop}},
		{name: "the worker is lost after text", worker: breaks(lost, reply[0], reply[1]),
			events: []string{"accepted p/t", "status queued", "source worker tiny", "text", "file index.html open"},
			want:   turn.Turn{State: turn.Failed, Source: project.Worker, GeneratedBy: "tiny", Usage: worker.Usage{OutputTokens: 2}, Error: &turn.Failure{Code: errs.Unavailable, Reason: errs.WorkerLost, Message: "Lost."}},
			reason: errs.WorkerLost},
		{name: "the prompt does not fit", worker: breaks(errs.New(errs.InvalidArgument, errs.TooLong, "Long.").With("limit", 5)),
			events: []string{"accepted p/t", "status queued"},
			want:   turn.Turn{State: turn.Failed, Error: &turn.Failure{Code: errs.InvalidArgument, Reason: errs.TooLong, Message: "Long.", Details: map[string]any{"limit": 5}}},
			reason: errs.TooLong},
		{name: "the worker panics", worker: &fakeWorker{answer: func(context.Context, func(worker.Delta, error) bool) { panic("oh") }},
			events: []string{"accepted p/t", "status queued"},
			want:   turn.Turn{State: turn.Failed, Error: &turn.Failure{Code: errs.Internal, Message: "INTERNAL"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newRunner(t, tc.worker)
			events, text, res, err := f.listen(t, request())
			if got := errs.Of(err); (got != nil) != (tc.want.Error != nil) || got != nil && got.Reason != tc.reason {
				t.Fatalf("error = %v, want %q", err, tc.reason)
			}
			if diff := cmp.Diff(tc.events, events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			f.checkStored(t, tc.want, text)
			if w, ok := tc.worker.(*fakeWorker); ok && w.calls.Load() != max(1, tc.calls) {
				t.Errorf("the worker was called %d times", w.calls.Load())
			}
			if err != nil {
				return
			}
			checkFiles(t, res, tc.files)
			again, err := f.Generate(t.Context(), request(), func(turn.Event) error { return nil })
			if diff := cmp.Diff(res, again); diff != "" || err != nil {
				t.Errorf("the same turn again, error %v (-first +second):\n%s", err, diff)
			}
		})
	}
}

// listen runs a turn and returns its events, one line each, and its text. Of a
// template only one line is kept, and of the text of a reply too: where its
// pieces fall depends on what the parser needs to see.
func (f fixture) listen(t *testing.T, r turn.Request) (events []string, text string, res turn.Result, err error) {
	t.Helper()
	template := false
	res, err = f.Generate(t.Context(), r, func(e turn.Event) error {
		if e.Type == "text" {
			text += e.Text
		}
		if template {
			return nil
		}
		events = append(events, line(e))
		if template = e.Source == project.Template; template {
			events = append(events, "template files")
		}
		return nil
	})
	return withoutRepeatedText(events), text, res, err
}

// checkStored compares what is stored of the turn: text is what was streamed.
func (f fixture) checkStored(t *testing.T, want turn.Turn, text string) {
	t.Helper()
	stored, _ := f.turn(t, key)
	if stored.Reply != text {
		t.Errorf("the stored reply %q is not the streamed text %q", stored.Reply, text)
	}
	got := turn.Turn{State: stored.State, Version: stored.Version, Source: stored.Source, GeneratedBy: stored.GeneratedBy,
		FinishReason: stored.FinishReason, Usage: stored.Usage, Error: stored.Error}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored turn (-want +got):\n%s", diff)
	}
	if p, _ := f.store.Project(t.Context(), "p"); p.ActiveTurn != "" {
		t.Errorf("the project is still busy with %q", p.ActiveTurn)
	}
}

// checkFiles compares the paths of a result; want is nil for a template.
func checkFiles(t *testing.T, res turn.Result, want []string) {
	t.Helper()
	var got []string
	for _, file := range res.Files {
		got = append(got, file.Path)
	}
	if want == nil {
		want = []string{"index.html", "script.js", "style.css"}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if res.Built.Code == "" {
		t.Error("code is empty")
	}
}

// withoutRepeatedText keeps the first text: where a file's events fall between
// pieces of text depends on what the parser needs to see.
func withoutRepeatedText(events []string) []string {
	var kept []string
	seen := false
	for _, e := range events {
		if e != "text" || !seen {
			kept = append(kept, e)
		}
		seen = seen || e == "text"
	}
	return kept
}

func TestAFailedTurnFailsAgainTheSameWay(t *testing.T) {
	w := breaks(lost, "half")
	f := newRunner(t, w)
	_, _, first := f.stream(t, request())
	_, _, second := f.stream(t, request())
	want := map[string]any{"turnId": "t", "projectId": "p", "state": turn.Failed, "length": 4}
	for _, err := range []error{first, second} {
		if e := errs.Of(err); e.Reason != errs.WorkerLost || !cmp.Equal(e.Details, want) {
			t.Errorf("error = %v with %v, want worker-lost with %v", err, e.Details, want)
		}
	}
	if n := w.calls.Load(); n != 1 {
		t.Errorf("the worker was called %d times", n)
	}
}

func TestAFollowUpCarriesFilesAndConversation(t *testing.T) {
	f := newRunner(t, says(worker.Stop, "```html\n<h1>a</h1>\n```\n```css\nh1{}\n```\n"))
	f.stream(t, request())
	w := says(worker.Stop, "```css\nh1{color:red}\n```\n")
	r := request()
	r.TurnID, r.Prompt, r.NewProject = "t2", "red", false
	_, res, err := onStore(t, f.store, w).stream(t, r)
	if err != nil {
		t.Fatal(err)
	}
	want := []artifact.File{{Path: "index.html", Content: "<h1>a</h1>\n"}, {Path: "style.css", Content: "h1{color:red}\n"}}
	if diff := cmp.Diff(want, res.Files); diff != "" || res.Turn.Version != 2 {
		t.Errorf("version %d (-want +got):\n%s", res.Turn.Version, diff)
	}
	m := w.asked.Messages
	if len(m) != 3 || m[0].Text != "a clock" || m[1].Role != worker.Assistant || !strings.HasSuffix(m[2].Text, "red") ||
		!strings.Contains(m[2].Text, "<h1>a</h1>") || !strings.Contains(m[2].Text, "style.css") {
		t.Errorf("the worker was asked %+v", m)
	}
	if w.asked.UID != r.UID {
		t.Errorf("the worker was asked for the user %q, want %q", w.asked.UID, r.UID)
	}

	r.TurnID = "t3"
	_, _, err = onStore(t, f.store, breaks(unavailable)).stream(t, r)
	if e := errs.Of(err); e == nil || e.Reason != errs.WorkerUnavailable {
		t.Errorf("a follow-up without a worker: %v; a template must not replace what is there", err)
	}
	if p, _ := f.store.Project(t.Context(), "p"); p.CurrentVersion != 2 {
		t.Errorf("the current version is %d, want 2", p.CurrentVersion)
	}
}

func TestDuplicatesShareOneFlight(t *testing.T) {
	release := make(chan struct{})
	w := &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
		<-release
		says(worker.Stop, "```html\n<p>\n```\n").answer(nil, yield)
	}}
	f := newRunner(t, w)
	type answer struct {
		events []string
		res    turn.Result
		err    error
	}
	const n = 8
	answers := make(chan answer, n)
	var asked sync.WaitGroup
	for range n {
		asked.Add(1)
		go func() {
			var a answer
			a.res, a.err = f.Generate(t.Context(), request(), func(e turn.Event) error {
				if a.events = append(a.events, line(e)); len(a.events) == 1 {
					asked.Done()
				}
				return nil
			})
			answers <- a
		}()
	}
	asked.Wait() // all are there before the answer is
	close(release)
	for range n {
		a := <-answers
		want := []string{"accepted p/t", "status queued", "source worker tiny", "text", "file index.html open", "file index.html done"}
		if diff := cmp.Diff(want, withoutRepeatedText(a.events)); diff != "" || a.err != nil || a.res.Turn.Version != 1 {
			t.Errorf("answer: %v, version %d, events (-want +got):\n%s", a.err, a.res.Turn.Version, diff)
		}
	}
	if n := w.calls.Load(); n != 1 {
		t.Errorf("the worker was called %d times", n)
	}
}

func TestAnotherInstanceFollows(t *testing.T) {
	release := make(chan struct{})
	first := newRunner(t, &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
		yield(worker.Delta{Model: "tiny", Text: "Sure.\n"}, nil)
		<-release
		says(worker.Stop, "```html\n<p>\n```\n").answer(nil, yield)
	}})
	accepted := make(chan struct{})
	go first.Generate(t.Context(), request(), func(e turn.Event) error {
		if e.Type == "accepted" {
			close(accepted)
		}
		return nil
	})
	<-accepted
	w := says(worker.Stop, "unused")
	var events []string
	var text strings.Builder
	res, err := onStore(t, first.store, w).Generate(t.Context(), request(), func(e turn.Event) error {
		events = append(events, line(e))
		if e.Type == "text" {
			if text.Len() == 0 {
				close(release) // the second one reads what the first has stored
			}
			text.WriteString(e.Text)
		}
		return nil
	})
	if err != nil || res.Turn.Version != 1 || w.calls.Load() != 0 {
		t.Errorf("error %v, version %d, %d calls of the second worker", err, res.Turn.Version, w.calls.Load())
	}
	want := []string{"accepted p/t", "source worker tiny", "text", "file index.html open", "file index.html done"}
	if diff := cmp.Diff(want, withoutRepeatedText(events)); diff != "" || text.String() != res.Turn.Reply {
		t.Errorf("text %q, events (-want +got):\n%s", text.String(), diff)
	}
}

func TestAClientThatLeavesLosesNothing(t *testing.T) {
	release := make(chan struct{})
	f := newRunner(t, &fakeWorker{answer: func(ctx context.Context, yield func(worker.Delta, error) bool) {
		if yield(worker.Delta{Model: "tiny", Text: "```html\n"}, nil) {
			<-release
			if err := ctx.Err(); err != nil {
				yield(worker.Delta{}, err)
				return
			}
			says(worker.Stop, "<p>\n```\n").answer(nil, yield)
		}
	}})
	gone := errors.New("gone")
	ctx, leave := context.WithCancel(t.Context())
	_, err := f.Generate(ctx, request(), func(e turn.Event) error {
		if e.Type == "text" {
			leave()
			return gone
		}
		return nil
	})
	if !errors.Is(err, gone) {
		t.Fatalf("Generate = %v, want send's error", err)
	}
	close(release)
	if got, err := f.turn(t, key); err != nil || got.State != turn.Complete {
		t.Errorf("the turn ended as %s, %v", got.State, err)
	}
}

func TestDrainInterruptsAndTells(t *testing.T) {
	f := newRunner(t, hangs())
	spoke := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		_, err := f.Generate(context.Background(), request(), func(e turn.Event) error {
			if e.Type == "text" {
				close(spoke)
			}
			return nil
		})
		ended <- err
	}()
	<-spoke
	now, cancel := context.WithCancel(t.Context())
	cancel()
	f.Drain(now)
	if e := errs.Of(<-ended); e.Code != errs.Aborted || e.Reason != errs.Interrupted {
		t.Errorf("the reader was told %v", e)
	}
	stored, _ := f.turn(t, key)
	if stored.State != turn.Interrupted || stored.Reply != "Well" {
		t.Errorf("stored: %s, %q", stored.State, stored.Reply)
	}
	r := request()
	r.TurnID = "t2"
	if _, _, err := f.stream(t, r); errs.Of(err).Reason != errs.ShuttingDown {
		t.Errorf("a new turn after Drain: %v", err)
	}
}

func TestARefusedTurnIsNotStored(t *testing.T) {
	w := says(worker.Stop, "x")
	f := newRunner(t, w)
	r := request()
	r.NewProject = false
	events, _, err := f.stream(t, r)
	if errs.Of(err).Reason != errs.NoSuchProject || len(events) != 0 || w.calls.Load() != 0 {
		t.Errorf("error %v, events %v, %d calls", err, events, w.calls.Load())
	}
}

func TestALongReplyIsCut(t *testing.T) {
	for name, piece := range map[string]string{
		"many pieces": "```html\n" + counted("<p>%d\n")[:1<<16] + "```\n",
		"one piece":   "```html\n<p>\n```\n" + counted("%d é "),
	} {
		t.Run(name, func(t *testing.T) {
			w := &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
				for yield(worker.Delta{Model: "tiny", Text: piece}, nil) {
				}
			}}
			f := newRunner(t, w)
			_, res, err := f.stream(t, request())
			if err != nil || res.Turn.State != turn.Partial || res.Turn.FinishReason != worker.Length || len(res.Turn.Reply) > turn.MaxReply || !utf8.ValidString(res.Turn.Reply) {
				t.Errorf("error %v, state %s, finish %s, %d bytes", err, res.Turn.State, res.Turn.FinishReason, len(res.Turn.Reply))
			}
		})
	}
}

func TestRestoreAndSave(t *testing.T) {
	f := newRunner(t, says(worker.Stop, "```html\n<p>\n```\n"))
	f.stream(t, request())
	save := request()
	save.TurnID, save.NewProject = "t2", false
	saved := turn.Submission{Source: project.Edit, GeneratedBy: "hand", Files: []artifact.File{index}}
	for range 2 { // the second time it is found
		res, err := f.Save(t.Context(), save, saved)
		if err != nil || res.Turn.Version != 2 || !cmp.Equal(res.Files, saved.Files) {
			t.Errorf("save: %v, version %d, files %v", err, res.Turn.Version, res.Files)
		}
	}
	r := save
	r.TurnID = "t3"
	res, err := f.Restore(t.Context(), r, 1)
	if err != nil || res.Turn.Version != 3 || res.Files[0].Content != "<p>\n" {
		t.Errorf("restore: %v, version %d, files %v", err, res.Turn.Version, res.Files)
	}
	r.TurnID = "t4"
	if _, err := f.Restore(t.Context(), r, 9); errs.Of(err).Reason != errs.NoSuchVersion {
		t.Errorf("restoring version 9: %v", err)
	}
}

// TestTrap: the trap of the protocol that lies in goroutines: what recovers a
// function's panics does not see those of goroutines that it starts.
func TestTrap(t *testing.T) {
	t.Run("E52 a goroutine's panic ends the server", func(t *testing.T) {
		f := newRunner(t, &fakeWorker{answer: func(context.Context, func(worker.Delta, error) bool) { panic("oh") }})
		if _, _, err := f.stream(t, request()); errs.Of(err) == nil || errs.Of(err).Code != errs.Internal {
			t.Errorf("the turn's error: %v", err)
		}
	})
}
