package quota_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

// TestEveryPlanIsKnown: a claim can name every plan that has limits, and a model
// can be for it.
func TestEveryPlanIsKnown(t *testing.T) {
	plans := slices.Sorted(maps.Keys(quota.Builtin()))
	if diff := cmp.Diff(plans, slices.Sorted(slices.Values(quota.PlanNames()))); diff != "" {
		t.Errorf("the plans (-plans.json +PlanNames):\n%s", diff)
	}
	for _, plan := range plans {
		if got := quota.PlanOf(string(plan), ""); got != plan {
			t.Errorf("the claim %q gives the plan %q", plan, got)
		}
	}
	text, err := os.ReadFile("../catalogue/model-config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Plans struct{ Items struct{ Enum []quota.Plan } }
		}
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plans, slices.Sorted(slices.Values(schema.Properties.Plans.Items.Enum))); diff != "" {
		t.Errorf("the plans of a model (-plans.json +schema):\n%s", diff)
	}
}
