package page

import (
	"net/netip"
	"net/url"
	"strings"
)

// maxOrigins bounds what a document is said to load from.
const maxOrigins = 100

// loads notes the origin of what a document loads, if it lies elsewhere.
func (b *build) loads(reference string) {
	u, err := url.Parse(strings.TrimSpace(reference))
	if err != nil || u.Host == "" || isPrivate(u) || len(b.network) >= maxOrigins {
		return
	}
	switch scheme := strings.ToLower(u.Scheme); scheme {
	case "":
		b.network["https://"+strings.ToLower(u.Host)] = true
	case "http", "https", "ws", "wss":
		b.network[scheme+"://"+strings.ToLower(u.Host)] = true
	}
}

// calls notes the origins that a script names as a part of its text. What is shown
// as a link, or names a kind of XML, is not loaded.
func (b *build) calls(js string) {
	if !strings.Contains(js, "://") {
		return
	}
	for _, m := range literalURL().FindAllStringSubmatch(js, -1) {
		if strings.HasPrefix(m[2], "http://www.w3.org/") || linking().MatchString(m[1]) {
			continue
		}
		b.loads(m[2])
	}
}

var (
	literalURL = compiled("([\\w.]*[ \\t]*[=:(,[?]?[ \\t]*)[\"'`]((?:https?|wss?)://[\\w.:-]+\\.?[\\w:-]*/?)")
	linking    = compiled(`(?i)(href|link|website|homepage|repo|github)["']?[ \t]*[=:(,]?[ \t]*$`)
)

// isPrivate reports whether a URL leads to the machine that loads it, or to its
// network: no app has anything to load there.
func isPrivate(u *url.URL) bool {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "localhost" || last == "internal" || last == "local" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		// Browsers take 127.1 and 0x7f000001 for addresses, too; see
		// https://url.spec.whatwg.org/#ends-in-a-number-checker
		return last != "" && last[0] >= '0' && last[0] <= '9'
	}
	ip = ip.Unmap()
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
}
