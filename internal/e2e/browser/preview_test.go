package browser_test

import (
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
)

// TestPreview shows apps in previews of the browser library, in a real Chromium whose
// sites are isolated, and attacks them. It needs no emulator: the pages have the headers
// of firebase.json.
func TestPreview(t *testing.T) {
	t.Parallel()
	e2etest.RunNode(t, "preview.test.mjs")
	e2etest.RunNode(t, "previewattacks.test.mjs")
}
