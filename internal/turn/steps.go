package turn

import (
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// View is what a step looks at: all of it read in one transaction.
type View struct {
	Now     time.Time        // the transaction's read time, never this machine's clock
	Turn    *Turn            // nil: absent
	Project *project.Project // nil: absent; a deleted one is there
	Current *project.Version // the project's newest version; nil: it has none
}

// Change is what a step decided: turn and project as they stand after it.
type Change struct {
	Turn    Turn
	Project project.Project
	Current *project.Version // as in the View
	Version *project.Version // a new version; nil for none
	Files   []artifact.File  // the contents of that version that are not stored yet
	// Found is set when the step had nothing to do: the turn stands as an
	// earlier attempt left it, and nothing is written.
	Found bool
}

// Step is one thing that may happen to a turn. It is pure and may run more than
// once for one transaction.
type Step func(View) (Change, error)

// Request is what asks for a turn.
type Request struct {
	Key
	UID         string
	Kind        Kind
	Prompt      string // the user's line of the conversation
	Name        string // of the project, if it is new
	PayloadHash string
	// NewProject is set when the client named no project: the turn starts one.
	// A project that the client did name must exist.
	NewProject bool
}

// Accept takes a turn on for run. A turn that is there already is found: run
// tells whether this attempt put it there (its commit's answer was lost), or
// another did. NOT_FOUND, PERMISSION_DENIED as project.Authorize;
// INVALID_ARGUMENT turn-reused for another request; ABORTED turn-in-progress
// while the project has another running turn.
func Accept(r Request, run string) Step {
	return func(v View) (Change, error) {
		if v.Project != nil || !r.NewProject {
			if err := project.Authorize(v.Project, r.UID, r.ProjectID); err != nil {
				return Change{}, err
			}
		}
		if v.Turn != nil {
			if v.Turn.PayloadHash != r.PayloadHash {
				return Change{}, errs.New(errs.InvalidArgument, errs.TurnReused,
					"The turnId %q was used with another request. Make a new turnId for each request.", r.TurnID).
					With("turnId", r.TurnID).With("projectId", r.ProjectID)
			}
			return Change{Turn: *v.Turn, Project: *v.Project, Current: v.Current, Found: true}, nil
		}
		p := project.Project{ID: r.ProjectID, OwnerUID: r.UID, Name: r.Name, CreatedAt: v.Now}
		if v.Project != nil {
			p = *v.Project
		}
		if p.ActiveTurn != "" {
			return Change{}, project.Busy(&p)
		}
		p.Seq++
		p.ActiveTurn = r.TurnID
		p.UpdatedAt = v.Now
		return Change{Project: p, Current: v.Current, Turn: Turn{
			ID: r.TurnID, OwnerUID: r.UID, Seq: p.Seq, Kind: r.Kind, Prompt: r.Prompt, PayloadHash: r.PayloadHash,
			State: Running, Run: run, CreatedAt: v.Now,
		}}, nil
	}
}

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
	// Restored is the version that the new one repeats, instead of Files.
	Restored *project.Version
}

// Finish ends the running turn of run, and makes its version. It asks for
// nothing but that the turn still is run's: an owner that was held up may
// finish late. A turn that this run has ended before is found. ABORTED
// interrupted when the turn is no longer run's.
func Finish(run string, o Outcome) Step {
	return func(v View) (Change, error) {
		mine := v.Turn != nil && v.Project != nil && v.Turn.Run == run
		switch {
		case mine && v.Turn.State == Running:
		case mine && v.Turn.State == o.State: // the answer to our commit was lost
			return Change{Turn: *v.Turn, Project: *v.Project, Found: true}, nil
		default:
			return Change{}, errs.New(errs.Aborted, errs.Interrupted, "This answer was ended or removed by somebody else while it was being written.")
		}
		t, p := *v.Turn, *v.Project
		t.State, t.FinishedAt = o.State, &v.Now
		t.Reply, t.Source, t.GeneratedBy = o.Reply, o.Source, o.GeneratedBy
		t.FinishReason, t.Usage = o.FinishReason, o.Usage
		t.Warnings, t.Notices, t.Error = o.Warnings, o.Notices, o.Error
		if p.ActiveTurn == t.ID {
			p.ActiveTurn = ""
		}
		p.UpdatedAt = v.Now
		base, refs, err := o.version(v.Current)
		if err != nil {
			return Change{}, err
		}
		c := Change{}
		if len(refs) > 0 && p.DeletedAt == nil {
			p.CurrentVersion++
			p.Source, p.GeneratedBy = o.Source, o.GeneratedBy
			t.Version = p.CurrentVersion
			c.Version = &project.Version{
				Number: p.CurrentVersion, Base: base, CreatedAt: v.Now,
				Source: o.Source, GeneratedBy: o.GeneratedBy, TurnID: t.ID, Files: refs,
			}
			c.Files = o.Files
		}
		c.Turn, c.Project = t, p
		return c, nil
	}
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

// Settle is Accept and Finish in one step, for a turn that needs no worker.
func Settle(r Request, run string, o Outcome) Step {
	accept, finish := Accept(r, run), Finish(run, o)
	return func(v View) (Change, error) {
		c, err := accept(v)
		if err != nil || c.Found {
			return c, err
		}
		return finish(View{Now: v.Now, Turn: &c.Turn, Project: &c.Project, Current: v.Current})
	}
}
