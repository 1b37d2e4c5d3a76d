package dialect

import (
	"net/http"
	"time"

	"dreambuild.dev/backend/internal/worker"
)

// Replaying returns a worker of a kind that is known already. Every answer comes
// from a transport.
func Replaying(kind string, context int, by http.RoundTripper) *Worker {
	d := kinds[kind]
	about := worker.About{Dialect: kind, Context: context}
	may := extras(0)
	if kind == "llamacpp" || kind == "vllm" {
		may = begun
	}
	return &Worker{
		cfg:    Config{URL: "http://worker", FirstByte: time.Minute, FirstText: time.Minute, Idle: time.Minute},
		client: &http.Client{Transport: by},
		known:  &known{dialect: d, model: "m", about: about, may: may},

		lastReplyAt: time.Now(),
	}
}
