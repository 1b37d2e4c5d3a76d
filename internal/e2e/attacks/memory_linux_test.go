// Package attacks_test tries on the deployable program what a hostile caller can
// do to a small instance.
package attacks_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
)

func TestMain(m *testing.M) { e2etest.Main(m) }

// startSmall runs a program with the data segment of a container of 512 MiB: beyond
// it Go ends the process, as Cloud Run would. The stack of a thread counts whole, and
// has a megabyte here, of which it needs little.
func startSmall(t *testing.T, binary, worker string, env ...string) *e2etest.Backend {
	t.Helper()
	limited := filepath.Join(t.TempDir(), "limited")
	if err := os.WriteFile(limited, fmt.Appendf(nil, "#!/bin/sh\nulimit -s 1024\nulimit -d %d\nexec %s\n", 512<<10, binary), 0o755); err != nil {
		t.Fatal(err)
	}
	return e2etest.StartBinary(t, limited, worker, env...)
}

// peak returns the most memory, in KB, that the program has had since the last
// call.
func peak(t *testing.T, s *e2etest.Backend) (kb int) {
	t.Helper()
	kb = status(t, s, "VmHWM")
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.Process.Pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	return kb
}

// status reads a figure of the program from the kernel.
func status(t *testing.T, s *e2etest.Backend, name string) (kb int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, name+": %d kB", &kb); err == nil {
			return kb
		}
	}
	t.Fatalf("the kernel does not tell %s", name)
	return 0
}

// alive fails if the program no longer answers.
func alive(t *testing.T, s *e2etest.Backend) {
	t.Helper()
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/__/health", s.Port))
	if err != nil {
		t.Fatalf("it is dead: %v", err)
	}
	res.Body.Close()
}

// gzipBomb returns 14 KB that inflate to 10 MB of small objects.
func gzipBomb(t *testing.T) []byte {
	t.Helper()
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	fmt.Fprintf(z, `{"data":[%s{"":0}]}`, strings.Repeat(`{"":0},`, 10<<20/7))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return small.Bytes()
}

// TestMemoryWithoutToken: nobody needs a token to send a request, and no request
// without one takes memory.
func TestMemoryWithoutToken(t *testing.T) {
	s := startSmall(t, e2etest.BuildDeployable(t), "")
	bomb := gzipBomb(t)
	for _, function := range []string{"getUsage", "closeModelSession", "generateCode", "saveProject"} { // the first warms up
		before := peak(t, s)
		for range 3 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/%s", s.Port, function), bytes.NewReader(bomb))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Content-Encoding", "gzip")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %s", function, res.Status)
			}
		}
		grown := peak(t, s) - before
		t.Logf("%s: %d KB of gzip, %d KB more memory", function, len(bomb)>>10, grown)
		if grown > 2<<10 && function != "getUsage" {
			t.Errorf("%s takes %d KB", function, grown)
		}
	}
	before := peak(t, s)
	piece := bytes.Repeat([]byte("x"), 64<<10)
	for range 30 {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "POST /saveProject HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{\"data\":\"")
		for n := 0; n < 9<<20; n += len(piece) {
			if _, err := c.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
	}
	grown := peak(t, s) - before
	t.Logf("30 half-sent bodies of 9 MB: %d KB more memory", grown)
	if grown > 8<<10 {
		t.Errorf("30 half-sent bodies take %d KB", grown)
	}
	alive(t, s)
}

// TestMemoryWithToken: one user with a full project and a long conversation reads
// both as often as connections allow, takes the answers slowly, and saves the largest
// projects. Each call is answered or told to come again; none ends the instance.
func TestMemoryWithToken(t *testing.T) {
	s := startSmall(t, e2etest.BuildDeployable(t), "")
	_, token := e2etest.SignUpWith(t, `{}`)
	var files []map[string]string
	for i := range 4 { // the most that a project holds, in characters that JSON writes as six
		files = append(files, map[string]string{"path": fmt.Sprintf("f%d.js", i), "content": strings.Repeat("\x01", 400<<10)})
	}
	full := map[string]any{"name": "full", "source": "edit", "generatedBy": "me", "files": files}
	projectID := save(t, s, token, full)
	reply := strings.Repeat("\x01", 300<<10)
	for range 20 {
		save(t, s, token, map[string]any{"projectId": projectID, "source": "browser", "generatedBy": "me", "reply": reply + "\n```html\n<p>x</p>\n```"})
	}
	before := peak(t, s)
	for name, attack := range map[string]struct {
		calls int
		data  any
	}{
		"getProject":   {40, map[string]any{"projectId": projectID, "version": 1}},
		"listMessages": {4, map[string]any{"projectId": projectID, "pageSize": 100}},
		"saveProject":  {20, full},
	} {
		body, err := json.Marshal(map[string]any{"data": attack.data})
		if err != nil {
			t.Fatal(err)
		}
		answered, again := 0, 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for range attack.calls {
			all.Go(func() {
				res, err := e2etest.Post(t.Context(), s, token, name, string(body), "")
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				defer res.Body.Close()
				var first [512]byte
				n, _ := io.ReadFull(res.Body, first[:])
				time.Sleep(300 * time.Millisecond) // a slow client
				_, _ = io.Copy(io.Discard, res.Body)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case res.StatusCode == http.StatusOK:
					answered++
				case strings.Contains(string(first[:n]), `"overloaded"`) && res.Header.Get("Retry-After") != "":
					again++
				default:
					t.Errorf("%s: %s %s", name, res.Status, first[:n])
				}
			})
		}
		all.Wait()
		t.Logf("%s: %d calls at once, %d answered, %d told to come again; %d MB at most, %d MB before", name, attack.calls, answered, again, peak(t, s)>>10, before>>10)
		if answered == 0 {
			t.Errorf("%s: nobody was answered", name)
		}
		alive(t, s)
	}
}

func save(t *testing.T, s *e2etest.Backend, token string, data any) (projectID string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	res := e2etest.Call(t, s, token, "saveProject", string(body), "")
	defer res.Body.Close()
	var answer struct {
		Result struct{ ProjectID string }
		Error  any
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Result.ProjectID == "" {
		t.Fatalf("saveProject: %v, %v", answer.Error, err)
	}
	return answer.Result.ProjectID
}
