// Command dev runs the local suite: the Firebase emulators, a worker with a real
// model, and the backend, each pinned, started together and stopped together.
//
//	go run ./internal/dev help
//
// It knows the other programs of the suite and how they are started. It is no
// part of the backend, and the backend does not know it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

const usage = `dev runs DreamBuild's local suite.

  dev up         start everything and print what runs where (make run)
  dev reset      forget the suite's data (make reset)
  dev install    install what is pinned and build the console, without starting
                 anything (make install); FUNCTIONS_URL is where functions stream
  dev workers    install the real workers that tests use (make workers)
  dev exec [--with auth,firestore,bucket,hosting] [--worker llamacpp,ollama] -- COMMAND
                 run a command against emulators and workers of its own, on free
                 ports, beside a running suite

  dev publish-model --dir D --id ID --rev REV
                 upload a model's files and publish them (make publish-model)
  dev worker-check --url URL [--dialect D] [--model M] [--context N] [--key-env V] [--google] [--insecure]
                 try on a worker all that the backend relies on
  dev model-config --dir D --id ID
                 draft the model-config.json of a folder
  dev import-models --from D --to D [--rev REV]
                 lay out an older flat folder of models as revisions
  dev claims --uid U [--plan free|premium] [--admin true|false]
                 set a user's claims (make claims)

Everything lands in .dev/ and internal/node_modules/, which git ignores.
WORKER_URL names a worker to use instead of a local one; PORT moves the backend.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, os.Args[1:])
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(exit.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	command := "help"
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	if command == "guard" {
		return guard(os.Stdin)
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	s := &suite{root: root, out: os.Stdout}
	switch command {
	case "help", "--help", "-h":
		fmt.Print(usage)
		return nil
	case "up":
		return noArguments(args, func() error { return s.up(ctx) })
	case "reset":
		return noArguments(args, s.reset)
	case "install":
		return noArguments(args, func() error { return s.ready(ctx) })
	case "workers":
		return noArguments(args, func() error { return s.install(ctx, s.pip(), s.ollama()) })
	case "exec":
		return s.exec(ctx, args)
	case "worker-check":
		return s.workerCheck(ctx, args)
	case "publish-model":
		return s.publishModel(ctx, args)
	case "model-config":
		return s.modelConfig(args)
	case "import-models":
		return s.importModels(args)
	case "claims":
		return s.claims(ctx, args)
	}
	return fmt.Errorf("there is no command %q\n\n%s", command, usage)
}

func noArguments(args []string, f func() error) error {
	if len(args) > 0 {
		fmt.Print(usage)
		if args[0] == "--help" || args[0] == "-h" {
			return nil
		}
		return fmt.Errorf("unexpected %q", args[0])
	}
	return f()
}

// findRoot walks up to the checkout's root, where firebase.json lies.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "firebase.json")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("%s is not inside the checkout: no firebase.json there or above", dir)
		}
	}
}
