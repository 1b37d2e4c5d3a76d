package main

import (
	"slices"
	"strings"
)

// allowLocal lets pages that the Hosting emulator serves reach the suite: wherever
// their Content-Security-Policy names addresses of the internet to connect to, to frame
// or to be framed by, this machine's are added. firebase.json itself has none of them.
func (c config) allowLocal() {
	hosting, _ := c["hosting"].(map[string]any)
	rules, _ := hosting["headers"].([]any)
	for _, rule := range rules {
		part, _ := rule.(map[string]any)
		headers, _ := part["headers"].([]any)
		for _, header := range headers {
			h, _ := header.(map[string]any)
			if policy, ok := h["value"].(string); ok && h["key"] == "Content-Security-Policy" {
				h["value"] = localPolicy(policy)
			}
		}
	}
}

// localPolicy is a policy of firebase.json as the local suite needs it.
func localPolicy(policy string) string {
	directives := strings.Split(policy, ";")
	for i, d := range directives {
		name, sources, _ := strings.Cut(strings.TrimSpace(d), " ")
		if slices.Contains([]string{"connect-src", "frame-src", "frame-ancestors"}, name) && strings.Contains(sources, "https://") {
			directives[i] += " http://127.0.0.1:* http://localhost:*"
		}
	}
	return strings.Join(directives, ";")
}
