package config_test

import (
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"github.com/google/go-cmp/cmp"
)

func load(vars map[string]string) (config.Config, error) {
	return config.Load(func(name string) string { return vars[name] })
}

func TestLoad(t *testing.T) {
	defaults := config.Config{
		Addr: "127.0.0.1:5001", Project: "demo-x", ShutdownGrace: 8 * time.Second, SessionRecheck: time.Minute,
		Workers: config.WorkersConfig{Queue: 32, Wait: time.Minute},
		Models:  config.ModelsConfig{URLLife: 15 * time.Minute, USDPerGB: 0.12},
		Turn:    config.TurnConfig{SystemPrompt: config.DefaultSystemPrompt, Temperature: 0.7, MaxTokens: 2000, Limit: 10 * time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute, MinParameters: 1e9, Repairs: 1},
		Plans:   quota.Builtin(), MaxCalls: 1000, StrangerCalls: 2000,
	}
	plans := quota.Builtin()
	free := plans[quota.Free]
	free.DailyTurns = 3
	plans[quota.Free] = free
	worker := config.WorkerConfig{URL: "http://127.0.0.1:8102", Dialect: "ollama", Model: "m", Context: 4096, Parallel: 3, Thinking: true, Key: "secret"}
	with := func(change func(*config.Config)) config.Config {
		c := defaults
		change(&c)
		return c
	}
	for _, tc := range []struct {
		name string
		vars map[string]string
		want config.Config
	}{
		{"defaults", map[string]string{"GCLOUD_PROJECT": "demo-x"}, defaults},
		{"Cloud Run", map[string]string{"GOOGLE_CLOUD_PROJECT": "demo-x", "K_SERVICE": "backend", "PORT": "8080"},
			with(func(c *config.Config) { c.Addr, c.OnCloudRun = ":8080", true })},
		{"everything", map[string]string{
			"GOOGLE_CLOUD_PROJECT": "demo-x", "GCLOUD_PROJECT": "other", "FUNCTION_TARGET": "generateCode", "PORT": "0",
			"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099", "CORS_ORIGINS": "https://a.example, http://localhost:3000", "LOG_LEVEL": "warn",
			"WORKER_URL": "http://127.0.0.1:8102/", "WORKER_DIALECT": "ollama", "WORKER_MODEL": "m", "WORKER_CONTEXT": "4096", "WORKER_PARALLEL": "3", "WORKER_KEY": "secret", "WORKER_QUEUE": "5", "WORKER_WAIT": "90s", "WORKER_PREFILL": "<", "WORKER_THINKING": "on",
			"SYSTEM_PROMPT": "s", "TEMPERATURE": "0", "MAX_OUTPUT_TOKENS": "300", "TURN_LIMIT": "1m", "SHUTDOWN_GRACE": "1s",
			"MODELS_BUCKET": "gs://weights", "STORAGE_EMULATOR_HOST": "127.0.0.1:9199", "SIGNING_ACCOUNT": "s@p.iam.gserviceaccount.com", "MODEL_URL_LIFE": "1h",
			"PLANS": `{"free": {"dailyTurns": 3}}`, "CLOUD_RUN_TIMEOUT_SECONDS": "300", "TURN_LEASE": "3s", "TURN_IDLE": "4s", "USD_PER_GB": "0.08", "EVENTS_ACCOUNT": "e@p.iam.gserviceaccount.com", "SESSION_RECHECK": "30s", "APP_CHECK": "enforce", "APP_CHECK_EMULATOR_HOST": "127.0.0.1:9299",
			"DAILY_CEILING": `{"tokens": 5000000, "anonymousTokens": 1000000, "bytes": 7, "anonymousBytes": 3}`, "ENGINE": "template",
			"DELETION_KEY": "0123456789abcdef0123456789abcdef", "RETENTION_DAYS": "30", "WORKER_MIN_PARAMS": "1.5b", "REPAIRS": "0", "CHECKS": "off:syntax, missing-id",
			"MAX_CALLS": "80", "STRANGER_CALLS": "0", "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
		}, config.Config{
			EventsAccount: "e@p.iam.gserviceaccount.com", SessionRecheck: 30 * time.Second, AppCheck: config.Enforce, DeletionKey: "0123456789abcdef0123456789abcdef", AppCheckEmulator: "http://127.0.0.1:9299",
			Models: config.ModelsConfig{
				Bucket: "weights", Endpoint: "http://127.0.0.1:9199", Account: "s@p.iam.gserviceaccount.com", URLLife: time.Hour, USDPerGB: 0.08,
			},
			Addr: "127.0.0.1:0", Project: "demo-x", FunctionTarget: "generateCode", Emulated: true, LogLevel: 4, ShutdownGrace: time.Second,
			Origins: []string{"https://a.example", "http://localhost:3000"},
			Workers: config.WorkersConfig{Plans: map[quota.Plan][]config.WorkerConfig{quota.Anonymous: {worker}, quota.Free: {worker}, quota.Premium: {worker}}, Queue: 5, Wait: 90 * time.Second},
			Turn:    config.TurnConfig{SystemPrompt: "s", Prefill: "<", MaxTokens: 300, Limit: time.Minute, Lease: 3 * time.Second, Idle: 4 * time.Second, Retention: 30 * 24 * time.Hour, MinParameters: 1.5e9, Unchecked: []string{"syntax", "missing-id"}},
			Plans:   plans, Ceiling: quota.Ceiling{Tokens: 5e6, AnonymousTokens: 1e6, Bytes: 7, AnonymousBytes: 3}, Templates: true, ReadTimeout: 290 * time.Second,
			MaxCalls: 80, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := load(tc.vars)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadNamesEveryProblem(t *testing.T) {
	_, err := load(map[string]string{
		"K_SERVICE": "backend", "FIRESTORE_EMULATOR_HOST": "x", "FIREBASE_AUTH_EMULATOR_HOST": "x",
		"PORT": "http", "WORKER_URL": "localhost:1", "WORKER_DIALECT": "telnet", "WORKER_THINKING": "a little", "WORKER_CONTEXT": "1", "CORS_ORIGINS": "example.com,https://a.example/x",
		"TEMPERATURE": "NaN", "MAX_OUTPUT_TOKENS": "0", "TURN_LIMIT": "-1s", "SHUTDOWN_GRACE": "5", "LOG_LEVEL": "loud",
		"MODELS_BUCKET": "b", "SIGNING_ACCOUNT": "a", "SIGNING_KEY_FILE": "f", "MODEL_URL_LIFE": "61m", "USD_PER_GB": "free", "DELETION_KEY": "short", "RETENTION_DAYS": "0", "WORKER_MIN_PARAMS": "tiny", "REPAIRS": "2", "CHECKS": "off:syntax,spelling",
		"APP_CHECK": "on", "PLANS": `{"gold": {}}`, "DAILY_CEILING": `{"tokens": -1}`, "ENGINE": "steam", "CLOUD_RUN_TIMEOUT_SECONDS": "5m", "TURN_LEASE": "0s", "TURN_IDLE": "x",
		"MAX_CALLS": "many", "STRANGER_CALLS": "-1", "TRUSTED_PROXIES": "10.0.0.1,proxy",
	})
	if err == nil {
		t.Fatal("Load accepted it")
	}
	lines := strings.Split(err.Error(), "\n")
	var names []string
	for _, l := range lines {
		name, _, _ := strings.Cut(l, " ")
		names = append(names, name)
	}
	want := []string{"CORS_ORIGINS", "CORS_ORIGINS", "APP_CHECK", "LOG_LEVEL", "WORKER_URL", "WORKER_DIALECT", "WORKER_CONTEXT", "WORKER_THINKING",
		"MAX_CALLS", "STRANGER_CALLS", "TRUSTED_PROXIES", "USD_PER_GB", "TEMPERATURE", "MAX_OUTPUT_TOKENS", "TURN_LIMIT", "TURN_LEASE", "TURN_IDLE", "RETENTION_DAYS", "WORKER_MIN_PARAMS", "REPAIRS", "CHECKS", "SHUTDOWN_GRACE", "PLANS", "DAILY_CEILING", "ENGINE", "CLOUD_RUN_TIMEOUT_SECONDS",
		"FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "PORT", "GOOGLE_CLOUD_PROJECT", "DELETION_KEY", "MODELS_BUCKET", "MODEL_URL_LIFE"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%v", diff, err)
	}
}

// TestChecks: only kinds that there are can be turned off, and the operator's page lists
// them.
func TestChecks(t *testing.T) {
	page, err := os.ReadFile("../../functions/server/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if list := "`" + strings.Join(artifact.Kinds()[:len(artifact.Kinds())-1], "`, `") + "` and `" + artifact.Kinds()[len(artifact.Kinds())-1] + "`"; !strings.Contains(string(page), list) {
		t.Errorf("the page does not list %s", list)
	}
	for value, want := range map[string]string{"syntax": "must be off:", "off:": `has ""`, "off:syntax,cut,": `has ""`, "on:syntax": "must be off:"} {
		if _, err := load(map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "CHECKS": value}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CHECKS=%s: %v, want %s", value, err, want)
		}
	}
}

// TestLoadAsksForEveryVariable: a reader of all names, such as a test of the
// page that lists them, needs no values.
func TestLoadAsksForEveryVariable(t *testing.T) {
	asked := func(values map[string]string) []string {
		names := map[string]bool{}
		_, _ = config.Load(func(name string) string { names[name] = true; return values[name] })
		return slices.Sorted(maps.Keys(names))
	}
	all := asked(nil)
	if len(all) < 30 {
		t.Errorf("Load asks for %d variables: %q", len(all), all)
	}
	for _, values := range []map[string]string{
		{"K_SERVICE": "backend", "FUNCTION_TARGET": "generateCode"},
		{"GOOGLE_CLOUD_PROJECT": "p", "WORKER_URL": "http://a", "MODELS_BUCKET": "b", "SIGNING_ACCOUNT": "a", "PLANS": "x"},
		{"WORKERS_FILE": "no-such-file"},
	} {
		if diff := cmp.Diff(all, asked(values)); diff != "" {
			t.Errorf("with %v (-without +with):\n%s", values, diff)
		}
	}
}

// TestOneSystemPrompt: a model in the browser gets the instruction that a worker
// gets.
func TestOneSystemPrompt(t *testing.T) {
	text, err := os.ReadFile("../console/client/browser.js")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), strconv.Quote(config.DefaultSystemPrompt)) {
		t.Errorf("SYSTEM_PROMPT in browser.js is not %q", config.DefaultSystemPrompt)
	}
}

// TestTrap holds the one of the protocol's traps that lies in the configuration.
func TestTrap(t *testing.T) {
	t.Run("E02 an emulator's variable in production has forged tokens accepted", func(t *testing.T) {
		for _, name := range []string{"FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST"} {
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", name: "127.0.0.1:9099"}
			if _, err := load(vars); err != nil {
				t.Errorf("%s, locally: %v", name, err)
			}
			vars["K_SERVICE"] = "backend"
			if _, err := load(vars); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s, on Cloud Run: %v", name, err)
			}
		}
		for _, also := range []string{"K_SERVICE", "APP_CHECK"} { // App Check's is for the local suite alone
			vars := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "APP_CHECK_EMULATOR_HOST": "127.0.0.1:9299", also: "enforce"}
			if _, err := load(vars); err == nil || !strings.Contains(err.Error(), "APP_CHECK_EMULATOR_HOST is set") {
				t.Errorf("APP_CHECK_EMULATOR_HOST, with %s: %v", also, err)
			}
		}
	})
}
