package e2e_test

import (
	"fmt"
	"testing"

	"dreambuild.dev/backend/internal/emulator"
)

// TestSDK drives the server with the real Firebase SDK.
func TestSDK(t *testing.T) {
	worker, control := script(t)
	s := start(t, worker.URL)
	node(t, "sdk.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.port), "CONTROL_URL="+control)
}

// TestRealModel streams from the real workers, through the real SDK.
func TestRealModel(t *testing.T) {
	for kind, variable := range map[string]string{"llama.cpp": "LLAMACPP_URL", "Ollama": "OLLAMA_URL"} {
		t.Run(kind, func(t *testing.T) {
			s := start(t, emulator.Require(t, variable), "MAX_OUTPUT_TOKENS=300", "WORKER_PREFILL=```html\n<!DOCTYPE html>\n<html")
			node(t, "model.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.port), "WORKER="+kind)
		})
	}
}
