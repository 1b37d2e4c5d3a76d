package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"dreambuild.dev/backend/internal/emulator"
)

// emulated maps each emulator that exec can start to the variable that tells the
// command its address.
var emulated = map[string]string{
	"auth": "FIREBASE_AUTH_EMULATOR_HOST", "firestore": "FIRESTORE_EMULATOR_HOST", "hosting": "HOSTING_EMULATOR",
	"bucket": "BUCKET_EMULATOR",
}

// exec runs a command against emulators and workers of its own. It touches
// nothing of a running suite and keeps nothing.
func (s *suite) exec(flags *flag.FlagSet) action {
	with := flags.String("with", "auth,firestore", "the `emulators` to start: auth, firestore, hosting, bucket")
	workers := flags.String("worker", "", "the real `workers` to start: llamacpp, ollama")
	return func(ctx context.Context, args []string) error {
		p := parts{emulators: split(*with), workers: split(*workers)}
		for _, name := range p.emulators {
			if emulated[name] == "" {
				return fmt.Errorf("--with names %q: dev exec --help lists the emulators", name)
			}
		}
		for _, name := range p.workers {
			if name != "llamacpp" && name != "ollama" {
				return fmt.Errorf("--worker names %q: dev exec --help lists the workers", name)
			}
		}
		return s.runWith(ctx, p, args)
	}
}

// split reads a list with commas. An empty list has no element.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// parts names what a run of exec needs.
type parts struct{ emulators, workers []string }

func (p parts) bucket() bool            { return slices.Contains(p.emulators, "bucket") }
func (p parts) worker(name string) bool { return slices.Contains(p.workers, name) }

// firebase lists the emulators that firebase-tools runs.
func (p parts) firebase() []string {
	return slices.DeleteFunc(slices.Clone(p.emulators), func(name string) bool { return name == "bucket" })
}

// installFor installs what the parts need.
func (s *suite) installFor(ctx context.Context, p parts) error {
	steps := s.basics()
	if p.worker("ollama") {
		steps = append(steps, s.ollama())
	}
	if p.bucket() {
		steps = append(steps, s.bucketTools()...)
	}
	if p.bucket() || len(p.workers) > 0 {
		steps = append(steps, s.pip())
	}
	if err := s.install(ctx, steps...); err != nil {
		return err
	}
	return s.install(ctx, s.console())
}

func (s *suite) runWith(ctx context.Context, p parts, args []string) error {
	c, err := s.readConfig()
	if err != nil {
		return err
	}
	if err := c.moved(); err != nil {
		return err
	}
	if err := s.installFor(ctx, p); err != nil {
		return err
	}
	if err := s.startGuard(); err != nil {
		return err
	}
	r := &running{}
	defer func() { fmt.Fprintln(s.guard, "done"); s.guard.Close() }()
	defer os.RemoveAll(s.logs())
	defer r.stop()
	env, err := s.startParts(ctx, r, c, p)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

// startParts starts the parts side by side, adds them to r, and returns an
// environment with their addresses.
func (s *suite) startParts(ctx context.Context, r *running, c config, p parts) ([]string, error) {
	env := append(os.Environ(), "GCLOUD_PROJECT="+project)
	if p.bucket() {
		weights, err := s.weights()
		if err != nil {
			return nil, err
		}
		env = append(env, "SMALL_MODEL="+weights)
	}
	if p.worker("llamacpp") { // how a test starts one of its own: it appends a port
		env = append(env, "LLAMACPP_COMMAND="+strings.Join(s.llamacpp(), " "))
	}
	if p.worker("ollama") {
		env = append(env, "OLLAMA_COMMAND="+s.bin("ollama-"+ollamaVersion+"/ollama")+" serve", "OLLAMA_MODELS="+filepath.Join(s.ollamaHome(), "models"))
	}
	// Hosting's rewrites lead to a backend that a test starts at this port.
	port, err := emulator.FreePort()
	if err != nil {
		return nil, err
	}
	runAPI, closeAPI, err := runAPI(port)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, closeAPI)

	var mu sync.Mutex // of r and env
	add := func(stop func(), variables ...string) {
		mu.Lock()
		defer mu.Unlock()
		r.closers = append(r.closers, stop)
		env = append(env, variables...)
	}
	startEmulators := func() error {
		e, err := s.startEmulators(ctx, c, p.firebase(), "", runAPI)
		if err != nil {
			return err
		}
		variables := []string{"FIREBASE_EMULATOR_HUB=" + e.host("hub"), fmt.Sprintf("BACKEND_PORT=%d", port)}
		for _, name := range p.firebase() {
			variables = append(variables, emulated[name]+"="+e.host(name))
		}
		add(e.stop, variables...)
		return nil
	}
	startWorker := func(variable string, start func(context.Context) (*process, string, error)) error {
		w, url, err := start(ctx)
		if w != nil { // it may run although it is not ready
			add(func() { w.stop(syscall.SIGTERM, 5*time.Second) }, variable+"="+url)
		}
		return err
	}
	startBucket := func() error {
		b, err := s.startBucket(ctx, filepath.Join(s.logs(), "bucket"))
		if b != nil {
			add(b.close, "BUCKET_EMULATOR="+b.url, "BUCKET_EMULATOR_TLS="+b.tls, "GSUTIL="+s.gsutilPath())
		}
		return err
	}
	var wait sync.WaitGroup
	var emulatorsErr, llamaErr, ollamaErr, bucketErr error
	wait.Go(func() { emulatorsErr = s.timed("emulators", startEmulators) })
	if p.worker("llamacpp") {
		wait.Go(func() { llamaErr = startWorker("LLAMACPP_URL", s.startLlamacpp) })
	}
	if p.worker("ollama") {
		wait.Go(func() { ollamaErr = startWorker("OLLAMA_URL", s.startOllama) })
	}
	if p.bucket() {
		wait.Go(func() { bucketErr = startBucket() })
	}
	wait.Wait()
	return env, errors.Join(emulatorsErr, llamaErr, ollamaErr, bucketErr)
}
