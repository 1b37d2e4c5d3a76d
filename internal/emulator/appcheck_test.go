package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/errs"
)

// TestAppCheck: the backend believes the tokens that the emulator gives, takes each
// once, and believes no other emulator's.
func TestAppCheck(t *testing.T) {
	open := func(project string) (*emulator.AppCheck, *auth.Apps) {
		a, err := emulator.NewAppCheck(project)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(a)
		t.Cleanup(server.Close)
		return a, auth.OpenApps(auth.Config{Project: "demo-x", AppKeysURL: server.URL + "/v1/jwks", ConsumeURL: server.URL + "/"})
	}
	ours, apps := open("demo-x")
	w := httptest.NewRecorder()
	ours.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/token", nil))
	token := w.Body.String()
	app, err := apps.VerifyApp(t.Context(), token)
	if err != nil || app.ID != "1:1234567890:web:local" || app.Token != token {
		t.Errorf("%+v, %v", app, err)
	}
	for i, want := range []bool{false, true} {
		if used, err := apps.Consume(t.Context(), token); err != nil || used != want {
			t.Errorf("marked %d times before: %t, %v", i, used, err)
		}
	}
	if again, err := ours.Token(); err != nil || again == token {
		t.Errorf("the second token is the first, or %v", err)
	}
	other, _ := open("demo-x")
	elsewhere, alien := open("demo-y")
	for name, tc := range map[string]struct {
		of   *emulator.AppCheck
		apps *auth.Apps
	}{"another key": {other, apps}, "another project": {elsewhere, alien}} {
		token, err := tc.of.Token()
		if err != nil {
			t.Fatal(err)
		}
		if app, err := tc.apps.VerifyApp(t.Context(), token); errs.Of(err) == nil || errs.Of(err).Code != errs.Unauthenticated {
			t.Errorf("%s: %+v, %v", name, app, err)
		}
	}
}
