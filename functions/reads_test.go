package functions_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
)

// readsBackend is a Backend behind a proxy that counts documents.
type readsBackend struct {
	t     *testing.T
	proxy *faults.Proxy
	fresh func() map[string]http.Handler // a Backend that remembers nothing yet
}

func newReadsBackend(t *testing.T) *readsBackend {
	proxy, err := faults.StartProxy(emulator.Require(t, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	name := emulator.Project(t)
	t.Setenv("FIRESTORE_EMULATOR_HOST", proxy.Addr)
	objects := new(blobtest.Objects)
	m := newModelsBackend(t, objects)
	for i := range 3 {
		putModel(t, objects, fmt.Sprint("web", i), 6)
	}
	m.cfg.Plans, m.cfg.DeletionKey, m.parts.Accounts = quota.Builtin(), aKey, new(registry)
	return &readsBackend{t, proxy, func() map[string]http.Handler {
		db, err := store.Open(t.Context(), name, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		db.RememberBy([]byte(aKey))
		m.parts.Store, m.parts.Remembered = db, 32<<20
		if m.parts.Signer, err = blob.NewSigner(m.key, "weights", m.cfg.Models.Endpoint, m.cfg.Models.URLLife); err != nil {
			t.Fatal(err)
		}
		b := functions.NewWith(m.cfg, m.parts, m.log)
		t.Cleanup(func() { b.Drain(context.Background()); db.Close() })
		return b.Handlers()
	}}
}

// count makes a call, and returns the documents that it read and wrote.
func (b *readsBackend) count(handlers map[string]http.Handler, name, data string) (reads, writes int) {
	b.t.Helper()
	b.proxy.ResetCounts()
	if got := do(handlers, name, `{"admin":true}`, data); !strings.Contains(got, `"result"`) {
		b.t.Errorf("%s(%.100s): %.300s", name, data, got)
	}
	_, writes = b.proxy.Counts()
	return b.proxy.Reads(), writes
}

// setOf is a set of 200 files as JSON. The contents of the first own files are of this
// set alone.
func setOf(name string, own int) string {
	var files []string
	for i := range 200 {
		content := fmt.Sprint("file ", i)
		if i < own {
			content += " of " + name
		}
		files = append(files, fmt.Sprintf(`{"path":"f%d.css","content":%q}`, i, content))
	}
	return "[" + strings.Join(files, ",") + "]"
}

// TestReadsAndWrites counts the documents of every function on a project of 200 files:
// on an instance that has just started, and of the same call again on that instance.
// What is counted is what Firestore charges. A new function needs a row.
func TestReadsAndWrites(t *testing.T) {
	b := newReadsBackend(t)
	setUp := b.fresh()
	for i := range 3 {
		b.count(setUp, "publishModel", fmt.Sprintf(`{"modelId":"web%d","revision":"v1"}`, i))
	}
	save := func(project, turn, set string) string {
		return fmt.Sprintf(`{"projectId":%q,"turnId":%q,"source":"edit","generatedBy":"me","files":%s}`, project, turn, set)
	}
	created := do(setUp, "saveProject", `{}`, strings.Replace(save("", "t1", setOf("one", 200)), `"projectId":"",`, "", 1))
	_, id, _ := strings.Cut(created, `"projectId":"`)
	id, _, _ = strings.Cut(id, `"`)
	b.count(setUp, "saveProject", save(id, "t2", setOf("two", 200)))
	small := do(setUp, "saveProject", `{}`, `{"turnId":"small","source":"edit","generatedBy":"me","files":[{"path":"a","content":"x"}]}`)
	_, small, _ = strings.Cut(small, `"projectId":"`)
	small, _, _ = strings.Cut(small, `"`)

	// again is what the same call reads the second time. The first one of a user on an
	// instance reads whether the user is denied, too.
	type most struct{ reads, again, writes int }
	ref := fmt.Sprintf(`{"projectId":%q}`, id)
	// What a step upon a turn reads: the project, the turn and the user, an early
	// cancel, the day and the current version.
	const denied, step = 1, 6
	rows := map[string]bool{}
	t.Log("| function | | documents read | the second time | written |")
	for _, row := range []struct {
		name, what, data string
		most             most
	}{
		{"getProject", "", ref, most{denied + 2 + 200, 2, 0}},
		{"exportProject", "with its document", strings.Replace(ref, "}", `,"document":true}`, 1), most{denied + 2 + 200, 2, 0}},
		{"listProjects", "two projects", `{}`, most{denied + 2, 2, 0}},
		{"listVersions", "two versions", ref, most{denied + 1 + 2, 1 + 2, 0}},
		{"listMessages", "two turns", ref, most{denied + 1 + 2, 1 + 2, 0}},
		{"getMessage", "", fmt.Sprintf(`{"projectId":%q,"turnId":"t2"}`, id), most{denied + 2, 2, 0}},
		{"resumeTurn", "of a turn that has ended", fmt.Sprintf(`{"projectId":%q,"turnId":"t2"}`, id), most{denied + 3 + 200, 3, 0}},
		{"getUsage", "", `{}`, most{denied + 3, 3, 0}},
		{"workerHealth", "", `{}`, most{denied, 0, 0}},
		{"listTemplates", "", `{}`, most{denied, 0, 0}},
		{"listModels", "three models", `{}`, most{denied + 6, 0, 0}},
		{"grantModel", "", `{"modelId":"web0"}`, most{denied + 8, 6, 2}},
		{"openModelSession", "", `{}`, most{denied + 1, 1, 1}},
		{"closeModelSession", "two sessions", `{}`, most{denied + 2, 0, 2}},
		{"renameProject", "", fmt.Sprintf(`{"projectId":%q,"name":"n"}`, id), most{denied + 1, 1, 1}},
		{"saveProject", "200 files, one of them new", save(id, "t3", setOf("two", 199)), most{denied + 2 + 200 + step, 2 + step + 1, 6}},
		{"saveProject", "200 new files", save(id, "t4", setOf("four", 200)), most{denied + 2 + 200 + step, 2 + step + 1, 5 + 200}},
		{"restoreVersion", "of 200 other files", fmt.Sprintf(`{"projectId":%q,"turnId":"t5","version":1}`, id), most{denied + 3 + 2*200 + step, 3 + step + 1, 5}},
		{"restoreVersion", "of the same 200 files", fmt.Sprintf(`{"projectId":%q,"turnId":"t6","version":1}`, id), most{denied + 3 + 200 + step, 3 + step + 1, 5}},
		{"cancelTurn", "of a turn that is not there", fmt.Sprintf(`{"projectId":%q,"turnId":"early"}`, id), most{denied + step, step, 1}},
		{"generateCode", "by a template, in a new project", `{"prompt":"a clock","turnId":"t7"}`, most{denied + 9, step + 1, 10}},
		{"exportAccount", "a project of 200 files, and two small ones", `{}`, most{denied + 231, 27, 0}},
		{"deleteProject", "three documents", fmt.Sprintf(`{"projectId":%q}`, small), most{denied + 15, 4, 8}},
		{"publishModel", "of a revision that is published", `{"modelId":"web0","revision":"v1"}`, most{denied + 1, 1, 0}},
		{"quarantineModel", "", `{"modelId":"web1","revision":"v1"}`, most{denied + 2, 2, 2}},
	} {
		handlers := b.fresh()
		reads, writes := b.count(handlers, row.name, row.data)
		again, rewrites := b.count(handlers, row.name, row.data)
		t.Logf("| `%s` | %s | %d | %d | %d |", row.name, row.what, reads, again, writes)
		rows[row.name] = true
		if rewrites > writes {
			t.Errorf("%s (%s): %d writes, and %d the second time", row.name, row.what, writes, rewrites)
		}
		if got := (most{reads, again, writes}); got.reads > row.most.reads || got.again > row.most.again || got.writes > row.most.writes {
			t.Errorf("%s (%s): %+v, want at most %+v", row.name, row.what, got, row.most)
		}
	}
	// Each document is read once to be deleted, and a part takes a few more.
	handlers := b.fresh()
	b.proxy.ResetCounts()
	answer := do(handlers, "deleteAccount", `{"firebase":{"sign_in_provider":"anonymous"}}`, `{}`)
	_, writes := b.proxy.Counts()
	t.Logf("| `deleteAccount` | of all that is stored by now | %d | – | %d |", b.proxy.Reads(), writes)
	if rows["deleteAccount"] = true; answer != `{"result":{"state":"deleted"}}` || b.proxy.Reads() > 2*writes {
		t.Errorf("deleteAccount: %s; %d reads for %d writes", answer, b.proxy.Reads(), writes)
	}
	for _, name := range calls(setUp) {
		if !rows[name] {
			t.Errorf("%s has no row", name)
		}
	}
}
