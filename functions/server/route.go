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

// route finds the function that a path names: /{name} on a custom domain,
// /{project}/{region}/{name} as the SDKs call an emulator, and / where one
// function is deployed alone (target). Like the platform, it ignores what
// follows the name. The first part of a path may stand for the function that
// serves what is below it (under).
//
// There is no ServeMux in between: it redirects unclean paths, and a browser's
// preflight may not be redirected.
func route(handlers map[string]http.Handler, under map[string]string, target string) (http.Handler, error) {
	if target != "" {
		alone, ok := handlers[target]
		if !ok {
			return nil, fmt.Errorf("FUNCTION_TARGET is %q, but the functions are %s", target, strings.Join(slices.Sorted(maps.Keys(handlers)), ", "))
		}
		handlers = map[string]http.Handler{target: alone, "": alone}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/__/health" && r.Method == http.MethodGet {
			fmt.Fprintln(w, "ok")
			return
		}
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		name = cmp.Or(under[name], name)
		handler, ok := handlers[name]
		if parts := strings.Split(rest, "/"); !ok && len(parts) >= 2 {
			name = parts[1]
			handler, ok = handlers[name]
		}
		if !ok || name == "" && rest != "" {
			callable.Fail(w, r, errs.New(errs.NotFound, errs.NoSuchFunction, "There is no function %q.", name))
			return
		}
		handler.ServeHTTP(w, r)
	}), nil
}
