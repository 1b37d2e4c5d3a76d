package functions_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/telemetry"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// canaries are texts that users write, each of which can be told from all others. No
// log may have sixteen bytes of one.
type canaries struct {
	mu  sync.Mutex
	all []string
	log bytes.Buffer
}

// plant returns a new canary.
func (c *canaries) plant() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := rand.Text() + " " + rand.Text()
	c.all = append(c.all, text)
	return text
}

// name returns a new canary without spaces.
func (c *canaries) name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := rand.Text()
	c.all = append(c.all, text)
	return text
}

func (c *canaries) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.Write(line)
}

// check looks for all canaries in a text, as they are and in other ways of writing.
func (c *canaries) check(t *testing.T, where, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	folded := strings.ToLower(text)
	const run = 16
	for _, canary := range c.all {
		canary = strings.ToLower(canary)
		for i := range len(canary) - run + 1 {
			if at := strings.Index(folded, canary[i:i+run]); at >= 0 {
				t.Errorf("%s holds what a user wrote: %.600s", where, text[max(0, at-300):])
				return
			}
		}
	}
}

// logged returns what was logged.
func (c *canaries) logged() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

// backend is a Backend whose log, and everything else that the program logs, is
// watched. Nobody else may use the default log meanwhile.
func (c *canaries) backend(t *testing.T, parts functions.Parts) map[string]http.Handler {
	t.Helper()
	logger := telemetry.Logger(c, slog.LevelDebug, true)
	before, to, flags := slog.Default(), log.Writer(), log.Flags()
	telemetry.SetDefault(logger)
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(to)
		log.SetFlags(flags)
	})
	cfg, err := config.Load(func(name string) string {
		return map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "PLANS": `{"free": {"dailyTurns": 1000000, "dailyTokens": 1000000000, "concurrentTurns": 1000}}`}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	parts.Verifier = anybody{}
	if parts.Store == nil {
		parts.Store = memstore.New()
	}
	b := functions.NewWith(cfg, parts, logger)
	t.Cleanup(func() { b.Drain(t.Context()) })
	return b.Handlers()
}

// call calls a function with data that may have any form.
func call(t *testing.T, handlers map[string]http.Handler, name string, data any) (answer string) {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return do(handlers, name, `{"admin":true}`, string(text))
}

type data = map[string]any

// TestWorkersThatEcho: whatever a worker does with what it was sent, in each dialect,
// no prompt, file or reply is in a log or in workerHealth.
func TestWorkersThatEcho(t *testing.T) {
	for _, kind := range dialect.Kinds() {
		for _, way := range []struct {
			name  string
			reply func(sent string) workertest.Reply
		}{
			{"FastAPI", func(sent string) workertest.Reply {
				return workertest.Reply{Status: 422, Body: `{"detail":[{"type":"string_type","loc":["body"],"msg":"Input should be a valid string","input":` + sent + `}]}`}
			}},
			{"OpenAI", func(sent string) workertest.Reply {
				return workertest.Reply{Status: 400, Body: `{"error":{"message":` + asText(sent) + `,"type":` + asText(sent) + `}}`}
			}},
			{"plain text", func(sent string) workertest.Reply { return workertest.Reply{Status: 500, Body: sent} }},
			{"no HTTP", func(sent string) workertest.Reply { return workertest.Reply{Raw: []byte(sent)} }},
			{"a header", func(sent string) workertest.Reply {
				return workertest.Reply{Raw: []byte("HTTP/1.1 500 " + sent + "\r\n" + sent + "\r\n\r\n")}
			}},
			{"more than was asked for", func(sent string) workertest.Reply {
				return workertest.Reply{Raw: []byte("HTTP/1.1 400 no\r\nContent-Length: 2\r\n\r\n{}" + sent)}
			}},
			{"an event", func(sent string) workertest.Reply {
				return workertest.Reply{Status: 200, Body: "data: " + sent[1:] + "\n\n"}
			}},
			{"an error in the stream", func(sent string) workertest.Reply {
				return workertest.Reply{Text: []string{"half "}, Error: sent}
			}},
			{"edits that do not fit", func(sent string) workertest.Reply {
				return workertest.Reply{Text: []string{"notes.txt\n<<<<<<< SEARCH\n" + sent + "\n=======\n" + sent + "\n>>>>>>> REPLACE\n"}}
			}},
			{"files that cannot be kept", func(sent string) workertest.Reply {
				return workertest.Reply{Text: []string{"```html ../" + strings.ReplaceAll(sent[len(`["`)+70:][:30], " ", "") + "/a.html\n<p>" + sent + "\n```\n"}}
			}},
		} {
			t.Run(kind+"/"+way.name, func(t *testing.T) {
				c := &canaries{}
				s := workertest.Start(kind)
				t.Cleanup(s.Close)
				s.Choose(func(call workertest.Call) (workertest.Reply, bool) {
					// The end of the last message comes first: errors are cut.
					last := call.Messages[len(call.Messages)-1].Content
					sent, err := json.Marshal([]any{last[max(0, len(last)-100):], last, call.Body})
					if err != nil {
						return workertest.Reply{}, false
					}
					return way.reply(string(sent)), true
				})
				w, err := dialect.Open(dialect.Config{URL: s.URL})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(w.Close)
				pools := worker.NewPools([]worker.PoolConfig{{Workers: []worker.Worker{w}}}, worker.Settings{RetryPause: time.Millisecond})
				t.Cleanup(pools.Close)
				handlers := c.backend(t, functions.Parts{Workers: pools})
				saved := call(t, handlers, "saveProject", data{"source": "edit", "generatedBy": "me", "prompt": c.plant(), "files": []data{
					{"path": "notes.txt", "content": c.plant()}, {"path": "index.html", "content": c.plant()},
				}})
				_, id, _ := strings.Cut(saved, `"projectId":"`)
				id, _, found := strings.Cut(id, `"`)
				if !found {
					t.Fatal(saved)
				}
				for range 3 {
					call(t, handlers, "generateCode", data{"projectId": id, "prompt": "Change the title to " + c.plant()})
					call(t, handlers, "generateCode", data{"prompt": c.plant()})
				}
				c.check(t, "workerHealth", call(t, handlers, "workerHealth", nil))
				c.check(t, "the log", c.logged())
				if n := strings.Count(c.logged(), `"function":"generateCode"`); n != 6 {
					t.Errorf("%d lines of generateCode in %s", n, c.logged())
				}
			})
		}
	}
}

// TestPathsInRefusedEdits: the path of a file that an edit does not fit is not in the
// log, from a worker or a browser's model.
func TestPathsInRefusedEdits(t *testing.T) {
	c := &canaries{}
	path := c.name() + ".txt"
	edit := path + "\n<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE\n"
	s := workertest.Start("openai")
	t.Cleanup(s.Close)
	s.Choose(func(workertest.Call) (workertest.Reply, bool) { return workertest.Reply{Text: []string{edit}}, true })
	w, err := dialect.Open(dialect.Config{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	handlers := c.backend(t, functions.Parts{Workers: pool(t, w)})
	saved := call(t, handlers, "saveProject", data{"source": "edit", "generatedBy": "me", "files": []data{{"path": path, "content": "x\n"}}})
	_, id, _ := strings.Cut(saved, `"projectId":"`)
	id, _, _ = strings.Cut(id, `"`)
	for name, request := range map[string]data{
		"generateCode": {"projectId": id, "prompt": "Change the text"},
		"saveProject":  {"projectId": id, "source": "browser", "generatedBy": "me", "reply": edit},
	} {
		if got := call(t, handlers, name, request); !strings.Contains(got, `"edit-refused"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	c.check(t, "the log", c.logged())
}

func asText(sent string) string {
	text, err := json.Marshal(sent)
	if err != nil {
		panic(err) // a string always is JSON
	}
	return string(text)
}

// TestNobodysWordsAreLogged: what clients send, good or bad, is not in the log.
func TestNobodysWordsAreLogged(t *testing.T) {
	c := &canaries{}
	handlers := c.backend(t, functions.Parts{})
	saved := call(t, handlers, "saveProject", data{
		"source": "edit", "generatedBy": c.plant(), "name": c.plant(), "prompt": c.plant(),
		"files": []data{{"path": c.plant() + "/a.html", "content": c.plant()}},
	})
	_, id, _ := strings.Cut(saved, `"projectId":"`)
	if id, _, _ = strings.Cut(id, `"`); id == "" {
		t.Fatal(saved)
	}
	file := func(path, content string) []data { return []data{{"path": path, "content": content}} }
	twice := c.name()
	for _, save := range []data{
		{"files": file("../"+c.plant(), c.plant())}, {"files": file("./"+c.plant(), "x")}, {"files": file(c.plant()+"\n", "x")}, {"files": file("con/"+c.plant(), "x")},
		{"files": append(file(twice, "x"), file(strings.ToLower(twice), "x")...)}, {"files": append(file(twice, "x"), file(twice+"/a", "x")...)},
		{"files": file(c.plant(), strings.Repeat(c.plant(), 20_000))}, {"files": c.plant()}, {"files": []any{c.plant()}}, {"files": []data{{c.plant(): 1}}},
		{"reply": c.plant()}, {"reply": c.plant() + "\n<<<<<<< SEARCH\n" + c.plant() + "\n=======\n"},
		{"reply": c.name() + ".js\n<<<<<<< SEARCH\n" + c.plant() + "\n=======\nx\n>>>>>>> REPLACE\n"}, {"reply": "```html ../" + c.name() + ".html\n<p>\n```\n"},
		{"reply": 1, c.plant(): 2}, {"source": c.plant()}, {"generatedBy": c.plant() + "\n"}, {"name": c.plant() + c.plant()}, {"name": c.plant() + "\n"}, {"prompt": []string{c.plant()}},
		{"prompt": strings.Repeat(c.plant(), 3000)}, {"turnId": c.plant()}, {"projectId": c.plant()},
	} {
		whole := data{"source": "edit", "generatedBy": "me", "projectId": id}
		maps.Copy(whole, save)
		call(t, handlers, "saveProject", whole)
	}
	for name := range handlers {
		for _, field := range []string{"projectId", "turnId", "continues", "prompt", "name", "cursor", "pageToken", "version", "pageSize", "modelId", "revision", "paths", c.plant()} {
			call(t, handlers, name, data{"projectId": id, "turnId": "t", field: c.plant()})
			call(t, handlers, name, data{field: []any{c.plant()}})
		}
		call(t, handlers, name, c.plant())
		do(handlers, name, `{}`, `{"`+c.plant()+`":`+c.plant())
		do(handlers, name, c.plant(), `{}`)
	}
	call(t, handlers, "renameProject", data{"projectId": id, "name": c.plant()})
	call(t, handlers, "generateCode", data{"prompt": c.plant()})
	if got := call(t, handlers, "exportAccount", data{}); !strings.Contains(got, `"sha256"`) {
		t.Errorf("exportAccount: %.300s", got)
	}
	c.check(t, "the log", c.logged())
	if n := strings.Count(c.logged(), "\n"); n < 400 {
		t.Errorf("only %d lines were logged", n)
	}
}

// panicking is a store that panics with what it is asked about.
type panicking struct {
	functions.Store
	text string
}

func (p panicking) Projects(context.Context, string, project.Page) ([]project.Project, string, error) {
	panic("cannot read " + p.text)
}

func (p panicking) Turns(context.Context, string, project.Page) ([]turn.Turn, string, error) {
	panic(fmt.Errorf("cannot read %s", p.text))
}

// panics is a worker that panics with the prompt.
type panics struct{}

func (panics) Generate(_ context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(func(worker.Delta, error) bool) { panic(p.Messages[len(p.Messages)-1].Text) }
}

func (panics) Health(context.Context) []worker.Health { return nil }

// TestPanicsAreLoggedWithoutWords: a panic is logged with its place, not with what a
// user wrote.
func TestPanicsAreLoggedWithoutWords(t *testing.T) {
	c := &canaries{}
	store := panicking{memstore.New(), c.plant()}
	handlers := c.backend(t, functions.Parts{Store: store, Workers: panics{}})
	call(t, handlers, "listProjects", data{})
	call(t, handlers, "generateCode", data{"prompt": c.plant()})
	handlers = c.backend(t, functions.Parts{Workers: panics{}})
	call(t, handlers, "generateCode", data{"prompt": c.plant()})
	c.check(t, "the log", c.logged())
	for _, want := range []string{"panic: a string", "panic: a *errors.errorString", "canary_test.go"} {
		if !strings.Contains(c.logged(), want) {
			t.Errorf("the log lacks %q: %s", want, c.logged())
		}
	}
}

// TestNoFunction: a call of no function is logged by no more than a name.
func TestNoFunction(t *testing.T) {
	c := &canaries{}
	c.backend(t, functions.Parts{})
	r := httptest.NewRequest(http.MethodPost, "/"+strings.Repeat("x", 900<<10), nil)
	callable.Fail(httptest.NewRecorder(), r, context.Canceled)
	if n := len(c.logged()); n == 0 || n > 1000 {
		t.Errorf("%d bytes were logged", n)
	}
}
