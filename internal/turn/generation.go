package turn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// MaxReply bounds what a turn stores of a reply, in bytes: Firestore takes 1 MiB
// a document. A longer reply is cut, as at the token limit.
const MaxReply = 512 << 10

// generation is a turn between its accept and its finish: the worker's passes and
// what becomes of their text.
type generation struct {
	store interface {
		Turns
		Projects
		Contents
	}
	worker   Worker // nil: a template answers
	checks   checks
	spending Spending
	settings Settings
	log      *Log

	key     Key
	turn    Turn             // as accepted
	project project.Project  // likewise
	version *project.Version // the current one; nil: none
	files   []artifact.File  // its files, once the question is asked
	plan    string
	auto    bool  // a template may answer as well as a worker
	prior   *Turn // the one that it continues; nil: none

	anonymous bool // the user has no account

	began   time.Time // when the turn was asked for
	spokeAt time.Time // when a worker's first text came; zero: none did
	model   string    // whose text that was; "" likewise

	passed  int             // where the text of this pass begins in reply
	loops   reply.LoopWatch // of that text
	looped  loop            // where it began only to repeat itself; zero: it did not
	thought bool            // the model has reasoned in this pass
	lack    lack            // why the reply is not whole
	begun   string          // the mark of the block that begins its last file once more; "" for none

	passes int // that were asked for
	reply  []byte
	parser reply.Parser // of the text since the last parsed reply
	pieces int          // that the worker has sent in this pass
	meter  meter
	full   bool  // no more text can be kept
	short  bool  // the conversation did not fit
	status Event // the last one that was told

	ending   Ending
	changed  []artifact.File  // what becomes of the files; none: no version is made
	overlay  bool             // changed goes over files; otherwise it replaces them
	afresh   bool             // changed is another app than files
	restored *project.Version // whose files changed are; nil: they are new

	recipe   *template.Recipe // what changed was made of; nil: no template made it
	rendered []artifact.File  // as the recipe makes them
	replaced *Replaced        // what a model had answered instead of changed; nil: nothing

	found  *[]artifact.Diagnostic // what is wrong with files; nil: nobody has looked
	proved bool                   // somebody has looked at changed
	proof  proof                  // what was found there
}

const (
	// continuations is how often a reply that was cut is continued in the same turn, or
	// asked for again without thinking.
	continuations = 2
	// passes is the number of replies that a turn may ask for at most.
	passes = 1 + continuations + repairs
)

// run answers the prompt. Afterwards outcome says how the turn ended; an error of run
// ends it as failed.
func (g *generation) run(ctx context.Context) error {
	if err := g.respond(ctx); err != nil {
		return err
	}
	if len(g.changed) > 0 && !g.proved { // no worker has answered
		g.ending.Diagnostics = g.find(ctx, g.after())
	}
	return nil
}

// respond asks the worker and judges its reply, or finds that no worker is needed.
func (g *generation) respond(ctx context.Context) error {
	switch g.turn.Intent.Verb {
	case intent.Undo:
		return g.goBack(ctx)
	case intent.Remove:
		if done, err := g.takeOut(ctx); done || err != nil {
			return err
		}
	}
	if g.turn.Engine == TemplateEngine {
		return g.fromLibrary(ctx)
	}
	if g.worker == nil {
		return g.workerFailed(errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model is set up on this server."))
	}
	earlier, err := g.earlier(ctx)
	if err != nil {
		return err
	}
	if g.turn.goesRound(earlier) {
		g.brake()
		return nil
	}
	question, err := g.question(ctx, earlier)
	if err != nil {
		return err
	}
	g.parser.Known = artifact.Paths(g.files)
	g.begin(question.Reply)
	g.tell(worker.Delta{Phase: worker.Queued})
	if err := g.answer(ctx, question); err != nil {
		return g.workerFailed(err)
	}
	return g.judge(ctx, question)
}

// begin takes over the text of the prior turn.
func (g *generation) begin(reply string) {
	if reply == "" {
		return
	}
	g.from(project.Worker, g.prior.GeneratedBy)
	g.say(reply)
}

// pass asks the worker for one reply.
func (g *generation) pass(ctx context.Context, question worker.Prompt) error {
	before := g.meter.total.tokens()
	defer func() { g.spending.Add(g.anonymous, g.meter.total.tokens()-before) }()
	g.passes++
	g.meter.ask(question)
	g.pieces, g.thought, g.passed, g.loops = 0, false, len(g.reply), reply.LoopWatch{}
	for delta, err := range g.worker.Generate(ctx, question) {
		if err != nil {
			if ended := ctx.Err(); ended != nil && (errors.Is(err, ended) || errors.Is(err, context.Cause(ctx))) {
				g.meter.stop(delta)
			}
			g.ending.Usage.OutputTokens += g.meter.attempt.OutputTokens // the worker did not get to tell its count
			return err
		}
		g.meter.hear(delta)
		if !g.hear(delta) {
			break
		}
	}
	return nil
}

// earlier returns the last turns before this one, the oldest first.
func (g *generation) earlier(ctx context.Context) ([]Turn, error) {
	turns, _, err := g.store.Turns(ctx, g.project.ID, project.Page{Size: historyTurns + 1})
	if err != nil {
		return nil, err
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool { return t.ID == g.turn.ID })
	slices.Reverse(turns)
	return turns, nil
}

// question collects what the worker has to know.
func (g *generation) question(ctx context.Context, turns []Turn) (_ worker.Prompt, err error) {
	if g.version != nil && g.files == nil {
		if g.files, err = g.store.Files(ctx, g.project.ID, g.version.Files); err != nil {
			return worker.Prompt{}, err
		}
	}
	prompt, reply := g.turn.Prompt, ""
	if g.prior != nil && g.prior.carries() > 0 {
		// Continue the partial answer; the prompt includes every prompt that led to it.
		chain, err := g.chain(ctx)
		if err != nil {
			return worker.Prompt{}, err
		}
		var asked []string
		for _, t := range append(chain, g.turn) {
			if len(asked) == 0 || asked[len(asked)-1] != t.Prompt {
				asked = append(asked, t.Prompt)
			}
			turns = slices.DeleteFunc(turns, func(o Turn) bool { return o.ID == t.ID })
		}
		prompt, reply = strings.Join(asked, "\n\n"), g.prior.Reply
	}
	q := ask(g.settings, g.verb(), turns, g.files, prompt+g.turn.tellsOf(g.files))
	q.Plan, q.UID = g.plan, g.turn.OwnerUID
	if q.Reply = reply; reply != "" {
		q.Prefill = ""
	}
	return q, nil
}

// longestChain is the number of turns of one answer whose prompts are all told.
const longestChain = 10

// chain returns the turns that this one continues, the first one first.
func (g *generation) chain(ctx context.Context) ([]Turn, error) {
	all := []Turn{*g.prior}
	for all[0].Continues != "" && len(all) < longestChain {
		t, err := g.store.Turn(ctx, Key{g.key.ProjectID, all[0].Continues})
		if err != nil {
			return nil, err
		}
		if t == nil {
			break
		}
		all = slices.Insert(all, 0, *t)
	}
	return all, nil
}

// verb is what the worker is asked to do. Without files there is nothing to
// change, so that an edit creates.
func (g *generation) verb() intent.Verb {
	verb := g.turn.Intent.Verb
	if g.version == nil && (verb == intent.Edit || verb == intent.Fix || verb == intent.Remove) {
		return intent.Create
	}
	return verb
}

// hear takes one delta of the reply. It returns false when no more text fits.
func (g *generation) hear(d worker.Delta) bool {
	if d.LeftOut > 0 && !g.short {
		g.short = true
		g.notice(fmt.Sprintf("The conversation has become too long for this model: it did not read the %d oldest messages.", d.LeftOut))
	}
	if d.Phase != "" && g.pieces == 0 {
		g.tell(d)
	}
	g.thought = g.thought || d.Thinking
	if d.Text == "" && d.Finish == "" {
		return true
	}
	if g.ending.Source == "" {
		g.from(project.Worker, d.Model)
	}
	if d.Finish != "" {
		g.ending.FinishReason, g.ending.Usage = d.Finish, g.ending.Usage.Plus(d.Usage)
	}
	text := cut(d.Text, max(0, MaxReply-len(g.reply)))
	if text != "" {
		if g.spokeAt.IsZero() {
			g.spokeAt, g.model = time.Now(), d.Model
		}
		g.pieces++
	}
	switch {
	case !g.sayUnlessLooped(text):
	case len(text) == len(d.Text):
		return true
	default:
		g.full = true
	}
	g.ending.FinishReason = worker.Length
	if d.Finish == "" {
		g.ending.Usage.OutputTokens += g.meter.attempt.OutputTokens
	}
	return false
}

// say adds text to the reply.
func (g *generation) say(text string) {
	g.reply = append(g.reply, text...)
	g.log.Text(text)
	for _, e := range g.parser.Write(text) {
		g.log.Event(file(e))
	}
}

// tell sends the worker's phase, if it is news.
func (g *generation) tell(d worker.Delta) {
	if e := status(d); e != g.status {
		g.status = e
		g.log.Event(e)
	}
}

func (g *generation) from(s project.Source, generatedBy string) {
	g.ending.Source, g.ending.GeneratedBy = s, generatedBy
	g.log.Event(source(s, generatedBy))
}

func (g *generation) notice(text string) {
	g.ending.Notices = append(g.ending.Notices, text)
	g.log.Event(notice(text))
}
