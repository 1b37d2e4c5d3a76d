// Package faults is a proxy between a Firestore client and the emulator. It slows,
// refuses and loses calls, as networks and servers do, for tests. It knows gRPC and
// how Firestore writes; the client's tests say what a client should make of a
// fault. It speaks gRPC only: the emulator's REST API and its /emulator/ paths are
// at the emulator's own address.
package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// upstreams is how many connections to the emulator share the calls. A connection
// carries a limited number of calls, and a Listen occupies its place.
const upstreams = 16

// Proxy passes calls on. It misbehaves only when a method tells it to. It is safe
// for concurrent use.
type Proxy struct {
	Addr string // host:port, to give as FIRESTORE_EMULATOR_HOST

	server  *grpc.Server
	conns   [upstreams]*grpc.ClientConn
	turn    atomic.Uint64
	running sync.WaitGroup

	mu      sync.Mutex
	slow    time.Duration
	refused context.Context // done while calls are refused
	refuse  context.CancelFunc
	share   float64 // of the answers to Commits, lost as shareAs
	shareAs codes.Code
	dice    *rand.Rand
	next    int // so many answers to Commits are lost first, as nextAs
	nextAs  codes.Code
	commits int
	writes  int
	reads   int
	names   map[string]int
}

// StartProxy runs a proxy in front of the emulator at the given host:port. The
// caller closes it.
func StartProxy(emulator string) (*Proxy, error) {
	p := &Proxy{names: map[string]int{}}
	p.refused, p.refuse = context.WithCancel(context.Background())
	raw := codec{encoding.GetCodecV2(proto.Name)}
	for i := range p.conns {
		conn, err := grpc.NewClient("passthrough:///"+emulator,
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDisableServiceConfig(),
			grpc.WithDisableRetry(), // the client itself tries again what fails
			grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw), grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
		if err != nil {
			p.hangUp()
			return nil, fmt.Errorf("proxy to %s: %w", emulator, err)
		}
		p.conns[i] = conn
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.hangUp()
		return nil, fmt.Errorf("proxy to %s: %w", emulator, err)
	}
	p.Addr = l.Addr().String()
	p.server = grpc.NewServer(grpc.UnknownServiceHandler(p.serve), grpc.ForceServerCodecV2(raw), grpc.WaitForHandlers(true),
		grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32))
	p.running.Go(func() { _ = p.server.Serve(l) }) // ends by Stop, with nil
	return p, nil
}

// Close breaks all calls and connections. It returns when nothing runs any more.
func (p *Proxy) Close() {
	p.server.Stop()
	p.hangUp()
	p.running.Wait()
}

func (p *Proxy) hangUp() {
	for _, conn := range p.conns {
		if conn != nil {
			_ = conn.Close() // whoever reads from it hears of it
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse()
}

// SlowWrites delays each answer to a Commit, BatchWrite or Write by d. By then the
// write is done, and holds no locks.
func (p *Proxy) SlowWrites(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = d
}

// Refuse makes all calls fail as Unavailable until Refuse(false), including those
// that are running. A write that was running may be done and counted, or not.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case on:
		p.refuse()
	case p.refused.Err() != nil:
		p.refused, p.refuse = context.WithCancel(context.Background())
	}
}

// LoseAnswers answers that share of the Commits with the given code, after they are
// done. Commits that write nothing do not count. The dice roll in the order in which
// the emulator answers, so a seed gives the same losses again to a client that
// commits one at a time. A share of 0 ends the losses.
//
// The code decides what is tested: the Go client itself tries a Commit again
// that is Unavailable or ResourceExhausted, and a transaction that is Aborted.
// DeadlineExceeded, Internal and Unknown reach who called it.
func (p *Proxy) LoseAnswers(share float64, seed uint64, as codes.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.share, p.shareAs, p.dice = share, as, rand.New(rand.NewPCG(seed, 0))
}

// LoseNext loses the answers to the next n Commits that write something.
func (p *Proxy) LoseNext(n int, as codes.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.nextAs = n, as
}

// Counts returns how many Commits and BatchWrites the emulator has done, including
// those whose answers were lost, and how many documents they wrote. It leaves out
// Commits that wrote nothing, failed writes of a BatchWrite, and the stream Write,
// which the Go client does not use.
func (p *Proxy) Counts() (commits, writes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commits, p.writes
}

// Reads returns how many documents the emulator has read for its clients, as Firestore
// charges them: those that a client asked for by name, whether they are there or not,
// those that a query or a list found, and those that a listener was told of. Not counted
// is the one read of a query that found nothing.
func (p *Proxy) Reads() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reads
}

// Names returns how many calls of each method came in, including refused ones.
func (p *Proxy) Names() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.names)
}

// ResetCounts sets Counts, Reads and Names to zero.
func (p *Proxy) ResetCounts() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits, p.writes, p.reads = 0, 0, 0
	clear(p.names)
}

var errRefused = status.Error(codes.Unavailable, "faults: the proxy refuses calls")

func (p *Proxy) serve(_ any, client grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(client)
	name := path.Base(method)
	p.mu.Lock()
	p.names[name]++
	refused := p.refused
	p.mu.Unlock()

	md, _ := metadata.FromIncomingContext(client.Context())
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(client.Context(), md))
	defer cancel()
	defer context.AfterFunc(refused, cancel)()

	c := call{p, client, p.conns[p.turn.Add(1)%upstreams], method, ctx, cancel}
	var err error
	switch name {
	case "Commit":
		err = c.commit()
	case "BatchWrite":
		err = c.batchWrite()
	default:
		err = c.stream(name == "Write")
	}
	if refused.Err() != nil {
		return errRefused
	}
	return err
}

// call is one call of a client. Its ctx ends when the client leaves or calls
// are refused.
type call struct {
	p      *Proxy
	client grpc.ServerStream
	conn   *grpc.ClientConn
	method string
	ctx    context.Context
	cancel context.CancelFunc
}

func (c *call) commit() error {
	var req firestorepb.CommitRequest
	return c.unary(&req, nil, func() error {
		if len(req.Writes) == 0 {
			return nil
		}
		c.p.count(len(req.Writes))
		return c.p.lose()
	})
}

func (c *call) batchWrite() error {
	var req firestorepb.BatchWriteRequest
	var resp firestorepb.BatchWriteResponse
	return c.unary(&req, &resp, func() error {
		n := 0
		for _, s := range resp.Status {
			if s.GetCode() == int32(codes.OK) {
				n++
			}
		}
		if n > 0 {
			c.p.count(n)
		}
		return nil
	})
}

// unary passes one message each way. If the call succeeded, it first reads both
// messages into req and resp, unless these are nil, and done decides how the call
// ends.
func (c *call) unary(req, resp any, done func() error) error {
	var asked, answered frame
	if err := c.client.RecvMsg(&asked); err != nil {
		return err
	}
	var header, trailer metadata.MD
	err := c.conn.Invoke(c.ctx, c.method, &asked, &answered, grpc.Header(&header), grpc.Trailer(&trailer))
	c.client.SetTrailer(trailer)
	if err != nil {
		return err
	}
	if err := errors.Join(asked.read(req), answered.read(resp)); err != nil {
		return status.Errorf(codes.Internal, "faults: %s: %v", c.method, err)
	}
	end := done()
	if err := c.hold(); err != nil {
		return err
	}
	if end != nil {
		return end
	}
	if err := c.client.SetHeader(header); err != nil {
		return err
	}
	return c.client.SendMsg(&answered)
}

// stream passes on any number of messages each way.
func (c *call) stream(slow bool) error {
	up, err := c.conn.NewStream(c.ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, c.method)
	if err != nil {
		return err
	}
	// It outlives this function a little: RecvMsg ends only when the call does.
	c.p.running.Go(func() {
		for {
			var f frame
			if err := c.client.RecvMsg(&f); errors.Is(err, io.EOF) {
				_ = up.CloseSend() // always nil
				return
			} else if err != nil {
				c.cancel()
				return
			}
			if up.SendMsg(&f) != nil {
				return // RecvMsg below says why
			}
		}
	})
	if header, err := up.Header(); err == nil && len(header) > 0 {
		if err := c.client.SendHeader(header); err != nil {
			return err
		}
	}
	for {
		var f frame
		if err := up.RecvMsg(&f); err != nil {
			c.client.SetTrailer(up.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if slow {
			if err := c.hold(); err != nil {
				return err
			}
		}
		if err := c.p.countReads(path.Base(c.method), f); err != nil {
			return status.Errorf(codes.Internal, "faults: %s: %v", c.method, err)
		}
		if err := c.client.SendMsg(&f); err != nil {
			return err
		}
	}
}

// hold lets a slow write's time pass.
func (c *call) hold() error {
	c.p.mu.Lock()
	d := c.p.slow
	c.p.mu.Unlock()
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-c.ctx.Done():
		return status.FromContextError(c.ctx.Err()).Err()
	}
}

func (p *Proxy) count(writes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits++
	p.writes += writes
}

// countReads counts the documents of an answer to a method.
func (p *Proxy) countReads(method string, f frame) error {
	n := 0
	var err error
	switch method {
	case "BatchGetDocuments":
		var res firestorepb.BatchGetDocumentsResponse
		if err = f.read(&res); res.Result != nil {
			n = 1
		}
	case "RunQuery":
		var res firestorepb.RunQueryResponse
		if err = f.read(&res); res.Document != nil {
			n = 1
		}
	case "ListDocuments":
		var res firestorepb.ListDocumentsResponse
		err = f.read(&res)
		n = len(res.Documents)
	case "Listen":
		var res firestorepb.ListenResponse
		if err = f.read(&res); res.GetDocumentChange() != nil {
			n = 1
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads += n
	return err
}

// lose returns what to answer in place of the answer, if it is to be lost.
func (p *Proxy) lose() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.next > 0:
		p.next--
		return lost(p.nextAs)
	case p.share > 0 && p.dice.Float64() < p.share:
		return lost(p.shareAs)
	}
	return nil
}

func lost(as codes.Code) error { return status.Error(as, "faults: the answer was lost") }

// frame is a message as it came, not decoded.
type frame []byte

func (f frame) read(message any) error {
	if message == nil {
		return nil
	}
	return encoding.GetCodecV2(proto.Name).Unmarshal(mem.BufferSlice{mem.SliceBuffer(f)}, message)
}

// codec leaves frames as they are. It has the name of the codec that it embeds,
// since the frames hold messages in that encoding.
type codec struct{ encoding.CodecV2 }

func (codec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*frame))}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*frame) = data.Materialize()
	return nil
}
