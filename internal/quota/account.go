package quota

import (
	"maps"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Day is what a user has used on one day, in UTC. Turns and OutputTokens are sums
// over the turns that have ended and are charged; Held is the tokens that are set
// aside for running turns.
type Day struct {
	Turns        int `firestore:"turns"`
	OutputTokens int `firestore:"outputTokens"`
	Held         int `firestore:"held"`
}

// Account is what the steps of a turn know about its user: which turns run, and
// what was used on the days that matter to them. It is a value: its methods return
// the changed account.
type Account struct {
	Running map[string]string // project id → the turn that runs in it
	Days    map[string]Day    // by the names that Today gives; a day without use may be missing
}

// Today names the day of a time, in UTC: "2026-11-23".
func Today(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// DayEnds is when the day of a time is over, in UTC.
func DayEnds(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// Hold takes a slot for a turn in a project, and sets tokens aside for it.
// RESOURCE_EXHAUSTED concurrent-turns, daily-turns or daily-tokens, with limit,
// used and resetsAt. Turns that run count as used: they may all come to be
// charged.
func (a Account) Hold(l Limits, projectID, turnID string, tokens int, now time.Time) (Account, error) {
	today := a.Days[Today(now)]
	resets := DayEnds(now)
	tomorrow := resets.Format("15:04 MST on 2 January")
	exhausted := func(reason errs.Reason, limit, used int, format string, args ...any) *errs.Error {
		return errs.New(errs.ResourceExhausted, reason, format, args...).With("limit", limit).With("used", used)
	}
	running := len(a.Running)
	switch {
	case running >= l.ConcurrentTurns:
		return a, exhausted(errs.ConcurrentTurns, l.ConcurrentTurns, running,
			"%d answers are being written for you already. Wait for one to end, or cancel it.", running)
	case today.Turns+running >= l.DailyTurns:
		return a, exhausted(errs.DailyTurns, l.DailyTurns, today.Turns+running,
			"You have used the %d answers of today. The next day begins at %s.", l.DailyTurns, tomorrow).
			With("resetsAt", resets.Format(time.RFC3339))
	case today.OutputTokens+today.Held+tokens > l.DailyTokens:
		used := today.OutputTokens + today.Held
		return a, exhausted(errs.DailyTokens, l.DailyTokens, used,
			"An answer may need %d tokens, and %d of today's %d are left. The next day begins at %s.",
			tokens, max(0, l.DailyTokens-used), l.DailyTokens, tomorrow).
			With("resetsAt", resets.Format(time.RFC3339))
	}
	a = a.clone()
	a.Running[projectID] = turnID
	today.Held += tokens
	a.Days[Today(now)] = today
	return a, nil
}

// Settle gives a turn's slot and hold back, and books what the turn is charged:
// turns and output tokens. day and held are those of its Hold.
func (a Account) Settle(projectID, turnID, day string, held, turns, tokens int) Account {
	a = a.clone()
	if a.Running[projectID] == turnID {
		delete(a.Running, projectID)
	}
	d := a.Days[day]
	d.Turns += turns
	d.OutputTokens += tokens
	d.Held -= held
	a.Days[day] = d
	return a
}

func (a Account) clone() Account {
	c := Account{Running: map[string]string{}, Days: map[string]Day{}}
	maps.Copy(c.Running, a.Running)
	maps.Copy(c.Days, a.Days)
	return c
}
