package functions

import "testing"

// TestSenders: who may deliver events. A token of the right account comes from
// Google alone, so only refusals are shown here.
func TestSenders(t *testing.T) {
	for name, tc := range map[string]struct {
		senders       senders
		authorization string
		accepted      bool
	}{
		"on a laptop":                       {senders{open: true}, "", true},
		"on Cloud Run, without an account":  {senders{}, "", false},
		"without an account, with a token":  {senders{}, "Bearer x", false},
		"an account, no token":              {senders{account: "a@b"}, "", false},
		"an account, no token, nobody else": {senders{account: "a@b", open: true}, "", false},
		"a token that is none":              {senders{account: "a@b"}, "Bearer x.y.z", false},
		"a token that nobody has signed":    {senders{account: "a@b"}, "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFAYiIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjQxMDI0NDQ4MDB9.", false},
		"not even a bearer token":           {senders{account: "a@b"}, "Basic x", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tc.senders.check(t.Context(), tc.authorization); (err == nil) != tc.accepted {
				t.Errorf("check: %v", err)
			}
		})
	}
}
