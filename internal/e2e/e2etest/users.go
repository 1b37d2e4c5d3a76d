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

// SignUp makes a user in a Firebase project and returns its ID token.
func SignUp(t testing.TB, project string) string {
	t.Helper()
	return signIn(t, project, newUser(t, project))
}

// SignUpWith makes a user with custom claims, which are JSON, and returns its uid
// and ID token.
func SignUpWith(t testing.TB, claims string) (uid, token string) {
	t.Helper()
	uid = newUser(t, Project)
	SetClaims(t, uid, claims)
	return uid, SignIn(t, uid)
}

// SignUpAs makes a user with a uid and custom claims in a Firebase project, and returns
// its ID token.
func SignUpAs(t testing.TB, project, uid, claims string) string {
	t.Helper()
	addUser(t, project, uid)
	setClaims(t, project, uid, claims)
	return signIn(t, project, uid)
}

// SetClaims replaces the custom claims of a user. Tokens have them from the next
// SignIn on.
func SetClaims(t testing.TB, uid, claims string) {
	t.Helper()
	setClaims(t, Project, uid, claims)
}

func setClaims(t testing.TB, project, uid, claims string) {
	t.Helper()
	var updated struct{}
	AskAuth(t, "projects/"+project+"/accounts:update", fmt.Sprintf(`{"localId":%q,"customAttributes":%q}`, uid, claims), &updated)
}

// SignIn returns a new ID token of a user whom SignUpWith has made.
func SignIn(t testing.TB, uid string) string {
	t.Helper()
	return signIn(t, Project, uid)
}

const password = "secret"

func email(uid string) string { return uid + "@example.com" }

func newUser(t testing.TB, project string) (uid string) {
	t.Helper()
	uid = strings.ToLower(rand.Text())
	addUser(t, project, uid)
	return uid
}

func addUser(t testing.TB, project, uid string) {
	t.Helper()
	var made struct{}
	AskAuth(t, "projects/"+project+"/accounts", fmt.Sprintf(`{"localId":%q,"email":%q,"password":%q}`, uid, email(uid), password), &made)
}

func signIn(t testing.TB, project, uid string) string {
	t.Helper()
	var user struct{ IDToken string }
	AskAuth(t, "accounts:signInWithPassword", fmt.Sprintf(`{"email":%q,"password":%q,"returnSecureToken":true,"targetProjectId":%q}`, email(uid), password, project), &user)
	if user.IDToken == "" {
		t.Fatal("sign in: the Auth emulator gave no ID token")
	}
	return user.IDToken
}

// AskAuth calls a method of the Auth emulator as a project's owner, such as
// "projects/p/accounts:lookup", and decodes its answer.
func AskAuth(t testing.TB, method, body string, answer any) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST")+"/identitytoolkit.googleapis.com/v1/"+method, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer owner")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", method, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}
