package quota_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

func TestCeiling(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)
	both, err := quota.ReadCeiling(`{"tokens": 100, "anonymousTokens": 40}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name      string
		ceiling   quota.Ceiling
		spent     quota.Spent
		anonymous bool
		refused   bool
	}{
		{"below", both, quota.Spent{Tokens: 99, AnonymousTokens: 39}, true, false},
		{"guests have used theirs", both, quota.Spent{Tokens: 40, AnonymousTokens: 40}, true, true},
		{"that does not stop others", both, quota.Spent{Tokens: 40, AnonymousTokens: 40}, false, false},
		{"all is used", both, quota.Spent{Tokens: 100}, false, true},
		{"all is used, by others", both, quota.Spent{Tokens: 100}, true, true},
		{"none", quota.Ceiling{}, quota.Spent{Tokens: 1e18, AnonymousTokens: 1e18}, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.ceiling.Allows(tc.spent, tc.anonymous, now)
			if e := errs.Of(err); (err != nil) != tc.refused || e != nil && (e.Reason != errs.DailyCeiling || e.Detail("resetsAt") != "2027-01-01T00:00:00Z") {
				t.Errorf("Allows: %v, want refused %v", err, tc.refused)
			}
		})
	}
	downloads, err := quota.ReadCeiling(`{"bytes": 1000, "anonymousBytes": 400}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name      string
		ceiling   quota.Ceiling
		spent     quota.Spent
		anonymous bool
		bytes     int64
		refused   bool
	}{
		{"the last bytes", downloads, quota.Spent{Bytes: 900, AnonymousBytes: 300}, true, 100, false},
		{"one more than guests have left", downloads, quota.Spent{Bytes: 300, AnonymousBytes: 300}, true, 101, true},
		{"that does not stop others", downloads, quota.Spent{Bytes: 400, AnonymousBytes: 400}, false, 600, false},
		{"one more than all have left", downloads, quota.Spent{Bytes: 900}, false, 101, true},
		{"tokens are no bytes", downloads, quota.Spent{Tokens: 5000, AnonymousTokens: 5000}, true, 400, false},
		{"no ceiling for bytes", both, quota.Spent{Bytes: 1e18, AnonymousBytes: 1e18}, true, 1e9, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.ceiling.AllowsDownload(tc.spent, tc.anonymous, tc.bytes, now)
			if e := errs.Of(err); (err != nil) != tc.refused || e != nil && (e.Reason != errs.DailyCeiling || e.Detail("resetsAt") != "2027-01-01T00:00:00Z") {
				t.Errorf("AllowsDownload: %v, want refused %v", err, tc.refused)
			}
			if err := downloads.Allows(tc.spent, tc.anonymous, now); err != nil {
				t.Errorf("a turn: %v", err)
			}
		})
	}
	for _, wrong := range []string{`{"tokens": -1}`, `{"anonymousBytes": -1}`, `{"token": 1}`, `5`, `{"tokens": 1e3.5}`} {
		if c, err := quota.ReadCeiling(wrong); err == nil {
			t.Errorf("%s was read as %+v", wrong, c)
		}
	}
}
