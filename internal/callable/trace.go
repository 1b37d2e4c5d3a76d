package callable

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var (
	// TRACE_ID/SPAN_ID;o=OPTIONS, with the span in decimal:
	// https://cloud.google.com/trace/docs/trace-context
	cloudTrace = regexp.MustCompile(`^([0-9a-fA-F]{32})(?:/([0-9]+))?(?:;.*)?$`)
	// version-trace-span-flags, which later versions may extend:
	// https://www.w3.org/TR/trace-context/
	traceParent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$`)
)

// traceOf returns the ids of the trace and the span that a request belongs to,
// in hexadecimal; "" for each that the headers do not name. It prefers Google's
// own header and ignores a malformed one.
func traceOf(h http.Header) (trace, span string) {
	if v := h.Get("X-Cloud-Trace-Context"); v != "" {
		if m := cloudTrace.FindStringSubmatch(v); m != nil && !zero(m[1]) {
			if id, err := strconv.ParseUint(m[2], 10, 64); err == nil && id != 0 {
				span = fmt.Sprintf("%016x", id)
			}
			return strings.ToLower(m[1]), span
		}
	}
	if v := h.Get("Traceparent"); v != "" && !strings.HasPrefix(v, "ff") {
		if m := traceParent.FindStringSubmatch(v); m != nil && !zero(m[1]) && !zero(m[2]) {
			return m[1], m[2]
		}
	}
	return "", ""
}

func zero(id string) bool { return strings.Trim(id, "0") == "" }

// traceAttrs are the fields by which Cloud Logging shows a line with its trace:
// https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
func traceAttrs(project string, h http.Header) []slog.Attr {
	trace, span := traceOf(h)
	if project == "" || trace == "" {
		return nil
	}
	attrs := []slog.Attr{slog.String("logging.googleapis.com/trace", "projects/"+project+"/traces/"+trace)}
	if span != "" {
		attrs = append(attrs, slog.String("logging.googleapis.com/spanId", span))
	}
	return attrs
}
