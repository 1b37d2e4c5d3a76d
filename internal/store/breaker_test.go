package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// scripted is a database that answers reads with code, and counts them. Silent waits
// for the end of the call instead. It loses the answers of commits.
type scripted struct {
	mu     sync.Mutex
	silent bool
	code   codes.Code
	lose   bool
	asked  int
}

func (s *scripted) answer(silent bool, code codes.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent, s.code = silent, code
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// serve is a grpc.StreamHandler.
func (s *scripted) serve(_ any, call grpc.ServerStream) error {
	s.mu.Lock()
	s.asked++
	silent, code, lose := s.silent, s.code, s.lose
	s.mu.Unlock()
	if silent {
		<-call.Context().Done()
		return nil
	}
	method, _ := grpc.MethodFromServerStream(call)
	switch name := path.Base(method); {
	case code == codes.OK && name == "BeginTransaction":
		return call.SendMsg(&firestorepb.BeginTransactionResponse{Transaction: []byte("t")})
	case code == codes.OK && name == "Commit" && !lose:
		return call.SendMsg(&firestorepb.CommitResponse{WriteResults: []*firestorepb.WriteResult{{}}, CommitTime: timestamppb.Now()})
	case code == codes.OK && name == "Commit":
		return status.Error(codes.Unavailable, "scripted")
	case code != codes.OK || name != "BatchGetDocuments":
		return status.Error(code, "scripted")
	}
	var req firestorepb.BatchGetDocumentsRequest
	if err := call.RecvMsg(&req); err != nil {
		return err
	}
	for _, name := range req.Documents {
		if err := call.SendMsg(&firestorepb.BatchGetDocumentsResponse{Result: &firestorepb.BatchGetDocumentsResponse_Missing{Missing: name}, ReadTime: timestamppb.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// openScripted returns a Store of a scripted database.
func openScripted(t *testing.T, log *slog.Logger) (*store.Store, *scripted) {
	t.Helper()
	db := &scripted{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.UnknownServiceHandler(db.serve))
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	t.Setenv("FIRESTORE_EMULATOR_HOST", l.Addr().String())
	s, err := store.Open(t.Context(), "p", log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, db
}

// TestSilentDatabase: after a few calls without an answer the others are refused at
// once, and do not reach the database; what must be tried does, and its answer ends
// the silence.
func TestSilentDatabase(t *testing.T) {
	var log bytes.Buffer
	s, db := openScripted(t, slog.New(slog.NewJSONHandler(&log, nil)))
	for range 3 {
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := db.count(); n != 1 {
		t.Errorf("a database that has answered lately was asked %d times", n)
	}
	db.answer(true, 0)
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if _, err := s.Project(ctx, "p"); !late(err) {
				t.Errorf("a silent database: %v", err)
			}
		})
	}
	calls.Wait()
	before := db.count()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ask := map[string]func() error{
		"a read":     func() error { _, err := s.Project(ctx, "p"); return err },
		"a list":     func() error { _, err := s.Models(ctx); return err },
		"a sum":      func() error { _, err := s.Spent(ctx, "2026-11-30"); return err },
		"a write":    func() error { return s.Spend(ctx, "2026-11-30", "i", quota.Spent{}) },
		"a deletion": func() error { return s.CloseSession(ctx, "ann", "s") },
		"a transaction": func() error {
			_, err := s.Apply(ctx, turn.Scope{Key: turn.Key{ProjectID: "p"}}, "step", nil)
			return err
		},
		"ready": func() error { return s.Ready(ctx) },
	}
	for name, call := range ask {
		if err := call(); !late(err) || errs.Of(err).Detail("retryAfter") == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now := db.count(); now != before {
		t.Errorf("%d calls reached a database that does not answer", now-before)
	}

	db.answer(false, codes.InvalidArgument)
	_, err := s.Apply(t.Context(), turn.Scope{Key: turn.Key{ProjectID: "p"}, Insist: true}, "finish", nil)
	if err == nil || late(err) || db.count() == before {
		t.Errorf("what must be tried is not: %v", err)
	}
	db.answer(false, codes.OK)
	if p, err := s.Project(t.Context(), "p"); p != nil || err != nil {
		t.Errorf("a database that answers again: %v, %v", p, err)
	}
	type line struct{ Level, Msg, Kind, Breaker string }
	want := []line{{"WARN", "background", "database", "open"}, {"WARN", "background", "database", "closed"}}
	var lines []line
	for d := json.NewDecoder(&log); d.More(); {
		var one line
		if err := d.Decode(&one); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, one)
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// TestALostCommit: a transaction whose commit had no answer is repeated until it is
// known whether it went through, although the breaker opens on the way. Else a turn
// could be stored as running that nobody runs.
func TestALostCommit(t *testing.T) {
	opened := make(chan struct{})
	s, db := openScripted(t, slog.New(slog.NewTextHandler(firstWrite{once: new(sync.Once), done: opened}, nil)))
	db.mu.Lock()
	db.lose = true
	db.mu.Unlock()
	go func() {
		<-opened
		// Another try comes, unless the open breaker refuses it.
		for before, deadline := db.count(), time.Now().Add(5*time.Second); db.count() == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		db.mu.Lock()
		defer db.mu.Unlock()
		db.lose = false
	}()
	if err := s.OpenSession(t.Context(), access.Session{UID: "ann", ID: "id"}); err != nil {
		t.Errorf("a commit that goes through at last: %v", err)
	}
}

// firstWrite closes done when something is written to it.
type firstWrite struct {
	once *sync.Once
	done chan struct{}
}

func (w firstWrite) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.done) })
	return len(p), nil
}

func late(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Code == errs.Unavailable && e.Reason == errs.StoreUnavailable
}
