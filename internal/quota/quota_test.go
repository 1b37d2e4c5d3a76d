package quota_test

import (
	"math"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

func TestDownload(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)
	for _, tc := range []struct {
		name               string
		used, bytes, limit int64
		want               int64
		refused            bool
	}{
		{"the first", 0, 5, 10, 5, false},
		{"up to the last byte", 5, 5, 10, 10, false},
		{"one byte too much", 5, 6, 10, 5, true},
		{"nothing left", 10, 1, 10, 10, true},
		{"a limit that was lowered", 20, 1, 10, 20, true},
		{"nothing allowed", 0, 1, 0, 0, true},
		{"numbers near the end of int64", math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64, math.MaxInt64 - 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := quota.Limits{MonthlyBytes: tc.limit}.Download(tc.used, tc.bytes, now)
			if got != tc.want || (err != nil) != tc.refused {
				t.Errorf("Download(%d, %d) of %d = %d, %v; want %d, refused %v", tc.used, tc.bytes, tc.limit, got, err, tc.want, tc.refused)
			}
			if e := errs.Of(err); tc.refused && (e.Reason != errs.MonthlyBytes || e.Detail("resetsAt") != "2027-01-01T00:00:00Z") {
				t.Errorf("the refusal says %v, %v", e.Reason, e.Details)
			}
		})
	}
}

func TestMonth(t *testing.T) {
	east := time.FixedZone("east", 14*3600)
	if got := quota.Month(time.Date(2026, 12, 1, 3, 0, 0, 0, east)); got != "2026-11" {
		t.Errorf("Month = %s; the month is UTC's, 2026-11", got)
	}
}

func TestPlanOf(t *testing.T) {
	for claim, want := range map[any]quota.Plan{nil: quota.Free, "free": quota.Free, "premium": quota.Premium, "Premium": quota.Free, 7.0: quota.Free} {
		if got := quota.PlanOf(claim); got != want {
			t.Errorf("PlanOf(%v) = %s, want %s", claim, got, want)
		}
	}
}
