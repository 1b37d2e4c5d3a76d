package turn

import (
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// Outcome is how a turn ended.
type Outcome struct {
	State        State
	Reply        string
	Source       project.Source
	GeneratedBy  string
	FinishReason worker.Finish
	Usage        worker.Usage
	Warnings     []artifact.Warning
	Notices      []string
	Error        *Failure

	// Files become a new version; with Overlay they replace and add to those of
	// the current one, else they are all. No files: no version.
	Files   []artifact.File
	Overlay bool
	// Edits change files of the current version besides; Runner.Settle carries
	// them out.
	Edits []artifact.Edit
	// Restored is the version that the new one repeats, instead of Files.
	Restored *project.Version
	// Changed says how the new version differs from number Since, the one before
	// it; 0: from nothing.
	Changed []artifact.Change
	Since   int
}

// cancelled is the outcome of a turn that is not wanted any more: what was said
// is kept, and makes no version.
func (o Outcome) cancelled() Outcome {
	o.State, o.FinishReason = Cancelled, worker.Cancelled
	o.Error, o.Files, o.Restored = nil, nil, nil
	return o
}

// Finish ends the running turn of run, makes its version and books what it
// cost. It asks for nothing but that the turn still is run's: an owner that was
// held up may finish late. A turn that this run has ended before is found. One
// that somebody has cancelled by now, or whose project was deleted, ends as
// cancelled whatever o says. ABORTED interrupted when the turn is no longer
// run's.
func Finish(run string, o Outcome) Step {
	return func(v View) (Change, error) {
		if err := owned(v, run); err != nil {
			return Change{}, err
		}
		if v.Turn.State != Running { // the answer to our commit was lost
			return Change{Turn: v.Turn, Project: v.Project, Found: true}, nil
		}
		t, p := *v.Turn, *v.Project
		o := o
		if t.CancelRequested || p.DeletedAt != nil {
			o = o.cancelled()
		}
		t.Reply, t.Length, t.Source, t.GeneratedBy = o.Reply, len(o.Reply), o.Source, o.GeneratedBy
		t.FinishReason, t.Usage = o.FinishReason, o.Usage
		t.Warnings, t.Notices, t.Error = o.Warnings, o.Notices, o.Error
		if len(o.Edits) > 0 && o.Since != numberOf(v.Current) {
			return Change{}, errMoved
		}
		base, refs, err := o.version(v.Current)
		if err != nil {
			return Change{}, err
		}
		account := t.end(&p, o.State, v.Now, v.Account)
		c := Change{Turn: &t, Project: &p, Account: account}
		if len(refs) > 0 {
			p.CurrentVersion++
			p.Source, p.GeneratedBy = o.Source, o.GeneratedBy
			t.Version = p.CurrentVersion
			c.Version = &project.Version{
				Number: p.CurrentVersion, Base: base, CreatedAt: v.Now,
				Source: o.Source, GeneratedBy: o.GeneratedBy, TurnID: t.ID, Files: refs, Changed: o.changed(v.Current, refs),
			}
			c.Files = o.Files
		}
		return c, nil
	}
}

// errMoved is of edits that were carried out on a version which is not the
// current one any more: they are to be tried on that one.
var errMoved = errs.New(errs.Aborted, errs.TurnInProgress, "The project was changed at the same time. Try again.")

func numberOf(v *project.Version) int {
	if v == nil {
		return 0
	}
	return v.Number
}

// owned says whether run has the turn. If not, the error tells how much of its
// text is kept.
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

// end takes the turn out of running, and frees its project. It returns the
// account after that; nil where the turn has none of it. Usage changes here
// alone, so nothing is booked or given back twice.
func (t *Turn) end(p *project.Project, state State, now time.Time, a quota.Account) *quota.Account {
	t.State, t.FinishedAt = state, &now
	if p.ActiveTurn == t.ID {
		p.ActiveTurn = ""
	}
	p.UpdatedAt = now
	if t.Day == "" {
		return nil
	}
	turns, tokens := t.charged()
	a = a.Settle(p.ID, t.ID, t.Day, t.Held, turns, tokens)
	t.Held = 0
	return &a
}

// version says which files the outcome's version consists of (none: it makes
// none), and which version it starts from. INVALID_ARGUMENT too-large when they
// are more than a set may hold.
func (o Outcome) version(current *project.Version) (base int, refs []project.FileRef, err error) {
	if o.Restored != nil {
		return o.Restored.Number, o.Restored.Files, nil
	}
	refs = project.Refs(o.Files)
	if current != nil {
		base = current.Number
		if o.Overlay && len(refs) > 0 {
			refs = project.Overlay(current.Files, refs)
		}
	}
	return base, refs, project.CheckSet(refs)
}

// changed says how refs differ from the current version. Of a version that
// came in between, as two saves at once may, only the files are told.
func (o Outcome) changed(current *project.Version, refs []project.FileRef) []artifact.Change {
	if o.Since == numberOf(current) {
		return o.Changed
	}
	var before []project.FileRef
	if current != nil {
		before = current.Files
	}
	return project.Changes(before, refs)
}

// Settle is Accept and Finish in one step, for a turn that needs no worker.
func Settle(r Request, run string, o Outcome) Step {
	accept, finish := Accept(r, run, "", 0), Finish(run, o)
	return func(v View) (Change, error) {
		c, err := accept(v)
		if err != nil || c.Turn.State != Running || c.Turn.Run != run {
			return c, err
		}
		if c.Account != nil {
			v.Account = *c.Account
		}
		done, err := finish(View{Now: v.Now, Turn: c.Turn, Project: c.Project, Current: v.Current, Account: v.Account})
		if err != nil {
			return Change{}, err
		}
		if done.Account == nil {
			done.Account = c.Account
		}
		done.Prior, done.Settled = c.Prior, c.Settled
		return done, nil
	}
}
