package flight_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"dreambuild.dev/backend/internal/flight"
	"github.com/google/go-cmp/cmp"
)

// lengths returns a Bounded of texts, which take as many bytes as they have.
func lengths(most int64) *flight.Bounded[string, string] {
	return flight.NewBounded(most, func(_, v string) int64 { return int64(len(v)) })
}

func TestBounded(t *testing.T) {
	b := lengths(10)
	known := func() string {
		var all []string
		for _, key := range []string{"a", "b", "c", "d"} {
			if _, ok := b.Get(key); ok {
				all = append(all, key)
			}
		}
		return strings.Join(all, " ")
	}
	for _, tc := range []struct {
		name string
		do   func()
		want string
		held int64
	}{
		{"two fit", func() { b.Keep("a", "aaaa"); b.Keep("b", "bbbb") }, "a b", 8},
		{"a third one takes the place of the older one", func() { b.Keep("c", "cccc") }, "b c", 8},
		{"what was asked for stays", func() { b.Get("b"); b.Keep("d", "dd"); b.Get("b"); b.Keep("a", "aaaa") }, "a b d", 10},
		{"the same key again", func() { b.Keep("a", "aa") }, "a b d", 8},
		{"one that is larger than all", func() { b.Keep("c", "ccccccccccc") }, "a b d", 8},
		{"one as large as all", func() { b.Keep("c", "cccccccccc") }, "c", 10},
		{"forgotten", func() { b.Forget(func(key string) bool { return key == "c" }) }, "", 0},
	} {
		tc.do()
		if got := known(); got != tc.want || b.Held() != tc.held {
			t.Errorf("%s: %q are known with %d bytes, want %q with %d", tc.name, got, b.Held(), tc.want, tc.held)
		}
	}
}

// TestBoundedByMany: whoever keeps and forgets at the same time, the bound holds, and
// what is held is what is known.
func TestBoundedByMany(t *testing.T) {
	const most = 1000
	b := lengths(most)
	var all sync.WaitGroup
	for one := range 4 {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(1, uint64(one)))
			for range 2000 {
				key := strings.Repeat("k", dice.IntN(50))
				switch dice.IntN(10) {
				case 0:
					b.Forget(func(k string) bool { return len(k)%7 == len(key)%7 })
				default:
					b.Keep(key, strings.Repeat("v", dice.IntN(200)))
				}
				if held := b.Held(); held < 0 || held > most {
					t.Errorf("%d bytes are held", held)
				}
			}
		})
	}
	all.Wait()
	b.Forget(func(string) bool { return true })
	if diff := cmp.Diff(int64(0), b.Held()); diff != "" {
		t.Errorf("held by nothing (-want +got):\n%s", diff)
	}
}
