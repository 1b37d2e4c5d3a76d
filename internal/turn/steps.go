package turn

import (
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
)

// Scope says what a step is to see.
type Scope struct {
	Key              // TurnID "": the project's active turn
	UID       string // whose account is read; "": no account, no version, no turns in the way
	Continues string // the prior turn; "" for none
	Early     bool   // whether an EarlyCancel of the turn is read
	// Lease is how long a renewal lasts. A running turn that was not renewed for
	// longer has expired.
	Lease time.Duration
	// Insist has the database be asked even while it seems not to answer: what the
	// step keeps would be lost.
	Insist bool
}

// View is what a step looks at: all of it read in one transaction.
type View struct {
	Now     time.Time        // the transaction's read time, never this machine's clock
	Turn    *Turn            // nil: absent
	Project *project.Project // nil: absent; a deleted one is there
	Current *project.Version // the project's newest version; nil: it has none
	Prior   *Turn            // the one that Scope.Continues names; nil: absent
	Early   *EarlyCancel     // nil: absent
	Account quota.Account    // with the days of Now, of Turn and of the expired turns
	// Leaving is set when the account is being deleted, or was: nothing new begins.
	Leaving bool
	// Expired are the running turns in the way whose lease is over: other turns of
	// the user, and those of the project, Turn itself included.
	Expired []Expired
}

// Expired is a turn whose owner seems to be gone.
type Expired struct {
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
	Before  *project.Version // one that the turn made just before that, and that it replaces
	Files   []artifact.File  // the contents of that version that are not stored yet
	Erased  []string         // SHA-256 of contents that are to be deleted
	Early   *EarlyCancel
	Settled []Expired // turns that were in the way, as they were ended, with their projects
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

// Step is one thing that may happen to a turn. It is pure, and may run more than
// once for one transaction.
type Step func(View) (Change, error)
