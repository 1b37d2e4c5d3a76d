package e2etest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"dreambuild.dev/backend/internal/worker/workertest"
)

// StartScriptedWorker starts a worker, and returns the URL of its control for
// JavaScript tests: a POST of replies says what it answers next, and each answer of
// the control lists the calls so far.
func StartScriptedWorker(t testing.TB) (*workertest.Server, string) {
	t.Helper()
	w := workertest.Start("llamacpp")
	t.Cleanup(w.Close)
	control := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var replies []workertest.Reply
			if err := json.NewDecoder(r.Body).Decode(&replies); err != nil {
				http.Error(rw, err.Error(), http.StatusBadRequest)
				return
			}
			w.Say(replies...)
		}
		if err := json.NewEncoder(rw).Encode(w.Calls()); err != nil {
			t.Errorf("the worker's calls: %v", err)
		}
	}))
	t.Cleanup(control.Close)
	return w, control.URL
}
