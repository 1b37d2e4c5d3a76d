package quota

import (
	"maps"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Tokens are what models read and write.
type Tokens struct{ Input, Output int }

// Day is what a user has used on one day, in UTC. Turns and tokens are sums over
// the turns that have ended; what is held is set aside for running turns.
type Day struct {
	Turns        int `firestore:"turns"`
	InputTokens  int `firestore:"inputTokens"`
	OutputTokens int `firestore:"outputTokens"`
	Held         int `firestore:"held"` // of output
	HeldInput    int `firestore:"heldInput"`
	Saves        int `firestore:"saves"` // and restores, that made a version
}

// Account is what the steps of a turn know about its user: which turns run, and
// what was used on the days that matter to them. It is a value: its methods return
// the changed account.
type Account struct {
	Running     map[string]string // project id → the turn that runs in it
	Minute      string            // in which the last turn began, as MinuteOf names it; "": none has
	Begun       int               // turns that began in that minute
	Projects    int               // that are not deleted
	StoredBytes int64             // that they hold, and deleted ones until they are purged
	Days        map[string]Day    // by the names that Today gives; a day without use may be missing
}

// Today names the day of a time, in UTC: "2026-11-23".
func Today(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// DayEnds is when the day of a time is over, in UTC.
func DayEnds(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// MinuteOf names the minute of a time, in UTC: "2026-11-23T09:41".
func MinuteOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04") }

// MinuteEnds is when the minute of a time is over, in UTC.
func MinuteEnds(t time.Time) time.Time { return t.UTC().Truncate(time.Minute).Add(time.Minute) }

// BegunIn is how many turns began in the minute of a time.
func (a Account) BegunIn(now time.Time) int {
	if a.Minute != MinuteOf(now) {
		return 0
	}
	return a.Begun
}

// Hold takes a slot for a turn in a project, and sets tokens aside for it. A turn
// that needs none asks no worker: the day's limits are not for it.
// RESOURCE_EXHAUSTED concurrent-turns, turns-per-minute, daily-turns, daily-tokens
// or daily-input-tokens, with limit and used, and resetsAt or (turns-per-minute)
// retryAfter. Turns that run count as used: they may all come to be charged.
func (a Account) Hold(l Limits, projectID, turnID string, need Tokens, now time.Time) (Account, error) {
	today := a.Days[Today(now)]
	begun := a.BegunIn(now)
	running := len(a.Running)
	switch {
	case running >= l.ConcurrentTurns:
		return a, exhausted(errs.ConcurrentTurns, l.ConcurrentTurns, running,
			"%d answers are being written for you already. Wait for one to end, or cancel it.", running)
	case begun >= l.TurnsPerMinute:
		seconds := int(MinuteEnds(now).Sub(now).Seconds()) + 1
		return a, exhausted(errs.TurnsPerMinute, l.TurnsPerMinute, begun,
			"You have begun %d answers within a minute. Try again in %d seconds.", begun, seconds).
			With("retryAfter", seconds)
	}
	if need != (Tokens{}) {
		if err := today.allows(l, running, need, now); err != nil {
			return a, err
		}
	}
	a = a.clone()
	a.Running[projectID] = turnID
	a.Minute, a.Begun = MinuteOf(now), begun+1
	today.Held += need.Output
	today.HeldInput += need.Input
	a.Days[Today(now)] = today
	return a, nil
}

// allows returns nil if a day has the tokens of one more turn left.
func (d Day) allows(l Limits, running int, need Tokens, now time.Time) error {
	resets := DayEnds(now)
	tomorrow := resets.Format("15:04 MST on 2 January")
	output, input := d.OutputTokens+d.Held, d.InputTokens+d.HeldInput
	var e *errs.Error
	switch {
	case d.Turns+running >= l.DailyTurns:
		e = exhausted(errs.DailyTurns, l.DailyTurns, d.Turns+running,
			"You have used the %d answers of today. The next day begins at %s.", l.DailyTurns, tomorrow)
	case output+need.Output > l.DailyTokens:
		e = exhausted(errs.DailyTokens, l.DailyTokens, output,
			"An answer may need %d tokens, and %d of today's %d are left. The next day begins at %s.",
			need.Output, max(0, l.DailyTokens-output), l.DailyTokens, tomorrow)
	case input+need.Input > l.DailyInputTokens:
		e = exhausted(errs.DailyInputTokens, l.DailyInputTokens, input,
			"For an answer the model may have to read %d tokens, and %d of today's %d are left. The next day begins at %s.",
			need.Input, max(0, l.DailyInputTokens-input), l.DailyInputTokens, tomorrow)
	default:
		return nil
	}
	return e.With("resetsAt", resets.Format(time.RFC3339))
}

func exhausted(reason errs.Reason, limit, used int, format string, args ...any) *errs.Error {
	return errs.New(errs.ResourceExhausted, reason, format, args...).With("limit", limit).With("used", used)
}

// Settle gives a turn's slot and hold back, and books what the turn is charged.
// day and held are those of its Hold.
func (a Account) Settle(projectID, turnID, day string, held Tokens, turns int, used Tokens) Account {
	a = a.clone()
	if a.Running[projectID] == turnID {
		delete(a.Running, projectID)
	}
	d := a.Days[day]
	d.Turns += turns
	d.InputTokens += used.Input
	d.OutputTokens += used.Output
	d.Held -= held.Output
	d.HeldInput -= held.Input
	a.Days[day] = d
	return a
}

func (a Account) clone() Account {
	running, days := map[string]string{}, map[string]Day{}
	maps.Copy(running, a.Running)
	maps.Copy(days, a.Days)
	a.Running, a.Days = running, days
	return a
}
