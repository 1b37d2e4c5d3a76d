package config_test

import (
	"testing"

	"dreambuild.dev/backend/internal/worker/dialect"
)

// TestDialects: the configuration takes every dialect that there is, and no other.
func TestDialects(t *testing.T) {
	for _, kind := range append(dialect.Kinds(), "") {
		c, err := load(map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "WORKER_URL": "http://127.0.0.1:1", "WORKER_DIALECT": kind})
		if err != nil {
			t.Errorf("WORKER_DIALECT=%s: %v", kind, err)
			continue
		}
		for plan, workers := range c.Workers.Plans {
			if len(workers) != 1 || workers[0].Dialect != kind {
				t.Errorf("WORKER_DIALECT=%s: %s has %+v", kind, plan, workers)
			}
		}
	}
	if _, err := load(map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "WORKER_URL": "http://127.0.0.1:1", "WORKER_DIALECT": "nobody"}); err == nil {
		t.Error("WORKER_DIALECT=nobody is taken")
	}
}
