package turn

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// lost judges a worker that gave no whole reply. In a project that has nothing
// yet a template stands in for one that never answered, unless waiting helps;
// where there is something to lose, and once text has been seen, the turn fails.
func (g *generation) lost(err error) error {
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

// judge says what a whole reply is worth.
func (g *generation) judge(ctx context.Context, question worker.Prompt) error {
	d := draft{base: g.files}
	d.take(g.parsed())
	defer func() { g.out.Warnings = d.warnings }()
	switch {
	case len(d.changed) == 0 && g.version == nil:
		g.useTemplate("The model's answer holds no code, so this is a template.")
		return nil
	case g.out.FinishReason == worker.Length:
		g.out.State = Partial
		g.notice("The answer was cut at its length limit; it is kept, but makes no version.")
		return nil
	case g.version != nil && g.verb() == intent.Explain:
		if len(d.changed)+len(d.refused) > 0 {
			g.notice("This was read as a question, so the code in the answer changes nothing. Ask for the change to have it made.")
		}
		d.changed, d.refused = nil, nil
	case g.version == nil: // there is nothing to change, so nothing is half changed
		for _, r := range d.refused {
			d.warnings = append(d.warnings, artifact.Warning{Path: r.Edit.Path, Text: "Left out: " + r.Why + "."})
		}
		d.refused = nil
	}
	if err := g.repair(ctx, question, &d); err != nil {
		return err
	}
	g.out.State, g.out.Files, g.out.Overlay = Complete, d.changed, true
	if g.verb() == intent.Create && holds(d.changed, "index.html") {
		g.out.Files, g.out.Overlay = startOver(g.files, d.changed), false
	}
	_, _, err := g.out.version(g.version) // so that finish cannot be refused for it
	return err
}

// parsed is what the reply that has ended holds. Another one is read by itself.
func (g *generation) parsed() artifact.Reply {
	reply := g.parser.Close()
	for _, e := range reply.Events {
		g.log.Event(file(e))
	}
	g.parser = artifact.Parser{}
	return reply
}

// repairs is how often the worker is asked again for changes that do not fit:
// first for the same with the exact text before it, then for whole files.
const repairs = 2

// leastRepair is the room that a repair needs in the stored reply, in bytes.
const leastRepair = 1 << 10

// repair has the worker mend what was refused. Half a change is none: if
// something still does not fit, the turn fails with ABORTED edit-refused.
func (g *generation) repair(ctx context.Context, question worker.Prompt, d *draft) error {
	ended := g.out.FinishReason
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
		g.say(apart(g.reply))
		if err := g.pass(ctx, q); err != nil {
			return err
		}
		reply := g.parsed()
		if g.out.FinishReason != worker.Length { // one that is cut may end in the middle of a file
			d.take(reply)
		}
		g.out.FinishReason = ended
	}
	if len(d.refused) > 0 {
		r := d.refused[0]
		return errs.New(errs.Aborted, errs.EditRefused, "The model's change of %s does not fit, so nothing was changed. Try again, or say it in other words.", cmp.Or(r.Edit.Path, "the files")).
			With("path", r.Edit.Path).Because(errors.New(r.Why))
	}
	return nil
}

// apart is what parts a text from one that follows it and is read by itself.
func apart(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if text[len(text)-1] == '\n' {
		return "\n"
	}
	return "\n\n"
}

// useTemplate lets a template answer, and says why.
func (g *generation) useTemplate(why string) {
	g.notice(why)
	g.from(project.Template, template.Label)
	files := template.Neutral(g.turn.Prompt)
	for _, f := range files {
		text := apart(g.reply) + artifact.Format([]artifact.File{f})
		g.reply = append(g.reply, text...)
		g.log.Event(file(artifact.Event{Path: f.Path}))
		g.log.Text(text)
		g.log.Event(file(artifact.Event{Path: f.Path, Done: true}))
	}
	g.out.State, g.out.Files, g.out.FinishReason = Complete, files, worker.Stop
}

// outcome is how the turn ends, with what was said until then: as judged, or
// with the error that ended it.
func (g *generation) outcome(err error) Outcome {
	g.out.Reply = string(g.reply)
	if len(g.out.Files) > 0 {
		after := g.out.Files
		if g.out.Overlay {
			after = overlay(g.files, after)
		}
		g.out.Changed = artifact.Changes(g.files, after)
		if g.version != nil {
			g.out.Since = g.version.Number
		}
	}
	if errors.Is(err, errCancelled) {
		return g.out.cancelled()
	}
	if err != nil {
		e := errs.Of(err)
		g.out.State, g.out.Files = Failed, nil
		if e.Reason == errs.Interrupted {
			g.out.State = Interrupted
		}
		details, _ := e.Details.(map[string]any)
		g.out.Error = &Failure{Code: e.Code, Reason: e.Reason, Message: e.Message, Details: details}
	}
	return g.out
}
