package callable_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
)

// steps writes down what happens to a call, in order: it is its Verifier, its Apps, its
// Admission and its body.
type steps struct {
	mu   sync.Mutex
	all  []string
	full bool
	body *strings.Reader
}

func (s *steps) did(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 || s.all[len(s.all)-1] != step {
		s.all = append(s.all, step)
	}
}

func (s *steps) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

func (s *steps) Verify(ctx context.Context, token string) (*callable.Caller, error) {
	s.did("token")
	return verifier{}.Verify(ctx, token)
}

func (s *steps) VerifyApp(context.Context, string) (*callable.App, error) {
	s.did("app")
	return &callable.App{}, nil
}

func (s *steps) Consume(context.Context, string) (bool, error) { return false, nil }

var errFull = errs.New(errs.ResourceExhausted, errs.TooManyCalls, "Too many.").With("retryAfter", 7)

func (s *steps) Admit(_ *http.Request, caller *callable.Caller) (callable.Place, error) {
	who := "nobody"
	if caller != nil {
		who = caller.UID
	}
	s.did("admit " + who)
	if s.full {
		return callable.Place{}, errFull
	}
	return callable.Place{Leave: func() { s.did("leave") }}, nil
}

func (s *steps) Refuse(_ *http.Request, why error) error {
	s.did("refuse " + string(errs.Of(why).Code))
	if s.full {
		return errFull
	}
	return why
}

func (s *steps) Read(p []byte) (int, error) {
	s.did("body")
	return s.body.Read(p)
}

// TestAdmission: a call is let in or refused once its token is known and before its
// body is read. It leaves once it is answered, however it ends.
func TestAdmission(t *testing.T) {
	const fine, full = `{"result":1}`, `{"error":{"details":{"reason":"too-many-calls","retryAfter":7},"message":"Too many.","status":"RESOURCE_EXHAUSTED"}}`
	const noCaller = `{"error":{"details":{"reason":"sign-in-required"},"message":"Sign in first.","status":"UNAUTHENTICATED"}}`
	echoes := func(_ context.Context, call callable.Call[any]) (any, error) { return call.Data, nil }
	for _, tc := range []struct {
		name, method, token string
		full, anyone        bool
		fn                  callable.UnaryFunc[any, any]
		status              int
		want                string // "": it does not matter
		steps               []string
	}{
		{"let in", "POST", "Bearer good", false, false, echoes, 200, fine, []string{"token", "admit ann", "app", "body", "run", "leave"}},
		{"nobody is let in", "POST", "", false, true, echoes, 200, fine, []string{"admit nobody", "app", "body", "run", "leave"}},
		{"refused", "POST", "Bearer good", true, false, echoes, 429, full, []string{"token", "admit ann", "body"}}, // it is drained
		{"nobody is refused", "POST", "", true, true, echoes, 429, full, []string{"admit nobody", "body"}},
		{"a bad token", "POST", "Bearer bad", false, false, echoes, 401, "", []string{"token", "refuse UNAUTHENTICATED", "body"}},
		{"too many bad tokens", "POST", "Bearer bad", true, false, echoes, 429, full, []string{"token", "refuse UNAUTHENTICATED", "body"}},
		{"no token", "POST", "", false, false, echoes, 401, noCaller, []string{"refuse UNAUTHENTICATED", "body"}},
		{"no token too often", "POST", "", true, false, echoes, 429, full, []string{"refuse UNAUTHENTICATED", "body"}},
		{"a preflight", "OPTIONS", "Bearer good", true, false, echoes, 204, "", nil},
		{"no call", "GET", "Bearer good", true, false, echoes, 400, "", nil},
		{"it fails", "POST", "Bearer good", false, false, func(context.Context, callable.Call[any]) (any, error) { return nil, errors.New("x") }, 500, "", []string{"token", "admit ann", "app", "body", "run", "leave"}},
		{"it panics", "POST", "Bearer good", false, false, func(context.Context, callable.Call[any]) (any, error) { panic("x") }, 500, "", []string{"token", "admit ann", "app", "body", "run", "leave"}},
		{"it breaks off", "POST", "Bearer good", false, false, func(context.Context, callable.Call[any]) (any, error) { panic(http.ErrAbortHandler) }, 200, "", []string{"token", "admit ann", "app", "body", "run", "leave"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &steps{full: tc.full, body: strings.NewReader(`{"data":1}`)}
			o := with(func(o *callable.Options) {
				o.Verifier, o.Apps, o.Admission, o.RequireAuth = s, s, s, !tc.anyone
			})
			h := callable.Unary(o, func(ctx context.Context, call callable.Call[any]) (any, error) {
				s.did("run")
				return tc.fn(ctx, call)
			})
			r := httptest.NewRequest(tc.method, "/f", s)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Origin", "https://app.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("X-Firebase-AppCheck", "any")
			if tc.token != "" {
				r.Header.Set("Authorization", tc.token)
			}
			w := httptest.NewRecorder()
			func() {
				defer func() { _ = recover() }() // net/http does
				h.ServeHTTP(w, r)
			}()
			if w.Code != tc.status || tc.want != "" && strings.TrimSpace(w.Body.String()) != tc.want {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tc.status, tc.want)
			}
			if got := w.Header().Get("Retry-After"); (got == "7") != (w.Code == 429) {
				t.Errorf("Retry-After is %q", got)
			}
			if diff := cmp.Diff(tc.steps, s.list()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAStreamLeaves: a stream whose client is gone gives its place back.
func TestAStreamLeaves(t *testing.T) {
	s := new(steps)
	url := serve(t, callable.Stream(with(func(o *callable.Options) { o.Admission = s }), func(ctx context.Context, _ callable.Call[any], send func(string) error) (any, error) {
		_ = send("x")
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res := post(t, ctx, url)
	defer res.Body.Close()
	if diff := cmp.Diff([]string{"admit nobody"}, s.list()); diff != "" {
		t.Errorf("while it streams (-want +got):\n%s", diff)
	}
	cancel()
	for deadline := time.Now().Add(10 * time.Second); len(s.list()) < 2 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	if diff := cmp.Diff([]string{"admit nobody", "leave"}, s.list()); diff != "" {
		t.Errorf("once its client is gone (-want +got):\n%s", diff)
	}
}
