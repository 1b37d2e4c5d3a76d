package turn

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/seldom"
)

// journal tells the log what no call's line can: how each turn ended, read or not,
// and what fails in the background. It writes ids, figures, codes and causes. It
// writes no message of an error, since some quote what users write.
type journal struct {
	log    *slog.Logger
	seldom seldom.Teller[trouble]
}

// trouble is a kind of failure in the background.
type trouble string

const (
	accepting    trouble = "accept"    // a request for a turn ended in a panic
	sweeping     trouble = "sweep"     // a turn that its owner left cannot be ended
	purging      trouble = "purge"     // what lies below a deleted project cannot be deleted
	forgetting   trouble = "retention" // the words of an old turn cannot be taken out
	clearing     trouble = "clear"     // the contents of a project's old versions cannot be deleted
	hearing      trouble = "cancels"   // this instance does not hear which of its turns are cancelled elsewhere
	storing      trouble = "segments"  // the text of a running turn is not stored
	renewing     trouble = "renewal"   // the lease of a running turn is not renewed
	following    trouble = "follow"    // a turn that runs elsewhere cannot be read
	watching     trouble = "watch"     // its owner is not told that somebody reads
	interrupting trouble = "interrupt" // it cannot be ended, although its owner seems to be gone
)

// warn tells of trouble, at most once a minute for each kind; the next line says
// how many were left out. A zero Key names no turn. It tells nothing without an
// error, and nothing but a panic when ctx has ended: then the work was ended, too.
func (j *journal) warn(ctx context.Context, kind trouble, k Key, err error) {
	_, panicked := errors.AsType[*panicError](err)
	if err == nil || ctx.Err() != nil && !panicked {
		return
	}
	suppressed, now := j.seldom.Tell(kind)
	if !now {
		return
	}
	attrs := []slog.Attr{slog.String("kind", string(kind))}
	if k.ProjectID != "" {
		attrs = append(attrs, slog.String("projectId", k.ProjectID))
	}
	if k.TurnID != "" {
		attrs = append(attrs, slog.String("turnId", k.TurnID))
	}
	attrs = append(attrs, slog.Int("suppressed", suppressed))
	j.write(slog.LevelWarn, "background", append(attrs, why(err)...))
}

// ended tells how a turn of this instance has ended. err is what ended it, nil
// for an answer.
func (j *journal) ended(g *generation, t Turn, err error) {
	level := slog.LevelInfo
	attrs := slices.Concat(j.end(g.key, t, g.model), g.proof.told(), g.times())
	if g.replaced != nil {
		attrs = append(attrs, slog.Bool("replaced", true))
	}
	_, panicked := errors.AsType[*panicError](err)
	if err != nil && (panicked || t.State != Cancelled) { // that a turn was cancelled is no error
		attrs = append(attrs, why(err)...)
		if panicked || ours(err) {
			level = slog.LevelError
		}
	}
	j.write(level, "turn", attrs)
}

// lost tells of a turn of this instance whose end is not stored: whoever ends it
// tells how.
func (j *journal) lost(g *generation, err error) {
	attrs := []slog.Attr{slog.String("projectId", g.key.ProjectID), slog.String("turnId", g.key.TurnID), slog.String("uid", g.turn.OwnerUID), slog.String("worker", g.model)}
	if e := errs.Of(err); e.Reason != "" {
		attrs = append(attrs, slog.String("reason", string(e.Reason)))
	}
	level := slog.LevelWarn
	if ours(err) {
		level = slog.LevelError
	}
	j.write(level, "turn lost", append(append(attrs, g.times()...), why(err)...))
}

// settled tells how a turn has ended whose owner is gone.
func (j *journal) settled(x Expired) {
	model := ""
	if x.Turn.Source == project.Worker {
		model = x.Turn.GeneratedBy
	}
	took := slog.Float64("tookMs", milliseconds(x.Turn.FinishedAt.Sub(x.Turn.CreatedAt)))
	j.write(slog.LevelInfo, "turn", append(j.end(Key{x.Project.ID, x.Turn.ID}, x.Turn, model), took))
}

// end is what is stored of a turn's end, for its line.
func (j *journal) end(k Key, t Turn, model string) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("projectId", k.ProjectID), slog.String("turnId", k.TurnID), slog.String("uid", t.OwnerUID),
		slog.String("state", string(t.State)), slog.String("source", string(t.Source)), slog.String("worker", model),
		slog.Int("inputTokens", t.Usage.InputTokens), slog.Int("outputTokens", t.Usage.OutputTokens),
	}
	if t.Error != nil {
		attrs = append(attrs, slog.String("code", string(t.Error.Code)))
	}
	if t.Error != nil && t.Error.Reason != "" {
		attrs = append(attrs, slog.String("reason", string(t.Error.Reason)))
	}
	return attrs
}

// told is what became of an answer that does not work: how many of its errors were
// mended, and how many stay, by their kind.
func (p proof) told() []slog.Attr {
	if len(p.faults) == 0 {
		return nil
	}
	repair := "none"
	switch {
	case p.taken:
		repair = "taken"
	case p.asked:
		repair = "refused"
	}
	return []slog.Attr{slog.String("repair", repair), slog.Any("mended", p.mended()), slog.Any("broken", tally(p.rest))}
}

// times is how long a turn took to its first text, if it has any of a worker, and
// until now.
func (g *generation) times() []slog.Attr {
	took := slog.Float64("tookMs", milliseconds(time.Since(g.began)))
	if g.spokeAt.IsZero() {
		return []slog.Attr{took}
	}
	return []slog.Attr{slog.Float64("firstMs", milliseconds(g.spokeAt.Sub(g.began))), took}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (j *journal) write(level slog.Level, message string, attrs []slog.Attr) {
	j.log.LogAttrs(context.Background(), level, message, attrs...)
}

// why is an error's cause and, of a panic, the stack; nothing for nil.
func why(err error) []slog.Attr {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		return []slog.Attr{slog.String("err", p.Error()), slog.String("stack", string(p.stack))}
	}
	return []slog.Attr{slog.String("err", cause(err))}
}

// cause is an error's text without what may quote users: messages, and why a
// request or an edit was refused.
func cause(err error) string {
	e, known := errors.AsType[*errs.Error](err)
	if !known {
		return err.Error()
	}
	text := string(e.Code)
	if e.Reason != "" {
		text += " (" + string(e.Reason) + ")"
	}
	if e.Cause == nil || e.Code == errs.InvalidArgument || e.Reason == errs.EditRefused {
		return text
	}
	return text + ": " + cause(e.Cause)
}

// ours reports whether an error is the backend's own mistake.
func ours(err error) bool {
	code := errs.Of(err).Code
	return code == errs.Internal || code == errs.Unknown || code == errs.DataLoss
}

// panicError is a panic, as an error.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return errs.OfPanic(p.value).Error() }

// guard makes a panic of f an error: a goroutine's panic would end the process.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return f()
}

// witness is a Store that tells the journal of turns whose owner is gone, when a
// step has ended them.
type witness struct {
	Store
	journal *journal
}

func (s witness) Apply(ctx context.Context, scope Scope, op string, step Step) (Change, error) {
	c, err := s.Store.Apply(ctx, scope, op, step)
	if err == nil {
		for _, x := range c.Settled {
			s.journal.settled(x)
		}
	}
	return c, err
}
