package turn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// MaxReply bounds what a turn stores of a reply, in bytes: Firestore takes 1 MiB
// a document. A longer reply is cut, as at the token limit.
const MaxReply = 512 << 10

// generation is a turn between its accept and its finish.
type generation struct {
	*Runner
	key     Key
	log     *Log
	turn    Turn             // as accepted
	project project.Project  // likewise
	version *project.Version // the current one; nil: none
	files   []artifact.File  // its files, once the question is asked
	plan    string
	prior   *Turn // the one that it goes on with; nil: none

	reply  []byte
	pieces int // that the worker has sent in this pass
	tokens int // in them, about
	full   bool
	short  bool // the conversation did not fit
	status Event
	parser reply.Parser
	out    Outcome
}

const (
	// continuations is how often a reply that was cut at the token limit is gone
	// on with, in the same turn.
	continuations = 2
	// passes is how many replies' tokens a turn may need.
	passes = 1 + continuations + repairs
)

// run asks the worker and judges its reply; afterwards g.out says how the turn
// ended. An error ends it as failed.
func (g *generation) run(ctx context.Context) error {
	if g.worker == nil {
		return g.lost(errs.New(errs.Unavailable, errs.WorkerUnavailable, "No model is set up on this server."))
	}
	question, err := g.question(ctx)
	if err != nil {
		return err
	}
	g.begin(question.Reply)
	g.tell(worker.Delta{Phase: worker.Queued})
	if err := g.answer(ctx, question); err != nil {
		return g.lost(err)
	}
	return g.judge(ctx, question)
}

// answer is a reply of the worker, gone on with as long as it is cut.
func (g *generation) answer(ctx context.Context, question worker.Prompt) error {
	for n := range 1 + continuations {
		if err := g.pass(ctx, question); err != nil {
			if n > 0 && g.pieces == 0 && ctx.Err() == nil {
				return nil // what there is stays cut
			}
			return err
		}
		if g.out.FinishReason != worker.Length || g.full || g.pieces == 0 {
			break
		}
		question.Reply, question.Prefill = string(g.reply), ""
	}
	return nil
}

// begin takes over what a prior turn has of the reply.
func (g *generation) begin(reply string) {
	if reply == "" {
		return
	}
	g.from(project.Worker, g.prior.GeneratedBy)
	g.say(reply)
}

// pass is one reply of the worker.
func (g *generation) pass(ctx context.Context, question worker.Prompt) error {
	g.pieces, g.tokens = 0, 0
	for delta, err := range g.worker.Generate(ctx, question) {
		if err != nil {
			g.out.Usage.OutputTokens += g.tokens // it did not come to say what it had counted
			return err
		}
		if !g.hear(delta) {
			break
		}
	}
	return nil
}

// question collects what the worker is to know.
func (g *generation) question(ctx context.Context) (worker.Prompt, error) {
	turns, _, err := g.store.Turns(ctx, g.project.ID, project.Page{Size: historyTurns + 1})
	if err != nil {
		return worker.Prompt{}, err
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool { return t.ID == g.turn.ID })
	slices.Reverse(turns)
	if g.version != nil {
		if g.files, err = g.store.Files(ctx, g.project.ID, g.version.Files); err != nil {
			return worker.Prompt{}, err
		}
	}
	prompt, reply := g.turn.Prompt, ""
	if g.prior != nil && g.prior.Reply != "" && g.prior.Source == project.Worker {
		// The answer goes on behind what there is of it, to all that was asked for it.
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
	q := ask(g.settings, g.verb(), turns, g.files, prompt)
	q.Plan = g.plan
	if q.Reply = reply; reply != "" {
		q.Prefill = ""
	}
	return q, nil
}

// longest is how many turns one answer may go through, of which all are told.
const longest = 10

// chain is the turns that this one goes on with, the first one first.
func (g *generation) chain(ctx context.Context) ([]Turn, error) {
	all := []Turn{*g.prior}
	for all[0].Continues != "" && len(all) < longest {
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
// change.
func (g *generation) verb() intent.Verb {
	verb := g.turn.Intent.Verb
	if g.version == nil && (verb == intent.Edit || verb == intent.Fix) {
		return intent.Create
	}
	return verb
}

// hear takes one delta of the reply. It returns false when no more fits.
func (g *generation) hear(d worker.Delta) bool {
	if d.LeftOut > 0 && !g.short {
		g.short = true
		g.notice(fmt.Sprintf("The conversation has become too long for this model: it did not read the %d oldest messages.", d.LeftOut))
	}
	if d.Phase != "" && g.pieces == 0 {
		g.tell(d)
	}
	if d.Text == "" && d.Finish == "" {
		return true
	}
	if g.out.Source == "" {
		g.from(project.Worker, d.Model)
	}
	if d.Finish != "" {
		g.out.FinishReason, g.out.Usage = d.Finish, g.out.Usage.Plus(d.Usage)
	}
	text := cut(d.Text, max(0, MaxReply-len(g.reply)))
	if text != "" {
		g.pieces++
		g.tokens += tokensOf(text)
		g.say(text)
	}
	if len(text) == len(d.Text) {
		return true
	}
	g.full = true
	g.out.FinishReason = worker.Length
	if d.Finish == "" {
		g.out.Usage.OutputTokens += g.tokens
	}
	return false
}

// tokensOf is about how many tokens a piece has: one, unless several were
// gathered in it.
func tokensOf(piece string) int {
	const long, bytesPerToken = 32, 4
	if len(piece) <= long {
		return 1
	}
	return len(piece) / bytesPerToken
}

// say adds to the reply.
func (g *generation) say(text string) {
	g.reply = append(g.reply, text...)
	g.log.Text(text)
	for _, e := range g.parser.Write(text) {
		g.log.Event(file(e))
	}
}

// tell says what the worker does, if that is news.
func (g *generation) tell(d worker.Delta) {
	if e := status(d); e != g.status {
		g.status = e
		g.log.Event(e)
	}
}

func (g *generation) from(s project.Source, generatedBy string) {
	g.out.Source, g.out.GeneratedBy = s, generatedBy
	g.log.Event(source(s, generatedBy))
}

func (g *generation) notice(text string) {
	g.out.Notices = append(g.out.Notices, text)
	g.log.Event(notice(text))
}
