// Package people_test deletes an account as a user does, on the deployable program and
// the real emulators.
package people_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// site is a database of the test's own, with servers before it.
type site struct {
	project string
	db      *store.Store
	client  *firestore.Client
}

func open(t *testing.T) *site {
	t.Helper()
	g := &site{project: emulator.Project(t)}
	var err error
	if g.db, err = store.Open(t.Context(), g.project, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.db.Close() })
	if g.client, err = firestore.NewClient(t.Context(), g.project); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.client.Close() })
	return g
}

func (g *site) server(t *testing.T) *e2etest.Backend {
	return e2etest.Start(t, "", "GOOGLE_CLOUD_PROJECT="+g.project)
}

// everything returns every document of the database as text, by its path. It walks
// through all collections, also below documents that do not exist.
func (g *site) everything(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(collections *firestore.CollectionIterator)
	walk = func(collections *firestore.CollectionIterator) {
		found, err := collections.GetAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found {
			refs := c.DocumentRefs(t.Context())
			for {
				ref, err := refs.Next()
				if errors.Is(err, iterator.Done) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				doc, err := ref.Get(t.Context())
				if doc.Exists() {
					text, err := json.Marshal(doc.Data())
					if err != nil {
						t.Fatal(err)
					}
					_, path, _ := strings.Cut(ref.Path, "/documents/")
					all[path] = string(text)
				} else if err == nil {
					t.Fatalf("%s neither exists nor is absent", ref.Path)
				}
				walk(ref.Collections(t.Context()))
			}
		}
	}
	walk(g.client.Collections(t.Context()))
	return all
}

// projectsOf counts a user's projects, deleted ones too.
func (g *site) projectsOf(t *testing.T, uid string) int64 {
	t.Helper()
	mine := g.client.Collection("projects").Where("ownerUid", "==", uid)
	sums, err := mine.NewAggregationQuery().WithCount("n").Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sums["n"].(*firestorepb.Value).GetIntegerValue()
}

func uidOf(t *testing.T, token string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var claims struct{ Sub string }
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims.Sub
}

// call calls a function, and returns its answer.
func call(ctx context.Context, t *testing.T, s *e2etest.Backend, token, function string, data any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	res, err := e2etest.Post(ctx, s, token, function, string(body), "")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

const words = "a prompt that nobody else has written"

// live stores all that a user can have: projects with versions and a conversation,
// turns of templates, a turn that was cancelled before it began, text of a running turn
// that an older instance has left, usage, a grant and a session.
func (g *site) live(t *testing.T, s *e2etest.Backend, token string, projects int) {
	t.Helper()
	must := func(answer string) string {
		t.Helper()
		if !strings.HasPrefix(answer, `{"result"`) {
			t.Fatal(answer)
		}
		return answer
	}
	var last struct{ Result struct{ ProjectID string } }
	for i := range projects {
		data := map[string]any{"name": fmt.Sprint("named by its user ", i), "source": "edit", "generatedBy": "me", "prompt": words, "turnId": "first", "files": []map[string]string{{"path": "index.html", "content": fmt.Sprint("<p>", i)}}}
		data["turnId"] = fmt.Sprint("first", i)
		if err := json.Unmarshal([]byte(must(call(t.Context(), t, s, token, "saveProject", data))), &last); err != nil {
			t.Fatal(err)
		}
		data["projectId"], data["turnId"] = last.Result.ProjectID, "second"
		data["files"] = []map[string]string{{"path": "index.html", "content": fmt.Sprint("<b>", i)}, {"path": "a.js", "content": "1"}}
		must(call(t.Context(), t, s, token, "saveProject", data))
	}
	must(call(t.Context(), t, s, token, "generateCode", map[string]any{"prompt": "create a calculator"}))
	must(call(t.Context(), t, s, token, "cancelTurn", map[string]any{"turnId": "never-sent"}))
	must(call(t.Context(), t, s, token, "openModelSession", map[string]any{}))
	must(call(t.Context(), t, s, token, "deleteProject", map[string]any{"projectId": last.Result.ProjectID}))
	uid := uidOf(t, token)
	if err := g.db.Append(t.Context(), turn.Key{ProjectID: turn.ProjectID(uid, "first0"), TurnID: "first0"}, []turn.Segment{{Text: words, ExpireAt: time.Now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	err := g.db.Charge(t.Context(), uid, catalogue.Key{Model: "m", Revision: "v"}, func(l catalogue.Ledger) (*catalogue.Booking, error) {
		return &catalogue.Booking{Bytes: 500, Cover: catalogue.Cover{Month: quota.Month(l.Now), Bytes: 500}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// As an older release left a turn that was cancelled before it began.
	orphan := g.client.Collection("projects").Doc("of-" + uid).Collection("turns").Doc("never-begun")
	if _, err := orphan.Set(t.Context(), map[string]any{"ownerUid": uid, "state": "cancelled"}); err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"2025-01", "2025-01-07"} {
		if _, err := g.client.Collection("users").Doc(uid).Collection("usage").Doc(old).Set(t.Context(), map[string]any{"bytesGranted": 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// knows reports whether Firebase Auth has a user.
func (g *site) knows(t *testing.T, uid string) bool {
	t.Helper()
	var found struct{ Users []struct{} }
	e2etest.AskAuth(t, "projects/"+g.project+"/accounts:lookup", fmt.Sprintf(`{"localId":[%q]}`, uid), &found)
	return len(found.Users) > 0
}

// TestDeletion: the server that deletes an account is killed on the way, three times or
// with FAULTS=all ten times, and another one goes on. What is left in the whole
// database is what was there of another user, and one document that tells nobody whose
// it was.
func TestDeletion(t *testing.T) {
	projects, kills := 12, 3
	if os.Getenv("FAULTS") == "all" {
		projects, kills = 50, 10
	}
	g := open(t)
	s := g.server(t)
	ann, bob := e2etest.SignUp(t, g.project), e2etest.SignUp(t, g.project)
	g.live(t, s, bob, 3)
	before := g.everything(t)
	g.live(t, s, ann, projects)
	both := g.everything(t)
	for path, text := range before { // only ann's were added
		if both[path] != text {
			t.Fatalf("%s has changed", path)
		}
	}
	uid := uidOf(t, ann)
	t.Logf("%d documents of bob, %d of ann", len(before), len(both)-len(before))

	calling, stop := context.WithCancel(t.Context())
	defer stop()
	answered := make(chan string, 1)
	go func() { answered <- call(calling, t, s, ann, "deleteAccount", map[string]any{}) }()
	left := int64(projects + 1)
	for kill := range kills { // at once when it is marked, and then whenever some more are gone
		until := min(left, int64(projects+1-kill*projects/kills))
		for deadline := time.Now().Add(3 * time.Minute); ; {
			doc, err := g.client.Collection("users").Doc(uid).Get(t.Context())
			marked := err == nil && doc.Data()["deleting"] != nil
			if n := g.projectsOf(t, uid); marked && n <= until {
				left = n
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("before kill %d: it stands still at %d projects\n%s", kill+1, g.projectsOf(t, uid), s.Log)
			}
		}
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		t.Logf("kill %d: %d projects are left", kill+1, left)
		if !g.knows(t, uid) {
			t.Fatal("the user is gone before the data")
		}
		s = g.server(t)
	}
	stop()
	t.Logf("the caller heard: %s", <-answered)
	for deadline := time.Now().Add(3 * time.Minute); g.knows(t, uid) || g.projectsOf(t, uid) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("it stands still\n%s", s.Log)
		}
		time.Sleep(100 * time.Millisecond)
	}
	sum := hmac.New(sha256.New, []byte(e2etest.DeletionKey))
	sum.Write([]byte(uid))
	stub := "departed/" + hex.EncodeToString(sum.Sum(nil))
	for deadline := time.Now().Add(3 * time.Minute); ; { // the last step follows
		doc, err := g.client.Collection("users").Doc(uid).Get(t.Context())
		if status.Code(err) == codes.NotFound && !doc.Exists() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the user's document stays\n%s", s.Log)
		}
		time.Sleep(100 * time.Millisecond)
	}
	after := g.everything(t)
	text := after[stub]
	delete(after, stub)
	if diff := cmp.Diff(before, after); diff != "" || text == "" {
		t.Errorf("besides %s: %s (-bob's before +left):\n%s", stub, text, diff)
	}
	if want := []string{"bytesGranted", "day", "deletedAt", "denied", "expireAt", "month", "used"}; !cmp.Equal(want, fieldsOf(t, text)) {
		t.Errorf("the stub has %v, want %v", fieldsOf(t, text), want)
	}
	for _, secret := range []string{uid, uid + "@example.com", "example.com", words, "named by", "calculator", "first", "never-sent"} {
		if strings.Contains(stub+text, secret) {
			t.Errorf("the stub %s holds %q: %s", stub, secret, text)
		}
	}
	t.Logf("the stub: %s", text)

	// A token of before is worth nothing.
	for _, function := range []string{"listProjects", "getUsage", "exportAccount", "saveProject", "deleteAccount"} {
		if answer := call(t.Context(), t, s, ann, function, map[string]any{}); !strings.Contains(answer, "UNAUTHENTICATED") {
			t.Errorf("%s with a token of before: %s", function, answer)
		}
	}
	// The same uid with a new token has no new budget.
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // a token tells seconds
	again := e2etest.SignUpAs(t, g.project, uid, `{}`)
	if answer := call(t.Context(), t, s, again, "getUsage", map[string]any{}); !strings.Contains(answer, `"monthlyBytes":{"used":500,`) {
		t.Errorf("back with a new token: %s", answer)
	}
	if answer := call(t.Context(), t, s, ann, "getUsage", map[string]any{}); !strings.Contains(answer, "UNAUTHENTICATED") {
		t.Errorf("with the old token, after that: %s", answer)
	}
	if _, kept := g.everything(t)[stub]; kept {
		t.Error("the stub and the account are there")
	}
}

func fieldsOf(t *testing.T, text string) []string {
	t.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(fields))
}
