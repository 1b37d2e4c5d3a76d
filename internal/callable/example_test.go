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

// ask does what httpsCallable(functions, name)(data) does, or its stream().
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

// A function is a Go function. Its request type says what it takes, and what
// does not fit is refused before it runs.
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

// The same function answers whoever wants a stream, and whoever wants the
// result alone.
func ExampleStream() {
	count := callable.Stream(quiet, func(_ context.Context, call callable.Call[int], send func(int) error) (string, error) {
		for i := range call.Data {
			if err := send(i); err != nil {
				return "", err // the client left
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

// An errs.Error is for the client, but for its cause; of any other error the
// client hears INTERNAL. In a stream the status is 200, whatever happens.
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
