package turn_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// panicStore panics at one place.
type panicStore struct {
	*memstore.Store
	at string
}

func (s panicStore) reach(place string) {
	if place == s.at {
		panic("what a user wrote")
	}
}

func (s panicStore) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	s.reach(op)
	return s.Store.Apply(ctx, on, op, step)
}

func (s panicStore) Append(ctx context.Context, k turn.Key, segments []turn.Segment) error {
	s.reach("append")
	return s.Store.Append(ctx, k, segments)
}

func (s panicStore) Follow(ctx context.Context, k turn.Key) iter.Seq2[turn.Update, error] {
	s.reach("follow")
	return s.Store.Follow(ctx, k)
}

func (s panicStore) Cancels(ctx context.Context, instance string) iter.Seq2[turn.Key, error] {
	s.reach("cancels")
	return s.Store.Cancels(ctx, instance)
}

func (s panicStore) ExpiredTurns(ctx context.Context, before time.Time, after turn.Ref, most int) ([]turn.Ref, error) {
	s.reach("expired")
	return s.Store.ExpiredTurns(ctx, before, after, most)
}

// TestAPanicInTheBackground ends no other turn, and leaves its stack in the log,
// though nobody waits for what panicked.
func TestAPanicInTheBackground(t *testing.T) {
	for _, tc := range []struct {
		at   string
		line string // the line that tells it
		kind string
	}{
		{"accept", "background", "accept"},
		{"append", "turn", ""},
		{"renew", "turn", ""},
		{"finish", "turn lost", ""},
		{"cancels", "background", "cancels"},
		{"expired", "background", "sweep"},
		{"follow", "background", "follow"},
		{"watch", "background", "watch"},
		{"interrupt", "background", "interrupt"},
	} {
		t.Run(tc.at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := memstore.New()
				log, written := logger()
				w := hangs()
				if tc.at == "follow" || tc.at == "watch" || tc.at == "interrupt" {
					abandoned(t, db, "p") // is followed
				}
				r := turn.NewRunner(panicStore{db, tc.at}, w, inProcess{}, turn.Settings{MaxTokens: 10, Limit: 20 * time.Second, Lease: 9 * time.Second, Idle: time.Hour}, log)
				t.Cleanup(func() { r.Drain(t.Context()) })
				ctx, leave := context.WithTimeout(t.Context(), time.Minute/2)
				defer leave()
				<-generates(ctx, r)
				lines := written.lines(t, tc.line)
				if len(lines) == 0 {
					t.Fatalf("no such line:\n%s", written)
				}
				l := lines[0]
				kind, _ := l["kind"].(string)
				stack, _ := l["stack"].(string)
				if diff := cmp.Diff(tc.kind, kind); diff != "" || l["err"] != "panic: a string" || !strings.Contains(stack, "panic_test.go") {
					t.Errorf("line: %v", l)
				}
			})
		})
	}
}
