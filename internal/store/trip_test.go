package store

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestTrip: what opens a breaker, and what closes it again.
func TestTrip(t *testing.T) {
	silence := status.Error(codes.DeadlineExceeded, "late")
	type call struct {
		after, took time.Duration
		err         error
	}
	slow := call{0, 10 * time.Second, silence}
	for _, tc := range []struct {
		name  string
		calls []call
		open  bool
	}{
		{"three slow calls", []call{slow, slow, slow}, true},
		{"two are not enough", []call{slow, slow}, false},
		{"nor are many in a moment", []call{{0, time.Second, silence}, {0, 0, silence}, {0, 0, silence}, {0, 0, silence}, {0, time.Second, silence}}, false},
		{"a server that cannot be reached", []call{{0, 0, status.Error(codes.Unavailable, "")}, {time.Second, 0, status.Error(codes.Unavailable, "")}, {2 * time.Second, 0, status.Error(codes.Unavailable, "")}}, true},
		{"an answer in between", []call{slow, slow, {0, 0, nil}, slow}, false},
		{"an answer that says no", []call{slow, slow, {0, 0, status.Error(codes.NotFound, "")}, slow}, false},
		{"contention", []call{{0, time.Second, status.Error(codes.Aborted, "")}, {0, time.Second, status.Error(codes.Aborted, "")}, {0, 10 * time.Second, status.Error(codes.Aborted, "")}}, false},
		{"callers that leave", []call{{0, 10 * time.Second, status.Error(codes.Canceled, "")}, {0, 0, status.Error(codes.Canceled, "")}, {0, 0, status.Error(codes.Canceled, "")}}, false},
		{"nothing that gRPC knows", []call{slow, slow, {0, 0, errors.New("?")}, slow}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &breaker{log: slog.New(slog.DiscardHandler)}
				for _, c := range tc.calls {
					time.Sleep(c.after)
					began := time.Now()
					time.Sleep(c.took)
					b.end(began, c.err)
				}
				if err := b.begin(t.Context()); (err != nil) != tc.open {
					t.Errorf("%v", err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		b := &breaker{log: slog.New(slog.DiscardHandler)}
		asked := func(ctx context.Context) (n int) {
			for range 100 {
				if b.begin(ctx) == nil {
					n++
				}
			}
			return n
		}
		for range tripCalls {
			b.end(time.Now().Add(-tripTime), silence)
		}
		if n := asked(t.Context()); n != 0 {
			t.Errorf("%d calls pass at once", n)
		}
		if n := asked(insisting(t.Context())); n != 100 {
			t.Errorf("%d of 100 calls pass that must", n)
		}
		time.Sleep(tryEvery)
		if n := asked(t.Context()); n != 1 {
			t.Errorf("%d calls try it", n)
		}
		b.end(time.Now(), silence)
		if n := asked(t.Context()); n != 0 {
			t.Errorf("%d calls pass after one has failed", n)
		}
		time.Sleep(tryEvery)
		_, began := b.begin(t.Context()), time.Now()
		time.Sleep(5 * tryEvery)
		b.end(began, silence)
		if n := asked(t.Context()); n != 0 {
			t.Errorf("%d calls pass right after one that has waited for long", n)
		}
		time.Sleep(tryEvery)
		_ = b.begin(t.Context())
		b.end(time.Now(), nil)
		if n := asked(t.Context()); n != 100 {
			t.Errorf("%d of 100 calls pass after an answer", n)
		}
	})
}
