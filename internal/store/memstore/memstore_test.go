package memstore_test

import (
	"testing"

	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Store { return memstore.New() })
}
