package functions

import (
	"context"
	"log/slog"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
)

// openWorkers makes the pools of all plans. It dials nobody.
func openWorkers(cfg config.WorkersConfig, log *slog.Logger) (*worker.Pools, error) {
	open := map[config.WorkerConfig]*dialect.Worker{}
	var pools []worker.PoolConfig
	for _, plan := range quota.PlanNames() {
		pool := worker.PoolConfig{Plan: string(plan)}
		for _, c := range cfg.Plans[plan] {
			w := open[c]
			if w == nil {
				d := dialect.Config{
					URL: c.URL, Kind: c.Dialect, Model: c.Model, Context: c.Context, Parallel: c.Parallel, KeepAlive: c.KeepAlive, Thinking: c.Thinking,
					Key: c.Key, Insecure: c.Insecure, FirstByte: cfg.Wait,
				}
				var err error
				if c.Google {
					if d.Token, err = dialect.GoogleToken(c.URL); err != nil {
						return nil, err
					}
				}
				if w, err = dialect.Open(d); err != nil {
					return nil, err
				}
				open[c] = w
			}
			pool.Workers = append(pool.Workers, w)
		}
		pools = append(pools, pool)
	}
	return worker.NewPools(pools, worker.Settings{Queue: cfg.Queue, LoadTimeout: cfg.Wait, Log: log}), nil
}

type workerHealthResult struct {
	Pools []poolHealth `json:"pools"`
}

type poolHealth struct {
	Plan    string         `json:"plan"`
	Waiting int            `json:"waiting"`
	Workers []workerStatus `json:"workers"`
}

type workerStatus struct {
	URL           string   `json:"url"`
	State         string   `json:"state"`   // ready, loading or unreachable, as of now
	Breaker       string   `json:"breaker"` // open: it is not asked, since it failed
	Dialect       string   `json:"dialect"`
	Model         string   `json:"model"`
	ContextTokens int      `json:"contextTokens"` // 0: unknown
	Parallel      int      `json:"parallel"`
	Continues     bool     `json:"continues"`
	Refuses       []string `json:"refuses"`
	Running       int      `json:"running"`
	Fault         string   `json:"fault,omitempty"`       // what went wrong last, until a call ends well
	LastReplyAt   string   `json:"lastReplyAt,omitempty"` // of this instance
}

// workerHealth asks every worker how it is. What runs and waits is this
// instance's part. Admins only.
func (b *Backend) workerHealth(ctx context.Context, call callable.Call[struct{}]) (workerHealthResult, error) {
	if err := checkAdmin(call.Caller); err != nil {
		return workerHealthResult{}, err
	}
	res := workerHealthResult{Pools: []poolHealth{}}
	if b.workers == nil {
		return res, nil
	}
	for _, p := range b.workers.Health(ctx) {
		one := poolHealth{Plan: p.Plan, Waiting: p.Waiting, Workers: []workerStatus{}}
		for _, w := range p.Workers {
			s := workerStatus{
				URL: w.Name, State: w.State, Breaker: w.Breaker, Dialect: w.About.Dialect, Model: w.About.Model, ContextTokens: w.About.Context,
				Parallel: w.About.Parallel, Continues: w.About.Continues, Refuses: append([]string{}, w.About.Refuses...), Running: w.Running, Fault: w.Fault,
			}
			if !w.LastReplyAt.IsZero() {
				s.LastReplyAt = w.LastReplyAt.UTC().Format(time.RFC3339)
			}
			one.Workers = append(one.Workers, s)
		}
		res.Pools = append(res.Pools, one)
	}
	return res, nil
}
