// Package callable serves Go functions over the protocol of Firebase callable
// functions, so that httpsCallable(…) and its stream() of the stock client SDKs
// can call them: https://firebase.google.com/docs/functions/callable-reference
//
// The package handles the protocol: CORS, the order of checks, the request and its
// size, strict decoding, the two forms of an answer, and one log line per
// call. A Verifier says whose an ID token is, Apps says which app an App Check
// token belongs to, and package errs says what an error means. Everything else
// is the function's.
//
// The form of an answer follows the request, never the status: a client that
// sends exactly "Accept: text/event-stream" gets status 200 and frames. The last
// frame is a result or an error, whatever happens, because the JavaScript client
// waits forever for a stream that ends without one.
//
// Null means absent, because JavaScript clients send undefined as null. An
// optional field of a request that is null stays empty, and a required one is
// refused as missing. The same holds for data itself where a function takes an
// object: null is an object without fields. Null is a value only where nothing
// can be absent, as an element of an array or a value of a map: there a string,
// a number or a bool refuses it.
//
// The reference is firebase-functions 7.4.0 for Node. This package differs from
// it on purpose:
//   - A request that is not JSON, or is too large, gets an error in the same form
//     (JSON or a frame) and with the same CORS headers as every other error, not
//     a page of HTML.
//   - Integers of mobile clients (Int64Value, UInt64Value) are exact beyond 2^53.
//   - Data must fit the function's request type; see [Stream].
//   - Streams say what they are (Content-Type, Cache-Control) and nothing follows
//     the last frame. U+2028 and U+2029 are escaped: the JavaScript client
//     drops a frame that holds one.
//   - An error has no status OK, which clients take for a success.
//   - The tokens come before the body, and between them an Admission may refuse the
//     call: of a call that they do not allow nothing is read, so a bad token beats
//     whatever is wrong with the body.
//   - App Check follows auth, and a token is marked as used last, so that a refused
//     call uses up no App Check token. A token that cannot be marked as used counts
//     as a bad one.
//   - A request is bounded in its bytes, its values and their depth, and in how far
//     gzip may inflate it.
//   - A token that cannot be checked just now is UNAVAILABLE and signs nobody out.
//   - A result or details that JSON cannot hold become INTERNAL.
//
// The iOS and Android SDKs break a stream at its first heartbeat
// (https://github.com/firebase/firebase-ios-sdk/issues/16605), which comes after
// 30 seconds of silence.
//
// testdata/conformance is a program for comparing this package with the
// reference. It serves the functions from which testdata/vectors.json was
// captured, and those that the tests of the SDKs call.
package callable

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"runtime/debug"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Caller is the user whose token a call carried.
type Caller struct {
	UID    string
	Claims map[string]any // all claims of the token, decoded from JSON: numbers are float64
	Token  string         // the ID token itself
}

// App is the app whose App Check token a call carried.
type App struct {
	ID     string
	Claims map[string]any // all claims of the token
	Token  string
	Used   bool // the token was used before; false without Options.ConsumeAppCheck
}

// Apps finds the app that an App Check token belongs to. Its errors have the
// codes of a Verifier's. It is called concurrently.
type Apps interface {
	VerifyApp(ctx context.Context, token string) (*App, error)
	// Consume marks a verified token as used and reports whether it was used before.
	Consume(ctx context.Context, token string) (used bool, err error)
}

// Verifier finds the caller that an ID token belongs to. Its errors reach the
// client like those of a function: UNAUTHENTICATED for a bad token, UNAVAILABLE
// when the token cannot be checked just now. It is called concurrently.
type Verifier interface {
	Verify(ctx context.Context, idToken string) (*Caller, error)
}

// Call is one decoded request.
type Call[Req any] struct {
	Caller    *Caller // nil: nobody is signed in
	App       *App    // nil: no App Check token, or a bad one where that is not enforced
	Data      Req
	Streaming bool // the client reads what is sent

	// Cookie returns the value of a cookie that came with the request, "" for none.
	Cookie func(name string) string

	// SetCookie adds a cookie to the answer, unless the answer is an error. The
	// cookie is Secure unless the request names this machine by a loopback host.
	// SetCookie panics once a chunk was sent.
	SetCookie func(*http.Cookie)
}

// UnaryFunc answers a call with a result alone.
type UnaryFunc[Req, Res any] func(ctx context.Context, call Call[Req]) (Res, error)

// StreamFunc answers a call, sending chunks on the way. If the client asked for
// no stream, send does nothing.
//
// Send may be called concurrently until the function returns. It waits for a
// slow client once about 256 KB are on their way to it. It fails when a chunk
// cannot be encoded, with CANCELLED when the client is gone, and with the cause
// of ctx when ctx has ended.
type StreamFunc[Req, Chunk, Res any] func(ctx context.Context, call Call[Req], send func(Chunk) error) (Res, error)

// Admission decides which calls go on, by who calls and by what there is to do
// already. It is asked once the ID token is checked, and before anything of the body is
// read; never about a preflight. It is called concurrently.
type Admission interface {
	// Admit lets a call in, or fails with what the client is told. The caller is nil
	// without a token.
	Admit(r *http.Request, caller *Caller) (Place, error)
	// Refuse hears of a call that is refused for its token, missing or bad, and why. It
	// returns what the client is told: why, or what matters more.
	Refuse(r *http.Request, why error) error
}

// Place is what a call has that was let in, until it is answered.
type Place struct {
	Leave  func() // is called once the call is answered
	Memory Memory // what its request and answer are reserved from; nil: Options.Memory
}

// Options say how a function is served. The zero value of each field is a
// working default.
type Options struct {
	Name string // of the function, for the log

	Verifier    Verifier // nil: a call with a token is refused
	RequireAuth bool     // a call without a token is refused: UNAUTHENTICATED sign-in-required

	Admission Admission // nil: every call goes on whose tokens allow it

	Apps            Apps // nil: App Check tokens are not looked at
	EnforceAppCheck bool // a call without a good App Check token is refused: UNAUTHENTICATED
	ConsumeAppCheck bool // each token is marked as used; Call.App.Used says if it was. It costs a request, after all other checks

	// Origins lists the origins whose pages may read answers in a browser, such
	// as "https://app.example". With none, all may. A single one is named in every
	// answer, whoever asks; "*" stands for all. Calls from other origins are
	// answered too: tokens decide what a call may do.
	Origins []string

	MaxRequest int64  // bytes of a request, inflated; 0: 10 MiB
	MaxAnswer  int64  // bytes that making and encoding a result takes, as a rule
	Memory     Memory // what requests and answers are reserved from; nil: nothing bounds them

	Logger       *slog.Logger // nil: slog.Default
	TraceProject string       // the Google Cloud project of the traces that the log names; "": it names none
}

const (
	heartbeat    = 30 * time.Second // silence after which a stream gets a comment
	writeTimeout = time.Minute      // time after which a client that takes nothing counts as gone
	slowest      = 50 << 10         // bytes per second that a client takes of a large answer at least
)

// Unary serves fn. See [Stream] for what a request may be.
func Unary[Req, Res any](o Options, fn UnaryFunc[Req, Res]) http.Handler {
	return Stream(o, func(ctx context.Context, call Call[Req], _ func(struct{}) error) (Res, error) {
		return fn(ctx, call)
	})
}

// Stream serves fn. It panics if Req or the options can never work.
//
// Req is read strictly, by json tags. An unknown field, a value of another type
// or out of range, and a missing required field are INVALID_ARGUMENT
// bad-request, with a message that names the place. A field is optional if it is
// a pointer or is marked omitempty or omitzero; null means absent. Req may be
// made of structs, pointers, slices, maps by string, strings, bools, numbers,
// and any. In an any, numbers are json.Number.
func Stream[Req, Chunk, Res any](o Options, fn StreamFunc[Req, Chunk, Res]) http.Handler {
	decode := decoderOf(reflect.TypeFor[Req]())
	return newHandler(o, func(data any) (invocation, error) {
		var in Req
		if err := decodeData(decode, data, reflect.ValueOf(&in).Elem()); err != nil {
			return nil, err
		}
		return func(ctx context.Context, caller *Caller, app *App, a *answer) (any, error) {
			call := Call[Req]{Caller: caller, App: app, Data: in, Streaming: a.streaming, Cookie: a.cookie, SetCookie: a.setCookie}
			return fn(ctx, call, func(c Chunk) error { return a.send(c) })
		}, nil
	})
}

// HTTP serves requests that are not calls. Fn reads the request, of at most
// Options.MaxRequest, and either answers it or returns an error before it has written
// anything. The error is answered as JSON and logged, like that of a unary call;
// headers that fn has set stay. HTTP sets no CORS headers and checks no token.
func HTTP(o Options, fn func(ctx context.Context, w http.ResponseWriter, r *http.Request) error) http.Handler {
	h := newHandler(o, nil)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.serve(w, r, func(ctx context.Context, a *answer) (any, error) {
			a.streaming = false // whatever the request says
			r.Body = http.MaxBytesReader(w, r.Body, h.MaxRequest)
			err := fn(ctx, w, r)
			if err == nil {
				a.abandon()
			}
			return nil, err
		})
	})
}

// Fail answers any request with err in the form that the client can read, CORS
// headers included, and logs it to slog.Default. It is for code that refuses a
// call before a function sees it, such as a router that knows no such function.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	h := newHandler(Options{Name: r.URL.Path}, nil) // the log cuts it
	if h.allowOrigin(w, r) {
		return
	}
	h.serve(w, r, func(context.Context, *answer) (any, error) { return nil, err })
}

// function is a StreamFunc that decodes its data first.
type function func(data any) (invocation, error)

// invocation calls a function whose data is decoded.
type invocation func(ctx context.Context, caller *Caller, app *App, a *answer) (any, error)

type handler struct {
	Options
	fn function
}

func newHandler(o Options, fn function) *handler {
	o.checkOrigins()
	if o.RequireAuth && o.Verifier == nil {
		panic("callable: RequireAuth needs a Verifier")
	}
	if (o.EnforceAppCheck || o.ConsumeAppCheck) && o.Apps == nil {
		panic("callable: EnforceAppCheck and ConsumeAppCheck need Apps")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxRequest == 0 {
		o.MaxRequest = 10 << 20
	}
	return &handler{o, fn}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.allowOrigin(w, r) {
		return
	}
	h.serve(w, r, func(ctx context.Context, a *answer) (any, error) { return h.call(ctx, w, r, a) })
}

// call checks a request's tokens, reads it and calls the function.
func (h *handler) call(ctx context.Context, w http.ResponseWriter, r *http.Request, a *answer) (any, error) {
	if err := checkKind(r); err != nil {
		return nil, err
	}
	caller, app, err := h.who(ctx, r, a)
	if err != nil {
		drain(w, r, h.MaxRequest)
		return nil, err
	}
	invoke, err := h.read(ctx, w, r, a)
	if err != nil {
		return nil, err
	}
	a.startHeartbeat()
	// Last: a refused call must not use up a token that is good for one call.
	if app, err = h.consume(ctx, app); err != nil {
		return nil, err
	}
	if a.streaming { // its result comes at the end
		res, err := invoke(ctx, caller, app, a)
		if err == nil {
			err = a.held.grow(ctx, h.MaxAnswer)
		}
		return h.sized(ctx, a, res, err)
	}
	if err := a.held.grow(ctx, a.held.bytes+h.MaxAnswer); err != nil {
		return nil, err
	}
	res, err := invoke(ctx, caller, app, a)
	return h.sized(ctx, a, res, err)
}

// sized reserves what a large result needs beyond MaxAnswer.
func (h *handler) sized(ctx context.Context, a *answer, res any, err error) (any, error) {
	if r, ok := res.(Sized); ok && err == nil {
		err = a.held.grow(ctx, 2*r.JSONSize()) // an encoder's buffer doubles as it grows
	}
	return res, err
}

// who finds the caller and the app by the headers, and has the call let in.
func (h *handler) who(ctx context.Context, r *http.Request, a *answer) (*Caller, *App, error) {
	caller, err := h.caller(ctx, r.Header.Get("Authorization"))
	if err == nil && caller != nil {
		lineOf(ctx).caller(caller.UID)
	}
	if h.Admission != nil {
		if err != nil {
			err = h.Admission.Refuse(r, err)
		} else {
			err = a.enter(h.Admission.Admit(r, caller))
		}
	}
	if err != nil {
		return nil, nil, err
	}
	app, err := h.App(ctx, r.Header.Get("X-Firebase-AppCheck"))
	return caller, app, err
}

// read reads and decodes a request within the memory that there is.
func (h *handler) read(ctx context.Context, w http.ResponseWriter, r *http.Request, a *answer) (invocation, error) {
	// The body, its strings, and the tree that holds them.
	if err := a.held.grow(ctx, 3*sizeOf(r, h.MaxRequest)); err != nil {
		drain(w, r, h.MaxRequest)
		return nil, err
	}
	data, length, err := readData(w, r, h.MaxRequest)
	if err != nil {
		return nil, err
	}
	if data, err = unwrap(data); err != nil {
		return nil, err
	}
	invoke, err := h.fn(data)
	a.held.shrink(length) // the strings alone
	return invoke, err
}

// serve answers a request with what work returns, and logs it.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, work func(context.Context, *answer) (any, error)) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	line := &line{start: time.Now(), function: h.Name, trace: traceAttrs(h.TraceProject, r.Header)}
	ctx = context.WithValue(ctx, lineKey{}, line)
	a := newAnswer(ctx, w, r, cancel)
	a.held.memory = h.Memory
	defer a.done()

	res, err := recovered(func() (any, error) { return work(ctx, a) })
	if errors.Is(err, http.ErrAbortHandler) {
		a.abandon()
		line.write(ctx, h.Logger, a, errs.New(errs.Aborted, "", "The function broke off.").Because(err))
		panic(http.ErrAbortHandler) // net/http compares with ==
	}
	line.write(ctx, h.Logger, a, a.finish(res, whyEnded(ctx, err)))
}

// caller returns the caller that the token names, nil without a token. A bad
// token is an error.
func (h *handler) caller(ctx context.Context, authorization string) (*Caller, error) {
	if authorization == "" {
		if h.RequireAuth {
			return nil, errs.New(errs.Unauthenticated, errs.NoCaller, "Sign in first.")
		}
		return nil, nil
	}
	token := BearerToken(authorization)
	if token == "" {
		return nil, errs.BadToken(errors.New("the Authorization header holds no bearer token"))
	}
	if h.Verifier == nil {
		return nil, errs.BadToken(errors.New("this function has no Verifier"))
	}
	caller, err := h.Verifier.Verify(ctx, token)
	if caller != nil {
		caller = &Caller{caller.UID, caller.Claims, token}
	}
	return caller, err
}

// App returns the app that an App Check token names, "" for none; nil without a good
// token. A missing or bad token, or one that cannot be checked just now, is an error
// where App Check is enforced, and else a remark in the call's log line.
func (o Options) App(ctx context.Context, token string) (*App, error) {
	if o.Apps == nil {
		return nil, nil
	}
	var err error = errs.BadToken(errors.New("there is no App Check token"))
	var app *App
	if token != "" {
		app, err = o.Apps.VerifyApp(ctx, token)
	}
	if err == nil {
		return &App{ID: app.ID, Claims: app.Claims, Token: token}, nil
	}
	return nil, o.badApp(ctx, err)
}

// consume marks an app's token as used, where that is asked for.
func (h *handler) consume(ctx context.Context, app *App) (*App, error) {
	if app == nil || !h.ConsumeAppCheck {
		return app, nil
	}
	var err error
	if app.Used, err = h.Apps.Consume(ctx, app.Token); err != nil {
		return nil, h.badApp(ctx, err)
	}
	return app, nil
}

// badApp returns err where App Check is enforced. Elsewhere it logs it.
func (o Options) badApp(ctx context.Context, err error) error {
	if o.EnforceAppCheck || ctx.Err() != nil {
		return err
	}
	LogAttrs(ctx, slog.String("appCheck", err.Error()))
	return nil
}

// BearerToken returns the token of an Authorization header, "" if the header
// holds no bearer token. The scheme may be in upper or lower case.
func BearerToken(authorization string) string {
	if token := bearer.FindStringSubmatch(authorization); token != nil {
		return token[1]
	}
	return ""
}

var bearer = regexp.MustCompile(`(?i)^Bearer (.*)$`)

// whyEnded replaces a bare error of the context by the cause for which ctx
// ended: a server that shuts down gives a cause that tells the client what to do.
func whyEnded(ctx context.Context, err error) error {
	var known *errs.Error
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) && !errors.As(err, &known) {
		return context.Cause(ctx)
	}
	return err
}

// panicked is a function's panic, as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return errs.OfPanic(p.value).Error() }

func recovered(f func() (any, error)) (res any, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = http.ErrAbortHandler
		default:
			err = &panicked{v, debug.Stack()}
		}
	}()
	return f()
}
