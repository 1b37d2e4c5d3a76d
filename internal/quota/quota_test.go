package quota_test

import (
	"math"
	"reflect"
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
	for _, tc := range []struct {
		claim    any
		provider string
		want     quota.Plan
	}{
		{nil, "password", quota.Free},
		{nil, "", quota.Free}, // the token says nothing of the sign-in
		{nil, "anonymous", quota.Anonymous},
		{"free", "password", quota.Free},
		{"premium", "password", quota.Premium},
		{"anonymous", "password", quota.Anonymous},
		{"premium", "anonymous", quota.Premium}, // an operator has said so
		{"free", "anonymous", quota.Free},
		{"Premium", "password", quota.Free},
		{"Premium", "anonymous", quota.Anonymous},
		{7.0, "password", quota.Free},
	} {
		if got := quota.PlanOf(tc.claim, tc.provider); got != tc.want {
			t.Errorf("PlanOf(%v, %q) = %s, want %s", tc.claim, tc.provider, got, tc.want)
		}
	}
}

func TestIn(t *testing.T) {
	for _, tc := range []struct {
		plan quota.Plan
		list []quota.Plan
		want bool
	}{
		{quota.Free, []quota.Plan{quota.Free, quota.Premium}, true},
		{quota.Free, []quota.Plan{quota.Premium}, false},
		{quota.Premium, []quota.Plan{quota.Free}, false},
		{quota.Anonymous, []quota.Plan{quota.Free}, true},
		{quota.Anonymous, []quota.Plan{quota.Anonymous}, true},
		{quota.Anonymous, []quota.Plan{quota.Premium}, false},
		{quota.Free, []quota.Plan{quota.Anonymous}, false},
		{quota.Anonymous, nil, false},
	} {
		if got := tc.plan.In(tc.list); got != tc.want {
			t.Errorf("%s in %v: %v", tc.plan, tc.list, got)
		}
	}
}

// TestAnonymousHasLess: whoever needs no account is allowed less of everything than
// who has one, but a small model fits.
func TestAnonymousHasLess(t *testing.T) {
	plans := quota.Builtin()
	anonymous, free := reflect.ValueOf(plans[quota.Anonymous]), reflect.ValueOf(plans[quota.Free])
	for i := range anonymous.NumField() {
		if a, f := anonymous.Field(i).Int(), free.Field(i).Int(); a >= f || a <= 0 {
			t.Errorf("%s: %d for anonymous, %d for free", anonymous.Type().Field(i).Name, a, f)
		}
	}
	const smolLM2 = 98_000_000
	if got := plans[quota.Anonymous].MonthlyBytes; got < 2*smolLM2 {
		t.Errorf("%d bytes a month: the model of the README does not fit twice", got)
	}
}
