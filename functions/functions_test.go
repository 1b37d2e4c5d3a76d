package functions_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/auth"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/dialect"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// manyCalls are limits of a plan that a test of many calls does not meet.
const manyCalls = `"readsPerMinute": 1000000, "writesPerMinute": 1000000, "streamsPerMinute": 1000000, "promptsPerMinute": 1000000, "concurrentStreams": 1000`

// backend is a Backend on a store in memory, which checks real tokens.
func backend(t testing.TB, w functions.Workers) (b *functions.Backend, token string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256"}}})
	}))
	t.Cleanup(keys.Close)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token, err = jwt.Signed(signer).Claims(map[string]any{
		"iss": "https://securetoken.google.com/p", "aud": "p", "sub": "ann", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.Open(auth.Config{Project: "p", KeysURL: keys.URL})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(func(name string) string {
		return map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "MAX_CALLS": "0", "PLANS": `{"free": {"dailyTurns": 1000000000, "dailyTokens": 1000000000000, "dailyInputTokens": 1000000000000, "concurrentTurns": 1000, "turnsPerMinute": 1000000, "projects": 1000000000, "storedBytes": 1000000000000000, ` + manyCalls + `}}`}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	return functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: verifier, Workers: w}, slog.New(slog.DiscardHandler)), token
}

// pool has one worker answer for every plan.
func pool(t testing.TB, w worker.Worker) functions.Workers {
	pools := worker.NewPools([]worker.PoolConfig{{Workers: []worker.Worker{w}}}, worker.Settings{})
	t.Cleanup(pools.Close)
	return pools
}

// scripted starts a scripted worker.
func scripted(t testing.TB) (*workertest.Server, *dialect.Worker) {
	t.Helper()
	s := workertest.Start("llamacpp")
	t.Cleanup(s.Close)
	w, err := dialect.Open(dialect.Config{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return s, w
}

// aMinute is how turns are set up that take no minute.
func aMinute() config.TurnConfig {
	return config.TurnConfig{MaxTokens: 10, Limit: time.Minute, Lease: time.Minute, Idle: time.Minute}
}

// serve runs generateCode in front of a scripted worker.
func serve(t testing.TB) (s *workertest.Server, w *dialect.Worker, url, token string) {
	t.Helper()
	s, w = scripted(t)
	b, token := backend(t, pool(t, w))
	server := httptest.NewServer(b.Handlers()["generateCode"])
	t.Cleanup(server.Close)
	return s, w, server.URL, token
}

// firstText streams generateCode and returns how long the first text took.
func firstText(t testing.TB, url, token string) time.Duration {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`{"data":{"prompt":"a clock"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	start := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	took := time.Duration(0)
	last := ""
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if took == 0 && strings.Contains(lines.Text(), `"type":"text"`) {
			took = time.Since(start)
		}
		if lines.Text() != "" {
			last = lines.Text()
		}
	}
	if took == 0 || !strings.HasPrefix(last, `data: {"result"`) {
		t.Fatalf("the stream ended in %.300s", last)
	}
	return took
}

func TestGenerateCodeStreams(t *testing.T) {
	_, _, url, token := serve(t)
	firstText(t, url, token)
}

// BenchmarkFirstText compares the first text of a direct call to a worker with
// that of generateCode in front of the same worker, call by call: token
// verification and a store in memory included.
func BenchmarkFirstText(b *testing.B) {
	_, w, url, token := serve(b)
	var direct, through []time.Duration
	for b.Loop() {
		start := time.Now()
		for d, err := range w.Generate(b.Context(), worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "a clock"}}}) {
			if err != nil {
				b.Fatal(err)
			}
			if d.Text != "" && len(direct) == len(through) { // the first
				direct = append(direct, time.Since(start))
			}
		}
		through = append(through, firstText(b, url, token))
	}
	behind := make([]time.Duration, len(direct))
	for i := range direct {
		behind[i] = through[i] - direct[i]
	}
	for name, all := range map[string][]time.Duration{"direct": direct, "through": through, "behind": behind} {
		slices.Sort(all)
		for q, at := range map[string]int{"p50": len(all) / 2, "p90": len(all) * 9 / 10} {
			b.ReportMetric(float64(all[at].Microseconds()), fmt.Sprintf("µs-%s-%s", name, q))
		}
	}
}

// BenchmarkToken streams a reply of 10,000 pieces through everything but the
// network's other end, and reports the cost of one.
func BenchmarkToken(b *testing.B) {
	const pieces = 10_000
	worker, _, url, token := serve(b)
	text := []string{"```html\n<!DOCTYPE html>\n<p>"}
	for i := 2; i < pieces; i++ {
		text = append(text, fmt.Sprintf("%06d ", i)) // what only repeats itself is stopped
	}
	text = append(text, "</p>\n</html>\n```\n") // what is cut is gone on with
	worker.Always(workertest.Reply{Text: text})
	turns := 0
	for b.Loop() {
		firstText(b, url, token)
		turns++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(turns*pieces), "ns/token")
	if asked := len(worker.Calls()); asked != turns {
		b.Errorf("%d turns asked the worker %d times: each piece counts once", turns, asked)
	}
}

// BenchmarkStreams has 500 streams run at once, each with a text of its own, and
// compares every one with what its worker sent.
func BenchmarkStreams(b *testing.B) {
	const streams, pieces = 500, 100
	server, _, url, token := serve(b)
	text := func(prompt string) []string {
		all := []string{"```html\n"}
		for i := range pieces {
			all = append(all, fmt.Sprintf("<i>%s %d</i>\n", prompt, i))
		}
		return append(all, "```\n")
	}
	server.Choose(func(c workertest.Call) (workertest.Reply, bool) {
		return workertest.Reply{Text: text(c.Messages[len(c.Messages)-1].Content), Gap: 50 * time.Millisecond}, true
	})
	firstText(b, url, token) // until it is known how many a worker takes, not that many may wait
	whole := 0
	for b.Loop() {
		var running sync.WaitGroup
		var equal atomic.Int32
		for i := range streams {
			running.Go(func() {
				prompt := fmt.Sprintf("clock %d", i)
				got, err := streamed(b.Context(), url, token, prompt)
				if want := strings.Join(text(prompt), ""); err != nil || got != want {
					b.Errorf("%s: %v, %d bytes of %d", prompt, err, len(got), len(want))
					return
				}
				equal.Add(1)
			})
		}
		running.Wait()
		whole += int(equal.Load())
	}
	b.ReportMetric(float64(whole)/float64(b.N), "whole-of-500")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
}

// streamed is the text of a stream that ends in a result.
func streamed(ctx context.Context, url, token, prompt string) (string, error) {
	body := fmt.Sprintf(`{"data":{"prompt":%q}}`, prompt)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var text strings.Builder
	last := ""
	var frame struct {
		Message struct{ Type, Text string }
		Result  *struct{ State string }
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		last = data
		frame.Message.Type, frame.Message.Text = "", ""
		if err := json.Unmarshal([]byte(data), &frame); err != nil {
			return text.String(), err
		}
		if frame.Message.Type == "text" {
			text.WriteString(frame.Message.Text)
		}
	}
	if err := lines.Err(); err != nil {
		return text.String(), err
	}
	if frame.Result == nil || frame.Result.State != "complete" {
		return text.String(), fmt.Errorf("no complete result: %.300s", last)
	}
	return text.String(), nil
}

// TestGetUsage: what a worker did is counted, what a template did is not.
func TestGetUsage(t *testing.T) {
	minute := quota.MinuteOf(time.Now())
	s, w := scripted(t)
	b, token := backend(t, pool(t, w))
	handlers := b.Handlers()
	do(handlers, "generateCode", token, `{"prompt":"a clock"}`)
	s.Always(workertest.Reply{Status: http.StatusServiceUnavailable})
	do(handlers, "generateCode", token, `{"prompt":"another clock"}`)
	got := do(handlers, "getUsage", token, `{}`)
	wants := []string{`"plan":"free"`, `"dailyTurns":{"used":1,"limit":1000000000,"resetsAt":`, `"dailyTokens":{"used":3,"limit":`, `"concurrentTurns":{"used":0,"limit":1000}`, `"estimatedUsd":0}`}
	if quota.MinuteOf(time.Now()) == minute { // else it has begun to count anew
		wants = append(wants, `"turnsPerMinute":{"used":2,"limit":1000000,"resetsAt":`)
	}
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("getUsage: %s, want %s", got, want)
		}
	}
}

// TestDailyCeiling: beyond it no worker is asked, by any instance; guests have one of
// their own.
func TestDailyCeiling(t *testing.T) {
	s := workertest.Start("llamacpp")
	t.Cleanup(s.Close)
	db := memstore.New()
	instance := func(ceiling quota.Ceiling) map[string]http.Handler {
		w, err := dialect.Open(dialect.Config{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		cfg := config.Config{Plans: quota.Builtin(), Ceiling: ceiling, Turn: aMinute()}
		b := functions.NewWith(cfg, functions.Parts{Store: db, Verifier: anybody{}, Workers: pool(t, w)}, slog.New(slog.DiscardHandler))
		t.Cleanup(func() {
			b.Drain(t.Context()) // which has ended
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
		return b.Handlers()
	}
	const guest, user = `{"sub":"gus","firebase":{"sign_in_provider":"anonymous"}}`, `{"sub":"ann","firebase":{"sign_in_provider":"password"}}`
	ask := func(handlers map[string]http.Handler, who, id string) string {
		return do(handlers, "generateCode", who, fmt.Sprintf(`{"prompt":"a clock","turnId":%q,"engine":"worker"}`, id))
	}
	const stopped = `"reason":"daily-ceiling"`
	low := instance(quota.Ceiling{AnonymousTokens: 1})
	if got := ask(low, guest, "1"); !strings.Contains(got, `"state":"complete"`) {
		t.Errorf("a guest's first turn: %s", got)
	}
	if got := ask(low, guest, "2"); !strings.Contains(got, stopped) || !strings.Contains(got, "RESOURCE_EXHAUSTED") {
		t.Errorf("a guest's second turn: %s", got)
	}
	if got := ask(low, guest, "1"); !strings.Contains(got, `"state":"complete"`) {
		t.Errorf("a guest's first turn, again: %s", got)
	}
	if got := ask(low, user, "3"); !strings.Contains(got, `"state":"complete"`) {
		t.Errorf("a user's turn: %s", got)
	}
	calls := len(s.Calls())
	if err := db.Spend(t.Context(), quota.Today(time.Now()), "another", quota.Spent{Tokens: 1000}); err != nil {
		t.Fatal(err)
	}
	if got := ask(instance(quota.Ceiling{Tokens: 1000}), user, "4"); !strings.Contains(got, stopped) || len(s.Calls()) != calls {
		t.Errorf("what another instance has used: %s", got)
	}
}

// TestAPromptThatIsReadIsCharged: most servers read a whole prompt before they send
// a header. Whoever cancels by then has had it read.
func TestAPromptThatIsReadIsCharged(t *testing.T) {
	s, w := scripted(t)
	reading := make(chan struct{})
	s.Choose(func(workertest.Call) (workertest.Reply, bool) {
		close(reading)
		return workertest.Reply{Before: make(chan struct{})}, true
	})
	cfg := config.Config{Plans: quota.Builtin(), Turn: aMinute()}
	b := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}, Workers: pool(t, w)}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(t.Context()) })
	handlers := b.Handlers()
	answer := make(chan string, 1)
	prompt := strings.Repeat("a clock that ticks ", 500) // 9,500 bytes
	go func() { answer <- do(handlers, "generateCode", `{}`, `{"turnId":"t","prompt":"`+prompt+`"}`) }()
	<-reading
	if got := do(handlers, "cancelTurn", `{}`, `{"turnId":"t"}`); !strings.Contains(got, `"state":"cancelled"`) {
		t.Errorf("cancelTurn: %s", got)
	}
	if got := <-answer; !strings.Contains(got, `"state":"cancelled"`) {
		t.Errorf("generateCode: %s", got)
	}
	var usage struct {
		Result struct{ DailyTurns, DailyTokens, DailyInputTokens struct{ Used, Held int } }
	}
	if err := json.Unmarshal([]byte(do(handlers, "getUsage", `{}`, `{}`)), &usage); err != nil {
		t.Fatal(err)
	}
	got := usage.Result
	if got.DailyTurns.Used != 1 || got.DailyTokens.Used != 0 || got.DailyInputTokens.Used < len(prompt)/4 || got.DailyInputTokens.Used > len(prompt)/2 || got.DailyInputTokens.Held != 0 {
		t.Errorf("getUsage: %+v, of a prompt of %d bytes", got, len(prompt))
	}
}

// TestTemplatesOnly: the switch that asks no worker.
func TestTemplatesOnly(t *testing.T) {
	s, w := scripted(t)
	cfg := config.Config{Plans: quota.Builtin(), Templates: true, Turn: aMinute()}
	b := functions.NewWith(cfg, functions.Parts{Store: memstore.New(), Verifier: anybody{}, Workers: pool(t, w)}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(t.Context()) })
	handlers := b.Handlers()
	if got := do(handlers, "generateCode", `{}`, `{"prompt":"a clock"}`); !strings.Contains(got, `"source":"template"`) || len(s.Calls()) != 0 {
		t.Errorf("generateCode: %s, %d calls", got, len(s.Calls()))
	}
	if got := do(handlers, "getUsage", `{}`, `{}`); !strings.Contains(got, `"dailyTurns":{"used":0,`) || !strings.Contains(got, `"turnsPerMinute":{"used":1,`) {
		t.Errorf("getUsage: %s", got)
	}
}

// TestTurnContinues: ahead of the platform's limit a call ends, and the turn
// goes on.
func TestTurnContinues(t *testing.T) {
	s, w := scripted(t)
	release := make(chan struct{})
	s.Say(workertest.Reply{Text: []string{"```html\n<p>\n"}, Hold: release})
	parts := functions.Parts{Store: memstore.New(), Verifier: anybody{}, Workers: pool(t, w)}
	cfg := config.Config{Plans: quota.Builtin(), ReadTimeout: 200 * time.Millisecond, Turn: aMinute()}
	b := functions.NewWith(cfg, parts, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { b.Drain(t.Context()) })
	handlers := b.Handlers()
	got := do(handlers, "generateCode", `{}`, `{"prompt":"a clock","turnId":"t"}`)
	if !strings.Contains(got, `"reason":"turn-continues"`) || !strings.Contains(got, `"state":"running"`) || !strings.Contains(got, "DEADLINE_EXCEEDED") {
		t.Errorf("generateCode: %s", got)
	}
	close(release)
	for !strings.Contains(got, `"result"`) && strings.Contains(got, "turn-continues") {
		got = do(handlers, "resumeTurn", `{}`, `{"turnId":"t"}`)
	}
	if !strings.Contains(got, `"state":"complete"`) {
		t.Errorf("resumeTurn: %s", got)
	}
}

// TestTrap: the trap of the protocol that lies in results.
func TestTrap(t *testing.T) {
	t.Run("E19 an empty list is null", func(t *testing.T) {
		b, token := backend(t, nil)
		handlers := b.Handlers()
		for name, want := range map[string]string{"listProjects": `"projects":[]`} {
			if got := do(handlers, name, token, `{}`); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		saved := do(handlers, "saveProject", token, `{"reply":"<!DOCTYPE html><h1>x","generatedBy":"x","source":"edit"}`)
		if !strings.Contains(saved, `"warnings":[]`) || strings.Contains(strings.ReplaceAll(saved, `"intent":null`, ""), `":null`) {
			t.Errorf("saveProject: %s", saved)
		}
	})
}

// apps takes every App Check token but "bad" for good, and knows which were used.
type apps struct {
	mu   sync.Mutex
	used map[string]int
	down bool // tokens cannot be marked
}

func (*apps) VerifyApp(_ context.Context, token string) (*callable.App, error) {
	if token == "bad" {
		return nil, errs.BadToken(errors.New("a bad App Check token"))
	}
	return &callable.App{ID: "app"}, nil
}

func (a *apps) Consume(_ context.Context, token string) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return false, errs.New(errs.Unavailable, errs.KeysUnavailable, "down")
	}
	if a.used == nil {
		a.used = map[string]int{}
	}
	a.used[token]++
	return a.used[token] > 1, nil
}

// withApp calls a function with an App Check token, "" for none.
func withApp(handlers map[string]http.Handler, token, name, data string) string {
	r := httptest.NewRequest(http.MethodPost, "/"+name, strings.NewReader(`{"data":`+data+`}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer {}")
	if token != "" {
		r.Header.Set("X-Firebase-AppCheck", token)
	}
	w := httptest.NewRecorder()
	handlers[name].ServeHTTP(w, r)
	return w.Body.String()
}

// TestAppCheck: what APP_CHECK does about a call without a good token.
func TestAppCheck(t *testing.T) {
	const good, refused = `{"result":{"projects":[]}}`, `{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}`
	for _, tc := range []struct {
		set, token string
		want       string
		logged     string // of App Check; "": nothing
	}{
		{"", "", good, ""},
		{"", "bad", good, ""},
		{config.Monitor, "", good, "there is no App Check token"},
		{config.Monitor, "bad", good, "a bad App Check token"},
		{config.Monitor, "good", good, ""},
		{config.Enforce, "", refused, "there is no App Check token"},
		{config.Enforce, "bad", refused, "a bad App Check token"},
		{config.Enforce, "good", good, ""},
	} {
		t.Run(tc.set+" "+tc.token, func(t *testing.T) {
			var log strings.Builder
			parts := functions.Parts{Store: memstore.New(), Verifier: anybody{}, Apps: new(apps)}
			handlers := functions.NewWith(config.Config{AppCheck: tc.set, Plans: quota.Builtin()}, parts, slog.New(slog.NewTextHandler(&log, nil))).Handlers()
			if got := withApp(handlers, tc.token, "listProjects", `{}`); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if got := strings.Contains(log.String(), "App Check token"); got != (tc.logged != "") || !strings.Contains(log.String(), tc.logged) {
				t.Errorf("the log says %s, want %q", log.String(), tc.logged)
			}
		})
	}
}

// TestTrace: the log line of a call names the request's trace in the project.
func TestTrace(t *testing.T) {
	var log strings.Builder
	parts := functions.Parts{Store: memstore.New(), Verifier: anybody{}}
	handlers := functions.NewWith(config.Config{Project: "p"}, parts, slog.New(slog.NewTextHandler(&log, nil))).Handlers()
	r := httptest.NewRequest(http.MethodPost, "/listProjects", strings.NewReader(`{"data":{}}`))
	r.Header.Set("X-Cloud-Trace-Context", "0af7651916cd43dd8448eb211c80319c/1")
	handlers["listProjects"].ServeHTTP(httptest.NewRecorder(), r)
	if want := "logging.googleapis.com/trace=projects/p/traces/0af7651916cd43dd8448eb211c80319c"; !strings.Contains(log.String(), want) {
		t.Errorf("log: %s, want %s", log.String(), want)
	}
}
