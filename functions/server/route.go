package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
)

// route returns a handler that finds the function that a path names: /{name} on
// a custom domain, /{project}/{region}/{name} as the SDKs call an emulator, and
// / where one function, the target, is deployed alone. Like the platform, it
// ignores what follows the name. Prefixes maps the first part of a path to the
// function that serves everything below it. The error says that there is no
// such target.
//
// A ServeMux would redirect unclean paths, and browsers refuse a redirected
// preflight.
func route(handlers map[string]http.Handler, prefixes map[string]string, target string) (http.Handler, error) {
	if target != "" {
		alone, ok := handlers[target]
		if !ok {
			return nil, fmt.Errorf("FUNCTION_TARGET is %q, but the functions are %s", target, strings.Join(slices.Sorted(maps.Keys(handlers)), ", "))
		}
		handlers = map[string]http.Handler{target: alone, "": alone}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		name = cmp.Or(prefixes[name], name)
		handler, ok := handlers[name]
		if parts := strings.Split(rest, "/"); !ok && len(parts) >= 2 {
			name = parts[1]
			handler, ok = handlers[name]
		}
		if !ok || name == "" && rest != "" {
			callable.Fail(w, r, errs.New(errs.NotFound, errs.NoSuchFunction, "There is no function %.100q.", name))
			return
		}
		handler.ServeHTTP(w, r)
	}), nil
}
