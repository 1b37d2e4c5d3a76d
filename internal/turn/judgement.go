package turn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// workerFailed judges a worker that gave no whole reply. In a project without a
// version a template stands in for a worker that never answered: if waiting helps, only
// one that answers the prompt whole. It answers no question: then, where there is
// something to lose, once text has been seen, and if nobody but a worker was asked, the
// turn fails.
func (g *generation) workerFailed(err error) error {
	e := errs.Of(err)
	wish := intent.Read(g.turn.Prompt, false)
	switch {
	case e.Reason != errs.WorkerUnavailable || !g.auto || g.version != nil || len(g.reply) > 0 || wish.Question:
		return err
	case e.Detail("retryAfter") != nil:
		if c, _ := template.Choose(wish); !c.Whole {
			return err // to wait is better than half of what was asked for
		}
		g.newFromLibrary(wish, "The model has no time now, so this is a template. Ask again later for an answer of the model.")
		return nil
	}
	g.newFromLibrary(wish, "No model answered, so this is a template. Try again later for an answer to your words.")
	return nil
}

// judge decides what becomes of a whole reply.
func (g *generation) judge(ctx context.Context, question worker.Prompt) error {
	d := draft{base: g.files, wish: wishOf(g.verb(), g.turn.Prompt)}
	d.changes = g.version != nil && g.verb() != intent.Create
	first := g.parsed()
	d.take(first)
	defer func() { g.ending.Warnings = d.warnings }()
	switch {
	case len(d.changed) == 0 && g.version == nil && g.answersQuestion():
		g.ending.State = Complete
		return nil
	case len(d.changed) == 0 && g.version == nil:
		g.newFromLibrary(intent.Read(g.turn.Prompt, false), g.noCode())
		return nil
	case g.ending.FinishReason == worker.Length:
		g.ending.State = Partial
		g.notice(g.cutShort())
		return nil
	case g.version != nil && g.verb() == intent.Explain:
		if len(d.changed)+len(d.refused)+len(d.gone) > 0 {
			g.notice("This was read as a question, so the code in the answer changes nothing. Ask for the change to have it made.")
		}
		g.ending.State = Complete
		return nil
	case g.version == nil: // nothing can be half changed in a project without files
		d.leaveOut()
	}
	if err := g.repair(ctx, question, &d, first); err != nil {
		return err
	}
	g.ending.State = Complete
	g.settle(&d)
	made := NewVersion{Files: g.changed, Overlay: g.overlay}
	if _, _, err := made.refs(g.project, g.version); err != nil { // a set that is too large fails here, not in finish
		return err
	}
	return g.prove(ctx, question, &d)
}

// answersQuestion reports whether a reply without files is a whole answer to a question,
// which asks for none.
func (g *generation) answersQuestion() bool {
	return g.ending.FinishReason == worker.Stop && g.lack == "" && len(bytes.TrimSpace(g.reply)) > 0 && intent.Read(g.turn.Prompt, false).Question
}

// settle takes over what a draft has made of the files, and tells what nobody asked for.
func (g *generation) settle(d *draft) {
	if g.version == nil {
		d.leaveOut()
	}
	d.warnings = append(d.warnings, d.leftOut()...)
	for _, p := range d.shrinks() {
		g.notice(fmt.Sprintf("%s has become much shorter. The version before has all of it.", p))
	}
	d.warnings = append(d.warnings, d.dead()...)
	switch {
	case g.verb() == intent.Create && holds(d.changed, "index.html"):
		g.changed, g.overlay, g.afresh = startOver(g.files, d.changed), false, true
	case g.version != nil && d.changesNothing():
		g.changed, g.overlay = nil, true
		g.notice("Nothing was changed.")
	case len(d.gone) > 0:
		g.changed, g.overlay = d.after(), false
	case g.version != nil:
		g.changed, g.overlay = d.differing(), true
	default:
		g.changed, g.overlay = d.changed, true
	}
}

// leaveOut turns what was refused into warnings.
func (d *draft) leaveOut() {
	for _, r := range d.refused {
		d.warnings = append(d.warnings, artifact.Warning{Path: r.Edit.Path, Text: "Left out: " + r.Why + "."})
	}
	d.refused = nil
}

// meantToChange reports whether a reply that changes nothing was meant to change
// something: it is empty, or it holds code or says that it is done, and not that there is
// nothing to do.
func meantToChange(text string, r reply.Reply) bool {
	if strings.TrimSpace(text) == "" {
		return true
	}
	code := len(r.Blocks)+len(r.Edits)+len(r.Refused)+len(r.Warnings) > 0 || strings.Contains(text, "```")
	return (code || claims(text)) && !saysNothing(text)
}

// parsed returns what the reply that has ended holds. The next reply is parsed
// separately.
func (g *generation) parsed() reply.Reply {
	r := g.parser.Close()
	for _, e := range r.Events {
		g.log.Event(file(e))
	}
	g.parser = reply.Parser{Known: g.parser.Known}
	return r
}

// repairs is how often the worker is asked again for changes that do not fit:
// first for the same edits, with the exact text to look at, then for whole files. It
// is asked once for new files that leave something out, and once for a change that
// an answer forgot.
const repairs = 2

// leastRepair is the room that a repair needs in the stored reply, in bytes.
const leastRepair = 1 << 10

// repair asks the worker to mend what was refused. A change is made whole or not at
// all: if something still does not fit, the turn fails with ABORTED edit-refused.
// first is what the reply that d is made of holds.
func (g *generation) repair(ctx context.Context, question worker.Prompt, d *draft, first reply.Reply) error {
	ended := g.ending.FinishReason
	question.Reply, question.Prefill = "", ""
	asked := map[string]bool{}
	for range repairs {
		how := g.flaw(d, asked, first)
		if how == "" || MaxReply-len(g.reply) < leastRepair {
			break
		}
		asked[how] = true
		d.tellAsked()
		q := question
		q.Messages = slices.Clone(q.Messages)
		if len(g.reply) > 0 {
			q.Messages = append(q.Messages, worker.Message{Role: worker.Assistant, Text: string(g.reply)})
		}
		q.Messages = append(q.Messages, worker.Message{Role: worker.User, Text: d.ask(how, g.turn.Prompt)})
		g.tell(worker.Delta{Phase: worker.Retrying})
		g.say(separator(g.reply))
		if err := g.pass(ctx, q); err != nil {
			return err
		}
		r := g.parsed()
		if g.ending.FinishReason != worker.Length { // a cut reply may end in the middle of a file
			d.take(r)
			if g.version == nil {
				d.leaveOut()
			}
		}
		g.ending.FinishReason = ended
	}
	if len(d.refused) > 0 {
		r := d.refused[0]
		return errs.New(errs.Aborted, errs.EditRefused, "The model's change of %s does not fit, so nothing was changed. Try again, or say it in other words.", cmp.Or(r.Edit.Path, "the files")).
			With("path", r.Edit.Path) // r.Why quotes paths, which no log may hold
	}
	return nil
}

// flaw names the prompt with which the worker is to be asked again; "" for none.
func (g *generation) flaw(d *draft, asked map[string]bool, first reply.Reply) string {
	switch {
	case len(d.refused) > 0 && asked["again"]:
		return "whole"
	case len(d.refused) > 0:
		return "again"
	case len(d.elided) > 0 && !asked["elided"]:
		return "elided"
	case len(asked) == 0 && g.version != nil && d.changesNothing() && meantToChange(string(g.reply), first):
		return "nothing"
	}
	return ""
}

// separator returns the line breaks between a text and the next one, which is
// parsed separately.
func separator(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if text[len(text)-1] == '\n' {
		return "\n"
	}
	return "\n\n"
}

// outcome is how the turn ends, as judged or with the error that ended it, and
// the version that it makes; nil: none.
func (g *generation) outcome(err error) (Ending, *NewVersion) {
	g.ending.Reply, g.ending.Meter = g.kept(), g.meter.total
	switch {
	case errors.Is(err, errCancelled):
		return g.ending.cancelled(), nil
	case err != nil:
		e := errs.Of(err)
		g.ending.State = Failed
		if e.Reason == errs.Interrupted {
			g.ending.State = Interrupted
		}
		details, _ := e.Details.(map[string]any)
		g.ending.Error = &Failure{Code: e.Code, Reason: e.Reason, Message: e.Message, Details: details}
		return g.ending, nil
	}
	return g.ending, g.newVersion()
}

// newVersion is the version that the turn makes; nil: none.
func (g *generation) newVersion() *NewVersion {
	if len(g.changed) == 0 {
		return nil
	}
	if g.recipe != nil {
		return &NewVersion{
			Files: g.changed, Overlay: g.overlay, Since: numberOf(g.version), Changed: artifact.Changes(g.files, g.after()),
			Recipe: g.recipe, Rendered: g.rendered, Replaces: g.replaced,
		}
	}
	if g.restored != nil {
		return &NewVersion{Restored: g.restored, Since: numberOf(g.version), Changed: artifact.Changes(g.files, g.changed)}
	}
	return &NewVersion{
		Files: g.changed, Overlay: g.overlay, Since: numberOf(g.version), Changed: artifact.Changes(g.files, g.after()),
		Afresh: g.afresh,
	}
}

// after is the files as the turn leaves them.
func (g *generation) after() []artifact.File {
	if g.overlay {
		return overlay(g.files, g.changed)
	}
	return g.changed
}

// atHand is the files that the turn's result shows, where they are known: of the
// version that it made, or else of the current one.
func (g *generation) atHand(c Change) atHand {
	switch {
	case c.Version != nil:
		return atHand{c.Version.Number, g.after()}
	case g.files != nil:
		return atHand{numberOf(g.version), g.files}
	}
	return atHand{}
}
