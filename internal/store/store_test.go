package store_test

import (
	"testing"

	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		s, err := store.Open(t.Context(), emulator.Project(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
}
