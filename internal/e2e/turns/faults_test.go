package turns_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker/workertest"
	"google.golang.org/grpc/codes"
)

// TestFaults tries what can go wrong with a turn, and counts again what is
// stored. README.md lists the faults. FAULTS=all tries every point of a turn;
// otherwise it tries a sample, which FAULTS_SEED repeats.
func TestFaults(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("FAULTS_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("FAULTS_SEED=%d", seed)
	binary := filepath.Join(t.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", binary, "dreambuild.dev/backend/functions/server").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sums := &tally{rows: map[string]*row{}}
	t.Cleanup(func() { t.Logf("seed %d\n%s", seed, sums) })

	// A server ends every turn of its project that is overdue by its own lease. So
	// each lease has a project of its own.
	t.Run("lease 1s", func(t *testing.T) {
		t.Parallel()
		ownerFaults(newFaultGroup(t, "1s", binary, seed, sums))
	})
	t.Run("lease 8s", func(t *testing.T) {
		t.Parallel()
		otherFaults(newFaultGroup(t, "8s", binary, seed, sums))
	})
}

// ownerFaults stop the instance that owns the turn. Another instance ends the
// turn when the lease is over, so the lease is short.
func ownerFaults(g *faultGroup) {
	g.each("the owner is killed after a chunk", 3, func(a *faultEnv, r *resumingClient, chunk int) {
		owner, second := a.start(), a.start()
		r.servers = []*e2etest.Backend{owner, second}
		r.at(chunk, func() { owner.Process.Kill() })
		a.finish(r)
	})
	points := []string{"accept", "accept:stored", "segment", "finish", "finish:stored", "finish:said"}
	if g.all {
		points = append(points, "accept:read", "finish:read") // Firestore takes a minute to forget such a transaction
	}
	for _, point := range points {
		g.run("the owner is killed between steps/"+point, func(a *faultEnv, r *resumingClient) {
			r.servers = []*e2etest.Backend{a.start("FAULT_POINT=" + point), a.start()}
			a.finish(r)
		})
	}
	g.each("the owner is frozen for longer than its lease", 2, func(a *faultEnv, r *resumingClient, chunk int) {
		owner, second := a.start(), a.start()
		r.servers, r.timeout = []*e2etest.Backend{owner}, lockTimeout+time.Minute
		r.at(chunk, func() {
			owner.Process.Signal(syscall.SIGSTOP)
			time.Sleep(1500 * time.Millisecond)
			again := &resumingClient{a: a, token: r.token, turnID: r.turnID, projectID: r.projectID, servers: []*e2etest.Backend{second}}
			again.readToEnd(a.t.Context())
			owner.Process.Signal(syscall.SIGCONT)
			a.check(again)
		})
		a.finish(r)
	})
}

// otherFaults have a lease that an instance loses only by dying, however busy the
// machine is.
func otherFaults(g *faultGroup) {
	g.each("the worker is killed after a chunk", 2, func(a *faultEnv, r *resumingClient, chunk int) {
		a.worker.Always(workertest.Reply{Text: wholeReply()[:chunk], Cut: true, Gap: 10 * time.Millisecond})
		r.servers = []*e2etest.Backend{a.start()}
		a.finish(r)
		if r.state != "" || r.reason != "worker-lost" {
			a.violation(wronglyComplete, "the client saw %q, %q", r.state, r.reason)
		}
	})
	g.each("the client leaves after a chunk", 3, func(a *faultEnv, r *resumingClient, chunk int) {
		r.servers = []*e2etest.Backend{a.start(), a.start()}
		r.breakAt = chunk
		a.finish(r)
		if r.state != "complete" {
			a.violation(lost, "the client saw %q, %q", r.state, r.reason)
		}
	})
	g.run("the client leaves before accepted", func(a *faultEnv, r *resumingClient) {
		r.servers = []*e2etest.Backend{a.start(), a.start()}
		ctx, leave := context.WithTimeout(a.t.Context(), time.Duration(g.random.IntN(30))*time.Millisecond)
		r.connect(ctx, r.servers[0])
		leave()
		r.projectID, r.text, r.cursor = "", "", ""
		a.finish(r)
	})
	for _, late := range []time.Duration{15 * time.Millisecond, 500 * time.Millisecond} {
		g.run(fmt.Sprintf("slow writes/%v", late), func(a *faultEnv, r *resumingClient) {
			r.servers = []*e2etest.Backend{a.start(), a.start()}
			a.proxy.SlowWrites(late)
			r.breakAt = 20
			a.finish(r)
		})
	}
	g.each("the database fails for 5 s", 1, func(a *faultEnv, r *resumingClient, chunk int) {
		r.servers = []*e2etest.Backend{a.start(), a.start()}
		r.at(chunk, func() {
			a.proxy.Refuse(true)
			time.AfterFunc(5*time.Second, func() { a.proxy.Refuse(false) })
		})
		a.finish(r)
	})
	for _, code := range []codes.Code{codes.Unavailable, codes.DeadlineExceeded, codes.Internal, codes.Aborted} {
		g.run("answers of commits are lost/"+code.String(), func(a *faultEnv, r *resumingClient) {
			r.servers = []*e2etest.Backend{a.start(), a.start()}
			a.proxy.LoseAnswers(0.5, g.seed, code)
			a.finish(r)
			if r.state != "complete" {
				a.violation(lost, "the client saw %q, %q", r.state, r.reason)
			}
		})
	}
	g.run("the same turn 20 times at once", func(a *faultEnv, r *resumingClient) {
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
				a.violation(lost, "a client saw %q, %q", one.state, one.reason)
			}
		}
		a.checkUsage(readers[0])
		if n := len(a.worker.Calls()); n != 1 {
			a.violation(doubled, "the worker was asked %d times", n)
		}
	})
	g.each("clocks 30 s apart", 1, func(a *faultEnv, r *resumingClient, chunk int) {
		owner := a.start("FAULT_CLOCK=-30s")
		r.servers = []*e2etest.Backend{owner, a.start("FAULT_CLOCK=30s")}
		if chunk%2 == 0 {
			r.at(chunk, func() { owner.Process.Kill() })
		} else {
			r.breakAt = chunk
		}
		a.finish(r)
		if chunk%2 == 1 && r.state != "complete" {
			a.violation(lost, "the client saw %q, %q", r.state, r.reason)
		}
	})
	g.each("a turn that ends after midnight", 3, func(a *faultEnv, r *resumingClient, chunk int) {
		owner := a.start()
		r.servers = []*e2etest.Backend{owner, a.start()}
		r.at(min(chunk, chunks-2), func() { // after the last chunks the turn may end before its day is changed
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
		a.finish(r)
		t, err := a.db.Turn(a.t.Context(), turn.Key{ProjectID: r.projectID, TurnID: r.turnID})
		if err != nil || t == nil || t.Day != yesterday() {
			a.violation(other, "the turn's day: %+v, %v", t, err)
			return
		}
		if got, err := a.db.Account(a.t.Context(), t.OwnerUID, quota.Today(time.Now())); err != nil || got.Days[quota.Today(time.Now())] != (quota.Day{}) {
			a.violation(usageOff, "today's account: %+v, %v", got, err)
		}
	})
	g.each("a cancel races the finish", 2, func(a *faultEnv, r *resumingClient, chunk int) {
		a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
		r.servers = []*e2etest.Backend{a.start()}
		second := a.start()
		cancelled := make(chan string, 1)
		r.at(chunk, func() {
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
		a.finish(r)
		if said := <-cancelled; said != cmp.Or(r.state, r.reason) && said != "running" {
			a.violation(other, "cancelTurn said %q, the stream %q", said, r.state)
		}
	})
	g.each("a delete races the finish", 2, func(a *faultEnv, r *resumingClient, chunk int) {
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
		r.at(chunk, func() { go func() { deleted <- remove() }() })
		r.readToEnd(a.t.Context())
		if err := <-deleted; err != nil {
			a.t.Logf("delete: %v", err)
		}
		a.row(func(row *row) { row.points++ })
		// What a busy emulator did not let it purge, deleting again does. A server of
		// another point may have begun the purge, and be gone: its lease has two minutes.
		p, err := a.db.Project(a.t.Context(), r.projectID)
		for deadline := time.Now().Add(3 * time.Minute); p != nil && p.PurgedAt == nil && time.Now().Before(deadline); {
			if err := remove(); err != nil {
				a.t.Logf("delete again: %v", err)
			}
			time.Sleep(200 * time.Millisecond)
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
	g.run("random turns, random faults", func(a *faultEnv, r *resumingClient) {
		turns, users := 40, 4
		if g.all {
			turns, users = 1000, 8
		}
		a.worker.Always(workertest.Reply{Text: wholeReply(), Gap: 5 * time.Millisecond})
		servers := []*e2etest.Backend{a.start(), a.start()}
		a.proxy.LoseAnswers(0.05, g.seed, codes.Unavailable)
		var working sync.WaitGroup
		for u := range users {
			token := a.signUp()
			dice := rand.New(rand.NewPCG(g.seed, uint64(u)))
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
						one.at(chunk, func() {
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
}
