// Command server is the deployable backend: it serves every function over HTTP,
// and drains when it gets SIGTERM or an interrupt.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, then drains.
func run(ctx context.Context, getenv func(string) string) error {
	cfg, err := config.Load(getenv)
	if err != nil {
		return fmt.Errorf("the configuration is wrong:\n%w", err)
	}
	log := telemetry.Logger(os.Stderr, cfg.LogLevel, cfg.OnCloudRun)
	telemetry.SetDefault(log) // for calls of functions that do not exist
	backend, err := functions.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := backend.Close(); err != nil {
			log.Warn("closing", "err", err)
		}
	}()
	handler, err := route(backend.Handlers(), functions.Under(), cfg.FunctionTarget)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("%w (set PORT to another one)", err)
	}
	log.Info("listening", "addr", listener.Addr().String(), "project", cfg.Project, "workers", cfg.Workers.Names())
	backend.Warm()
	return serve(ctx, listener, handler, backend, cfg.ShutdownGrace, log)
}

// serve answers until ctx ends. Then it takes no more calls and says that it is not
// ready, lets running turns continue for the grace period, and ends each open call
// with a last frame. It returns within the grace and 1.5 s more, whatever the database
// does. Shutdown alone would wait for open streams without ending them.
func serve(ctx context.Context, l net.Listener, h http.Handler, backend *functions.Backend, grace time.Duration, log *slog.Logger) error {
	calls, end := context.WithCancelCause(context.Background())
	defer end(nil)
	d := &door{functions: h, ready: backend.Ready}
	server := &http.Server{
		Handler:           d,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10, // an ID token and an App Check token have 2 KB each
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	log.Info("stopping", "grace", grace)
	d.stopping.Store(true)
	const lastFrames = 1500 * time.Millisecond // to store how turns end, for which Drain takes a second at most, and to write the last frames
	limit, cancel := context.WithTimeout(context.Background(), grace+lastFrames)
	defer cancel()
	turns, cancelTurns := context.WithTimeout(limit, grace)
	defer cancelTurns()
	backend.Drain(turns)
	end(errStopping)
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
