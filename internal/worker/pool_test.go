package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fake is a worker whose answers come from a function.
type fake struct {
	name   string
	about  worker.About
	tell   func(context.Context) error // before it says what it is
	check  func(context.Context) error // nil: health
	trial  func(context.Context) error // nil: health
	answer func(ctx context.Context, call int, yield func(worker.Delta, error) bool)

	mu      sync.Mutex
	calls   int
	trials  int
	checks  int
	running int
	most    int // that ran at the same time
	health  error
	asked   []worker.Prompt
	count   func(context.Context, worker.Prompt) (int, error)
}

func (f *fake) Name() string { return f.name }

func (f *fake) About(ctx context.Context) (worker.About, error) {
	if f.tell != nil {
		if err := f.tell(ctx); err != nil {
			return worker.About{}, err
		}
	}
	return f.about, nil
}

func (f *fake) Check(ctx context.Context) error { return f.checked(ctx, f.check, &f.checks) }

// checked counts a check, and returns what comes of it.
func (f *fake) checked(ctx context.Context, check func(context.Context) error, n *int) error {
	f.mu.Lock()
	*n++
	health := f.health
	f.mu.Unlock()
	if check != nil {
		return check(ctx)
	}
	return health
}

func (f *fake) Count(ctx context.Context, p worker.Prompt) (int, error) {
	if f.count == nil {
		return 0, worker.ErrNoCount
	}
	return f.count(ctx, p)
}

func (f *fake) Generate(ctx context.Context, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		if p.MaxTokens == 1 && p.Messages[0].Text == "Hi" {
			yield(worker.Delta{Text: "x"}, f.checked(ctx, f.trial, &f.trials))
			return
		}
		f.mu.Lock()
		f.calls++
		call := f.calls
		f.running++
		f.most = max(f.most, f.running)
		f.asked = append(f.asked, p)
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			f.running--
			f.mu.Unlock()
		}()
		f.answer(ctx, call, yield)
	}
}

func (f *fake) get(n *int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *n
}

func (f *fake) setHealth(err error) {
	f.mu.Lock()
	f.health = err
	f.mu.Unlock()
}

var whole = worker.Delta{Finish: worker.Stop, Usage: worker.Usage{InputTokens: 1, OutputTokens: 1}}

// says answers at once.
func says(text string) func(context.Context, int, func(worker.Delta, error) bool) {
	return func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {
		if yield(worker.Delta{Text: text}, nil) {
			yield(whole, nil)
		}
	}
}

// takes answers after a time.
func takes(d time.Duration, text string) func(context.Context, int, func(worker.Delta, error) bool) {
	return func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
		select {
		case <-time.After(d):
			says(text)(ctx, n, yield)
		case <-ctx.Done():
			yield(worker.Delta{}, context.Cause(ctx))
		}
	}
}

// fails fails n times, then answers.
func fails(n int, err error, text string) func(context.Context, int, func(worker.Delta, error) bool) {
	return func(ctx context.Context, call int, yield func(worker.Delta, error) bool) {
		if call <= n {
			yield(worker.Delta{}, err)
			return
		}
		says(text)(ctx, call, yield)
	}
}

// asksFor is the fault of a busy worker that asks to wait for d.
func asksFor(d time.Duration) error {
	return &worker.Fault{Kind: worker.Busy, RetryAfter: d, Err: errors.New("busy")}
}

func fault(k worker.FaultKind) error { return &worker.Fault{Kind: k, Err: errors.New("because")} }

// silent says nothing until its context ends.
func silent(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// after returns nil after a time; if its context ends earlier, by a deadline, it is
// unreachable.
func after(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
		}
		if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return &worker.Fault{Kind: worker.Unreachable, Err: context.Cause(ctx)}
		}
		return context.Cause(ctx)
	}
}

// told is what a call was told.
type told struct {
	Text   string
	Steps  []string
	Reason errs.Reason
	Retry  any // details.retryAfter
	Took   time.Duration
}

func call(ctx context.Context, p *worker.Pools, plan string) told { return callBy(ctx, p, plan, "") }

// callBy is call for a user.
func callBy(ctx context.Context, p *worker.Pools, plan, uid string) told {
	start := time.Now()
	var t told
	for d, err := range p.Generate(ctx, worker.Prompt{Plan: plan, UID: uid, Messages: []worker.Message{{Role: worker.User, Text: "a clock"}}, MaxTokens: 10}) {
		if err != nil {
			e := errs.Of(err)
			t.Reason, t.Retry = e.Reason, e.Detail("retryAfter")
			if t.Reason == "" {
				t.Reason = errs.Reason(e.Code)
			}
			break
		}
		t.Text += d.Text
		if d.Phase != "" {
			t.Steps = append(t.Steps, strings.TrimSuffix(fmt.Sprintf("%s %d", d.Phase, d.Position), " 0"))
		}
	}
	t.Took = time.Since(start)
	return t
}

// contend begins n calls of the plan free, one after the other: each has its place,
// or waits, before the next one begins. end waits for all of them.
func contend(t *testing.T, p *worker.Pools, n int) (end func() []told) {
	t.Helper()
	results := make([]told, n)
	var calls sync.WaitGroup
	for i := range results {
		calls.Go(func() { results[i] = call(t.Context(), p, "free") })
		synctest.Wait()
	}
	return func() []told {
		calls.Wait()
		return results
	}
}

func pools(s worker.Settings, workers ...worker.Worker) *worker.Pools {
	return worker.NewPools([]worker.PoolConfig{{Plan: "free", Workers: workers}}, s)
}

func one(parallel int) worker.About { return worker.About{Parallel: parallel, Model: "m"} }

func TestTheLeastLoadedIsAskedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small := &fake{name: "small", about: one(2), answer: takes(time.Second, "s")}
		large := &fake{name: "large", about: one(6), answer: takes(time.Second, "l")}
		p := pools(worker.Settings{}, small, large)
		defer p.Close()
		call(t.Context(), p, "free") // this makes the sizes known
		call(t.Context(), p, "free")
		contend(t, p, 8)()
		if small.most != 2 || large.most != 6 {
			t.Errorf("at the same time: %d and %d, want 2 and 6", small.most, large.most)
		}
	})
}

func TestRetries(t *testing.T) {
	const pause = time.Second
	for _, tc := range []struct {
		name          string
		first, second func(context.Context, int, func(worker.Delta, error) bool)
		want          told
		calls         [2]int
		took          [2]time.Duration // from, to
	}{
		{"another worker, at once", fails(9, fault(worker.Unreachable), ""), says("two"), told{Text: "two", Steps: []string{"retrying"}}, [2]int{1, 1}, [2]time.Duration{0, 0}},
		{"the same one, when all have failed", fails(1, fault(worker.Broken), "one"), fails(9, fault(worker.Unreachable), ""), told{Text: "one", Steps: []string{"retrying", "retrying"}}, [2]int{2, 1}, [2]time.Duration{pause / 2, 2 * pause}},
		{"three attempts at most", fails(9, fault(worker.Unreachable), ""), fails(9, fault(worker.Unreachable), ""),
			told{Steps: []string{"retrying", "retrying"}, Reason: errs.WorkerUnavailable}, [2]int{2, 1}, [2]time.Duration{pause / 2, 2 * pause}},
		{"the time that they ask for", fails(1, asksFor(7*time.Second), "one"), fails(9, asksFor(9*time.Second), ""),
			told{Text: "one", Steps: []string{"retrying", "retrying", "queued 1"}}, [2]int{2, 1}, [2]time.Duration{7 * time.Second, 7 * time.Second}},
		{"too long a time", fails(1, asksFor(7*time.Hour), "one"), fails(9, asksFor(9*time.Hour), ""),
			told{Text: "one", Steps: []string{"retrying", "retrying", "queued 1"}}, [2]int{2, 1}, [2]time.Duration{time.Minute, time.Minute}},
		{"busy to the end", fails(9, fault(worker.Busy), ""), fails(9, fault(worker.Busy), ""),
			told{Steps: []string{"retrying", "retrying"}, Reason: errs.WorkerUnavailable, Retry: 3}, [2]int{2, 1}, [2]time.Duration{pause / 2, 2 * pause}},
		{"refused by one", fails(9, fault(worker.Refused), ""), says("two"), told{Text: "two", Steps: []string{"retrying"}}, [2]int{1, 1}, [2]time.Duration{0, 0}},
		{"refused by all", fails(9, fault(worker.Refused), ""), fails(9, fault(worker.Refused), ""), told{Steps: []string{"retrying"}, Reason: errs.WorkerUnavailable}, [2]int{1, 1}, [2]time.Duration{0, 0}},
		{"too long", fails(9, worker.TooLong(9, 8), ""), says("two"), told{Reason: errs.TooLong}, [2]int{1, 0}, [2]time.Duration{0, 0}},
		{"not after output", func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {
			_ = yield(worker.Delta{Text: "o"}, nil) && yield(worker.Delta{}, fault(worker.Broken))
		}, says("two"), told{Text: "o", Reason: errs.WorkerLost}, [2]int{1, 0}, [2]time.Duration{0, 0}},
		{"an end without a finish", func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {}, says("two"), told{Text: "two", Steps: []string{"retrying"}}, [2]int{1, 1}, [2]time.Duration{0, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := &fake{name: "a", about: one(1), answer: tc.first}, &fake{name: "b", about: one(1), answer: tc.second}
				p := pools(worker.Settings{RetryPause: pause}, a, b)
				defer p.Close()
				got := call(t.Context(), p, "free")
				if got.Took < tc.took[0] || got.Took > tc.took[1] {
					t.Errorf("it took %v, want %v to %v", got.Took, tc.took[0], tc.took[1])
				}
				got.Took = 0
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				if calls := [2]int{a.calls, b.calls}; calls != tc.calls {
					t.Errorf("calls %v, want %v", calls, tc.calls)
				}
			})
		})
	}
}

// TestPausesDiffer: calls that failed together do not come back together.
func TestPausesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(50), answer: fails(50, fault(worker.Busy), "x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		took := map[time.Duration]bool{}
		for _, got := range contend(t, p, 50)() {
			took[got.Took] = true
		}
		if len(took) < 10 {
			t.Errorf("50 calls came back at %d moments", len(took))
		}
	})
}

// TestARefuser: a worker with a wrong key or model fails faster than others answer,
// and must not attract the calls for that.
func TestARefuser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", about: one(4), answer: fails(1, fault(worker.Refused), "bad")}
		good := &fake{name: "good", about: one(1), answer: takes(10*time.Second, "good")}
		p := pools(worker.Settings{Queue: 1}, bad, good)
		defer p.Close()
		if got := call(t.Context(), p, "free"); got.Text != "good" || got.Took != 10*time.Second {
			t.Errorf("told %+v", got)
		}
		for range 4 {
			if got := call(t.Context(), p, "free"); got.Text != "good" || got.Steps != nil {
				t.Errorf("soon after: told %+v", got)
			}
		}
		time.Sleep(time.Minute)
		if got := call(t.Context(), p, "free"); got.Text != "bad" {
			t.Errorf("when it may have been corrected: told %+v", got)
		}
	})
}

// TestARefuserAndAFullWorker: a call that was refused waits for the other workers.
func TestARefuserAndAFullWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", about: one(4), answer: fails(99, fault(worker.Refused), "")}
		good := &fake{name: "good", about: one(1), answer: takes(10*time.Second, "good")}
		p := pools(worker.Settings{}, bad, good)
		defer p.Close()
		for _, got := range contend(t, p, 3)() {
			if got.Text != "good" {
				t.Errorf("told %+v", got)
			}
		}
		if bad.calls > 3 {
			t.Errorf("the refuser was asked %d times", bad.calls)
		}
	})
}

// TestAFullQueueAndAFreeWorker: calls that wait for another worker keep no call from
// a free one.
func TestAFullQueueAndAFreeWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{name: "a", about: one(4), answer: fails(2, fault(worker.Refused), "a")}
		b := &fake{name: "b", about: one(1), answer: takes(10*time.Second, "b")}
		p := pools(worker.Settings{Queue: 1}, a, b)
		defer p.Close()
		var calls sync.WaitGroup
		for _, want := range []string{"b", "b", "a"} {
			calls.Go(func() {
				if got := call(t.Context(), p, "free"); got.Text != want {
					t.Errorf("told %+v, want %s", got, want)
				}
			})
			time.Sleep(time.Second)
		}
		calls.Wait()
	})
}

// TestBrokenWorkersTakeNobody: a broken worker takes no calls from the queue, so
// retryAfter does not count it.
func TestBrokenWorkersTakeNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", about: one(1), answer: fails(99, fault(worker.Unreachable), "")}
		bad.health = fault(worker.Unreachable)
		good := &fake{name: "good", about: one(1), answer: takes(10*time.Second, "good")}
		p := pools(worker.Settings{Queue: 1}, bad, good)
		defer p.Close()
		for range 4 {
			call(t.Context(), p, "free")
		}
		end := contend(t, p, 2)
		if got := call(t.Context(), p, "free"); got.Retry != 10 {
			t.Errorf("a call takes 10 s: told %+v", got)
		}
		end()
	})
}

// TestRetryAfter: no call asks a worker again before the time that it has named. A
// call that another worker can answer does not wait.
func TestRetryAfter(t *testing.T) {
	const rest = 30 * time.Second
	synctest.Test(t, func(t *testing.T) {
		a := &fake{name: "a", about: one(4), answer: fails(1, asksFor(rest), "a")}
		b := &fake{name: "b", about: one(1), answer: takes(time.Second, "b")}
		p := pools(worker.Settings{}, a, b)
		defer p.Close()
		for range 3 {
			if got := call(t.Context(), p, "free"); got.Text != "b" || got.Took != time.Second {
				t.Errorf("told %+v", got)
			}
		}
		if a.calls != 1 {
			t.Errorf("it was asked %d times", a.calls)
		}
		time.Sleep(rest)
		if got := call(t.Context(), p, "free"); got.Text != "a" {
			t.Errorf("later: told %+v", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(4), answer: fails(1, asksFor(rest), "x")}
		p := pools(worker.Settings{Queue: 2}, w)
		defer p.Close()
		end := contend(t, p, 3)
		if got := call(t.Context(), p, "free"); got.Retry != 30 {
			t.Errorf("a call that is turned away comes back when the worker takes calls: %+v", got)
		}
		for _, got := range end() {
			if got.Text != "x" || got.Took != rest {
				t.Errorf("told %+v", got)
			}
		}
	})
}

// TestARetryComesFirst: a call that has waited already does not wait for all others.
func TestARetryComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1)}
		w.answer = func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			time.Sleep(10 * time.Second)
			fails(1, fault(worker.Busy), "x")(ctx, n, yield)
		}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		var mu sync.Mutex
		var order []int
		var calls sync.WaitGroup
		for i := range 4 {
			calls.Go(func() {
				call(t.Context(), p, "free")
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		calls.Wait()
		if want := []int{1, 0, 2, 3}; !slices.Equal(order, want) {
			t.Errorf("answered in the order %v, want %v", order, want)
		}
	})
}

// TestAPanicInTheQueue: a reader may panic when it is told where it stands.
func TestAPanicInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: takes(10*time.Second, "x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		end := contend(t, p, 1)
		func() {
			defer func() { _ = recover() }()
			for range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Text: "a"}}}) {
				panic("the reader")
			}
		}()
		end()
		if h := p.Health(t.Context())[0]; h.Waiting != 0 || h.Workers[0].Running != 0 {
			t.Errorf("left: %+v", h)
		}
	})
}

// TestLeavingTheQueue: a place that is granted to a call whose reader is about to
// leave goes to the next call.
func TestLeavingTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: takes(10*time.Second, "x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		end := contend(t, p, 1)
		var calls sync.WaitGroup
		calls.Go(func() {
			for range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Text: "a"}}}) {
				time.Sleep(15 * time.Second) // the place is granted meanwhile
				break
			}
		})
		synctest.Wait()
		if got := call(t.Context(), p, "free"); got.Text != "x" || got.Took != 25*time.Second {
			t.Errorf("the next one: %+v", got)
		}
		calls.Wait()
		end()
		if h := p.Health(t.Context())[0]; h.Waiting != 0 || h.Workers[0].Running != 0 {
			t.Errorf("left: %+v", h)
		}
	})
}

func TestTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: takes(10*time.Second, "x")}
		p := pools(worker.Settings{Queue: 3}, w)
		defer p.Close()
		results := make([]told, 6)
		var calls sync.WaitGroup
		gone, leave := context.WithCancelCause(t.Context())
		for i := range results {
			ctx := t.Context()
			if i == 2 {
				ctx = gone
			}
			calls.Go(func() { results[i] = call(ctx, p, "free") })
			synctest.Wait()
		}
		leave(errs.New(errs.Cancelled, "", "Enough."))
		calls.Wait()
		want := []told{
			{Text: "x", Took: 10 * time.Second},
			{Text: "x", Steps: []string{"queued 1"}, Took: 20 * time.Second},
			{Steps: []string{"queued 2"}, Reason: "CANCELLED"},
			{Text: "x", Steps: []string{"queued 3", "queued 2", "queued 1"}, Took: 30 * time.Second},
			{Reason: errs.WorkerUnavailable, Retry: 5}, // nobody knows yet how long a call takes
			{Reason: errs.WorkerUnavailable, Retry: 5},
		}
		if diff := cmp.Diff(want, results); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if w.most != 1 {
			t.Errorf("%d ran at the same time", w.most)
		}
		if h := p.Health(t.Context())[0]; h.Waiting != 0 || h.Workers[0].Running != 0 {
			t.Errorf("left: %+v", h)
		}
	})
}

// queue runs calls of users, each of which waits or has its place before the next one
// comes, and returns what each was told. The worker takes one call at a time, for ten
// seconds, and waits for the first one to come.
func queue(t *testing.T, limit int, uids ...string) (results []told, order []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: takes(10*time.Second, "x")}
		p := pools(worker.Settings{Queue: limit}, w)
		defer p.Close()
		call(t.Context(), p, "free") // it tells how many calls it takes
		results = make([]told, len(uids))
		var mu sync.Mutex
		var calls sync.WaitGroup
		for i, uid := range uids {
			calls.Go(func() {
				results[i] = callBy(t.Context(), p, "free", uid)
				if results[i].Text != "" {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, fmt.Sprint(uid, i))
				}
			})
			synctest.Wait()
		}
		calls.Wait()
		if h := p.Health(t.Context())[0]; h.Waiting != 0 || h.Workers[0].Running != 0 {
			t.Errorf("left: %+v", h)
		}
	})
	return results, order
}

// TestUsersTakeTurns: who asks often waits as long for a second answer as all others
// for their first.
func TestUsersTakeTurns(t *testing.T) {
	for _, tc := range []struct{ name, uids, want string }{
		{"one after the other", "a b c", "a0 b1 c2"},
		{"the second calls come last", "z a a b b c", "z0 a1 b3 c5 a2 b4"},
		{"who was answered has had a turn", "a a b a", "a0 a1 b2 a3"},
		{"without a user", "z    ", "z0 1 2 3 4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, order := queue(t, 32, strings.Split(tc.uids, " ")...)
			if got := strings.Join(order, " "); got != tc.want {
				t.Errorf("answered in the order %q, want %q", got, tc.want)
			}
		})
	}
}

// TestOneUserWithManyCalls: thirty calls of one user delay another user's first call by
// one call. Of the thirty two wait; the others are told when to come again.
func TestOneUserWithManyCalls(t *testing.T) {
	results, order := queue(t, 32, append(slices.Repeat([]string{"ann"}, 31), "bob")...)
	if want := []string{"ann0", "ann1", "bob31", "ann2"}; !slices.Equal(order, want) {
		t.Errorf("answered: %v, want %v", order, want)
	}
	for i, got := range results[3:31] {
		if diff := cmp.Diff(told{Reason: errs.WorkerUnavailable, Retry: 10}, got); diff != "" {
			t.Errorf("call %d (-want +got):\n%s", 3+i, diff)
		}
	}
	if got := results[31]; got.Took != 30*time.Second {
		t.Errorf("the other user's call took %v", got.Took)
	}
}

// TestAFullQueueMakesRoom: a user's first call is taken although the queue is full of
// others' second ones; the last of these is told to come again. Seventeen users with
// two calls each do not keep an eighteenth out.
func TestAFullQueueMakesRoom(t *testing.T) {
	results, order := queue(t, 4, "z", "a", "a", "b", "b", "c", "a")
	if want := []string{"z0", "a1", "b3", "c5", "a2"}; !slices.Equal(order, want) {
		t.Errorf("answered: %v, want %v", order, want)
	}
	want := []told{
		{Steps: []string{"queued 4"}, Reason: errs.WorkerUnavailable, Retry: 10}, // b's second call, when c came
		{Reason: errs.WorkerUnavailable, Retry: 10},                              // a's third one
	}
	if diff := cmp.Diff(want, []told{results[4], results[6]}); diff != "" {
		t.Errorf("turned away (-want +got):\n%s", diff)
	}

	var crowd []string
	for i := range 17 {
		crowd = append(crowd, fmt.Sprint("u", i), fmt.Sprint("u", i))
	}
	results, _ = queue(t, 32, append(crowd, "last")...)
	if got := results[len(crowd)]; got.Text != "x" || got.Took > 190*time.Second {
		t.Errorf("the last user was told %+v", got)
	}
	if results, _ = queue(t, 2, "z", "a", "b", "c"); results[3].Retry != 10 {
		t.Errorf("a queue of first calls takes another one: %+v", results[3])
	}
}

// TestACrowdBeforeAnythingIsKnown: no call is turned away before the worker has said
// how many calls it takes, and then only those that exceed its places and the queue.
func TestACrowdBeforeAnythingIsKnown(t *testing.T) {
	for _, tc := range []struct{ slots, answered int }{{1, 4}, {4, 7}, {20, 10}} { // of 10
		synctest.Test(t, func(t *testing.T) {
			w := &fake{about: one(tc.slots), tell: after(time.Second), answer: takes(10*time.Second, "x")}
			p := pools(worker.Settings{Queue: 3}, w)
			defer p.Close()
			answered := 0
			for _, got := range contend(t, p, 10)() {
				if got.Text == "x" {
					answered++
				} else if got.Reason != errs.WorkerUnavailable || got.Retry == nil || got.Took >= 2*time.Second {
					t.Errorf("%+v", got)
				}
			}
			if answered != tc.answered || w.most > tc.slots {
				t.Errorf("%d slots: %d answered, %d at the same time", tc.slots, answered, w.most)
			}
		})
	}
}

// TestTheQueueBeforeAnythingIsKnown: the queue has a limit then, too.
func TestTheQueueBeforeAnythingIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), tell: silent, answer: says("x")}
		p := pools(worker.Settings{Queue: 3}, w)
		defer p.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var refused atomic.Int32
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				if call(ctx, p, "free").Retry != nil {
					refused.Add(1)
				}
			})
		}
		synctest.Wait()
		cancel()
		calls.Wait()
		if n := refused.Load(); n != 100-1-4*3 {
			t.Errorf("%d of 100 were turned away", n)
		}
	})
}

// TestTheBreaker: a broken worker gets no calls until a trial of one token has shown
// that it is well. The log hears of it once when the breaker opens, and once when it
// closes.
func TestTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", about: one(1), answer: fails(3, fault(worker.Broken), "bad")}
		good := &fake{name: "good", about: one(1), answer: says("good")}
		var log bytes.Buffer
		p := pools(worker.Settings{CheckInterval: 10 * time.Second, Log: slog.New(slog.NewJSONHandler(&log, nil))}, bad, good)
		defer p.Close()
		for range 20 {
			if got := call(t.Context(), p, "free"); got.Text != "good" {
				t.Fatalf("told %+v", got)
			}
		}
		if bad.calls != 3 || p.Health(t.Context())[0].Workers[0].Breaker != "open" {
			t.Errorf("it was called %d times; %+v", bad.calls, p.Health(t.Context()))
		}
		bad.setHealth(fault(worker.Unreachable))
		time.Sleep(25 * time.Second)
		call(t.Context(), p, "free")
		if bad.calls != 3 || bad.get(&bad.trials) == 0 {
			t.Errorf("%d calls, %d trials while it is bad", bad.calls, bad.trials)
		}
		bad.setHealth(nil)
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" {
			t.Errorf("when it is well: %+v", h)
		}
		if got := call(t.Context(), p, "free"); got.Text != "bad" {
			t.Errorf("told %+v", got)
		}
		type line struct{ Level, Msg, Kind, Worker, Breaker, Err string }
		want := []line{{"WARN", "background", "worker", "bad", "open", fault(worker.Broken).Error()}, {"WARN", "background", "worker", "bad", "closed", ""}}
		var lines []line
		for d := json.NewDecoder(&log); d.More(); {
			var one line
			if err := d.Decode(&one); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, one)
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
	})
}

// TestAnsweringChecksIsNoProof: a worker may answer every check while each reply
// fails.
func TestAnsweringChecksIsNoProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &fake{name: "bad", about: one(1), answer: fails(99, fault(worker.Broken), "")}
		bad.trial = func(context.Context) error { return fault(worker.Broken) }
		good := &fake{name: "good", about: one(1), answer: says("good")}
		p := pools(worker.Settings{}, bad, good)
		defer p.Close()
		for range 8 {
			call(t.Context(), p, "free")
			time.Sleep(15 * time.Second)
		}
		if bad.calls != 3 || bad.get(&bad.checks) == 0 {
			t.Errorf("%d calls, %d checks", bad.calls, bad.get(&bad.checks))
		}
	})
}

// TestWhatTheBreakerIgnores: what callers do, and faults that pass.
func TestWhatTheBreakerIgnores(t *testing.T) {
	for _, err := range []error{fault(worker.Refused), fault(worker.Busy), worker.TooLong(9, 8)} {
		synctest.Test(t, func(t *testing.T) {
			w := &fake{about: one(1), answer: fails(1000, err, "")}
			p := pools(worker.Settings{}, w)
			defer p.Close()
			for range 20 {
				call(t.Context(), p, "free")
			}
			if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" {
				t.Errorf("%v: %+v", err, h)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: func(ctx context.Context, _ int, yield func(worker.Delta, error) bool) {
			<-ctx.Done()
			yield(worker.Delta{}, fault(worker.Broken)) // as it looks from where it breaks
		}}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			call(ctx, p, "free")
			cancel()
		}
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" || h.Running != 0 {
			t.Errorf("clients that leave: %+v", h)
		}
	})
}

// TestAllAreDown: no call waits in vain, and the first sign of life is used.
func TestAllAreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: fails(4, fault(worker.Unreachable), "back")}
		w.health = fault(worker.Unreachable)
		p := pools(worker.Settings{CheckInterval: time.Hour}, w)
		defer p.Close()
		for _, got := range contend(t, p, 3)() {
			if got.Reason != errs.WorkerUnavailable || got.Retry != nil || got.Took > 5*time.Second {
				t.Errorf("while it is down: %+v", got)
			}
		}
		w.setHealth(nil)
		w.mu.Lock()
		w.calls = 4
		w.mu.Unlock()
		if got := call(t.Context(), p, "free"); got.Text != "back" {
			t.Errorf("when it is back: %+v", got)
		}
	})
}

// TestTheLastResort: a worker that was broken and answers again has a queue, and its
// first whole reply closes the breaker.
func TestTheLastResort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if n <= 3 {
				yield(worker.Delta{}, fault(worker.Unreachable))
				return
			}
			takes(10*time.Second, "x")(ctx, n, yield)
		}}
		p := pools(worker.Settings{CheckInterval: time.Hour, Queue: 2}, w)
		defer p.Close()
		call(t.Context(), p, "free")
		synctest.Wait()
		checks := w.get(&w.checks)
		results := contend(t, p, 4)()
		if n := w.get(&w.checks) - checks; n != 1 {
			t.Errorf("%d more checks: a full worker is not checked", n)
		}
		want := []told{
			{Text: "x", Took: 10 * time.Second},
			{Text: "x", Steps: []string{"queued 1"}, Took: 20 * time.Second},
			{Text: "x", Steps: []string{"queued 2", "queued 1"}, Took: 30 * time.Second},
			{Reason: errs.WorkerUnavailable, Retry: 1},
		}
		if diff := cmp.Diff(want, results, cmpopts.IgnoreFields(told{}, "Retry")); diff != "" || results[3].Retry == nil {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" || w.most != 1 {
			t.Errorf("after whole replies: %+v; %d at the same time", h, w.most)
		}
	})
}

// TestACrowdAtTheLastResort gets no more places than there are.
func TestACrowdAtTheLastResort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), check: after(time.Second)}
		w.answer = func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if n <= 3 {
				yield(worker.Delta{}, fault(worker.Unreachable))
				return
			}
			takes(10*time.Second, "x")(ctx, n, yield)
		}
		p := pools(worker.Settings{CheckInterval: time.Hour}, w)
		defer p.Close()
		call(t.Context(), p, "free")
		for _, got := range contend(t, p, 4)() {
			if got.Text != "x" {
				t.Errorf("told %+v", got)
			}
		}
		if w.most != 1 {
			t.Errorf("%d at the same time", w.most)
		}
	})
}

// TestTheLastResortFails: calls that waited for it are told.
func TestTheLastResortFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if n > 3 {
				time.Sleep(10 * time.Second)
			}
			yield(worker.Delta{}, fault(worker.Unreachable))
		}}
		p := pools(worker.Settings{CheckInterval: time.Hour}, w)
		defer p.Close()
		call(t.Context(), p, "free")
		for _, got := range contend(t, p, 3)() {
			if got.Reason != errs.WorkerUnavailable || got.Retry != nil || got.Took != 10*time.Second {
				t.Errorf("told %+v", got)
			}
		}
	})
}

// TestARecovery: calls come all the time, so the trial never gets the one place, and
// the worker recovers all the same.
func TestARecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), trial: silent, answer: func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if n <= 3 {
				yield(worker.Delta{}, fault(worker.Unreachable))
				return
			}
			takes(40*time.Second, "x")(ctx, n, yield)
		}}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		call(t.Context(), p, "free")
		var calls sync.WaitGroup
		for range 30 {
			time.Sleep(5 * time.Second)
			calls.Go(func() {
				if got := call(t.Context(), p, "free"); got.Text != "x" {
					t.Errorf("told %+v", got)
				}
			})
		}
		calls.Wait()
	})
}

// TestAReaderThatPanics: a panic gives back the place, and the one call that a
// half-open breaker lets through.
func TestAReaderThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: fails(3, fault(worker.Unreachable), "x")}
		p := pools(worker.Settings{CheckInterval: 10 * time.Second}, w)
		call(t.Context(), p, "free")
		p.Close() // no trials
		time.Sleep(11 * time.Second)
		func() {
			defer func() { _ = recover() }()
			for range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Text: "a"}}}) {
				panic("the reader")
			}
		}()
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "half-open" || h.Running != 0 {
			t.Errorf("after a panic: %+v", h)
		}
		for range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Text: "a"}}}) {
		}
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" {
			t.Errorf("after a reply: %+v", h)
		}
	})
}

func TestLoading(t *testing.T) {
	for _, tc := range []struct {
		name  string
		times int
		after time.Duration    // that it asks for
		took  [2]time.Duration // from, to
		want  told             // the first steps
	}{
		{"it comes", 10, 0, [2]time.Duration{5 * time.Second, 5 * time.Second}, told{Text: "x", Steps: slices.Repeat([]string{"loading"}, 10)}},
		{"it names its time", 2, 4 * time.Second, [2]time.Duration{8 * time.Second, 8 * time.Second}, told{Text: "x", Steps: []string{"loading", "loading"}}},
		{"it names too long a time", 2, time.Hour, [2]time.Duration{10 * time.Second, 10 * time.Second}, told{Text: "x", Steps: []string{"loading", "loading"}}},
		{"it does not come, in two attempts", 1000, 0, [2]time.Duration{40 * time.Second, 43 * time.Second},
			told{Steps: slices.Concat(slices.Repeat([]string{"loading"}, 41), []string{"retrying"}), Reason: errs.WorkerUnavailable}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fake{about: one(1), answer: fails(tc.times, &worker.Fault{Kind: worker.NotReady, RetryAfter: tc.after, Err: errors.New("it loads")}, "x")}
				p := pools(worker.Settings{LoadTimeout: 20 * time.Second, Retries: 1}, w)
				defer p.Close()
				got := call(t.Context(), p, "free")
				if got.Took < tc.took[0] || got.Took > tc.took[1] {
					t.Errorf("it took %v, want %v to %v", got.Took, tc.took[0], tc.took[1])
				}
				got.Took = 0
				got.Steps = got.Steps[:min(len(got.Steps), 42)] // the second attempt's follow
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestLoadingElsewhere: a worker that loads its model keeps no call that another one
// can answer, and is asked after the others.
func TestLoadingElsewhere(t *testing.T) {
	slow := func(d worker.Delta, err error) func(context.Context, int, func(worker.Delta, error) bool) {
		return func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if yield(d, err) && err == nil {
				takes(20*time.Second, "a")(ctx, n, yield)
			}
		}
	}
	for _, tc := range []struct {
		name   string
		answer func(context.Context, int, func(worker.Delta, error) bool)
	}{
		{"it refuses", slow(worker.Delta{}, fault(worker.NotReady))},
		{"it tells", slow(worker.Delta{Phase: worker.Loading}, nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &fake{name: "a", about: one(4), answer: tc.answer}
				b := &fake{name: "b", about: one(4), answer: takes(time.Second, "b")}
				p := pools(worker.Settings{}, a, b)
				defer p.Close()
				if got := call(t.Context(), p, "free"); got.Text != "b" || got.Took != time.Second {
					t.Errorf("told %+v", got)
				}
				contend(t, p, 3)()
				if a.calls != 1 || b.calls != 4 {
					t.Errorf("calls of the one that loads: %d, of the other one: %d", a.calls, b.calls)
				}
			})
		})
	}
}

// TestLoadingAlone: where there is no other worker, the call waits for the model.
func TestLoadingAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(4), answer: func(ctx context.Context, n int, yield func(worker.Delta, error) bool) {
			if yield(worker.Delta{Phase: worker.Loading}, nil) {
				takes(20*time.Second, "x")(ctx, n, yield)
			}
		}}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		if got := call(t.Context(), p, "free"); got.Text != "x" || w.calls != 1 {
			t.Errorf("asked %d times, told %+v", w.calls, got)
		}
	})
}

// TestAllLoad: where all load their models, a call waits for the one that it has
// asked; a later call goes to the first that is ready.
func TestAllLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := &worker.Fault{Kind: worker.NotReady, RetryAfter: 3 * time.Second, Err: errors.New("it loads")}
		a := &fake{name: "a", about: one(4), answer: fails(1, loads, "a")}
		b := &fake{name: "b", about: one(4), answer: fails(4, loads, "b")}
		p := pools(worker.Settings{}, a, b)
		defer p.Close()
		end := contend(t, p, 1)
		time.Sleep(time.Second)
		if got := call(t.Context(), p, "free"); got.Text != "a" || got.Took != 0 {
			t.Errorf("a second call: %+v", got)
		}
		if got := end()[0]; got.Text != "a" || got.Took != 3*time.Second {
			t.Errorf("told %+v", got)
		}
	})
}

// TestTheLastRetryLoads: a call without retries waits for the model.
func TestTheLastRetryLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{name: "a", about: one(1), answer: fails(9, fault(worker.NotReady), "a")}
		b := &fake{name: "b", about: one(1), answer: fails(9, fault(worker.NotReady), "b")}
		c := &fake{name: "c", about: one(1), answer: says("c")}
		p := pools(worker.Settings{Retries: 1}, a, b, c)
		defer p.Close()
		if got := call(t.Context(), p, "free"); got.Text != "b" {
			t.Errorf("told %+v", got)
		}
	})
}

// TestPlansShareAWorker: its places are counted once, and the higher plan goes first.
func TestPlansShareAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: takes(10*time.Second, "x")}
		p := worker.NewPools([]worker.PoolConfig{{Plan: "premium", Workers: []worker.Worker{w}}, {Plan: "free", Workers: []worker.Worker{w}}}, worker.Settings{})
		defer p.Close()
		var order []string
		var mu sync.Mutex
		var calls sync.WaitGroup
		for _, plan := range []string{"free", "free", "premium", "unheard-of"} {
			calls.Go(func() {
				call(t.Context(), p, plan)
				mu.Lock()
				order = append(order, plan)
				mu.Unlock()
			})
			synctest.Wait()
		}
		calls.Wait()
		if want := []string{"free", "premium", "free", "unheard-of"}; !slices.Equal(order, want) || w.most != 1 {
			t.Errorf("order %v, want %v; %d at the same time", order, want, w.most)
		}
	})
}

// TestLeaving: a reader that leaves gives the place back.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: says("x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		for range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Text: "a"}}}) {
			break
		}
		if h := p.Health(t.Context())[0].Workers[0]; h.Running != 0 || h.Breaker != "closed" {
			t.Errorf("after its reader left: %+v", h)
		}
	})
}

// TestAWorkerMaySleep: a worker without calls is not checked.
func TestAWorkerMaySleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: says("x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		time.Sleep(time.Hour)
		if n := w.get(&w.checks); n != 0 {
			t.Errorf("%d checks before the first call", n)
		}
		call(t.Context(), p, "free")
		time.Sleep(10 * time.Minute)
		used := w.get(&w.checks)
		time.Sleep(time.Hour)
		if n := w.get(&w.checks); used == 0 || n != used {
			t.Errorf("%d checks while in use, %d an hour later", used, n)
		}
	})
}

// TestASilentWorker: one that takes connections and says nothing holds a call no
// longer than a model may take to load.
func TestASilentWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := &fake{name: "dead", tell: silent, check: silent, trial: silent}
		good := &fake{name: "good", about: one(4), answer: says("good")}
		p := pools(worker.Settings{LoadTimeout: time.Minute}, dead, good)
		defer p.Close()
		for range 3 {
			if got := call(t.Context(), p, "free"); got.Text != "good" || got.Took > 65*time.Second {
				t.Errorf("told %+v", got)
			}
		}
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "open" {
			t.Errorf("after three silences: %+v", h)
		}
	})
}

// TestChecksThatTakeTooLong: a worker that is full or loads its model does not answer
// a check in time. That does not open the breaker.
func TestChecksThatTakeTooLong(t *testing.T) {
	for _, tc := range []struct {
		name  string
		tell  func(context.Context) error
		reply time.Duration
	}{
		{"it is full", nil, 61 * time.Second},
		{"it starts", after(51 * time.Second), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fake{about: one(1), tell: tc.tell, check: after(time.Hour), trial: after(time.Hour), answer: takes(tc.reply, "x")}
				p := pools(worker.Settings{}, w)
				defer p.Close()
				for _, got := range contend(t, p, 3)() {
					if got.Text != "x" {
						t.Errorf("told %+v", got)
					}
				}
				if n := w.get(&w.checks); n != 0 {
					t.Errorf("%d checks of a worker with calls", n)
				}
				time.Sleep(time.Minute)
				if h := p.Health(t.Context())[0].Workers[0]; h.Breaker != "closed" || w.get(&w.checks) < 4 {
					t.Errorf("without calls, after %d checks: %+v", w.get(&w.checks), h)
				}
			})
		})
	}
}

// TestChecksThatFail: failed checks open the breaker, also without any call.
func TestChecksThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fake{about: one(1), answer: says("x")}
		p := pools(worker.Settings{}, w)
		defer p.Close()
		call(t.Context(), p, "free")
		w.setHealth(fault(worker.Unreachable))
		time.Sleep(time.Minute)
		if h := p.Health(t.Context())[0].Workers[0]; h.Breaker == "closed" {
			t.Errorf("nobody listens any more: %+v", h)
		}
	})
}

// TestWhatACallCosts: what workers did is told, of every attempt, and of a claim only
// what can be.
func TestWhatACallCosts(t *testing.T) {
	reads := func(deltas ...worker.Delta) func(context.Context, int, func(worker.Delta, error) bool) {
		return func(_ context.Context, n int, yield func(worker.Delta, error) bool) {
			if !yield(worker.Delta{Phase: worker.Reading, Sent: 7}, nil) {
				return
			}
			if n == 1 {
				yield(worker.Delta{}, fault(worker.Broken))
				return
			}
			for _, d := range deltas {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
	ended := func(in, out int) worker.Delta {
		return worker.Delta{Finish: worker.Stop, Usage: worker.Usage{InputTokens: in, OutputTokens: out}}
	}
	half := "<ul>\n  <li>the first entry</li>\n  <li>the sec"
	for _, tc := range []struct {
		name   string
		answer func(context.Context, int, func(worker.Delta, error) bool)
		reply  string
		want   cost
	}{
		{"two attempts", reads(worker.Delta{Text: "a"}, ended(30, 9)), "", cost{Sent: 14, Usage: worker.Usage{InputTokens: 30, OutputTokens: 9}}},
		{"claims without end", reads(worker.Delta{Text: "a"}, ended(1e9, 1e9)), "", cost{Sent: 14, Usage: worker.Usage{InputTokens: 500, OutputTokens: 10}}},
		{"claims below nothing", reads(worker.Delta{Text: "a"}, ended(-1, -1)), "", cost{Sent: 14}},
		{"reasoning", reads(worker.Delta{Thinking: true, Unseen: 5}, worker.Delta{Text: "a"}, ended(0, 0)), "", cost{Sent: 14, Unseen: 5}},
		{"what is repeated", reads(worker.Delta{Text: "  <li>the "}, worker.Delta{Text: "sec"}, worker.Delta{Text: "ond"}, ended(0, 0)), half, cost{Sent: 14, Unseen: 2}},
		{"nobody has got it", fails(9, fault(worker.Unreachable), ""), "", cost{Phase: worker.Queued, Reason: errs.WorkerUnavailable}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fake{about: worker.About{Parallel: 1, Context: 500}, answer: tc.answer}
				p := pools(worker.Settings{}, w)
				defer p.Close()
				var got cost
				for d, err := range p.Generate(t.Context(), worker.Prompt{Messages: []worker.Message{{Role: worker.User, Text: "a"}}, Reply: tc.reply, MaxTokens: 10}) {
					if err != nil {
						got.Phase, got.Reason = d.Phase, errs.Of(err).Reason
						break
					}
					got.Sent, got.Unseen, got.Usage = got.Sent+d.Sent, got.Unseen+d.Unseen, d.Usage
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// cost is what is told of what a call cost.
type cost struct {
	Sent, Unseen int
	Usage        worker.Usage
	Phase        worker.Phase // with an error
	Reason       errs.Reason
}

// TestAskedInWordsAfterAll: what a worker repeats is dropped also if it had promised to
// continue by itself, and then had to be asked in words.
func TestAskedInWordsAfterAll(t *testing.T) {
	const before, again, rest = "<ul>\n  <li>the first</li>\n  <li>the sec", "  <li>the sec", "ond</li>\n</ul>\n"
	for name, tc := range map[string]struct {
		says []worker.Delta
		want string
	}{
		"by itself": {[]worker.Delta{{Phase: worker.Reading}, {Text: rest}}, rest},
		"in words":  {[]worker.Delta{{Phase: worker.Reading, InWords: true}, {Text: again + rest}}, rest},
	} {
		w := &fake{about: one(1), answer: func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {
			for _, d := range append(tc.says, worker.Delta{Finish: worker.Stop}) {
				if !yield(d, nil) {
					return
				}
			}
		}}
		w.about.Continues = true
		p := pools(worker.Settings{}, w)
		got := ""
		for d, err := range p.Generate(t.Context(), worker.Prompt{Reply: before, Messages: []worker.Message{{Role: worker.User, Text: "a list"}}}) {
			if err != nil {
				t.Fatal(err)
			}
			got += d.Text
		}
		p.Close()
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
