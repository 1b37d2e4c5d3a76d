package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"dreambuild.dev/backend/internal/emulator"
)

// startAppCheck starts the suite's App Check, and returns its host:port.
func startAppCheck() (host string, stop func(), err error) {
	apps, err := emulator.NewAppCheck(project)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: apps}
	go server.Serve(l)
	return l.Addr().String(), func() { server.Close() }, nil
}

// appCheckToken returns a token of the suite's App Check; "" where the suite has none.
func appCheckToken(ctx context.Context, host string) (string, error) {
	if host == "" {
		return "", nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, appCheckURL(host), nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	token, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the suite's App Check answered %s", res.Status)
	}
	return string(token), err
}

// appCheckURL is where a POST is answered with a token.
func appCheckURL(host string) string { return "http://" + host + "/token" }
