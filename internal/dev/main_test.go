package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestHelpOfEveryCommand(t *testing.T) {
	var list bytes.Buffer
	if err := run(t.Context(), []string{"help"}, &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands() {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(list.String(), "dev "+c.name+" ") {
				t.Error("dev help does not list it")
			}
			var direct, byHelp bytes.Buffer
			if err := run(t.Context(), []string{c.name, "--help"}, &direct); err != nil {
				t.Error(err)
			}
			if err := run(t.Context(), []string{"help", c.name}, &byHelp); err != nil {
				t.Error(err)
			}
			if !strings.HasPrefix(direct.String(), "dev "+c.name) || !strings.Contains(direct.String(), c.help) || direct.String() != byHelp.String() {
				t.Errorf("--help says %q, help says %q", direct.String(), byHelp.String())
			}
		})
	}
}

func TestHelpOfExec(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"exec", "--help"}, &out); err != nil {
		t.Fatal(err)
	}
	const want = `dev exec [FLAGS] -- COMMAND [ARGUMENT...]

run a command against emulators and workers of its own, on free ports, beside a running suite

  --with EMULATORS       the emulators to start: auth, firestore, hosting, bucket; default: auth,firestore
  --worker WORKERS       the real workers to start: llamacpp, ollama
`
	if out.String() != want {
		t.Errorf("it says\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAWrongCallSaysWhatToDo(t *testing.T) {
	for args, want := range map[string]string{
		"frob":                     `there is no command "frob": run dev help for the list`,
		"up now":                   `up takes no argument "now": run dev up --help for what it takes`,
		"up --fast":                `flag provided but not defined: -fast: run dev up --help for what it takes`,
		"exec --with auth":         `exec needs -- COMMAND [ARGUMENT...]: run dev exec --help for what it takes`,
		"exec --with disk -- true": `--with names "disk": dev exec --help lists the emulators`,
		"exec --worker x -- true":  `--worker names "x": dev exec --help lists the workers`,
		"worker-check":             `name the worker: make worker-check URL=http://127.0.0.1:11434`,
		"publish-model --id m":     `name what to publish: make publish-model DIR=path/to/files ID=my-model REV=v1`,
		"model-config --id m":      `name the folder and the model: dev model-config --dir path/to/files --id my-model`,
		"claims --uid u":           `name a user and what to set: make claims UID=user@example.com PLAN=premium ADMIN=false DENIED=false`,
		"claims --plan gold":       `PLAN is "gold": it must be one of ["premium" "free" "anonymous"]`,
		"claims --denied perhaps":  `DENIED is "perhaps": it must be true or false`,
		"claims --admin maybe":     `ADMIN is "maybe": it must be true or false`,
	} {
		t.Run(args, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(t.Context(), strings.Fields(args), &out); err == nil || err.Error() != want || out.Len() > 0 {
				t.Errorf("it fails with %v and prints %q, want %s", err, out.String(), want)
			}
		})
	}
}
