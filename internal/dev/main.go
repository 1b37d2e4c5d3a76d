// Command dev runs the local suite: the Firebase emulators, a worker with a real
// model, and the backend, each pinned, started together and stopped together.
//
//	go run ./internal/dev help
//
// It knows the suite's other programs and how they are started. It is not part
// of the backend, and the backend does not know it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A command is one thing that dev does. Help, errors and the table in README.md
// come from its row in commands.
type command struct {
	name    string
	args    string // what must follow the flags; "" means that nothing may
	help    string
	prepare func(*suite, *flag.FlagSet) action
}

// An action runs a command once its flags are parsed, with the arguments that
// follow them.
type action func(ctx context.Context, args []string) error

func commands() []command {
	return []command{
		{"up", "", "start everything and print what runs where (make run)", plain((*suite).up)},
		{"reset", "", "forget the suite's data (make reset)", plain((*suite).reset)},
		{"install", "", "install what is pinned and build the console, without starting anything (make install); FUNCTIONS_URL is where functions stream", plain((*suite).ready)},
		{"workers", "", "install the real workers that tests use (make workers)", plain((*suite).installWorkers)},
		{"exec", "-- COMMAND [ARGUMENT...]", "run a command against emulators and workers of its own, on free ports, beside a running suite", (*suite).exec},
		{"publish-model", "", "upload a model's files and publish them (make publish-model)", (*suite).publishModel},
		{"worker-check", "", "try on a worker all that the backend relies on (make worker-check)", (*suite).workerCheck},
		{"model-config", "", "draft the model-config.json of a folder", (*suite).modelConfig},
		{"claims", "", "set a user's claims, and whether the user is denied (make claims)", (*suite).claims},
		{"delete-account", "", "delete a user with all that is stored of them (make delete-account)", (*suite).deleteAccount},
		{"fuzz", "", "run every fuzz target (make fuzz)", (*suite).fuzz},
	}
}

// plain prepares a command without flags.
func plain(run func(*suite, context.Context) error) func(*suite, *flag.FlagSet) action {
	return func(s *suite, _ *flag.FlagSet) action {
		return func(ctx context.Context, _ []string) error { return run(s, ctx) }
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "dev:", err)
	code := 1
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		code = exit.ExitCode()
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	name := "help"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "guard": // no command for people: startGuard runs it
		return guard(os.Stdin)
	case "help", "--help", "-help", "-h":
		if len(args) == 0 {
			fmt.Fprint(out, usage())
			return nil
		}
		name, args = args[0], []string{"--help"}
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return fmt.Errorf("there is no command %q: run dev help for the list", name)
	}
	return all[i].run(ctx, &suite{out: out}, args)
}

func (c command) run(ctx context.Context, s *suite, args []string) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned
	act := c.prepare(s, flags)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(s.out, c.usage(flags))
		return nil
	case err == nil && c.args == "" && flags.NArg() > 0:
		err = fmt.Errorf("%s takes no argument %q", c.name, flags.Arg(0))
	case err == nil && c.args != "" && flags.NArg() == 0:
		err = fmt.Errorf("%s needs %s", c.name, c.args)
	}
	if err != nil {
		return fmt.Errorf("%w: run dev %s --help for what it takes", err, c.name)
	}
	if s.root, err = findRoot(); err != nil {
		return err
	}
	return act(ctx, flags.Args())
}

// usage lists the commands.
func usage() string {
	text := "dev runs DreamBuild's local suite.\n\n"
	for _, c := range commands() {
		text += fmt.Sprintf("  dev %-14s %s\n", c.name, c.help)
	}
	return text + `
dev COMMAND --help lists a command's flags.
Everything lands in .dev/ and internal/node_modules/, which git ignores.
WORKER_URL names a worker to use instead of a local one; PORT moves the backend.
`
}

// usage is what --help says of a command.
func (c command) usage(flags *flag.FlagSet) string {
	synopsis, list := "dev "+c.name, ""
	flags.VisitAll(func(f *flag.Flag) {
		value, help := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + strings.ToUpper(value)
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			help += "; default: " + f.DefValue
		}
		list += fmt.Sprintf("  --%-20s %s\n", f.Name+value, help)
	})
	if list != "" {
		synopsis, list = synopsis+" [FLAGS]", "\n"+list
	}
	return strings.TrimRight(synopsis+" "+c.args, " ") + "\n\n" + c.help + "\n" + list
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
