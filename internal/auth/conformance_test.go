package auth_test

import (
	"bufio"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// TestConformanceTokens sends tokens to the conformance server of package callable,
// which verifies them with keys from two files. It compares the caller and the app
// that the server reports.
func TestConformanceTokens(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "conformance")
	if out, err := exec.Command("go", "build", "-o", program, "../callable/testdata/conformance").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	keyFile := func(name string, key *rsa.PrivateKey) string {
		text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	idKey, appKey := newKey(t), newKey(t)
	cmd := exec.Command(program, "-id-jwks", keyFile("id.json", idKey), "-appcheck-jwks", keyFile("app.json", appKey), "-project", project)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, _ := strings.CutPrefix(strings.TrimSpace(line), "listening on ")

	id, app := claims(nil), appClaims(nil)
	token, appToken := sign(t, jose.RS256, idKey, "k1", id), sign(t, jose.RS256, appKey, "k1", app)
	ask := func(function, token, appToken string) (status int, body any) {
		req, err := http.NewRequest(http.MethodPost, url+"/"+function, strings.NewReader(`{"data":null}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", token)
		req.Header.Set("X-Firebase-AppCheck", appToken)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err == nil {
			err = json.Unmarshal(text, &body)
		}
		if err != nil {
			t.Fatalf("%s, %v", text, err)
		}
		return res.StatusCode, body
	}
	// want has the types that JSON decodes to, for the comparison.
	var want any
	id["uid"], app["app_id"] = "ann", app["sub"]
	text, err := json.Marshal(map[string]any{"result": map[string]any{
		"auth": map[string]any{"uid": "ann", "claims": id, "raw": len(token)}, "app": map[string]any{"appId": app["sub"], "token": app}, "iid": nil, "streaming": false,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if status, got := ask("info", "Bearer "+token, appToken); status != 200 || cmp.Diff(want, got) != "" {
		t.Errorf("info: %d (-want +got):\n%s", status, cmp.Diff(want, got))
	}
	if status, got := ask("enforce", "", appToken); status != 200 || cmp.Diff(map[string]any{"result": app["sub"]}, got) != "" {
		t.Errorf("enforce: %d %v", status, got)
	}
	for name, tokens := range map[string][2]string{"swapped": {"Bearer " + appToken, token}, "no App Check": {"Bearer " + token, ""}, "a bad App Check token": {"Bearer " + token, token}} {
		if status, got := ask("enforce", tokens[0], tokens[1]); status != 401 {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
