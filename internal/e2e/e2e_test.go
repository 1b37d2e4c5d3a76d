package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// binary is the real server, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-race", "-o", binary, "../../functions/server")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const project = "demo-dreambuild"

// server is the running backend.
type server struct {
	*exec.Cmd
	port int
	log  *bytes.Buffer
}

// start runs the server with a worker, against the emulators.
func start(t testing.TB, worker string, env ...string) *server {
	t.Helper()
	return startBinary(t, binary, worker, env...)
}

// deployed builds the server as it is deployed: the race detector takes time and
// memory of its own.
func deployed(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-tags", "disable_grpc_modules", "-o", path, "../../functions/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func startBinary(t testing.TB, binary, worker string, env ...string) *server {
	t.Helper()
	s := &server{Cmd: exec.Command(binary), port: emulator.Port(t), log: new(bytes.Buffer)}
	for _, v := range env {
		if port, ok := strings.CutPrefix(v, "PORT="); ok {
			s.port, _ = strconv.Atoi(port)
		}
	}
	s.Env = append(os.Environ(), append([]string{
		fmt.Sprintf("PORT=%d", s.port), "GOOGLE_CLOUD_PROJECT=" + project, "WORKER_URL=" + worker,
		"FIRESTORE_EMULATOR_HOST=" + emulator.Require(t, "FIRESTORE_EMULATOR_HOST"),
		"FIREBASE_AUTH_EMULATOR_HOST=" + emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST"),
	}, env...)...)
	s.Stdout, s.Stderr = s.log, s.log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Process.Signal(syscall.SIGTERM)
		s.Wait()
		if t.Failed() || strings.Contains(s.log.String(), "DATA RACE") {
			t.Errorf("the server's log:\n%s", s.log)
		}
	})
	deadline := time.Now().Add(20 * time.Second)
	for {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/__/health", s.port))
		if err == nil {
			res.Body.Close()
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v\n%s", err, s.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// script lets the JavaScript tests tell the scripted worker what to say.
func script(t testing.TB) (*workertest.Server, string) {
	t.Helper()
	w := workertest.Start("llamacpp")
	t.Cleanup(w.Close)
	control := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var replies []workertest.Reply
			if err := json.NewDecoder(r.Body).Decode(&replies); err != nil {
				http.Error(rw, err.Error(), http.StatusBadRequest)
				return
			}
			w.Say(replies...)
		}
		json.NewEncoder(rw).Encode(w.Calls())
	}))
	t.Cleanup(control.Close)
	return w, control.URL
}

// node runs a file of JavaScript tests and shows what they say.
func node(t testing.TB, file string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	args := []string{"--test", "--test-reporter=spec"}
	if only := os.Getenv("JS_TESTS"); only != "" { // a pattern, while one works on them
		args = append(args, "--test-name-pattern="+only)
	}
	cmd := exec.CommandContext(ctx, "node", append(args, file)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("node --test %s: %v", file, err)
	}
}

// TestSDK drives the server with the real Firebase SDK.
func TestSDK(t *testing.T) {
	worker, control := script(t)
	s := start(t, worker.URL)
	node(t, "sdk.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.port), "CONTROL_URL="+control)
}

// TestRealModel streams from the real workers, through the real SDK.
func TestRealModel(t *testing.T) {
	for kind, variable := range map[string]string{"llama.cpp": "LLAMACPP_URL", "Ollama": "OLLAMA_URL"} {
		t.Run(kind, func(t *testing.T) {
			s := start(t, emulator.Require(t, variable), "MAX_OUTPUT_TOKENS=300", "WORKER_PREFILL=```html\n<!DOCTYPE html>\n<html")
			node(t, "model.test.mjs", fmt.Sprintf("FUNCTIONS_PORT=%d", s.port), "WORKER="+kind)
		})
	}
}

// TestStop tells the server to stop while it streams: the stream must end in a
// frame, the turn must be stored as interrupted, and the process must be gone.
func TestStop(t *testing.T) {
	worker := workertest.Start("llamacpp")
	defer worker.Close()
	never := make(chan struct{})
	worker.Say(workertest.Reply{Text: []string{"half an answer"}, Hold: never})
	s := start(t, worker.URL, "SHUTDOWN_GRACE=300ms")
	token := signUp(t)

	res := call(t, s, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"stopped"}}`, "text/event-stream")
	defer res.Body.Close()
	var frames []string
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		frame, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		frames = append(frames, frame)
		if strings.Contains(frame, "half an answer") {
			s.Process.Signal(syscall.SIGTERM)
		}
	}
	last := frames[len(frames)-1]
	var ending struct {
		Error struct {
			Status  string
			Details map[string]any
		}
	}
	if err := json.Unmarshal([]byte(last), &ending); err != nil || ending.Error.Status != "ABORTED" || ending.Error.Details["reason"] != "interrupted" || ending.Error.Details["state"] != "interrupted" {
		t.Errorf("the stream ended in %s", last)
	}
	done := make(chan struct{})
	go func() { s.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("the server did not stop")
	}

	again := start(t, worker.URL)
	res = call(t, again, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"stopped"}}`, "")
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), `"reason":"interrupted"`) {
		t.Errorf("the same turn after a restart: %s", text)
	}
	if n := len(worker.Calls()); n != 1 {
		t.Errorf("the worker was called %d times", n)
	}
}

// TestTwoInstances asks two servers for the same turn, many times at once: it is
// generated once, and everybody gets the same answer.
func TestTwoInstances(t *testing.T) {
	worker := workertest.Start("llamacpp")
	defer worker.Close()
	answer := make(chan struct{})
	worker.Say(workertest.Reply{Text: []string{"```html\n<h1>once</h1>\n```\n"}, Hold: answer})
	servers := []*server{start(t, worker.URL), start(t, worker.URL)}
	token := signUp(t)

	const each = 8
	bodies := make(chan string, each*len(servers))
	for _, s := range servers {
		for range each {
			go func() {
				res, err := post(t.Context(), s, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"same"}}`, "")
				if err != nil {
					bodies <- err.Error()
					return
				}
				defer res.Body.Close()
				text, err := io.ReadAll(res.Body)
				bodies <- fmt.Sprintf("%s, error %v", text, err)
			}()
		}
	}
	for deadline := time.Now().Add(20 * time.Second); len(worker.Calls()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the worker was never asked")
		}
	}
	close(answer)
	first := <-bodies
	if !strings.Contains(first, `"state":"complete"`) || !strings.Contains(first, "<h1>once</h1>") {
		t.Errorf("answer: %s", first)
	}
	for range each*len(servers) - 1 {
		if body := <-bodies; body != first {
			t.Errorf("another answer:\n%s\nwant\n%s", body, first)
		}
	}
	if n := len(worker.Calls()); n != 1 {
		t.Errorf("the worker was called %d times", n)
	}
}

// TestRefusesToStart starts servers that would be dangerous or useless.
func TestRefusesToStart(t *testing.T) {
	for name, env := range map[string][]string{
		"an emulator's variable on Cloud Run": {"K_SERVICE=backend", "FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:9099", "GOOGLE_CLOUD_PROJECT=p", "PORT=0"},
		"a function that does not exist":      {"FUNCTION_TARGET=nope", "GOOGLE_CLOUD_PROJECT=demo-p", "FIRESTORE_EMULATOR_HOST=127.0.0.1:1", "PORT=0"},
		"no project":                          {"PORT=0"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, binary)
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
			out, err := cmd.CombinedOutput()
			if err == nil || ctx.Err() != nil || !bytes.HasPrefix(out, []byte("server: ")) {
				t.Errorf("the server started: %v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// signUp makes a user in the Auth emulator and returns its ID token.
func signUp(t *testing.T) string {
	t.Helper()
	url := "http://" + emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST") + "/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any"
	res, err := http.Post(url, "application/json", strings.NewReader(`{"returnSecureToken":true}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var user struct{ IDToken string }
	if err := json.NewDecoder(res.Body).Decode(&user); err != nil || user.IDToken == "" {
		t.Fatalf("sign up: %v", err)
	}
	return user.IDToken
}

func call(t *testing.T, s *server, token, function, body, accept string) *http.Response {
	t.Helper()
	res, err := post(t.Context(), s, token, function, body, accept)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func post(ctx context.Context, s *server, token, function, body, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/%s/us-central1/%s", s.port, project, function), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return http.DefaultClient.Do(req)
}
