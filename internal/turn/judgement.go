package turn

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// workerFailed judges a worker that gave no whole reply. In a project without a
// version a template stands in for a worker that never answered, unless waiting
// helps. Where there is something to lose, and once text has been seen, the turn
// fails.
func (g *generation) workerFailed(err error) error {
	e := errs.Of(err)
	switch {
	case e.Reason != errs.WorkerUnavailable || e.Detail("retryAfter") != nil || g.version != nil || len(g.reply) > 0:
		return err
	case g.worker == nil:
		g.useTemplate("No model is set up, so this is a template.")
	default:
		g.useTemplate("No model answered, so this is a template. Try again later for an answer to your words.")
	}
	return nil
}

// judge decides what becomes of a whole reply.
func (g *generation) judge(ctx context.Context, question worker.Prompt) error {
	d := draft{base: g.files}
	d.take(g.parsed())
	defer func() { g.ending.Warnings = d.warnings }()
	switch {
	case len(d.changed) == 0 && g.version == nil:
		g.useTemplate(g.noCode())
		return nil
	case g.ending.FinishReason == worker.Length:
		g.ending.State = Partial
		g.notice(g.cutShort())
		return nil
	case g.version != nil && g.verb() == intent.Explain:
		if len(d.changed)+len(d.refused) > 0 {
			g.notice("This was read as a question, so the code in the answer changes nothing. Ask for the change to have it made.")
		}
		d.changed, d.refused = nil, nil
	case g.version == nil: // nothing can be half changed in a project without files
		for _, r := range d.refused {
			d.warnings = append(d.warnings, artifact.Warning{Path: r.Edit.Path, Text: "Left out: " + r.Why + "."})
		}
		d.refused = nil
	}
	if err := g.repair(ctx, question, &d); err != nil {
		return err
	}
	g.ending.State, g.changed, g.overlay = Complete, d.changed, true
	if g.verb() == intent.Create && holds(d.changed, "index.html") {
		g.changed, g.overlay = startOver(g.files, d.changed), false
	}
	made := NewVersion{Files: g.changed, Overlay: g.overlay}
	_, _, err := made.refs(g.project, g.version) // a set that is too large fails here, not in finish
	return err
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
// first for the same edits, with the exact text to look at, then for whole files.
const repairs = 2

// leastRepair is the room that a repair needs in the stored reply, in bytes.
const leastRepair = 1 << 10

// repair asks the worker to mend the edits that were refused. A change is made
// whole or not at all: if an edit still does not fit, the turn fails with ABORTED
// edit-refused.
func (g *generation) repair(ctx context.Context, question worker.Prompt, d *draft) error {
	ended := g.ending.FinishReason
	question.Reply, question.Prefill = "", ""
	for _, how := range [repairs]string{"again", "whole"} {
		if len(d.refused) == 0 || MaxReply-len(g.reply) < leastRepair {
			break
		}
		q := question
		q.Messages = append(slices.Clone(q.Messages),
			worker.Message{Role: worker.Assistant, Text: string(g.reply)},
			worker.Message{Role: worker.User, Text: d.ask(how, g.turn.Prompt)})
		g.tell(worker.Delta{Phase: worker.Retrying})
		g.say(separator(g.reply))
		if err := g.pass(ctx, q); err != nil {
			return err
		}
		r := g.parsed()
		if g.ending.FinishReason != worker.Length { // a cut reply may end in the middle of a file
			d.take(r)
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

// useTemplate answers with a template, and tells why.
func (g *generation) useTemplate(why string) {
	g.notice(why)
	g.from(project.Template, template.Label)
	files := template.Neutral(g.turn.Prompt)
	for _, f := range files {
		text := separator(g.reply) + reply.Format([]artifact.File{f})
		g.reply = append(g.reply, text...)
		g.log.Event(file(reply.Event{Path: f.Path}))
		g.log.Text(text)
		g.log.Event(file(reply.Event{Path: f.Path, Done: true}))
	}
	g.ending.State, g.changed, g.ending.FinishReason = Complete, files, worker.Stop
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
	if g.restored != nil {
		return &NewVersion{Restored: g.restored, Since: numberOf(g.version), Changed: artifact.Changes(g.files, g.changed)}
	}
	return &NewVersion{Files: g.changed, Overlay: g.overlay, Since: numberOf(g.version), Changed: artifact.Changes(g.files, g.after())}
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
