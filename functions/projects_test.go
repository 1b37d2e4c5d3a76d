package functions_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"testing"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"github.com/google/go-cmp/cmp"
)

// TestExportedDocument: the document of an export is what getProject shows, of the same
// version; only those get it who ask, and the archive holds the files alone, whatever
// their names.
func TestExportedDocument(t *testing.T) {
	cfg := config.Config{Plans: quota.Builtin(), Turn: aMinute()}
	handlers := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler)).Handlers()
	answer := func(name string, request data, result any) {
		t.Helper()
		got := struct{ Result any }{result}
		if text := call(t, handlers, name, request); json.Unmarshal([]byte(text), &got) != nil || got.Result == nil {
			t.Fatalf("%s: %s", name, text)
		}
	}
	var saved struct{ ProjectID, Code string }
	save := func(css string) {
		t.Helper()
		request := data{"name": "Clock", "source": "edit", "generatedBy": "me", "files": []data{
			{"path": "app.html", "content": "not the document"}, {"path": "clock.css", "content": css},
			{"path": "index.html", "content": "<!DOCTYPE html><link rel=stylesheet href=clock.css><p>12:00"},
		}}
		if saved.ProjectID != "" {
			request["projectId"] = saved.ProjectID
		}
		answer("saveProject", request, &saved)
	}
	save("p { color: red }")
	first := saved.Code
	save("p { color: blue }")

	type export struct {
		Name, Document string
		Zip            []byte
	}
	var plain, now, before export
	answer("exportProject", data{"projectId": saved.ProjectID}, &plain)
	answer("exportProject", data{"projectId": saved.ProjectID, "document": true}, &now)
	answer("exportProject", data{"projectId": saved.ProjectID, "document": true, "version": 1}, &before)
	if plain.Document != "" || now.Document != saved.Code || before.Document != first || first == saved.Code {
		t.Errorf("documents: %q unasked, %q, and %q of version 1", plain.Document, now.Document, before.Document)
	}
	if !bytes.Equal(plain.Zip, now.Zip) {
		t.Error("the archive is another one with the document")
	}
	z, err := zip.NewReader(bytes.NewReader(before.Zip), int64(len(before.Zip)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	want := map[string]string{"app.html": "not the document", "clock.css": "p { color: red }", "index.html": "<!DOCTYPE html><link rel=stylesheet href=clock.css><p>12:00"}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("the archive of version 1 (-want +got):\n%s", diff)
	}
}

// TestNotBuilt: where nothing can put an app together at the moment its document shows
// the files, which getProject says, and an export does not pass for the app.
func TestNotBuilt(t *testing.T) {
	cfg := config.Config{Plans: quota.Builtin(), Turn: aMinute()}
	handlers := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler)).Handlers()
	type answer struct {
		ProjectID   string
		Diagnostics []artifact.Diagnostic
	}
	var saved, got struct{ Result answer }
	read := func(text string, into any) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	read(call(t, handlers, "saveProject", data{"name": "Clock", "source": "edit", "generatedBy": "me", "files": []data{{"path": "App.jsx", "content": "export default () => <p>12:00</p>"}}}), &saved)
	read(call(t, handlers, "getProject", data{"projectId": saved.Result.ProjectID}), &got)
	for name, r := range map[string]answer{"saveProject": saved.Result, "getProject": got.Result} {
		if len(r.Diagnostics) != 1 || r.Diagnostics[0].Kind != artifact.NotBuilt {
			t.Errorf("%s: %v, want not-built", name, r.Diagnostics)
		}
	}
	var refused struct {
		Error struct {
			Status  string
			Details struct{ Reason string }
		}
	}
	read(call(t, handlers, "exportProject", data{"projectId": saved.Result.ProjectID, "document": true}), &refused)
	if refused.Error.Status != "UNAVAILABLE" || refused.Error.Details.Reason != "overloaded" {
		t.Errorf("exportProject: %+v", refused.Error)
	}
}
