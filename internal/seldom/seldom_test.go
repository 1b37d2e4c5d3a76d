package seldom_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/seldom"
)

// TestTell: a kind is told once a minute, with the number of those left out, and holds up
// no other kind.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var teller seldom.Teller[string]
		type answer struct {
			suppressed int
			now        bool
		}
		var got []answer
		tell := func(kind string) {
			suppressed, now := teller.Tell(kind)
			got = append(got, answer{suppressed, now})
		}
		tell("sweep")
		tell("sweep")
		tell("purge")
		tell("sweep")
		time.Sleep(time.Minute)
		tell("sweep")
		tell("sweep")
		want := []answer{{0, true}, {0, false}, {0, true}, {0, false}, {2, true}, {0, false}}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
