// Package emulator gives tests the real things that they run against:
// emulators and workers which `go run ./internal/dev exec` has started and
// named in the environment.
package emulator

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
)

// Require returns an environment variable that names something started for the
// test. Without it the test is skipped, and under CI=true it fails.
func Require(t testing.TB, variable string) string {
	t.Helper()
	if v := os.Getenv(variable); v != "" {
		return v
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set, and CI must run everything: use make test", variable)
	}
	t.Skipf("SKIPPED, NOT TESTED: %s is not set; make test starts what is needed", variable)
	return ""
}

// Port returns a port that nobody uses, for a server that the test starts. One
// that the system gives away by itself may be an outgoing connection's before
// the server has begun to listen; these are below all of those.
func Port(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 20000 + mathrand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port from 20000 to 31999 seems to be free")
	return 0
}

// Project returns the id of a project that no other test uses, on the running
// Firestore emulator.
func Project(t testing.TB) string {
	t.Helper()
	Require(t, "FIRESTORE_EMULATOR_HOST")
	return "demo-" + strings.ToLower(rand.Text())
}
