package main

import (
	"slices"
	"testing"
)

func TestFuzzTargetsAreFound(t *testing.T) {
	targets, err := fuzzTargets("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []fuzzTarget{{"internal/callable", "FuzzRequest"}, {"internal/artifact/reply", "FuzzParse"}, {"internal/intent", "FuzzParse"}} {
		if !slices.Contains(targets, want) {
			t.Errorf("%v is not among %v", want, targets)
		}
	}
}

func TestAFuzzRunThatEndedLate(t *testing.T) {
	const progress = "fuzz: elapsed: 11s, execs: 30060 (3780/sec), new interesting: 24 (total: 110)\n"
	for name, c := range map[string]struct {
		output string
		want   bool
	}{
		"the deadline alone": {progress + "--- FAIL: FuzzDocument (11.08s)\n    context deadline exceeded\nFAIL\nexit status 1\n", true},
		"a finding":          {progress + "--- FAIL: FuzzDocument (0.08s)\n    --- FAIL: FuzzDocument (0.00s)\n        page_test.go:9: lost\n\n    Failing input written to testdata/fuzz/FuzzDocument/1\nFAIL\nexit status 1\n", false},
		"a deadline that the target reports": {progress + "--- FAIL: FuzzDocument (0.08s)\n    --- FAIL: FuzzDocument (0.00s)\n        page_test.go:9: context deadline exceeded\n" +
			"FAIL\nexit status 1\n", false},
		"a hang":           {"--- FAIL: FuzzDocument (10.08s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\n    Failing input written to testdata/fuzz/FuzzDocument/1\nFAIL\n", false},
		"a failing corpus": {"--- FAIL: FuzzDocument (0.01s)\n    --- FAIL: FuzzDocument/seed#0 (0.00s)\nFAIL\n", false},
		"no build":         {"# dreambuild.dev/backend/internal/x\nx_test.go:1: undefined: y\nFAIL\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := endedLate(c.output); got != c.want {
				t.Errorf("endedLate is %v, want %v", got, c.want)
			}
		})
	}
}
