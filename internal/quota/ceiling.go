package quota

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Ceiling is what the whole deployment may use on one day, in UTC. It protects who
// pays for the workers; plans protect users from one another. 0 is no ceiling.
type Ceiling struct {
	Tokens          int64 `json:"tokens"`          // that workers read and write
	AnonymousTokens int64 `json:"anonymousTokens"` // of them, for users without an account
}

// ReadCeiling reads JSON such as {"tokens": 50000000, "anonymousTokens": 5000000};
// "" is no ceiling.
func ReadCeiling(text string) (Ceiling, error) {
	var c Ceiling
	if text == "" {
		return c, nil
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, err
	}
	if c.Tokens < 0 || c.AnonymousTokens < 0 {
		return c, errors.New("a ceiling is not below 0")
	}
	return c, nil
}

// Spent is what a deployment has used of its Ceiling.
type Spent struct {
	Tokens          int64 `firestore:"tokens"`
	AnonymousTokens int64 `firestore:"anonymousTokens"`
}

// Plus returns the sum.
func (s Spent) Plus(o Spent) Spent {
	return Spent{s.Tokens + o.Tokens, s.AnonymousTokens + o.AnonymousTokens}
}

// Minus returns the difference.
func (s Spent) Minus(o Spent) Spent { return s.Plus(Spent{-o.Tokens, -o.AnonymousTokens}) }

// Allows returns nil while one more turn may begin: RESOURCE_EXHAUSTED
// daily-ceiling, with resetsAt. It does not tell users how much that is.
func (c Ceiling) Allows(s Spent, anonymous bool, now time.Time) error {
	stop := func(format string) error {
		resets := DayEnds(now)
		return errs.New(errs.ResourceExhausted, errs.DailyCeiling, format, resets.Format("15:04 MST on 2 January")).
			With("resetsAt", resets.Format(time.RFC3339))
	}
	switch {
	case c.Tokens > 0 && s.Tokens >= c.Tokens:
		return stop("The models of this service have done all they may for today. They go on at %s.")
	case anonymous && c.AnonymousTokens > 0 && s.AnonymousTokens >= c.AnonymousTokens:
		return stop("The models have done all they may for guests today. Sign in with an account, or come back at %s.")
	}
	return nil
}
