package attacks_test

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"google.golang.org/grpc"
)

// TestSilentDatabase: a database that takes calls and says nothing holds up no call for
// longer than its deadline, and once that is known, it is not asked: calls are refused
// at once. A new function needs a row here.
func TestSilentDatabase(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64 // calls that have reached the database
	db := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, call grpc.ServerStream) error {
		if method, _ := grpc.MethodFromServerStream(call); path.Base(method) != "Listen" {
			asked.Add(1)
		}
		<-call.Context().Done()
		return nil
	}))
	go func() { _ = db.Serve(l) }() // ends by Stop
	defer db.Stop()
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
		"listTemplates": {`{}`, ""}, "openModelSession": {`{}`, "store-unavailable"}, "closeModelSession": {`{}`, "store-unavailable"},
	}
	for _, name := range functions(t) {
		if _, ok := rows[name]; !ok {
			t.Errorf("%s has no row", name)
		}
	}
	call := func(t *testing.T, name string) {
		begun := time.Now()
		res := e2etest.Call(t, s, token, name, `{"data":`+rows[name].data+`}`, "")
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("after %.1f s: %s", time.Since(begun).Seconds(), text)
		var answer struct {
			Error struct {
				Details struct {
					Reason     string
					RetryAfter int
				}
			}
		}
		if err := json.Unmarshal(text, &answer); err != nil || answer.Error.Details.Reason != rows[name].want {
			t.Errorf("%s, %v; want %q", text, err, rows[name].want)
		}
		if d := answer.Error.Details; d.Reason == "store-unavailable" && (d.RetryAfter == 0 || res.Header.Get("Retry-After") == "") {
			t.Errorf("%s does not say when to come again", text)
		}
	}
	t.Run("all", func(t *testing.T) {
		for name := range rows {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				call(t, name)
			})
		}
	})
	t.Run("again", func(t *testing.T) {
		before, begun := asked.Load(), time.Now()
		for range 10 {
			for name := range rows {
				call(t, name)
			}
		}
		const tryEvery = 2 * time.Second // one call in that time asks the database whether it is there again
		n, most := asked.Load()-before, int64(time.Since(begun)/tryEvery)+1
		t.Logf("%d of %d calls asked the database", n, 10*len(rows))
		if n > most {
			t.Errorf("%d calls asked a database that does not answer, want %d at most", n, most)
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
