package turns_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/worker/workertest"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// TestStop tells the server to stop while it streams: the stream must end in a
// frame, the turn must be stored as interrupted, and the process must be gone.
func TestStop(t *testing.T) {
	worker := workertest.Start("llamacpp")
	defer worker.Close()
	never := make(chan struct{})
	worker.Say(workertest.Reply{Text: []string{"half an answer"}, Hold: never})
	s := e2etest.Start(t, worker.URL, "SHUTDOWN_GRACE=300ms")
	token := e2etest.SignUp(t, e2etest.Project)

	res := e2etest.Call(t, s, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"stopped"}}`, "text/event-stream")
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

	again := e2etest.Start(t, worker.URL)
	res = e2etest.Call(t, again, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"stopped"}}`, "")
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
	servers := []*e2etest.Backend{e2etest.Start(t, worker.URL), e2etest.Start(t, worker.URL)}
	token := e2etest.SignUp(t, e2etest.Project)

	const each = 8
	bodies := make(chan string, each*len(servers))
	for _, s := range servers {
		for range each {
			go func() {
				res, err := e2etest.Post(t.Context(), s, token, "generateCode", `{"data":{"prompt":"a clock","turnId":"same"}}`, "")
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
			cmd := exec.CommandContext(ctx, e2etest.Binary())
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
			out, err := cmd.CombinedOutput()
			if err == nil || ctx.Err() != nil || !bytes.HasPrefix(out, []byte("server: ")) {
				t.Errorf("the server started: %v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}
