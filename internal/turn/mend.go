package turn

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/markup"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// proof is what was found of an answer that does not work.
type proof struct {
	faults []artifact.Diagnostic // the errors that the answer is to blame for
	asked  bool                  // the worker was asked to mend them
	taken  bool                  // and what it answered is better
	rest   []artifact.Diagnostic // the errors that stay
}

// mendBytes is about what a worker is told at most when it is asked to mend.
const mendBytes = quotedBytes + 6<<10

// prove looks at what an answer makes of the files. If a part of it does not work, the
// worker is told so and asked once more. What it answers is taken if it has fewer
// errors; otherwise the first answer stays, and is told to be broken.
func (g *generation) prove(ctx context.Context, question worker.Prompt, d *draft) error {
	if len(g.changed) == 0 {
		return nil
	}
	found := g.find(ctx, g.after())
	p := proof{faults: g.blamed(ctx, found)}
	if p.rest = p.faults; len(p.faults) > 0 && !unseen(found) && g.mayAskMore() {
		p.asked = true
		better, err := g.mend(ctx, question, d, p.faults)
		if err != nil {
			return err
		}
		if better != nil {
			again := g.find(ctx, better.after())
			if len(errorsOf(again)) < len(errorsOf(found)) && !unseen(again) {
				p.taken, found = true, again
				g.changed, g.overlay = better.after(), false
				d.warnings = append(d.warnings, better.warnings...)
				p.rest = g.blamed(ctx, found)
			}
		}
	}
	g.proof, g.proved, g.ending.Diagnostics = p, true, found
	if len(p.rest) > 0 && (unseen(found) || !g.standIn()) {
		g.notice(p.says())
	}
	return nil
}

// find returns what is wrong with a set. That it does nothing is wrong only of what was
// asked for to be used.
func (g *generation) find(ctx context.Context, files []artifact.File) []artifact.Diagnostic {
	found := g.checks.find(ctx, files)
	if i := g.turn.Intent; i != nil && i.Verb == intent.Create && i.Subject.IsUsed() {
		return found
	}
	return slices.DeleteFunc(found, isIdle)
}

// blamed returns the errors that the answer has brought: all of a new app's, of a change
// those that were not there before. A repair is also to blame for what it leaves in the
// files that it was to repair.
func (g *generation) blamed(ctx context.Context, found []artifact.Diagnostic) []artifact.Diagnostic {
	if len(errorsOf(found)) == 0 {
		return nil
	}
	if g.version == nil || g.verb() == intent.Create {
		return errorsOf(found)
	}
	if g.found == nil {
		before := g.find(ctx, g.files)
		g.found = &before
	}
	if unseen(*g.found) && !unseen(found) {
		return nil // nobody knows what was there
	}
	about := g.turn.throwsIn(g.files)
	old := slices.DeleteFunc(slices.Clone(*g.found), func(d artifact.Diagnostic) bool { return slices.Contains(about, d.Path) })
	return brought(old, found)
}

// mayAskMore reports whether there is a pass left, and room for what it says.
func (g *generation) mayAskMore() bool {
	return g.settings.Repairs > 0 && g.passes < passes && g.looped.to == 0 && MaxReply-len(g.reply) >= leastRepair
}

// mend asks the worker to mend what does not work. It returns what that makes of the
// answer's files; nil if it is cut, does not fit or changes nothing, and when no worker
// answers or this instance stops: there is a whole answer already.
func (g *generation) mend(ctx context.Context, question worker.Prompt, d *draft, faults []artifact.Diagnostic) (*draft, error) {
	set := g.after()
	question.Reply, question.Prefill = "", ""
	question.Messages = append(slices.Clone(question.Messages),
		worker.Message{Role: worker.Assistant, Text: string(g.reply)},
		worker.Message{Role: worker.User, Text: listed(faults, set)})
	for _, f := range firstOf(faults) {
		d.askedAgain(f.Path, inLine(f)+head(f.Text, longestLine))
	}
	g.parser.Known = artifact.Paths(set)
	g.tell(worker.Delta{Phase: worker.Repairing})
	g.say(separator(g.reply))
	ended := g.ending.FinishReason
	within, cancel := aheadOf(ctx)
	defer cancel()
	err := g.pass(within, question)
	end := reply.EndOf(string(g.reply[g.passed:]))
	// What a block ends may be a part, unless it is a page.
	unended := end.Cut && !end.Edit && (end.Open || markup.IsPage(end.File.Content))
	r, cut := g.parsed(), unended || g.ending.FinishReason == worker.Length
	g.ending.FinishReason = ended
	switch {
	case ctx.Err() != nil && !interrupted(context.Cause(ctx)):
		return nil, context.Cause(ctx)
	case err != nil, cut, ctx.Err() != nil:
		return nil, nil
	}
	better := draft{base: set, changes: true}
	better.take(r)
	if len(better.refused)+len(better.elided) > 0 || better.changesNothing() {
		return nil, nil
	}
	files := better.after()
	if sameFiles(files, g.files) || project.CheckSet(project.Refs(files)) != nil {
		return nil, nil // it only takes the change back; or it is too large
	}
	return &better, nil
}

// interrupted reports whether a turn's work ended because its instance stops.
func interrupted(cause error) bool {
	e := errs.Of(cause)
	return e != nil && e.Reason == errs.Interrupted
}

// aheadOf is ctx for what may be left out: it ends a little before the time of ctx is
// over, so that the turn can end well.
func aheadOf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)*9/10)
}

// sameFiles reports whether two sets have the same files.
func sameFiles(a, b []artifact.File) bool {
	return slices.Equal(sorted(a), sorted(b))
}

// firstOf is as much of what is wrong as is told in words.
func firstOf(faults []artifact.Diagnostic) []artifact.Diagnostic {
	const most = 10
	return faults[:min(len(faults), most)]
}

// listed tells a worker what is wrong with its answer, and shows the lines.
func listed(faults []artifact.Diagnostic, set []artifact.File) string {
	var list strings.Builder
	var places []place
	for _, f := range firstOf(faults) {
		list.WriteString("- " + where(f) + head(f.Text, longestLine) + "\n")
		places = append(places, place{f.Path, f.Line})
	}
	if more := len(faults) - len(firstOf(faults)); more > 0 {
		fmt.Fprintf(&list, "- and %d more\n", more)
	}
	return promptText("broken") + "\n\n" + inBlock(list.String()) + quoted(set, places)
}

// where names the place of a diagnostic, before its text.
func where(d artifact.Diagnostic) string {
	switch {
	case d.Path == "":
		return ""
	case d.Line == 0:
		return d.Path + ": "
	}
	return fmt.Sprintf("%s, line %d: ", d.Path, d.Line)
}

func inLine(d artifact.Diagnostic) string {
	if d.Line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", d.Line)
}

// says tells people what does not work.
func (p proof) says() string {
	first := p.rest[0]
	text := "This may not work: " + where(first) + head(first.Text, longestLine)
	switch more := len(p.rest) - 1; {
	case more == 1:
		text += " One more error was found."
	case more > 1:
		text += fmt.Sprintf(" %d more errors were found.", more)
	}
	switch {
	case p.taken:
		text += " The model was asked to mend it, and mended a part."
	case p.asked:
		text += " The model was asked once to mend it, and did not."
	}
	return text
}

// mended counts the errors that are gone by their kind, for the log.
func (p proof) mended() map[string]int {
	kinds := tally(p.faults)
	for kind, n := range tally(p.rest) {
		if kinds[kind] -= n; kinds[kind] <= 0 {
			delete(kinds, kind)
		}
	}
	return kinds
}
