package quota_test

import (
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

// TestWhatIsStored: each limit holds at its edge, says what it is and what is used,
// and a refused account is as it was.
func TestWhatIsStored(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	limits := quota.Limits{StoredBytes: 1000, Projects: 2, SavesPerDay: 3}
	room := func(bytes int64) func(quota.Account) (quota.Account, error) {
		return func(a quota.Account) (quota.Account, error) { return a.Keep(bytes), a.Room(limits, bytes) }
	}
	open := func(a quota.Account) (quota.Account, error) { return a.OpenProject(limits) }
	save := func(a quota.Account) (quota.Account, error) { return a.Save(limits, now) }
	day := func(name string, saves int) quota.Account {
		return quota.Account{Days: map[string]quota.Day{name: {Saves: saves, Turns: 1}}}
	}
	for _, tc := range []struct {
		name    string
		account quota.Account
		do      func(quota.Account) (quota.Account, error)
		want    quota.Account
		reason  errs.Reason
		details map[string]any
	}{
		{"up to the last byte", quota.Account{StoredBytes: 900}, room(100), quota.Account{StoredBytes: 1000}, "", nil},
		{"one byte too much", quota.Account{StoredBytes: 900}, room(101), quota.Account{}, errs.StoredBytes, map[string]any{"limit": int64(1000), "used": int64(900), "bytes": int64(101)}},
		{"a turn that has yet to be answered", quota.Account{StoredBytes: 999}, room(0), quota.Account{StoredBytes: 999}, "", nil},
		{"such a turn without any room", quota.Account{StoredBytes: 1000}, room(0), quota.Account{}, errs.StoredBytes, map[string]any{"limit": int64(1000), "used": int64(1000), "bytes": int64(0)}},
		{"the last project", quota.Account{Projects: 1}, open, quota.Account{Projects: 2}, "", nil},
		{"one project too many", quota.Account{Projects: 2}, open, quota.Account{}, errs.TooManyProjects, map[string]any{"limit": 2, "used": 2}},
		{"the last save", day("2026-03-04", 2), save, day("2026-03-04", 3), "", nil},
		{"one save too many", day("2026-03-04", 3), save, quota.Account{}, errs.DailySaves, map[string]any{"limit": 3, "used": 3, "resetsAt": "2026-03-05T00:00:00Z"}},
		{"yesterday's saves", day("2026-03-03", 3), save, quota.Account{Days: map[string]quota.Day{"2026-03-03": {Saves: 3, Turns: 1}, "2026-03-04": {Saves: 1}}}, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.do(tc.account)
			if tc.reason != "" {
				if e := errs.Of(err); e == nil || e.Code != errs.ResourceExhausted || e.Reason != tc.reason || !cmp.Equal(e.Details, any(tc.details)) {
					t.Errorf("%v with %v, want %s with %v", err, e.Details, tc.reason, tc.details)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got.Running = nil
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatIsOlderThanTheCount: a project that was stored before anything was counted
// may be deleted.
func TestWhatIsOlderThanTheCount(t *testing.T) {
	got := quota.Account{Projects: 0, StoredBytes: 5}.CloseProject().Keep(-10)
	if diff := cmp.Diff(quota.Account{}, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}
