package telemetry_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"testing"

	"dreambuild.dev/backend/internal/telemetry"
	"github.com/google/go-cmp/cmp"
)

func TestCloudLoggingFields(t *testing.T) {
	var buf bytes.Buffer
	logger := telemetry.Logger(&buf, slog.LevelInfo, true)
	logger.Debug("hidden")
	logger.Warn("careful", slog.Group("g", "msg", 1))
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

// TestSetDefault: what package log quotes is not logged.
func TestSetDefault(t *testing.T) {
	before, to, flags := slog.Default(), log.Writer(), log.Flags()
	defer func() {
		slog.SetDefault(before)
		log.SetOutput(to)
		log.SetFlags(flags)
	}()
	var buf bytes.Buffer
	telemetry.SetDefault(slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	for _, text := range []string{"a \"secret\"", "a \\ secret", "a secret\nof two lines"} {
		log.Printf("Unsolicited response starting with %q; err=%v", text, io.EOF)
	}
	log.Print(`cut: "a secret`)
	slog.Info(`"as it is"`)
	const line = `level=INFO msg="Unsolicited response starting with \"…\"; err=EOF"` + "\n"
	if diff := cmp.Diff(line+line+line+`level=INFO msg="cut: \"…\""`+"\n"+`level=INFO msg="\"as it is\""`+"\n", buf.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
