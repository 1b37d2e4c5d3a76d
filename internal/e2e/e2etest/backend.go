// Package e2etest starts what end-to-end tests share: the real server, users of
// the Auth emulator, a scripted worker, a bucket of models, and Node.
package e2etest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/emulator"
)

// Project is the Firebase project of the emulators and servers.
const Project = "demo-dreambuild"

// DeletionKey is the DELETION_KEY of servers.
const DeletionKey = "a-key-of-tests-that-nobody-needs-to-guess"

// Main builds the server, runs the tests of a package with it, and ends the
// process. If E2E_SERVER names a server, that one is used: make test builds it
// once for all packages.
func Main(m *testing.M) {
	if binary = os.Getenv("E2E_SERVER"); binary != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-race", "-o", binary, server)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// server is the package of the deployable program.
const server = "dreambuild.dev/backend/functions/server"

var binary string // set by Main

// Binary returns the path of the server that Main has built, with the race
// detector.
func Binary() string { return binary }

// Backend is a running server.
type Backend struct {
	*exec.Cmd
	Port int
	Log  *bytes.Buffer
	Apps *emulator.AppCheck // gives each call a token; nil: calls have none
}

// Start runs the server that Main has built, as StartBinary does.
func Start(t testing.TB, worker string, env ...string) *Backend {
	t.Helper()
	return StartBinary(t, binary, worker, env...)
}

// ManyCalls are limits of a plan, for PLANS, that a test of many calls does not meet.
// MAX_CALLS=0 is for many of them at once.
const ManyCalls = `"readsPerMinute": 1000000, "writesPerMinute": 1000000, "streamsPerMinute": 1000000, "promptsPerMinute": 1000000, "concurrentStreams": 1000`

// BuildDeployable builds the server as it is deployed, and returns its path. It is
// for measurements: the race detector takes time and memory of its own.
func BuildDeployable(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-tags", "disable_grpc_modules", "-o", path, server).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// StartBinary runs a server against the emulators, with the worker at a URL ("" for
// none) and more environment variables, until the test ends. Scripted answers are
// scraps, so that they do nothing is not checked unless CHECKS says otherwise. A PORT among them is
// the server's; otherwise it gets a free one. If the test fails or the server has a
// data race, the server's log is shown.
func StartBinary(t testing.TB, binary, worker string, env ...string) *Backend {
	t.Helper()
	s := &Backend{Cmd: exec.Command(binary), Port: emulator.Port(t), Log: new(bytes.Buffer)}
	for _, v := range env {
		if port, ok := strings.CutPrefix(v, "PORT="); ok {
			s.Port, _ = strconv.Atoi(port)
		}
	}
	s.Env = append(os.Environ(), append([]string{
		fmt.Sprintf("PORT=%d", s.Port), "GOOGLE_CLOUD_PROJECT=" + Project, "WORKER_URL=" + worker, "DELETION_KEY=" + DeletionKey, "CHECKS=off:no-behaviour",
		"FIRESTORE_EMULATOR_HOST=" + emulator.Require(t, "FIRESTORE_EMULATOR_HOST"),
		"FIREBASE_AUTH_EMULATOR_HOST=" + emulator.Require(t, "FIREBASE_AUTH_EMULATOR_HOST"),
	}, env...)...)
	s.Stdout, s.Stderr = s.Log, s.Log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		s.Wait()
		if t.Failed() || strings.Contains(s.Log.String(), "DATA RACE") {
			t.Errorf("the server's log:\n%s", s.Log)
		}
	})
	deadline := time.Now().Add(20 * time.Second)
	for {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/__/health", s.Port))
		if err == nil {
			res.Body.Close()
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v\n%s", err, s.Log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Call posts a request as Post does. The test closes the body.
func Call(t *testing.T, s *Backend, token, function, body, accept string) *http.Response {
	t.Helper()
	res, err := Post(t.Context(), s, token, function, body, accept)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Post sends a body to a function as the caller with an ID token. accept is the
// Accept header, "" for none.
func Post(ctx context.Context, s *Backend, token, function, body, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/%s/us-central1/%s", s.Port, Project, function), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if s.Apps != nil {
		app, err := s.Apps.Token()
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-Firebase-AppCheck", app)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return http.DefaultClient.Do(req)
}
