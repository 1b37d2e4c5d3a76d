package browser_test

import (
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// TestSaves makes saves offline in a real Chromium, and counts what the backend
// has stored.
func TestSaves(t *testing.T) {
	t.Parallel()
	f, serve := openHosting(t)
	serve(e2etest.Start(t, ""))
	e2etest.RunNode(t, "saves.test.mjs", "ORIGIN="+f.URL)
}

// TestReconnecting scripts what a backend and a network can say to the browser
// library's turns. It needs neither.
func TestReconnecting(t *testing.T) {
	t.Parallel()
	e2etest.RunNode(t, "reconnect.test.mjs")
}

// TestTurns reads turns in a real Chromium by the stock SDK, over connections
// that break, and then in the console, through the real Hosting emulator. It is
// not parallel: TestModelsPage needs the same port for its backend.
func TestTurns(t *testing.T) {
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	f, serve := openHosting(t)
	st := openScriptedBackend(t, f)
	serve(e2etest.Start(t, st.worker.URL, "WORKER_DIALECT=llamacpp", "PORT="+emulator.Require(t, "BACKEND_PORT")))
	e2etest.RunNode(t, "turns.test.mjs", "ORIGIN="+st.proxy.URL, "HOSTING="+origin, "CONTROL="+st.controlServer.URL)
}
