package turns_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker/workertest"
)

const chunks = 40

// wholeReply returns a document in chunks that all differ, so that a lost or
// doubled one shows.
func wholeReply() []string {
	text := []string{"```html\n"}
	for i := 1; i < chunks-1; i++ {
		text = append(text, fmt.Sprintf("<p>%02d é</p>\n", i))
	}
	return append(text, "```\n")
}

// faultGroup is the faults that are tried with one lease, in a Firebase project
// of their own.
type faultGroup struct {
	t      *testing.T
	lease  string // of the servers
	all    bool   // try every point
	seed   uint64
	random *rand.Rand

	binary  string // the server, built with its failpoints
	project string
	db      *store.Store
	raw     *firestore.Client
	tally   *tally
}

func newFaultGroup(t *testing.T, lease, binary string, seed uint64, sums *tally) *faultGroup {
	t.Helper()
	g := &faultGroup{
		t: t, lease: lease, all: os.Getenv("FAULTS") == "all", seed: seed, random: rand.New(rand.NewPCG(seed, 1)),
		binary: binary, project: emulator.Project(t), tally: sums,
	}
	var err error
	if g.db, err = store.Open(t.Context(), g.project, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.db.Close() })
	if g.raw, err = firestore.NewClient(t.Context(), g.project); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.raw.Close() })
	return g
}

// run tries one turn under one fault, in surroundings of its own.
func (g *faultGroup) run(name string, test func(a *faultEnv, r *resumingClient)) {
	g.t.Run(name, func(t *testing.T) {
		t.Parallel()
		proxy, err := faults.StartProxy(emulator.Require(t, "FIRESTORE_EMULATOR_HOST"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Close)
		a := &faultEnv{faultGroup: g, t: t, proxy: proxy, worker: workertest.Start("llamacpp"), name: strings.Split(name, "/")[0]}
		t.Cleanup(a.worker.Close)
		a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 50 * time.Millisecond})
		test(a, &resumingClient{a: a, token: a.signUp(), turnID: newTurnID()})
	})
}

// each tries the fault after every chunk of the turn, or after a few of them.
func (g *faultGroup) each(name string, few int, test func(a *faultEnv, r *resumingClient, chunk int)) {
	list := g.random.Perm(chunks)
	if !g.all {
		list = list[:few]
	}
	for _, i := range list {
		chunk := i + 1
		g.run(fmt.Sprintf("%s/%d", name, chunk), func(a *faultEnv, r *resumingClient) { test(a, r, chunk) })
	}
}

// faultEnv is what surrounds one turn: a database that can misbehave, and a
// worker that says what it is told to.
type faultEnv struct {
	*faultGroup
	t      *testing.T
	proxy  *faults.Proxy
	worker *workertest.Server
	name   string // of the fault
}

func (a *faultEnv) signUp() string { return e2etest.SignUp(a.t, a.project) }

// finish reads the turn to its end, and then checks what is stored.
func (a *faultEnv) finish(r *resumingClient) {
	r.readToEnd(a.t.Context())
	a.check(r)
	a.checkUsage(r)
}

// tally counts, over all turns, what must never be.
type tally struct {
	mu   sync.Mutex
	rows map[string]*row // by fault
}

type row struct{ points, lost, doubled, wronglyComplete, usageOff, other int }

// String returns the table that README.md shows.
func (s *tally) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var table strings.Builder
	fmt.Fprintf(&table, "%-46s %6s %5s %8s %9s %6s %6s\n", "fault", "points", "lost", "doubled", "wrongly c", "usage", "other")
	for _, name := range slices.Sorted(maps.Keys(s.rows)) {
		r := s.rows[name]
		fmt.Fprintf(&table, "%-46s %6d %5d %8d %9d %6d %6d\n", name, r.points, r.lost, r.doubled, r.wronglyComplete, r.usageOff, r.other)
	}
	return table.String()
}

func (a *faultEnv) row(change func(*row)) {
	a.tally.mu.Lock()
	defer a.tally.mu.Unlock()
	r := a.tally.rows[a.name]
	if r == nil {
		r = &row{}
		a.tally.rows[a.name] = r
	}
	change(r)
}

func (a *faultEnv) violation(count func(*row) *int, format string, args ...any) {
	a.t.Helper()
	a.row(func(r *row) { *count(r)++ })
	a.t.Errorf("%s: %s", a.name, fmt.Sprintf(format, args...))
}

func lost(r *row) *int { return &r.lost }

func doubled(r *row) *int { return &r.doubled }

func wronglyComplete(r *row) *int { return &r.wronglyComplete }

func usageOff(r *row) *int { return &r.usageOff }

func other(r *row) *int { return &r.other }

func (a *faultEnv) start(env ...string) *e2etest.Backend {
	a.t.Helper()
	return e2etest.StartBinary(a.t, a.binary, a.worker.URL, append([]string{
		"GOOGLE_CLOUD_PROJECT=" + a.project, "FIRESTORE_EMULATOR_HOST=" + a.proxy.Addr, "TURN_LEASE=" + a.lease, "SHUTDOWN_GRACE=1s", "LOG_LEVEL=info",
		"MAX_CALLS=0",
		`PLANS={"free": {"dailyTurns": 10000, "dailyTokens": 100000000, "dailyInputTokens": 1000000000, "turnsPerMinute": 10000, "projects": 10000, "savesPerDay": 10000, ` + e2etest.ManyCalls + `}}`}, env...)...)
}

// lockTimeout is how long a client waits for a turn at least: its owner was killed, or
// could not reach the database, perhaps inside a transaction, and Firestore keeps the
// locks for a minute.
const lockTimeout = 2 * time.Minute

// resumingClient does what turns.js does: it asks and reads, and when the stream
// breaks it resumes after the last text, at the next server.
type resumingClient struct {
	a       *faultEnv
	token   string
	servers []*e2etest.Backend
	turnID  string

	text      string
	cursor    string
	projectID string
	state     string // of the result; "" if it ended in an error
	reason    string // of the error
	length    int
	onChunk   func(chunk int) // is called with the number of chunks that have come
	breakAt   int             // leave and come back after that many chunks; 0: never
	tries     int
	timeout   time.Duration
}

// at calls do once, when so many chunks have come.
func (r *resumingClient) at(chunk int, do func()) {
	var once sync.Once
	r.onChunk = func(n int) {
		if n >= chunk {
			once.Do(do)
		}
	}
}

// readToEnd reads until the turn has ended or the timeout is over.
func (r *resumingClient) readToEnd(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, max(r.timeout, lockTimeout))
	defer cancel()
	for r.state == "" && r.reason == "" {
		if ctx.Err() != nil {
			r.reason = "the client's time is over"
			return
		}
		s := r.servers[r.tries%len(r.servers)]
		r.tries++
		r.connect(ctx, s)
		if r.state == "" && r.reason == "" {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func (r *resumingClient) connect(ctx context.Context, s *e2etest.Backend) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	function, body := "generateCode", fmt.Sprintf(`{"data":{"prompt":"a clock","turnId":%q}}`, r.turnID)
	if r.projectID != "" {
		function, body = "resumeTurn", fmt.Sprintf(`{"data":{"turnId":%q,"projectId":%q,"cursor":%q}}`, r.turnID, r.projectID, r.cursor)
	}
	res, err := e2etest.Post(ctx, s, r.token, function, body, "text/event-stream")
	if err != nil {
		return
	}
	defer res.Body.Close()
	for f, err := range e2etest.Frames(res.Body) {
		switch {
		case err != nil:
			r.a.violation(other, "%v", err)
			return
		case f.Message != nil && f.Message.Type == "accepted":
			r.projectID = f.Message.ProjectID
		case f.Message != nil && f.Message.Type == "text":
			r.text += f.Message.Text
			r.cursor = f.Message.Cursor
			n := strings.Count(r.text, "\n")
			if r.onChunk != nil {
				r.onChunk(n)
			}
			if r.breakAt > 0 && n >= r.breakAt {
				r.breakAt = 0
				return
			}
		case f.Result != nil:
			r.state, r.projectID = f.Result.State, f.Result.ProjectID
		case f.Error != nil:
			reason, _ := f.Error.Details["reason"].(string)
			ended := f.Error.Details["state"] != nil && f.Error.Details["state"] != "running"
			if !ended && (reason == "shutting-down" || reason == "store-unavailable" || reason == "turn-continues" || reason == "overloaded" || reason == "" && f.Error.Status == "INTERNAL") {
				return
			}
			r.reason = cmp.Or(reason, f.Error.Status)
			if n, ok := f.Error.Details["length"].(float64); ok && int(n) < len(r.text) {
				r.length = int(n)
				r.text = r.text[:r.length]
			}
		}
	}
}

// check compares what a client saw of a turn with the documents.
func (a *faultEnv) check(r *resumingClient) {
	a.t.Helper()
	a.row(func(row *row) { row.points++ })
	ctx := a.t.Context()
	k := turn.Key{ProjectID: r.projectID, TurnID: r.turnID}
	t, err := a.db.Turn(ctx, k)
	if err != nil || t == nil {
		if r.reason == "no-such-project" { // deleted
			return
		}
		a.violation(lost, "the turn is not there: %v; the client saw %q, %q", err, r.state, r.reason)
		return
	}
	whole := strings.Join(wholeReply(), "")
	switch {
	case t.State == turn.Running:
		a.violation(other, "the turn still runs; the client saw %q, %q", r.state, r.reason)
		return
	case r.state != "" && string(t.State) != r.state:
		a.violation(lost, "result %q was sent, %q is stored", r.state, t.State)
	case r.state == "" && r.reason == "interrupted" && t.State != turn.Interrupted && t.State != turn.Cancelled:
		a.violation(other, "interrupted was said, %q is stored", t.State)
	}
	if !strings.HasPrefix(t.Reply, r.text) && !strings.HasPrefix(r.text, t.Reply) {
		a.violation(doubled, "the client saw\n%q\nstored is\n%q", r.text, t.Reply)
	}
	if r.state != "" && r.text != t.Reply && r.reason == "" && t.State == turn.Complete {
		a.violation(lost, "complete, and the client saw %d of %d bytes", len(r.text), len(t.Reply))
	}
	if !strings.HasPrefix(whole, t.Reply) && t.Source == "worker" {
		a.violation(doubled, "stored is\n%q", t.Reply)
	}
	if t.State == turn.Complete && t.Source == "worker" && (t.Reply != whole || t.Version != 1) {
		a.violation(wronglyComplete, "complete with version %d and\n%q", t.Version, t.Reply)
	}
	p, err := a.db.Project(ctx, k.ProjectID)
	if err != nil || p == nil {
		a.violation(other, "no project: %v", err)
		return
	}
	if p.ActiveTurn != "" || p.CurrentVersion > 1 || (p.CurrentVersion == 1) != (t.Version == 1) {
		a.violation(doubled, "project: active turn %q, version %d; the turn's %d", p.ActiveTurn, p.CurrentVersion, t.Version)
	}
	if v, err := a.db.Version(ctx, k.ProjectID, 1); err != nil || (v != nil) != (t.Version == 1) {
		a.violation(lost, "version: %v, %v", v, err)
	}
	docs, err := a.raw.Collection("projects").Doc(k.ProjectID).Collection("turns").Doc(k.TurnID).Collection("segments").Documents(ctx).GetAll()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, doc := range docs {
		at, _ := strconv.Atoi(doc.Ref.ID)
		text, _ := doc.Data()["text"].(string)
		if doc.UpdateTime.Before(*t.FinishedAt) && (len(t.Reply) < at+len(text) || t.Reply[at:at+len(text)] != text) {
			a.violation(lost, "the segment at %d, of %d bytes, was stored before the turn ended with %d bytes", at, len(text), t.Length)
		}
	}
	if t.Length != len(t.Reply) {
		a.violation(other, "length %d of %d bytes", t.Length, len(t.Reply))
	}
}

// checkUsage counts a user's usage again, from the turns.
func (a *faultEnv) checkUsage(readers ...*resumingClient) {
	a.t.Helper()
	ctx := a.t.Context()
	uid, day := "", ""
	var want quota.Day
	for _, r := range readers {
		t, err := a.db.Turn(ctx, turn.Key{ProjectID: r.projectID, TurnID: r.turnID})
		if err != nil || t == nil {
			continue
		}
		uid, day = t.OwnerUID, t.Day
		want.Turns += min(1, t.Meter.Calls)
		want.InputTokens += t.Meter.InputTokens
		want.OutputTokens += t.Meter.OutputTokens
	}
	if uid == "" || day == "" {
		return
	}
	got, err := a.db.Account(ctx, uid, day)
	if err != nil || len(got.Running) != 0 || got.Days[day] != want {
		a.violation(usageOff, "account %+v, %v; the turns make %+v", got, err, want)
	}
}

func yesterday() string { return quota.Today(time.Now().Add(-24 * time.Hour)) }

// acceptedYesterday makes a running turn one that was accepted before midnight,
// with what is held for it: the database's clock cannot be set.
func (a *faultEnv) acceptedYesterday(r *resumingClient) {
	a.t.Helper()
	turns := a.raw.Collection("projects").Doc(r.projectID).Collection("turns").Doc(r.turnID)
	err := a.raw.RunTransaction(a.t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(turns)
		if err != nil {
			return err
		}
		t := doc.Data()
		if t["state"] != string(turn.Running) {
			return fmt.Errorf("it is %v already", t["state"])
		}
		usage := a.raw.Collection("users").Doc(t["ownerUid"].(string)).Collection("usage")
		if err := tx.Delete(usage.Doc(t["day"].(string))); err != nil {
			return err
		}
		if err := tx.Set(usage.Doc(yesterday()), quota.Day{Held: int(t["held"].(int64)), HeldInput: int(t["heldInput"].(int64))}); err != nil {
			return err
		}
		return tx.Update(turns, []firestore.Update{{Path: "day", Value: yesterday()}})
	})
	if err != nil {
		a.t.Errorf("put the turn before midnight: %v", err)
	}
}

func newTurnID() string { return fmt.Sprintf("t%016x", rand.Uint64()) }
