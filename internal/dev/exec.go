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
)

// exec runs a command against emulators and workers of its own. Nothing of the
// running suite is touched, and nothing is kept.
func (s *suite) exec(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dev exec", flag.ContinueOnError)
	with := flags.String("with", "auth,firestore", "the `emulators`: auth, firestore, hosting, bucket")
	workers := flags.String("worker", "", "the real `workers`: llamacpp, ollama")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("exec needs a command, behind --")
	}
	c, err := s.readConfig()
	if err != nil {
		return err
	}
	if err := c.moved(); err != nil {
		return err
	}
	wanted := strings.Split(*workers, ",")
	steps := s.basics()
	if slices.Contains(wanted, "ollama") {
		steps = append(steps, s.ollama())
	}
	only := strings.Split(*with, ",")
	models := slices.Contains(only, "bucket")
	only = slices.DeleteFunc(only, func(name string) bool { return name == "bucket" })
	if models {
		steps = append(steps, s.weightsTools()...)
	}
	if models || *workers != "" {
		steps = append(steps, s.pip())
	}
	if err := s.install(ctx, steps...); err != nil {
		return err
	}
	if err := s.install(ctx, s.console()); err != nil {
		return err
	}
	if err := s.startGuard(); err != nil {
		return err
	}
	r := &running{}
	defer func() { fmt.Fprintln(s.guard, "done"); s.guard.Close() }()
	defer os.RemoveAll(s.logs())
	defer r.stop()

	env := append(os.Environ(), "GCLOUD_PROJECT="+project)
	if models {
		weights, err := s.weights()
		if err != nil {
			return err
		}
		env = append(env, "SMALL_MODEL="+weights)
	}
	var mu sync.Mutex // of r and env
	var wait sync.WaitGroup
	var emulatorsErr, llamaErr, ollamaErr, bucketErr error
	// Hosting's rewrites lead to a backend that a test starts at this port.
	port, err := freePort()
	if err != nil {
		return err
	}
	runAPI, closeAPI, err := runAPI(port)
	if err != nil {
		return err
	}
	r.closers = append(r.closers, closeAPI)
	wait.Go(func() {
		emulatorsErr = s.timed("emulators", func() error {
			e, err := s.startEmulators(ctx, c, only, "", runAPI)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			r.closers = append(r.closers, e.stop)
			env = append(env, "FIREBASE_EMULATOR_HUB="+e.host("hub"), fmt.Sprintf("BACKEND_PORT=%d", port))
			for name, variable := range map[string]string{"auth": "FIREBASE_AUTH_EMULATOR_HOST", "firestore": "FIRESTORE_EMULATOR_HOST", "hosting": "HOSTING_EMULATOR"} {
				if slices.Contains(only, name) {
					env = append(env, variable+"="+e.host(name))
				}
			}
			return nil
		})
	})
	worker := func(name, variable string, start func(context.Context) (*process, string, error)) error {
		if !slices.Contains(wanted, name) {
			return nil
		}
		p, url, err := start(ctx)
		mu.Lock()
		defer mu.Unlock()
		if p != nil {
			r.closers = append(r.closers, func() { p.stop(syscall.SIGTERM, 5*time.Second) })
		}
		env = append(env, variable+"="+url)
		return err
	}
	if slices.Contains(wanted, "llamacpp") { // how a test starts one of its own, with a port behind it
		env = append(env, "LLAMACPP_COMMAND="+strings.Join(s.llamacpp(), " "))
	}
	if slices.Contains(wanted, "ollama") {
		env = append(env, "OLLAMA_COMMAND="+s.bin("ollama-"+ollamaVersion+"/ollama")+" serve", "OLLAMA_MODELS="+filepath.Join(s.ollamaHome(), "models"))
	}
	wait.Go(func() { llamaErr = worker("llamacpp", "LLAMACPP_URL", s.startLlamacpp) })
	wait.Go(func() { ollamaErr = worker("ollama", "OLLAMA_URL", s.startOllama) })
	wait.Go(func() {
		if !models {
			return
		}
		b, err := s.startBucket(ctx, filepath.Join(s.logs(), "bucket"))
		mu.Lock()
		defer mu.Unlock()
		if b != nil {
			r.closers = append(r.closers, b.close)
			env = append(env, "BUCKET_EMULATOR="+b.url, "BUCKET_EMULATOR_TLS="+b.tls, "GSUTIL="+s.gsutilPath())
		}
		bucketErr = err
	})
	wait.Wait()
	if err := errors.Join(emulatorsErr, llamaErr, ollamaErr, bucketErr); err != nil {
		return err
	}

	cmd := exec.CommandContext(ctx, flags.Arg(0), flags.Args()[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
