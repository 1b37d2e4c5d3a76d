package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAppCheckInTheSuite: with App Check, the suite gives tokens to the console, to
// the line that streams an answer, and to what it publishes.
func TestAppCheckInTheSuite(t *testing.T) {
	host, stop, err := startAppCheck()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	s, _ := newSuite(t)
	write(t, s.root, map[string]string{"internal/console/dist/index.html": ""})
	for name, tc := range map[string]struct {
		host    string
		console any    // appCheck of the console's configuration
		line    string // what the line has of it
	}{
		"with App Check": {host, map[string]any{"local": "http://" + host + "/token"}, `-H "X-Firebase-AppCheck: $(curl -s -X POST http://` + host + `/token)"`},
		"without":        {"", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.configureConsole(where{Auth: "127.0.0.1:9099", AppCheck: tc.host}, 5001); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(s.root, "internal/console/dist/local.json"))
			if err != nil {
				t.Fatal(err)
			}
			var console map[string]any
			if err := json.Unmarshal(text, &console); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.console, console["appCheck"]); diff != "" {
				t.Errorf("the console's App Check (-want +got):\n%s", diff)
			}
			if line := curl(9099, 5001, tc.host); !strings.Contains(line, tc.line) || strings.Contains(line, "AppCheck") != (tc.host != "") {
				t.Errorf("the line is %s", line)
			}
			token, err := appCheckToken(t.Context(), tc.host)
			if err != nil || (token != "") != (tc.host != "") {
				t.Errorf("token %q, %v", token, err)
			}
			heard := "nothing"
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				heard = strings.Join(r.Header.Values("X-Firebase-AppCheck"), ",")
				fmt.Fprint(w, "data: {\"result\":{}}\n\n")
			}))
			defer server.Close()
			if _, err := publish(t.Context(), upload{functions: server.URL, id: "m", rev: "v1", app: token}, nil); err != nil || heard != token {
				t.Errorf("publishModel heard %q, %v; want %q", heard, err, token)
			}
		})
	}
}
