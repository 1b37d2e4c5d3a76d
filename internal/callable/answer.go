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
	if err := a.encode(`data: {"message":`, chunk, "}\n\n"); err != nil {
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
	defer a.end()
	before, after := "", ""
	if a.streaming {
		before, after = "data: ", "\n\n"
	}
	if err == nil {
		if err = a.encode(before+`{"result":`, res, "}"+after); err != nil {
			err = fmt.Errorf("encode the result: %w", err)
		}
	}
	sent, status := errs.Of(err), http.StatusOK
	if sent != nil {
		if statuses[sent.Code] == 0 {
			sent = internal(fmt.Errorf("error with unknown code %q: %w", sent.Code, err))
		}
		if failed := a.encode(before+`{"error":`, onWire(sent), "}"+after); failed != nil {
			sent = internal(errors.Join(fmt.Errorf("encode the details: %w", failed), err))
			_ = a.encode(before+`{"error":`, onWire(sent), "}"+after)
		}
		status = statuses[sent.Code]
		if a.writing == nil {
			a.w.Header().Del("Set-Cookie")
		}
	}
	if a.streaming {
		a.queue()
	} else {
		a.writeBody(status)
	}
	return sent
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

// encode writes a value as one line into buf, between two texts. A panic in the
// value's own MarshalJSON is an error, like a value that JSON cannot hold.
func (a *answer) encode(before string, value any, after string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	a.buf.Reset()
	a.buf.WriteString(before)
	if err := a.json.Encode(value); err != nil {
		return err
	}
	a.buf.Truncate(a.buf.Len() - 1) // its newline
	// Encode leaves what a json.Marshaler or RawMessage wrote as it is.
	for char, escaped := range map[string]string{"\u2028": `\u2028`, "\u2029": `\u2029`} {
		if bytes.Contains(a.buf.Bytes(), []byte(char)) {
			text := bytes.ReplaceAll(a.buf.Bytes(), []byte(char), []byte(escaped))
			a.buf.Reset()
			a.buf.Write(text)
		}
	}
	a.buf.WriteString(after)
	return nil
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
	h := a.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx
	a.w.WriteHeader(http.StatusOK)
	a.writing = make(chan struct{})
	go a.writeFrames()
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
		err := a.write(frames.Bytes(), true)
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

func (a *answer) writeBody(status int) {
	h := a.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(a.buf.Len()))
	a.w.WriteHeader(status)
	if err := a.write(a.buf.Bytes(), false); err != nil { // the end of the handler flushes
		a.left(err)
	}
}

func (a *answer) write(b []byte, flush bool) (err error) {
	// In a goroutine of its own, a middleware's panic would end the server.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic while writing: %v", v)
		}
	}()
	// This replaces the deadline that the server's WriteTimeout has set, which
	// would cut streams off. Net/http clears it when the handler returns.
	_ = a.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := a.w.Write(b); err != nil || !flush {
		return err
	}
	if err := a.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
