package e2etest

import (
	"net/http/httptest"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/emulator"
)

// OpenAppCheck starts an App Check until the test ends, and returns its host:port, as
// APP_CHECK_EMULATOR_HOST takes it.
func OpenAppCheck(t testing.TB) (apps *emulator.AppCheck, host string) {
	t.Helper()
	apps, err := emulator.NewAppCheck(Project)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(apps)
	t.Cleanup(server.Close)
	return apps, strings.TrimPrefix(server.URL, "http://")
}
