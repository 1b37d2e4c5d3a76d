package builder_test

import (
	"slices"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/artifact/page"
)

// TestKinds expects each kind of diagnostic that somebody reports in the list that the
// log and CHECKS go by, and no other one.
func TestKinds(t *testing.T) {
	reported := slices.Concat(check.Kinds(),
		[]string{page.KindMissingFile, page.KindMissingExport, page.KindOutside, page.KindTooMany, page.KindTooLarge, page.KindNeedsBuild, page.KindUnpinned},
		[]string{artifact.TooDeep, artifact.TooSlow, artifact.NotBuilt})
	slices.Sort(reported)
	if reported = slices.Compact(reported); !slices.Equal(reported, artifact.Kinds()) {
		t.Errorf("reported: %v\nlisted: %v", reported, artifact.Kinds())
	}
}
