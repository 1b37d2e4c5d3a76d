package turn

import (
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
)

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
