package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"dreambuild.dev/backend/internal/worker/conformance"
	"dreambuild.dev/backend/internal/worker/dialect"
)

// workerCheck tries on a worker all that the backend relies on, and says what
// follows from each failure.
func (s *suite) workerCheck(flags *flag.FlagSet) action {
	var c dialect.Config
	flags.StringVar(&c.URL, "url", "", "the worker's `address`, such as http://127.0.0.1:11434")
	flags.StringVar(&c.Kind, "dialect", "", "its `kind` ("+strings.Join(dialect.Kinds(), ", ")+"); default: found out")
	flags.StringVar(&c.Model, "model", "", "the `model` to ask for; default: what it has")
	flags.IntVar(&c.Context, "context", 0, "its context in `tokens`, where it does not tell")
	key := flags.String("key-env", "", "the `variable` that holds its API key")
	google := flags.Bool("google", false, "it is a private Cloud Run service: send an ID token")
	flags.BoolVar(&c.Insecure, "insecure", false, "credentials may go over plain HTTP")
	return func(ctx context.Context, _ []string) error {
		if c.URL == "" {
			return errors.New("name the worker: make worker-check URL=http://127.0.0.1:11434")
		}
		if *key != "" {
			if c.Key = os.Getenv(*key); c.Key == "" {
				return fmt.Errorf("the variable %s is not set: --key-env names the one that holds the worker's API key", *key)
			}
		}
		if *google {
			var err error
			if c.Token, err = dialect.GoogleToken(c.URL); err != nil {
				return err
			}
		}
		return s.tryWorker(ctx, c)
	}
}

func (s *suite) tryWorker(ctx context.Context, c dialect.Config) error {
	s.say("Trying %s. This takes a minute or two.\n", c.URL)
	var failed []conformance.Result
	conformance.Run(ctx, conformance.Subject{Config: c}, func(r conformance.Result) {
		s.say("  %-31s %-6s %s", r.Behaviour.Name, r.Verdict, r.Seen)
		if r.Verdict == conformance.Failed {
			failed = append(failed, r)
		}
	})
	if len(failed) == 0 {
		s.say("\nThe backend can use it. A - marks what cannot be tried from outside.")
		return nil
	}
	s.say("\nWhat this means:")
	for _, r := range failed {
		s.say("- %s: %s", r.Behaviour.Name, r.Behaviour.Means)
	}
	return fmt.Errorf("%d of %d behaviours failed", len(failed), len(conformance.Behaviours))
}
