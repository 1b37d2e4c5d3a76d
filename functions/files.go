package functions

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/auth"
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

// openModelSession sets the cookie by which the caller's browser gets files of
// models where it cannot send a token. It is worth nothing else: no other
// function, and no other backend, takes it.
func (b *Backend) openModelSession(ctx context.Context, call callable.Call[struct{}]) (sessionResult, error) {
	if err := b.consume(ctx, call.App); err != nil {
		return sessionResult{}, err
	}
	in := auth.SignInOf(call.Caller)
	value, expires, err := b.sessions.Open(ctx, in.UID, in.At, in.Provider, sessionLife)
	if err != nil {
		return sessionResult{}, err
	}
	setSession(call.SetCookie, value, int(sessionLife/time.Second))
	return sessionResult{timestamp(expires)}, nil
}

// closeModelSession takes the cookie away, also from who has signed out already, and
// ends its session for everybody who has a copy. From a caller without the cookie it
// ends all sessions of that user.
func (b *Backend) closeModelSession(ctx context.Context, call callable.Call[struct{}]) (any, error) {
	var err error
	if value := call.Cookie(sessionCookie); value != "" {
		err = b.sessions.Close(ctx, value)
	} else if call.Caller != nil {
		err = b.sessions.CloseAll(ctx, call.Caller.UID)
	}
	if err != nil {
		return nil, err
	}
	setSession(call.SetCookie, "", -1)
	return nil, nil
}

// setSession sets the cookie for the paths to which a browser sends it: those of
// models' files, and that of the function that ends the session.
func setSession(set func(*http.Cookie), value string, seconds int) {
	for _, path := range []string{"/models/", "/closeModelSession"} {
		set(&http.Cookie{Name: sessionCookie, Value: value, Path: path, MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
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
	user, leave, err := b.visitor(ctx, r)
	if err != nil {
		return err
	}
	defer leave()
	callable.LogCaller(ctx, user.UID)
	m, err := b.modelsOrErr()
	if err != nil {
		return err
	}
	link, err := m.grants.Link(ctx, user, k, r.Method, path)
	if err != nil {
		return err
	}
	if link.Charged > 0 {
		m.granted(ctx, user, link)
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

// visitor is whoever asks for a file, by token or cookie. What App Check asks of a call
// it asks of a token here; for a cookie it has asked openModelSession. leave is called
// once the request is answered.
func (b *Backend) visitor(ctx context.Context, r *http.Request) (user catalogue.User, leave func(), err error) {
	door := door{b.gate, admission.Read, false}
	token := callable.BearerToken(r.Header.Get("Authorization"))
	var caller *callable.Caller
	if token != "" {
		if caller, err = b.today.Verify(ctx, token); err != nil {
			return user, nil, door.Refuse(r, sessionEnded(err))
		}
	} else if caller, err = b.sessionOf(ctx, r); err != nil {
		return user, nil, err
	}
	place, err := door.Admit(r, caller)
	if err != nil {
		return user, nil, err
	}
	user = catalogue.User{UID: caller.UID, Plan: planOf(caller), Anonymous: isAnonymous(caller)}
	if token != "" {
		app, err := b.options.App(ctx, r.Header.Get("X-Firebase-AppCheck"))
		if err != nil {
			place.Leave()
			return user, nil, err
		}
		user.Admit = func(ctx context.Context) error { return b.consume(ctx, app) }
	}
	return user, place.Leave, nil
}

// sessionOf is the user of a request's cookie.
func (b *Backend) sessionOf(ctx context.Context, r *http.Request) (*callable.Caller, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return nil, b.gate.Refuse(r, errs.New(errs.Unauthenticated, errs.NoCaller, "Sign in first, and call openModelSession."))
	}
	// A link on another site sends the cookie, too. It must not charge the user's
	// monthly budget.
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return nil, errs.New(errs.PermissionDenied, errs.BadRequest, "A model's files are for pages of this site.")
	}
	// Whether it is good takes a read of the database.
	known, err := b.gate.trial(r)
	if err != nil {
		return nil, err
	}
	s, err := b.sessions.Find(ctx, cookie.Value)
	if err != nil {
		return nil, err
	}
	known()
	if err := admit(ctx, b.denials, s.UID, s.OpenedAt); err != nil {
		return nil, err
	}
	caller, err := b.users.Caller(ctx, auth.SignIn{UID: s.UID, At: s.SignedInAt, Provider: s.Provider, Issued: s.OpenedAt})
	if err != nil {
		return nil, sessionEnded(err)
	}
	return caller, nil
}

// sessionEnded tells a browser what to do about a token or session that is not good
// any more.
func sessionEnded(err error) error {
	if known := errs.Of(err); known != nil && known.Code == errs.Unauthenticated {
		return access.Ended(err)
	}
	return err
}
