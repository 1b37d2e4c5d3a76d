package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/functions"
	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// bySub takes a token for the claims in it, which name the user.
type bySub struct{}

func (bySub) Verify(_ context.Context, token string) (*callable.Caller, error) {
	c := new(callable.Caller)
	if err := json.Unmarshal([]byte(token), &c.Claims); err != nil {
		return nil, errs.BadToken(err)
	}
	c.UID = c.Claims["sub"].(string)
	return c, nil
}

// as is a token for a user of a plan.
func as(plan quota.Plan, uid string) string {
	return fmt.Sprintf(`{"sub":%q,"plan":%q}`, uid, plan)
}

// gated is a Backend with limits of calls.
func gated(t *testing.T, change func(*config.Config, *functions.Parts)) map[string]http.Handler {
	t.Helper()
	cfg := config.Config{Plans: quota.Builtin(), SessionRecheck: time.Minute, Turn: aMinute()}
	parts := functions.Parts{Store: memstore.New(), Verifier: bySub{}}
	change(&cfg, &parts)
	b := functions.NewWith(cfg, parts, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		b.Drain(t.Context()) // which has ended
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.Handlers()
}

// limited changes the limits of one plan.
func limited(cfg *config.Config, plan quota.Plan, change func(*quota.Limits)) {
	l := cfg.Plans[plan]
	change(&l)
	cfg.Plans[plan] = l
}

// from sends a request from an address, with one header, and returns how it was
// answered: the HTTP status and the reason.
func from(h http.Handler, address, method, path, header, value string) string {
	r := httptest.NewRequest(method, path, strings.NewReader(`{"data":{}}`))
	r.RemoteAddr = net.JoinHostPort(address, "1234")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, value)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer struct {
		Error struct {
			Details struct {
				Reason     string
				RetryAfter int
			}
		}
	}
	_ = json.Unmarshal(w.Body.Bytes(), &answer) // a redirect has no body
	d := answer.Error.Details
	if (w.Header().Get("Retry-After") != "") != (d.RetryAfter > 0) {
		return fmt.Sprintf("Retry-After is %q: %s", w.Header().Get("Retry-After"), w.Body)
	}
	return fmt.Sprintf("%d %s", w.Code, d.Reason)
}

// atOnce calls f n times at once, and counts its answers.
func atOnce(n int, f func(i int) string) map[string]int {
	counts := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			got := f(i)
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	all.Wait()
	return counts
}

// TestStormOfSaves: of 300 saves at once of one user most are refused, and of those
// nothing is stored. Another user notices nothing.
func TestStormOfSaves(t *testing.T) {
	store := &accessReads{Store: memstore.New()}
	handlers := gated(t, func(cfg *config.Config, parts *functions.Parts) {
		parts.Store = store
		limited(cfg, quota.Free, func(l *quota.Limits) { l.WritesPerMinute = 30 })
	})
	save := func(uid string) string {
		status, answer := post(handlers["saveProject"], "Bearer "+as(quota.Free, uid), "", `{"source":"edit","generatedBy":"me","files":[{"path":"a","content":"x"}]}`, false)
		if status != "OK " && !strings.Contains(answer, `"retryAfter":2`) && !strings.Contains(answer, `"retryAfter":1`) {
			return answer
		}
		return status
	}
	save("bob")
	each := store.Written()
	if each == 0 {
		t.Fatal("a save writes nothing")
	}
	begun := time.Now()
	got := atOnce(300, func(int) string { return save("ann") })
	stored := got["OK "]
	most := 30 + int(time.Since(begun)/(2*time.Second)) + 1
	if stored < 30 || stored > most || got["RESOURCE_EXHAUSTED too-many-calls"] != 300-stored {
		t.Errorf("300 saves: %v", got)
	}
	if n := store.Written() - each; n != stored*each {
		t.Errorf("%d writes, of %d saves with %d each", n, stored, each)
	}
	if n := store.denials.Load(); n != 2 {
		t.Errorf("it was read %d times whether ann or bob is denied", n)
	}
	if got := save("bob"); got != "OK " {
		t.Errorf("bob: %s", got)
	}
	if got := do(handlers, "getUsage", as(quota.Free, "ann"), `{}`); !strings.Contains(got, `"writesPerMinute":{"used":30,"limit":30}`) && !strings.Contains(got, `"writesPerMinute":{"used":29,"limit":30}`) || !strings.Contains(got, `"readsPerMinute":{"used":1,"limit":1200}`) {
		t.Errorf("getUsage: %s", got)
	}
}

// TestStormOfStreams: of 2,000 calls of one user that read a turn, 8 are read at the
// same time. Each gives its place back, however it ends.
func TestStormOfStreams(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) }) // once all of the below is closed
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	s, w := scripted(t)
	release := make(chan struct{})
	s.Choose(func(workertest.Call) (workertest.Reply, bool) {
		return workertest.Reply{Text: []string{"```html\n<p>\n```\n"}, Hold: release}, true
	})
	handlers := gated(t, func(cfg *config.Config, parts *functions.Parts) {
		parts.Workers = pool(t, w)
		limited(cfg, quota.Free, func(l *quota.Limits) { l.StreamsPerMinute = 1e6 })
	})
	ann := as(quota.Free, "ann")
	open := func() int {
		var usage struct {
			Result struct{ ConcurrentStreams struct{ Used, Limit int } }
		}
		if err := json.Unmarshal([]byte(do(handlers, "getUsage", ann, `{}`)), &usage); err != nil || usage.Result.ConcurrentStreams.Limit != 8 {
			t.Errorf("getUsage: %+v, %v", usage, err)
		}
		return usage.Result.ConcurrentStreams.Used
	}
	until := func(n int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); open() != n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d streams are open, want %d", open(), n)
			}
		}
	}
	first := make(chan string, 1)
	go func() { first <- do(handlers, "generateCode", ann, `{"prompt":"a clock","turnId":"t"}`) }()
	for len(s.Calls()) == 0 { // so that there is a turn to read; the worker is asked once it is stored
		time.Sleep(time.Millisecond)
	}
	resume := func(ctx context.Context) string {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/resumeTurn", strings.NewReader(`{"data":{"turnId":"t"}}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Authorization", "Bearer "+ann)
		w := httptest.NewRecorder()
		handlers["resumeTurn"].ServeHTTP(w, r)
		switch text := w.Body.String(); {
		case strings.Contains(text, `"reason":"too-many-streams","retryAfter":5,"used":8}`):
			return "refused"
		case strings.Contains(text, `"state":"complete"`):
			return "read"
		case strings.Contains(text, "CANCELLED"):
			return "left"
		default:
			return text
		}
	}
	var refused atomic.Int32
	storm := make(chan map[string]int, 1)
	leaving, leave := context.WithCancel(t.Context())
	defer leave()
	go func() {
		storm <- atOnce(2000, func(int) string {
			got := resume(leaving)
			if got == "refused" {
				refused.Add(1)
			}
			return got
		})
	}()
	for deadline := time.Now().Add(time.Minute); refused.Load() < 1993; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d are refused", refused.Load())
		}
	}
	until(8) // with generateCode
	leave()  // their clients are gone
	until(1)
	if diff := cmp.Diff(map[string]int{"refused": 1993, "left": 7}, <-storm); diff != "" {
		t.Errorf("2,000 streams (-want +got):\n%s", diff)
	}
	again := make(chan string, 1)
	go func() { again <- resume(context.Background()) }()
	until(2)
	close(release)
	if got := <-again; got != "read" {
		t.Errorf("a stream after the storm: %s", got)
	}
	if got := <-first; !strings.Contains(got, `"state":"complete"`) {
		t.Errorf("generateCode: %s", got)
	}
	until(0)
}

// accessReads counts what is read to know who calls.
type accessReads struct {
	*memstore.Store
	sessions, denials atomic.Int32
}

func (s *accessReads) Session(ctx context.Context, uid, id string) (*access.Session, error) {
	s.sessions.Add(1)
	return s.Store.Session(ctx, uid, id)
}

func (s *accessReads) Standing(ctx context.Context, uid string) (access.Standing, error) {
	s.denials.Add(1)
	return s.Store.Standing(ctx, uid)
}

// TestStrangers: who has no good token is bounded by the address, which costs the
// database nothing, and changes nothing for others who come from there.
func TestStrangers(t *testing.T) {
	const file = "/models/web/resolve/v1/a.bin"
	forged, _, err := access.NewSessions(memstore.New(), time.Minute).Open(t.Context(), "eve", time.Now(), "password", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, function, path, header, value string
		refused                             string // as long as there are few; "": it is no refusal
	}{
		{"without a token", "listProjects", "/listProjects", "X-None", "", "401 sign-in-required"},
		{"with a bad token", "saveProject", "/saveProject", "Authorization", "Bearer bad", "401 "},
		{"who signed out", "closeModelSession", "/closeModelSession", "X-None", "", "200 "},
		{"files without a cookie", "modelFiles", file, "X-None", "", "401 sign-in-required"},
		{"files with a bad token", "modelFiles", file, "Authorization", "Bearer bad", "401 session-ended"},
		{"files with a forged cookie", "modelFiles", file, "Cookie", "__session=" + forged, "401 session-ended"},
		{"events", "modelUploaded", "/modelUploaded", "X-None", "", "401 "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store := &accessReads{Store: memstore.New()}
			handlers := gated(t, func(cfg *config.Config, parts *functions.Parts) {
				parts.Store, cfg.StrangerCalls, cfg.EventsAccount = store, 60, "events@p.iam.gserviceaccount.com"
			})
			method := http.MethodPost
			if tc.function == "modelFiles" {
				method = http.MethodGet
			}
			call := func(address string) string {
				return from(handlers[tc.function], address, method, tc.path, tc.header, tc.value)
			}
			begun := time.Now()
			got := atOnce(300, func(int) string { return call("203.0.113.7") })
			most := 60 + int(time.Since(begun)/time.Second) + 1
			if in := got[tc.refused]; in < 60 || in > most || got["429 too-many-calls"] != 300-in {
				t.Errorf("300 calls: %v", got)
			}
			if n := store.sessions.Load(); int(n) > most {
				t.Errorf("%d sessions are read", n)
			}
			if got := call("203.0.113.8"); got != tc.refused {
				t.Errorf("from another address: %s", got)
			}
			if got := from(handlers["listProjects"], "203.0.113.7", http.MethodPost, "/listProjects", "Authorization", "Bearer "+as(quota.Free, "ann")); got != "200 " {
				t.Errorf("a user from the same address: %s", got)
			}
			if got := from(handlers["saveProject"], "203.0.113.7", http.MethodOptions, "/saveProject", "X-None", ""); got != "204 " {
				t.Errorf("a preflight: %s", got)
			}
		})
	}
}

// TestGoodCookies: requests with a good cookie are no stranger's, and have the rate of
// the user's reads.
func TestGoodCookies(t *testing.T) {
	store := &accessReads{Store: memstore.New()}
	handlers := gated(t, func(cfg *config.Config, parts *functions.Parts) {
		parts.Store, cfg.StrangerCalls = store, 1
		limited(cfg, quota.Free, func(l *quota.Limits) { l.ReadsPerMinute = 20 })
	})
	cookie, _, err := access.NewSessions(store, time.Minute).Open(t.Context(), "ann", time.Now(), "password", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for range 40 {
		got[from(handlers["modelFiles"], "203.0.113.7", http.MethodGet, "/models/web/resolve/v1/a.bin", "Cookie", "__session="+cookie)]++
	}
	if in := got["400 no-models"]; in < 20 || in > 22 || got["429 too-many-calls"] != 40-in {
		t.Errorf("40 requests: %v", got)
	}
	if n := store.sessions.Load(); n != 1 {
		t.Errorf("the session was read %d times", n)
	}
}

// TestMintedAccounts: an address has ten times the rate of a user without an account,
// however many such users it makes. Users with an account are not counted so.
func TestMintedAccounts(t *testing.T) {
	handlers := gated(t, func(cfg *config.Config, _ *functions.Parts) {
		for _, plan := range []quota.Plan{quota.Anonymous, quota.Free} {
			limited(cfg, plan, func(l *quota.Limits) { l.ReadsPerMinute = 5 })
		}
	})
	list := func(address, token string) string {
		return from(handlers["listProjects"], address, http.MethodPost, "/listProjects", "Authorization", "Bearer "+token)
	}
	guest := func(i int) string {
		return fmt.Sprintf(`{"sub":"guest%d","firebase":{"sign_in_provider":"anonymous"}}`, i)
	}
	got := atOnce(200, func(i int) string { return list("2001:db8:1:2::"+fmt.Sprint(i%10), guest(i)) })
	if in := got["200 "]; in < 50 || in > 55 || got["429 too-many-calls"] != 200-in {
		t.Errorf("200 accounts: %v", got)
	}
	if got := list("2001:db8:1:3::1", guest(1000)); got != "200 " {
		t.Errorf("another network: %s", got)
	}
	got = atOnce(200, func(i int) string { return list("203.0.113.7", as(quota.Free, fmt.Sprint("user", i))) })
	if got["200 "] != 200 {
		t.Errorf("200 users with an account: %v", got)
	}
	got = atOnce(20, func(int) string { return list("203.0.113.7", guest(2000)) })
	if in := got["200 "]; in < 5 || in > 7 {
		t.Errorf("20 calls of one account: %v", got)
	}
}

// TestWhoIsLetIn: as an instance fills up, those who matter less are refused first.
func TestWhoIsLetIn(t *testing.T) {
	handlers := gated(t, func(cfg *config.Config, _ *functions.Parts) { cfg.MaxCalls = 20 })
	end := make(chan struct{})
	var held sync.WaitGroup
	defer held.Wait()
	defer close(end)
	hold := func(token string) { // a call whose body does not end
		reading := make(chan struct{})
		held.Go(func() {
			r := httptest.NewRequest(http.MethodPost, "/cancelTurn", &slowBody{reading: reading, end: end})
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			handlers["cancelTurn"].ServeHTTP(httptest.NewRecorder(), r)
		})
		<-reading
	}
	users := 0
	token := func(plan quota.Plan) string { users++; return as(plan, fmt.Sprint("user", users)) }
	probe := func() (in []string) {
		for _, plan := range []quota.Plan{quota.Anonymous, quota.Free, quota.Premium} {
			status, answer := post(handlers["listProjects"], "Bearer "+token(plan), "", `{}`, false)
			switch {
			case status == "OK ":
				in = append(in, string(plan))
			case status != "UNAVAILABLE overloaded" || !strings.Contains(answer, `"retryAfter":2`):
				t.Errorf("%s: %s", plan, answer)
			}
		}
		if status, _ := post(handlers["resumeTurn"], "Bearer "+token(quota.Anonymous), "", `{"turnId":"t"}`, true); strings.HasPrefix(status, "NOT_FOUND ") {
			in = append(in, "running")
		}
		return in
	}
	got := map[int][]string{}
	for n := 1; n <= 20; n++ {
		hold(token(quota.Anonymous)) // calls of cancelTurn find room to the last
		got[n] = probe()
	}
	want := map[int][]string{}
	for n := 1; n <= 20; n++ {
		switch {
		case n < 10:
			want[n] = []string{"anonymous", "free", "premium", "running"}
		case n < 15:
			want[n] = []string{"free", "premium", "running"}
		case n < 18:
			want[n] = []string{"premium", "running"}
		case n < 20:
			want[n] = []string{"running"}
		default:
			want[n] = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who is let in, by the calls that are held (-want +got):\n%s", diff)
	}
}

// slowBody is a body that is there only once end is closed.
type slowBody struct {
	once         sync.Once
	reading, end chan struct{}
}

func (b *slowBody) Read([]byte) (int, error) {
	b.once.Do(func() { close(b.reading) })
	<-b.end
	return 0, io.EOF
}
