package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLocalPolicy: in the local suite a page reaches this machine where it reaches
// the internet, and nothing else changes.
func TestLocalPolicy(t *testing.T) {
	const here = " http://127.0.0.1:* http://localhost:*"
	for policy, want := range map[string]string{
		"default-src 'none'; connect-src 'self' https://a.example; frame-src https://b.example": "default-src 'none'; connect-src 'self' https://a.example" + here + "; frame-src https://b.example" + here,
		"script-src 'self' https://a.example; connect-src data: blob:; frame-ancestors 'none'":  "script-src 'self' https://a.example; connect-src data: blob:; frame-ancestors 'none'",
		"frame-ancestors https://a.example":                                                     "frame-ancestors https://a.example" + here,
	} {
		if diff := cmp.Diff(want, localPolicy(policy)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", policy, diff)
		}
	}
}

// TestHeaders: what firebase.json deploys names no address of this machine, and no
// header twice for a page: which one Hosting would send then is not documented.
func TestHeaders(t *testing.T) {
	text, err := os.ReadFile("../../firebase.json")
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Hosting struct {
			Headers []struct {
				Source  string
				Headers []struct{ Key, Value string }
			}
		}
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	everywhere := map[string]bool{}
	for _, rule := range c.Hosting.Headers {
		here := map[string]bool{}
		for _, h := range rule.Headers {
			if everywhere[h.Key] || here[h.Key] {
				t.Errorf("%s has %s twice", rule.Source, h.Key)
			}
			here[h.Key] = true
			if strings.Contains(h.Value, "http://") || strings.Contains(h.Value, "localhost") {
				t.Errorf("%s: %s names an address that is not https: %s", rule.Source, h.Key, h.Value)
			}
		}
		switch {
		case rule.Source == "**":
			everywhere = here
		case strings.Contains(rule.Source, "*"):
			t.Errorf("%s overlaps with others: name the page", rule.Source)
		}
	}
	if len(c.Hosting.Headers) < 5 {
		t.Errorf("only %d rules", len(c.Hosting.Headers))
	}
}
