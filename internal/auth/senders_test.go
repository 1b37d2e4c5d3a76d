package auth_test

import (
	"testing"

	"dreambuild.dev/backend/internal/auth"
)

// TestSenders: who may deliver events. A token of the right account comes from
// Google alone, so only refusals are shown here.
func TestSenders(t *testing.T) {
	for name, tc := range map[string]struct {
		senders  auth.Senders
		token    string
		accepted bool
	}{
		"on a laptop":                       {auth.Senders{Open: true}, "", true},
		"on Cloud Run, without an account":  {auth.Senders{}, "", false},
		"without an account, with a token":  {auth.Senders{}, "x", false},
		"an account, no token":              {auth.Senders{Account: "a@b"}, "", false},
		"an account, no token, nobody else": {auth.Senders{Account: "a@b", Open: true}, "", false},
		"a token that is none":              {auth.Senders{Account: "a@b"}, "x.y.z", false},
		"a token that nobody has signed":    {auth.Senders{Account: "a@b"}, "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAYiIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjQxMDI0NDQ4MDB9.", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tc.senders.Check(t.Context(), tc.token); (err == nil) != tc.accepted {
				t.Errorf("Check: %v", err)
			}
		})
	}
}
