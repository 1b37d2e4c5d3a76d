package e2e_test

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
