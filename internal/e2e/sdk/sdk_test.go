package sdk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/worker/workertest"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// TestSDK drives the server with the real Firebase SDK; and servers whose models are
// too small, and one whose worker comes and goes.
func TestSDK(t *testing.T) {
	worker, control := e2etest.StartScriptedWorker(t)
	s := e2etest.Start(t, worker.URL)
	env := []string{fmt.Sprintf("FUNCTIONS_PORT=%d", s.Port), "CONTROL_URL=" + control}
	for kind, variable := range map[string]string{"llamacpp": "SMALL_LLAMACPP_PORT", "ollama": "SMALL_OLLAMA_PORT"} {
		w := workertest.Start(kind)
		t.Cleanup(w.Close)
		s := e2etest.Start(t, w.URL, "WORKER_MIN_PARAMS=8B")
		env = append(env, fmt.Sprintf("%s=%d", variable, s.Port))
	}
	switchable := startSwitchedWorker(t)
	switched := e2etest.Start(t, switchable)
	e2etest.RunNode(t, "sdk.test.mjs", append(env, fmt.Sprintf("SWITCHED_PORT=%d", switched.Port), "SWITCH_URL="+switchable)...)
}

// startSwitchedWorker starts a worker, and returns its URL. A POST of /switch/off there
// makes it drop every connection, one of /switch/on answer again.
func startSwitchedWorker(t *testing.T) string {
	t.Helper()
	worker := workertest.Start("llamacpp")
	t.Cleanup(worker.Close)
	target, err := url.Parse(worker.URL)
	if err != nil {
		t.Fatal(err)
	}
	var off atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /switch/{to}", func(w http.ResponseWriter, r *http.Request) {
		off.Store(r.PathValue("to") == "off")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if off.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	})
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return front.URL
}

// TestReadme runs the examples of README.md and functions/README.md.
func TestReadme(t *testing.T) {
	worker, control := e2etest.StartScriptedWorker(t)
	s := e2etest.Start(t, worker.URL)
	e2etest.RunNode(t, "readme.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.Port), "CONTROL_URL="+control)
}

// TestRealModel streams from the real workers, through the real SDK.
func TestRealModel(t *testing.T) {
	for kind, variable := range map[string]string{"llama.cpp": "LLAMACPP_URL", "Ollama": "OLLAMA_URL"} {
		t.Run(kind, func(t *testing.T) {
			s := e2etest.Start(t, emulator.Require(t, variable), "MAX_OUTPUT_TOKENS=300", "WORKER_PREFILL=```html\n<!DOCTYPE html>\n<html")
			e2etest.RunNode(t, "real-model.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.Port), "WORKER="+kind)
		})
	}
}
