package e2e_test

import (
	"testing"

	"dreambuild.dev/backend/internal/emulator"
)

// TestSaves runs the queue of saves in a real Chromium.
func TestSaves(t *testing.T) {
	t.Parallel()
	f, serve := openFront(t)
	serve(start(t, ""))
	node(t, "saves.test.mjs", "ORIGIN="+f.URL)
}

// TestTurns reads turns in a real Chromium, by the stock SDK, over connections
// that break; at last in the console, through the real Hosting emulator. It is
// not parallel: another test has the console's backend too.
func TestTurns(t *testing.T) {
	origin := "http://" + emulator.Require(t, "HOSTING_EMULATOR")
	f, serve := openFront(t)
	st := openStage(t, f)
	serve(start(t, st.worker.URL, "WORKER_DIALECT=llamacpp", "PORT="+emulator.Require(t, "BACKEND_PORT")))
	node(t, "reconnect.test.mjs")
	node(t, "turns.test.mjs", "ORIGIN="+st.line.URL, "HOSTING="+origin, "CONTROL="+st.control.URL)
}
