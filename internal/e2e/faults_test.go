package e2e_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker/workertest"
	"google.golang.org/grpc/codes"
)

const chunks = 40

// wholeReply is a reply whose every piece can be told from the others: ends with
// the whole document after the last one.
func wholeReply() []string {
	text := []string{"```html\n"}
	for i := 1; i < chunks-1; i++ {
		text = append(text, fmt.Sprintf("<p>%02d é</p>\n", i))
	}
	return append(text, "```\n")
}

// arena is two servers' surroundings: a database that can misbehave, and a
// worker that says what it is told to.
type arena struct {
	t      *testing.T
	lease  string // of the servers
	binary string
	proxy  *faults.Proxy
	worker *workertest.Server
	db     *store.Store
	raw    *firestore.Client
	tally  *tally
	name   string // of the fault
}

// tally counts, over all turns, what must never be.
type tally struct {
	mu    sync.Mutex
	rows  map[string]*row
	order []string
}

type row struct{ points, lost, doubled, wronglyComplete, usageOff, other int }

func (a *arena) row(change func(*row)) {
	a.tally.mu.Lock()
	defer a.tally.mu.Unlock()
	r := a.tally.rows[a.name]
	if r == nil {
		r = &row{}
		a.tally.rows[a.name] = r
		a.tally.order = append(a.tally.order, a.name)
	}
	change(r)
}

func (a *arena) wrong(count func(*row) *int, format string, args ...any) {
	a.t.Helper()
	a.row(func(r *row) { *count(r)++ })
	a.t.Errorf("%s: %s", a.name, fmt.Sprintf(format, args...))
}

func lost(r *row) *int            { return &r.lost }
func doubled(r *row) *int         { return &r.doubled }
func wronglyComplete(r *row) *int { return &r.wronglyComplete }
func usageOff(r *row) *int        { return &r.usageOff }
func other(r *row) *int           { return &r.other }

func (a *arena) server(env ...string) *server {
	a.t.Helper()
	return startBinary(a.t, a.binary, a.worker.URL, append([]string{
		"FIRESTORE_EMULATOR_HOST=" + a.proxy.Addr, "TURN_LEASE=" + a.lease, "SHUTDOWN_GRACE=1s", "LOG_LEVEL=info",
		`PLANS={"free": {"dailyTurns": 10000, "dailyTokens": 100000000}}`}, env...)...)
}

// locked is a reader's patience with a turn whose owner was killed or stopped,
// perhaps inside a transaction: Firestore keeps its locks for a minute.
const locked = 2 * time.Minute

// reader is a client that does what turns.js does: it asks, reads, and when the
// stream breaks goes on where it was, at the next server.
type reader struct {
	a       *arena
	token   string
	servers []*server
	turnID  string

	text      string
	cursor    string
	projectID string
	state     string // of the result; "" if it ended in an error
	reason    string // of the error
	length    int
	onText    func(chunk int) // hears how many chunks have come
	breakAt   int             // leave and come back after that many chunks; 0: never
	tries     int
	patience  time.Duration
}

type frame struct {
	Message *turn.Event
	Result  *struct{ State, ProjectID, Code string }
	Error   *struct {
		Status  string
		Details map[string]any
	}
}

// read goes on until the turn has ended.
func (r *reader) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, max(r.patience, 40*time.Second))
	defer cancel()
	for r.state == "" && r.reason == "" {
		if ctx.Err() != nil {
			r.reason = "the reader's patience is over"
			return
		}
		s := r.servers[r.tries%len(r.servers)]
		r.tries++
		r.once(ctx, s)
		if r.state == "" && r.reason == "" {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func (r *reader) once(ctx context.Context, s *server) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	function, body := "generateCode", fmt.Sprintf(`{"data":{"prompt":"a clock","turnId":%q}}`, r.turnID)
	if r.projectID != "" {
		function, body = "resumeTurn", fmt.Sprintf(`{"data":{"turnId":%q,"projectId":%q,"cursor":%q}}`, r.turnID, r.projectID, r.cursor)
	}
	res, err := post(ctx, s, r.token, function, body, "text/event-stream")
	if err != nil {
		return
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var f frame
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			r.a.wrong(other, "a frame that is no JSON: %s", text)
			return
		}
		switch {
		case f.Message != nil && f.Message.Type == "accepted":
			r.projectID = f.Message.ProjectID
		case f.Message != nil && f.Message.Type == "text":
			r.text += f.Message.Text
			r.cursor = f.Message.Cursor
			n := strings.Count(r.text, "\n")
			if r.onText != nil {
				r.onText(n)
			}
			if r.breakAt > 0 && n >= r.breakAt {
				r.breakAt = 0
				return
			}
		case f.Result != nil:
			r.state, r.projectID = f.Result.State, f.Result.ProjectID
		case f.Error != nil:
			reason, _ := f.Error.Details["reason"].(string)
			if reason == "shutting-down" || reason == "store-unavailable" || reason == "turn-continues" || reason == "" && f.Error.Status == "INTERNAL" {
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

// check recounts one turn from the documents.
func (a *arena) check(r *reader) {
	a.t.Helper()
	a.row(func(row *row) { row.points++ })
	ctx := a.t.Context()
	k := turn.Key{ProjectID: r.projectID, TurnID: r.turnID}
	t, err := a.db.Turn(ctx, k)
	if err != nil || t == nil {
		if r.reason == "no-such-project" { // deleted
			return
		}
		a.wrong(lost, "the turn is not there: %v; the reader saw %q, %q", err, r.state, r.reason)
		return
	}
	whole := strings.Join(wholeReply(), "")
	switch {
	case t.State == turn.Running:
		a.wrong(other, "the turn still runs; the reader saw %q, %q", r.state, r.reason)
		return
	case r.state != "" && string(t.State) != r.state:
		a.wrong(lost, "result %q was sent, %q is stored", r.state, t.State)
	case r.state == "" && r.reason == "interrupted" && t.State != turn.Interrupted && t.State != turn.Cancelled:
		a.wrong(other, "interrupted was said, %q is stored", t.State)
	}
	if !strings.HasPrefix(t.Reply, r.text) && !strings.HasPrefix(r.text, t.Reply) {
		a.wrong(doubled, "the reader saw\n%q\nstored is\n%q", r.text, t.Reply)
	}
	if r.state != "" && r.text != t.Reply && r.reason == "" && t.State == turn.Complete {
		a.wrong(lost, "complete, and the reader saw %d of %d bytes", len(r.text), len(t.Reply))
	}
	if !strings.HasPrefix(whole, t.Reply) && t.Source == "worker" {
		a.wrong(doubled, "stored is\n%q", t.Reply)
	}
	if t.State == turn.Complete && t.Source == "worker" && (t.Reply != whole || t.Version != 1) {
		a.wrong(wronglyComplete, "complete with version %d and\n%q", t.Version, t.Reply)
	}
	p, err := a.db.Project(ctx, k.ProjectID)
	if err != nil || p == nil {
		a.wrong(other, "no project: %v", err)
		return
	}
	if p.ActiveTurn != "" || p.CurrentVersion > 1 || (p.CurrentVersion == 1) != (t.Version == 1) {
		a.wrong(doubled, "project: active turn %q, version %d; the turn's %d", p.ActiveTurn, p.CurrentVersion, t.Version)
	}
	if v, err := a.db.Version(ctx, k.ProjectID, 1); err != nil || (v != nil) != (t.Version == 1) {
		a.wrong(lost, "version: %v, %v", v, err)
	}
	docs, err := a.raw.Collection("projects").Doc(k.ProjectID).Collection("turns").Doc(k.TurnID).Collection("segments").Documents(ctx).GetAll()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, doc := range docs {
		at, _ := strconv.Atoi(doc.Ref.ID)
		text, _ := doc.Data()["text"].(string)
		if doc.UpdateTime.Before(*t.FinishedAt) && (len(t.Reply) < at+len(text) || t.Reply[at:at+len(text)] != text) {
			a.wrong(lost, "the segment at %d, of %d bytes, was stored before the turn ended with %d bytes", at, len(text), t.Length)
		}
	}
	if t.Length != len(t.Reply) {
		a.wrong(other, "length %d of %d bytes", t.Length, len(t.Reply))
	}
}

// account recounts a user's usage from the turns.
func (a *arena) account(readers ...*reader) {
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
		kept := t.State == turn.Complete || t.State == turn.Partial || t.State == turn.Cancelled
		if t.Source == "worker" && kept {
			want.Turns++
			want.OutputTokens += t.Usage.OutputTokens
		}
	}
	if uid == "" || day == "" {
		return
	}
	got, err := a.db.Account(ctx, uid, day)
	if err != nil || len(got.Running) != 0 || got.Days[day] != want {
		a.wrong(usageOff, "account %+v, %v; the turns make %+v", got, err, want)
	}
}

func yesterday() string { return quota.Today(time.Now().Add(-24 * time.Hour)) }

// acceptedYesterday makes a running turn one that was accepted before midnight,
// with what is held for it: the database's clock cannot be set.
func (a *arena) acceptedYesterday(r *reader) {
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
		if err := tx.Set(usage.Doc(yesterday()), quota.Day{Held: int(t["held"].(int64))}); err != nil {
			return err
		}
		return tx.Update(turns, []firestore.Update{{Path: "day", Value: yesterday()}})
	})
	if err != nil {
		a.t.Errorf("put the turn before midnight: %v", err)
	}
}

func newTurnID() string { return fmt.Sprintf("t%016x", rand.Uint64()) }

// TestFaults tries what can go wrong with a turn, and recounts what is stored.
// FAULTS=all tries every point; without it, a sample.
func TestFaults(t *testing.T) {
	all := os.Getenv("FAULTS") == "all"
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("FAULTS_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("FAULTS_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))

	binary := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", binary, "../../functions/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	host := emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	db, err := store.Open(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw, err := firestore.NewClient(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	sums := &tally{rows: map[string]*row{}}

	// Servers that share a database share a lease, too: each ends what is overdue
	// by its own. So those of one lease are done before those of another begin.
	group, lease := t, ""
	with := func(time string, tests func()) {
		t.Run("lease "+time, func(t *testing.T) {
			group, lease = t, time
			tests()
		})
	}
	// run is one turn under one fault, in surroundings of its own.
	run := func(name string, test func(a *arena, r *reader)) {
		lease := lease
		group.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, err := faults.StartProxy(host)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			a := &arena{t: t, lease: lease, binary: binary, proxy: proxy, worker: workertest.Start("llamacpp"), db: db, raw: raw, tally: sums, name: strings.Split(name, "/")[0]}
			t.Cleanup(a.worker.Close)
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 50 * time.Millisecond})
			r := &reader{a: a, token: signUp(t), turnID: newTurnID()}
			test(a, r)
		})
	}
	// points are all of a turn's chunks, or a few.
	points := func(few int) []int {
		var list []int
		for i := range chunks {
			list = append(list, i+1)
		}
		if all {
			return list
		}
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return list[:few]
	}
	each := func(name string, few int, test func(a *arena, r *reader, chunk int)) {
		for _, n := range points(few) {
			run(fmt.Sprintf("%s/%d", name, n), func(a *arena, r *reader) { test(a, r, n) })
		}
	}
	finish := func(a *arena, r *reader) {
		r.read(a.t.Context())
		a.check(r)
		a.account(r)
	}
	// at does something once, when the reader has so many chunks.
	at := func(r *reader, chunk int, do func()) {
		var once sync.Once
		r.onText = func(n int) {
			if n >= chunk {
				once.Do(do)
			}
		}
	}

	with("1s", func() {
		each("the owner is killed after a chunk", 3, func(a *arena, r *reader, chunk int) {
			owner, second := a.server(), a.server()
			r.servers, r.patience = []*server{owner, second}, locked
			at(r, chunk, func() { owner.Process.Kill() })
			finish(a, r)
		})
		for _, point := range []string{"accept", "accept:read", "accept:stored", "segment", "finish", "finish:read", "finish:stored", "finish:said"} {
			if !all && strings.HasSuffix(point, ":read") {
				continue // it takes Firestore a minute to forget that transaction
			}
			run("the owner is killed between steps/"+point, func(a *arena, r *reader) {
				r.servers, r.patience = []*server{a.server("FAULT_POINT=" + point), a.server()}, locked
				finish(a, r)
			})
		}
		each("the owner is frozen for longer than its lease", 2, func(a *arena, r *reader, chunk int) {
			owner, second := a.server(), a.server()
			r.servers, r.patience = []*server{owner}, locked+time.Minute
			at(r, chunk, func() {
				owner.Process.Signal(syscall.SIGSTOP)
				time.Sleep(1500 * time.Millisecond)
				again := &reader{a: a, token: r.token, turnID: r.turnID, projectID: r.projectID, servers: []*server{second}, patience: locked}
				again.read(a.t.Context())
				owner.Process.Signal(syscall.SIGCONT)
				a.check(again)
			})
			finish(a, r)
		})
	})
	with("8s", func() {
		each("the worker is killed after a chunk", 2, func(a *arena, r *reader, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply()[:chunk], Cut: true, Gap: 10 * time.Millisecond})
			r.servers = []*server{a.server()}
			finish(a, r)
			if r.state != "" || r.reason != "worker-lost" {
				a.wrong(wronglyComplete, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		each("the client leaves after a chunk", 3, func(a *arena, r *reader, chunk int) {
			r.servers = []*server{a.server(), a.server()}
			r.breakAt = chunk
			finish(a, r)
			if r.state != "complete" {
				a.wrong(lost, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		run("the client leaves before accepted", func(a *arena, r *reader) {
			r.servers = []*server{a.server(), a.server()}
			ctx, leave := context.WithTimeout(a.t.Context(), time.Duration(random.IntN(30))*time.Millisecond)
			r.once(ctx, r.servers[0])
			leave()
			r.projectID, r.text, r.cursor = "", "", ""
			finish(a, r)
		})
		for _, late := range []time.Duration{15 * time.Millisecond, 500 * time.Millisecond} {
			run(fmt.Sprintf("slow writes/%v", late), func(a *arena, r *reader) {
				r.servers = []*server{a.server(), a.server()}
				a.proxy.SlowWrites(late)
				r.breakAt = 20
				finish(a, r)
			})
		}
		each("the database fails for 5 s", 1, func(a *arena, r *reader, chunk int) {
			r.servers = []*server{a.server(), a.server()}
			at(r, chunk, func() {
				a.proxy.Refuse(true)
				time.AfterFunc(5*time.Second, func() { a.proxy.Refuse(false) })
			})
			finish(a, r)
		})
		for _, code := range []codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Aborted} {
			run("answers of commits are lost/"+code.String(), func(a *arena, r *reader) {
				r.servers = []*server{a.server(), a.server()}
				a.proxy.LoseAnswers(0.5, seed, code)
				finish(a, r)
				if r.state != "complete" {
					a.wrong(lost, "the reader saw %q, %q", r.state, r.reason)
				}
			})
		}
		run("the same turn 20 times at once", func(a *arena, r *reader) {
			servers := []*server{a.server(), a.server()}
			readers := make([]*reader, 20)
			var reading sync.WaitGroup
			for i := range readers {
				one := &reader{a: a, token: r.token, turnID: r.turnID, servers: []*server{servers[i%2]}}
				readers[i] = one
				reading.Go(func() { one.read(a.t.Context()) })
			}
			reading.Wait()
			for _, one := range readers {
				a.check(one)
				if one.state != "complete" {
					a.wrong(lost, "a reader saw %q, %q", one.state, one.reason)
				}
			}
			a.account(readers[0])
			if n := len(a.worker.Calls()); n != 1 {
				a.wrong(doubled, "the worker was asked %d times", n)
			}
		})
		each("clocks 30 s apart", 1, func(a *arena, r *reader, chunk int) {
			owner := a.server("FAULT_CLOCK=-30s")
			r.servers, r.patience = []*server{owner, a.server("FAULT_CLOCK=30s")}, locked
			if chunk%2 == 0 {
				at(r, chunk, func() { owner.Process.Kill() })
			} else {
				r.breakAt = chunk
			}
			finish(a, r)
			if chunk%2 == 1 && r.state != "complete" {
				a.wrong(lost, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		each("a settle after midnight", 3, func(a *arena, r *reader, chunk int) {
			owner := a.server()
			r.servers, r.patience = []*server{owner, a.server()}, locked
			at(r, chunk, func() {
				a.acceptedYesterday(r)
				switch chunk % 3 {
				case 1:
					owner.Process.Kill()
				case 2:
					if res, err := post(a.t.Context(), r.servers[1], r.token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, r.turnID), ""); err == nil {
						res.Body.Close()
					}
				}
			})
			finish(a, r)
			t, err := a.db.Turn(a.t.Context(), turn.Key{ProjectID: r.projectID, TurnID: r.turnID})
			if err != nil || t == nil || t.Day != yesterday() {
				a.wrong(other, "the turn's day: %+v, %v", t, err)
				return
			}
			if got, err := a.db.Account(a.t.Context(), t.OwnerUID, quota.Today(time.Now())); err != nil || got.Days[quota.Today(time.Now())] != (quota.Day{}) {
				a.wrong(usageOff, "today's account: %+v, %v", got, err)
			}
		})
		each("a cancel races the finish", 2, func(a *arena, r *reader, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			r.servers = []*server{a.server()}
			second := a.server()
			cancelled := make(chan string, 1)
			at(r, chunk, func() {
				go func() {
					res, err := post(a.t.Context(), second, r.token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, r.turnID), "")
					if err != nil {
						cancelled <- err.Error()
						return
					}
					defer res.Body.Close()
					var body struct{ Result struct{ State string } }
					json.NewDecoder(res.Body).Decode(&body)
					cancelled <- body.Result.State
				}()
			})
			finish(a, r)
			if said := <-cancelled; said != cmp.Or(r.state, r.reason) && said != "running" {
				a.wrong(other, "cancelTurn said %q, the stream %q", said, r.state)
			}
		})
		each("a delete races the finish", 2, func(a *arena, r *reader, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			r.servers = []*server{a.server()}
			second := a.server()
			remove := func() error {
				res, err := post(a.t.Context(), second, r.token, "deleteProject", fmt.Sprintf(`{"data":{"projectId":%q}}`, r.projectID), "")
				if err != nil {
					return err
				}
				defer res.Body.Close()
				if res.StatusCode != 200 {
					body, _ := io.ReadAll(res.Body)
					return fmt.Errorf("%s", body)
				}
				return nil
			}
			deleted := make(chan error, 1)
			at(r, chunk, func() { go func() { deleted <- remove() }() })
			r.read(a.t.Context())
			if err := <-deleted; err != nil {
				a.t.Logf("delete: %v", err)
			}
			a.row(func(row *row) { row.points++ })
			// What a busy emulator did not let it purge, deleting again does.
			p, err := a.db.Project(a.t.Context(), r.projectID)
			for n := 0; n < 5 && p != nil && p.PurgedAt == nil; n++ {
				if err := remove(); err != nil {
					a.t.Logf("delete again: %v", err)
				}
				p, err = a.db.Project(a.t.Context(), r.projectID)
			}
			if err != nil || p == nil || p.PurgedAt == nil || p.ActiveTurn != "" {
				a.wrong(other, "the project after its deletion: %+v, %v", p, err)
				return
			}
			got, err := a.db.Account(a.t.Context(), p.OwnerUID, quota.Today(time.Now()))
			if err != nil || len(got.Running) != 0 || got.Days[quota.Today(time.Now())].Held != 0 {
				a.wrong(usageOff, "account after its deletion: %+v, %v", got, err)
			}
		})
		run("random turns, random faults", func(a *arena, r *reader) {
			turns, users := 40, 4
			if all {
				turns, users = 1000, 8
			}
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			servers := []*server{a.server(), a.server()}
			a.proxy.LoseAnswers(0.05, seed, codes.Unavailable)
			var working sync.WaitGroup
			for u := range users {
				token := signUp(a.t)
				dice := rand.New(rand.NewPCG(seed, uint64(u)))
				working.Go(func() {
					var readers []*reader
					for range turns / users {
						one := &reader{a: a, token: token, turnID: newTurnID(), servers: slices.Clone(servers)}
						if dice.IntN(2) == 0 {
							slices.Reverse(one.servers)
						}
						switch dice.IntN(5) {
						case 0:
							one.breakAt = 1 + dice.IntN(chunks)
						case 1:
							a.worker.Say(workertest.Reply{Text: wholeReply()[:dice.IntN(chunks)], Cut: true})
						case 2:
							chunk := 1 + dice.IntN(chunks)
							at(one, chunk, func() {
								if res, err := post(a.t.Context(), servers[dice.IntN(2)], token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, one.turnID), ""); err == nil {
									res.Body.Close()
								}
							})
						}
						one.read(a.t.Context())
						a.check(one)
						readers = append(readers, one)
					}
					a.account(readers...)
				})
			}
			working.Wait()
		})
	})

	t.Cleanup(func() {
		var table strings.Builder
		fmt.Fprintf(&table, "%-46s %6s %5s %8s %9s %6s %6s\n", "fault", "points", "lost", "doubled", "wrongly c", "usage", "other")
		for _, name := range slices.Sorted(maps.Keys(sums.rows)) {
			r := sums.rows[name]
			fmt.Fprintf(&table, "%-46s %6d %5d %8d %9d %6d %6d\n", name, r.points, r.lost, r.doubled, r.wronglyComplete, r.usageOff, r.other)
		}
		t.Logf("seed %d\n%s", seed, table.String())
	})
}
