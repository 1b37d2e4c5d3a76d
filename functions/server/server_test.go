package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
)

func TestRoute(t *testing.T) {
	says := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	}
	handlers := map[string]http.Handler{"one": says("one"), "two": says("two")}
	const none = `{"error":{"details":{"reason":"no-such-function"},"message":"There is no function \"%s\".","status":"NOT_FOUND"}}`
	for _, tc := range []struct {
		name, target, path, want string
	}{
		{"a custom domain's path", "", "/one", "one"},
		{"an emulator's path", "", "/demo-p/us-central1/two", "two"},
		{"what follows is ignored", "", "/one/more/of/it", "one"},
		{"what follows is ignored there too", "", "/demo-p/us-central1/two/x", "two"},
		{"a query is ignored", "", "/one?x=/two", "one"},
		{"no function", "", "/three", fmt.Sprintf(none, "three")},
		{"no function of an emulator", "", "/demo-p/us-central1/three", fmt.Sprintf(none, "three")},
		{"no name", "", "/", fmt.Sprintf(none, "")},
		{"an empty part", "", "//one", fmt.Sprintf(none, "")},
		{"what a function serves", "", "/files/a/b/c", "two"},
		{"what the only function serves", "two", "/files/a/b/c", "two"},
		{"what another function serves", "one", "/files/a/b/c", fmt.Sprintf(none, "b")},
		{"one alone", "one", "/", "one"},
		{"one alone, by its name", "one", "/one", "one"},
		{"one alone, another name", "one", "/two", fmt.Sprintf(none, "two")},
		{"one alone, as on an emulator", "one", "/demo-p/us-central1/one", "one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h, err := route(handlers, map[string]string{"files": "two"}, tc.target)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tc.path, nil))
			if got := w.Body.String(); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.path, got, tc.want)
			}
		})
	}
	if _, err := route(handlers, nil, "three"); err == nil {
		t.Error("a target that does not exist was accepted")
	}
}

// TestTrap holds those of the protocol's traps that lie in the server.
func TestTrap(t *testing.T) {
	t.Run("E46 a path is redirected", func(t *testing.T) {
		h, err := route(map[string]http.Handler{"one": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "one") })}, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"POST", "OPTIONS"} {
			for _, path := range []string{"/one", "/one/", "//one", "/one//", "/a/../one", "/./one"} {
				w := httptest.NewRecorder()
				r := httptest.NewRequest(method, "/", nil)
				r.URL.Path = path
				h.ServeHTTP(w, r)
				if w.Code >= 300 && w.Code < 400 || w.Header().Get("Location") != "" {
					t.Errorf("%s %s: %d to %s", method, path, w.Code, w.Header().Get("Location"))
				}
			}
		}
	})
	t.Run("E50 a server that stops leaves streams open", func(t *testing.T) {
		h := callable.Stream(callable.Options{Logger: slog.New(slog.DiscardHandler)}, func(ctx context.Context, _ callable.Call[any], send func(string) error) (any, error) {
			_ = send("x")
			<-ctx.Done()
			return nil, ctx.Err()
		})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		backend := functions.NewWith(config.Config{}, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- serve(ctx, l, h, backend, 50*time.Millisecond, slog.New(slog.DiscardHandler)) }()
		req, err := http.NewRequest("POST", "http://"+l.Addr().String(), strings.NewReader(`{"data":null}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "text/event-stream")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		stop()
		body, err := io.ReadAll(res.Body)
		if want := `data: {"error":{"details":{"reason":"shutting-down","retryAfter":1},`; err != nil || !strings.Contains(string(body), want) || !strings.HasSuffix(string(body), "\n\n") {
			t.Errorf("%q, %v", body, err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// TestLongNames: a client cannot make the answer or the log long by a long path.
func TestLongNames(t *testing.T) {
	var log safeBuffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	h, err := route(nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	backend := functions.NewWith(config.Config{}, functions.Parts{Store: memstore.New(), Verifier: anybody{}}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, l, h, backend, 50*time.Millisecond, slog.New(slog.DiscardHandler)) }()
	for size, want := range map[int]int{10: http.StatusNotFound, 20 << 10: http.StatusNotFound, 900 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		go fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", strings.Repeat("\u00e9", size/2)) // it may be refused before its end
		logged := log.Len()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body) // the connection may be reset after the answer
		if res.StatusCode != want || len(body) > 1000 {
			t.Errorf("a path of %d bytes: %s, %d bytes", size, res.Status, len(body))
		}
		if n := log.Len() - logged; n > 1500 {
			t.Errorf("a path of %d bytes: %d bytes were logged", size, n)
		}
		conn.Close()
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if log.Len() == 0 {
		t.Error("nothing was logged")
	}
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Len()
}

type anybody struct{}

func (anybody) Verify(context.Context, string) (*callable.Caller, error) {
	return &callable.Caller{UID: "ann"}, nil
}

// TestShutdownWithoutADatabase: a server that is told to stop while its database
// gives no answer ends each open stream with a last frame, and does not wait for
// the database.
func TestShutdownWithoutADatabase(t *testing.T) {
	db := silentStore{memstore.New(), make(chan struct{})}
	defer close(db.answer)
	url, stop, served := serving(t, functions.Parts{Store: db, Verifier: anybody{}, Workers: hangingWorkers{}}, 50*time.Millisecond)
	var streams []io.Reader
	for range 5 {
		streams = append(streams, talking(t, url))
	}
	stop()
	for _, stream := range streams {
		body, err := io.ReadAll(stream)
		if want := `data: {"error":{"details":{"reason":"shutting-down","retryAfter":1},`; err != nil || !strings.Contains(string(body), want) || !strings.HasSuffix(string(body), "\n\n") {
			t.Errorf("%q, %v", body, err)
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// serving runs a server of a Backend that has these parts, until stop tells it to stop;
// then served gets what serve returns.
func serving(t *testing.T, parts functions.Parts, grace time.Duration) (url string, stop func(), served <-chan error) {
	t.Helper()
	cfg, err := config.Load(func(name string) string { return map[string]string{"GOOGLE_CLOUD_PROJECT": "p"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	backend := functions.NewWith(cfg, parts, log)
	h, err := route(backend.Handlers(), nil, "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, h, backend, grace, log) }()
	return "http://" + l.Addr().String(), cancel, ended
}

// talking asks for an answer, and returns its stream after the first word, "Well".
func talking(t *testing.T, url string) io.Reader {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/generateCode", strings.NewReader(`{"data":{"prompt":"a clock","turnId":"t"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer x")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	stream := bufio.NewReader(res.Body)
	for line := ""; !strings.Contains(line, "Well"); {
		if line, err = stream.ReadString('\n'); err != nil {
			t.Fatalf("the stream ended with %q, %v", line, err)
		}
	}
	return stream
}

// silentStore is a store that does not answer when a turn is to end, even if the
// step's context has ended.
type silentStore struct {
	*memstore.Store
	answer chan struct{} // closed: it answers
}

func (s silentStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if op == "finish" {
		<-s.answer
	}
	return s.Store.Apply(ctx, on, op, step)
}

// hangingWorkers say one word and wait for the end of their context.
type hangingWorkers struct{}

func (hangingWorkers) Generate(ctx context.Context, _ worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		if yield(worker.Delta{Model: "tiny", Text: "Well"}, nil) {
			<-ctx.Done()
			yield(worker.Delta{}, context.Cause(ctx))
		}
	}
}

func (hangingWorkers) Health(context.Context) []worker.Health { return nil }

// BenchmarkStart measures what a cold start costs: from exec to the line that
// says it listens, and the memory that is resident then, of the binary as it is
// deployed. x-bare compares it with the least server that net/http makes, started
// in turn.
func BenchmarkStart(b *testing.B) {
	server, bare := filepath.Join(b.TempDir(), "server"), filepath.Join(b.TempDir(), "bare")
	for binary, program := range map[string]string{server: ".", bare: "./testdata/bare"} {
		if out, err := exec.Command("go", "build", "-tags", "disable_grpc_modules", "-o", binary, program).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	var times, bareTimes []time.Duration
	var memory []float64
	for b.Loop() {
		took, bytes := start(b, server)
		times, memory = append(times, took), append(memory, bytes)
		took, _ = start(b, bare)
		bareTimes = append(bareTimes, took)
	}
	slices.Sort(times)
	slices.Sort(bareTimes)
	slices.Sort(memory)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(times[0]), "ms-min")
	b.ReportMetric(ms(times[len(times)/2]), "ms-p50")
	b.ReportMetric(ms(times[len(times)-1]), "ms-max")
	b.ReportMetric(ms(bareTimes[len(times)/2]), "ms-bare-p50")
	b.ReportMetric(ms(times[len(times)/2])/ms(bareTimes[len(times)/2]), "x-bare")
	b.ReportMetric(memory[len(memory)/2], "MB-p50")
	if file, err := os.Stat(server); err == nil {
		b.ReportMetric(float64(file.Size())/1e6, "MB-binary")
	}
	b.ReportMetric(0, "ns/op")
}

// start runs a server until it says that it listens. It returns how long that
// took, and the server's memory in MB.
func start(b *testing.B, binary string) (time.Duration, float64) {
	b.Helper()
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "PORT=0", "GOOGLE_CLOUD_PROJECT=demo-p", "FIRESTORE_EMULATOR_HOST=127.0.0.1:8080", "FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:9099")
	log, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), "msg=listening") {
			return time.Since(begun), resident(cmd.Process.Pid)
		}
	}
	b.Fatalf("%s does not listen", binary)
	return 0, 0
}

// resident is a process's memory in MB; 0 where the system does not tell.
func resident(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}
