package functions

import (
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addresses finds out from where requests come.
type addresses struct {
	behindPlatform bool           // the peer is Cloud Run's front end, not who calls
	proxies        []netip.Prefix // whose word is believed
}

// of names the network of a request's client: an IPv4 address, or the first 64 bits of
// one of IPv6, which is what one household or machine gets.
//
// Each proxy appends its peer's address to X-Forwarded-For, and what stands before
// that is whatever its peer sent. So the list is read from its end: the first address
// that is no trusted proxy's is the client's.
func (a addresses) of(r *http.Request) string {
	client := "unknown"
	for hop := range a.hops(r) {
		addr, ok := parseAddress(hop)
		if !ok {
			break
		}
		client = network(addr)
		if !slices.ContainsFunc(a.proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
	}
	return client
}

// hops are the addresses that a request has come through, the last one first. A client
// may send thousands, so nothing is made of those that nobody asks for.
func (a addresses) hops(r *http.Request) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !a.behindPlatform && !yield(r.RemoteAddr) {
			return
		}
		for _, list := range slices.Backward(r.Header.Values("X-Forwarded-For")) {
			for more := true; more; {
				at := strings.LastIndexByte(list, ',')
				hop := strings.TrimSpace(list[at+1:])
				list, more = list[:max(at, 0)], at >= 0
				if !yield(hop) {
					return
				}
			}
		}
	}
}

// parseAddress reads an address with or without a port.
func parseAddress(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(text)
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone(""), err == nil
}

func network(addr netip.Addr) string {
	if addr.Is4() {
		return addr.String()
	}
	prefix, _ := addr.Prefix(64) // which every IPv6 address has
	return prefix.String()
}
