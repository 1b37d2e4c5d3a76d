package functions

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
)

const (
	sessionCookie = "__session" // the only cookie that Firebase Hosting passes to the backend
	sessionLife   = 24 * time.Hour
)

type sessionResult struct {
	ExpiresAt string `json:"expiresAt"`
}

// openModelSession sets a cookie with which the caller's browser gets model files in
// requests that cannot carry a token. No other function accepts the cookie.
func (b *Backend) openModelSession(ctx context.Context, call callable.Call[struct{}]) (sessionResult, error) {
	expires := time.Now().Add(sessionLife)
	value, err := b.sessions.Open(ctx, call.Caller.Token, sessionLife)
	if err != nil {
		return sessionResult{}, err
	}
	call.SetCookie(modelCookie(value, int(sessionLife/time.Second)))
	return sessionResult{timestamp(expires)}, nil
}

// closeModelSession deletes the cookie. It needs no sign-in, so it also works after
// signing out.
func (b *Backend) closeModelSession(_ context.Context, call callable.Call[struct{}]) (any, error) {
	call.SetCookie(modelCookie("", -1))
	return nil, nil
}

func modelCookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: sessionCookie, Value: value, Path: "/models/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// modelFiles redirects GET and HEAD of /models/{id}/resolve/{rev}/{path}, a file's
// canonical URL, to a URL that is signed for the same method. Runtimes that do not
// know grants can so read private weights, and cache them under stable URLs. The
// request needs the cookie of openModelSession, or an ID token.
func (b *Backend) modelFiles(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", "private, no-store") // Hosting would cache an error for ten minutes, and serve a link to other users
	h.Set("Vary", "Cookie, Authorization")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "A model's files can be read by GET and HEAD only.")
	}
	k, path, err := modelFile(r.URL.Path)
	if err != nil {
		return err
	}
	callable.LogAttrs(ctx, slog.String("modelId", k.Model), slog.String("revision", k.Revision))
	caller, err := b.visitor(ctx, r)
	if err != nil {
		return err
	}
	callable.LogCaller(ctx, caller.UID)
	m, err := b.modelsOrErr()
	if err != nil {
		return err
	}
	link, err := m.grants.Link(ctx, caller.UID, planOf(caller), k, r.Method, path)
	if err != nil {
		return err
	}
	if link.Charged {
		callable.LogAttrs(ctx, slog.Bool("charged", true), slog.Float64("estimatedUsd", link.Cost))
	}
	h.Set("Location", link.Files[0].URL)
	w.WriteHeader(http.StatusFound) // not http.Redirect, which writes HTML
	return nil
}

// modelFile parses the path of a canonical URL. NOT_FOUND no-such-file for any other
// path, such as /models/{id}/raw/…, where some runtimes look for a Git LFS pointer.
// INVALID_ARGUMENT bad-request for an invalid model id or revision; "main" is invalid.
func modelFile(path string) (catalogue.Key, string, error) {
	_, rest, _ := strings.Cut(path, "/models/")
	parts := strings.SplitN(rest, "/", 4)
	if len(parts) != 4 || parts[1] != "resolve" || parts[3] == "" {
		return catalogue.Key{}, "", errs.New(errs.NotFound, errs.NoSuchFile, "A model's files have URLs of the form /models/{id}/resolve/{revision}/{path}.")
	}
	k := catalogue.Key{Model: parts[0], Revision: parts[2]}
	return k, parts[3], k.Check()
}

// visitor returns the user who requests a file, by ID token or cookie.
func (b *Backend) visitor(ctx context.Context, r *http.Request) (*callable.Caller, error) {
	if token := callable.BearerToken(r.Header.Get("Authorization")); token != "" {
		return b.sessions.Token(ctx, token)
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return nil, errs.New(errs.Unauthenticated, errs.NoCaller, "Sign in first, and call openModelSession.")
	}
	// A link on another site sends the cookie, too. It must not charge the user's
	// monthly budget.
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return nil, errs.New(errs.PermissionDenied, errs.BadRequest, "A model's files are for pages of this site.")
	}
	return b.sessions.Cookie(ctx, cookie.Value)
}
