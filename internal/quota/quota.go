// Package quota computes what a plan allows and what a user has used of it. It is
// pure arithmetic: its callers keep the figures, and choose the transaction.
package quota

import (
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Plan is what a user has, as the custom claim "plan" of the token says.
type Plan string

// The plans, in the words of the claim.
const (
	Anonymous Plan = "anonymous" // of who signed in without an account, unless the claim says otherwise
	Free      Plan = "free"
	Premium   Plan = "premium"
)

// PlanNames lists the plans, the highest first.
func PlanNames() []Plan { return []Plan{Premium, Free, Anonymous} }

// PlanOf reads a user's plan from the claim "plan" and from how the user signed in.
// Without a known plan in the claim it is the anonymous one for the provider
// "anonymous", and the free one for all others.
func PlanOf(claim any, provider string) Plan {
	for _, plan := range PlanNames() {
		if claim == string(plan) {
			return plan
		}
	}
	if provider == "anonymous" { // the word of Firebase, not ours
		return Anonymous
	}
	return Free
}

// In reports whether a plan may have what is for the plans of a list. What is
// for the free plan is for anonymous users too: their limits are smaller, not their
// choice.
func (p Plan) In(list []Plan) bool {
	return slices.Contains(list, p) || p == Anonymous && slices.Contains(list, Free)
}

// Limits are what one plan allows.
type Limits struct {
	DailyTurns       int   `json:"dailyTurns"`       // for which a worker is asked, a day in UTC
	DailyTokens      int   `json:"dailyTokens"`      // of their output
	DailyInputTokens int   `json:"dailyInputTokens"` // that workers read for them
	ConcurrentTurns  int   `json:"concurrentTurns"`  // that run at the same time
	TurnsPerMinute   int   `json:"turnsPerMinute"`   // that begin, whoever answers them
	MonthlyBytes     int64 `json:"monthlyBytes"`     // of model weights, a calendar month in UTC
	StoredBytes      int64 `json:"storedBytes"`      // of all projects: files, prompts and answers
	Projects         int   `json:"projects"`         // that are not deleted
	SavesPerDay      int   `json:"savesPerDay"`      // and restores, a day in UTC

	// On each instance of the backend:
	ReadsPerMinute    int `json:"readsPerMinute"`
	WritesPerMinute   int `json:"writesPerMinute"`
	StreamsPerMinute  int `json:"streamsPerMinute"`  // calls that read for minutes
	PromptsPerMinute  int `json:"promptsPerMinute"`  // calls that may begin a turn, retries too
	ConcurrentStreams int `json:"concurrentStreams"` // of both kinds
}

// Plans has the limits of every plan.
type Plans map[Plan]Limits

// Month names the calendar month of a time, in UTC: "2026-11".
func Month(t time.Time) string { return t.UTC().Format("2006-01") }

// MonthEnds is when the month of a time is over, in UTC.
func MonthEnds(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// Download adds bytes to what was used in a month, and returns the sum. Above the
// limit it returns used and RESOURCE_EXHAUSTED monthly-bytes, with limit, used,
// bytes and resetsAt.
func (l Limits) Download(used, bytes int64, now time.Time) (int64, error) {
	if bytes > l.MonthlyBytes-used {
		resets := MonthEnds(now)
		return used, errs.New(errs.ResourceExhausted, errs.MonthlyBytes,
			"This model is %.2f GB, and %.2f of this month's %.2f GB are left. The next month begins on %s.",
			gb(bytes), gb(max(0, l.MonthlyBytes-used)), gb(l.MonthlyBytes), resets.Format("2 January")).
			With("limit", l.MonthlyBytes).With("used", used).With("bytes", bytes).With("resetsAt", resets.Format(time.RFC3339))
	}
	return used + bytes, nil
}

func gb(bytes int64) float64 { return float64(bytes) / 1e9 }
