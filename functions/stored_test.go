package functions_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
)

// storing is a Backend whose free plan stores little.
func storing(t *testing.T, l quota.Limits) (map[string]http.Handler, *memstore.Store) {
	t.Helper()
	l.ConcurrentTurns, l.TurnsPerMinute, l.ReadsPerMinute, l.WritesPerMinute, l.StreamsPerMinute, l.PromptsPerMinute, l.ConcurrentStreams = 2, 1000, 1000, 1000, 1000, 1000, 8
	db := memstore.New()
	cfg := config.Config{Plans: quota.Plans{quota.Free: l}, Turn: aMinute()}
	b := functions.NewWith(cfg, functions.Parts{Store: db, Verifier: anybody{}, Remembered: 1 << 20}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(context.Background()) })
	return b.Handlers(), db
}

// saving is the data of saveProject; project "" starts one.
func saving(project, turn, content string) string {
	data := fmt.Sprintf(`"turnId":%q,"source":"edit","generatedBy":"me","files":[{"path":"a.css","content":%q}]`, turn, content)
	if project != "" {
		data += fmt.Sprintf(`,"projectId":%q`, project)
	}
	return "{" + data + "}"
}

// field is what an answer says first for a name, without quotes.
func field(answer, name string) string {
	_, rest, _ := strings.Cut(answer, `"`+name+`":`)
	return strings.Trim(rest[:strings.IndexAny(rest, ",}")], `"`)
}

// TestLimitsOfWhatIsStored: saves, restores and prompts are refused beyond each limit,
// and getUsage tells how much is used.
func TestLimitsOfWhatIsStored(t *testing.T) {
	handlers, db := storing(t, quota.Limits{StoredBytes: 3500, Projects: 2, SavesPerDay: 4})
	id := field(do(handlers, "saveProject", `{}`, saving("", "t1", "a{}")), "projectId")
	for _, tc := range []struct {
		name, data, want string
	}{
		{"saveProject", saving("", "t2", "a{}"), `"result"`},
		{"saveProject", saving("", "t3", "a{}"), `"limit":2,"reason":"too-many-projects","used":2`},
		{"generateCode", `{"prompt":"a clock","turnId":"t4"}`, `"limit":2,"reason":"too-many-projects","used":2`},
		{"saveProject", saving(id, "t5", strings.Repeat("a", 3000)), `"reason":"stored-bytes"`},
		{"restoreVersion", fmt.Sprintf(`{"projectId":%q,"version":1,"turnId":"t6"}`, id), `"result"`},
		{"saveProject", saving(id, "t7", "b{}"), `"result"`},
		{"saveProject", saving(id, "t8", "c{}"), `"reason":"daily-saves"`},
		{"restoreVersion", fmt.Sprintf(`{"projectId":%q,"version":1,"turnId":"t8"}`, id), `"limit":4,"reason":"daily-saves","resetsAt":`},
		{"saveProject", saving(id, "t7", "b{}"), `"result"`}, // the same again
		{"generateCode", fmt.Sprintf(`{"prompt":"a clock","turnId":"t9","projectId":%q}`, id), `"reason":"worker-unavailable"`},
		{"deleteProject", fmt.Sprintf(`{"projectId":%q}`, id), `{"result":null}`},
	} {
		before := db.Written()
		got := do(handlers, tc.name, `{}`, tc.data)
		if !strings.Contains(got, tc.want) {
			t.Errorf("%s(%.100s): %.500s\nwant %s", tc.name, tc.data, got, tc.want)
		}
		if strings.Contains(got, "RESOURCE_EXHAUSTED") && db.Written() != before {
			t.Errorf("%s(%.100s) was refused, and wrote", tc.name, tc.data)
		}
	}
	usage := do(handlers, "getUsage", `{}`, `{}`)
	const left = 300 + 125 + 75 + 3 + 300 // the version of the project that is left, and its turn
	for _, want := range []string{fmt.Sprintf(`"storedBytes":{"used":%d,"limit":3500}`, left), `"projects":{"used":1,"limit":2}`, `"savesPerDay":{"used":4,"limit":4,"resetsAt":"`} {
		if !strings.Contains(usage, want) {
			t.Errorf("getUsage: %s\nwant %s", usage, want)
		}
	}
}

// TestEmptiedVersions: what a client hears of a version that is too old.
func TestEmptiedVersions(t *testing.T) {
	handlers, _ := storing(t, quota.Limits{StoredBytes: 1e9, Projects: 2, SavesPerDay: 1000})
	id := field(do(handlers, "saveProject", `{}`, saving("", "t1", "1")), "projectId")
	for n := 2; n <= 201; n++ {
		if got := do(handlers, "saveProject", `{}`, saving(id, fmt.Sprint("t", n), fmt.Sprint(n))); !strings.Contains(got, `"result"`) {
			t.Fatal(got)
		}
	}
	const emptied = `"status":"FAILED_PRECONDITION"`
	for _, tc := range []struct {
		name, data, want string
	}{
		{"getProject", `{"projectId":ID,"version":1}`, emptied},
		{"exportProject", `{"projectId":ID,"version":1}`, emptied},
		{"restoreVersion", `{"projectId":ID,"version":1}`, emptied},
		{"resumeTurn", `{"projectId":ID,"turnId":"t1"}`, emptied},
		{"getMessage", `{"projectId":ID,"turnId":"t1"}`, `"result"`},
		{"getProject", `{"projectId":ID,"version":2}`, `"content":"2"`},
		{"listVersions", `{"projectId":ID,"pageSize":1,"pageToken":"3"}`, `"version":2,"base":1,`},
		{"listVersions", `{"projectId":ID,"pageSize":1,"pageToken":"2"}`, `"emptied":true`},
	} {
		got := do(handlers, tc.name, `{}`, strings.ReplaceAll(tc.data, "ID", `"`+id+`"`))
		if !strings.Contains(got, tc.want) || strings.Contains(got, `"version-emptied"`) != (tc.want == emptied) || strings.Contains(got, `"emptied"`) != strings.Contains(tc.want, `"emptied"`) {
			t.Errorf("%s(%s): %.500s\nwant %s", tc.name, tc.data, got, tc.want)
		}
	}
}
