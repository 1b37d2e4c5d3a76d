package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"dreambuild.dev/backend/internal/telemetry"
	"github.com/google/go-cmp/cmp"
)

func TestCloudLoggingFields(t *testing.T) {
	var buf bytes.Buffer
	log := telemetry.Logger(&buf, slog.LevelInfo, true)
	log.Debug("hidden")
	log.Warn("careful", slog.Group("g", "msg", 1))
	var got map[string]any
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, buf.Bytes())
	}
	delete(got, "time")
	want := map[string]any{"severity": "WARNING", "message": "careful", "g": map[string]any{"msg": 1.0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}
