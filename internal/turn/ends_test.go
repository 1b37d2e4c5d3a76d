package turn_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// scripted answers the first, second … pass, and keeps what it was asked. It repeats
// the last delta of a pass that has no end for as long as it is listened to.
type scripted struct {
	says  []pass
	asked []worker.Prompt
	sent  int // bytes of text that were listened to, of the last pass
}

func (w *scripted) Generate(_ context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	said := pass{deltas: []worker.Delta{ends(worker.Stop, 0, 0)}}
	if len(w.asked) < len(w.says) {
		said = w.says[len(w.asked)]
	}
	w.asked, w.sent = append(w.asked, p), 0
	return func(yield func(worker.Delta, error) bool) {
		last := worker.Delta{}
		for _, last = range said.deltas {
			w.sent += len(last.Text)
			if last.Model = "tiny"; !yield(last, nil) {
				return
			}
		}
		for said.err == nil && last.Finish == "" {
			w.sent += len(last.Text)
			if !yield(last, nil) {
				return
			}
		}
		if said.err != nil {
			yield(worker.Delta{}, said.err)
		}
	}
}

// stops is a pass that says a text, and that it has ended.
func stops(s string) pass { return pass{deltas: []worker.Delta{text(s), ends(worker.Stop, 1, 1)}} }

// limited is a pass that says a text, if any, and reaches the token limit.
func limited(s string) pass { return pass{deltas: []worker.Delta{text(s), ends(worker.Length, 1, 1)}} }

// thinks is a pass that reaches the token limit before its first text.
func thinks() pass {
	return pass{deltas: []worker.Delta{{Thinking: true}, {Thinking: true}, ends(worker.Length, 1, 10)}}
}

// endless is a pass that says a text, and then another one for ever.
func endless(s, again string) pass { return pass{deltas: []worker.Delta{text(s), text(again)}} }

// ended is what becomes of a turn.
type ended struct {
	State   turn.State
	Finish  worker.Finish
	Source  project.Source
	Version int
	Notices []string
	Reply   string          // "" where a template follows
	Files   []artifact.File // likewise
	Asked   int
}

func TestEnds(t *testing.T) {
	const (
		cutNotice   = "The model stopped in the middle of a file; its answer is kept, but makes no version."
		limitNotice = "The answer was cut at its length limit; it is kept, but makes no version."
		loopNotice  = "The model began to repeat itself, so it was stopped. The repetition is left out."
		endlessMade = "The model began to repeat itself, so it was stopped. What it wrote before that is kept, but makes no version."
		thoughtMade = "The model used its whole answer for thinking, so nothing was made."
		thoughtNone = "The model used its whole answer for thinking, so this is a template."
		endlessNone = "The model only repeated itself, so it was stopped, and this is a template."
	)
	const begun = "<!DOCTYPE html>\n<html>\n<body>\n<script>\nfunction draw() {\n  c.textCon"
	const rest = "tent = 1;\n}\n</script>\n</body>\n</html>\n"
	red := strings.Replace(three[2].Content, "blue", "red", 1)
	fence := func(content string) string { return "```html\n" + content }
	page := func(content string) []artifact.File { return []artifact.File{{Path: "index.html", Content: content}} }
	with := func(path, content string) []artifact.File {
		return artifact.Overlay(three, []artifact.File{{Path: path, Content: content}}, func(f artifact.File) string { return f.Path })
	}
	for _, tc := range []struct {
		name string
		says []pass
		edit string // the prompt, in a project with three files
		want ended
	}{
		// The server says stop in the middle of a file.
		{"gone on with", []pass{stops(fence(begun)), stops(rest + "```\n")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, fence(begun) + rest + "```\n", page(begun + rest), 2}},
		{"nothing more is said", []pass{stops(fence(begun))}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{cutNotice}, fence(begun), page(begun + "\n"), 2}},
		{"nobody goes on", []pass{stops(fence(begun)), {err: unavailable}}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{cutNotice}, fence(begun), page(begun + "\n"), 2}},
		{"stopped three times", []pass{stops(fence(begun)), stops("tent = 1;\n"), stops("}\nc.on")}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{cutNotice}, fence(begun) + "tent = 1;\n}\nc.on", page(begun + "tent = 1;\n}\nc.on\n"), 3}},
		{"stopped, then cut at the limit", []pass{stops(fence(begun)), limited("tent = 1;\n"), limited("}\nc.on")}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{limitNotice}, fence(begun) + "tent = 1;\n}\nc.on", page(begun + "tent = 1;\n}\nc.on\n"), 3}},
		{"its block has an end", []pass{stops(fence(begun) + "\n```\nThat is the page.\n"), stops(rest + "```\n")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, fence(begun) + "\n```\nThat is the page.\n\n```html path=\"index.html\"\n" + begun + rest + "```\n", page(begun + rest), 2}},
		{"its block has an end, and nothing more is said", []pass{stops(fence(begun) + "\n```\n")}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{cutNotice}, fence(begun) + "\n```\n\n```html path=\"index.html\"\n" + begun + "\n```\n", page(begun + "\n"), 2}},
		{"only the fence is missing", []pass{stops(fence(begun) + strings.TrimSuffix(rest, "\n"))}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, fence(begun) + strings.TrimSuffix(rest, "\n"), page(begun + rest), 1}},
		{"perhaps the page is whole, and nothing more is said", []pass{stops("<!DOCTYPE html>\n<html>\n<p>one</p>\n")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, "<!DOCTYPE html>\n<html>\n<p>one</p>\n", page("<!DOCTYPE html>\n<html>\n<p>one</p>\n"), 2}},
		{"perhaps the page is cut, and nothing more is said", []pass{stops("```html\n<!DOCTYPE html>\n<html>\n<p>Welcome to my\n```\n")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, []string{"index.html may be cut: its end looks unfinished. The model had nothing to add to it."},
				"```html\n<!DOCTYPE html>\n<html>\n<p>Welcome to my\n```\n\n```html path=\"index.html\"\n<!DOCTYPE html>\n<html>\n<p>Welcome to my\n```\n", page("<!DOCTYPE html>\n<html>\n<p>Welcome to my\n"), 2}},
		{"a page is cut in an edit", []pass{stops("```html index.html\n<!DOCTYPE html>\n<html>\n<body>\n<h1>Tip calc")}, "rewrite the page with a nicer layout",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{cutNotice}, "```html index.html\n<!DOCTYPE html>\n<html>\n<body>\n<h1>Tip calc", three, 2}},
		{"words break off", []pass{stops("It is red, because the but")}, "why is it red?",
			ended{turn.Complete, worker.Stop, project.Worker, 0, nil, "It is red, because the but", three, 1}},
		{"a question quotes a part", []pass{stops("Look at\n```js\nif (n) {\n```\n")}, "why is it red?",
			ended{turn.Complete, worker.Stop, project.Worker, 0, []string{"This was read as a question, so the code in the answer changes nothing. Ask for the change to have it made."}, "Look at\n```js\nif (n) {\n```\n", three, 1}},

		// The model only repeats itself.
		{"rockets", []pass{endless("A calculator! ", "🚀")}, "",
			ended{turn.Complete, worker.Stop, project.Template, 1, []string{endlessNone}, "", nil, 1}},
		{"rockets after a page", []pass{endless(fence("<p>one</p>\n```\nEnjoy! "), "🚀")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, []string{loopNotice}, fence("<p>one</p>\n```\nEnjoy! 🚀"), page("<p>one</p>\n"), 1}},
		{"a statement", []pass{endless(fence("<!DOCTYPE html>\n<script>\n"), "console.log('one');\n")}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{endlessMade}, fence("<!DOCTYPE html>\n<script>\nconsole.log('one');\n"), page("<!DOCTYPE html>\n<script>\nconsole.log('one');\n"), 1}},
		{"lines in a continuation", []pass{limited(fence(begun)), endless("tent = 1;\n", "  c.hidden = false;\n")}, "",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{endlessMade}, fence(begun) + "tent = 1;\n  c.hidden = false;\n", page(begun + "tent = 1;\n  c.hidden = false;\n"), 2}},
		{"words in an edit", []pass{endless("Sure. ", "I will make it blue. ")}, "make the buttons red",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{endlessMade}, "Sure. I will make it blue. ", three, 1}},
		{"words after an edit", []pass{endless("```css style.css\n"+red+"```\n", "Done!\n")}, "make the buttons red",
			ended{turn.Complete, worker.Stop, project.Worker, 2, []string{loopNotice}, "```css style.css\n" + red + "```\nDone!\n", with("style.css", red), 1}},

		// Thinking has used up the limit.
		{"thinking, then an answer", []pass{thinks(), stops(fence("<p>one</p>\n```\n"))}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, fence("<p>one</p>\n```\n"), page("<p>one</p>\n"), 2}},
		{"thinking, then a cut answer that is gone on with", []pass{thinks(), limited(fence(begun)), stops(rest + "```\n")}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, fence(begun) + rest + "```\n", page(begun + rest), 3}},
		{"thinking, whatever is asked", []pass{thinks(), thinks()}, "",
			ended{turn.Complete, worker.Stop, project.Template, 1, []string{thoughtNone}, "", nil, 2}},
		{"thinking, then nobody", []pass{thinks(), {err: unavailable}}, "make the buttons red",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{thoughtMade}, "", three, 2}},
		{"thinking in an edit", []pass{thinks(), thinks()}, "make the buttons red",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{thoughtMade}, "", three, 2}},
		{"thinking, then silence", []pass{thinks()}, "make the buttons red",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{thoughtMade}, "", three, 2}},
		{"thinking in the text", []pass{limited("<think>\nA page with ```html\n<p>"), stops(fence("<p>one</p>\n```\n"))}, "",
			ended{turn.Complete, worker.Stop, project.Worker, 1, nil, "<think>\nA page with ```html\n<p>\n</think>\n\n" + fence("<p>one</p>\n```\n"), page("<p>one</p>\n"), 2}},
		{"no thinking, no text", []pass{{deltas: []worker.Delta{ends(worker.Length, 1, 10)}}}, "make the buttons red",
			ended{turn.Partial, worker.Length, project.Worker, 0, []string{limitNotice}, "", three, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &scripted{says: tc.says}
			f := newRunner(t, w)
			r := request()
			if tc.edit != "" {
				r.TurnID = "first"
				if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: three}); err != nil {
					t.Fatal(err)
				}
				r = request()
				r.NewProject, r.Prompt = false, tc.edit
				if tc.want.Version == 0 {
					defer func() {
						if p, _ := f.store.Project(t.Context(), "p"); p.CurrentVersion != 1 {
							t.Errorf("the project has version %d", p.CurrentVersion)
						}
					}()
				}
			}
			_, res, err := f.stream(t, r)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := f.turn(t, key)
			is := ended{got.State, got.FinishReason, got.Source, got.Version, got.Notices, got.Reply, res.Files, len(w.asked)}
			if got.Source == project.Template {
				is.Reply, is.Files = "", nil
			}
			if diff := cmp.Diff(tc.want, is); diff != "" {
				t.Errorf("ended (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGoingOnAfterStop: what the worker is asked to go on with is the reply, or its
// last file where the block of that has ended.
func TestGoingOnAfterStop(t *testing.T) {
	const begun = "```html\n<!DOCTYPE html>\n<html>\n<h1>Tip calc"
	for said, want := range map[string]string{
		begun:                         begun,
		begun + "\n```\nEnjoy!\n":     "```html path=\"index.html\"\n<!DOCTYPE html>\n<html>\n<h1>Tip calc",
		"<think>\n</think>\n" + begun: "<think>\n</think>\n" + begun,
	} {
		w := &scripted{says: []pass{stops(said), stops("ulator</h1>\n</html>\n```\n")}}
		f := newRunner(t, w)
		f.stream(t, request())
		if len(w.asked) != 2 || w.asked[1].Reply != want || w.asked[1].NoThinking {
			t.Errorf("after %q asked %d times, the second time to go on with %q", said, len(w.asked), w.asked[len(w.asked)-1].Reply)
		}
	}
}

// TestThinkingIsSwitchedOff: once it has used up the limit, for all that is asked then.
func TestThinkingIsSwitchedOff(t *testing.T) {
	w := &scripted{says: []pass{thinks(), limited("```html\n<p>on"), stops("e</p>\n```\n")}}
	f := newRunner(t, w)
	f.stream(t, request())
	var got []string
	for _, q := range w.asked {
		got = append(got, fmt.Sprint(q.NoThinking, " ", q.Reply))
	}
	if diff := cmp.Diff([]string{"false ", "true ", "true ```html\n<p>on"}, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if turn, _ := f.turn(t, key); turn.Meter.Calls != 3 || turn.Meter.OutputTokens < 10 {
		t.Errorf("the thinking is not charged: %+v", turn.Meter)
	}
}

// TestALoopIsStopped: within 2 KB, wherever the pieces are cut; what is stored is the
// beginning of what was streamed; what the worker wrote is charged.
func TestALoopIsStopped(t *testing.T) {
	const said = "```html\n<p>one</p>\n```\nEnjoy! "
	for _, tc := range []struct{ name, unit string }{{"rockets", "🚀"}, {"lines", "Let me know if you need more.\n"}, {"dots", "."}} {
		for _, times := range []int{1, 3, 500} {
			w := &scripted{says: []pass{endless(said, strings.Repeat(tc.unit, times))}}
			f := newRunner(t, w)
			_, streamed, _, err := f.listen(t, request())
			if err != nil {
				t.Fatal(err)
			}
			got, _ := f.turn(t, key)
			if got.Reply != said+tc.unit || !strings.HasPrefix(streamed, got.Reply) {
				t.Errorf("%s, %d at a time: stored %q", tc.name, times, got.Reply)
			}
			for _, after := range []int{0, len(got.Reply), len(streamed)} { // readers may have seen more than is kept
				text := ""
				if res, err := f.Resume(t.Context(), "ann", key, after, func(e turn.Event) error { text += e.Text; return nil }); err != nil || res.Turn.State != turn.Complete || !strings.Contains(text, got.Reply[min(after, len(got.Reply)):]) {
					t.Errorf("%s, %d at a time: resumed after %d: %q, error %v", tc.name, times, after, text, err)
				}
			}
			if most := len(said) + 2<<10 + 2*len(tc.unit)*times; w.sent > most {
				t.Errorf("%s, %d at a time: the worker wrote %d bytes, at most %d", tc.name, times, w.sent, most)
			}
			if pieces := (w.sent - len(said)) / (len(tc.unit) * times); got.Meter.OutputTokens < pieces {
				t.Errorf("%s, %d at a time: %d tokens are charged for %d pieces", tc.name, times, got.Meter.OutputTokens, pieces)
			}
		}
	}
}

// TestARepairThatLoops: its files are not taken.
func TestARepairThatLoops(t *testing.T) {
	stale := block("style.css", "  color: green;", "  color: red;")
	red := strings.Replace(three[2].Content, "blue", "red", 1)
	w := &scripted{says: []pass{stops(stale), endless("```css style.css\n"+strings.Replace(red, "red", "pink", 1)+"```\n", "Done!\n"), stops("```css style.css\n" + red + "```\n")}}
	f := newRunner(t, w)
	r := request()
	r.TurnID = "first"
	if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: three}); err != nil {
		t.Fatal(err)
	}
	r = request()
	r.NewProject, r.Prompt = false, "make the buttons red"
	_, res, err := f.stream(t, r)
	if err != nil || len(res.Files) != 3 || res.Files[2].Content != red {
		t.Errorf("error %v, files %+v", errs.Of(err), res.Files)
	}
	if got, _ := f.turn(t, key); reply.Parse(got.Reply).Files == nil {
		t.Errorf("stored: %q", got.Reply)
	}
}
