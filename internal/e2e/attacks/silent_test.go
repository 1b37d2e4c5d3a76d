package attacks_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
)

// TestSilentDatabase: a database that takes connections and says nothing holds up no
// call for longer than its deadline. A new function needs a row here.
func TestSilentDatabase(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	s := e2etest.Start(t, "", "FIRESTORE_EMULATOR_HOST="+l.Addr().String(), "SHUTDOWN_GRACE=1s")
	_, token := e2etest.SignUpWith(t, `{"admin":true}`)
	const project, version, turn, revision = `{"projectId":"p"}`, `{"projectId":"p","version":1}`, `{"projectId":"p","turnId":"t"}`, `{"modelId":"m","revision":"v"}`
	rows := map[string]struct{ data, want string }{
		"generateCode": {`{"prompt":"a clock"}`, "store-unavailable"}, "resumeTurn": {turn, "store-unavailable"}, "cancelTurn": {turn, "store-unavailable"},
		"saveProject":    {`{"source":"edit","generatedBy":"me","files":[{"path":"a","content":"x"}]}`, "store-unavailable"},
		"restoreVersion": {version, "store-unavailable"}, "getProject": {project, "store-unavailable"}, "listProjects": {`{}`, "store-unavailable"},
		"listVersions": {project, "store-unavailable"}, "listMessages": {project, "store-unavailable"}, "getMessage": {turn, "store-unavailable"},
		"renameProject": {`{"projectId":"p","name":"n"}`, "store-unavailable"}, "deleteProject": {project, "store-unavailable"},
		"exportProject": {project, "store-unavailable"}, "getUsage": {`{}`, "store-unavailable"}, "deleteAccount": {`{}`, "store-unavailable"}, "exportAccount": {`{}`, "store-unavailable"}, "workerHealth": {`{}`, ""},
		"listModels": {`{}`, "no-models"}, "grantModel": {revision, "no-models"}, "publishModel": {revision, "no-models"}, "quarantineModel": {revision, "no-models"},
		"openModelSession": {`{}`, "store-unavailable"}, "closeModelSession": {`{}`, "store-unavailable"},
	}
	for _, name := range functions(t) {
		if _, ok := rows[name]; !ok {
			t.Errorf("%s has no row", name)
		}
	}
	t.Run("all", func(t *testing.T) {
		for name, row := range rows {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				begun := time.Now()
				res := e2etest.Call(t, s, token, name, `{"data":`+row.data+`}`, "")
				defer res.Body.Close()
				text, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("after %.1f s: %s", time.Since(begun).Seconds(), text)
				var answer struct {
					Error struct{ Details struct{ Reason string } }
				}
				if err := json.Unmarshal(text, &answer); err != nil || answer.Error.Details.Reason != row.want {
					t.Errorf("%s, %v; want %q", text, err, row.want)
				}
			})
		}
	})
}

// functions returns the names of all calls.
func functions(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../firebase.json")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`"source": "/@\(([A-Za-z|]+)\)"`).FindSubmatch(text)
	if m == nil {
		t.Fatal("firebase.json names no functions")
	}
	return strings.Split(string(m[1]), "|")
}
