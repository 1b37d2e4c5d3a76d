package callable_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// FuzzRequest: any body gets one envelope with a result or an error. The error is
// INVALID_ARGUMENT, or INTERNAL for malformed integer wrappers and for numbers
// beyond a float64. A body that is not valid JSON is always refused.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"data":null}`, `{"data":{"a":1,"b":["x"],"c":{"d":true},"n":1e400}}`, `{"DATA":1}`, `{"data":1}x`, "\ufeff{\"data\":1}", "{\"data\":\"\xff\"}",
		`{"data":{"a":{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"9007199254740993"}}}`, `{"data":{"@type":"x"}}`, `[]`, ``, `{"data":1,"data":2}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	type in struct {
		A int64             `json:"a,omitempty"`
		B []string          `json:"b,omitempty"`
		C map[string]bool   `json:"c,omitempty"`
		E map[string]string `json:"e,omitempty"`
		N float64           `json:"n,omitempty"`
		P *uint8            `json:"p"`
		X any               `json:"x"`
	}
	typed := callable.Unary(options(), func(_ context.Context, call callable.Call[in]) (any, error) { return call.Data, nil })
	free := callable.Unary(options(), echo)
	f.Fuzz(func(t *testing.T, body string, streaming bool) {
		for _, h := range []http.Handler{typed, free} {
			r := request{body: body}
			if streaming {
				r.accept = stream
			}
			w := do(h, r)
			text := strings.TrimSuffix(w.Body.String(), "\n\n")
			if streaming {
				if w.Code != 200 || !strings.HasPrefix(text, "data: ") || strings.ContainsAny(text, "\r\n\u2028\u2029") {
					t.Fatalf("%q: %d %q", body, w.Code, text)
				}
				text = strings.TrimPrefix(text, "data: ")
			}
			var envelope map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &envelope); err != nil || len(envelope) != 1 || envelope["result"] == nil && envelope["error"] == nil {
				t.Fatalf("%q: %q, %v", body, text, err)
			}
			if failed := envelope["error"]; failed != nil {
				var e struct{ Status errs.Code }
				if err := json.Unmarshal(failed, &e); err != nil || e.Status != errs.InvalidArgument && e.Status != errs.Internal {
					t.Fatalf("%q: %s", body, failed)
				}
				// Only integer wrappers and numbers beyond a float64 may be INTERNAL.
				if e.Status == errs.Internal && !strings.ContainsAny(body, `@\eE`) && len(body) < 300 {
					t.Fatalf("%q: %s", body, failed)
				}
			} else if !json.Valid([]byte(strings.TrimPrefix(body, "\ufeff"))) {
				t.Fatalf("%q is not valid JSON, but was accepted", body)
			}
		}
	})
}

// FuzzFrame: each frame of a stream is one line that decodes to the value that the
// function sent.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{"text", "a\nb\r\nc", "\u2028\u2029", "\x00\x7f\xff", `"\`, "<script>&", "data: {}\n\n"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, chunk, message string) {
		raw, err := json.Marshal(chunk)
		if err != nil {
			t.Fatal(err)
		}
		h := sends(options(), failing(errs.New(errs.Aborted, "", "%s", message).With("x", chunk)), chunk, json.RawMessage("\n [ "+string(raw)+" ]\r\n"), map[string]string{chunk: chunk})
		text := do(h, request{body: `{"data":null}`, accept: stream}).Body.String()
		frames := strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n")
		if len(frames) != 4 {
			t.Fatalf("%d frames: %q", len(frames), text)
		}
		valid := strings.ToValidUTF8(chunk, "\ufffd")
		if !utf8.ValidString(chunk) {
			valid = "" // not compared: encoding/json decides how invalid bytes are replaced
		}
		for i, frame := range frames {
			line, ok := strings.CutPrefix(frame, "data: ")
			if !ok || strings.ContainsAny(line, "\r\n\u2028\u2029") {
				t.Fatalf("frame %q", frame)
			}
			var got struct {
				Message json.RawMessage
				Error   *struct {
					Message string
					Details map[string]string
				}
			}
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("frame %q: %v", frame, err)
			}
			if i == 0 && valid != "" {
				var said string
				if err := json.Unmarshal(got.Message, &said); err != nil || said != valid {
					t.Fatalf("sent %q, got %q, %v", chunk, said, err)
				}
			}
			if i == 3 && (got.Error == nil || utf8.ValidString(message) && got.Error.Message != message) {
				t.Fatalf("frame %q", frame)
			}
		}
	})
}
