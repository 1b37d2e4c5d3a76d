package turn

import (
	"context"
	"iter"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// Store is what the turns need of a database.
type Store interface {
	// Apply runs a step on what one transaction reads, and writes its change in
	// the same transaction. When it cannot tell whether a commit went through
	// it runs the step again, on what is stored by then.
	Apply(ctx context.Context, scope Scope, op string, s Step) (Change, error)
	// Append writes segments of a turn in their order. It reads nothing.
	Append(ctx context.Context, k Key, segments []Segment) error
	// Follow tells of a turn, first all that is stored and then what changes,
	// until ctx ends or an error.
	Follow(ctx context.Context, k Key) iter.Seq2[Progress, error]
	// Cancels tells of an instance's turns that somebody asked to cancel,
	// including those of earlier, until ctx ends or an error.
	Cancels(ctx context.Context, instance string) iter.Seq2[Key, error]
	// Overdue lists running turns that were last renewed before a time.
	Overdue(ctx context.Context, before time.Time, most int) ([]Left, error)
	// Unpurged lists deleted projects of which something may be left.
	Unpurged(ctx context.Context, most int) ([]Left, error)
	// Purge deletes all that lies below a project. Running it again goes on.
	Purge(ctx context.Context, projectID string) error
	// Account returns what a user has used of a day, and the turns that run.
	Account(ctx context.Context, uid, day string) (quota.Account, error)
	// Turn returns a turn; nil when there is none.
	Turn(ctx context.Context, k Key) (*Turn, error)
	// Turns lists a project's turns, the newest first.
	Turns(ctx context.Context, projectID string, page project.Page) ([]Turn, string, error)
	// Project, Version and Files are those of project.Store.
	Project(ctx context.Context, id string) (*project.Project, error)
	Version(ctx context.Context, projectID string, number int) (*project.Version, error)
	Files(ctx context.Context, projectID string, refs []project.FileRef) ([]artifact.File, error)
}

// Worker answers a prompt. An error ends the sequence; leaving the loop stops
// the worker. Without an error the reply is whole: its last delta says how it
// ended.
type Worker interface {
	Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error]
}
