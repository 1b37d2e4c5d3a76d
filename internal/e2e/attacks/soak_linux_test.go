//go:build soak

package attacks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/worker/workertest"
	"google.golang.org/grpc/codes"
)

// TestSoak keeps an instance of 512 MiB and one processor busy: 200 users whose
// answers stream slowly, saves, reads, and clients that leave and come back, while the
// database misbehaves and hostile callers do what the other tests of this package do.
// Whatever was accepted must end as it should, and memory and goroutines must not
// grow. SOAK says how long, as "30m".
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		t.Fatalf("SOAK: %v; make soak sets it", err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newSoak(t, seed)
	idle, err := s.measure()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	ctx, end := context.WithTimeout(t.Context(), length)
	defer end()
	var load sync.WaitGroup
	for i := range 200 {
		dice := rand.New(rand.NewPCG(seed, uint64(i)))
		load.Go(func() {
			token := s.user()
			for ctx.Err() == nil {
				s.turn(token, dice)
			}
		})
	}
	for range 4 {
		load.Go(func() { s.saves(ctx) })
	}
	for range 2 {
		load.Go(func() { s.reads(ctx) })
	}
	load.Go(func() { s.misbehave(ctx, max(length/10, 30*time.Second)) })
	load.Go(func() { s.attack(ctx) })
	defer func() { t.Logf("after %.1f minutes\n%s", time.Since(begun).Minutes(), s) }()
	if err := s.watch(ctx, length/10); err != nil {
		t.Fatalf("it has died: %v", err)
	}
	load.Wait()
	s.judge(idle)
}

// soak is an instance under load, and what is counted.
type soak struct {
	*e2etest.Backend
	t       *testing.T
	proxy   *faults.Proxy
	whole   string // a worker's reply
	measure func() (measured, error)
	broken  atomic.Bool // the database misbehaves just now

	mu          sync.Mutex
	slices      []slice
	now         slice
	complete    int
	failed      int // as they should: their worker broke off
	resumed     int
	interrupted int            // and stored so
	again       map[string]int // calls that were told to come again, by the reason
	attacks     map[string]int // answers to hostile calls
	versions    int
	reading     []time.Duration
}

// slice is a tenth of the time.
type slice struct {
	measured
	rss      int // KB at most
	complete int
	reads    []time.Duration
}

type measured struct {
	goroutines int
	live       int // bytes of heap after a collection
}

const brokenOff = "a page whose worker breaks off"

func newSoak(t *testing.T, seed uint64) *soak {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-tags", "disable_grpc_modules,faults", "-o", binary, "dreambuild.dev/backend/functions/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	proxy, err := faults.StartProxy(emulator.Require(t, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	w := workertest.Start("llamacpp")
	t.Cleanup(w.Close)
	pieces := make([]string, 30)
	for i := range pieces {
		pieces[i] = fmt.Sprintf("<p>%03d %s</p>\n", i, strings.Repeat("é", 160))
	}
	pieces[0], pieces[len(pieces)-1] = "```html\n", "```\n"
	// Each piece becomes a document, and the emulator looks at all documents that it has
	// ever had for each query: with one each half a second from 200 workers it takes a
	// whole processor after twenty minutes.
	const gap = 6 * time.Second
	w.Choose(func(c workertest.Call) (workertest.Reply, bool) {
		if strings.Contains(c.Messages[len(c.Messages)-1].Content, brokenOff) {
			return workertest.Reply{Text: pieces[:10], Gap: gap, Cut: true}, true
		}
		return workertest.Reply{Text: pieces, Gap: gap}, true
	})
	measureAddr := fmt.Sprintf("127.0.0.1:%d", emulator.Port(t))
	s := &soak{
		t: t, proxy: proxy, whole: strings.Join(pieces, ""), again: map[string]int{}, attacks: map[string]int{},
		Backend: startSmall(t, binary, w.URL, "GOMAXPROCS=1", "FIRESTORE_EMULATOR_HOST="+proxy.Addr, "MEASURE_ADDR="+measureAddr, "LOG_LEVEL=error",
			`PLANS={"free": {"dailyTurns": 100000, "dailyTokens": 1000000000, "dailyInputTokens": 1000000000, "turnsPerMinute": 10000, "projects": 100000, "storedBytes": 100000000000, "savesPerDay": 100000}}`),
	}
	s.measure = func() (m measured, err error) {
		res, err := http.Get("http://" + measureAddr)
		if err != nil {
			return m, err
		}
		defer res.Body.Close()
		_, err = fmt.Fscan(res.Body, &m.goroutines, &m.live)
		return m, err
	}
	return s
}

// user signs up somebody new, and returns the token.
func (s *soak) user() string {
	_, token := e2etest.SignUpWith(s.t, "{}")
	return token
}

// ask makes a call until it is answered with a result or with an error that asks for
// no other try. It gives the error's reason.
func (s *soak) ask(ctx context.Context, token, function string, data, result any) (reason string) {
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		s.t.Error(err)
		return "no JSON"
	}
	for ctx.Err() == nil {
		res, err := e2etest.Post(ctx, s.Backend, token, function, string(body), "")
		if err != nil {
			if ctx.Err() == nil {
				s.t.Errorf("%s: %v", function, err)
			}
			break
		}
		var answer struct {
			Result json.RawMessage
			Error  *struct {
				Message string
				Details map[string]any
			}
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		res.Body.Close()
		switch {
		case err != nil:
			if ctx.Err() == nil {
				s.t.Errorf("%s: %v", function, err)
			}
		case answer.Error == nil:
			if err := json.Unmarshal(answer.Result, result); err != nil {
				s.t.Errorf("%s: %v", function, err)
			}
			return ""
		case !s.comeAgain(ctx, answer.Error.Details):
			return fmt.Sprint(answer.Error.Details["reason"])
		}
	}
	return "over"
}

// comeAgain waits as an error asks for, and is false if it asks for no other try.
func (s *soak) comeAgain(ctx context.Context, details map[string]any) bool {
	reason, _ := details["reason"].(string)
	seconds, waits := details["retryAfter"].(float64)
	if !waits && !slices.Contains([]string{"turn-continues", "turn-in-progress"}, reason) {
		return false
	}
	s.mu.Lock()
	s.again[reason]++
	s.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(seconds*float64(time.Second)) + 200*time.Millisecond):
	}
	return true
}

// turn asks for an answer and reads it to its end, as a client does that may lose its
// connection.
func (s *soak) turn(token string, dice *rand.Rand) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Minute)
	defer cancel()
	prompt, breaks := "a page", dice.IntN(20) == 0
	if breaks {
		prompt = brokenOff
	}
	leaveAt := -1
	if dice.IntN(4) == 0 {
		leaveAt = dice.IntN(len(s.whole))
	}
	turnID := fmt.Sprintf("t%016x", dice.Uint64())
	text, cursor, projectID, state := "", "", "", ""
	for state == "" && ctx.Err() == nil {
		function, data := "generateCode", map[string]any{"prompt": prompt, "turnId": turnID}
		if projectID != "" {
			function, data = "resumeTurn", map[string]any{"turnId": turnID, "projectId": projectID, "cursor": cursor}
		}
		body, _ := json.Marshal(map[string]any{"data": data}) // strings alone
		reading, leave := context.WithCancel(ctx)
		res, err := e2etest.Post(reading, s.Backend, token, function, string(body), "text/event-stream")
		if err != nil {
			leave()
			s.t.Errorf("%s: %v", function, err)
			return
		}
		for f, err := range e2etest.Frames(res.Body) {
			switch {
			case err != nil:
				s.t.Errorf("%s: %v", function, err)
			case f.Message != nil && f.Message.Type == "accepted":
				projectID = f.Message.ProjectID
			case f.Message != nil && f.Message.Type == "text":
				text += f.Message.Text
				cursor = f.Message.Cursor
				if leaveAt >= 0 && len(text) >= leaveAt && projectID != "" {
					leaveAt = -1
					leave()
				}
			case f.Result != nil:
				state = f.Result.State
			case f.Error != nil && (hasEnded(f.Error.Details) || !s.comeAgain(ctx, f.Error.Details)):
				state = fmt.Sprint(f.Error.Details["reason"])
			}
		}
		if reading.Err() != nil {
			s.mu.Lock()
			s.resumed++
			s.mu.Unlock()
		}
		leave()
		res.Body.Close()
	}
	kept := (state == "interrupted" || state == "store-unavailable") && s.agrees(ctx, token, projectID, turnID, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case kept:
		s.interrupted++
	case breaks && state != "complete" && strings.HasPrefix(s.whole, text):
		s.failed++
	case !breaks && state == "complete" && text == s.whole:
		s.complete++
		s.now.complete++
	default:
		s.t.Errorf("turn %s of project %q ended %q with %d of %d bytes", turnID, projectID, state, len(text), len(s.whole))
	}
}

// hasEnded reports whether the error is that of a turn that has ended: it stays.
func hasEnded(details map[string]any) bool {
	return details["state"] != nil && details["state"] != "running"
}

// agrees reports whether a turn is stored as interrupted or failed, with the text that its
// reader saw, up to the shorter one. Turns may end so here because the database does not
// answer, or fails inside of a transaction and keeps its locks for longer than a lease.
func (s *soak) agrees(ctx context.Context, token, projectID, turnID, text string) bool {
	var stored struct{ State, Text string }
	reason := s.ask(ctx, token, "getMessage", map[string]any{"projectId": projectID, "turnId": turnID}, &stored)
	return reason == "" && (stored.State == "interrupted" || stored.State == "failed") && (strings.HasPrefix(text, stored.Text) || strings.HasPrefix(stored.Text, text))
}

// saves saves into one project after the other, and counts its versions: none may
// be lost, and none come twice.
func (s *soak) saves(ctx context.Context) {
	token := s.user()
	for ctx.Err() == nil {
		projectID := ""
		for want := 1; want <= 20 && ctx.Err() == nil; want++ {
			var files []map[string]string
			for i := range 20 {
				files = append(files, map[string]string{"path": fmt.Sprintf("f%d.js", i), "content": strings.Repeat(fmt.Sprintf("save(%d, %d)\n", i, i%want), 300)})
			}
			data := map[string]any{"source": "edit", "generatedBy": "me", "files": files, "turnId": fmt.Sprintf("s%d", rand.Uint64())}
			if projectID != "" {
				data["projectId"] = projectID
			} else {
				data["name"] = "saved"
			}
			var saved struct {
				ProjectID string
				Version   int
			}
			reason := s.ask(ctx, token, "saveProject", data, &saved)
			switch {
			case reason == "over":
			case reason != "" || saved.Version != want:
				s.t.Errorf("save %d made version %d, %q", want, saved.Version, reason)
			default:
				projectID = saved.ProjectID
				s.mu.Lock()
				s.versions++
				s.mu.Unlock()
			}
			pause(ctx, time.Second)
		}
	}
}

// reads reads a project of its own over and over.
func (s *soak) reads(ctx context.Context) {
	token := s.user()
	var files []map[string]string
	for i := range 30 {
		files = append(files, map[string]string{"path": fmt.Sprintf("f%d.js", i), "content": strings.Repeat("read()\n", 1000)})
	}
	var saved struct{ ProjectID string }
	if reason := s.ask(ctx, token, "saveProject", map[string]any{"name": "read", "source": "edit", "generatedBy": "me", "files": files}, &saved); reason != "" {
		s.t.Errorf("saveProject: %s", reason)
		return
	}
	project := map[string]any{"projectId": saved.ProjectID}
	for ctx.Err() == nil {
		for _, call := range []struct {
			function string
			data     map[string]any
		}{{"getProject", project}, {"listVersions", project}, {"listMessages", project}, {"listProjects", map[string]any{}}, {"getUsage", map[string]any{}}} {
			calm := !s.broken.Load()
			begun := time.Now()
			var any struct{}
			if reason := s.ask(ctx, token, call.function, call.data, &any); reason != "" && reason != "over" {
				s.t.Errorf("%s: %s", call.function, reason)
			}
			if took := time.Since(begun); calm && !s.broken.Load() && ctx.Err() == nil {
				s.mu.Lock()
				s.now.reads = append(s.now.reads, took)
				s.mu.Unlock()
			}
			pause(ctx, 200*time.Millisecond)
		}
	}
}

// misbehave makes the database fail, lose its answers and be slow, once in a while.
func (s *soak) misbehave(ctx context.Context, every time.Duration) {
	for {
		for i := range 3 {
			pause(ctx, every/3)
			s.broken.Store(true)
			switch i {
			case 0:
				s.proxy.Refuse(true)
				pause(ctx, 5*time.Second)
				s.proxy.Refuse(false)
			case 1:
				s.proxy.LoseAnswers(0.05, rand.Uint64(), codes.DeadlineExceeded)
				pause(ctx, 5*time.Second)
				s.proxy.LoseAnswers(0, 0, codes.OK)
			case 2:
				s.proxy.SlowWrites(15 * time.Millisecond)
				pause(ctx, 5*time.Second)
				s.proxy.SlowWrites(0)
			}
			if ctx.Err() != nil {
				return
			}
			time.AfterFunc(5*time.Second, func() { s.broken.Store(false) })
		}
	}
}

// attack does one hostile thing after the other.
func (s *soak) attack(ctx context.Context) {
	token := s.user()
	var full []map[string]string
	for i := range 4 {
		full = append(full, map[string]string{"path": fmt.Sprintf("f%d.js", i), "content": strings.Repeat("\x01", 400<<10)})
	}
	var saved struct{ ProjectID string }
	save := map[string]any{"name": "full", "source": "edit", "generatedBy": "me", "files": full}
	if reason := s.ask(ctx, token, "saveProject", save, &saved); reason != "" {
		s.t.Errorf("saveProject: %s", reason)
		return
	}
	bomb := gzipBomb(s.t)
	many := func(n int, kind, token, function string, data any, accept string) {
		body, _ := json.Marshal(map[string]any{"data": data}) // strings alone
		var all sync.WaitGroup
		for range n {
			all.Go(func() {
				res, err := e2etest.Post(ctx, s.Backend, token, function, string(body), accept)
				if err != nil {
					return
				}
				defer res.Body.Close()
				var text bytes.Buffer
				_, _ = text.ReadFrom(res.Body)
				s.mu.Lock()
				defer s.mu.Unlock()
				switch {
				case bytes.Contains(text.Bytes(), []byte(`"error":{`)):
					s.attacks[kind+" refused"]++
				default:
					s.attacks[kind+" answered"]++
				}
			})
		}
		all.Wait()
	}
	for ctx.Err() == nil {
		for range 5 {
			s.without(ctx, "bomb", bomb, "gzip")
		}
		pause(ctx, 2*time.Second)
		s.halfSent(ctx)
		many(40, "40 reads at once", token, "getProject", map[string]any{"projectId": saved.ProjectID}, "")
		pause(ctx, 2*time.Second)
		many(100, "100 reads without a right", token, "getProject", map[string]any{"projectId": "somebody-elses"}, "")
		many(100, "100 prompts at once", token, "generateCode", map[string]any{"prompt": brokenOff}, "text/event-stream")
		many(20, "20 large saves", token, "saveProject", save, "")
		pause(ctx, 2*time.Second)
		many(200, "200 calls with a bad token", "no token", "getUsage", map[string]any{}, "")
		s.without(ctx, "long path", nil, "")
	}
}

// without sends a request without a token.
func (s *soak) without(ctx context.Context, kind string, body []byte, encoding string) {
	url := fmt.Sprintf("http://127.0.0.1:%d/generateCode", s.Port)
	if body == nil {
		url += strings.Repeat("x", 30<<10)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	res.Body.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attacks[kind+" "+strconv.Itoa(res.StatusCode)]++
}

// halfSent opens 30 connections without a token that send most of a large body, and
// leaves them open for a while.
func (s *soak) halfSent(ctx context.Context) {
	piece := bytes.Repeat([]byte("x"), 64<<10)
	for range 30 {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
		if err != nil {
			s.t.Errorf("half a body: %v", err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "POST /saveProject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{\"data\":\"")
		for n := 0; n < 1<<20; n += len(piece) {
			if _, err := c.Write(piece); err != nil {
				break // it was refused
			}
		}
	}
	pause(ctx, 5*time.Second)
}

// resident returns the memory, in KB, that the program has now.
func resident(t *testing.T, s *e2etest.Backend) (kb int) {
	t.Helper()
	return status(t, s, "VmRSS")
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watch measures the instance until ctx ends, and cuts the time into slices.
func (s *soak) watch(ctx context.Context, length time.Duration) error {
	next := time.Now().Add(length)
	for ctx.Err() == nil {
		pause(ctx, time.Second)
		m, err := s.measure()
		kb := resident(s.t, s.Backend)
		s.mu.Lock()
		s.now.goroutines = max(s.now.goroutines, m.goroutines)
		s.now.live = max(s.now.live, m.live)
		s.now.rss = max(s.now.rss, kb)
		if time.Now().After(next) || ctx.Err() != nil {
			s.slices = append(s.slices, s.now)
			s.reading = append(s.reading, s.now.reads...)
			s.now = slice{}
			next = next.Add(length)
		}
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// String returns the figures as tables.
func (s *soak) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "%5s %7s %12s %11s %9s %6s %8s %8s\n", "tenth", "RSS MB", "live heap MB", "goroutines", "complete", "reads", "p50 ms", "p99 ms")
	row := func(name string, x slice) {
		fmt.Fprintf(&text, "%5s %7d %12d %11d %9d %6d %8.1f %8.1f\n", name, x.rss>>10, x.live>>20, x.goroutines, x.complete, len(x.reads), quantile(x.reads, 50), quantile(x.reads, 99))
	}
	for i, x := range s.slices {
		row(strconv.Itoa(i+1), x)
	}
	all := slice{reads: s.reading}
	for _, x := range s.slices {
		all.rss, all.live, all.goroutines, all.complete = max(all.rss, x.rss), max(all.live, x.live), max(all.goroutines, x.goroutines), all.complete+x.complete
	}
	row("all", all)
	fmt.Fprintf(&text, "turns: %d complete, %d whose worker broke off, %d that the database ended, %d times somebody left and came back; %d versions saved\n", s.complete, s.failed, s.interrupted, s.resumed, s.versions)
	fmt.Fprintf(&text, "told to come again: %v\nattacks: %v\n", s.again, s.attacks)
	return text.String()
}

// quantile returns a percentile in milliseconds.
func quantile(all []time.Duration, percent int) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[min(len(all)-1, len(all)*percent/100)].Microseconds()) / 1000
}

// judge fails if the instance grew, or keeps anything when nobody calls any more.
func (s *soak) judge(idle measured) {
	if s.complete == 0 || s.versions == 0 || len(s.reading) == 0 {
		s.t.Error("nothing was done")
	}
	http.DefaultClient.CloseIdleConnections()
	m, err := s.measure()
	for deadline := time.Now().Add(3 * time.Minute); err == nil && m.goroutines > idle.goroutines+50 && time.Now().Before(deadline); m, err = s.measure() {
		time.Sleep(time.Second)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("goroutines: %d at rest before, %d after", idle.goroutines, m.goroutines)
	if m.goroutines > idle.goroutines+50 {
		s.t.Errorf("%d goroutines stay", m.goroutines)
	}
	if len(s.slices) < 10 {
		s.t.Fatalf("%d of 10 slices", len(s.slices))
	}
	early, late := s.slices[2:5], s.slices[len(s.slices)-3:]
	most := func(of []slice, figure func(slice) int) (n int) {
		for _, x := range of {
			n = max(n, figure(x))
		}
		return n
	}
	for name, figure := range map[string]func(slice) int{
		"live heap":  func(x slice) int { return x.live },
		"goroutines": func(x slice) int { return x.goroutines },
		"RSS":        func(x slice) int { return x.rss },
	} {
		if before, after := most(early, figure), most(late, figure); after > before*5/4 {
			s.t.Errorf("%s has grown from %d to %d", name, before, after)
		}
	}
}
