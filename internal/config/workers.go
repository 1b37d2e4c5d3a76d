package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// WorkerConfig names one inference server. Two equal ones are the same server.
type WorkerConfig struct {
	URL       string
	Dialect   string        // "" asks the worker
	Model     string        // "": the one that the worker has
	Context   int           // tokens; 0: as the worker says
	Parallel  int           // calls at once; 0: as the worker says
	KeepAlive time.Duration // how long Ollama keeps the model in memory; 0: its default, below 0: forever
	Thinking  bool          // the model may think before it answers; false: it is asked not to
	Google    bool          // it is a private Cloud Run service
	Key       string        // its API key
	Insecure  bool          // credentials may go over plain HTTP
}

// Names lists the workers' addresses, each once.
func (c WorkersConfig) Names() []string {
	var names []string
	for _, workers := range c.Plans {
		for _, w := range workers {
			names = append(names, w.URL)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Limits of what the settings may say of a worker.
const (
	leastContext, mostContext = 256, 1 << 20
	mostParallel              = 10000
)

// workers reads WORKERS_FILE, or the variables of a single worker for all plans.
func (e *env) workers() map[quota.Plan][]WorkerConfig {
	file := e.getenv("WORKERS_FILE")
	one := WorkerConfig{
		URL:      e.workerURL("WORKER_URL"),
		Dialect:  e.oneOf("WORKER_DIALECT", append([]string{""}, worker.Dialects()...)...),
		Model:    e.getenv("WORKER_MODEL"),
		Context:  e.number("WORKER_CONTEXT", 0, leastContext, mostContext),
		Parallel: e.number("WORKER_PARALLEL", 0, 1, mostParallel),
		Thinking: e.oneOf("WORKER_THINKING", "", "off", "on") == "on",
		Google:   e.oneOf("WORKER_AUTH", "", "google") == "google",
		Key:      e.getenv("WORKER_KEY"),
	}
	switch {
	case file != "" && one.URL != "":
		e.problem("WORKER_URL and WORKERS_FILE are both set: keep one")
	case one.Google && one.Key != "":
		e.problem("WORKER_AUTH is google and WORKER_KEY is set: keep one")
	case file != "":
		return e.workersFile(file)
	case one.URL != "":
		all := map[quota.Plan][]WorkerConfig{}
		for _, plan := range quota.PlanNames() {
			all[plan] = []WorkerConfig{one}
		}
		return all
	}
	return nil
}

// workersFile reads the workers of every plan. A plan without workers uses those
// of the free plan.
func (e *env) workersFile(name string) map[quota.Plan][]WorkerConfig {
	const form = `It is such as {"free": [{"url": "http://10.0.0.5:11434", "dialect": "ollama"}]}`
	text, err := os.ReadFile(name)
	if err != nil {
		e.problem("WORKERS_FILE: %v", err)
		return nil
	}
	var plans map[quota.Plan][]workerEntry
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&plans); err != nil {
		e.problem("WORKERS_FILE %s: %v. %s", name, err, form)
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		e.problem("WORKERS_FILE %s has something after its last }. %s", name, form)
	}
	all, seen := map[quota.Plan][]WorkerConfig{}, map[string]WorkerConfig{}
	for _, plan := range slices.Sorted(maps.Keys(plans)) {
		workers := plans[plan]
		if !slices.Contains(quota.PlanNames(), plan) {
			e.problem("WORKERS_FILE %s has the plan %q: there are %q", name, plan, quota.PlanNames())
		}
		for i, w := range workers {
			problem := func(format string, args ...any) {
				e.problem("WORKERS_FILE %s, %s[%d]: "+format, append([]any{name, plan, i}, args...)...)
			}
			address := env{getenv: func(string) string { return w.URL }}
			c := WorkerConfig{
				Dialect: w.Dialect, Model: w.Model, Context: w.Context, Parallel: w.Parallel, Thinking: w.Thinking, Google: w.Auth == "google", Insecure: w.Insecure,
				URL: address.workerURL("url"),
			}
			for _, p := range address.problems {
				problem("%v", p)
			}
			if w.URL == "" {
				problem("url is missing")
			}
			if w.Dialect != "" && !slices.Contains(worker.Dialects(), w.Dialect) {
				problem("dialect is %q: it must be one of %q", w.Dialect, worker.Dialects())
			}
			if w.Auth != "" && w.Auth != "google" {
				problem("auth is %q: it must be google or absent", w.Auth)
			}
			if w.Context != 0 && (w.Context < leastContext || w.Context > mostContext) {
				problem("context is %d: it must be from %d to %d tokens", w.Context, leastContext, mostContext)
			}
			if w.Parallel < 0 || w.Parallel > mostParallel {
				problem("parallel is %d: it must be from 1 to %d", w.Parallel, mostParallel)
			}
			if c.Google && w.KeyEnv != "" {
				problem("auth is google and keyEnv is set: keep one")
			}
			if w.KeepAlive != "" {
				if c.KeepAlive, err = time.ParseDuration(w.KeepAlive); err != nil || c.KeepAlive == 0 {
					problem(`keepAlive is %q: it must be a duration such as 30m, or -1s to keep it forever`, w.KeepAlive)
				}
			}
			if w.KeyEnv != "" {
				if c.Key = e.getenv(w.KeyEnv); c.Key == "" {
					problem("keyEnv names the variable %s, which is not set", w.KeyEnv)
				}
			}
			if other, ok := seen[c.URL]; ok && other != c {
				problem("%s occurs with other settings above: it is one worker, with one account of who uses it", c.URL)
			}
			seen[c.URL] = c
			all[plan] = append(all[plan], c)
		}
	}
	if len(all[quota.Free]) == 0 {
		e.problem("WORKERS_FILE %s names no worker for the plan %q. %s", name, quota.Free, form)
	}
	for _, plan := range quota.PlanNames() {
		if len(all[plan]) == 0 {
			all[plan] = all[quota.Free]
		}
	}
	return all
}

// workerEntry is a worker in WORKERS_FILE. internal/worker/README.md has its fields
// as a table.
type workerEntry struct {
	URL       string `json:"url"`
	Dialect   string `json:"dialect"`
	Model     string `json:"model"`
	Context   int    `json:"context"`
	Parallel  int    `json:"parallel"`
	KeepAlive string `json:"keepAlive"`
	Thinking  bool   `json:"thinking"`
	Auth      string `json:"auth"`
	KeyEnv    string `json:"keyEnv"`
	Insecure  bool   `json:"insecure"`
}
