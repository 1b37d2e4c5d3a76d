package functions

import (
	"context"
	"time"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/quota"
)

// usage has what the plans allow and the stores of what users have used.
type usage struct {
	plans    quota.Plans
	usdPerGB float64
	accounts interface {
		Account(ctx context.Context, uid, day string) (quota.Account, error)
	}
	grants interface {
		BytesGranted(ctx context.Context, uid, month string) (int64, error)
	}
}

// planOf reads the caller's plan from the claim "plan", or from the sign-in.
func planOf(c *callable.Caller) quota.Plan {
	return quota.PlanOf(c.Claims["plan"], auth.SignInOf(c).Provider)
}

func (u usage) limits(c *callable.Caller) quota.Limits { return u.plans[planOf(c)] }

// isAnonymous reports whether the caller has signed in without an account.
func isAnonymous(c *callable.Caller) bool { return auth.SignInOf(c).Provider == "anonymous" }

// used is how much the caller has used of one thing that the plan limits.
type used struct {
	Used     int64  `json:"used"`
	Held     int64  `json:"held,omitempty"` // reserved by running turns
	Limit    int64  `json:"limit"`
	ResetsAt string `json:"resetsAt,omitempty"`
}

type getUsageResult struct {
	Plan             quota.Plan `json:"plan"`
	DailyTurns       used       `json:"dailyTurns"`
	DailyTokens      used       `json:"dailyTokens"`
	DailyInputTokens used       `json:"dailyInputTokens"`
	ConcurrentTurns  used       `json:"concurrentTurns"`
	TurnsPerMinute   used       `json:"turnsPerMinute"`
	MonthlyBytes     used       `json:"monthlyBytes"`
	StoredBytes      used       `json:"storedBytes"`
	Projects         used       `json:"projects"`
	SavesPerDay      used       `json:"savesPerDay"`
	// Of this instance alone, like the four that follow: each counts for itself.
	ReadsPerMinute    used `json:"readsPerMinute"`
	WritesPerMinute   used `json:"writesPerMinute"`
	StreamsPerMinute  used `json:"streamsPerMinute"`
	PromptsPerMinute  used `json:"promptsPerMinute"`
	ConcurrentStreams used `json:"concurrentStreams"`
	// EstimatedUSD is what this month's downloads cost the operator.
	EstimatedUSD float64 `json:"estimatedUsd"`
}

// getUsage returns how much of each of the plan's limits the caller has used.
func (b *Backend) getUsage(ctx context.Context, call callable.Call[struct{}]) (getUsageResult, error) {
	now := time.Now()
	account, err := b.usage.accounts.Account(ctx, call.Caller.UID, quota.Today(now))
	if err != nil {
		return getUsageResult{}, err
	}
	bytes, err := b.usage.grants.BytesGranted(ctx, call.Caller.UID, quota.Month(now))
	if err != nil {
		return getUsageResult{}, err
	}
	limits := b.usage.limits(call.Caller)
	day := account.Days[quota.Today(now)]
	tomorrow, nextMonth := timestamp(quota.DayEnds(now)), timestamp(quota.MonthEnds(now))
	calls := func(class admission.Class) used { return b.gate.callsOf(call.Caller, class) }
	return getUsageResult{
		Plan:             planOf(call.Caller),
		DailyTurns:       used{Used: int64(day.Turns), Limit: int64(limits.DailyTurns), ResetsAt: tomorrow},
		DailyTokens:      used{Used: int64(day.OutputTokens), Held: int64(day.Held), Limit: int64(limits.DailyTokens), ResetsAt: tomorrow},
		DailyInputTokens: used{Used: int64(day.InputTokens), Held: int64(day.HeldInput), Limit: int64(limits.DailyInputTokens), ResetsAt: tomorrow},
		ConcurrentTurns:  used{Used: int64(len(account.Running)), Limit: int64(limits.ConcurrentTurns)},
		TurnsPerMinute:   used{Used: int64(account.BegunIn(now)), Limit: int64(limits.TurnsPerMinute), ResetsAt: timestamp(quota.MinuteEnds(now))},
		MonthlyBytes:     used{Used: bytes, Limit: limits.MonthlyBytes, ResetsAt: nextMonth},
		StoredBytes:      used{Used: account.StoredBytes, Limit: limits.StoredBytes},
		Projects:         used{Used: int64(account.Projects), Limit: int64(limits.Projects)},
		SavesPerDay:      used{Used: int64(day.Saves), Limit: int64(limits.SavesPerDay), ResetsAt: tomorrow},
		ReadsPerMinute:   calls(admission.Read), WritesPerMinute: calls(admission.Write),
		StreamsPerMinute: calls(admission.Stream), PromptsPerMinute: calls(admission.Generate),
		ConcurrentStreams: used{Used: int64(b.gate.streams.Used(call.Caller.UID)), Limit: int64(limits.ConcurrentStreams)},
		EstimatedUSD:      float64(bytes) / 1e9 * b.usage.usdPerGB,
	}, nil
}
