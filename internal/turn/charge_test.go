package turn_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// labourer is a worker that knows what it has done: how many tokens it has read and
// written.
type labourer struct {
	pieces []string      // of each reply, a token each
	finish worker.Finish // of each reply
	tells  func(worker.Usage) worker.Usage
	queues bool  // it says so before it reads
	dies   int   // after so many pieces of a reply, by fault; 0: it does not
	fault  error // with dies 0: instead of every reply, unread
	// step is called with each thing that is done, and says whether to go on.
	step func(ctx context.Context) bool

	mu  sync.Mutex
	did turn.Meter
}

func (w *labourer) done(m turn.Meter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did.Calls += m.Calls
	w.did.InputTokens += m.InputTokens
	w.did.OutputTokens += m.OutputTokens
}

func (w *labourer) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		goesOn := func() bool {
			if w.step != nil && !w.step(ctx) {
				yield(worker.Delta{}, context.Cause(ctx))
				return false
			}
			return true
		}
		if w.queues && (!yield(worker.Delta{Phase: worker.Queued, Position: 1}, nil) || !goesOn()) {
			return
		}
		if w.fault != nil && w.dies == 0 {
			yield(worker.Delta{}, w.fault)
			return
		}
		bytes := len(p.System) + len(p.Prefill) + len(p.Reply)
		for _, m := range p.Messages {
			bytes += len(m.Text)
		}
		read := bytes / 4
		w.done(turn.Meter{Calls: 1, InputTokens: read})
		if w.queues && !yield(worker.Delta{Phase: worker.Reading}, nil) || !goesOn() {
			return
		}
		for n, piece := range w.pieces {
			w.done(turn.Meter{OutputTokens: 1})
			if !yield(worker.Delta{Model: "tiny", Text: piece}, nil) || !goesOn() {
				return
			}
			if w.dies > 0 && n+1 == w.dies {
				if w.fault == nil {
					panic("oh")
				}
				yield(worker.Delta{}, w.fault)
				return
			}
		}
		usage := worker.Usage{InputTokens: read, OutputTokens: len(w.pieces)}
		if w.tells != nil {
			usage = w.tells(usage)
		}
		yield(worker.Delta{Model: "tiny", Finish: w.finish, Usage: usage}, nil)
	}
}

// tokens cuts a text into tokens of a few letters.
func tokens(dice *rand.Rand, text string) []string {
	var all []string
	for text != "" {
		n := min(len(text), 2+dice.IntN(9))
		all, text = append(all, text[:n]), text[n:]
	}
	return all
}

// small is a plan of one turn a day.
var small = quota.Limits{DailyTurns: 1, DailyTokens: 60, DailyInputTokens: 1e6, ConcurrentTurns: 1, TurnsPerMinute: 1000, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}

// TestNothingIsFree: ways to have a worker work that cost nothing once. A user
// with one turn a day gets one.
func TestNothingIsFree(t *testing.T) {
	story := strings.SplitAfter(strings.Repeat("Once upon a time. ", 12)+"The end.", " ")
	waits := func(ctx context.Context) bool { <-ctx.Done(); return false }
	many := make([]artifact.File, 0, artifact.MaxFiles)
	for n := range artifact.MaxFiles {
		many = append(many, artifact.File{Path: fmt.Sprint(n, ".txt"), Content: "x"})
	}
	no := func(worker.Usage) worker.Usage { return worker.Usage{} }
	for _, tc := range []struct {
		name   string
		files  []artifact.File // of the project
		worker *labourer
		cancel bool
	}{
		{name: "words, so that a template stands in", worker: &labourer{pieces: story, finish: worker.Stop}},
		{name: "words that are cut and continued", worker: &labourer{pieces: story, finish: worker.Length}},
		{name: "an edit that never fits", files: three, worker: &labourer{pieces: []string{block("style.css", "  color: green;", "  color: red;")}, finish: worker.Stop}},
		{name: "a project that takes no more files", files: many, worker: &labourer{pieces: []string{"```js extra.js\n", "let m;\n", "```\n"}, finish: worker.Stop}},
		{name: "cancelled while the prompt is read", cancel: true, worker: &labourer{step: waits}},
		{name: "a worker that tells no usage", worker: &labourer{pieces: append([]string{"```html\n"}, story...), finish: worker.Stop, tells: no}},
		{name: "a worker that is lost", worker: &labourer{pieces: story, dies: 40, fault: lost}},
		{name: "a panic", worker: &labourer{pieces: story, dies: 40}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newRunner(t, tc.worker)
			r := byWorker()
			r.Limits = small
			if tc.files != nil {
				r.TurnID = "first"
				if _, err := f.Save(t.Context(), r, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: tc.files}); err != nil {
					t.Fatal(err)
				}
			}
			began := 0
			for n := range 20 {
				r.TurnID, r.PayloadHash = fmt.Sprint("t", n), fmt.Sprint("v1:", n)
				if tc.files == nil {
					r.ProjectID = fmt.Sprint("p", n)
				}
				_, err := f.Generate(t.Context(), r, func(e turn.Event) error {
					if tc.cancel && e.Type == "status" {
						go f.Cancel(t.Context(), "ann", r.Key)
					}
					return nil
				})
				if err != nil && errs.Of(err).Code == errs.ResourceExhausted {
					break
				}
				began++
			}
			account, _ := f.store.Account(t.Context(), "ann", "")
			day, did := account.Days[quota.Today(time.Now())], tc.worker.did
			if began != 1 || day.Turns != 1 || did.Calls == 0 || day.InputTokens < did.InputTokens || day.OutputTokens < did.OutputTokens {
				t.Errorf("%d turns, in which the worker did %+v; booked is %+v", began, did, day)
			}
		})
	}
}

// TestBookedIsWhatWorkersDid: every ending, stopped in every way at every point of
// it, with workers of every kind. CHARGE_SEED repeats a run.
func TestBookedIsWhatWorkersDid(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("CHARGE_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("CHARGE_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	story := strings.Repeat("Once upon a time there was an app. ", 1+dice.IntN(5))
	many := make([]artifact.File, 0, artifact.MaxFiles)
	for n := range artifact.MaxFiles {
		many = append(many, artifact.File{Path: fmt.Sprint(n, ".txt"), Content: "x"})
	}
	endings := []struct {
		name   string
		files  []artifact.File
		prompt string
		reply  string
		finish worker.Finish
	}{
		{"a version", nil, "a clock", "```html\n<p>" + story + "\n```\n", worker.Stop},
		{"a template", nil, "a clock", story, worker.Stop},
		{"cut", nil, "a clock", "```html\n<p>" + story, worker.Length},
		{"a change", three, "make the buttons red", block("style.css", "  color: blue;", "  color: red;"), worker.Stop},
		{"an edit that never fits", three, "make the buttons red", block("style.css", "  color: green;", "  color: red;"), worker.Stop},
		{"an answer in words", three, "why are the buttons blue?", story, worker.Stop},
		{"too large", many, "add a script", "```js extra.js\nlet m;\n```\n", worker.Stop},
	}
	times := func(n int) func(worker.Usage) worker.Usage {
		return func(u worker.Usage) worker.Usage {
			return worker.Usage{InputTokens: n * u.InputTokens, OutputTokens: n * u.OutputTokens}
		}
	}
	workers := []struct {
		name string
		be   func(w *labourer)
	}{
		{"tells usage", func(*labourer) {}},
		{"tells none", func(w *labourer) { w.tells = times(0) }},
		{"lies high", func(w *labourer) { w.tells = times(1000) }},
		{"lies low", func(w *labourer) {
			w.tells = func(worker.Usage) worker.Usage { return worker.Usage{InputTokens: 1, OutputTokens: 1} }
		}},
		{"lies below nothing", func(w *labourer) { w.tells = times(-3) }},
		{"dies midway", func(w *labourer) { w.dies, w.fault = 1+dice.IntN(len(w.pieces)), lost }},
		{"panics midway", func(w *labourer) { w.dies = 1 + dice.IntN(len(w.pieces)) }},
		{"is not there", func(w *labourer) { w.fault = unavailable }},
		{"is full", func(w *labourer) { w.fault = unavailable.With("retryAfter", 3) }},
		{"finds it too long", func(w *labourer) { w.fault = worker.TooLong(9, 8) }},
		{"queues", func(w *labourer) { w.queues = true }},
	}
	runs, stopped := 0, 0
	for _, e := range endings {
		for _, kind := range workers {
			for _, stop := range []string{"", "cancel", "shutdown", "limit"} {
				for at, reached := 1, true; reached; at += 1 + at/4 {
					w := &labourer{pieces: tokens(dice, e.reply), finish: e.finish}
					kind.be(w)
					name := fmt.Sprintf("CHARGE_SEED=%d: %s by a worker that %s, %s at %d", seed, e.name, kind.name, stop, at)
					var day quota.Day
					day, reached = bookedFor(t, name, w, e.files, e.prompt, stop, at)
					runs++
					if reached {
						stopped++
					}
					did, booked := w.did.InputTokens+w.did.OutputTokens, day.InputTokens+day.OutputTokens
					if day.InputTokens < w.did.InputTokens || day.OutputTokens < w.did.OutputTokens || booked > 2*did+1000 || day.Turns != min(1, w.did.Calls) || did == 0 && booked > 0 {
						t.Errorf("%s: the worker did %+v, booked is %+v", name, w.did, day)
					}
					if day.Held != 0 || day.HeldInput != 0 {
						t.Errorf("%s: still held: %+v", name, day)
					}
				}
			}
		}
	}
	t.Logf("%d turns, of which %d were stopped", runs, stopped)
	if stopped < 500 {
		t.Errorf("only %d turns were stopped", stopped)
	}
}

// bookedFor runs a turn that is stopped at a point, and returns what its user is
// charged. reached: it came that far.
func bookedFor(t *testing.T, name string, w *labourer, files []artifact.File, prompt, stop string, at int) (day quota.Day, reached bool) {
	t.Helper()
	settings := turn.Settings{SystemPrompt: "system", MaxTokens: 2000, Limit: time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute}
	if stop == "limit" {
		settings.Limit = 2 * time.Millisecond
	}
	db := memstore.New()
	r := turn.NewRunner(db, w, inProcess{}, settings, quietLog)
	now, cancel := context.WithCancel(t.Context())
	cancel()
	steps := 0
	w.step = func(ctx context.Context) bool {
		if steps++; stop == "" || steps < at {
			return ctx.Err() == nil
		}
		reached = true
		switch stop {
		case "cancel":
			go r.Cancel(t.Context(), "ann", key)
		case "shutdown":
			go r.Drain(now)
		}
		<-ctx.Done()
		return false
	}
	req := byWorker()
	req.Limits = quota.Limits{DailyTurns: 100, DailyTokens: 1e9, DailyInputTokens: 1e9, ConcurrentTurns: 5, TurnsPerMinute: 1000, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}
	if files != nil {
		first := req
		first.TurnID = "first"
		if _, err := r.Save(t.Context(), first, turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: files}); err != nil {
			t.Fatal(name, err)
		}
		req.NewProject = false
	}
	req.Prompt = prompt
	_, _ = r.Generate(t.Context(), req, ignore) // whatever becomes of it
	ended, err := fixture{r, db}.turn(t, key)
	if err != nil || ended.State == turn.Running {
		t.Fatal(name, ended.State, err)
	}
	r.Drain(now)
	account, _ := db.Account(t.Context(), "ann", "")
	return account.Days[ended.Day], reached
}

// TestTemplatesAreFree: they answer when the day is used up, but not without end.
func TestTemplatesAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newRunner(t, nil)
		f.Under(&gate{err: errors.New("nobody asks")})
		ask := func(id string) (turn.Result, error) {
			r := request()
			r.ProjectID, r.TurnID = "p"+id, id
			r.Limits = quota.Limits{ConcurrentTurns: 1, TurnsPerMinute: 3, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}
			return f.Generate(t.Context(), r, ignore)
		}
		for _, id := range []string{"1", "2", "3"} {
			if res, err := ask(id); err != nil || res.Turn.Source != project.Template || res.Turn.Meter != (turn.Meter{}) {
				t.Fatalf("a template: %v, %+v", err, res.Turn)
			}
		}
		account, _ := f.store.Account(t.Context(), "ann", "")
		if day := account.Days[quota.Today(time.Now())]; day != (quota.Day{}) {
			t.Errorf("booked: %+v", day)
		}
		_, err := ask("4")
		if e := errs.Of(err); e == nil || e.Reason != errs.TurnsPerMinute || e.Detail("used") != 3 || e.Detail("limit") != 3 || e.Detail("retryAfter") != 60 {
			t.Errorf("a fourth one within a minute: %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := ask("4"); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}

// gate is a ceiling that opens and closes.
type gate struct {
	err error

	mu        sync.Mutex
	spent     int
	anonymous int
}

func (g *gate) Check(context.Context, bool) error { return g.err }

func (g *gate) Add(anonymous bool, tokens int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent += tokens
	if anonymous {
		g.anonymous += tokens
	}
}

// TestCeiling: what workers do is told to it, and beyond it no turn begins; one that
// has begun is answered.
func TestCeiling(t *testing.T) {
	f := newRunner(t, says(worker.Length, "```html\n", "<p>\n"))
	all := &gate{}
	f.Under(all)
	r := byWorker()
	r.Anonymous = true
	_, res, err := f.stream(t, r)
	if err != nil {
		t.Fatal(err)
	}
	if want := res.Turn.Meter.InputTokens + res.Turn.Meter.OutputTokens; want == 0 || all.spent != want || all.anonymous != want {
		t.Errorf("told %d tokens, %d of anonymous users, want %d", all.spent, all.anonymous, want)
	}
	all.err = errs.New(errs.ResourceExhausted, errs.DailyCeiling, "Enough.")
	again, err := f.Generate(t.Context(), r, ignore)
	if diff := cmp.Diff(res, again); diff != "" || err != nil {
		t.Errorf("the same turn again, error %v (-first +second):\n%s", err, diff)
	}
	r.ProjectID, r.TurnID = "p2", "t2"
	if _, _, err := f.stream(t, r); errs.Of(err) == nil || errs.Of(err).Reason != errs.DailyCeiling {
		t.Errorf("a new turn: %v", err)
	}
	if p, _ := f.store.Project(t.Context(), "p2"); p != nil {
		t.Errorf("it was stored: %+v", p)
	}
}
