package turn_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// pass is what a worker says when it is asked for the first, second … time.
type pass struct {
	deltas []worker.Delta
	err    error
}

type passes struct {
	says     []pass
	asked    []string // what there was of the reply
	messages [][]worker.Message
}

func (w *passes) Generate(_ context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	said := w.says[len(w.asked)]
	w.asked, w.messages = append(w.asked, p.Reply), append(w.messages, p.Messages)
	return func(yield func(worker.Delta, error) bool) {
		for _, d := range said.deltas {
			if d.Model = "tiny"; !yield(d, nil) {
				return
			}
		}
		if said.err != nil {
			yield(worker.Delta{}, said.err)
		}
	}
}

func ends(f worker.Finish, in, out int) worker.Delta {
	return worker.Delta{Finish: f, Usage: worker.Usage{InputTokens: in, OutputTokens: out}}
}

func text(s string) worker.Delta { return worker.Delta{Text: s} }

// TestPasses: an answer that was cut is continued in the same turn.
func TestPasses(t *testing.T) {
	begun := pass{deltas: []worker.Delta{text("```html\n<p>on"), ends(worker.Length, 5, 10)}}
	for _, tc := range []struct {
		name   string
		says   []pass
		asked  []string
		state  turn.State
		reason errs.Reason
		reply  string
		code   string
		usage  worker.Usage
	}{
		{"whole at the second attempt", []pass{begun, {deltas: []worker.Delta{text("e</p>\n```\n"), ends(worker.Stop, 15, 4)}}},
			[]string{"", "```html\n<p>on"}, turn.Complete, "", "```html\n<p>one</p>\n```\n", "<p>one</p>\n", worker.Usage{InputTokens: 20, OutputTokens: 14}},
		{"whole at the third", []pass{begun, {deltas: []worker.Delta{text("e"), ends(worker.Length, 6, 1)}}, {deltas: []worker.Delta{text("</p>\n```\n"), ends(worker.Stop, 7, 4)}}},
			[]string{"", "```html\n<p>on", "```html\n<p>one"}, turn.Complete, "", "```html\n<p>one</p>\n```\n", "<p>one</p>\n", worker.Usage{InputTokens: 18, OutputTokens: 15}},
		{"cut three times", []pass{begun, {deltas: []worker.Delta{text("e"), ends(worker.Length, 6, 1)}}, {deltas: []worker.Delta{text("two"), ends(worker.Length, 7, 4)}}},
			[]string{"", "```html\n<p>on", "```html\n<p>one"}, turn.Partial, "", "```html\n<p>onetwo", "<p>onetwo\n", worker.Usage{InputTokens: 18, OutputTokens: 15}},
		{"nobody continues it", []pass{begun, {err: unavailable}},
			[]string{"", "```html\n<p>on"}, turn.Partial, "", "```html\n<p>on", "<p>on\n", worker.Usage{InputTokens: 5, OutputTokens: 10}},
		{"it does not fit any more", []pass{begun, {err: worker.TooLong(9, 8)}},
			[]string{"", "```html\n<p>on"}, turn.Partial, "", "```html\n<p>on", "<p>on\n", worker.Usage{InputTokens: 5, OutputTokens: 10}},
		{"lost while it is continued", []pass{begun, {deltas: []worker.Delta{text("e")}, err: lost}},
			[]string{"", "```html\n<p>on"}, turn.Failed, errs.WorkerLost, "```html\n<p>one", "", worker.Usage{InputTokens: 5, OutputTokens: 11}},
		{"nothing more to say", []pass{begun, {deltas: []worker.Delta{ends(worker.Length, 6, 0)}}},
			[]string{"", "```html\n<p>on"}, turn.Partial, "", "```html\n<p>on", "<p>on\n", worker.Usage{InputTokens: 11, OutputTokens: 10}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &passes{says: tc.says}
			f := newRunner(t, w)
			_, res, err := f.stream(t, request())
			if (err != nil) != (tc.reason != "") || err != nil && errs.Of(err).Reason != tc.reason {
				t.Fatalf("error %v, want %q", err, tc.reason)
			}
			if diff := cmp.Diff(tc.asked, w.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			got, _ := f.turn(t, key)
			if got.State != tc.state || got.Reply != tc.reply || got.Usage != tc.usage || res.Built.Code != "" && len(res.Files) > 0 && res.Files[0].Content != tc.code {
				t.Errorf("%s %q %+v %+v, want %s %q %+v %q", got.State, got.Reply, got.Usage, res.Files, tc.state, tc.reply, tc.usage, tc.code)
			}
			if a, _ := f.store.Account(t.Context(), "ann", got.Day); a.Days[got.Day].Held != 0 || a.Days[got.Day].OutputTokens != tc.usage.OutputTokens {
				t.Errorf("account: %+v", a)
			}
		})
	}
}

// TestContinuedTwice: a turn that continues one that continued another asks
// for all that was asked.
func TestContinuedTwice(t *testing.T) {
	cut := func(s string) pass { return pass{deltas: []worker.Delta{text(s), ends(worker.Length, 5, 10)}} }
	w := &passes{says: []pass{cut("```html\n<p>"), cut("1"), cut("2"), cut("3"), cut("4"), cut("5"), cut("6"), cut("7"), cut("8")}}
	f := newRunner(t, w)
	r := request()
	for i, prompt := range []string{"a clock", "make it red", ""} {
		if i > 0 {
			r.NewProject, r.Continues = false, r.TurnID
		}
		r.TurnID, r.Prompt, r.PayloadHash = fmt.Sprint("t", i), prompt, fmt.Sprint("v1:", i)
		if _, _, err := f.stream(t, r); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := f.turn(t, turn.Key{ProjectID: r.ProjectID, TurnID: r.TurnID}); got.Intent == nil || got.Intent.Subject != "clock" {
		t.Errorf("continuing is a new wish: %+v", got.Intent)
	}
	if last := w.messages[len(w.messages)-1]; len(last) != 1 || last[0].Text != "a clock\n\nmake it red" {
		t.Errorf("asked %+v", last)
	}
}

// counted returns as much text as a reply may have, which does not repeat itself.
func counted(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < turn.MaxReply; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()[:turn.MaxReply]
}

// TestTheReplyIsFull: no more is asked for than can be kept, and no token is
// counted twice, or not at all.
func TestTheReplyIsFull(t *testing.T) {
	long := counted("%6d ")[:1000]
	most := counted("%6d ")
	for _, tc := range []struct {
		name   string
		says   []pass
		tokens int
	}{
		{"between two bytes of a rune", []pass{{deltas: []worker.Delta{text(most[1:]), text("é"), ends(worker.Stop, 1, 1)}}}, (turn.MaxReply-1)/4 + 1},
		{"with the last delta", []pass{{deltas: []worker.Delta{text(most[50:]), {Text: long, Finish: worker.Stop, Usage: worker.Usage{OutputTokens: 1000}}}}}, 1000},
		{"gathered text of a worker that was lost", []pass{{deltas: []worker.Delta{text(long)}, err: lost}}, 250},
	} {
		w := &passes{says: tc.says}
		f := newRunner(t, w)
		f.stream(t, request())
		if got, _ := f.turn(t, key); got.Usage.OutputTokens != tc.tokens || len(w.asked) != 1 || (got.State == turn.Failed) != (tc.says[0].err != nil) {
			t.Errorf("%s: %d tokens, want %d; asked %d times", tc.name, got.Usage.OutputTokens, tc.tokens, len(w.asked))
		}
	}
}

// TestAFullQueueIsNoTemplate: the one case where waiting helps.
func TestAFullQueueIsNoTemplate(t *testing.T) {
	f := newRunner(t, &passes{says: []pass{{err: unavailable.With("retryAfter", 7)}}})
	_, _, err := f.stream(t, byWorker())
	if e := errs.Of(err); e == nil || e.Reason != errs.WorkerUnavailable || e.Detail("retryAfter") != 7 || e.Detail("state") != turn.Failed {
		t.Errorf("error %v with %v", err, errs.Of(err).Details)
	}
	if got, _ := f.turn(t, key); got.State != turn.Failed || got.Reply != "" {
		t.Errorf("stored: %+v", got)
	}
}

// TestWhatAWorkerDoesIsTold: before the first text, and each thing once.
func TestWhatAWorkerDoesIsTold(t *testing.T) {
	f := newRunner(t, &passes{says: []pass{{deltas: []worker.Delta{
		{Phase: worker.Queued, Position: 2}, {Phase: worker.Queued, Position: 1}, {Phase: worker.Loading}, {Phase: worker.Loading}, {Phase: worker.Loading, Progress: 0.5},
		{LeftOut: 4}, {LeftOut: 4}, {Phase: worker.Reading}, {Thinking: true}, text("```html\n<p>\n```\n"), {Phase: worker.Reading, Progress: 1}, ends(worker.Stop, 1, 1),
	}}}})
	var got []turn.Event
	if _, err := f.Generate(t.Context(), request(), func(e turn.Event) error {
		if e.Type == "status" || e.Type == "notice" {
			got = append(got, e)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	at := func(p worker.Phase, progress float64, position int) turn.Event {
		return turn.Event{Type: "status", Phase: p, Progress: progress, Position: position}
	}
	want := []turn.Event{at("queued", 0, 0), at("queued", 0, 2), at("queued", 0, 1), at("loading", 0, 0), at("loading", 0.5, 0),
		{Type: "notice", Text: "The conversation has become too long for this model: it did not read the 4 oldest messages."}, at("prefill", 0, 0)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if stored, _ := f.turn(t, key); !slices.Equal(stored.Notices, []string{want[5].Text}) {
		t.Errorf("notices: %q", stored.Notices)
	}
}
