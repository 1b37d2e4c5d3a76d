package functions

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/flight"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
)

// modelsLife is how long a list of models is believed: another instance may have
// published one.
const modelsLife = 10 * time.Second

// remembering is a Store that remembers what was read: contents of files, which never
// change, and the list of models, which is the same for all.
type remembering struct {
	Store
	contents *project.Contents
	models   *flight.Cache[struct{}, []catalogue.Revision]
}

func remember(s Store, bytes int64) Store {
	return remembering{s, project.NewContents(s, bytes), flight.NewCache[struct{}, []catalogue.Revision](1, modelsLife)}
}

// Files implements project.Store and turn.Store.
func (s remembering) Files(ctx context.Context, id string, refs []project.FileRef) ([]artifact.File, error) {
	return s.contents.Files(ctx, id, refs)
}

// Apply implements turn.Store.
func (s remembering) Apply(ctx context.Context, scope turn.Scope, op string, step turn.Step) (turn.Change, error) {
	c, err := s.Store.Apply(ctx, scope, op, step)
	if err == nil && !c.Found {
		s.contents.Keep(scope.ProjectID, c.Files)
	}
	return c, err
}

// Purge implements turn.Store.
func (s remembering) Purge(ctx context.Context, projectID string, most int) (int, error) {
	s.contents.Forget(projectID)
	return s.Store.Purge(ctx, projectID, most)
}

// Models implements catalogue.GrantStore.
func (s remembering) Models(ctx context.Context) ([]catalogue.Revision, error) {
	return s.models.Do(ctx, struct{}{}, reading, s.Store.Models)
}

// ApplyRevision implements catalogue.Store.
func (s remembering) ApplyRevision(ctx context.Context, k catalogue.Key, op string, step catalogue.Step) error {
	err := s.Store.ApplyRevision(ctx, k, op, step)
	s.models.Forget(struct{}{})
	return err
}
