package e2e_test

import (
	"testing"

	"dreambuild.dev/backend/internal/emulator"
)

// TestSaves runs the queue of saves in a real Chromium.
func TestSaves(t *testing.T) {
	t.Parallel()
	f, serve := openHosting(t)
	serve(Start(t, ""))
	RunNode(t, "saves.test.mjs", "ORIGIN="+f.URL)
}

// TestTurns reads turns in a real Chromium, by the stock SDK, over connections
// that break; at last in the console, through the real Hosting emulator. It is
// not parallel: another test has the console's backend too.
func TestTurns(t *testing.T) {
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	f, serve := openHosting(t)
	st := openScriptedBackend(t, f)
	serve(Start(t, st.worker.URL, "WORKER_DIALECT=llamacpp", "PORT="+emulator.Require(t, "BACKEND_PORT")))
	RunNode(t, "reconnect.test.mjs")
	RunNode(t, "turns.test.mjs", "ORIGIN="+st.proxy.URL, "HOSTING="+origin, "CONTROL="+st.controlServer.URL)
}
