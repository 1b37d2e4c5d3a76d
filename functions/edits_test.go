package functions_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
)

// TestASaveOfManyEdits: a reply of 999 edits of a file of 500 KB costs some copies of the
// file, and not one for each edit.
func TestASaveOfManyEdits(t *testing.T) {
	cfg := config.Config{Plans: quota.Builtin(), Turn: aMinute()}
	handlers := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler)).Handlers()
	line := func(i int) string { return fmt.Sprintf("  const value%05d = %05d;\n", i, i) }
	var file, reply strings.Builder
	for i := 0; file.Len() < 500<<10; i++ {
		file.WriteString(line(i))
	}
	reply.WriteString("a.js\n")
	for i := range 999 {
		reply.WriteString("<<<< SEARCH\n" + line(17*i) + "====\na\n>>>> REPLACE\n")
	}
	saved := call(t, handlers, "saveProject", data{"source": "edit", "generatedBy": "me", "files": []data{{"path": "a.js", "content": file.String()}}})
	_, id, _ := strings.Cut(saved, `"projectId":"`)
	id, _, _ = strings.Cut(id, `"`)
	// Once in the life of a process words and expressions are read.
	call(t, handlers, "saveProject", data{"source": "browser", "generatedBy": "me", "projectId": id, "reply": "a.js\n<<<< SEARCH\n" + line(1) + "====\na\n>>>> REPLACE\n"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	saved = call(t, handlers, "saveProject", data{"source": "browser", "generatedBy": "me", "projectId": id, "reply": reply.String()})
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	t.Logf("a reply of %d bytes: %v, %d MB allocated", reply.Len(), took, allocated>>20)
	if !strings.Contains(saved, `"version":3`) {
		t.Errorf("saved: %.300s", saved)
	}
	if most := uint64(200 << 20); allocated > most {
		t.Errorf("%d MB were allocated, at most %d", allocated>>20, most>>20)
	}
}
