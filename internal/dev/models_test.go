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

// TestImport: the older layout in its three shapes becomes revisions that can
// be published, once somebody has said what the old one did not.
func TestImport(t *testing.T) {
	const record = `{"model":"https://huggingface.co/mlc-ai/phi","model_id":"phi","model_lib":"https://x/v0_2_80/phi-ctx4k-webgpu.wasm",` +
		`"vram_required_MB":3672.07,"required_features":["shader-f16"],"overrides":{"context_window_size":4096},"licence":"MIT"}`
	weights := map[string]string{
		"phi/mlc-chat-config.json": `{"tokenizer_files":["tokenizer.json"]}`, "phi/tokenizer.json": "{}", "phi/params_shard_0.bin": "0123",
		"phi/tensor-cache.json": `{"records":[{"dataPath":"params_shard_0.bin","nbytes":4}]}`, "phi/.git/x": "no", "phi-ctx4k-webgpu.wasm": "\x00asm",
	}
	for name, configs := range map[string]string{
		"a list": "[" + record + "]", "an app config": `{"model_list":[` + record + `]}`, "an object by id": `{"phi":` + record + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, out := newSuite(t)
			from, to := filepath.Join(s.root, "models"), filepath.Join(s.root, "out")
			write(t, from, weights)
			write(t, from, map[string]string{"model-configs.json": configs})
			if err := s.importModels([]string{"--from", from, "--to", to}); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(to, "phi/v1")
			if want := "phi is ready: make publish-model DIR=" + dir + " ID=phi REV=v1\n"; out.String() != want {
				t.Errorf("it says %q, want %q", out, want)
			}
			if err := check(upload{dir: dir, id: "phi", rev: "v1"}); err != nil {
				t.Error(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, catalogue.ConfigName))
			if err != nil {
				t.Fatal(err)
			}
			c, _ := catalogue.ParseConfig("phi", text)
			if c.WebLLM.ModelLib != "lib/phi-ctx4k-webgpu.wasm" || c.WebLLM.ModelLibVersion != "v0_2_80" || c.ContextTokens != 4096 || c.MemoryMB != 3672 ||
				len(c.Files) != 5 || c.Mirrors[0] != "https://huggingface.co/mlc-ai/phi/resolve/main/" {
				t.Errorf("config: %s", text)
			}
			if err := s.importModels([]string{"--from", from, "--to", to}); err == nil || !strings.Contains(err.Error(), "is there already") {
				t.Errorf("importing over it: %v", err)
			}
		})
	}
	t.Run("without weights and licence", func(t *testing.T) {
		s, out := newSuite(t)
		from := filepath.Join(s.root, "models")
		write(t, from, map[string]string{"model-configs.json": `{"phi":{"model_lib":"phi.wasm"}}`, "phi.wasm": "x"})
		if err := s.importModels([]string{"--from", from, "--to", filepath.Join(s.root, "out")}); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"phi is laid out in", "at licence: minLength", "at sourceUrl", "at webllm.modelLibVersion"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not said in\n%s", want, out)
			}
		}
	})
	for name, configs := range map[string]string{"no JSON": "x", "none": "{}", "a hostile id": `{"../x":{}}`} {
		s, _ := newSuite(t)
		write(t, s.root, map[string]string{"model-configs.json": configs})
		if err := s.importModels([]string{"--from", s.root, "--to", filepath.Join(s.root, "out")}); err == nil {
			t.Errorf("%s was imported", name)
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
