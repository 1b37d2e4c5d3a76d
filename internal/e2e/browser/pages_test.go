package browser_test

import (
	"fmt"
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
)

// TestPages opens the console's pages in a real Chromium as the Hosting emulator
// serves them, with the headers of firebase.json. It is not parallel: others need the
// same port for their backend.
func TestPages(t *testing.T) {
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	f, serve := openHosting(t)
	st := openScriptedBackend(t, f)
	s := e2etest.Start(t, st.worker.URL, "WORKER_DIALECT=llamacpp", "PORT="+emulator.Require(t, "BACKEND_PORT"))
	serve(s)
	e2etest.RunNode(t, "pages.test.mjs", "HOSTING="+origin, fmt.Sprintf("FUNCTIONS=http://127.0.0.1:%d", s.Port), "CONTROL="+st.controlServer.URL, "ORIGIN="+origin)
}
