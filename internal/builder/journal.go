package builder

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"dreambuild.dev/backend/internal/seldom"
)

// journal tells the log what goes wrong with children, at most once a minute for each
// kind: the next line says how many were left out. It writes nothing of a set but its size.
type journal struct {
	log    *slog.Logger
	seldom seldom.Teller[string]
}

// unstarted tells that there is no child.
func (j *journal) unstarted(err error) {
	j.write("builder", slog.LevelWarn, slog.String("err", err.Error()), stackOf(err))
}

// ended tells of a set that has ended a child, or that a mistake of ours has kept from
// being built. These are kinds of their own, so that no set hides the mistake.
func (j *journal) ended(err error, r request, took time.Duration) {
	kind, level := "build", slog.LevelWarn
	died, _ := errors.AsType[*death](err)
	if _, panicked := errors.AsType[*panicError](err); panicked || died != nil && died.ours {
		kind, level = "build-panic", slog.LevelError
	}
	j.write(kind, level, slog.String("err", err.Error()), stackOf(err),
		slog.Int("files", len(r.files)), slog.Int("bytes", r.size()), slog.Float64("tookMs", float64(took.Microseconds())/1000))
}

func (j *journal) write(kind string, level slog.Level, attrs ...slog.Attr) {
	suppressed, now := j.seldom.Tell(kind)
	if !now {
		return
	}
	attrs = append([]slog.Attr{slog.String("kind", kind), slog.Int("suppressed", suppressed)}, attrs...)
	j.log.LogAttrs(context.Background(), level, "background", attrs...)
}

// stackOf is the stack of what went wrong in a child; no attribute without one.
func stackOf(err error) slog.Attr {
	stack := ""
	if d, ok := errors.AsType[*death](err); ok {
		stack = d.stack
	} else if p, ok := errors.AsType[*panicError](err); ok {
		stack = p.stack
	}
	if stack == "" {
		return slog.Attr{}
	}
	return slog.String("stack", stack)
}
