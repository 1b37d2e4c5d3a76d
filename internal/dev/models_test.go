package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

// write makes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDraft(t *testing.T) {
	s, out := newSuite(t)
	write(t, s.root, map[string]string{"m-00001-of-00002.gguf": "a", "m-00002-of-00002.gguf": "bc", ".hidden/x": "no", ".DS_Store": "no"})
	if err := s.writeDraft(s.root, "m"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "at licence") || !strings.Contains(out.String(), "at sourceUrl") || strings.Contains(out.String(), "files") {
		t.Errorf("it says %s", out)
	}
	if err := s.writeDraft(s.root, "m"); err == nil {
		t.Error("a config was overwritten")
	}
	err := check(upload{dir: s.root, id: "m", rev: "v1"})
	if err == nil || !strings.Contains(err.Error(), "cannot be published as it is") {
		t.Errorf("check: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(s.root, catalogue.ConfigName))
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer(`"licence": ""`, `"licence": "MIT"`, `"sourceUrl": ""`, `"sourceUrl": "https://x"`).Replace(string(text))
	write(t, s.root, map[string]string{catalogue.ConfigName: filled})
	if err := check(upload{dir: s.root, id: "m", rev: "v1"}); err != nil {
		t.Errorf("check of a filled draft: %v", err)
	}
	write(t, s.root, map[string]string{"m-00002-of-00002.gguf": "longer"})
	os.Remove(filepath.Join(s.root, "m-00001-of-00002.gguf"))
	err = check(upload{dir: s.root, id: "m", rev: "v1"})
	for _, want := range []string{"m-00001-of-00002.gguf is listed, but missing", "m-00002-of-00002.gguf has 6 bytes, but model-config.json says 2"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check: %v; want %q", err, want)
		}
	}
}

// TestDraftForWebLLM: a library among the files makes it a model for WebLLM.
func TestDraftForWebLLM(t *testing.T) {
	s, _ := newSuite(t)
	write(t, s.root, map[string]string{"lib/phi.wasm": "\x00asm", "params_shard_0.bin": "0123"})
	got, err := draftConfig(s.root, "phi")
	if err != nil {
		t.Fatal(err)
	}
	want := catalogue.Config{
		ModelID: "phi", Name: "phi", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Free, quota.Premium},
		Files:  []catalogue.ConfigFile{{Path: "lib/phi.wasm", Size: 4}, {Path: "params_shard_0.bin", Size: 4}},
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "lib/phi.wasm"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the draft (-want +got):\n%s", diff)
	}
}

// TestPublishAnswers: each way in which a call of publishModel can end.
func TestPublishAnswers(t *testing.T) {
	for body, want := range map[string]string{
		"data: {\"message\":{\"type\":\"status\",\"progress\":0.5}}\n\n: ping\n\ndata: {\"result\":{\"state\":\"published\"}}\n\n": `0.5 {"state":"published"} <nil>`,
		"data: {\"error\":{\"message\":\"Only admins.\"}}\n\n":                                                                     ` Only admins.`,
		"data: {\"message\":{\"progress\":0.25}}\n\n":                                                                              `0.25  publishModel broke off (200 OK, unexpected EOF). Call it again: it continues`,
		"<html>": ` publishModel broke off (200 OK, unexpected EOF). Call it again: it continues`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		heard := ""
		text, err := publish(t.Context(), upload{functions: server.URL, id: "m", rev: "v1"}, func(p float64) { heard += fmt.Sprint(p) + " " })
		if got := strings.TrimRight(heard+text+" "+fmt.Sprint(err), " "); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
		server.Close()
	}
}

func TestRsyncLeavesHiddenFiles(t *testing.T) {
	args := strings.Join(rsync("dist", "gs://weights", "m", "v1"), " ")
	if want := `-m -h Cache-Control:private, no-store, no-transform rsync -r -c -x (^|.*/)\..* dist gs://weights/models/m/v1`; args != want {
		t.Errorf("rsync is %s", args)
	}
}

func TestSigningKeyIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	first, err := signingKey(file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := signingKey(file)
	if err != nil || !first.Equal(second) {
		t.Errorf("another key: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}
