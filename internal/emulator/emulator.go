// Package emulator gives tests the real programs that they run against:
// emulators and workers that `go run ./internal/dev exec` has started and named
// in the environment. AppCheck is the one emulator that Firebase does not have.
package emulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
)

// Require returns the value of an environment variable that names something
// started for the test. If the variable is not set, the test is skipped and says
// so; under CI=true it fails.
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

// FreePort returns a port of this machine on which nobody listens, for a server
// that is about to start. The ports that the system picks by itself are avoided:
// an outgoing connection may take such a port before the server listens. Ports
// from 20000 to 31999 are never picked, neither by Linux nor by macOS.
func FreePort() (int, error) {
	for range 100 {
		port := 20000 + mathrand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port, nil
		}
	}
	return 0, errors.New("no port from 20000 to 31999 seems to be free")
}

// Port returns a FreePort. If there is none, the test fails.
func Port(t testing.TB) int {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Project returns the id of a project that no other test uses, on the running
// Firestore emulator.
func Project(t testing.TB) string {
	t.Helper()
	Require(t, "FIRESTORE_EMULATOR_HOST")
	return "demo-" + strings.ToLower(rand.Text())
}
