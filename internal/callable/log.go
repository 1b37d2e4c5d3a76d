package callable

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/errs"
)

// LogAttrs adds attributes to the log line that is written when the call of ctx
// ends. Outside of a call it does nothing. Never log what users write.
func LogAttrs(ctx context.Context, attrs ...slog.Attr) {
	if l := lineOf(ctx); l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.attrs = append(l.attrs, attrs...)
	}
}

// LogCaller sets the caller in the log line of ctx. It is for functions behind
// [HTTP], which find their caller themselves.
func LogCaller(ctx context.Context, uid string) {
	if l := lineOf(ctx); l != nil {
		l.caller(uid)
	}
}

// line collects the log line of one call.
type line struct {
	start    time.Time
	function string
	trace    []slog.Attr

	mu    sync.Mutex
	uid   string
	attrs []slog.Attr
}

type lineKey struct{}

func lineOf(ctx context.Context) *line {
	l, _ := ctx.Value(lineKey{}).(*line)
	return l
}

func (l *line) caller(uid string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.uid = uid
}

// write logs the call that ended with sent, nil for a result. Only an error that
// is the server's fault has the level Error.
func (l *line) write(ctx context.Context, log *slog.Logger, a *answer, sent *errs.Error) {
	level, code := slog.LevelInfo, errs.Code("OK")
	if sent != nil {
		code = sent.Code
		if code == errs.Internal || code == errs.DataLoss || code == errs.Unknown {
			level = slog.LevelError
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	attrs := []slog.Attr{slog.String("function", cut(l.function, mostOfName)), slog.String("uid", l.uid), slog.String("code", string(code))}
	if sent != nil && sent.Reason != "" {
		attrs = append(attrs, slog.String("reason", string(sent.Reason)))
	}
	a.mu.Lock()
	if a.streaming {
		attrs = append(attrs, slog.Int("events", a.chunks))
	}
	if a.chunks > 0 {
		attrs = append(attrs, slog.Float64("firstMs", ms(a.firstAt.Sub(l.start))))
	}
	a.mu.Unlock()
	attrs = append(attrs, slog.Float64("tookMs", ms(time.Since(l.start))))
	for _, a := range l.attrs {
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(cut(a.Value.String(), mostOfName))
		}
		attrs = append(attrs, a)
	}
	attrs = append(attrs, l.trace...)
	if sent != nil {
		attrs = append(attrs, slog.String("err", cut(sent.Error(), mostOfError)))
		if p, ok := errors.AsType[*panicked](sent); ok {
			attrs = append(attrs, slog.String("stack", string(p.stack)))
		}
	}
	log.LogAttrs(ctx, level, "call", attrs...)
}

// Whoever calls chooses some of the texts in a line, and must not choose its size.
const (
	mostOfName  = 100     // bytes, of a name or an attribute
	mostOfError = 8 << 10 // bytes
)

// cut returns the first n bytes of s at most, cut between runes, and an ellipsis if
// there are more.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
