package turns_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/faults"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// stream reads a turn as it comes and returns its text, when the first of it and the
// result came, and whether there was one.
func stream(ctx context.Context, b testing.TB, s *e2etest.Backend, token, function, body string, onText func(string)) (text string, first, took time.Duration, ok bool) {
	b.Helper()
	start := time.Now()
	res, err := e2etest.Post(ctx, s, token, function, body, "text/event-stream")
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	for f, err := range e2etest.Frames(res.Body) {
		switch {
		case err != nil:
			b.Fatal(err)
		case f.Message != nil && f.Message.Type == "text":
			if first == 0 {
				first = time.Since(start)
			}
			text += f.Message.Text
			if onText != nil {
				onText(text)
			}
		case f.Result != nil:
			return text, first, time.Since(start), true
		case f.Error != nil:
			b.Logf("the stream ended in %+v", *f.Error)
		}
	}
	return text, first, time.Since(start), false
}

func pieces(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("<p>%04d</p>\n", i)
	}
	all[0], all[n-1] = "```html\n", "```\n"
	return all
}

// BenchmarkTurn measures what a turn costs the real emulator, as the server is
// deployed: commits and writes, a replay, what slow writes add, and the first
// text of a resume.
func BenchmarkTurn(b *testing.B) {
	proxy, err := faults.StartProxy(emulator.Require(b, "FIRESTORE_EMULATOR_HOST"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(proxy.Close)
	w := workertest.Start("llamacpp")
	b.Cleanup(w.Close)
	binary := e2etest.BuildDeployable(b)
	env := []string{"FIRESTORE_EMULATOR_HOST=" + proxy.Addr, "LOG_LEVEL=error", "MAX_CALLS=0",
		`PLANS={"free": {"dailyTurns": 10000, "dailyTokens": 100000000, "dailyInputTokens": 1000000000, "turnsPerMinute": 10000, "projects": 10000, "savesPerDay": 10000, ` + e2etest.ManyCalls + `}}`}
	began := time.Now()
	owner, second := e2etest.StartBinary(b, binary, w.URL, env...), e2etest.StartBinary(b, binary, w.URL, env...)
	_, token := e2etest.SignUpWith(b, "{}")
	ask := func(id string) string { return fmt.Sprintf(`{"data":{"prompt":"a clock","turnId":%q}}`, id) }
	resume := func(id string) string { return fmt.Sprintf(`{"data":{"turnId":%q}}`, id) }
	stream(b.Context(), b, owner, token, "generateCode", ask(newTurnID()), nil) // warm
	stream(b.Context(), b, second, token, "generateCode", ask(newTurnID()), nil)

	b.Run("1000 chunks in 20 s", func(b *testing.B) {
		w.Always(workertest.Reply{Text: pieces(1000), Gap: 20 * time.Millisecond})
		for b.Loop() {
			proxy.ResetCounts()
			id := newTurnID()
			said, _, took, ok := stream(b.Context(), b, owner, token, "generateCode", ask(id), nil)
			commits, writes := proxy.Counts()
			again, _, _, okAgain := stream(b.Context(), b, second, token, "resumeTurn", resume(id), nil)
			whole := strings.Join(pieces(1000), "")
			if said != whole || again != whole || !ok || !okAgain {
				b.Errorf("%d and %d of %d bytes, results %v and %v", len(said), len(again), len(whole), ok, okAgain)
			}
			b.ReportMetric(float64(commits), "commits")
			b.ReportMetric(float64(writes), "writes")
			b.ReportMetric(float64(strings.Count(again, "\n")), "replayed")
			b.ReportMetric(took.Seconds(), "s")
		}
	})

	b.Run("slow writes", func(b *testing.B) {
		w.Always(workertest.Reply{Text: pieces(150), Gap: 20 * time.Millisecond})
		var added []float64
		for b.Loop() {
			for range 3 {
				_, _, plain, _ := stream(b.Context(), b, owner, token, "generateCode", ask(newTurnID()), nil)
				proxy.SlowWrites(15 * time.Millisecond)
				_, _, slow, _ := stream(b.Context(), b, owner, token, "generateCode", ask(newTurnID()), nil)
				proxy.SlowWrites(0)
				added = append(added, float64((slow-plain).Microseconds())/1000)
			}
		}
		reportMedian(b, "added-ms", added)
	})

	b.Run("first text of a resume", func(b *testing.B) {
		w.Always(workertest.Reply{Text: pieces(200), Gap: 20 * time.Millisecond})
		var same, another []float64
		for b.Loop() {
			id := newTurnID()
			halfway := make(chan struct{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				once := false
				stream(b.Context(), b, owner, token, "generateCode", ask(id), func(text string) {
					if !once && strings.Count(text, "\n") > 100 {
						once = true
						close(halfway)
					}
				})
			}()
			<-halfway
			for range 5 {
				for _, at := range []struct {
					s    *e2etest.Backend
					into *[]float64
				}{{owner, &same}, {second, &another}} {
					ctx, leave := context.WithCancel(b.Context())
					_, first, _, _ := stream(ctx, b, at.s, token, "resumeTurn", resume(id), func(string) { leave() })
					leave()
					*at.into = append(*at.into, float64(first.Microseconds())/1000)
				}
			}
			<-done
		}
		reportMedian(b, "same-ms", same)
		reportMedian(b, "another-ms", another)
	})
	b.Run("500 turns at once", func(b *testing.B) {
		raw, err := firestore.NewClient(b.Context(), e2etest.Project)
		if err != nil {
			b.Fatal(err)
		}
		defer raw.Close()
		const turns = 500
		tokens := make([]string, turns)
		for i := range tokens {
			_, tokens[i] = e2etest.SignUpWith(b, "{}")
		}
		w.Always(workertest.Reply{Text: pieces(30), Gap: time.Second})
		for b.Loop() {
			var whole atomic.Int32
			var reading sync.WaitGroup
			for _, token := range tokens {
				reading.Go(func() {
					if _, _, _, ok := stream(b.Context(), b, owner, token, "generateCode", ask(newTurnID()), nil); ok {
						whole.Add(1)
					}
				})
			}
			done := make(chan struct{})
			go func() { reading.Wait(); close(done) }()
			oldest := time.Duration(0)
			for running := true; running; {
				select {
				case <-done:
					running = false
				case <-time.After(2 * time.Second):
				}
				docs, err := raw.CollectionGroup("turns").Where("state", "==", "running").Select("renewedAt").Documents(b.Context()).GetAll()
				if err != nil {
					b.Fatal(err)
				}
				for _, doc := range docs {
					if at, ok := doc.Data()["renewedAt"].(time.Time); ok && at.After(began) {
						oldest = max(oldest, doc.ReadTime.Sub(at))
					}
				}
			}
			b.ReportMetric(float64(whole.Load()), "whole")
			b.ReportMetric(oldest.Seconds(), "s-oldest-lease")
			b.ReportMetric(0, "ns/op")
		}
	})
	http.DefaultClient.CloseIdleConnections()
}

// reportMedian reports the median and the largest of some figures.
func reportMedian(b *testing.B, unit string, all []float64) {
	slices.Sort(all)
	b.ReportMetric(all[len(all)/2], unit+"-p50")
	b.ReportMetric(all[len(all)-1], unit+"-max")
	b.ReportMetric(0, "ns/op")
}
