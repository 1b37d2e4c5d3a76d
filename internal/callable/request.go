package callable

import (
	"bytes"
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
	body, err := readBody(w, r, limit)
	if err != nil {
		return nil, 0, err
	}
	if len(body) == 0 {
		return nil, 0, badRequest("the body is empty")
	}
	if err := checkShape(body); err != nil {
		return nil, 0, err
	}
	tree, err := parse(body)
	if err != nil {
		return nil, 0, errs.New(errs.InvalidArgument, errs.BadRequest, "The request is not valid JSON.").Because(err)
	}
	envelope, _ := tree.(map[string]any)
	data, ok := envelope["data"]
	if !ok || len(envelope) != 1 {
		return nil, 0, badRequest(`the body is not an object with the one key "data"`)
	}
	return data, int64(len(body)), nil
}

// readBody reads the whole body, because net/http notices that a client is gone
// only after its request has been read.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	sent := &counter{r: http.MaxBytesReader(w, r.Body, limit)}
	var body io.Reader = sent
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		inflated, err := gzip.NewReader(sent)
		if err != nil {
			return nil, unreadable(err, limit)
		}
		body = &bounded{r: inflated, sent: sent}
	default:
		return nil, errs.New(errs.InvalidArgument, errs.BadRequest, "The request's Content-Encoding %q is not supported; gzip is.", encoding)
	}
	var text bytes.Buffer
	if r.ContentLength > 0 && body == io.Reader(sent) {
		text.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := text.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return nil, unreadable(err, limit)
	}
	if int64(text.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return bytes.TrimPrefix(text.Bytes(), []byte("\ufeff")), nil
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

// bounded fails once more is inflated than what was sent may become.
type bounded struct {
	r    io.Reader
	sent *counter
	n    int64
}

var errInflated = errors.New("the body inflates to more than ten times its size")

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.n += int64(n); b.n > inflatedMost(b.sent.n) {
		return n, errInflated
	}
	return n, err
}

func unreadable(err error, limit int64) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge(limit)
	}
	if errors.Is(err, errInflated) {
		return errs.New(errs.InvalidArgument, errs.TooLarge, "The request inflates to more than ten times its size. Send it uncompressed.")
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

// checkShape refuses a text of too many values before a tree is made of it. It
// does not look whether the text is valid.
func checkShape(text []byte) error {
	values, depth := 1, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
			values++
		case ']', '}':
			depth--
		case ',':
			values++
		}
		if values > maxValues {
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The request holds more than %d values.", maxValues).With("limit", maxValues)
		}
		if depth > maxDepth {
			return errs.New(errs.InvalidArgument, errs.TooLarge, "The request is nested more than %d levels deep.", maxDepth).With("limit", maxDepth)
		}
	}
	return nil
}

// parse reads one JSON value.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
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
