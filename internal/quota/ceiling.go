package quota

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Ceiling is what the whole deployment may use on one day, in UTC. It protects who
// pays for workers and downloads; plans protect users from one another. 0 is no
// ceiling.
type Ceiling struct {
	Tokens          int64 `json:"tokens"`          // that workers read and write
	AnonymousTokens int64 `json:"anonymousTokens"` // of them, for users without an account
	Bytes           int64 `json:"bytes"`           // of model weights that users are granted
	AnonymousBytes  int64 `json:"anonymousBytes"`  // of them, by users without an account
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
	if min(c.Tokens, c.AnonymousTokens, c.Bytes, c.AnonymousBytes) < 0 {
		return c, errors.New("a ceiling is not below 0")
	}
	return c, nil
}

// Spent is what a deployment has used of its Ceiling.
type Spent struct {
	Tokens          int64 `firestore:"tokens"`
	AnonymousTokens int64 `firestore:"anonymousTokens"`
	Bytes           int64 `firestore:"bytes"`
	AnonymousBytes  int64 `firestore:"anonymousBytes"`
}

// Plus returns the sum.
func (s Spent) Plus(o Spent) Spent {
	return Spent{s.Tokens + o.Tokens, s.AnonymousTokens + o.AnonymousTokens, s.Bytes + o.Bytes, s.AnonymousBytes + o.AnonymousBytes}
}

// Minus returns the difference.
func (s Spent) Minus(o Spent) Spent {
	return s.Plus(Spent{-o.Tokens, -o.AnonymousTokens, -o.Bytes, -o.AnonymousBytes})
}

// Allows returns nil while one more turn may begin: RESOURCE_EXHAUSTED
// daily-ceiling, with resetsAt. It does not tell users how much that is.
func (c Ceiling) Allows(s Spent, anonymous bool, now time.Time) error {
	switch {
	case c.Tokens > 0 && s.Tokens >= c.Tokens:
		return reached("The models of this service have done all they may for today. They go on at %s.", now)
	case anonymous && c.AnonymousTokens > 0 && s.AnonymousTokens >= c.AnonymousTokens:
		return reached("The models have done all they may for guests today. Sign in with an account, or come back at %s.", now)
	}
	return nil
}

// AllowsDownload returns nil if so many bytes more may be granted; otherwise an error
// as Allows does.
func (c Ceiling) AllowsDownload(s Spent, anonymous bool, bytes int64, now time.Time) error {
	switch {
	case c.Bytes > 0 && s.Bytes+bytes > c.Bytes:
		return reached("This service has given out all the downloads of today. They go on at %s.", now)
	case anonymous && c.AnonymousBytes > 0 && s.AnonymousBytes+bytes > c.AnonymousBytes:
		return reached("Guests have had all their downloads of today. Sign in with an account, or come back at %s.", now)
	}
	return nil
}

func reached(format string, now time.Time) error {
	resets := DayEnds(now)
	return errs.New(errs.ResourceExhausted, errs.DailyCeiling, format, resets.Format("15:04 MST on 2 January")).
		With("resetsAt", resets.Format(time.RFC3339))
}
