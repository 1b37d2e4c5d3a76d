// Package conformance lists the behaviours that the backend relies on in a worker,
// and tries them on any URL. Tests try them on real servers and on recorded answers
// of such servers; `make worker-check` tries them on a server that somebody hosts.
//
// It meets a server as the backend does, through a dialect and a pool, and has no
// code for any one kind of server.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
)

// Subject is a server on trial.
type Subject struct {
	Config dialect.Config
	// Start restarts the server, without waiting for it; Kill ends it as a crash
	// would. nil: what needs them is not tried.
	Start func() error
	Kill  func() error

	about worker.About
}

// Verdict is the outcome of trying a behaviour.
type Verdict string

const (
	OK       Verdict = "ok"
	Failed   Verdict = "FAILED"
	NotTried Verdict = "-" // it cannot be tried from outside or on this server
)

// Result is a behaviour with its verdict and what was seen.
type Result struct {
	Behaviour Behaviour
	Verdict   Verdict
	Seen      string
}

// Behaviour is one thing that the backend relies on.
type Behaviour struct {
	Name string
	// Means says what a failure means to users, and what the worker's host can do.
	Means string
	try   func(context.Context, *trial) (seen string, err error) // nil: only recorded answers show it
}

// errNotTried is returned by a try that is not possible.
var errNotTried = errors.New("not tried")

// Behaviours are tried in this order. README.md in the folder above has them as a
// table.
var Behaviours = []Behaviour{
	{"is recognised", "Nothing at this address answers as an inference server does. Check the address, the key, and whether the server listens on more than 127.0.0.1.", recognised},
	{"streams", "People would wait for the whole answer before they see its first word. If a proxy buffers, switch that off for this path.", streams},
	{"ends", "The server does not say when an answer is whole, so none can be stored. A model that never stops by itself looks the same: check its chat template.", ends},
	{"answers at once", "It thinks first, and thoughts use up what an answer may have. Choose a model that can answer without, or raise MAX_OUTPUT_TOKENS.", answersAtOnce},
	{"is cut at the limit", "The server ignores max_tokens, or does not call such an end \"length\": answers that were cut would be taken for whole.", cutAtTheLimit},
	{"tells usage", "Tokens cannot be counted against people's quotas; the pieces of an answer are counted instead.", tellsUsage},
	{"too long", "A long conversation would be cut silently, or crash the server. Set the context (\"context\" in WORKERS_FILE, or WORKER_CONTEXT) to what the server was started with.", tooLong},
	{"unknown model", "A wrong model name would go unnoticed.", unknownModel},
	{"continues", "An answer that was cut cannot be continued: it stays cut.", continues},
	{"busy", "With more people than slots, answers fail. Set \"parallel\" in WORKERS_FILE to what the server was started with.", busy},
	{"a client that leaves frees it", "Cancelled answers keep the server busy. Update the server, and make sure that no proxy keeps the connection open.", leaving},
	{"loading", "People who ask while the model is being loaded get a template instead of an answer.", loading},
	{"killed mid-stream", "Half an answer would be taken for a whole one.", killed},
	{"an error mid-stream", "Half an answer would be taken for a whole one.", nil},
	{"comments and pings", "The stream would break off, or seem alive when it is not.", nil},
	{"null content", "The stream would break off at its first event.", nil},
}

// Run tries every behaviour, and reports each result at once. If the server is not
// recognised, nothing else is tried.
func Run(ctx context.Context, s Subject, report func(Result)) []Result {
	var all []Result
	for _, b := range Behaviours {
		r := Result{Behaviour: b, Verdict: NotTried}
		if b.try != nil && (len(all) == 0 || all[0].Verdict == OK) {
			r = run(ctx, &s, b)
		}
		all = append(all, r)
		report(r)
	}
	return all
}

func run(ctx context.Context, s *Subject, b Behaviour) Result {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	t, err := open(s, s.Config)
	if err != nil {
		return Result{b, Failed, err.Error()}
	}
	defer t.close()
	seen, err := b.try(ctx, t)
	switch {
	case errors.Is(err, errNotTried):
		return Result{b, NotTried, seen}
	case err != nil:
		return Result{b, Failed, strings.TrimSpace(seen + " " + err.Error())}
	}
	return Result{b, OK, seen}
}

// trial is a behaviour that is being tried.
type trial struct {
	subject *Subject
	worker  *dialect.Worker
	pools   *worker.Pools
}

func open(s *Subject, cfg dialect.Config) (*trial, error) {
	w, err := dialect.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &trial{s, w, worker.NewPools([]worker.PoolConfig{{Workers: []worker.Worker{w}}}, worker.Settings{})}, nil
}

func (t *trial) close() {
	t.pools.Close()
	t.worker.Close()
}

// heard is what a call brought.
type heard struct {
	text   string
	pieces int
	first  time.Duration // until the first text
	phases []worker.Phase
	thinks bool
	finish worker.Finish
	usage  worker.Usage
	err    *errs.Error
}

func (h heard) String() string {
	s := fmt.Sprintf("%d pieces, the first after %.2f s", h.pieces, h.first.Seconds())
	switch {
	case h.err != nil:
		return fmt.Sprintf("%s; %v", s, h.err)
	case h.finish != "":
		return fmt.Sprintf("%s; %s, %d+%d tokens", s, h.finish, h.usage.InputTokens, h.usage.OutputTokens)
	}
	return s
}

// ask has the pool answer, and calls at with each text until at returns false.
func (t *trial) ask(ctx context.Context, p worker.Prompt, at func(heard) bool) heard {
	var h heard
	start := time.Now()
	for d, err := range t.pools.Generate(ctx, p) {
		if err != nil {
			h.err = errs.Of(err)
			return h
		}
		if d.Phase != "" && (len(h.phases) == 0 || h.phases[len(h.phases)-1] != d.Phase) {
			h.phases = append(h.phases, d.Phase)
		}
		h.thinks = h.thinks || d.Thinking
		if d.Text != "" {
			if h.pieces == 0 {
				h.first = time.Since(start)
			}
			h.pieces++
			h.text += d.Text
		}
		h.finish, h.usage = d.Finish, d.Usage
		if d.Text != "" && at != nil && !at(h) {
			return h
		}
	}
	return h
}

// whole returns an error unless the reply has text and an end.
func (h heard) whole() error {
	switch {
	case h.err != nil:
		return h.err
	case h.finish == "":
		return errors.New("no end was told")
	case h.text == "":
		return errors.New("there was no text")
	}
	return nil
}

func prompt(text string, tokens int) worker.Prompt {
	return worker.Prompt{System: "You are a helpful assistant.", Messages: []worker.Message{{Role: worker.User, Text: text}}, MaxTokens: tokens}
}

const story = "Write a very long story about a fox, in many chapters."

func recognised(ctx context.Context, t *trial) (string, error) {
	a, err := t.worker.About(ctx)
	t.subject.about = a
	return fmt.Sprintf("%s, %q, context %d, %d at once, continues a reply: %v, refuses %q", a.Dialect, a.Model, a.Context, a.Parallel, a.Continues, a.Refuses), err
}

func streams(ctx context.Context, t *trial) (string, error) {
	last := time.Duration(0)
	start := time.Now()
	h := t.ask(ctx, prompt(story, 40), func(heard) bool { last = time.Since(start); return true })
	err := h.whole()
	if err == nil && (h.pieces < 3 || last-h.first < time.Millisecond) {
		err = errors.New("it came in one piece")
	}
	return h.String(), err
}

func ends(ctx context.Context, t *trial) (string, error) {
	h := t.ask(ctx, prompt("What is 2+2? Answer in one short sentence.", 300), nil)
	err := h.whole()
	if err == nil && h.finish != worker.Stop {
		err = errors.New("it did not come to an end by itself")
	}
	return h.String(), err
}

// answersAtOnce asks for what a model likes to think about.
func answersAtOnce(ctx context.Context, t *trial) (string, error) {
	h := t.ask(ctx, prompt("How many letters has the word strawberry? Answer with the number.", 40), nil)
	if h.err == nil && h.thinks {
		return h.String(), errors.New("it thinks, although it is asked not to")
	}
	return h.String(), h.whole()
}

func cutAtTheLimit(ctx context.Context, t *trial) (string, error) {
	h := t.ask(ctx, prompt(story, 8), nil)
	err := h.whole()
	if err == nil && (h.finish != worker.Length || h.usage.OutputTokens > 9) {
		err = errors.New("8 tokens were asked for")
	}
	return h.String(), err
}

func tellsUsage(ctx context.Context, t *trial) (string, error) {
	h := t.ask(ctx, prompt(story, 12), nil)
	err := h.whole()
	if err == nil && (h.usage.InputTokens == 0 || h.usage.OutputTokens == 0) {
		err = errors.New("no usage was told")
	}
	return h.String(), err
}

func tooLong(ctx context.Context, t *trial) (string, error) {
	if t.subject.about.Context == 0 {
		return "its context is unknown", errors.New("set it")
	}
	if t.subject.about.Context > 64<<10 {
		return fmt.Sprintf("its context of %d tokens is too large to try", t.subject.about.Context), errNotTried
	}
	p := prompt(strings.Repeat("the quick brown fox ", t.subject.about.Context/2), 8)
	h := t.ask(ctx, p, nil)
	if h.err == nil || h.err.Reason != errs.TooLong {
		return h.String(), errors.New("twice its context was not refused")
	}
	seen := fmt.Sprintf("refused: %v tokens, %v fit", h.err.Detail("used"), h.err.Detail("limit"))
	if !t.subject.about.Strict {
		return seen + ", by our own count: such a server would cut it silently", nil
	}
	for _, err := range t.worker.Generate(ctx, p) { // past our count
		if e := errs.Of(err); e == nil || e.Reason != errs.TooLong {
			return seen, fmt.Errorf("the server itself did not refuse it: %v", err)
		}
	}
	return seen + ", by the server, too", nil
}

func unknownModel(ctx context.Context, t *trial) (string, error) {
	cfg := t.subject.Config
	cfg.Model = "no-such-model"
	other, err := open(t.subject, cfg)
	if err != nil {
		return "", err
	}
	defer other.close()
	h := other.ask(ctx, prompt("Hi", 4), nil)
	if h.err == nil {
		return h.String(), errors.New("it was answered all the same")
	}
	return fmt.Sprintf("refused: %v", h.err.Cause), nil
}

// continues asks for the rest of a reply. A server that continues has to write what
// comes next. Another one is asked in words, which shows only what its model makes
// of that.
func continues(ctx context.Context, t *trial) (string, error) {
	p := prompt("Count from one to ten, in words, separated by commas.", 40)
	p.Reply = "one, two, three, four,"
	h := t.ask(ctx, p, nil)
	text := strings.ToLower(strings.TrimSpace(h.text))
	about, err := t.worker.About(ctx) // it may have refused to
	switch {
	case h.err != nil:
		return h.String(), h.err
	case err != nil:
		return h.String(), err
	case !about.Continues && (text == "" || strings.HasPrefix(text, "one")): // the model decides
		return fmt.Sprintf("not by itself; asked in words its model adds %q", h.text), errNotTried
	case !about.Continues:
		return fmt.Sprintf("not by itself; asked in words its model adds %q", h.text), nil
	case strings.HasPrefix(text, "one, two"):
		return fmt.Sprintf("%q", h.text), errors.New("it began again")
	case !strings.HasPrefix(text, "five"):
		return fmt.Sprintf("%q", h.text), errors.New("it did not continue from there")
	}
	return fmt.Sprintf("%q", h.text), nil
}

func busy(ctx context.Context, t *trial) (string, error) {
	n := min(t.subject.about.Parallel+2, 6)
	all := make([]heard, n)
	var calls sync.WaitGroup
	for i := range all {
		calls.Go(func() { all[i] = t.ask(ctx, prompt(story, 24), nil) })
	}
	calls.Wait()
	queued := 0
	for _, h := range all {
		if err := h.whole(); err != nil {
			return h.String(), err
		}
		if h.phases[0] == worker.Queued {
			queued++
		}
	}
	return fmt.Sprintf("%d at once: all whole, %d waited in our queue", n, queued), nil
}

func leaving(ctx context.Context, t *trial) (string, error) {
	t.ask(ctx, prompt(story, 2000), func(heard) bool { return false })
	h := t.ask(ctx, prompt("Hi", 4), nil)
	err := h.whole()
	if err == nil && h.first > 15*time.Second {
		err = errors.New("the next one had to wait")
	}
	return fmt.Sprintf("the next one's first text came after %.2f s", h.first.Seconds()), err
}

func loading(ctx context.Context, t *trial) (string, error) {
	if t.subject.Start == nil {
		return "it would have to be started anew", errNotTried
	}
	if err := errors.Join(t.subject.Kill(), t.subject.Start()); err != nil {
		return "", err
	}
	for { // until something listens
		err := t.worker.Check(ctx)
		if worker.KindOf(err) != worker.Unreachable || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	h := t.ask(ctx, prompt(story, 8), nil)
	return fmt.Sprintf("%v; %v", h.phases, h), h.whole()
}

func killed(ctx context.Context, t *trial) (string, error) {
	if t.subject.Kill == nil {
		return "it would have to be killed", errNotTried
	}
	var kill error
	h := t.ask(ctx, prompt(story, 2000), func(h heard) bool {
		if h.pieces == 5 {
			kill = t.subject.Kill()
		}
		return true
	})
	if kill != nil {
		return "", kill
	}
	if h.err == nil || h.err.Reason != errs.WorkerLost {
		return h.String(), errors.New("its end was not noticed")
	}
	again := t.ask(ctx, prompt("Hi", 4), nil)
	if again.err == nil || again.err.Reason != errs.WorkerUnavailable {
		return again.String(), errors.New("it answers although it is dead")
	}
	return fmt.Sprintf("%s after %d pieces; then %s", h.err.Reason, h.pieces, again.err.Reason), nil
}
