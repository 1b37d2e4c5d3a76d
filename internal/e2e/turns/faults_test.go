package turns_test

import (
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
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker/workertest"
	"google.golang.org/grpc/codes"
)

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
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", binary, "dreambuild.dev/backend/functions/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	host := emulator.Require(t, "FIRESTORE_EMULATOR_HOST")
	db, err := store.Open(t.Context(), e2etest.Project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw, err := firestore.NewClient(t.Context(), e2etest.Project)
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
	run := func(name string, test func(a *faultEnv, r *resumingClient)) {
		lease := lease
		group.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, err := faults.StartProxy(host)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			a := &faultEnv{t: t, lease: lease, binary: binary, proxy: proxy, worker: workertest.Start("llamacpp"), db: db, raw: raw, tally: sums, name: strings.Split(name, "/")[0]}
			t.Cleanup(a.worker.Close)
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 50 * time.Millisecond})
			r := &resumingClient{a: a, token: e2etest.SignUp(t), turnID: newTurnID()}
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
	each := func(name string, few int, test func(a *faultEnv, r *resumingClient, chunk int)) {
		for _, n := range points(few) {
			run(fmt.Sprintf("%s/%d", name, n), func(a *faultEnv, r *resumingClient) { test(a, r, n) })
		}
	}
	finish := func(a *faultEnv, r *resumingClient) {
		r.readToEnd(a.t.Context())
		a.check(r)
		a.checkUsage(r)
	}
	// at does something once, when the reader has so many chunks.
	at := func(r *resumingClient, chunk int, do func()) {
		var once sync.Once
		r.onChunk = func(n int) {
			if n >= chunk {
				once.Do(do)
			}
		}
	}

	with("1s", func() {
		each("the owner is killed after a chunk", 3, func(a *faultEnv, r *resumingClient, chunk int) {
			owner, second := a.start(), a.start()
			r.servers, r.timeout = []*e2etest.Backend{owner, second}, lockTimeout
			at(r, chunk, func() { owner.Process.Kill() })
			finish(a, r)
		})
		for _, point := range []string{"accept", "accept:read", "accept:stored", "segment", "finish", "finish:read", "finish:stored", "finish:said"} {
			if !all && strings.HasSuffix(point, ":read") {
				continue // it takes Firestore a minute to forget that transaction
			}
			run("the owner is killed between steps/"+point, func(a *faultEnv, r *resumingClient) {
				r.servers, r.timeout = []*e2etest.Backend{a.start("FAULT_POINT=" + point), a.start()}, lockTimeout
				finish(a, r)
			})
		}
		each("the owner is frozen for longer than its lease", 2, func(a *faultEnv, r *resumingClient, chunk int) {
			owner, second := a.start(), a.start()
			r.servers, r.timeout = []*e2etest.Backend{owner}, lockTimeout+time.Minute
			at(r, chunk, func() {
				owner.Process.Signal(syscall.SIGSTOP)
				time.Sleep(1500 * time.Millisecond)
				again := &resumingClient{a: a, token: r.token, turnID: r.turnID, projectID: r.projectID, servers: []*e2etest.Backend{second}, timeout: lockTimeout}
				again.readToEnd(a.t.Context())
				owner.Process.Signal(syscall.SIGCONT)
				a.check(again)
			})
			finish(a, r)
		})
	})
	with("8s", func() {
		each("the worker is killed after a chunk", 2, func(a *faultEnv, r *resumingClient, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply()[:chunk], Cut: true, Gap: 10 * time.Millisecond})
			r.servers = []*e2etest.Backend{a.start()}
			finish(a, r)
			if r.state != "" || r.reason != "worker-lost" {
				a.violation(wronglyComplete, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		each("the client leaves after a chunk", 3, func(a *faultEnv, r *resumingClient, chunk int) {
			r.servers = []*e2etest.Backend{a.start(), a.start()}
			r.breakAt = chunk
			finish(a, r)
			if r.state != "complete" {
				a.violation(lost, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		run("the client leaves before accepted", func(a *faultEnv, r *resumingClient) {
			r.servers = []*e2etest.Backend{a.start(), a.start()}
			ctx, leave := context.WithTimeout(a.t.Context(), time.Duration(random.IntN(30))*time.Millisecond)
			r.connect(ctx, r.servers[0])
			leave()
			r.projectID, r.text, r.cursor = "", "", ""
			finish(a, r)
		})
		for _, late := range []time.Duration{15 * time.Millisecond, 500 * time.Millisecond} {
			run(fmt.Sprintf("slow writes/%v", late), func(a *faultEnv, r *resumingClient) {
				r.servers = []*e2etest.Backend{a.start(), a.start()}
				a.proxy.SlowWrites(late)
				r.breakAt = 20
				finish(a, r)
			})
		}
		each("the database fails for 5 s", 1, func(a *faultEnv, r *resumingClient, chunk int) {
			r.servers = []*e2etest.Backend{a.start(), a.start()}
			at(r, chunk, func() {
				a.proxy.Refuse(true)
				time.AfterFunc(5*time.Second, func() { a.proxy.Refuse(false) })
			})
			finish(a, r)
		})
		for _, code := range []codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Aborted} {
			run("answers of commits are lost/"+code.String(), func(a *faultEnv, r *resumingClient) {
				r.servers = []*e2etest.Backend{a.start(), a.start()}
				a.proxy.LoseAnswers(0.5, seed, code)
				finish(a, r)
				if r.state != "complete" {
					a.violation(lost, "the reader saw %q, %q", r.state, r.reason)
				}
			})
		}
		run("the same turn 20 times at once", func(a *faultEnv, r *resumingClient) {
			servers := []*e2etest.Backend{a.start(), a.start()}
			readers := make([]*resumingClient, 20)
			var reading sync.WaitGroup
			for i := range readers {
				one := &resumingClient{a: a, token: r.token, turnID: r.turnID, servers: []*e2etest.Backend{servers[i%2]}}
				readers[i] = one
				reading.Go(func() { one.readToEnd(a.t.Context()) })
			}
			reading.Wait()
			for _, one := range readers {
				a.check(one)
				if one.state != "complete" {
					a.violation(lost, "a reader saw %q, %q", one.state, one.reason)
				}
			}
			a.checkUsage(readers[0])
			if n := len(a.worker.Calls()); n != 1 {
				a.violation(doubled, "the worker was asked %d times", n)
			}
		})
		each("clocks 30 s apart", 1, func(a *faultEnv, r *resumingClient, chunk int) {
			owner := a.start("FAULT_CLOCK=-30s")
			r.servers, r.timeout = []*e2etest.Backend{owner, a.start("FAULT_CLOCK=30s")}, lockTimeout
			if chunk%2 == 0 {
				at(r, chunk, func() { owner.Process.Kill() })
			} else {
				r.breakAt = chunk
			}
			finish(a, r)
			if chunk%2 == 1 && r.state != "complete" {
				a.violation(lost, "the reader saw %q, %q", r.state, r.reason)
			}
		})
		each("a settle after midnight", 3, func(a *faultEnv, r *resumingClient, chunk int) {
			owner := a.start()
			r.servers, r.timeout = []*e2etest.Backend{owner, a.start()}, lockTimeout
			at(r, chunk, func() {
				a.acceptedYesterday(r)
				switch chunk % 3 {
				case 1:
					owner.Process.Kill()
				case 2:
					if res, err := e2etest.Post(a.t.Context(), r.servers[1], r.token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, r.turnID), ""); err == nil {
						res.Body.Close()
					}
				}
			})
			finish(a, r)
			t, err := a.db.Turn(a.t.Context(), turn.Key{ProjectID: r.projectID, TurnID: r.turnID})
			if err != nil || t == nil || t.Day != yesterday() {
				a.violation(other, "the turn's day: %+v, %v", t, err)
				return
			}
			if got, err := a.db.Account(a.t.Context(), t.OwnerUID, quota.Today(time.Now())); err != nil || got.Days[quota.Today(time.Now())] != (quota.Day{}) {
				a.violation(usageOff, "today's account: %+v, %v", got, err)
			}
		})
		each("a cancel races the finish", 2, func(a *faultEnv, r *resumingClient, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			r.servers = []*e2etest.Backend{a.start()}
			second := a.start()
			cancelled := make(chan string, 1)
			at(r, chunk, func() {
				go func() {
					res, err := e2etest.Post(a.t.Context(), second, r.token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, r.turnID), "")
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
				a.violation(other, "cancelTurn said %q, the stream %q", said, r.state)
			}
		})
		each("a delete races the finish", 2, func(a *faultEnv, r *resumingClient, chunk int) {
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			r.servers = []*e2etest.Backend{a.start()}
			second := a.start()
			remove := func() error {
				res, err := e2etest.Post(a.t.Context(), second, r.token, "deleteProject", fmt.Sprintf(`{"data":{"projectId":%q}}`, r.projectID), "")
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
			r.readToEnd(a.t.Context())
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
				a.violation(other, "the project after its deletion: %+v, %v", p, err)
				return
			}
			got, err := a.db.Account(a.t.Context(), p.OwnerUID, quota.Today(time.Now()))
			if err != nil || len(got.Running) != 0 || got.Days[quota.Today(time.Now())].Held != 0 {
				a.violation(usageOff, "account after its deletion: %+v, %v", got, err)
			}
		})
		run("random turns, random faults", func(a *faultEnv, r *resumingClient) {
			turns, users := 40, 4
			if all {
				turns, users = 1000, 8
			}
			a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
			servers := []*e2etest.Backend{a.start(), a.start()}
			a.proxy.LoseAnswers(0.05, seed, codes.Unavailable)
			var working sync.WaitGroup
			for u := range users {
				token := e2etest.SignUp(a.t)
				dice := rand.New(rand.NewPCG(seed, uint64(u)))
				working.Go(func() {
					var readers []*resumingClient
					for range turns / users {
						one := &resumingClient{a: a, token: token, turnID: newTurnID(), servers: slices.Clone(servers)}
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
								if res, err := e2etest.Post(a.t.Context(), servers[dice.IntN(2)], token, "cancelTurn", fmt.Sprintf(`{"data":{"turnId":%q}}`, one.turnID), ""); err == nil {
									res.Body.Close()
								}
							})
						}
						one.readToEnd(a.t.Context())
						a.check(one)
						readers = append(readers, one)
					}
					a.checkUsage(readers...)
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
