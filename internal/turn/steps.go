package turn

import (
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// Scope says what a step is to see.
type Scope struct {
	Key              // TurnID "": the project's active turn
	UID       string // whose account; "": neither an account, nor a version, nor turns in the way
	Continues string // the prior turn; "" for none
	// Lease is how long a renewal lasts: a running turn that was not renewed
	// for longer is overdue.
	Lease time.Duration
}

// View is what a step looks at: all of it read in one transaction.
type View struct {
	Now     time.Time        // the transaction's read time, never this machine's clock
	Turn    *Turn            // nil: absent
	Project *project.Project // nil: absent; a deleted one is there
	Current *project.Version // the project's newest version; nil: it has none
	Prior   *Turn            // the one that Scope.Continues names; nil: absent
	Account quota.Account    // with the days of Now, of Turn and of those that are overdue
	// Overdue are the running turns in the way (of the user, and in the project;
	// Turn itself may be one) whose lease is over.
	Overdue []Overdue
}

// Overdue is a turn that its owner seems to have left.
type Overdue struct {
	Turn     Turn
	Project  project.Project
	Segments []Segment // in order
}

// Change is what a step decided. What is nil is not written.
type Change struct {
	Turn    *Turn
	Project *project.Project
	Current *project.Version // as in the View
	Prior   *Turn
	Account *quota.Account
	Version *project.Version // a new version
	Files   []artifact.File  // the contents of that version that are not stored yet
	Settled []Overdue        // turns that were in the way, as they were ended, with their projects
	// Found is set when the step had nothing to do: Turn and Project are as they
	// stand, and nothing is written.
	Found bool
}

// Turns returns every turn that the change writes.
func (c Change) Turns(projectID string) map[Key]*Turn {
	all := map[Key]*Turn{}
	for i := range c.Settled {
		s := &c.Settled[i]
		all[Key{s.Project.ID, s.Turn.ID}] = &s.Turn
	}
	for _, t := range []*Turn{c.Prior, c.Turn} {
		if t != nil {
			all[Key{projectID, t.ID}] = t
		}
	}
	return all
}

// Projects returns every project that the change writes.
func (c Change) Projects() map[string]*project.Project {
	all := map[string]*project.Project{}
	for i := range c.Settled {
		all[c.Settled[i].Project.ID] = &c.Settled[i].Project
	}
	if c.Project != nil {
		all[c.Project.ID] = c.Project
	}
	return all
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
	Continues   string       // the turn to go on with; "" for none
	Plan        string       // whose workers answer
	Limits      quota.Limits // of that plan
	// NewProject is set when the client named no project: the turn starts one.
	// A project that the client did name must exist.
	NewProject bool
}

// Accept takes a turn on for run, which is a process's instance, and sets hold
// output tokens aside for it. A turn that is there already is found: its Run
// tells whether this attempt put it there (its commit's answer was lost), or
// another did. Turns in the way that are overdue end first.
//
// NOT_FOUND, PERMISSION_DENIED as project.Authorize; INVALID_ARGUMENT
// turn-reused for another request; ABORTED turn-in-progress while the project
// has another running turn; RESOURCE_EXHAUSTED as quota.Account.Hold; for the
// prior turn NOT_FOUND no-such-turn, FAILED_PRECONDITION not-continuable and
// already-continued.
func Accept(r Request, run, instance string, hold int) Step {
	return func(v View) (Change, error) {
		if v.Project != nil || !r.NewProject {
			if err := project.Authorize(v.Project, r.UID, r.ProjectID); err != nil {
				return Change{}, err
			}
		}
		v, c := v.interrupt()
		if v.Turn != nil {
			if v.Turn.PayloadHash != "" && v.Turn.PayloadHash != r.PayloadHash {
				return Change{}, errs.New(errs.InvalidArgument, errs.TurnReused,
					"The turnId %q was used with another request. Make a new turnId for each request.", r.TurnID).
					With("turnId", r.TurnID).With("projectId", r.ProjectID)
			}
			c.Turn, c.Project, c.Current, c.Found = v.Turn, v.Project, v.Current, len(c.Settled) == 0
			return c, nil
		}
		p := project.Project{ID: r.ProjectID, OwnerUID: r.UID, Name: r.Name, CreatedAt: v.Now}
		if v.Project != nil {
			p = *v.Project
		}
		if p.ActiveTurn != "" {
			return Change{}, project.Busy(&p)
		}
		t := Turn{
			ID: r.TurnID, OwnerUID: r.UID, Kind: r.Kind, Prompt: r.Prompt, PayloadHash: r.PayloadHash, Continues: r.Continues,
			State: Running, Run: run, Instance: instance, CreatedAt: v.Now, RenewedAt: v.Now,
		}
		if r.Kind == Generate {
			asked := intent.Parse(r.Prompt, p.CurrentVersion > 0)
			t.Intent = &asked
		}
		if r.Continues != "" {
			if err := continuable(v.Prior, r); err != nil {
				return Change{}, err
			}
			prior := *v.Prior
			prior.ContinuedBy = r.TurnID
			c.Prior = &prior
			if prior.Intent != nil { // going on is no new wish
				t.Intent = prior.Intent
			}
			if t.Prompt == "" {
				t.Prompt = prior.Prompt
			}
		}
		if r.Kind == Generate {
			account, err := v.Account.Hold(r.Limits, r.ProjectID, r.TurnID, hold, v.Now)
			if err != nil {
				return Change{}, err
			}
			c.Account, t.Day, t.Held = &account, quota.Today(v.Now), hold
		}
		p.Seq++
		p.ActiveTurn = r.TurnID
		p.UpdatedAt = v.Now
		t.Seq = p.Seq
		c.Project, c.Turn, c.Current = &p, &t, v.Current
		return c, nil
	}
}

// continuable says whether r may go on with prior: a turn that ended before its
// answer was whole, and that no other turn goes on with.
func continuable(prior *Turn, r Request) error {
	switch {
	case prior == nil:
		return errs.New(errs.NotFound, errs.NoSuchTurn, "There is no turn %q to go on with in this project.", r.Continues).
			With("turnId", r.Continues).With("projectId", r.ProjectID)
	case prior.ContinuedBy != "":
		return errs.New(errs.FailedPrecondition, errs.AlreadyContinued, "Another turn goes on with that one already.").
			With("turnId", prior.ID).With("projectId", r.ProjectID).With("continuedBy", prior.ContinuedBy)
	case prior.State == Running || prior.State == Complete:
		return errs.New(errs.FailedPrecondition, errs.NotContinuable, "There is nothing to go on with: that turn is %s.", prior.State).
			With("turnId", prior.ID).With("projectId", r.ProjectID).With("state", prior.State)
	}
	return nil
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

// interrupt ends the turns of the view that are overdue, with the text that
// their segments hold. It returns the view as it is afterwards, and a change
// that says so.
func (v View) interrupt() (View, Change) {
	c := Change{}
	for _, o := range v.Overdue {
		t, p := o.Turn, o.Project
		var text strings.Builder
		for _, s := range o.Segments {
			if s.Offset > text.Len() {
				break // what lies behind a gap was never sent by an owner that held its lease
			}
			if end := s.Offset + len(s.Text); end > text.Len() {
				text.WriteString(s.Text[text.Len()-s.Offset:])
				t.Source, t.GeneratedBy, t.Notices = s.Source, s.GeneratedBy, s.Notices
			}
		}
		t.Reply, t.Length, t.Run = text.String(), text.Len(), ""
		t.Error = interruption("The server that was writing this answer stopped. What it had written is kept.")
		if a := t.end(&p, Interrupted, v.Now, v.Account); a != nil {
			v.Account, c.Account = *a, a
		}
		c.Settled = append(c.Settled, Overdue{Turn: t, Project: p})
		if v.Project == nil || v.Project.ID != p.ID {
			continue
		}
		v.Project = &p
		if v.Turn != nil && v.Turn.ID == t.ID {
			v.Turn = &t
		}
		if v.Prior != nil && v.Prior.ID == t.ID {
			v.Prior = &t
		}
	}
	return v, c
}

func interruption(message string) *Failure {
	return &Failure{Code: errs.Aborted, Reason: errs.Interrupted, Message: message}
}

// Interrupt ends the turn if its lease is over. Otherwise it is found.
func Interrupt() Step {
	return func(v View) (Change, error) {
		v, c := v.interrupt()
		c.Turn, c.Project, c.Found = v.Turn, v.Project, len(c.Settled) == 0
		return c, nil
	}
}

// Renew begins the lease of run anew. idle says that nobody has read the turn
// here for the limit: if nobody has elsewhere, it is to be cancelled. ABORTED
// interrupted when the turn is no longer run's, or has ended.
func Renew(run string, idle bool, limit time.Duration) Step {
	return func(v View) (Change, error) {
		if err := owned(v, run); err != nil {
			return Change{}, err
		}
		if v.Turn.State != Running {
			return Change{Turn: v.Turn, Found: true}, nil
		}
		t := *v.Turn
		t.RenewedAt = v.Now
		if idle && (t.WatchedAt == nil || v.Now.Sub(*t.WatchedAt) >= limit) {
			t.CancelRequested = true
		}
		return Change{Turn: &t}, nil
	}
}

// Watch notes that somebody reads the turn on an instance that does not carry
// it.
func Watch() Step {
	return func(v View) (Change, error) {
		if v.Turn == nil || v.Turn.State != Running {
			return Change{Turn: v.Turn, Found: true}, nil
		}
		t := *v.Turn
		t.WatchedAt = &v.Now
		return Change{Turn: &t}, nil
	}
}

// Cancel asks the owner of a running turn to end it; one that has ended is
// found. A turn that is not there yet is put there as cancelled: its request,
// when it comes, finds it. NOT_FOUND, PERMISSION_DENIED as project.Authorize.
func Cancel(k Key, uid string) Step {
	return func(v View) (Change, error) {
		if v.Project != nil || k.ProjectID != ProjectID(uid, k.TurnID) {
			if err := project.Authorize(v.Project, uid, k.ProjectID); err != nil {
				return Change{}, err
			}
		}
		v, c := v.interrupt()
		switch {
		case v.Turn == nil:
			c.Turn = &Turn{ID: k.TurnID, OwnerUID: uid, Kind: Generate, State: Cancelled, FinishReason: worker.Cancelled,
				CancelRequested: true, CreatedAt: v.Now, FinishedAt: &v.Now}
		case v.Turn.State == Running && !v.Turn.CancelRequested:
			t := *v.Turn
			t.CancelRequested = true
			c.Turn = &t
		default:
			c.Turn, c.Project, c.Found = v.Turn, v.Project, len(c.Settled) == 0
		}
		return c, nil
	}
}

// Delete marks a project as deleted, so that nobody sees it half-deleted, and
// asks its running turn to end; the Scope names no turn, so that it is the
// active one. A project that is deleted already is found. NOT_FOUND,
// PERMISSION_DENIED as project.Authorize.
func Delete(uid, projectID string) Step {
	return func(v View) (Change, error) {
		again := v.Project != nil && v.Project.OwnerUID == uid && v.Project.DeletedAt != nil
		if !again {
			if err := project.Authorize(v.Project, uid, projectID); err != nil {
				return Change{}, err
			}
		}
		v, c := v.interrupt()
		p := *v.Project
		c.Turn, c.Project = v.Turn, &p
		if again && len(c.Settled) == 0 && (v.Turn == nil || v.Turn.State != Running || v.Turn.CancelRequested) {
			c.Found = true
			return c, nil
		}
		if !again {
			p.DeletedAt, p.UpdatedAt = &v.Now, v.Now
		}
		if v.Turn != nil && v.Turn.State == Running {
			t := *v.Turn
			t.CancelRequested = true
			c.Turn = &t
		}
		return c, nil
	}
}

// Purged notes that nothing is left below a deleted project.
func Purged() Step {
	return func(v View) (Change, error) {
		if v.Project == nil || v.Project.DeletedAt == nil || v.Project.PurgedAt != nil {
			return Change{Project: v.Project, Found: true}, nil
		}
		p := *v.Project
		p.PurgedAt = &v.Now
		return Change{Project: &p}, nil
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
