package callable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// statuses maps each code to the HTTP status that the clients expect.
var statuses = map[errs.Code]int{
	errs.Cancelled:          499,
	errs.Unknown:            http.StatusInternalServerError,
	errs.InvalidArgument:    http.StatusBadRequest,
	errs.DeadlineExceeded:   http.StatusGatewayTimeout,
	errs.NotFound:           http.StatusNotFound,
	errs.AlreadyExists:      http.StatusConflict,
	errs.PermissionDenied:   http.StatusForbidden,
	errs.Unauthenticated:    http.StatusUnauthorized,
	errs.ResourceExhausted:  http.StatusTooManyRequests,
	errs.FailedPrecondition: http.StatusBadRequest,
	errs.Aborted:            http.StatusConflict,
	errs.OutOfRange:         http.StatusBadRequest,
	errs.Unimplemented:      http.StatusNotImplemented,
	errs.Internal:           http.StatusInternalServerError,
	errs.Unavailable:        http.StatusServiceUnavailable,
	errs.DataLoss:           http.StatusInternalServerError,
}

// answer writes what a client gets: one JSON body, or the frames of a stream,
// whichever it asked for. All methods may be called concurrently.
type answer struct {
	ctx       context.Context // of the call
	w         http.ResponseWriter
	control   *http.ResponseController
	streaming bool
	r         *http.Request
	loopback  bool                    // the client is on this machine
	cancel    context.CancelCauseFunc // ends the call when the client is gone

	// Only the handler's goroutine uses them.
	held  held
	leave func() // of the Admission; nil: the call was not let in

	mu      sync.Mutex
	buf     bytes.Buffer
	json    *json.Encoder // writes to buf
	beat    *time.Timer   // nil: no heartbeat
	over    bool          // nothing may follow
	gone    error         // the client left
	chunks  int
	firstAt time.Time

	// Frames wait here for the writer, a goroutine. A slow client does not block
	// send until ahead bytes wait while as many are being written. All frames that
	// have gathered go out in one write.
	waiting bytes.Buffer
	changed *sync.Cond    // waiting, over or gone
	writing chan struct{} // closed when the writer has ended; nil: there is none yet
}

const ahead = 128 << 10

// copied is the length up to which the end of an answer is copied, so that it is
// written at once.
const copied = 64 << 10

func newAnswer(ctx context.Context, w http.ResponseWriter, r *http.Request, cancel context.CancelCauseFunc) *answer {
	a := &answer{
		ctx: ctx, w: w, r: r, control: http.NewResponseController(w), cancel: cancel, loopback: isLoopback(r.Host),
		streaming: r.Header.Get("Accept") == "text/event-stream", // exactly so: the clients send nothing else
	}
	a.changed = sync.NewCond(&a.mu)
	a.json = json.NewEncoder(&a.buf)
	a.json.SetEscapeHTML(false) // or a page of code grows sixfold
	return a
}

// enter takes the place of a call that was let in.
func (a *answer) enter(p Place, err error) error {
	if err != nil {
		return err
	}
	a.leave = p.Leave
	if p.Memory != nil {
		a.held.memory = p.Memory
	}
	return nil
}

// done gives back what the call has while it is answered.
func (a *answer) done() {
	a.held.shrink(0)
	if a.leave != nil {
		a.leave()
	}
}

// startHeartbeat writes a comment after each 30 seconds of silence.
func (a *answer) startHeartbeat() {
	if !a.streaming {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.beat = time.AfterFunc(heartbeat, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if !a.over && a.waiting.Len() == 0 {
			a.buf.Reset()
			a.buf.WriteString(": ping\n\n")
			a.queue()
		}
	})
}

// send queues a chunk as one frame. It blocks while too many bytes wait already.
func (a *answer) send(chunk any) error {
	if !a.streaming {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.waiting.Len() >= ahead && a.gone == nil && !a.over && a.ctx.Err() == nil {
		a.changed.Wait()
	}
	switch {
	case a.gone != nil:
		return a.gone
	case a.over:
		return errors.New("send was called after the function returned")
	case a.ctx.Err() != nil:
		return errs.Of(context.Cause(a.ctx))
	}
	if err := a.encode(chunk); err != nil {
		return fmt.Errorf("encode a chunk: %w", err)
	}
	if a.chunks++; a.chunks == 1 {
		a.firstAt = time.Now()
	}
	a.queue()
	return nil
}

// cookie implements Call.Cookie.
func (a *answer) cookie(name string) string {
	c, err := a.r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie implements Call.SetCookie.
func (a *answer) setCookie(c *http.Cookie) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writing != nil || a.over {
		panic("callable: SetCookie was called after the first chunk")
	}
	c.Secure = !a.loopback
	http.SetCookie(a.w, c)
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// finish writes the result or, if there is one, the error, unless the answer is
// over. It returns the error that was sent, nil for a result.
func (a *answer) finish(res any, err error) *errs.Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return errs.Of(err)
	}
	a.end()
	if err == nil {
		if err = a.last("result", res, http.StatusOK); err == nil {
			return nil
		}
		err = fmt.Errorf("encode the result: %w", err)
	}
	sent := errs.Of(err)
	if statuses[sent.Code] == 0 {
		sent = internal(fmt.Errorf("error with unknown code %q: %w", sent.Code, err))
	}
	if a.writing == nil {
		a.w.Header().Del("Set-Cookie")
		if seconds, ok := sent.Detail("retryAfter").(int); ok && !a.streaming {
			a.w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	}
	if failed := a.last("error", onWire(sent), statuses[sent.Code]); failed != nil {
		sent = internal(errors.Join(fmt.Errorf("encode the details: %w", failed), err))
		_ = a.last("error", onWire(sent), statuses[sent.Code])
	}
	return sent
}

// last writes the end of the answer: the only body, or the last frame. If JSON
// cannot hold the value, it fails and writes nothing; a panic in the value's own
// MarshalJSON counts as that.
func (a *answer) last(key string, value any, status int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	e := json.NewEncoder(&lastWriter{a, `{"` + key + `":`, status})
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// lastWriter writes what an Encoder has encoded, which comes as a whole, without a
// copy of it.
type lastWriter struct {
	*answer
	before string
	status int
}

func (w *lastWriter) Write(encoded []byte) (int, error) {
	text := bytes.TrimSuffix(encoded, []byte("\n"))
	before, after := w.before, "}"
	if w.streaming {
		before, after = "data: "+before, after+"\n\n"
		text = escapeSeparators(text)
	}
	w.held.shrink(int64(len(text)))
	if w.gone != nil {
		return len(encoded), nil
	}
	if w.streaming {
		if w.writing == nil {
			w.startStream()
		}
	} else {
		h := w.w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(before)+len(text)+len(after)))
		w.w.WriteHeader(w.status)
	}
	parts := [][]byte{[]byte(before), text, []byte(after)}
	if len(text) < copied {
		parts = [][]byte{slices.Concat(parts...)}
	}
	// Nobody else writes once the answer is over. Without a stream the end of the
	// handler flushes.
	w.mu.Unlock()
	defer w.mu.Lock()
	w.deliver(writeTimeout+time.Duration(len(text)/slowest)*time.Second, parts)
	return len(encoded), nil
}

// deliver writes the end of the answer. A client that does not take it is gone.
func (a *answer) deliver(timeout time.Duration, parts [][]byte) {
	if err := a.write(timeout, a.streaming, parts...); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.left(err)
	}
}

// abandon ends the answer without writing anything more.
func (a *answer) abandon() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting.Reset()
	a.end()
}

// end lets nothing follow. It returns when everything queued is written or the
// client is gone.
func (a *answer) end() {
	a.over = true
	if a.beat != nil {
		a.beat.Stop()
	}
	if a.writing != nil {
		a.changed.Broadcast()
		a.mu.Unlock()
		<-a.writing
		a.mu.Lock()
	}
}

// wireError is an error as clients read it.
type wireError struct {
	Details any       `json:"details,omitempty"`
	Message string    `json:"message"`
	Status  errs.Code `json:"status"`
}

func onWire(e *errs.Error) wireError {
	if e.Reason != "" {
		e = e.With("reason", e.Reason)
	}
	return wireError{e.Details, e.Message, e.Code}
}

func internal(cause error) *errs.Error {
	return errs.New(errs.Internal, "", "INTERNAL").Because(cause)
}

// encode writes a chunk as one frame into buf. A panic in the chunk's own
// MarshalJSON is an error, like a value that JSON cannot hold.
func (a *answer) encode(chunk any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errs.OfPanic(v)
		}
	}()
	a.buf.Reset()
	a.buf.WriteString(`data: {"message":`)
	if err := a.json.Encode(chunk); err != nil {
		return err
	}
	a.buf.Truncate(a.buf.Len() - 1) // its newline
	if text := a.buf.Bytes(); hasSeparators(text) {
		text = escapeSeparators(text)
		a.buf.Reset()
		a.buf.Write(text)
	}
	a.buf.WriteString("}\n\n")
	return nil
}

// U+2028 and U+2029: an Encoder leaves those that a json.Marshaler or RawMessage
// wrote.
var separators = strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`)

func hasSeparators(text []byte) bool {
	return bytes.Contains(text, []byte("\u2028")) || bytes.Contains(text, []byte("\u2029"))
}

func escapeSeparators(text []byte) []byte {
	if !hasSeparators(text) {
		return text
	}
	return []byte(separators.Replace(string(text)))
}

// queue passes buf to the writer, which it starts if there is none.
func (a *answer) queue() {
	if a.gone != nil {
		return
	}
	a.waiting.Write(a.buf.Bytes())
	a.changed.Broadcast()
	if a.writing != nil {
		return
	}
	a.startStream()
	a.writing = make(chan struct{})
	go a.writeFrames()
}

func (a *answer) startStream() {
	h := a.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx
	a.w.WriteHeader(http.StatusOK)
}

// writeFrames writes queued frames until the answer is over. A client that does
// not take them in time counts as gone, which ends the call.
func (a *answer) writeFrames() {
	defer close(a.writing)
	// Wake each send that waits for room when the call ends.
	defer context.AfterFunc(a.ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.changed.Broadcast()
	})()
	var frames bytes.Buffer
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		for a.waiting.Len() == 0 && !a.over {
			a.changed.Wait()
		}
		if a.waiting.Len() == 0 {
			return
		}
		frames.Reset()
		frames, a.waiting = a.waiting, frames
		a.mu.Unlock()
		err := a.write(writeTimeout, true, frames.Bytes())
		a.mu.Lock()
		if err != nil {
			a.left(err)
			return
		}
		if a.beat != nil && !a.over {
			a.beat.Reset(heartbeat)
		}
		a.changed.Broadcast()
	}
}

// left notes that the client is gone.
func (a *answer) left(err error) {
	a.gone = errs.New(errs.Cancelled, "", "The client left.").Because(err)
	a.cancel(a.gone)
	a.changed.Broadcast()
}

func (a *answer) write(timeout time.Duration, flush bool, parts ...[]byte) (err error) {
	// In a goroutine of its own, a middleware's panic would end the server.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("while writing: %w", errs.OfPanic(v))
		}
	}()
	for _, part := range parts {
		// This replaces the deadline that the server's WriteTimeout has set, which
		// would cut streams off. Net/http clears it when the handler returns.
		_ = a.control.SetWriteDeadline(time.Now().Add(timeout))
		if _, err := a.w.Write(part); err != nil {
			return err
		}
	}
	if !flush {
		return nil
	}
	if err := a.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
