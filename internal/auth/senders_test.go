package auth_test

import (
	"testing"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/errs"
)

// TestSenders: which tokens may deliver events. No test accepts a token, because
// only Google can sign one.
func TestSenders(t *testing.T) {
	for name, tc := range map[string]struct {
		senders  auth.Senders
		token    string
		accepted bool
	}{
		"open, without an account":         {auth.Senders{Open: true}, "", true},
		"not open, without an account":     {auth.Senders{}, "", false},
		"without an account, with a token": {auth.Senders{}, "x", false},
		"an account, no token":             {auth.Senders{Account: "a@b"}, "", false},
		"open, an account, no token":       {auth.Senders{Account: "a@b", Open: true}, "", false},
		"a malformed token":                {auth.Senders{Account: "a@b"}, "x.y.z", false},
		"an unsigned token":                {auth.Senders{Account: "a@b"}, "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAYiIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjQxMDI0NDQ4MDB9.", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.senders.Check(t.Context(), tc.token)
			if refused := errs.Of(err); (err == nil) != tc.accepted || err != nil && refused.Code != errs.Unauthenticated {
				t.Errorf("Check: %v", err)
			}
		})
	}
}
