package functions

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestAddress: a client cannot choose by a header whose limits it has.
func TestAddress(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for _, tc := range []struct {
		name      string
		cloudRun  bool
		proxies   []netip.Prefix
		peer      string
		forwarded []string // the headers
		want      string
	}{
		{"the peer", false, nil, "203.0.113.7:4000", nil, "203.0.113.7"},
		{"what the peer says", false, nil, "203.0.113.7:4000", []string{"198.51.100.1"}, "203.0.113.7"},
		{"IPv6 counts by its network", false, nil, "[2001:db8:1:2:3:4:5:6]:4000", nil, "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", false, nil, "[::ffff:203.0.113.7]:4000", nil, "203.0.113.7"},
		{"a zone is no other address", false, nil, "[fe80::1%eth0]:4000", nil, "fe80::/64"},
		{"no address", false, nil, "@", nil, "unknown"},

		{"Cloud Run's word", true, nil, "169.254.1.1:4000", []string{"203.0.113.7"}, "203.0.113.7"},
		{"what stands before it is the client's", true, nil, "169.254.1.1:4000", []string{"198.51.100.1, 198.51.100.2,203.0.113.7"}, "203.0.113.7"},
		{"in a header of its own", true, nil, "169.254.1.1:4000", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		{"an empty header", true, nil, "169.254.1.1:4000", []string{"203.0.113.7", ""}, "unknown"},
		{"no header", true, nil, "169.254.1.1:4000", nil, "unknown"},
		{"no address in it", true, nil, "169.254.1.1:4000", []string{"203.0.113.7, secret"}, "unknown"},
		{"with a port", true, nil, "169.254.1.1:4000", []string{"[2001:db8:1:2::3]:99"}, "2001:db8:1:2::/64"},

		{"through our proxy", false, ours, "10.1.2.3:4000", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"through two of them", false, ours, "10.1.2.3:4000", []string{"198.51.100.1, 203.0.113.7, 2001:db8:ffff:1::1"}, "203.0.113.7"},
		{"through our proxy, which says nothing", false, ours, "10.1.2.3:4000", nil, "10.1.2.3"},
		{"through our proxy, which says nonsense", false, ours, "10.1.2.3:4000", []string{"203.0.113.7, x"}, "10.1.2.3"},
		{"from one of ours", false, ours, "10.1.2.3:4000", []string{"10.9.9.9"}, "10.9.9.9"},
		{"not through our proxy", false, ours, "198.51.100.9:4000", []string{"203.0.113.7, 10.1.2.3"}, "198.51.100.9"},
		{"through our proxy and Cloud Run", true, ours, "169.254.1.1:4000", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/f", nil)
			r.RemoteAddr = tc.peer
			for _, value := range tc.forwarded {
				r.Header.Add("X-Forwarded-For", value)
			}
			if got := (addresses{tc.cloudRun, tc.proxies}).of(r); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// TestLongForwarding: a client that sends thousands of addresses makes the server
// allocate for none of them.
func TestLongForwarding(t *testing.T) {
	r := httptest.NewRequest("POST", "/f", nil)
	r.Header.Set("X-Forwarded-For", strings.Repeat(",", 30<<10)+"203.0.113.7")
	if n := testing.AllocsPerRun(100, func() { addresses{behindPlatform: true}.of(r) }); n > 3 {
		t.Errorf("%v allocations", n)
	}
}
