// Package config reads the environment into one validated struct. No other
// package reads it, except that Google's SDKs read the variables of their
// emulators themselves.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// DefaultSystemPrompt is the instruction that a worker gets before the user's
// prompt, unless SYSTEM_PROMPT is set.
const DefaultSystemPrompt = "You are DreamBuild AI. Generate clean HTML, CSS, and JavaScript code for web apps. Return only code, no explanations."

// The values of APP_CHECK.
const (
	Monitor = "monitor"
	Enforce = "enforce"
)

// Config is everything that can be set. Each field names its variable, with the
// default in brackets.
type Config struct {
	Addr           string   // PORT (5001): the address to listen on; on Cloud Run every address, else 127.0.0.1
	FunctionTarget string   // FUNCTION_TARGET: serve this function alone, at /; "" serves all
	Project        string   // GOOGLE_CLOUD_PROJECT, or else GCLOUD_PROJECT: the Firebase project; required
	Emulated       bool     // FIREBASE_AUTH_EMULATOR_HOST is set: tokens are the emulator's, which nobody signs
	Origins        []string // CORS_ORIGINS, with commas between: pages that may read answers; none: any
	AppCheck       string   // APP_CHECK: Monitor logs calls without a good App Check token, Enforce refuses them; "" looks at none
	// AppCheckEmulator is APP_CHECK_EMULATOR_HOST: the URL of what signs App Check tokens
	// instead of Firebase; "": nothing.
	AppCheckEmulator string
	LogLevel         slog.Level // LOG_LEVEL (info)
	OnCloudRun       bool       // K_SERVICE is set, which Cloud Run does

	MaxCalls       int            // MAX_CALLS (1000): calls that this instance works on at once, four fifths of them streams; 0: any number
	StrangerCalls  int            // STRANGER_CALLS (2000): calls without a good token from one address within a minute; 0: any number
	TrustedProxies []netip.Prefix // TRUSTED_PROXIES, with commas between: addresses whose word about who calls is believed

	EventsAccount  string        // EVENTS_ACCOUNT: the service account that delivers events; "": only where nobody else reaches the process
	SessionRecheck time.Duration // SESSION_RECHECK (1m): how long it is believed how a user stands, who is denied, and that a session is open

	// DeletionKey is DELETION_KEY: what hashes the ids of users whose accounts were
	// deleted, of at least 32 characters; "": nobody can delete an account. With the
	// Auth emulator there always is one.
	DeletionKey string

	Workers WorkersConfig
	Models  ModelsConfig
	Turn    TurnConfig
	Plans   quota.Plans // PLANS: JSON that overrides single limits of the built-in plans
	// Ceiling is DAILY_CEILING: JSON, what all users together may use in a day; none:
	// no more than their plans allow.
	Ceiling quota.Ceiling
	// Templates is ENGINE=template: no worker is asked, templates answer.
	Templates bool
	// ReadTimeout is how long a call may read a turn before it ends with
	// turn-continues: CLOUD_RUN_TIMEOUT_SECONDS (540 where one function is deployed
	// alone), less a tenth and at most 10 seconds. 0: there is no limit.
	ReadTimeout   time.Duration
	ShutdownGrace time.Duration // SHUTDOWN_GRACE (8s): how long running turns may continue after the server is told to stop
}

// WorkersConfig names the inference servers.
type WorkersConfig struct {
	Plans map[quota.Plan][]WorkerConfig // WORKERS_FILE, or WORKER_URL and the other WORKER_ variables; empty: templates answer
	Queue int                           // WORKER_QUEUE (32): calls that may wait for a worker of their plan, two of each user
	Wait  time.Duration                 // WORKER_WAIT (1m): how long a worker may be silent before its first output, while it queues or loads
}

// ModelsConfig says where model weights are stored and how downloads are signed.
type ModelsConfig struct {
	Bucket   string        // MODELS_BUCKET, with or without gs://; "": there are no models
	Endpoint string        // STORAGE_EMULATOR_HOST: the URL of an emulator; "": Google's
	KeyFile  string        // SIGNING_KEY_FILE: the key of the service account that signs URLs; or else
	Account  string        // SIGNING_ACCOUNT: the service account's e-mail address, for which IAM signs
	URLLife  time.Duration // MODEL_URL_LIFE (15m): how long a signed URL works; from 1m to 1h
	USDPerGB float64       // USD_PER_GB (0.12): what a download costs, for estimates
}

// TurnConfig holds the settings of every turn.
type TurnConfig struct {
	SystemPrompt string        // SYSTEM_PROMPT (DefaultSystemPrompt)
	Prefill      string        // WORKER_PREFILL: how the answer of a worker begins, which the worker continues
	Temperature  float64       // TEMPERATURE (0.7): from 0 to 2
	MaxTokens    int           // MAX_OUTPUT_TOKENS (2000): of one answer
	Limit        time.Duration // TURN_LIMIT (10m): how long a turn may take
	Lease        time.Duration // TURN_LEASE (30s): how long an instance may be silent before others end its turns as interrupted
	Idle         time.Duration // TURN_IDLE (2m): how long a turn continues with nobody reading it
	Retention    time.Duration // RETENTION_DAYS: how long prompts and replies are kept; 0: as long as the project
	// MinParameters is WORKER_MIN_PARAMS (1B): how many weights a model has at least that is
	// asked for what a template can answer; 0: any number.
	MinParameters int64
	Repairs       int      // REPAIRS (1): how often a worker is asked to mend an answer that does not work; 0: never
	Unchecked     []string // CHECKS, as off:KIND,KIND: diagnostics that are not told; none: all are
}

// Load reads a configuration through getenv, which it asks for every variable,
// whatever the values of others are. The error names every problem, one per
// line.
func Load(getenv func(string) string) (Config, error) {
	e := env{getenv: getenv}
	var err error
	c := Config{
		FunctionTarget:   getenv("FUNCTION_TARGET"),
		Project:          e.text("GOOGLE_CLOUD_PROJECT", getenv("GCLOUD_PROJECT")),
		Emulated:         getenv("FIREBASE_AUTH_EMULATOR_HOST") != "",
		Origins:          e.origins("CORS_ORIGINS"),
		AppCheck:         e.oneOf("APP_CHECK", "", Monitor, Enforce),
		AppCheckEmulator: e.host("APP_CHECK_EMULATOR_HOST"),
		LogLevel:         e.level("LOG_LEVEL"),
		OnCloudRun:       getenv("K_SERVICE") != "",
		Workers: WorkersConfig{
			Plans: e.workers(),
			Queue: e.number("WORKER_QUEUE", 32, 1, 10000),
			Wait:  e.duration("WORKER_WAIT", time.Minute),
		},
		MaxCalls:       e.number("MAX_CALLS", 1000, 0, 1_000_000),
		StrangerCalls:  e.number("STRANGER_CALLS", 2000, 0, 1_000_000),
		TrustedProxies: e.networks("TRUSTED_PROXIES"),
		EventsAccount:  getenv("EVENTS_ACCOUNT"),
		SessionRecheck: e.duration("SESSION_RECHECK", time.Minute),
		DeletionKey:    getenv("DELETION_KEY"),
		Models: ModelsConfig{
			Bucket:   strings.TrimPrefix(getenv("MODELS_BUCKET"), "gs://"),
			Endpoint: e.host("STORAGE_EMULATOR_HOST"),
			KeyFile:  getenv("SIGNING_KEY_FILE"),
			Account:  getenv("SIGNING_ACCOUNT"),
			URLLife:  e.duration("MODEL_URL_LIFE", 15*time.Minute),
			USDPerGB: e.decimal("USD_PER_GB", 0.12, 0, 1000),
		},
		Turn: TurnConfig{
			SystemPrompt:  e.text("SYSTEM_PROMPT", DefaultSystemPrompt),
			Prefill:       getenv("WORKER_PREFILL"),
			Temperature:   e.decimal("TEMPERATURE", 0.7, 0, 2),
			MaxTokens:     e.number("MAX_OUTPUT_TOKENS", 2000, 1, 1<<20),
			Limit:         e.duration("TURN_LIMIT", 10*time.Minute),
			Lease:         e.duration("TURN_LEASE", 30*time.Second),
			Idle:          e.duration("TURN_IDLE", 2*time.Minute),
			Retention:     time.Duration(e.number("RETENTION_DAYS", 0, 1, 36500)) * 24 * time.Hour,
			MinParameters: e.weights("WORKER_MIN_PARAMS", 1e9),
			Repairs:       e.number("REPAIRS", 1, 0, 1),
			Unchecked:     e.unchecked("CHECKS"),
		},
		ShutdownGrace: e.duration("SHUTDOWN_GRACE", 8*time.Second),
	}
	if c.Plans, err = quota.ReadPlans(getenv("PLANS")); err != nil {
		e.problem(`PLANS is wrong: %v. It overrides single limits, as in {"free": {"dailyTurns": 100}}`, err)
	}
	if c.Ceiling, err = quota.ReadCeiling(getenv("DAILY_CEILING")); err != nil {
		e.problem(`DAILY_CEILING is wrong: %v. It is JSON such as {"tokens": 50000000, "anonymousTokens": 5000000, "bytes": 2000000000000, "anonymousBytes": 100000000000}`, err)
	}
	c.Templates = e.oneOf("ENGINE", "", "worker", "template") == "template"
	c.ReadTimeout = e.readTimeout("CLOUD_RUN_TIMEOUT_SECONDS", c.OnCloudRun && c.FunctionTarget != "")
	for _, name := range []string{"FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "FIREBASE_STORAGE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "APP_CHECK_EMULATOR_HOST"} {
		if getenv(name) != "" && c.OnCloudRun {
			e.problem("%s is set on Cloud Run (K_SERVICE is %q): with an emulator, forged tokens would be accepted. Remove it.", name, getenv("K_SERVICE"))
		}
	}
	if c.AppCheckEmulator != "" && !c.Emulated {
		e.problem("APP_CHECK_EMULATOR_HOST is set, and FIREBASE_AUTH_EMULATOR_HOST is not: whoever reaches the emulator would pass for an app of yours. Remove it.")
	}
	host := "127.0.0.1"
	if c.OnCloudRun {
		host = ""
	}
	c.Addr = net.JoinHostPort(host, strconv.Itoa(e.number("PORT", 5001, 0, 65535)))
	if c.Project == "" {
		e.problem("GOOGLE_CLOUD_PROJECT is not set: name the Firebase project (locally: demo-dreambuild)")
	}
	if c.DeletionKey == "" && c.Emulated {
		c.DeletionKey = "the users of an emulator need no secret"
	}
	if n := len(c.DeletionKey); n > 0 && n < 32 {
		e.problem("DELETION_KEY has %d characters: it needs 32 or more that nobody guesses, as openssl rand -hex 32 gives", n)
	}
	if m := c.Models; m.Bucket != "" {
		if (m.KeyFile == "") == (m.Account == "") {
			e.problem("MODELS_BUCKET is set: name who signs the download links, by SIGNING_ACCOUNT (a service account) or SIGNING_KEY_FILE (its key)")
		}
		if m.URLLife < time.Minute || m.URLLife > time.Hour {
			e.problem("MODEL_URL_LIFE is %v: it must be from 1m to 1h", m.URLLife)
		}
	}
	return c, errors.Join(e.problems...)
}

// env reads variables and collects what is wrong with them.
type env struct {
	getenv   func(string) string
	problems []error
}

func (e *env) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

func (e *env) text(name, fallback string) string {
	if v := e.getenv(name); v != "" {
		return v
	}
	return fallback
}

func (e *env) number(name string, fallback, low, high int) int {
	v := e.getenv(name)
	if v == "" {
		return fallback
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		e.problem("%s is %q: it must be a whole number from %d to %d", name, v, low, high)
	}
	return n
}

// weights reads a number of parameters: 500000000, 500M or 1.5B.
func (e *env) weights(name string, fallback int64) int64 {
	text := strings.ToUpper(strings.TrimSpace(e.getenv(name)))
	if text == "" {
		return fallback
	}
	unit, digits := 1.0, text
	for suffix, n := range map[string]float64{"K": 1e3, "M": 1e6, "B": 1e9} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			unit, digits = n, rest
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 || n*unit > 1e15 || n != n {
		e.problem(`%s is %q; it is a number of parameters such as 1B or 500M, or 0`, name, text)
		return fallback
	}
	return int64(n * unit)
}

func (e *env) decimal(name string, fallback, low, high float64) float64 {
	v := e.getenv(name)
	if v == "" {
		return fallback
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= low && f <= high) {
		e.problem("%s is %q: it must be a number from %g to %g", name, v, low, high)
	}
	return f
}

// readTimeout reads the platform's limit for a request, which is 540 s for a
// function that does not set one, and leaves time for the last frame.
func (e *env) readTimeout(name string, function bool) time.Duration {
	limit := time.Duration(e.number(name, 0, 1, 24*60*60)) * time.Second
	if limit == 0 && function {
		limit = 540 * time.Second
	}
	return limit - min(limit/10, 10*time.Second)
}

// host reads an emulator's address, which may lack its scheme.
func (e *env) host(name string) string {
	v := e.getenv(name)
	if v != "" && !strings.Contains(v, "://") {
		v = "http://" + v
	}
	return strings.TrimRight(v, "/")
}

func (e *env) duration(name string, fallback time.Duration) time.Duration {
	v := e.getenv(name)
	if v == "" {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		e.problem("%s is %q: it must be a duration such as 90s or 10m", name, v)
	}
	return d
}

func (e *env) oneOf(name string, allowed ...string) string {
	v := e.getenv(name)
	if !slices.Contains(allowed, v) {
		e.problem("%s is %q: it must be one of %q", name, v, allowed)
	}
	return v
}

func (e *env) workerURL(name string) string {
	v := e.getenv(name)
	if v == "" {
		return ""
	}
	if _, err := worker.ParseURL(v); err != nil {
		e.problem("%s %v", name, err)
	}
	return strings.TrimRight(v, "/")
}

func (e *env) origins(name string) []string {
	var origins []string
	for o := range strings.SplitSeq(e.getenv(name), ",") {
		if o = strings.TrimSpace(o); o == "" {
			continue
		}
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || o != u.Scheme+"://"+u.Host {
			e.problem("%s has %q: an origin is a scheme and a host, such as https://app.example.com", name, o)
		}
		origins = append(origins, o)
	}
	return origins
}

// networks reads a list of networks and single addresses.
func (e *env) networks(name string) []netip.Prefix {
	var networks []netip.Prefix
	for n := range strings.SplitSeq(e.getenv(name), ",") {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		network, err := netip.ParsePrefix(n)
		if addr, bad := netip.ParseAddr(n); bad == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			e.problem("%s has %q: it must be an address or a network, such as 10.0.0.0/8", name, n)
		}
		networks = append(networks, network)
	}
	return networks
}

// unchecked reads the kinds of diagnostics that are turned off.
func (e *env) unchecked(name string) []string {
	v := e.getenv(name)
	if v == "" {
		return nil
	}
	list, ok := strings.CutPrefix(v, "off:")
	if !ok {
		e.problem("%s is %q: it must be off: and kinds with commas between, such as off:syntax", name, v)
		return nil
	}
	var kinds []string
	for kind := range strings.SplitSeq(list, ",") {
		if kind = strings.TrimSpace(kind); !slices.Contains(artifact.Kinds(), kind) {
			e.problem("%s has %q: it must be one of %q", name, kind, artifact.Kinds())
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

func (e *env) level(name string) slog.Level {
	var l slog.Level
	if v := e.getenv(name); v != "" {
		if err := l.UnmarshalText([]byte(v)); err != nil {
			e.problem("%s is %q: it must be debug, info, warn or error", name, v)
		}
	}
	return l
}
