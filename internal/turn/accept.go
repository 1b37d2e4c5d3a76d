package turn

import (
	"cmp"
	"sync"

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
	Name        string // of the project, if it is new; "": as the prompt says
	PayloadHash string
	Continues   string       // the turn to continue; "" for none
	Errors      []AppError   // that the running app has thrown, for a turn that mends them; Prompt may be "" then
	Target      *Target      // the element of the running app that Prompt is about; nil: none
	Engine      Engine       // who is to answer; "" is AutoEngine
	Plan        string       // whose workers answer
	Limits      quota.Limits // of that plan
	Anonymous   bool         // the user has no account
	// NewProject is set when the client named no project: the turn starts one.
	// A project that the client did name must exist.
	NewProject bool

	small  bool     // the plan's workers have only small models
	prompt *reading // Prompt, as it was read; nil: nobody has read it
}

// Accept takes a turn on for run, an attempt of a process's instance, and sets
// hold output tokens aside for it, and the input that goes with them. A hold of 0
// says that no worker will be asked: the day's limits are not for such a turn. A
// turn that is there already is found: its Run tells whether this attempt stored it
// (the commit's answer was lost) or another one. So is one that was cancelled early.
// Turns in the way whose lease is over end first.
//
// The prompt is read here and not by the step, which a transaction may run
// again. The one exception is a project that has no version though the client
// named it: its prompt is read again, as that of a new one.
//
// NOT_FOUND as project.Authorize; INVALID_ARGUMENT turn-reused for another
// request; ABORTED turn-in-progress while another turn of the project runs;
// RESOURCE_EXHAUSTED stored-bytes, too-many-projects, daily-saves, and as
// quota.Account.Hold; for the prior turn NOT_FOUND
// no-such-turn, FAILED_PRECONDITION not-continuable and already-continued;
// FAILED_PRECONDITION no-such-version for what is about an app that runs where there is
// none; UNAUTHENTICATED account-deleted.
func Accept(r Request, run, instance string, hold int) Step {
	r = r.worded()
	prompt := read(r)
	return func(v View) (Change, error) {
		if v.Leaving {
			return Change{}, errs.AccountGone()
		}
		if v.Project != nil || !r.NewProject {
			if err := project.Authorize(v.Project, r.UID, r.ProjectID); err != nil {
				return Change{}, err
			}
		}
		if v.Turn == nil && v.Early != nil {
			return Change{Turn: v.Early.turn(r.Key, r.UID), Project: v.Project, Current: v.Current, Found: true}, nil
		}
		v, c := v.interrupt()
		if v.Turn != nil {
			c.Turn, c.Project, c.Current, c.Found = v.Turn, v.Project, v.Current, len(c.Settled) == 0
			return c, r.sameAs(*v.Turn)
		}
		p, err := r.project(v, prompt)
		if err != nil {
			return Change{}, err
		}
		if r.running() && p.CurrentVersion == 0 {
			return Change{}, noApp(p.ID)
		}
		p.Seq++
		p.ActiveTurn = r.TurnID
		p.UpdatedAt = v.Now
		t := Turn{
			ID: r.TurnID, OwnerUID: r.UID, Seq: p.Seq, Kind: r.Kind, Prompt: r.Prompt, PayloadHash: r.PayloadHash, Continues: r.Continues,
			State: Running, Run: run, Instance: instance, CreatedAt: v.Now, RenewedAt: v.Now, Errors: r.Errors, Target: r.Target,
		}
		if r.Kind == Generate {
			wish := r.wish(prompt, p.CurrentVersion > 0)
			t.Intent = &wish
		}
		if r.Continues != "" {
			if err := continuable(v.Prior, r); err != nil {
				return Change{}, err
			}
			prior := *v.Prior
			prior.ContinuedBy = r.TurnID
			c.Prior = &prior
			t.Carried = prior.carries()
			if prior.Intent != nil { // to continue an answer is no new wish
				t.Intent = prior.Intent
			}
			t.Prompt, t.Errors, t.Target = cmp.Or(t.Prompt, prior.Prompt), prior.Errors, prior.Target
		}
		account, err := r.stores(v)
		if err != nil {
			return Change{}, err
		}
		if r.Kind == Generate {
			tokens := t.needs(v.Current, hold)
			if t.Engine = r.answeredBy(v, prompt, hold); t.Engine == TemplateEngine && auto(r) && hold > 0 && (v.Current == nil || !prompt.changesWhole(v.Current)) {
				t.Notices = []string{tooSmall}
			}
			if t.Engine == TemplateEngine || t.Intent.Verb == intent.Undo { // no worker is asked
				tokens = quota.Tokens{}
			}
			if account, err = account.Hold(r.Limits, r.ProjectID, r.TurnID, tokens, v.Now); err != nil {
				return Change{}, err
			}
			t.Day, t.Held, t.HeldInput = quota.Today(v.Now), tokens.Output, tokens.Input
		}
		c.Account = &account
		c.Project, c.Turn, c.Current = &p, &t, v.Current
		return c, nil
	}
}

// stores counts what the turn adds to its user's account as it begins. It refuses one
// for which there is no room.
func (r Request) stores(v View) (quota.Account, error) {
	account, err := v.Account, v.Account.Room(r.Limits, 0)
	if err == nil && v.Project == nil {
		account, err = account.OpenProject(r.Limits)
	}
	if err == nil && r.Kind != Generate {
		account, err = account.Save(r.Limits, v.Now)
	}
	return account, err
}

// needs is what a turn of at most output tokens may need, unless workers fail: each
// pass reads the prompt, the files, the conversation and the replies so far.
func (t Turn) needs(current *project.Version, output int) quota.Tokens {
	if output == 0 {
		return quota.Tokens{}
	}
	const told, bytesPerToken = 4 << 10, 3 // of system prompts; of dense text
	bytes := told + len(t.Prompt) + t.Carried + min(t.Seq-1, historyTurns)*2*historyBytes
	if len(t.Errors) > 0 {
		bytes += reportedBytes + quotedBytes
	}
	if t.Target != nil {
		bytes += len(t.Target.Selector) + len(t.Target.HTML)
	}
	if current != nil {
		for _, f := range current.Files {
			bytes += f.Size
		}
	}
	return quota.Tokens{Input: passes*(bytes/bytesPerToken) + mendBytes/bytesPerToken + output*(passes-1)/2, Output: output}
}

// carries is how many bytes of the turn's reply a turn that continues it begins with.
func (t Turn) carries() int {
	if t.Source != project.Worker {
		return 0
	}
	return len(t.Reply)
}

// sameAs refuses a request that is not the one which made t.
func (r Request) sameAs(t Turn) error {
	if t.PayloadHash == "" || t.PayloadHash == r.PayloadHash {
		return nil
	}
	return errs.New(errs.InvalidArgument, errs.TurnReused,
		"The turnId %q was used with another request. Make a new turnId for each request.", r.TurnID).
		With("turnId", r.TurnID).With("projectId", r.ProjectID)
}

// project returns the project that the turn is to run in, perhaps a new one.
// ABORTED turn-in-progress while another turn runs in it.
func (r Request) project(v View, prompt reading) (project.Project, error) {
	switch {
	case v.Project == nil:
		name := r.Name
		if name == "" {
			name = project.NameFrom(cmp.Or(prompt.asNew().Name, r.Prompt))
		}
		return project.Project{ID: r.ProjectID, OwnerUID: r.UID, Name: name, CreatedAt: v.Now}, nil
	case v.Project.ActiveTurn != "":
		return project.Project{}, project.Busy(v.Project)
	}
	return *v.Project, nil
}

// reading is what a prompt asks for, in a project without a version and in one
// with: each is read once, when it is first wanted.
type reading struct{ asNew, asChange func() intent.Reading }

// read reads a request's prompt as the transaction will most likely want it.
func read(r Request) reading {
	if r.prompt != nil {
		return *r.prompt
	}
	p := reading{
		asNew:    sync.OnceValue(func() intent.Reading { return intent.Read(r.Prompt, false) }),
		asChange: sync.OnceValue(func() intent.Reading { return intent.Read(r.Prompt, true) }),
	}
	switch {
	case r.NewProject && (r.Kind == Generate || r.Name == ""):
		p.asNew()
	case r.Kind == Generate:
		p.asChange()
	}
	return p
}

func (p reading) wish(change bool) intent.Intent {
	if change {
		return p.asChange().Intent
	}
	return p.asNew().Intent
}

// continuable says whether r may continue prior: a turn that ended before its
// answer was whole, and that no other turn continues.
func continuable(prior *Turn, r Request) error {
	switch {
	case prior == nil:
		return errs.New(errs.NotFound, errs.NoSuchTurn, "There is no turn %q to continue in this project.", r.Continues).
			With("turnId", r.Continues).With("projectId", r.ProjectID)
	case prior.ContinuedBy != "":
		return errs.New(errs.FailedPrecondition, errs.AlreadyContinued, "Another turn continues that one already.").
			With("turnId", prior.ID).With("projectId", r.ProjectID).With("continuedBy", prior.ContinuedBy)
	case prior.ForgottenAt != nil:
		return errs.New(errs.FailedPrecondition, errs.NotContinuable, "That turn cannot be continued: its words are not kept any more.").
			With("turnId", prior.ID).With("projectId", r.ProjectID).With("state", prior.State)
	case prior.State == Running || prior.State == Complete:
		return errs.New(errs.FailedPrecondition, errs.NotContinuable, "There is nothing to continue: that turn is %s.", prior.State).
			With("turnId", prior.ID).With("projectId", r.ProjectID).With("state", prior.State)
	}
	return nil
}
