package turn

import (
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// Ending is how a turn ended.
type Ending struct {
	State        State
	Reply        string
	Source       project.Source
	GeneratedBy  string
	FinishReason worker.Finish
	Usage        worker.Usage
	Meter        Meter
	Warnings     []artifact.Warning
	Diagnostics  []artifact.Diagnostic // of the version, if one is made
	Notices      []string
	Error        *Failure // nil unless State is Failed or Interrupted
}

// cancelled is the ending of a turn that is not wanted any more: it keeps what
// was said.
func (e Ending) cancelled() Ending {
	e.State, e.FinishReason, e.Error = Cancelled, worker.Cancelled, nil
	return e
}

// NewVersion is the version that a turn makes.
type NewVersion struct {
	// Files are all files of the version; with Overlay only those that replace, or
	// are added to, the current version's.
	Files   []artifact.File
	Overlay bool
	// Restored is the version that the new one repeats, instead of Files.
	Restored *project.Version
	// Since is the number of the version that the new one was made from, as its
	// maker read it; 0: none. Changed says how they differ.
	Since   int
	Changed []artifact.Change
	// Recipe is what a template made the files of; nil: the version keeps that of the
	// version that it was made from, unless Afresh is set: it is another app.
	Recipe   *template.Recipe
	Rendered []artifact.File // as the recipe makes them: some of Files may differ
	Afresh   bool
	// Replaces is what a model had answered, and what the files stand in for: it becomes
	// the version before. Only the first version of a project replaces something.
	Replaces *Replaced
	// Exact refuses any other current version than Since: Files hold the results
	// of edits, which may not fit another one.
	Exact bool
}

// Replaced is an answer that was not good enough.
type Replaced struct {
	Files       []artifact.File
	GeneratedBy string
	Diagnostics []artifact.Diagnostic
}

// Finish ends the running turn of run, makes its version (nil: none) and books
// what it cost. It requires only that run still owns the turn: an owner that was
// held up may finish late. A turn that this run has ended before is found. One
// that somebody has cancelled by now, or whose project was deleted, ends as
// cancelled, without a version. ABORTED interrupted when run does not own the
// turn any more; INVALID_ARGUMENT as project.CheckSet.
func Finish(run string, e Ending, made *NewVersion) Step {
	return func(v View) (Change, error) {
		if err := owned(v, run); err != nil {
			return Change{}, err
		}
		if v.Turn.State != Running { // the answer to our commit was lost
			return Change{Turn: v.Turn, Project: v.Project, Current: v.Current, Found: true}, nil
		}
		t, p, e, made := *v.Turn, *v.Project, e, made
		if t.CancelRequested || p.DeletedAt != nil {
			e, made = e.cancelled(), nil
		}
		t.Reply, t.Length, t.Source, t.GeneratedBy = e.Reply, len(e.Reply), e.Source, e.GeneratedBy
		t.FinishReason, t.Usage, t.Meter = e.FinishReason, e.Usage, e.Meter
		t.Warnings, t.Notices, t.Error = bounded(e.Warnings), e.Notices, e.Error
		if made != nil && made.Exact && made.Since != numberOf(v.Current) {
			return Change{}, errMoved
		}
		base, refs, err := made.refs(p, v.Current)
		if err != nil {
			return Change{}, err
		}
		c := Change{Turn: &t, Project: &p, Current: v.Current}
		var kept int64
		if len(refs) > 0 {
			current := v.Current
			if r := made.Replaces; r != nil && current == nil {
				p.CurrentVersion++
				current = &project.Version{
					Number: p.CurrentVersion, CreatedAt: v.Now, Source: project.Worker, GeneratedBy: r.GeneratedBy, TurnID: t.ID,
					Files: project.Refs(r.Files), Changed: artifact.Changes(nil, r.Files), Diagnostics: keepable(r.Diagnostics),
				}
				answered := NewVersion{Files: r.Files}
				c.Before, base = current, current.Number
				c.Files, kept = answered.missing(nil)
				kept += int64(current.Bytes())
			}
			p.CurrentVersion++
			p.Source, p.GeneratedBy = e.Source, e.GeneratedBy
			t.Version, t.Diagnostics = p.CurrentVersion, keepable(e.Diagnostics)
			c.Version = &project.Version{
				Number: p.CurrentVersion, Base: base, CreatedAt: v.Now, Recipe: made.recipe(v.Current, refs),
				Source: e.Source, GeneratedBy: e.GeneratedBy, TurnID: t.ID, Files: refs, Changed: made.changed(current, refs), Diagnostics: t.Diagnostics,
			}
			files, bytes := made.missing(current)
			c.Files, kept = append(c.Files, files...), kept+bytes+int64(c.Version.Bytes())
		}
		account := t.end(&p, e.State, kept, v.Now, v.Account)
		c.Account = &account
		return c, nil
	}
}

// bounded is as much of warnings as a turn's document has room for.
func bounded(all []artifact.Warning) []artifact.Warning {
	const most, longest = 200, 600
	var kept []artifact.Warning
	for _, w := range all[:min(len(all), most)] {
		kept = append(kept, artifact.Warning{Path: cut(w.Path, artifact.MaxPathBytes), Text: head(w.Text, longest)})
	}
	return kept
}

// errMoved is returned for edits of a version that is not the current one any
// more. They may be tried on that one.
var errMoved = errs.New(errs.Aborted, errs.TurnInProgress, "The project was changed at the same time. Try again.")

func numberOf(v *project.Version) int {
	if v == nil {
		return 0
	}
	return v.Number
}

// owned returns nil if run owns the turn, otherwise an error that tells how much
// of its text is kept.
func owned(v View, run string) error {
	if v.Turn != nil && v.Project != nil && v.Turn.Run == run {
		return nil
	}
	e := errs.New(errs.Aborted, errs.Interrupted, "This answer was ended or removed by somebody else while it was being written.")
	if v.Turn != nil {
		e = e.With("state", v.Turn.State).With("length", v.Turn.Length).With("turnId", v.Turn.ID)
	}
	if v.Project != nil {
		e = e.With("projectId", v.Project.ID)
	}
	return e
}

// end ends a running turn and frees its project. kept is the bytes that its version
// adds to what is stored. It returns the account after that. Only here are tokens
// booked and given back, and stored bytes added, so nothing is counted twice.
func (t *Turn) end(p *project.Project, state State, kept int64, now time.Time, a quota.Account) quota.Account {
	t.State, t.FinishedAt = state, &now
	if p.ActiveTurn == t.ID {
		p.ActiveTurn = ""
	}
	p.UpdatedAt = now
	kept += int64(t.Bytes())
	p.StoredBytes += kept
	a = a.Keep(kept)
	if t.Day == "" {
		return a
	}
	turns, tokens := t.charged()
	a = a.Settle(p.ID, t.ID, t.Day, t.held(), turns, tokens)
	t.Held, t.HeldInput = 0, 0
	return a
}

// refs lists the files of the version (none: no version is made), and says which
// version it starts from. INVALID_ARGUMENT as project.CheckSet; FAILED_PRECONDITION
// version-emptied for a restored version that was emptied by now.
func (n *NewVersion) refs(p project.Project, current *project.Version) (base int, refs []project.FileRef, err error) {
	if n == nil {
		return 0, nil, nil
	}
	if n.Restored != nil {
		return n.Restored.Number, n.Restored.Files, p.CheckKept(n.Restored.Number)
	}
	refs = project.Refs(n.Files)
	if current != nil {
		base = current.Number
		if n.Overlay && len(refs) > 0 {
			refs = project.Overlay(current.Files, refs)
		}
	}
	return base, refs, project.CheckSet(refs)
}

// recipe is what the version is said to be made of.
func (n *NewVersion) recipe(current *project.Version, refs []project.FileRef) *project.Recipe {
	switch {
	case n.Recipe != nil:
		return &project.Recipe{Recipe: *n.Recipe, Rendered: project.Refs(n.Rendered)}
	case n.Restored != nil:
		return n.Restored.Recipe
	case n.Afresh || current == nil || current.Recipe == nil:
		return nil
	case len(current.Recipe.Touched(refs)) == len(current.Recipe.Rendered): // nothing is left of it
		return nil
	}
	return current.Recipe
}

// missing returns the contents that have to be stored, and their bytes. Those that
// the current version names are there: Clear, which deletes contents, leaves them, and
// cannot run between the reading of that version and the end of this step. Others may
// be there, from an older version; they are stored, and counted, again.
func (n *NewVersion) missing(current *project.Version) (files []artifact.File, bytes int64) {
	stored := map[string]bool{}
	if current != nil {
		for _, f := range current.Files {
			stored[f.SHA256] = true
		}
	}
	for _, f := range n.Files {
		if sum := f.SHA256(); !stored[sum] {
			stored[sum] = true
			files, bytes = append(files, f), bytes+int64(len(f.Content))
		}
	}
	return files, bytes
}

// changed says how refs differ from the current version. If another version came
// in between, as when two clients save at once, only the paths are known.
func (n *NewVersion) changed(current *project.Version, refs []project.FileRef) []artifact.Change {
	if n.Since == numberOf(current) {
		return n.Changed
	}
	var before []project.FileRef
	if current != nil {
		before = current.Files
	}
	return project.Changes(before, refs)
}

// Settle is Accept and Finish in one step, for a turn that needs no worker.
// RESOURCE_EXHAUSTED stored-bytes if there is no room for all that it stores.
func Settle(r Request, run string, e Ending, made *NewVersion) Step {
	accept, finish := Accept(r, run, "", 0), Finish(run, e, made)
	return func(v View) (Change, error) {
		c, err := accept(v)
		if err != nil || c.Turn.State != Running || c.Turn.Run != run {
			return c, err
		}
		done, err := finish(View{Now: v.Now, Turn: c.Turn, Project: c.Project, Current: v.Current, Account: *c.Account})
		if err != nil {
			return Change{}, err
		}
		if err := c.Account.Room(r.Limits, done.Project.StoredBytes-c.Project.StoredBytes); err != nil {
			return Change{}, err
		}
		done.Prior, done.Settled = c.Prior, c.Settled
		return done, nil
	}
}
