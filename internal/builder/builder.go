// Package builder makes documents of sets of files, and checks them.
package builder

import (
	"context"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/artifact/page"
)

// Builder builds and checks.
type Builder struct{}

// Build makes one HTML document of a set.
func (Builder) Build(_ context.Context, files []artifact.File) page.Built {
	return page.Build(files)
}

// Check returns what is wrong with a set.
func (Builder) Check(_ context.Context, files []artifact.File) []artifact.Diagnostic {
	return check.Files(files)
}
