package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

func workersFile(t *testing.T, text string) (config.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "workers.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "WORKERS_FILE": file, "LLM_KEY": "s3cret"})
}

func TestWorkersFile(t *testing.T) {
	c, err := workersFile(t, `{
		"free": [{"url": "http://10.0.0.5:11434/", "dialect": "ollama", "model": "m", "context": 4096, "parallel": 2, "keepAlive": "-1s", "thinking": true}],
		"premium": [{"url": "https://a.example", "auth": "google"}, {"url": "https://b.example", "keyEnv": "LLM_KEY", "insecure": true}]
	}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[quota.Plan][]config.WorkerConfig{
		quota.Free:    {{URL: "http://10.0.0.5:11434", Dialect: "ollama", Model: "m", Context: 4096, Parallel: 2, KeepAlive: -time.Second, Thinking: true}},
		quota.Premium: {{URL: "https://a.example", Google: true}, {URL: "https://b.example", Key: "s3cret", Insecure: true}},
	}
	want[quota.Anonymous] = want[quota.Free]
	if diff := cmp.Diff(want, c.Workers.Plans); diff != "" {
		t.Errorf("workers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"http://10.0.0.5:11434", "https://a.example", "https://b.example"}, c.Workers.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	c, err = workersFile(t, `{"free": [{"url": "https://a.example"}]}`)
	if err != nil || len(c.Workers.Plans[quota.Premium]) != 1 || len(c.Workers.Plans[quota.Anonymous]) != 1 {
		t.Errorf("a plan without workers has those of free: %v, %v", c.Workers.Plans, err)
	}
}

// TestWorkersFileIsWrong: each mistake is named, and no secret is told.
func TestWorkersFileIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{"free": [{"dialect": "ollama"}]}`:                                                                  "free[0]: url is missing",
		`{"free": [{"url": "worker"}]}`:                                                                      "free[0]: url must be a URL",
		`{"free": [{"url": "https://u:s3cret@a.example"}]}`:                                                  "it must have no user",
		`{"free": [{"url": "https://a.example?key=s3cret"}]}`:                                                "it must have no user, query",
		`{"free": [{"url": "https://a.example", "dialect": "tgi"}]}`:                                         `dialect is "tgi"`,
		`{"free": [{"url": "https://a.example", "auth": "basic"}]}`:                                          `auth is "basic"`,
		`{"free": [{"url": "https://a.example", "auth": "google", "keyEnv": "LLM_KEY"}]}`:                    "keep one",
		`{"free": [{"url": "https://a.example", "keyEnv": "NO_KEY"}]}`:                                       "NO_KEY, which is not set",
		`{"free": [{"url": "https://a.example", "context": 1}]}`:                                             "context is 1",
		`{"free": [{"url": "https://a.example", "parallel": -1}]}`:                                           "parallel is -1",
		`{"free": [{"url": "https://a.example", "keepAlive": "long"}]}`:                                      `keepAlive is "long"`,
		`{"free": [{"url": "https://a.example"}], "premium": [{"url": "https://a.example", "parallel": 3}]}`: "occurs with other settings",
		`{"gold": [{"url": "https://a.example"}]}`:                                                           `the plan "gold"`,
		`{"premium": [{"url": "https://a.example"}]}`:                                                        `no worker for the plan "free"`,
		`{"free": [{"url": "https://a.example", "key": "s3cret"}]}`:                                          `unknown field "key"`,
		`{"free": []} {}`: "something after its last }",
		`free`:            `It is such as {"free"`,
	} {
		if _, err := workersFile(t, text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for name, vars := range map[string]map[string]string{
		"both":             {"WORKER_URL": "http://a", "WORKERS_FILE": "x"},
		"two credentials":  {"WORKER_URL": "http://a", "WORKER_AUTH": "google", "WORKER_KEY": "s3cret"},
		"a key in the URL": {"WORKER_URL": "worker.example?key=s3cret"},
		"no such file":     {"WORKERS_FILE": "no-such-file"},
	} {
		vars["GOOGLE_CLOUD_PROJECT"] = "p"
		if _, err := load(vars); err == nil || !strings.Contains(err.Error(), "WORKER") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
