package callable

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// badRequest returns what the reference answers to a request that no SDK sends;
// why is for the log.
func badRequest(why string) error {
	return errs.New(errs.InvalidArgument, "", "Bad Request").Because(errors.New(why))
}

// checkKind refuses what is no call, by its method and headers alone.
func checkKind(r *http.Request) error {
	if r.Method != http.MethodPost {
		return badRequest("the method is not POST")
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return badRequest("the Content-Type is not application/json")
	}
	return nil
}

// drain reads the rest of a refused request, of at most limit bytes, and keeps
// nothing of it. A browser that is still sending when the connection closes
// reports a network error and never sees the answer.
func drain(w http.ResponseWriter, r *http.Request, limit int64) {
	if r.ContentLength > limit {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.CopyN(io.Discard, r.Body, limit)
}

// sizeOf bounds the bytes that a request has once it is inflated.
func sizeOf(r *http.Request, limit int64) int64 {
	switch n := r.ContentLength; {
	case n < 0 || n > limit:
		return limit
	case r.Header.Get("Content-Encoding") == "":
		return n
	default:
		return min(limit, inflatedMost(n))
	}
}

// inflatedMost is what n bytes of gzip may become. Text that people and models
// write shrinks to a fifth; no SDK compresses what it sends.
func inflatedMost(n int64) int64 { return 10*n + 1<<10 }

// readData reads a request to its end and returns the value of its only key,
// "data", as a JSON tree in which numbers are json.Number, with the length of the
// body. Every error is INVALID_ARGUMENT.
func readData(w http.ResponseWriter, r *http.Request, limit int64) (data any, length int64, err error) {
	b, err := newBody(w, r, limit)
	if err != nil {
		return nil, 0, err
	}
	text := bufio.NewReader(b)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		_, _ = text.Discard(3)
	}
	if _, err := text.Peek(1); errors.Is(err, io.EOF) {
		return nil, 0, badRequest("the body is empty")
	}
	tree, err := parse(text)
	// To the end: net/http notices that a client is gone only after its request has
	// been read, and what is wrong with a body as a whole comes first.
	_, _ = io.Copy(io.Discard, text)
	switch {
	case b.err != nil:
		return nil, 0, b.err
	case err != nil:
		return nil, 0, errs.New(errs.InvalidArgument, errs.BadRequest, "The request is not valid JSON.").Because(err)
	}
	envelope, _ := tree.(map[string]any)
	data, ok := envelope["data"]
	if !ok || len(envelope) != 1 {
		return nil, 0, badRequest(`the body is not an object with the one key "data"`)
	}
	return data, b.n, nil
}

// body is a request's body, inflated. Reading fails where it is larger, or has more
// values, than a request may.
type body struct {
	r     io.Reader
	limit int64
	sent  *counter // of gzip; nil: as it is
	n     int64
	shape shape
	err   error // why it cannot be read to its end
}

func newBody(w http.ResponseWriter, r *http.Request, limit int64) (*body, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b := &body{r: http.MaxBytesReader(w, r.Body, limit), limit: limit}
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		b.sent = &counter{r: b.r}
		inflated, err := gzip.NewReader(b.sent)
		if err != nil {
			return nil, unreadable(err, limit)
		}
		b.r = inflated
	default:
		return nil, errs.New(errs.InvalidArgument, errs.BadRequest, "The request's Content-Encoding %q is not supported; gzip is.", encoding)
	}
	return b, nil
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.limit:
		b.err = tooLarge(b.limit)
	case b.sent != nil && b.n > inflatedMost(b.sent.n):
		b.err = errs.New(errs.InvalidArgument, errs.TooLarge, "The request inflates to more than ten times its size. Send it uncompressed.")
	case err != nil && !errors.Is(err, io.EOF):
		b.err = unreadable(err, b.limit)
	default:
		b.err = b.shape.check(p[:n])
	}
	if b.err != nil {
		return n, b.err
	}
	return n, err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func unreadable(err error, limit int64) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge(limit)
	}
	return errs.New(errs.InvalidArgument, errs.BadRequest, "The request could not be read to its end.").Because(err)
}

func tooLarge(limit int64) error {
	return errs.New(errs.InvalidArgument, errs.TooLarge, "The request is too large; this function takes at most %d bytes.", limit).With("limit", limit)
}

// The most values, and the most of them within each other, that a request may
// have. A JSON tree takes up to 400 bytes for a value of two.
const (
	maxValues = 5000
	maxDepth  = 100
)

// shape counts the values of a JSON text as it comes, so that no tree is made of too
// many. It does not look whether the text is valid.
type shape struct {
	values, depth     int
	inString, escaped bool
}

// check counts what follows in the text.
func (s *shape) check(text []byte) error {
	for _, c := range text {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped = c == '\\'
			s.inString = c != '"'
		case c == '"':
			s.inString = true
		case c == '[', c == '{':
			s.depth++
			s.values++
		case c == ']', c == '}':
			s.depth--
		case c == ',':
			s.values++
		}
		if s.values >= maxValues {
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The request holds more than %d values.", maxValues).With("limit", maxValues)
		}
		if s.depth > maxDepth {
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The request is nested more than %d levels deep.", maxDepth).With("limit", maxDepth)
		}
	}
	return nil
}

// parse reads one JSON value.
func parse(text io.Reader) (any, error) {
	d := json.NewDecoder(text)
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return tree, nil
}

// unwrap replaces, in place, the wrappers in which mobile clients send 64-bit
// integers. A wrapper that cannot be read is INTERNAL, as in the reference.
func unwrap(tree any) (any, error) {
	switch v := tree.(type) {
	case []any:
		for i := range v {
			var err error
			if v[i], err = unwrap(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if kind := v["@type"]; kind != nil && kind != "" {
			return integer(kind, v["value"])
		}
		for key := range v {
			var err error
			if v[key], err = unwrap(v[key]); err != nil {
				return nil, err
			}
		}
	}
	return tree, nil
}

// leadingNumber matches the part of a text that JavaScript's parseFloat reads,
// with which the reference reads a wrapper. It ignores what follows.
var leadingNumber = regexp.MustCompile(`^\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`)

const wrapperPrefix = "type.googleapis.com/google.protobuf."

func integer(kind, value any) (json.Number, error) {
	if kind != wrapperPrefix+"Int64Value" && kind != wrapperPrefix+"UInt64Value" {
		return "", fmt.Errorf("data holds an object of unknown @type")
	}
	number := leadingNumber.FindStringSubmatch(fmt.Sprint(value))
	if number == nil {
		return "", fmt.Errorf("data holds a %s without a number", kind)
	}
	if i, err := strconv.ParseInt(number[1], 10, 64); err == nil {
		return json.Number(strconv.FormatInt(i, 10)), nil
	}
	if u, err := strconv.ParseUint(strings.TrimPrefix(number[1], "+"), 10, 64); err == nil {
		return json.Number(strconv.FormatUint(u, 10)), nil
	}
	f, err := strconv.ParseFloat(number[1], 64)
	if err != nil {
		return "", fmt.Errorf("data holds a %s: %w", kind, err)
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), nil
}
