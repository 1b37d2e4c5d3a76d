package callable_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

var quiet = callable.Options{Logger: slog.New(slog.DiscardHandler)}

// ask calls h as httpsCallable(functions, name)(data) does, or its stream(), and
// prints the response.
func ask(h http.Handler, data, accept string) {
	server := httptest.NewServer(h)
	defer server.Close()
	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(`{"data":`+data+`}`))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(res.StatusCode, strings.TrimSpace(string(body)))
}

// A function is a Go function. Its request type declares the data that it accepts.
// Other data is refused before the function runs.
func ExampleUnary() {
	type request struct {
		A int `json:"a"`
		B int `json:"b"`
	}
	add := callable.Unary(quiet, func(_ context.Context, call callable.Call[request]) (int, error) {
		return call.Data.A + call.Data.B, nil
	})
	ask(add, `{"a":1,"b":2}`, "")
	ask(add, `{"a":1,"b":"2"}`, "")
	ask(add, `{"a":1,"b":2,"c":3}`, "")
	// Output:
	// 200 {"result":3}
	// 400 {"error":{"details":{"reason":"bad-request"},"message":"data.b must be a whole number.","status":"INVALID_ARGUMENT"}}
	// 400 {"error":{"details":{"reason":"bad-request"},"message":"data.c is not a known field; known: a, b.","status":"INVALID_ARGUMENT"}}
}

// The same function serves clients that ask for a stream, and clients that ask for
// the result alone.
func ExampleStream() {
	count := callable.Stream(quiet, func(_ context.Context, call callable.Call[int], send func(int) error) (string, error) {
		for i := range call.Data {
			if err := send(i); err != nil {
				return "", err // the client disconnected
			}
		}
		return "counted", nil
	})
	ask(count, "2", "text/event-stream")
	ask(count, "2", "")
	// Output:
	// 200 data: {"message":0}
	//
	// data: {"message":1}
	//
	// data: {"result":"counted"}
	// 200 {"result":"counted"}
}

// The client receives an errs.Error without its cause. It receives any other error
// as INTERNAL. The HTTP status of a stream is always 200.
func ExampleUnary_errors() {
	find := callable.Unary(quiet, func(_ context.Context, call callable.Call[string]) (any, error) {
		if call.Data == "" {
			return nil, errors.New("dial tcp 10.0.0.7:5432: connection refused")
		}
		return nil, errs.New(errs.NotFound, errs.NoSuchProject, "There is no project %s.", call.Data).With("projectId", call.Data)
	})
	ask(find, `"p1"`, "")
	ask(find, `"p1"`, "text/event-stream")
	ask(find, `""`, "")
	// Output:
	// 404 {"error":{"details":{"projectId":"p1","reason":"no-such-project"},"message":"There is no project p1.","status":"NOT_FOUND"}}
	// 200 data: {"error":{"details":{"projectId":"p1","reason":"no-such-project"},"message":"There is no project p1.","status":"NOT_FOUND"}}
	// 500 {"error":{"message":"INTERNAL","status":"INTERNAL"}}
}
