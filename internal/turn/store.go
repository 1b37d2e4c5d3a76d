package turn

import (
	"context"
	"iter"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// Store is what a Runner needs of a database. Each part of it is given only the
// sets that it calls.
type Store interface {
	Steps
	Segments
	Feed
	CancelFeed
	Turns
	Projects
	Contents
	Maintenance
}

// Steps change turns: whatever happens to one is a step.
type Steps interface {
	// Apply runs a step on what one transaction reads, and writes its change in
	// the same transaction. op names the step in errors. When Apply cannot tell
	// whether a commit went through, it runs the step again, on what is stored by
	// then.
	Apply(ctx context.Context, scope Scope, op string, s Step) (Change, error)
}

// Segments keep the text of a running turn.
type Segments interface {
	// Append writes segments of a turn in their order. It reads nothing.
	Append(ctx context.Context, k Key, segments []Segment) error
}

// Feed tells of a turn that another instance runs.
type Feed interface {
	// Follow yields first all that is stored of a turn and then what changes,
	// until ctx ends or an error.
	Follow(ctx context.Context, k Key) iter.Seq2[Update, error]
}

// CancelFeed tells an instance which of its turns are to end.
type CancelFeed interface {
	// Cancels yields the turns of an instance that somebody asked to cancel, the
	// earlier ones too, until ctx ends or an error.
	Cancels(ctx context.Context, instance string) iter.Seq2[Key, error]
}

// Turns reads turns.
type Turns interface {
	// Turn returns a turn; nil when there is none.
	Turn(ctx context.Context, k Key) (*Turn, error)
	// Turns lists a project's turns, the newest first, and returns the token of
	// the next page; "" after the last one.
	Turns(ctx context.Context, projectID string, page project.Page) ([]Turn, string, error)
	// EarlyCancel returns what a user's cancel of a turn has left that was not there
	// yet; nil: nothing.
	EarlyCancel(ctx context.Context, uid string, k Key) (*EarlyCancel, error)
}

// Projects reads projects and their versions; the methods are those of project.Store.
type Projects interface {
	Project(ctx context.Context, id string) (*project.Project, error)
	Version(ctx context.Context, projectID string, number int) (*project.Version, error)
	Versions(ctx context.Context, projectID string, page project.Page) ([]project.Version, string, error)
}

// Contents reads files, as project.Store does.
type Contents interface {
	Files(ctx context.Context, projectID string, refs []project.FileRef) ([]artifact.File, error)
}

// Maintenance finds and removes what others have left.
type Maintenance interface {
	// ExpiredTurns lists running turns that were last renewed before a time, the
	// longest first: at most so many after one that was listed before, the zero Ref
	// for the start. It reads no more of a turn than a Ref holds, so one that cannot
	// be decoded is listed like any other.
	ExpiredTurns(ctx context.Context, before time.Time, after Ref, most int) ([]Ref, error)
	// Unpurged lists deleted projects below which something may be left, likewise.
	Unpurged(ctx context.Context, after Ref, most int) ([]Ref, error)
	// Purge deletes at most so many documents below a project, and returns how many
	// it has deleted. If they are fewer, nothing is left.
	Purge(ctx context.Context, projectID string, most int) (int, error)
	// Drop deletes the document of a project below which nothing is left.
	Drop(ctx context.Context, projectID string) error
	Retention
}

// Retention finds turns that are older than their words may become.
type Retention interface {
	// TurnsBetween lists turns that began at or after one time and before another, the
	// oldest first: at most so many. Ref.At is when they began.
	TurnsBetween(ctx context.Context, from, before time.Time, most int) ([]Ref, error)
	// Forgotten returns the time that SetForgotten was last told; zero if there is none.
	Forgotten(ctx context.Context) (time.Time, error)
	SetForgotten(ctx context.Context, until time.Time) error
}

// Update is what a Store tells of a turn that is followed: what has changed
// since the last update, in the first one all of it.
type Update struct {
	Now      time.Time // the database's time when it read Turn
	Turn     *Turn     // nil: unchanged
	Gone     bool      // the turn was deleted with its project
	Segments []Segment // new ones, and those that were stored again
}

// Ref names a running turn whose owner seems to be gone, or a deleted project
// whose purge has not ended (then without a TurnID), and its user.
type Ref struct {
	Key
	UID string    // "" where the document does not tell
	At  time.Time // when the turn was renewed, or the project deleted: lists are in that order
}

// Spending counts what workers do for all users together, and for those without an
// account, and stops it.
type Spending interface {
	// Check returns nil if workers may be asked for one more turn; otherwise
	// RESOURCE_EXHAUSTED daily-ceiling.
	Check(ctx context.Context, anonymous bool) error
	// Add counts what a worker did.
	Add(anonymous bool, tokens int)
}

// Worker answers a prompt. An error ends the sequence; leaving the loop stops
// the worker. Without an error the reply is whole: its last delta says how it
// ended.
type Worker interface {
	Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error]
}
