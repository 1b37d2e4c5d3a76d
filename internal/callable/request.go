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

	"dreambuild.dev/backend/internal/errs"
)

// badRequest returns what the reference answers to a request that no SDK sends;
// why is for the log.
func badRequest(why string) error {
	return errs.New(errs.InvalidArgument, "", "Bad Request").Because(errors.New(why))
}

// readData reads a request to its end and returns the value of its only key,
// "data", as a JSON tree in which numbers are json.Number.
// Every error is INVALID_ARGUMENT.
func readData(w http.ResponseWriter, r *http.Request) (any, error) {
	if r.Method != http.MethodPost {
		return nil, badRequest("the method is not POST")
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return nil, badRequest("the Content-Type is not application/json")
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, badRequest("the body is empty")
	}
	tree, err := parse(body)
	if err != nil {
		return nil, errs.New(errs.InvalidArgument, errs.BadRequest, "The request is not valid JSON.").Because(err)
	}
	envelope, _ := tree.(map[string]any)
	data, ok := envelope["data"]
	if !ok || len(envelope) != 1 {
		return nil, badRequest(`the body is not an object with the one key "data"`)
	}
	return data, nil
}

// readBody reads the whole body, because net/http notices that a client is gone
// only after its request has been read.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		inflated, err := gzip.NewReader(body)
		if err != nil {
			return nil, unreadable(err)
		}
		body = inflated
	default:
		return nil, errs.New(errs.InvalidArgument, errs.BadRequest, "The request's Content-Encoding %q is not supported; gzip is.", encoding)
	}
	text, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(text) > maxBody {
		return nil, tooLarge()
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

func unreadable(err error) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge()
	}
	return errs.New(errs.InvalidArgument, errs.BadRequest, "The request could not be read to its end.").Because(err)
}

func tooLarge() error {
	return errs.New(errs.InvalidArgument, errs.TooLarge, "The request is too large; at most %d bytes can be read.", maxBody).With("limit", maxBody)
}

// parse reads one JSON value. encoding/json bounds its depth.
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
