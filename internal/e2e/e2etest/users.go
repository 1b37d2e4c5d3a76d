package e2etest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/emulator"
)

// signUp makes a user in the Auth emulator and returns its ID token.
func SignUp(t *testing.T) string {
	t.Helper()
	url := "http://" + emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST") + "/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any"
	res, err := http.Post(url, "application/json", strings.NewReader(`{"returnSecureToken":true}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var user struct{ IDToken string }
	if err := json.NewDecoder(res.Body).Decode(&user); err != nil || user.IDToken == "" {
		t.Fatalf("sign up: %v", err)
	}
	return user.IDToken
}

// tokenWith signs a new user up, with claims.
func SignUpWith(t testing.TB, claims string) (uid, token string) {
	t.Helper()
	uid = strings.ToLower(rand.Text())
	asOwner(t, "accounts", fmt.Sprintf(`{"localId":%q,"email":"%s@example.com","password":"secret"}`, uid, uid))
	SetClaims(t, uid, claims)
	return uid, SignIn(t, uid)
}

func SetClaims(t testing.TB, uid, claims string) {
	t.Helper()
	asOwner(t, "accounts:update", fmt.Sprintf(`{"localId":%q,"customAttributes":%q}`, uid, claims))
}

// asOwner asks the Auth emulator for what only a project's owner may.
func asOwner(t testing.TB, path, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST")+"/identitytoolkit.googleapis.com/v1/projects/"+Project+"/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer owner")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %v", path, res, err)
	}
	res.Body.Close()
}

func SignIn(t testing.TB, uid string) string {
	t.Helper()
	res, err := http.Post("http://"+emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST")+"/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=any",
		"application/json", strings.NewReader(fmt.Sprintf(`{"email":"%s@example.com","password":"secret","returnSecureToken":true}`, uid)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var user struct{ IDToken string }
	if err := json.NewDecoder(res.Body).Decode(&user); err != nil || user.IDToken == "" {
		t.Fatalf("sign in: %v", err)
	}
	return user.IDToken
}
