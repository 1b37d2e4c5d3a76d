package faults_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"go.uber.org/goleak"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// The ignored one belongs to the Firestore client, which starts it once, for
// good.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

type doc struct {
	N    int
	Data []byte `firestore:",omitempty"`
}

// start returns a proxy, a client that goes through it, and one that does not.
func start(t *testing.T) (p *faults.Proxy, through, direct *firestore.Client) {
	t.Helper()
	project := emulator.Project(t)
	host := emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	direct = open(t, host, project)
	p, err := faults.StartProxy(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, open(t, p.Addr, project), direct
}

func open(t *testing.T, host, project string) *firestore.Client {
	t.Helper()
	t.Setenv("FIRESTORE_EMULATOR_HOST", host)
	c, err := firestore.NewClient(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCounts(t *testing.T, p *faults.Proxy, commits, writes int) {
	t.Helper()
	if c, w := p.Counts(); c != commits || w != writes {
		t.Errorf("counted %d commits of %d writes, want %d of %d; calls: %v", c, w, commits, writes, p.Names())
	}
}

// follow sends the N of a document each time it changes.
//
// The SDK tries a broken Listen again, but a stream that breaks while it is
// opened ends the iterator with Done, as if there were no more (its Send says
// io.EOF). Whoever listens opens another then, as the store's callers do.
func follow(t *testing.T, d *firestore.DocumentRef) <-chan int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan int, 100)
	last := -2
	tell := func(n int) {
		if n != last {
			seen <- n
		}
		last = n
	}
	listen := func() error {
		it := d.Snapshots(ctx)
		defer it.Stop()
		for {
			s, err := it.Next()
			if err != nil {
				return err
			}
			if !s.Exists() {
				tell(-1)
				continue
			}
			var v doc
			if err := s.DataTo(&v); err != nil {
				return err
			}
			tell(v.N)
		}
	}
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if err := listen(); ctx.Err() == nil && !errors.Is(err, iterator.Done) {
				t.Errorf("listener: %v", err)
				return
			}
			time.Sleep(10 * time.Millisecond) // a stream that cannot be opened says so at once
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
	return seen
}

func wantSeen(t *testing.T, seen <-chan int, want int) {
	t.Helper()
	select {
	case got := <-seen:
		if got != want {
			t.Fatalf("the listener saw %d, want %d", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the listener did not see %d", want)
	}
}

// TestTransparent: all that a client does works as if the proxy was not there,
// and is counted.
func TestTransparent(t *testing.T) {
	p, c, _ := start(t)
	ctx := t.Context()
	d := c.Doc("things/a")

	if _, err := d.Get(ctx); status.Code(err) != codes.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	wantCounts(t, p, 0, 0)
	_, err := d.Create(ctx, doc{N: 1})
	must(t, err)
	if _, err := d.Create(ctx, doc{N: 1}); status.Code(err) != codes.AlreadyExists {
		t.Errorf("what is there: %v", err)
	}
	wantCounts(t, p, 1, 1)

	must(t, c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		s, err := tx.Get(d)
		if err != nil {
			return err
		}
		if s.ReadTime.IsZero() {
			t.Error("no read time")
		}
		return errors.Join(tx.Set(d, doc{N: 2}), tx.Set(c.Doc("things/b"), doc{N: 3}), tx.Delete(c.Doc("things/none")))
	}))
	wantCounts(t, p, 2, 4)
	must(t, c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		_, err := tx.Get(d)
		return err
	}))
	wantCounts(t, p, 2, 4)
	if p.Names()["Commit"] != 4 {
		t.Errorf("calls: %v, want 4 Commits", p.Names())
	}

	seen := follow(t, d)
	wantSeen(t, seen, 2)
	p.ResetCounts()
	_, err = d.Set(ctx, doc{N: 5})
	must(t, err)
	wantSeen(t, seen, 5)

	bulk := c.BulkWriter(ctx)
	var jobs []*firestore.BulkWriterJob
	for i := range 50 {
		j, err := bulk.Set(c.Doc(fmt.Sprintf("many/%d", i)), doc{N: i})
		must(t, err)
		jobs = append(jobs, j)
	}
	bulk.End()
	for _, j := range jobs {
		_, err := j.Results()
		must(t, err)
	}
	if n := p.Names()["BatchWrite"]; n == 0 {
		t.Errorf("calls: %v, want BatchWrites", p.Names())
	} else {
		wantCounts(t, p, n+1, 51)
	}
	docs, err := c.Collection("many").Where("N", ">=", 40).OrderBy("N", firestore.Desc).Documents(ctx).GetAll()
	must(t, err)
	if len(docs) != 10 || docs[0].Ref.ID != "49" {
		t.Errorf("the query found %d documents", len(docs))
	}
	it := c.Collections(ctx)
	for n := 0; ; n++ {
		if _, err := it.Next(); errors.Is(err, iterator.Done) {
			if n != 2 {
				t.Errorf("%d collections", n)
			}
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReads: each document that the emulator reads is counted, there or not.
func TestReads(t *testing.T) {
	p, c, _ := start(t)
	ctx := t.Context()
	a, b, none := c.Doc("things/a"), c.Doc("things/b"), c.Doc("things/none")
	for _, d := range []*firestore.DocumentRef{a, b} {
		_, err := d.Set(ctx, doc{})
		must(t, err)
	}
	for _, tc := range []struct {
		name string
		read func() error
		want int
	}{
		{"one", func() error { _, err := a.Get(ctx); return err }, 1},
		{"one that is not there", func() error { _, _ = none.Get(ctx); return nil }, 1},
		{"three at once", func() error { _, err := c.GetAll(ctx, []*firestore.DocumentRef{a, b, none}); return err }, 3},
		{"a query", func() error { _, err := c.Collection("things").Documents(ctx).GetAll(); return err }, 2},
		{"a query that finds nothing", func() error { _, err := c.Collection("others").Documents(ctx).GetAll(); return err }, 0},
		{"a list", func() error { _, err := c.Collection("things").DocumentRefs(ctx).GetAll(); return err }, 2},
		{"a transaction", func() error {
			return c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
				_, err := tx.GetAll([]*firestore.DocumentRef{a, b})
				return err
			})
		}, 2},
		{"a listener", func() error { wantSeen(t, follow(t, a), 0); return nil }, 1},
	} {
		p.ResetCounts()
		must(t, tc.read())
		if got := p.Reads(); got != tc.want {
			t.Errorf("%s: %d reads, want %d", tc.name, got, tc.want)
		}
	}
}

// TestBulkFailures: of a BatchWrite, what failed on its own is not counted.
func TestBulkFailures(t *testing.T) {
	p, c, _ := start(t)
	_, err := c.Doc("things/a").Set(t.Context(), doc{})
	must(t, err)
	p.ResetCounts()
	bulk := c.BulkWriter(t.Context())
	bad, err := bulk.Create(c.Doc("things/a"), doc{})
	must(t, err)
	good, err := bulk.Create(c.Doc("things/b"), doc{})
	must(t, err)
	bulk.End()
	if _, err := bad.Results(); err == nil {
		t.Error("created what exists")
	}
	_, err = good.Results()
	must(t, err)
	if _, writes := p.Counts(); writes != 1 {
		t.Errorf("counted %d writes, want 1", writes)
	}
}

// TestLarge: documents of nearly 1 MB there, and many of them back. Three at a
// time, since the emulator takes no message above 4 MiB.
func TestLarge(t *testing.T) {
	p, c, _ := start(t)
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	for i := 0; i < 12; i += 3 {
		must(t, c.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
			for j := range 3 {
				if err := tx.Set(c.Doc(fmt.Sprintf("large/%d", i+j)), doc{i, data}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	wantCounts(t, p, 4, 12)
	docs, err := c.Collection("large").Documents(t.Context()).GetAll()
	must(t, err)
	for _, d := range docs {
		if got, err := d.DataAt("Data"); err != nil || !bytes.Equal(got.([]byte), data) {
			t.Errorf("%s came back changed: %v", d.Ref.ID, err)
		}
	}
	if len(docs) != 12 {
		t.Errorf("%d documents came back", len(docs))
	}
}

// upstream stands in for the emulator, to see what reaches it.
type upstream struct {
	firestorepb.UnimplementedFirestoreServer
	came chan metadata.MD
	left chan struct{} // by a client, before its time
}

func (u *upstream) Commit(ctx context.Context, req *firestorepb.CommitRequest) (*firestorepb.CommitResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	u.came <- md
	err := errors.Join(grpc.SetHeader(ctx, metadata.Pairs("head", "1")), grpc.SetTrailer(ctx, metadata.Pairs("tail", "2", "raw-bin", "\x00\xff")))
	if len(req.Writes) > 0 {
		return &firestorepb.CommitResponse{WriteResults: make([]*firestorepb.WriteResult, 3)}, err
	}
	st, err := status.New(codes.Aborted, "ö%").WithDetails(&firestorepb.Document{Name: "detail"})
	if err != nil {
		return nil, err
	}
	return nil, st.Err()
}

func (u *upstream) Listen(s firestorepb.Firestore_ListenServer) error {
	for {
		req, err := s.Recv()
		if errors.Is(err, io.EOF) { // the client has said all
			s.SetTrailer(metadata.Pairs("tail", "3"))
			return status.Error(codes.OutOfRange, "the end")
		} else if err != nil {
			u.left <- struct{}{}
			return err
		}
		if err := s.Send(&firestorepb.ListenResponse{ResponseType: &firestorepb.ListenResponse_DocumentDelete{
			DocumentDelete: &firestorepb.DocumentDelete{Document: req.Database}}}); err != nil {
			return err
		}
	}
}

// TestWire: metadata, messages of 10 MB, ends and errors pass as they are.
func TestWire(t *testing.T) {
	u := &upstream{came: make(chan metadata.MD, 10), left: make(chan struct{}, 10)}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(math.MaxInt32))
	firestorepb.RegisterFirestoreServer(server, u)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go server.Serve(l)
	defer server.Stop()
	p, err := faults.StartProxy(l.Addr().String())
	must(t, err)
	defer p.Close()
	conn, err := grpc.NewClient(p.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	defer conn.Close()
	c := firestorepb.NewFirestoreClient(conn)

	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer owner",
		"google-cloud-resource-prefix", "projects/p", "x-goog-request-params", "database=p", "x-bin", "\x00\xff")
	large := &firestorepb.Write{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{Fields: map[string]*firestorepb.Value{
		"d": {ValueType: &firestorepb.Value_BytesValue{BytesValue: make([]byte, 10<<20)}}}}}}
	var head, tail metadata.MD
	resp, err := c.Commit(ctx, &firestorepb.CommitRequest{Writes: []*firestorepb.Write{large}}, grpc.Header(&head), grpc.Trailer(&tail))
	must(t, err)
	if len(resp.WriteResults) != 3 || head.Get("head")[0] != "1" || tail.Get("tail")[0] != "2" || tail.Get("raw-bin")[0] != "\x00\xff" {
		t.Errorf("came back: %v, %v, %v", resp, head, tail)
	}
	got := <-u.came
	for _, key := range []string{"authorization", "google-cloud-resource-prefix", "x-goog-request-params", "x-bin"} {
		sent, _ := metadata.FromOutgoingContext(ctx)
		if !slices.Equal(got.Get(key), sent.Get(key)) {
			t.Errorf("%s arrived as %q, want %q", key, got.Get(key), sent.Get(key))
		}
	}
	wantCounts(t, p, 1, 1)

	_, err = c.Commit(ctx, &firestorepb.CommitRequest{}, grpc.Trailer(&tail))
	st := status.Convert(err)
	if st.Code() != codes.Aborted || st.Message() != "ö%" || len(st.Details()) != 1 || tail.Get("tail")[0] != "2" {
		t.Errorf("the error came as %v, %v, %v", err, st.Details(), tail)
	}
	wantCounts(t, p, 1, 1)

	s, err := c.Listen(ctx)
	must(t, err)
	for _, name := range []string{"a", "b"} {
		must(t, s.Send(&firestorepb.ListenRequest{Database: name}))
		resp, err := s.Recv()
		must(t, err)
		if resp.GetDocumentDelete().GetDocument() != name {
			t.Errorf("%s came back as %v", name, resp)
		}
	}
	must(t, s.CloseSend())
	if _, err := s.Recv(); status.Code(err) != codes.OutOfRange || s.Trailer().Get("tail")[0] != "3" {
		t.Errorf("the stream ended with %v, %v", err, s.Trailer())
	}

	ctx, cancel := context.WithCancel(ctx)
	s, err = c.Listen(ctx)
	must(t, err)
	must(t, s.Send(&firestorepb.ListenRequest{Database: "c"}))
	_, err = s.Recv()
	must(t, err)
	cancel()
	<-u.left

	s, err = c.Listen(t.Context())
	must(t, err)
	must(t, s.Send(&firestorepb.ListenRequest{Database: "d"}))
	_, err = s.Recv()
	must(t, err)
	p.Refuse(true)
	if _, err := s.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("an open stream was refused with %v", err)
	}
	if _, err := c.Commit(t.Context(), &firestorepb.CommitRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("a call was refused with %v", err)
	}
}

// TestMany: listeners do not take the place that other calls need.
func TestMany(t *testing.T) {
	_, c, _ := start(t)
	d := c.Doc("things/a")
	var seen []<-chan int
	for range 300 {
		seen = append(seen, follow(t, d))
	}
	for _, s := range seen {
		wantSeen(t, s, -1)
	}
	_, err := d.Set(t.Context(), doc{N: 1})
	must(t, err)
	for _, s := range seen {
		wantSeen(t, s, 1)
	}
}

func TestSlowWrites(t *testing.T) {
	const wait = 300 * time.Millisecond
	p, c, direct := start(t)
	ctx := t.Context()
	_, err := c.Doc("things/a").Set(ctx, doc{N: 1}) // connects
	must(t, err)
	p.SlowWrites(wait)
	begun := time.Now()
	_, err = c.Doc("things/a").Set(ctx, doc{N: 2})
	must(t, err)
	if took := time.Since(begun); took < wait {
		t.Errorf("a write took %v, want %v", took, wait)
	}
	begun = time.Now()
	_, err = c.Doc("things/a").Get(ctx)
	must(t, err)
	if took := time.Since(begun); took >= wait {
		t.Errorf("a read took %v", took)
	}

	p.SlowWrites(time.Hour)
	impatient, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if _, err := c.Doc("things/a").Set(impatient, doc{N: 3}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("who did not wait got %v", err)
	}
	s, err := direct.Doc("things/a").Get(ctx)
	must(t, err)
	if n, _ := s.DataAt("N"); n != int64(3) {
		t.Errorf("what nobody waited for: N is %v", n)
	}

	p.SlowWrites(0)
	begun = time.Now()
	_, err = c.Doc("things/a").Set(ctx, doc{N: 4})
	must(t, err)
	if took := time.Since(begun); took >= wait {
		t.Errorf("a write took %v", took)
	}
	wantCounts(t, p, 4, 4)
}

// TestLoseNext: the client sees an error, and the document is there.
func TestLoseNext(t *testing.T) {
	for _, code := range []codes.Code{codes.Internal, codes.DeadlineExceeded, codes.Unknown} {
		t.Run(code.String(), func(t *testing.T) {
			p, c, direct := start(t)
			ctx := t.Context()
			p.LoseNext(1, code)
			if _, err := c.Doc("things/a").Create(ctx, doc{}); status.Code(err) != code || !strings.Contains(err.Error(), "lost") {
				t.Errorf("got %v", err)
			}
			_, err := direct.Doc("things/a").Get(ctx)
			must(t, err)
			_, err = c.Doc("things/b").Create(ctx, doc{})
			must(t, err)
			wantCounts(t, p, 2, 2)
		})
	}
}

// TestLoseUnavailable: the Go client tries again by itself, and sees its own
// document in its way.
func TestLoseUnavailable(t *testing.T) {
	p, c, _ := start(t)
	p.LoseNext(1, codes.Unavailable)
	if _, err := c.Doc("things/a").Create(t.Context(), doc{}); status.Code(err) != codes.AlreadyExists {
		t.Errorf("got %v", err)
	}
	if p.Names()["Commit"] != 2 {
		t.Errorf("calls: %v", p.Names())
	}
	wantCounts(t, p, 1, 1)
}

// TestLoseTransaction: a transaction's answer is lost, whether or not it has
// read; one that writes nothing does not use it up.
func TestLoseTransaction(t *testing.T) {
	p, c, direct := start(t)
	ctx := t.Context()
	d := c.Doc("things/a")
	p.LoseNext(1, codes.DeadlineExceeded)
	must(t, c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		_, err := tx.GetAll([]*firestore.DocumentRef{d})
		return err
	}))
	runs := 0
	err := c.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		runs++
		if _, err := tx.GetAll([]*firestore.DocumentRef{d}); err != nil {
			return err
		}
		return tx.Set(d, doc{N: 1})
	})
	if status.Code(err) != codes.DeadlineExceeded || runs != 1 {
		t.Errorf("after %d runs: %v", runs, err)
	}
	_, err = direct.Doc("things/a").Get(ctx)
	must(t, err)
	wantCounts(t, p, 1, 1)
}

// TestLoseAnswers: about the share, the same ones for the same seed.
func TestLoseAnswers(t *testing.T) {
	p, c, _ := start(t)
	round := func(seed uint64) (lost string) {
		p.LoseAnswers(0.3, seed, codes.Internal)
		for range 60 {
			if _, err := c.Doc("things/a").Set(t.Context(), doc{}); err != nil {
				lost += "x"
			} else {
				lost += "."
			}
		}
		return lost
	}
	first := round(1)
	if n := strings.Count(first, "x"); n < 6 || n > 30 {
		t.Errorf("%d of 60 were lost: %s", n, first)
	}
	if again := round(1); again != first {
		t.Errorf("the same seed lost %s, then %s", first, again)
	}
	if other := round(2); other == first {
		t.Errorf("another seed lost the same %s", first)
	}
	wantCounts(t, p, 180, 180)
	p.LoseAnswers(0, 1, codes.Internal)
	_, err := c.Doc("things/a").Set(t.Context(), doc{})
	must(t, err)
}

// TestRefuse: calls fail, those that wait too; then all goes on, and a listener
// sees what it missed.
func TestRefuse(t *testing.T) {
	p, c, direct := start(t)
	ctx := t.Context()
	d := c.Doc("things/a")
	seen := follow(t, d)
	wantSeen(t, seen, -1)
	_, err := d.Set(ctx, doc{N: 1})
	must(t, err)
	wantSeen(t, seen, 1)

	p.SlowWrites(time.Hour)
	held := make(chan error, 1)
	p.ResetCounts()
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	go func() {
		_, err := c.Doc("things/held").Set(short, doc{})
		held <- err
	}()
	for n := 0; n == 0; n, _ = p.Counts() {
		time.Sleep(time.Millisecond)
	}
	p.Refuse(true)
	p.Refuse(true)                                                // changes nothing
	if err := <-held; !errors.Is(err, context.DeadlineExceeded) { // a write is tried as long as may be
		t.Errorf("who waited got %v", err)
	}
	if n := p.Names()["Commit"]; n < 2 {
		t.Errorf("calls: %v, want Commits tried again", p.Names())
	}
	short, cancel = context.WithTimeout(ctx, time.Second)
	defer cancel()
	// A read, too, is tried until its deadline, which meets it in a call or between two.
	_, err = d.Get(short)
	if code := status.Code(err); code != codes.Unavailable && code != codes.DeadlineExceeded && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a read got %v", err)
	}
	if p.Names()["Listen"] == 0 {
		t.Errorf("calls: %v, want a Listen tried again", p.Names())
	}
	_, err = direct.Doc("things/a").Set(ctx, doc{N: 2})
	must(t, err)
	select {
	case n := <-seen:
		t.Errorf("the listener saw %d", n)
	case <-time.After(100 * time.Millisecond):
	}

	p.SlowWrites(0)
	p.Refuse(false)
	p.Refuse(false) // changes nothing
	wantSeen(t, seen, 2)
	_, err = d.Set(ctx, doc{N: 3})
	must(t, err)
	wantSeen(t, seen, 3)
}

// TestClose: it ends what runs, and leaves nothing behind; TestMain looks.
func TestClose(t *testing.T) {
	host := emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	p, err := faults.StartProxy(host)
	must(t, err)
	c := open(t, p.Addr, emulator.Project(t))
	ctx, cancel := context.WithCancel(t.Context())
	it := c.Doc("things/a").Snapshots(ctx)
	_, err = it.Next()
	must(t, err)
	p.Close()
	cancel()
	it.Stop()
	p.Close() // changes nothing
}
