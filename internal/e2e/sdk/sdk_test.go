package sdk_test

import (
	"fmt"
	"testing"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// TestSDK drives the server with the real Firebase SDK.
func TestSDK(t *testing.T) {
	worker, control := e2etest.StartScriptedWorker(t)
	s := e2etest.Start(t, worker.URL)
	e2etest.RunNode(t, "sdk.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.Port), "CONTROL_URL="+control)
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
