package functions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"github.com/google/go-cmp/cmp"
)

// byName takes a token for the user's id. root is an admin, guest has no account.
type byName struct{}

func (byName) Verify(_ context.Context, token string) (*callable.Caller, error) {
	switch token {
	case "bad":
		return nil, errs.BadToken(errors.New("the token is bad"))
	case "outage":
		return nil, errs.New(errs.Unavailable, errs.KeysUnavailable, "Later.")
	}
	provider := "password"
	if token == "guest" {
		provider = "anonymous"
	}
	claims := map[string]any{"admin": token == "root", "firebase": map[string]any{"sign_in_provider": provider}}
	return &callable.Caller{UID: token, Claims: claims, Token: token}, nil
}

// unhurried are the plans without limits of how often a user calls.
func unhurried() quota.Plans {
	plans := quota.Builtin()
	for name, l := range plans {
		l.ReadsPerMinute, l.WritesPerMinute, l.StreamsPerMinute, l.PromptsPerMinute = 1e6, 1e6, 1e6, 1e6
		plans[name] = l
	}
	return plans
}

// TestMatrix tries every function with every id that it takes, as everybody who has
// no right to it. A new function needs a row.
func TestMatrix(t *testing.T) {
	const noCaller, badToken, later, absent = "UNAUTHENTICATED sign-in-required", "UNAUTHENTICATED ", "UNAVAILABLE keys-unavailable", "NOT_FOUND no-such-project"
	const fine, adminOnly, noModels = "OK ", "PERMISSION_DENIED admin-only", "FAILED_PRECONDITION no-models"
	cfg := config.Config{Plans: unhurried(), SessionRecheck: time.Minute, Turn: aMinute()}
	store := memstore.New()
	b := functions.NewWith(cfg, functions.Parts{Store: store, Verifier: byName{}}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(context.Background()) })
	handlers := b.Handlers()
	cfg.AppCheck = config.Enforce
	strict := functions.NewWith(cfg, functions.Parts{Store: store, Verifier: byName{}, Apps: new(apps)}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { strict.Drain(context.Background()) })
	enforcing := strict.Handlers()
	saved := do(handlers, "saveProject", "ann", `{"source":"edit","generatedBy":"me","turnId":"turn-one","files":[{"path":"a","content":"x"}]}`)
	_, id, _ := strings.Cut(saved, `"projectId":"`)
	id, _, _ = strings.Cut(id, `"`)
	do(handlers, "cancelTurn", "ann", `{"turnId":"early-one"}`) // before it began a project

	// What a function takes, with ann's ids as PROJECT and TURN, and what bob hears.
	rows := map[string]struct{ data, bob string }{
		"generateCode":   {`{"prompt":"a clock","projectId":PROJECT,"turnId":TURN}`, absent},
		"resumeTurn":     {`{"projectId":PROJECT,"turnId":TURN}`, absent},
		"cancelTurn":     {`{"projectId":PROJECT,"turnId":TURN}`, absent},
		"saveProject":    {`{"projectId":PROJECT,"turnId":TURN,"source":"edit","generatedBy":"me","files":[{"path":"a","content":"x"}]}`, absent},
		"restoreVersion": {`{"projectId":PROJECT,"turnId":TURN,"version":1}`, absent},
		"getProject":     {`{"projectId":PROJECT,"version":1}`, absent},
		"listVersions":   {`{"projectId":PROJECT}`, absent}, "listMessages": {`{"projectId":PROJECT}`, absent},
		"getMessage":    {`{"projectId":PROJECT,"turnId":TURN}`, absent},
		"renameProject": {`{"projectId":PROJECT,"name":"n"}`, absent}, "deleteProject": {`{"projectId":PROJECT}`, absent}, "exportProject": {`{"projectId":PROJECT}`, absent},
		"listProjects": {`{}`, fine}, "listTemplates": {`{}`, fine}, "getUsage": {`{}`, fine}, "workerHealth": {`{}`, adminOnly},
		"deleteAccount": {`{}`, "FAILED_PRECONDITION not-set-up"},
		"exportAccount": {"", ""}, // it takes no id, and reads bob's own: TestExportAccount
		"listModels":    {`{}`, noModels}, "grantModel": {`{"modelId":"m","revision":"v"}`, noModels},
		"publishModel": {`{"modelId":"m","revision":"v"}`, adminOnly}, "quarantineModel": {`{"modelId":"m","revision":"v"}`, adminOnly},
		"openModelSession": {"", ""}, "closeModelSession": {"", ""}, // they take no id, and write bob's own session: TestSessionEnds
	}
	tried := 0
	for _, name := range calls(handlers) {
		row, ok := rows[name]
		if !ok {
			t.Errorf("%s has no row", name)
			continue
		}
		// Who calls, with which App Check token where it is enforced ("-": where it is
		// not), and what they hear. "": the call is theirs, and TestSessionEnds has it.
		callers := map[[2]string]string{
			{"", "-"}: noCaller, {"Basic ann", "-"}: badToken, {"Bearer", "-"}: badToken, {"Bearer bad", "-"}: badToken, {"Bearer outage", "-"}: later,
			{"Bearer bob", "-"}: row.bob, {"Bearer guest", "-"}: row.bob, {"Bearer bob", "good"}: row.bob, {"Bearer guest", "good"}: row.bob,
			{"Bearer ann", ""}: badToken, {"Bearer ann", "bad"}: badToken, {"Bearer root", ""}: badToken, {"Bearer root", "bad"}: badToken, {"Bearer guest", ""}: badToken,
			{"", ""}: noCaller, {"", "good"}: noCaller,
		}
		if name == "closeModelSession" { // it needs no caller, but an app
			callers[[2]string{"", "-"}], callers[[2]string{"", "good"}], callers[[2]string{"", ""}] = "", "", badToken
		}
		for _, streaming := range []bool{false, true} {
			for caller, want := range callers {
				if want == "" {
					continue
				}
				from := handlers
				if caller[1] != "-" {
					from = enforcing
				}
				answers := map[string]string{}
				for what, ids := range map[string][2]string{"ann's": {id, "turn-one"}, "ann's, another turn": {id, "no-turn"}, "none": {"no-project", "no-turn"}, "one of ann's that never began": {"no-project", "early-one"}} {
					data := strings.NewReplacer("PROJECT", `"`+ids[0]+`"`, "TURN", `"`+ids[1]+`"`).Replace(row.data)
					if streaming && name == "generateCode" {
						data = strings.Replace(data, "{", `{"errors":[{"message":"x","path":"a","line":1}],"target":{"selector":"p","html":"<p>"},`, 1)
					}
					before := store.Written()
					status, answer := post(from[name], caller[0], strings.Trim(caller[1], "-"), data, streaming)
					tried++
					if status != want {
						t.Errorf("%s as %q with %s: %s, want %s", name, caller, what, status, want)
					}
					if n := store.Written() - before; n != 0 {
						t.Errorf("%s as %q with %s: %d writes", name, caller, what, n)
					}
					answers[what] = strings.NewReplacer(ids[0], "PROJECT", ids[1], "TURN").Replace(answer)
				}
				for what, answer := range answers {
					if diff := cmp.Diff(answers["none"], answer); diff != "" && want == absent {
						t.Errorf("%s as %q tells %s from none:\n%s", name, caller, what, diff)
					}
				}
				if all := fmt.Sprint(answers); strings.Contains(all, `"content"`) || want == fine && strings.Contains(all, id) {
					t.Errorf("%s as %q shows what is ann's: %s", name, caller, all)
				}
			}
		}
	}
	t.Logf("%d calls of %d functions", tried, len(rows))
	if tried < 2500 {
		t.Errorf("only %d calls were tried", tried)
	}
}

// post calls a function with an Authorization header and an App Check token, "" for
// none. It returns code and reason, "OK " for a result, with the whole answer.
func post(h http.Handler, authorization, app, data string, streaming bool) (status, answer string) {
	r := httptest.NewRequest(http.MethodPost, "/f", strings.NewReader(`{"data":`+data+`}`))
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	if app != "" {
		r.Header.Set("X-Firebase-AppCheck", app)
	}
	if streaming {
		r.Header.Set("Accept", "text/event-stream")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var e struct {
		Error *struct {
			Status  string
			Details struct{ Reason string }
		}
	}
	text := strings.TrimPrefix(strings.TrimSpace(w.Body.String()), "data: ")
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err.Error(), text
	}
	if e.Error == nil {
		return "OK ", text
	}
	return e.Error.Status + " " + e.Error.Details.Reason, text
}
