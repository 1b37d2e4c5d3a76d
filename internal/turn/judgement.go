package turn

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/reply"
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
func (g *generation) parsed() reply.Reply {
	r := g.parser.Close()
	for _, e := range r.Events {
		g.log.Event(file(e))
	}
	g.parser = reply.Parser{}
	return r
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
		r := g.parsed()
		if g.out.FinishReason != worker.Length { // one that is cut may end in the middle of a file
			d.take(r)
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

// draft is what the replies of a turn make of the files.
type draft struct {
	base     []artifact.File // as they are
	changed  []artifact.File // new ones, and those of base that are others now
	refused  []artifact.Refusal
	warnings []artifact.Warning
}

// take adds what a reply holds. A file whose edits were refused before, and that
// the reply does not bring, stays refused.
func (d *draft) take(r reply.Reply) {
	edited, refused := d.apply(r)
	brought := slices.Concat(r.Files, edited)
	open := slices.DeleteFunc(d.refused, func(r artifact.Refusal) bool {
		// A change of a file that there is not has found its place in another one.
		return holds(brought, r.Edit.Path) || len(brought) > 0 && !holds(d.base, r.Edit.Path)
	})
	for _, r := range refused {
		if !holds(brought, r.Edit.Path) && !holds(d.changed, r.Edit.Path) { // else more than was asked for
			open = append(open, r)
		}
	}
	d.refused = open
	d.changed = overlay(d.changed, brought)
	d.warnings = append(d.warnings, r.Warnings...)
}

// apply carries out a reply's edits on the files as they have become, or else, a
// file at a time, as they were: a model that is asked again may mean either.
func (d *draft) apply(r reply.Reply) (edited []artifact.File, refused []artifact.Refusal) {
	edited, refused = edit.Apply(overlay(overlay(d.base, d.changed), r.Files), r.Edits, r.Refused)
	var still []artifact.Refusal
	for _, one := range refused {
		if holds(edited, one.Edit.Path) { // with another one of its edits
			continue
		}
		of := reply.Reply{
			Edits:   slices.DeleteFunc(slices.Clone(r.Edits), func(e artifact.Edit) bool { return e.Path != one.Edit.Path }),
			Refused: slices.DeleteFunc(slices.Clone(r.Refused), func(r artifact.Refusal) bool { return r.Edit.Path != one.Edit.Path }),
		}
		again, why := edit.Apply(d.base, of.Edits, of.Refused)
		edited = append(edited, again...)
		if len(why) > 0 {
			still = append(still, one)
		}
	}
	return edited, still
}

// ask is what the worker is asked again: why, and the files as they are.
func (d *draft) ask(how, prompt string) string {
	var text strings.Builder
	text.WriteString(told(how) + "\n\n")
	var files []artifact.File
	for _, r := range d.refused {
		text.WriteString("- " + cmp.Or(r.Edit.Path, "a change that names no file") + ": " + r.Why + ".\n")
		if !holds(d.base, r.Edit.Path) { // which one may it have meant?
			files = d.base
		}
	}
	if files == nil {
		for _, f := range d.base {
			if slices.ContainsFunc(d.refused, func(r artifact.Refusal) bool { return r.Edit.Path == f.Path }) {
				files = append(files, f)
			}
		}
	}
	return text.String() + "\nThe files as they are now:\n\n" + reply.Format(files) + "\nWhat was asked for: " + prompt
}

// startOver is what a new page makes of a project: of the old files only those
// stay that it refers to, itself or by others that stay.
func startOver(base, changed []artifact.File) []artifact.File {
	all := slices.Clone(changed)
	for i := 0; i < len(all); i++ {
		for _, old := range base {
			if !holds(all, old.Path) && strings.Contains(all[i].Content, old.Path) {
				all = append(all, old)
			}
		}
	}
	return all
}

func holds(files []artifact.File, path string) bool {
	return slices.ContainsFunc(files, func(f artifact.File) bool { return f.Path == path })
}

// overlay is base with files of the same path replaced, and the others added.
func overlay(base, files []artifact.File) []artifact.File {
	all := slices.Clone(base)
	for _, f := range files {
		if i := slices.IndexFunc(all, func(o artifact.File) bool { return o.Path == f.Path }); i >= 0 {
			all[i] = f
		} else {
			all = append(all, f)
		}
	}
	return all
}

// useTemplate lets a template answer, and says why.
func (g *generation) useTemplate(why string) {
	g.notice(why)
	g.from(project.Template, template.Label)
	files := template.Neutral(g.turn.Prompt)
	for _, f := range files {
		text := apart(g.reply) + reply.Format([]artifact.File{f})
		g.reply = append(g.reply, text...)
		g.log.Event(file(reply.Event{Path: f.Path}))
		g.log.Text(text)
		g.log.Event(file(reply.Event{Path: f.Path, Done: true}))
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
