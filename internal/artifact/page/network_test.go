package page_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"github.com/google/go-cmp/cmp"
)

// TestNetworkIsPublic: the origins that a document may load from lie in the internet.
func TestNetworkIsPublic(t *testing.T) {
	for host, want := range map[string][]string{
		"cdn.example":              {"https://cdn.example"},
		"93.184.215.14":            {"https://93.184.215.14"},
		"localhost:3000":           nil,
		"LOCALHOST":                nil,
		"app.localhost.":           nil,
		"printer.local":            nil,
		"metadata.google.internal": nil,
		"127.0.0.1:8080":           nil,
		"127.1":                    nil,
		"0x7f000001":               nil,
		"2130706433":               nil,
		"10.0.0.1":                 nil,
		"192.168.0.1":              nil,
		"169.254.169.254":          nil,
		"[::1]":                    nil,
		"[::ffff:127.0.0.1]":       nil,
		"[fe80::1]":                nil,
	} {
		built := page.Build([]artifact.File{{Path: "index.html", Content: `<img src="https://` + host + `/a.png">`}})
		if diff := cmp.Diff(want, built.Network); diff != "" {
			t.Errorf("%s (-want +got):\n%s", host, diff)
		}
	}
}
