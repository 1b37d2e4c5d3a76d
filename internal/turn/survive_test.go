package turn_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// quick is a runner whose lease and idle limit are short.
func quick(t *testing.T, db turn.Store, w turn.Worker, idle time.Duration) *turn.Runner {
	t.Helper()
	return onAnyStore(t, db, w, turn.Settings{MaxTokens: 10, Limit: time.Minute, Lease: 300 * time.Millisecond, Idle: idle})
}

// begin starts a turn and returns when its first text is there. The answer
// comes later.
func begin(t *testing.T, r *turn.Runner, ctx context.Context) <-chan error {
	t.Helper()
	spoke, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		_, err := r.Generate(ctx, request(), func(e turn.Event) error {
			if e.Type == "text" && first {
				first = false
				close(spoke)
			}
			return nil
		})
		ended <- err
	}()
	select {
	case <-spoke:
	case err := <-ended:
		t.Fatalf("the turn ended before it said anything: %v", err)
	}
	return ended
}

// frozenStore is a store that hears nothing from its instance any more, as when the
// process is frozen.
type frozenStore struct {
	*memstore.Store
	on chan struct{} // closed: frozen
}

func (d frozenStore) frozen() error {
	select {
	case <-d.on:
		return errors.New("frozen")
	default:
		return nil
	}
}

func (d frozenStore) Apply(ctx context.Context, s turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if err := d.frozen(); err != nil && op == "renew" {
		return turn.Change{}, err
	}
	return d.Store.Apply(ctx, s, op, step)
}

func (d frozenStore) Append(ctx context.Context, k turn.Key, s []turn.Segment) error {
	if err := d.frozen(); err != nil {
		return err
	}
	return d.Store.Append(ctx, k, s)
}

func (d frozenStore) ExpiredTurns(ctx context.Context, before time.Time, after turn.Ref, most int) ([]turn.Ref, error) {
	if err := d.frozen(); err != nil {
		return nil, err
	}
	return d.Store.ExpiredTurns(ctx, before, after, most)
}

func TestAnOwnerThatWasFrozen(t *testing.T) {
	release := make(chan struct{})
	db := frozenStore{memstore.New(), make(chan struct{})}
	owner := quick(t, db, &fakeWorker{answer: func(ctx context.Context, yield func(worker.Delta, error) bool) {
		yield(worker.Delta{Model: "tiny", Text: "Sure.\n"}, nil)
		<-release
		says(worker.Stop, "```html\n<p>\n```\n").answer(nil, yield)
	}}, time.Hour)
	other := quick(t, db.Store, nil, time.Hour)
	ended := begin(t, owner, t.Context())

	// Another instance follows what was stored, and ends the turn when the owner
	// has been silent for too long.
	followed := ""
	_, err := other.Resume(t.Context(), "ann", key, 0, func(e turn.Event) error {
		if followed += e.Text; e.Type == "text" {
			close(db.on)
		}
		return nil
	})
	e := errs.Of(err)
	if e == nil || e.Reason != errs.Interrupted || e.Detail("length") != 6 || e.Detail("state") != turn.Interrupted || followed != "Sure.\n" {
		t.Fatalf("the follower heard %q and %v with %v", followed, e, e.Details)
	}
	close(release) // the owner wakes up, and wants to finish
	if e := errs.Of(<-ended); e == nil || e.Reason != errs.Interrupted || e.Detail("length") != 6 {
		t.Errorf("the owner's reader was told %v", e)
	}
	if p, _ := db.Project(t.Context(), "p"); p.CurrentVersion != 0 || p.ActiveTurn != "" {
		t.Errorf("project: version %d, active turn %q", p.CurrentVersion, p.ActiveTurn)
	}
	if a, _ := db.Account(t.Context(), "ann", ""); len(a.Running) != 0 {
		t.Errorf("still running: %v", a.Running)
	}

	// A retry of the request tells the same; another turn continues it.
	if _, err := other.Generate(t.Context(), request(), func(turn.Event) error { return nil }); errs.Of(err).Reason != errs.Interrupted {
		t.Errorf("a retry: %v", err)
	}
	w := says(worker.Stop, "```html\n<b>\n```\n")
	r := request()
	r.TurnID, r.Continues, r.NewProject, r.Prompt, r.PayloadHash = "t2", "t", false, "", "v1:2"
	res, err := quick(t, db.Store, w, time.Hour).Generate(t.Context(), r, func(turn.Event) error { return nil })
	if err != nil || res.Turn.Version != 1 || res.Turn.Prompt != "a clock" || w.asked.Reply != "Sure.\n" ||
		res.Turn.Reply != "Sure.\n```html\n<b>\n```\n" || len(w.asked.Messages) != 1 || w.asked.Messages[0].Text != "a clock" {
		t.Errorf("continuing: %v, %+v, asked %+v", err, res.Turn, w.asked)
	}
	r.TurnID, r.PayloadHash = "t3", "v1:3"
	if _, err := other.Generate(t.Context(), r, func(turn.Event) error { return nil }); errs.Of(err).Reason != errs.AlreadyContinued {
		t.Errorf("continuing twice: %v", err)
	}
}

// deafStore is a store whose first listener tells what there is, and never of a change.
type deafStore struct {
	*memstore.Store
	listens atomic.Int32
	heard   chan struct{} // closed once the first listener has told
}

func (s *deafStore) Follow(ctx context.Context, k turn.Key) iter.Seq2[turn.Update, error] {
	if s.listens.Add(1) > 1 {
		return s.Store.Follow(ctx, k)
	}
	return func(yield func(turn.Update, error) bool) {
		for u, err := range s.Store.Follow(ctx, k) {
			more := yield(u, err)
			close(s.heard)
			if !more {
				return
			}
			<-ctx.Done()
			yield(turn.Update{}, context.Cause(ctx))
			return
		}
	}
}

// TestAListenerThatGoesDeaf: whoever reads a turn of another instance hears its end,
// once the lease is over at the latest, although the listener says nothing more.
func TestAListenerThatGoesDeaf(t *testing.T) {
	db := &deafStore{Store: memstore.New(), heard: make(chan struct{})}
	owner := quick(t, db.Store, &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
		yield(worker.Delta{Model: "tiny", Text: "Sure.\n"}, nil)
		<-db.heard
		says(worker.Stop, "```html\n<p>\n```\n").answer(nil, yield)
	}}, time.Hour)
	other := quick(t, db, nil, time.Hour)
	ended := begin(t, owner, t.Context())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	followed := ""
	res, err := other.Resume(ctx, "ann", key, 0, func(e turn.Event) error { followed += e.Text; return nil })
	const whole = "Sure.\n```html\n<p>\n```\n"
	if err != nil || res.Turn.State != turn.Complete || followed != whole {
		t.Errorf("the follower heard %q, %v, %v", followed, res.Turn.State, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	for name, elsewhere := range map[string]bool{"on the owner's instance": false, "on another instance": true} {
		t.Run(name, func(t *testing.T) {
			db := memstore.New()
			owner := quick(t, db, hangs(), time.Hour)
			ended := begin(t, owner, t.Context())
			by := owner
			if elsewhere {
				by = quick(t, db, nil, time.Hour)
			}
			start := time.Now()
			got, err := by.Cancel(t.Context(), "ann", key)
			if err != nil || got.State != turn.Cancelled || got.Reply != "Well" || got.FinishReason != worker.Cancelled || got.Usage.OutputTokens != 1 {
				t.Errorf("Cancel: %v, %+v", err, got)
			}
			t.Logf("cancelled after %v", time.Since(start))
			if err := <-ended; err != nil {
				t.Errorf("the reader was told %v; a cancelled turn is a result", err)
			}
			again, err := by.Cancel(t.Context(), "ann", key)
			if diff := cmp.Diff(got, again); diff != "" || err != nil {
				t.Errorf("cancelled again: %v\n%s", err, diff)
			}
			if _, err := by.Cancel(t.Context(), "bob", key); errs.Of(err).Reason != errs.NoSuchProject {
				t.Errorf("somebody else cancels: %v", err)
			}
		})
	}
}

func TestCancelBeforeAccept(t *testing.T) {
	w := says(worker.Stop, "x")
	f := newRunner(t, w)
	r := request()
	r.ProjectID = turn.ProjectID("ann", "t")
	if got, err := f.Cancel(t.Context(), "ann", r.Key); err != nil || got.State != turn.Cancelled {
		t.Fatalf("Cancel = %v, %v", got.State, err)
	}
	_, res, err := f.stream(t, r)
	if err != nil || res.Turn.State != turn.Cancelled || w.calls.Load() != 0 {
		t.Errorf("the turn that was cancelled before: %v, %s, %d calls", err, res.Turn.State, w.calls.Load())
	}
	if _, err := f.Cancel(t.Context(), "ann", turn.Key{ProjectID: "nope", TurnID: "t"}); errs.Of(err).Reason != errs.NoSuchProject {
		t.Errorf("a project that there is not: %v", err)
	}
}

func TestNobodyReads(t *testing.T) {
	db := memstore.New()
	owner := quick(t, db, hangs(), 400*time.Millisecond)
	ctx, leave := context.WithCancel(t.Context())
	ended := begin(t, owner, ctx)
	other := quick(t, db, nil, 400*time.Millisecond)
	left := make(chan struct{})
	followed, stop := context.WithCancel(t.Context())
	go func() {
		defer close(left)
		other.Resume(followed, "ann", key, 0, func(turn.Event) error { return nil })
	}()
	leave()
	<-ended
	time.Sleep(time.Second) // longer than the limit: a reader elsewhere keeps the turn alive
	if got, _ := db.Turn(t.Context(), key); got.State != turn.Running {
		t.Errorf("a turn that is read on another instance ended as %s", got.State)
	}
	stop()
	<-left
	f := fixture{owner, db}
	if got, err := f.turn(t, key); err != nil || got.State != turn.Cancelled || got.Reply != "Well" {
		t.Errorf("a turn that nobody reads ended as %s, %v", got.State, err)
	}
}

func TestDrainSendsFollowersElsewhere(t *testing.T) {
	db := memstore.New()
	owner, other := quick(t, db, hangs(), time.Hour), quick(t, db, nil, time.Hour)
	begin(t, owner, t.Context())
	reading, told := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := other.Resume(t.Context(), "ann", key, 0, func(e turn.Event) error {
			if e.Type == "text" {
				close(reading)
			}
			return nil
		})
		told <- err
	}()
	<-reading
	other.Drain(t.Context())
	if err := <-told; errs.Of(err).Reason != errs.ShuttingDown {
		t.Errorf("the follower's reader was told %v", err)
	}
	if _, err := other.Resume(t.Context(), "ann", key, 0, nil); errs.Of(err).Reason != errs.ShuttingDown {
		t.Errorf("a resume after Drain: %v", err)
	}
	if got, _ := db.Turn(t.Context(), key); got.State != turn.Running {
		t.Errorf("the turn is %s; it runs elsewhere", got.State)
	}
}

func TestResume(t *testing.T) {
	f := newRunner(t, says(worker.Stop, "Sure é.\n```html\n", "<p>\n```\n"))
	_, res, _ := f.stream(t, request())
	for _, after := range []int{0, 3, 6, len(res.Turn.Reply), len(res.Turn.Reply) + 50} {
		var text strings.Builder
		events := []string{}
		got, err := f.Resume(t.Context(), "ann", key, after, func(e turn.Event) error {
			text.WriteString(e.Text)
			if e.Type != "status" { // that of a log which is not gone yet
				events = append(events, line(e))
			}
			return nil
		})
		want := res.Turn.Reply[min(after, len(res.Turn.Reply)):]
		if after == 6 { // within é: on with the next rune
			want = want[1:]
		}
		if text.String() != want || err != nil || !cmp.Equal(got, res) {
			t.Errorf("after %d: %q, %v; want %q", after, text.String(), err, want)
		}
		if !cmp.Equal(events[:2], []string{"accepted p/t", "source worker tiny"}) {
			t.Errorf("after %d: %v", after, events)
		}
	}
	for _, tc := range []struct {
		uid    string
		key    turn.Key
		reason errs.Reason
	}{
		{"bob", key, errs.NoSuchProject},
		{"ann", turn.Key{ProjectID: "p", TurnID: "x"}, errs.NoSuchTurn},
		{"ann", turn.Key{ProjectID: "x", TurnID: "t"}, errs.NoSuchProject},
	} {
		if _, err := f.Resume(t.Context(), tc.uid, tc.key, 0, nil); errs.Of(err) == nil || errs.Of(err).Reason != tc.reason {
			t.Errorf("%s resumes %v: %v, want %s", tc.uid, tc.key, err, tc.reason)
		}
	}
}

func TestLimits(t *testing.T) {
	db := memstore.New()
	owner := quick(t, db, hangs(), time.Hour)
	begin(t, owner, t.Context())
	r := byWorker()
	r.ProjectID, r.TurnID, r.Limits.ConcurrentTurns = "p2", "t2", 1
	f := fixture{owner, db}
	if _, _, err := f.stream(t, r); errs.Of(err).Reason != errs.ConcurrentTurns {
		t.Errorf("a second turn: %v", err)
	}
	r.Limits.ConcurrentTurns, r.Limits.DailyTokens = 2, 99
	if _, _, err := f.stream(t, r); errs.Of(err).Reason != errs.DailyTokens || errs.Of(err).Detail("used") != 50 || errs.Of(err).Detail("resetsAt") == nil {
		t.Errorf("tokens: %v", err)
	}
	r.Limits.DailyTurns = 1
	if _, _, err := f.stream(t, r); errs.Of(err).Reason != errs.DailyTurns {
		t.Errorf("turns: %v", err)
	}
}

// halting is a store whose purge stops half-way, once.
type halting struct {
	*memstore.Store
	halted atomic.Bool
}

func (h *halting) Purge(ctx context.Context, id string, most int) (int, error) {
	if h.halted.CompareAndSwap(false, true) {
		return 0, errors.New("halted")
	}
	return h.Store.Purge(ctx, id, most)
}

func ignore(turn.Event) error { return nil }

func TestDelete(t *testing.T) {
	db := memstore.New()
	r := quick(t, &halting{Store: db}, hangs(), time.Hour)
	ended := begin(t, r, t.Context())
	if err := r.Delete(t.Context(), "bob", "p"); errs.Of(err).Reason != errs.NoSuchProject {
		t.Errorf("somebody else deletes: %v", err)
	}
	if err := r.Delete(t.Context(), "ann", "p"); err == nil {
		t.Fatal("the purge did not stop")
	}
	if err := <-ended; err != nil {
		t.Errorf("the reader of the turn was told %v; it was cancelled", err)
	}
	// The turn's log stays for a moment after its readers have been told.
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		_, err := r.Resume(t.Context(), "ann", key, 0, ignore)
		if err != nil && errs.Of(err).Reason == errs.NoSuchProject {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("a turn of a project that is half-deleted: %v", err)
		}
	}
	if err := r.Delete(t.Context(), "ann", "p"); err != nil {
		t.Fatal(err)
	}
	if p, _ := db.Project(t.Context(), "p"); p.PurgedAt == nil {
		t.Error("the tombstone does not say that all is gone")
	}
}

func TestSweep(t *testing.T) {
	db := frozenStore{memstore.New(), make(chan struct{})}
	release := make(chan struct{})
	defer close(release)
	owner := quick(t, db, &fakeWorker{answer: func(_ context.Context, yield func(worker.Delta, error) bool) {
		yield(worker.Delta{Model: "tiny", Text: "Sure.\n"}, nil)
		<-release
	}}, time.Hour)
	begin(t, owner, t.Context())
	close(db.on)
	other := quick(t, db.Store, nil, time.Hour)
	turns := 0
	for turns == 0 { // until the lease is over
		n, _ := other.Sweep(t.Context())
		turns += n
	}
	if got, _ := db.Turn(t.Context(), key); turns != 1 || got.State != turn.Interrupted {
		t.Errorf("%d turns swept, the turn is %s", turns, got.State)
	}
}
