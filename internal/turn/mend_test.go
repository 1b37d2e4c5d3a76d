package turn_test

import (
	"context"
	"fmt"
	"strings"
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

// broken is an app that does not work, and mended is its repair.
const (
	broken = "```html index.html\n<!DOCTYPE html>\n<p>1</p>\n<script>oops(1</script>\n```\n"
	mended = "index.html\n<<<<<<< SEARCH\n<script>oops(1</script>\n=======\n<script>show(1)</script>\n>>>>>>> REPLACE\n"
)

// oops finds that broken is broken.
var oops = scriptedPages{{artifact.Diagnostic{Kind: "syntax", Severity: artifact.SeverityError, Text: "It is never closed."}, "oops("}}

var once = turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute, Repairs: 1}

// mending is a runner whose worker says one reply after the other; the last one by then.
func mending(t *testing.T, db turn.Store, s turn.Settings, then *fakeWorker, replies ...string) *turn.Runner {
	t.Helper()
	w := &fakeWorker{}
	w.answer = func(ctx context.Context, yield func(worker.Delta, error) bool) {
		n := int(w.calls.Load())
		if n > len(replies) && then != nil {
			then.answer(ctx, yield)
			return
		}
		if !yield(worker.Delta{Model: "tiny", Text: replies[n-1]}, nil) {
			return
		}
		yield(worker.Delta{Model: "tiny", Finish: worker.Stop, Usage: worker.Usage{InputTokens: 100, OutputTokens: 20}}, nil)
	}
	r := turn.NewRunner(db, w, oops, s, quietLog)
	t.Cleanup(func() { r.Drain(t.Context()) })
	return r
}

// TestAMendedAnswer: what readers are told of a repair, and what is stored.
func TestAMendedAnswer(t *testing.T) {
	db := memstore.New()
	f := fixture{mending(t, db, once, nil, broken, "The bracket was open.\n"+mended), db}
	events, text, res, err := f.listen(t, byWorker())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"accepted p/t", "status queued", "source worker tiny", "text", "file index.html open", "file index.html done", "status repairing", "file index.html open", "file index.html done"}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	whole := broken + "\nThe bracket was open.\n" + mended
	got, _ := f.turn(t, key)
	if text != whole || got.Reply != whole || got.State != turn.Complete || got.FinishReason != worker.Stop || got.Meter.Calls != 2 || got.Usage != (worker.Usage{InputTokens: 200, OutputTokens: 40}) {
		t.Errorf("readers saw %q; stored is %+v", text, got)
	}
	if len(res.Files) != 1 || strings.Contains(res.Files[0].Content, "oops") || !strings.Contains(res.Built.Code, "show(1)") || len(got.Diagnostics) != 0 {
		t.Errorf("the result has %+v, with %v", res.Files, got.Diagnostics)
	}
	again, err := f.Generate(t.Context(), byWorker(), ignore)
	if diff := cmp.Diff(res, again); diff != "" || err != nil {
		t.Errorf("the same turn again, error %v (-first +second):\n%s", err, diff)
	}
}

// TestARepairThatEndsEarly: what becomes of a whole answer whose repair does not come to
// its end.
func TestARepairThatEndsEarly(t *testing.T) {
	for _, tc := range []struct {
		name  string
		then  *fakeWorker
		do    func(r *turn.Runner) // while the repair is written
		state turn.State
		// of the version that was made; 0: none
		version int
	}{
		{name: "no worker is there any more", then: breaks(unavailable), state: turn.Complete, version: 1},
		{name: "the worker is lost", then: breaks(lost, "Well"), state: turn.Complete, version: 1},
		{name: "the prompt is too long by now", then: breaks(errs.New(errs.InvalidArgument, errs.TooLong, "Long.")), state: turn.Complete, version: 1},
		{name: "the turn's time is over", then: hangs(), state: turn.Complete, version: 1},
		{name: "its user cancels", then: hangs(), do: func(r *turn.Runner) { r.Cancel(context.Background(), "ann", key) }, state: turn.Cancelled},
		{name: "the server stops", then: hangs(), do: func(r *turn.Runner) {
			over, stop := context.WithCancel(context.Background())
			stop()
			r.Drain(over)
		}, state: turn.Complete, version: 1},
		{name: "a panic", then: &fakeWorker{answer: func(context.Context, func(worker.Delta, error) bool) { panic("oh") }}, state: turn.Failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := memstore.New()
				r := mending(t, db, once, tc.then, broken)
				text := ""
				var err error
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_, err = r.Generate(t.Context(), byWorker(), func(e turn.Event) error {
						text += e.Text // notices too
						if e.Type == "notice" {
							text = strings.TrimSuffix(text, e.Text)
						}
						return nil
					})
				}()
				synctest.Wait()
				if tc.do != nil {
					tc.do(r)
				}
				<-ended
				got, _ := db.Turn(t.Context(), key)
				if got.State != tc.state || got.Version != tc.version || got.Meter.Calls < 1 {
					t.Errorf("stored is %+v", got)
				}
				if !strings.HasPrefix(got.Reply, broken) || !strings.HasPrefix(text, got.Reply) {
					t.Errorf("readers saw %q, stored is %q", text, got.Reply)
				}
				if tc.version > 0 && (err != nil || len(got.Diagnostics) != 1 || len(got.Notices) != 1) || tc.version == 0 && len(got.Diagnostics) > 0 {
					t.Errorf("error %v, diagnostics %v, notices %q", err, got.Diagnostics, got.Notices)
				}
				if p, _ := db.Project(t.Context(), "p"); p.CurrentVersion != tc.version || p.ActiveTurn != "" {
					t.Errorf("project: %+v", p)
				}
				if a, _ := db.Account(t.Context(), "ann", got.Day); len(a.Running) > 0 || a.Days[got.Day].Held > 0 || a.Days[got.Day].Turns != 1 {
					t.Errorf("account: %+v", a)
				}
			})
		})
	}
}

// TestAnOwnerThatIsGoneWhileItMends: another instance ends the turn with the text that
// was stored, and what continues it makes the version.
func TestAnOwnerThatIsGoneWhileItMends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := frozenStore{memstore.New(), make(chan struct{})}
		owner := mending(t, db, once, hangs(), broken)
		begin(t, owner, t.Context())
		time.Sleep(3 * time.Second) // its text is stored
		close(db.on)
		other := mending(t, db.Store, once, nil, " it is.\n"+mended)
		_, err := other.Resume(t.Context(), "ann", key, 0, ignore)
		got, _ := db.Turn(t.Context(), key)
		if e := errs.Of(err); e == nil || e.Reason != errs.Interrupted || got.State != turn.Interrupted || got.Reply != broken+"\nWell" || got.Version != 0 {
			t.Fatalf("%v; stored is %+v", err, got)
		}
		r := byWorker()
		r.TurnID, r.Continues, r.NewProject, r.Prompt, r.PayloadHash = "t2", "t", false, "", "v1:2"
		res, err := other.Generate(t.Context(), r, ignore)
		if err != nil || res.Turn.Version != 1 || len(res.Turn.Diagnostics) != 0 || strings.Contains(res.Files[0].Content, "oops") {
			t.Errorf("continued: %v, %+v", err, res)
		}
		owner.Drain(cancelled(t))
	})
}

// TestNoRoomForARepair: an answer that fills what can be stored is not mended.
func TestNoRoomForARepair(t *testing.T) {
	db := memstore.New()
	filler := counted("<p>%d</p>\n")[:turn.MaxReply-600]
	full := "```html index.html\n<!DOCTYPE html>\n<script>oops(1</script>\n" + filler[:strings.LastIndexByte(filler, '\n')] + "\n```\n"
	f := fixture{mending(t, db, once, nil, full), db}
	if _, _, err := f.stream(t, byWorker()); err != nil {
		t.Fatal(err)
	}
	got, _ := f.turn(t, key)
	if got.Meter.Calls != 1 || got.State != turn.Complete || len(got.Diagnostics) != 1 || len(got.Notices) != 1 {
		t.Errorf("%d calls, %s, %v, %q", got.Meter.Calls, got.State, got.Diagnostics, got.Notices)
	}
}

// TestWhatIsKept: of very much that is wrong a part is kept, errors before warnings.
func TestWhatIsKept(t *testing.T) {
	var pages scriptedPages
	for n := range 60 {
		pages = append(pages, rule{artifact.Diagnostic{Kind: fmt.Sprint("w", n), Severity: artifact.SeverityWarning, Text: "w"}, "oops("})
	}
	pages = append(pages, rule{artifact.Diagnostic{Kind: "syntax", Severity: artifact.SeverityError, Text: strings.Repeat("é", 5000)}, "oops("})
	db := memstore.New()
	f := fixture{turn.NewRunner(db, says(worker.Stop, broken), pages, ordinary, quietLog), db}
	t.Cleanup(func() { f.Drain(t.Context()) })
	_, res, err := f.stream(t, byWorker())
	if err != nil {
		t.Fatal(err)
	}
	kept := res.Turn.Diagnostics
	if len(kept) != turn.MaxDiagnostics || kept[0].Kind != "syntax" || len(kept[0].Text) != turn.MaxDiagnostic || kept[1].Kind != "w0" {
		t.Errorf("%d kept, the first ones %.80v", len(kept), kept[:2])
	}
}

// TestKindsThatAreOff: they are neither told nor mended.
func TestKindsThatAreOff(t *testing.T) {
	db := memstore.New()
	s := once
	s.Unchecked = []string{"missing-id", "syntax"}
	f := fixture{mending(t, db, s, nil, broken), db}
	_, res, err := f.stream(t, byWorker())
	if err != nil || len(res.Turn.Diagnostics) != 0 || res.Turn.Meter.Calls != 1 || len(res.Turn.Notices) != 0 {
		t.Errorf("%v, %+v", err, res.Turn)
	}
}

// TestTheLineOfARepair: the turn's line says what became of what does not work, by
// kinds and not by words.
func TestTheLineOfARepair(t *testing.T) {
	for _, tc := range []struct {
		name, second string
		repairs      int
		want         map[string]any // nil: nothing of a repair
	}{
		{"mended", mended, 1, map[string]any{"repair": "taken", "mended": map[string]any{"syntax": 1.0}, "broken": map[string]any{}}},
		{"stays broken", "It is fine.", 1, map[string]any{"repair": "refused", "mended": map[string]any{}, "broken": map[string]any{"syntax": 1.0}}},
		{"not asked", "", 0, map[string]any{"repair": "none", "mended": map[string]any{}, "broken": map[string]any{"syntax": 1.0}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			log, written := logger()
			db, s := memstore.New(), once
			s.Repairs = tc.repairs
			r := turn.NewRunner(db, &editor{says: []string{broken, tc.second}}, oops, s, log)
			t.Cleanup(func() { r.Drain(t.Context()) })
			if _, err := r.Generate(t.Context(), byWorker(), ignore); err != nil {
				t.Fatal(err)
			}
			lines := written.lines(t, "turn")
			if len(lines) != 1 {
				t.Fatalf("%d lines:\n%s", len(lines), written)
			}
			got := map[string]any{}
			for _, name := range []string{"repair", "mended", "broken"} {
				if v, ok := lines[0][name]; ok {
					got[name] = v
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
			if strings.Contains(written.String(), "never closed") || strings.Contains(written.String(), "index.html") {
				t.Errorf("the log has words of the answer:\n%s", written)
			}
		})
	}
}

// TestContinuingARepair: a turn that continues a fix is told of the same errors.
func TestContinuingARepair(t *testing.T) {
	db := memstore.New()
	f := onStore(t, db, nil)
	first := byWorker()
	first.TurnID = "first"
	if _, err := f.Save(t.Context(), first, turn.Submission{Source: "edit", GeneratedBy: "x", Files: three}); err != nil {
		t.Fatal(err)
	}
	r := byWorker()
	r.NewProject, r.Prompt, r.Errors = false, "", []turn.AppError{{Message: "n is lost", Path: "script.js", Line: 1}}
	if _, _, err := onStore(t, db, breaks(lost, "Let me see. ")).stream(t, r); errs.Of(err) == nil || errs.Of(err).Reason != errs.WorkerLost {
		t.Fatal(err)
	}
	w := &editor{says: []string{"It is here:\n\n" + block("script.js", "let n = 0;", "var n = 0;")}}
	next := byWorker()
	next.TurnID, next.Continues, next.NewProject, next.Prompt, next.PayloadHash = "t2", "t", false, "", "v1:2"
	_, res, err := onStore(t, db, w).stream(t, next)
	if err != nil || res.Turn.Version != 2 || res.Turn.Prompt != "Fix the errors of the running app." || !cmp.Equal(res.Turn.Errors, r.Errors) {
		t.Errorf("%v, %+v", err, res.Turn)
	}
	if text := w.asked[0].Messages[len(w.asked[0].Messages)-1].Text; strings.Count(text, "n is lost") != 1 {
		t.Errorf("asked %q", text)
	}
}
