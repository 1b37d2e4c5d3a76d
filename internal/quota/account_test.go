package quota_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

func TestHold(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	limits := quota.Limits{DailyTurns: 3, DailyTokens: 100, DailyInputTokens: 1000, ConcurrentTurns: 2, TurnsPerMinute: 4}
	need := quota.Tokens{Input: 500, Output: 50}
	day := func(d quota.Day) quota.Account { return quota.Account{Days: map[string]quota.Day{"2026-03-04": d}} }
	minute := func(name string, begun int) quota.Account { return quota.Account{Minute: name, Begun: begun} }
	for _, tc := range []struct {
		name    string
		account quota.Account
		need    quota.Tokens
		reason  errs.Reason
		details map[string]any
	}{
		{"the first", quota.Account{}, need, "", nil},
		{"up to the last token", day(quota.Day{Turns: 2, OutputTokens: 40, Held: 10, InputTokens: 400, HeldInput: 100}), need, "", nil},
		{"yesterday's", quota.Account{Days: map[string]quota.Day{"2026-03-03": {Turns: 9, OutputTokens: 900}}}, need, "", nil},
		{"no turn left", day(quota.Day{Turns: 3}), need, errs.DailyTurns, map[string]any{"limit": 3, "used": 3, "resetsAt": "2026-03-05T00:00:00Z"}},
		{"one output token too much", day(quota.Day{OutputTokens: 40, Held: 11}), need, errs.DailyTokens, map[string]any{"limit": 100, "used": 51, "resetsAt": "2026-03-05T00:00:00Z"}},
		{"one input token too much", day(quota.Day{InputTokens: 400, HeldInput: 101}), need, errs.DailyInputTokens, map[string]any{"limit": 1000, "used": 501, "resetsAt": "2026-03-05T00:00:00Z"}},
		{"a template, when all is used up", day(quota.Day{Turns: 9, OutputTokens: 900, InputTokens: 9000}), quota.Tokens{}, "", nil},
		{"too many at once", quota.Account{Running: map[string]string{"a": "1", "b": "2"}}, quota.Tokens{}, errs.ConcurrentTurns, map[string]any{"limit": 2, "used": 2}},
		{"too many within a minute", minute("2026-03-04T05:06", 4), quota.Tokens{}, errs.TurnsPerMinute, map[string]any{"limit": 4, "used": 4, "retryAfter": 54}},
		{"the last of a minute", minute("2026-03-04T05:06", 3), need, "", nil},
		{"the minute before", minute("2026-03-04T05:05", 4), need, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.account.Hold(limits, "p", "t", tc.need, now)
			if tc.reason != "" {
				if e := errs.Of(err); e == nil || e.Code != errs.ResourceExhausted || e.Reason != tc.reason || !cmp.Equal(e.Details, any(tc.details)) {
					t.Errorf("Hold: %v with %v, want %s with %v", err, e.Details, tc.reason, tc.details)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Running["p"] != "t" || got.BegunIn(now) != tc.account.BegunIn(now)+1 {
				t.Errorf("Hold: %+v", got)
			}
			back := got.Settle("p", "t", "2026-03-04", tc.need, 1, quota.Tokens{Input: 7, Output: 8})
			want := tc.account.Days["2026-03-04"]
			want.Turns, want.InputTokens, want.OutputTokens = want.Turns+1, want.InputTokens+7, want.OutputTokens+8
			if diff := cmp.Diff(want, back.Days["2026-03-04"]); diff != "" || len(back.Running) != 0 {
				t.Errorf("after Settle, %v runs (-want +got):\n%s", back.Running, diff)
			}
		})
	}
}
