package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/worker/workertest"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// TestEvalChecks tries the checks of make eval: each passes on a good page, and
// none passes on a poor one.
func TestEvalChecks(t *testing.T) {
	t.Parallel()
	emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST") // dev exec installs the browser with the emulators
	cmd := exec.CommandContext(t.Context(), "node", "sets.mjs")
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var sets map[string][]artifact.File
	if err := json.Unmarshal(text, &sets); err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	for name, files := range sets {
		documents[name] = page.Build(files).Code
	}
	text, err = json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "documents.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	e2etest.RunNode(t, "eval.test.mjs", "DOCUMENTS="+file)
}

// TestEvalTurns: what make eval tells of turns.
func TestEvalTurns(t *testing.T) {
	t.Parallel()
	e2etest.RunNode(t, "turns.test.mjs")
}

// TestEval runs make eval on a few of its prompts, with a worker that answers
// them in all the ways that count differently.
func TestEval(t *testing.T) {
	t.Parallel()
	worker := evalWorker(t, map[string]workertest.Reply{
		"just a counter with plus and minus and a reset": {Text: []string{fence("html", `<!DOCTYPE html><p id="n">0</p><button onclick="n.textContent--">-</button><button onclick="n.textContent++">+</button>`)}},
		"create a todo list":                             {Text: []string{fence("html", `<!DOCTYPE html><input><button onclick="add()">Add</button><script>start()</script>`)}},
		"create a calculator":                            {Text: []string{"I would rather not."}},
		"snake game":                                     {Text: []string{"```html\n<canvas>"}, Cut: true},
		"make the buttons red":                           {Text: []string{fence("css style.css", "button { background: red }")}},
		"add a history panel":                            {Text: []string{fence("css style.css", "body { color: red }")}},
		"call it Zebra Tasks":                            {Text: []string{"Sure,\nI will."}},
		"why does it crash on ":                          {Text: []string{"The element with the id equals does not exist, so getElementById returns null."}},
		"explain how this code":                          {Text: []string{fence("css style.css", "button { color: red }")}},
	})
	out, err := eval(t, "WORKER_URL="+worker.URL, `EVAL_ONLY=^create/(counter|todo|calculator|snake)$|red-buttons|history-panel|new-title|explain`, "REPAIRS=0").output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`create  counter            complete  worker   1      –         yes      yes       \d+\.\d +1 *\n`,
		`create  todo               complete  worker   1      –         no       no        \d+\.\d +1       ReferenceError: start is not defined.*\n`,
		`create  calculator         complete  template 0      –         no       no        \d+\.\d +1       The model's answer holds no code, so this is a template\.\n`,
		`create  snake              failed    –        0      –         –        –         \d+\.\d +0       worker-lost: .*\n`,
		`edit    red-buttons        complete  worker   1      –         yes      yes       \d+\.\d +1 *\n`,
		`edit    history-panel      complete  worker   1      –         yes      no        \d+\.\d +1 *\n`,
		`edit    new-title          complete  worker   0      –         no       no        \d+\.\d +2       it says: Sure, I will\.\s+Sure, I will\.\n`, // asked once more
		`explain why                complete  worker   0      –         –        yes       \d+\.\d +1 *\n`,
		`explain how                complete  worker   0      –         –        no        \d+\.\d +1 *\n`,
		`            answered    parse       render      contain\n` +
			`create      2/4         2/4         1/4         1/4\n` +
			`edit        3/3         2/3         2/3         1/3\n` +
			`explain     2/2         –           –           1/2\n` +
			`all         7/9         4/7         3/7         3/9\n\n` +
			`found in answers                    answers     render      contain\n` +
			`error missing-function              1           0           0\n\n` +
			`scripted: an answer takes \d+\.\d s and 1 tokens \(medians\); 8 tokens in all\n`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestEvalStop stops make eval at its second prompt: the first is summed up.
func TestEvalStop(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	worker := evalWorker(t, map[string]workertest.Reply{
		"create a calculator":              {Text: []string{"```html\n<p>none</p>\n```\n"}},
		"create calculator with dark mode": {Text: []string{"```html\n"}, Hold: never},
	})
	run := eval(t, "WORKER_URL="+worker.URL, "EVAL_ONLY=create/calculator", "REPAIRS=0")
	go func() {
		for len(worker.Calls()) < 2 && t.Context().Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		run.Process.Signal(syscall.SIGINT)
	}()
	out, err := run.output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 || !strings.Contains(out, "Stopped after 1 of 4 prompts.") || !strings.Contains(out, "all         1/1         1/1         1/1         0/1\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestEvalReplies stores the answers of a worker, and looks at them again without one;
// then at answers of another form, which no prompt belongs to.
func TestEvalReplies(t *testing.T) {
	t.Parallel()
	worker := evalWorker(t, map[string]workertest.Reply{
		"just a counter with plus and minus and a reset": {Text: []string{"Here it is:\n", fence("html", `<!DOCTYPE html><p id="n">0</p><button onclick="n.textContent--">-</button><button onclick="n.textContent++">+</button>`)}},
		"make the buttons red":                           {Text: []string{fence("css style.css", "button { background: red }")}},
		"add a switch for dark mode":                     {Text: []string{fence("diff", "--- a/style.css\n+++ b/style.css\n@@ -60,1 +60,1 @@\n-.none { color: red }\n+.none { color: blue }")}},
	})
	file := filepath.Join(t.TempDir(), "replies.jsonl")
	for _, env := range []string{"WORKER_URL=" + worker.URL + "\nSAVE=" + file, "REPLIES=" + file} {
		out, err := eval(t, append(strings.Split(env, "\n"), "EVAL_ONLY=create/counter|red-buttons|dark-switch")...).output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, want := range []string{
			`create  counter            complete  worker   1      –         yes      yes `,
			`edit    red-buttons        complete  worker   1      –         yes      yes `,
			`edit    dark-switch        failed    –        0 .* edit-refused: `,
			`all         3/3         2/3         2/3         2/3\n`,
		} {
			if !regexp.MustCompile(`(?m)^` + want).MatchString(out) {
				t.Errorf("%s: no %q in\n%s", env, want, out)
			}
		}
	}
	if n := len(worker.Calls()); n != 5 { // three times for the change that does not fit
		t.Errorf("the worker was asked %d times", n)
	}

	other := `{"id": "counter", "answer": "` + "```html\\n<!DOCTYPE html><p>tick\\n```" + `"}` + "\n" // the name of a prompt, too
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := eval(t, "REPLIES="+file).output()
	if want := `(?m)^create  counter            complete  worker   1      –         yes      – `; err != nil || !regexp.MustCompile(want).MatchString(out) || !strings.Contains(out, "all         1/1         1/1         1/1         –\n") {
		t.Errorf("%v, no %q in\n%s", err, want, out)
	}
}

// evalWorker answers each prompt that contains a key with the key's reply.
func evalWorker(t *testing.T, answers map[string]workertest.Reply) *workertest.Server {
	w := workertest.Start("llamacpp")
	t.Cleanup(w.Close)
	w.Choose(func(c workertest.Call) (workertest.Reply, bool) {
		for prompt, reply := range answers {
			if strings.Contains(c.Messages[len(c.Messages)-1].Content, prompt) {
				return reply, true
			}
		}
		return workertest.Reply{}, false
	})
	return w
}

// evaluation is make eval, started.
type evaluation struct {
	*exec.Cmd
	out *bytes.Buffer
}

// eval starts make eval with more environment variables.
func eval(t *testing.T, env ...string) evaluation {
	t.Helper()
	emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	run := evaluation{exec.CommandContext(t.Context(), "node", "eval.mjs", e2etest.Binary()), new(bytes.Buffer)}
	run.Env = append(append(os.Environ(), fmt.Sprintf("BACKEND_PORT=%d", emulator.Port(t))), env...)
	run.Stdout, run.Stderr = run.out, run.out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	return run
}

// output waits for the end of make eval and returns what it printed.
func (e evaluation) output() (string, error) {
	err := e.Wait()
	return e.out.String(), err
}
