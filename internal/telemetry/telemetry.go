// Package telemetry makes the log: JSON with Cloud Logging's field names on
// Cloud Run, plain text elsewhere.
package telemetry

import (
	"io"
	"log/slog"
)

// Logger returns a logger that writes lines of at least the given level to w: as
// JSON for Cloud Logging where cloud is set, else as text.
func Logger(w io.Writer, level slog.Level, cloud bool) *slog.Logger {
	if !cloud {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: forCloud}))
}

// forCloud renames the message and the level to the fields that Cloud Logging
// reads:
// https://cloud.google.com/logging/docs/structured-logging
func forCloud(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.MessageKey:
		a.Key = "message"
	case slog.LevelKey:
		a.Key = "severity"
		if l, ok := a.Value.Any().(slog.Level); ok && l == slog.LevelWarn {
			a.Value = slog.StringValue("WARNING")
		}
	}
	return a
}
