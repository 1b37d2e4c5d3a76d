package turn

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// Engine says who is to answer a prompt.
type Engine string

const (
	AutoEngine     Engine = "auto"     // a worker; a template where that is as good, or there is nobody else
	WorkerEngine   Engine = "worker"   // a worker, whatever there is
	TemplateEngine Engine = "template" // a template: no worker is asked, and nothing is charged
)

// Check refuses an engine that is none: INVALID_ARGUMENT bad-request. "" is AutoEngine.
func (e Engine) Check() error {
	switch e {
	case "", AutoEngine, WorkerEngine, TemplateEngine:
		return nil
	}
	return errs.New(errs.InvalidArgument, errs.BadRequest, `engine must be "auto", "worker" or "template", or absent.`)
}

// Sized is a Worker that knows how large its models are.
type Sized interface {
	// Parameters returns how many weights the largest model of a plan has; 0: unknown.
	Parameters(ctx context.Context, plan string) int64
}

// sizeTimeout bounds the question how large a model is, which is asked until it is
// known.
const sizeTimeout = time.Second

// asksSmall reports whether the workers of a plan are known to have only small models,
// which cannot write an app.
func (r *Runner) asksSmall(ctx context.Context, plan string) bool {
	s, ok := r.worker.(Sized)
	if !ok || r.settings.MinParameters == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sizeTimeout)
	defer cancel()
	n := s.Parameters(ctx, plan)
	return 0 < n && n < r.settings.MinParameters
}

// tooSmall is why a template answers where there is a model.
const tooSmall = `The model that is set up here is a small one, so the library of apps answers. To ask the model all the same, send engine: "worker".`

// answeredBy decides who is to answer a prompt: a worker or a template. hold is 0 where
// there is no worker.
func (r Request) answeredBy(v View, prompt reading, hold int) Engine {
	goesOn := v.Prior != nil && r.Engine == "" && v.Prior.Engine == TemplateEngine && v.Prior.carries() == 0
	switch {
	case r.Kind != Generate:
		return ""
	case r.Engine == TemplateEngine, goesOn:
		return TemplateEngine
	case r.Engine == WorkerEngine, r.Continues != "", r.running():
		return WorkerEngine
	case v.Current == nil && (hold == 0 || r.small && prompt.hasApp()):
		return TemplateEngine
	case v.Current == nil || v.Current.Recipe == nil:
		return WorkerEngine
	case hold == 0 || r.small && prompt.asChange().Verb != intent.Explain || prompt.changesWhole(v.Current):
		return TemplateEngine
	}
	return WorkerEngine
}

// hasApp reports whether the library has an app of the kind that a prompt asks for.
func (p reading) hasApp() bool {
	_, fits := template.Choose(p.asNew())
	return fits && !p.asNew().Question
}

// answeredWhole reports whether the library has an app with all that a prompt for a new
// one asks for.
func (p reading) answeredWhole() bool {
	c, _ := template.Choose(p.asNew())
	return c.Whole && !p.asNew().Question
}

// changesWhole reports whether a template can make the change that is asked for, all of
// it, in a version whose files are as a template made them.
func (p reading) changesWhole(current *project.Version) bool {
	c, ok := current.Recipe.Change(p.asChange())
	return ok && c.Whole && len(current.Recipe.Touched(current.Files)) == 0
}

// unlessRefused returns step, but has a template answer what a worker may not be asked,
// if it can answer all of it: instead is Accept for a template.
func unlessRefused(req Request, step, instead Step) Step {
	if !auto(req) {
		return step
	}
	prompt := read(req)
	return func(v View) (Change, error) {
		c, err := step(v)
		if !workerRefused(err) || req.running() {
			return c, err
		}
		whole := v.Current == nil && prompt.answeredWhole() || v.Current != nil && v.Current.Recipe != nil && prompt.changesWhole(v.Current)
		if !whole {
			return c, err
		}
		c, ierr := instead(v)
		if ierr != nil {
			return Change{}, err
		}
		c.Turn.Notices = []string{errs.Of(err).Message + " This is a template, which costs nothing."}
		return c, nil
	}
}

// workerRefused reports whether an error says that workers may not be asked today.
func workerRefused(err error) bool {
	e := errs.Of(err)
	return err != nil && e != nil && slices.Contains([]errs.Reason{errs.DailyTurns, errs.DailyTokens, errs.DailyInputTokens, errs.DailyCeiling}, e.Reason)
}

// fromLibrary answers without a worker: with an app, or with a change of one that came
// from the library. What it cannot do, it says in words.
func (g *generation) fromLibrary(ctx context.Context) error {
	why := ""
	switch {
	case len(g.turn.Notices) > 0: // as it was accepted
		why = g.turn.Notices[0]
	case g.worker == nil:
		why = "No model is set up, so the library of apps answers."
	}
	wish := intent.Read(g.turn.Prompt, g.version != nil)
	if g.version == nil && wish.Question {
		g.answerInWords(template.NoAnswer(wish.Language))
		return nil
	}
	if g.version == nil {
		g.newFromLibrary(wish, why)
		return nil
	}
	if g.version.Recipe == nil || len(g.turn.Errors) > 0 || g.turn.Target != nil {
		g.answerInWords(template.Cannot(wish.Language))
		return nil
	}
	return g.changeFromLibrary(ctx, wish, why)
}

// newFromLibrary answers with the app for a prompt, or with one to start from, and
// tells why no model answers; "": it goes without saying.
func (g *generation) newFromLibrary(wish intent.Reading, why string) {
	c, fits := template.Choose(wish)
	if !fits {
		why = cmp.Or(why, "No template fits these words, so this is only a list to start from.")
	}
	if why != "" {
		g.notice(why)
	}
	if fits {
		g.lacks(c)
	}
	files, _ := template.Render(c.Recipe) // Choose has found the app
	g.from(project.Template, template.Label)
	g.say(separator(g.reply) + c.Recipe.Made() + "\n\n")
	g.write(files)
	g.changed, g.recipe, g.rendered = files, &c.Recipe, files
	g.ending.State, g.ending.FinishReason = Complete, worker.Stop
}

// changeFromLibrary changes what came from the library by its recipe. Files that were
// changed since are kept, with the change made in them as an edit.
func (g *generation) changeFromLibrary(ctx context.Context, wish intent.Reading, why string) (err error) {
	was := g.version.Recipe
	if why != "" {
		g.notice(why)
	}
	c, ok := was.Change(wish)
	if !ok {
		g.answerInWords(was.Can(wish))
		return nil
	}
	if g.files, err = g.store.Files(ctx, g.project.ID, g.version.Files); err != nil {
		return err
	}
	rendered, _ := template.Render(c.Recipe) // Change has found the app
	files, ok := g.rebased(was, rendered, c.Recipe.App)
	if !ok {
		g.answerInWords(template.Touched(wish.Language))
		return nil
	}
	g.lacks(c)
	g.from(project.Template, template.Label)
	d := draft{base: g.files, changed: files}
	g.changed, g.overlay, g.recipe, g.rendered = d.differing(), true, &c.Recipe, rendered
	g.say(c.Recipe.Changed(was.Recipe) + "\n\n")
	g.write(g.changed)
	g.ending.State, g.ending.FinishReason = Complete, worker.Stop
	return nil
}

// rebased returns rendered files with what was changed in the project's files since they
// were rendered; false if both cannot be had.
func (g *generation) rebased(was *project.Recipe, rendered []artifact.File, app string) ([]artifact.File, bool) {
	touched := was.Touched(g.version.Files)
	if len(touched) == 0 {
		return rendered, true
	}
	before, ok := template.Render(was.Recipe)
	if !ok || app != was.App || !slices.Equal(project.Refs(before), was.Rendered) {
		return nil, false // the library has changed since, too
	}
	var files []artifact.File
	for _, f := range rendered {
		if !slices.Contains(touched, f.Path) {
			files = append(files, f)
			continue
		}
		old, _ := contentOf(before, f.Path)
		edits := edit.Between(old, f)
		if len(edits) == 0 {
			continue // the file stays as it is
		}
		changed, refused := edit.Apply(g.files, edits, nil)
		if len(refused) > 0 {
			return nil, false
		}
		files = append(files, changed...)
	}
	return files, true
}

// lacks tells what of a prompt a template does not answer.
func (g *generation) lacks(c template.Choice) {
	if len(c.Lacks) > 0 {
		g.notice(fmt.Sprintf("The template does not have: %s. A model could add that.", strings.Join(template.Called(c.Lacks), ", ")))
	}
	if !c.Whole && len(c.Lacks) == 0 {
		g.notice("A template answers the kind of app, not each word: ask a model for the rest.")
	}
}

// answerInWords answers without a worker, and changes nothing.
func (g *generation) answerInWords(text string) {
	g.from(project.Template, template.Label)
	g.say(text)
	g.ending.State, g.ending.FinishReason = Complete, worker.Stop
	g.notice(unchanged)
}

// write streams files as an answer has them.
func (g *generation) write(files []artifact.File) {
	for i, f := range files {
		if i > 0 {
			g.say("\n")
		}
		g.say(reply.Format([]artifact.File{f}))
	}
}

// standIn has the library's app take the place of a model's answer that does not work.
// The answer becomes the version before.
func (g *generation) standIn() bool {
	if g.version != nil || !g.auto {
		return false
	}
	c, fits := template.Choose(intent.Read(g.turn.Prompt, false))
	if !fits {
		return false
	}
	files, _ := template.Render(c.Recipe)
	g.replaced = &Replaced{Files: g.changed, GeneratedBy: g.ending.GeneratedBy, Diagnostics: g.ending.Diagnostics}
	g.changed, g.overlay, g.recipe, g.rendered, g.ending.Diagnostics = files, false, &c.Recipe, files, nil
	g.from(project.Template, template.Label)
	g.notice("What the model wrote does not work, so this is a template. The model's answer is kept as the version before.")
	g.lacks(c)
	g.say(separator(g.reply))
	g.write(files)
	return true
}
