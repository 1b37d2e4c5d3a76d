package rules_test

import (
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
)

// TestRules tries on Firestore's rules what each kind of user may read and write
// directly. The rules of Storage close everything; package archtest compares
// their text.
func TestRules(t *testing.T) {
	t.Parallel()
	emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	e2etest.RunNode(t, "rules.test.mjs")
}
