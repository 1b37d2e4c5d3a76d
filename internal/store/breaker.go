package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// breaker refuses calls of the database at once while it does not answer: else each
// would wait for its whole deadline. It looks at single gRPC calls, where an answer
// that says no is an answer. A listener is none of these calls: it waits for as long
// as nothing changes.
//
// Package worker has gobreaker for this. That lets a number of calls pass, and waits
// for them; here a call is let pass every tryEvery, though the one before may still
// wait, and what must be tried anyhow passes an open breaker and closes it.
type breaker struct {
	log *slog.Logger

	mu       sync.Mutex
	silent   int       // calls without an answer since the last answer
	since    time.Time // when the first of them began
	open     bool
	tried    time.Time // when a call was last let pass, or has failed, while it is open
	answered time.Time // when the database last answered
}

const (
	tripCalls = 3 // it opens after so many calls without an answer
	tripTime  = 3 * time.Second
	tryEvery  = 2 * time.Second
)

// insistKey marks the context of what is tried although the breaker is open.
type insistKey struct{}

// insisting returns a context whose calls pass an open breaker.
func insisting(ctx context.Context) context.Context {
	return context.WithValue(ctx, insistKey{}, true)
}

// begin returns nil if a call may go on to the database.
func (b *breaker) begin(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open || ctx.Value(insistKey{}) != nil {
		return nil
	}
	if time.Since(b.tried) < tryEvery {
		return errs.StoreLate().Because(fmt.Errorf("not asked: there was no answer for %v", time.Since(b.since).Round(time.Second)))
	}
	b.tried = time.Now()
	return nil
}

// end notes what came of a call that began at a time.
func (b *breaker) end(began time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch status.Code(err) {
	case codes.Canceled: // the caller has left
	case codes.Unavailable, codes.DeadlineExceeded:
		if b.silent++; b.silent == 1 || began.Before(b.since) {
			b.since = began
		}
		switch {
		case b.open:
			b.tried = time.Now() // else somebody who calls again and again waits each time
		case b.silent >= tripCalls && time.Since(b.since) >= tripTime:
			b.open, b.tried = true, time.Now()
			b.tell("open", err)
		}
	default:
		if b.open {
			b.tell("closed", nil)
		}
		b.open, b.silent, b.answered = false, 0, time.Now()
	}
}

// tell logs that the breaker opens or closes, and why, or after how long.
func (b *breaker) tell(state string, err error) {
	attrs := []slog.Attr{slog.String("kind", "database"), slog.String("breaker", state), slog.Float64("silentMs", float64(time.Since(b.since).Milliseconds()))}
	if err != nil {
		attrs = append(attrs, slog.String("err", err.Error()))
	}
	b.log.LogAttrs(context.Background(), slog.LevelWarn, "background", attrs...)
}

// fine reports whether the database has answered lately, and is asked.
func (b *breaker) fine(lately time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.open && time.Since(b.answered) < lately
}

// unary is a grpc.UnaryClientInterceptor.
func (b *breaker) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := b.begin(ctx); err != nil {
		return err
	}
	began := time.Now()
	err := invoke(ctx, method, req, reply, cc, opts...)
	b.end(began, err)
	return err
}

// stream is a grpc.StreamClientInterceptor. The first message of a stream says that
// the database answers.
func (b *breaker) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := b.begin(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		b.end(began, err)
		return nil, err
	}
	return &watchedStream{ClientStream: s, end: func(err error) { b.end(began, err) }}, nil
}

// watchedStream tells what came first.
type watchedStream struct {
	grpc.ClientStream
	once sync.Once
	end  func(error)
}

// RecvMsg implements grpc.ClientStream.
func (s *watchedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	s.once.Do(func() {
		if errors.Is(err, io.EOF) {
			s.end(nil)
			return
		}
		s.end(err)
	})
	return err
}

// through has the calls of a client pass a breaker. To an emulator the SDK connects by
// itself, without these options, unless it is given a connection.
func through(b *breaker) ([]option.ClientOption, error) {
	options := []grpc.DialOption{grpc.WithChainUnaryInterceptor(b.unary), grpc.WithChainStreamInterceptor(b.stream)}
	emulator := os.Getenv("FIRESTORE_EMULATOR_HOST")
	if emulator == "" {
		return []option.ClientOption{option.WithGRPCDialOption(options[0]), option.WithGRPCDialOption(options[1])}, nil
	}
	conn, err := grpc.NewClient("passthrough:///"+emulator, append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(emulatorOwner{}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))...)
	return []option.ClientOption{option.WithGRPCConn(conn)}, err
}

// emulatorOwner tells an emulator that security rules are not for this client.
type emulatorOwner struct{}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (emulatorOwner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (emulatorOwner) RequireTransportSecurity() bool { return false }

// Ready returns nil if the database has answered lately, or else answers now.
func (s *Store) Ready(ctx context.Context) error {
	const lately = 10 * time.Second
	if s.breaker.fine(lately) {
		return nil
	}
	_, err := get(s.user("ready").Get(ctx)) // it need not exist
	return translate("look whether the database answers", err)
}

// Close ends the connections.
func (s *Store) Close() error { return errors.Join(s.client.Close(), s.listenClient.Close()) }
