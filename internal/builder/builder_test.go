package builder_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/builder"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// hang bounds what would otherwise wait for ever.
const hang = 30 * time.Second

// opened is a Builder with such children, and its log. Once the test is over nothing is
// left of it.
func opened(t *testing.T, name string) (*builder.Builder, *safeBuffer) {
	t.Helper()
	return openedFor(t, name, builder.QuickLimit, builder.SlowLimit)
}

// openedFor is opened, with so much time in each lane.
func openedFor(t *testing.T, name string, quick, slow time.Duration) (*builder.Builder, *safeBuffer) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	var log safeBuffer
	b := builder.OpenAs(name, slog.New(slog.NewTextHandler(&log, nil)), quick, slow)
	t.Cleanup(func() {
		b.Close()
		if n := b.Lines(); n > 0 {
			t.Errorf("%d callers are not forgotten", n)
		}
		goleak.VerifyNone(t, before)
	})
	return b, &log
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var serial struct {
	sync.Mutex
	n int
}

// fresh is a text that no set has had before.
func fresh() string {
	serial.Lock()
	defer serial.Unlock()
	serial.n++
	return fmt.Sprint("set ", serial.n)
}

// childOf is the process id of the child of the quick lane.
func childOf(t *testing.T, b *builder.Builder) int {
	t.Helper()
	pid, err := strconv.Atoi(b.Build(t.Context(), trick("who", fresh())).Code)
	if err != nil {
		t.Fatalf("there is no child: %v", err)
	}
	return pid
}

// gone waits until a process is gone, or would be if its parent looked.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(hang); !isGone(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// refused is what is built of a trick that cannot be.
func refused(set []artifact.File, d artifact.Diagnostic) page.Built {
	built, _ := page.Plain(set)
	built.Diagnostics = []artifact.Diagnostic{d}
	return built
}

func TestASetAndItsAnswer(t *testing.T) {
	b, _ := opened(t, tricky)
	for name, text := range map[string]string{
		"a text":            "hello",
		"no bytes of UTF-8": "\xff\x00",
		"a large one":       strings.Repeat("0123456789abcdef", artifact.MaxSetBytes/16),
	} {
		t.Run(name, func(t *testing.T) {
			set := trick("say", text)
			said := artifact.Diagnostic{Kind: "said", Severity: artifact.SeverityWarning, Path: "trick.tsx", Line: 2, Text: strings.ToValidUTF8(text[:min(len(text), 100)], "\ufffd")}
			if diff := cmp.Diff(page.Built{Code: text}, b.Build(t.Context(), set)); diff != "" {
				t.Errorf("the document (-want +got):\n%.2000s", diff)
			}
			if diff := cmp.Diff([]artifact.Diagnostic{said}, b.Check(t.Context(), set)); diff != "" {
				t.Errorf("what is wrong (-want +got):\n%.2000s", diff)
			}
		})
	}
}

// TestTheRealChild: without any help from its main or its tests, a program is its own
// child.
func TestTheRealChild(t *testing.T) {
	before := goleak.IgnoreCurrent()
	defer goleak.VerifyNone(t, before)
	var log safeBuffer
	b := builder.Open(slog.New(slog.NewTextHandler(&log, nil)))
	defer b.Close()
	b.Warm()
	set := app(5, 5000, "")
	want := page.Build(set)
	want.Diagnostics = slices.Clip(want.Diagnostics)
	if diff := cmp.Diff(want, b.Build(t.Context(), set)); diff != "" {
		t.Errorf("the document (-want +got):\n%s", diff)
	}
	if said := log.String(); said != "" {
		t.Errorf("the log says %s", said)
	}
}

// TestTricks: whatever a set does to its child, it is told what is wrong with it, its
// files are shown, it is not tried again, and the next set is built.
func TestTricks(t *testing.T) {
	for _, tc := range []struct {
		do   string
		want artifact.Diagnostic
		log  string // "": nothing
	}{
		{"recurse", builder.DiagTooDeep, `kind=build suppressed=0 err="it died: fatal error: stack overflow" stack="goroutine `},
		{"memory", builder.DiagTooDeep, `kind=build suppressed=0 err="it died: `},
		{"killed", builder.DiagTooDeep, `kind=build suppressed=0 err="it died: signal: killed"`},
		{"panic-elsewhere", builder.DiagNotBuilt, `level=ERROR msg=background kind=build-panic suppressed=0 err="it died: exit status 2" stack="goroutine `},
		{"race", builder.DiagNotBuilt, `level=ERROR msg=background kind=build-panic suppressed=0 err="it died: fatal error: concurrent map `},
		{"loop", builder.DiagTooSlow, `kind=build suppressed=0 err="it has taken longer than it may" files=2`},
		{"wait 10m", builder.DiagTooSlow, `kind=build suppressed=0 err="it has taken longer than it may" files=2`},
		{"panic", builder.DiagNotBuilt, `level=ERROR msg=background kind=build-panic suppressed=0 err="a panic in the builder's process" stack="string\ngoroutine `},
		{fmt.Sprint("large ", 8<<20+1), builder.DiagTooLarge, ""},
	} {
		t.Run(tc.do, func(t *testing.T) {
			if builder.RaceDetector && (tc.do == "memory" || tc.do == "race") {
				t.Skip("the race detector takes more memory than a child may have, so nothing bounds it; and it finds races")
			}
			quick, slow := hang, hang
			if tc.want == builder.DiagTooSlow {
				quick, slow = 50*time.Millisecond, 100*time.Millisecond
			}
			b, log := openedFor(t, tricky, quick, slow)
			set := trick(tc.do, fresh(), " in a user's words\nfatal error: words")
			if diff := cmp.Diff(refused(set, tc.want), b.Build(t.Context(), set)); diff != "" {
				t.Errorf("the document (-want +got):\n%s", diff)
			}
			pid := 0
			if tc.want != builder.DiagTooSlow { // whose little time "who" might need
				pid = childOf(t, b)
			}
			if diff := cmp.Diff(refused(set, tc.want), b.Build(t.Context(), set)); diff != "" {
				t.Errorf("once more (-want +got):\n%s", diff)
			}
			if tc.want != builder.DiagTooLarge { // of which only the document is
				if diff := cmp.Diff([]artifact.Diagnostic{tc.want}, b.Check(t.Context(), set)); diff != "" {
					t.Errorf("checked (-want +got):\n%s", diff)
				}
			}
			if pid != 0 && childOf(t, b) != pid {
				t.Error("the same set has cost another child")
			}
			if said := log.String(); tc.log == "" && said != "" || !strings.Contains(said, tc.log) {
				t.Errorf("the log says %s\nwant %s", said, tc.log)
			} else if strings.Contains(said, "words") {
				t.Errorf("the log holds what a user writes: %s", said)
			}
		})
	}
}

// TestWhatTakesItsTime: what is not done in the quick lane is, in the slow one.
func TestWhatTakesItsTime(t *testing.T) {
	b, log := openedFor(t, tricky, 50*time.Millisecond, hang)
	set := trick("wait 100ms", "done")
	for range 2 {
		if diff := cmp.Diff(page.Built{Code: "done"}, b.Build(t.Context(), set)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if said := log.String(); said != "" {
		t.Errorf("the log says %s", said)
	}
}

// TestACallerThatLeaves: the child works for nobody, and the set is not judged.
func TestACallerThatLeaves(t *testing.T) {
	b, log := openedFor(t, tricky, hang, hang)
	pid := childOf(t, b)
	ctx, leave := context.WithCancel(t.Context())
	set := trick("loop", fresh())
	answer := make(chan page.Built)
	go func() { answer <- b.Build(ctx, set) }()
	busy(t, pid)
	leave()
	if diff := cmp.Diff(refused(set, builder.DiagNotBuilt), <-answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	gone(t, pid)
	childOf(t, b)
	if said := log.String(); said != "" {
		t.Errorf("the log says %s", said)
	}
}

// TestTheSameAtOnce: callers who want the same at the same time have it made once.
func TestTheSameAtOnce(t *testing.T) {
	b, _ := opened(t, tricky)
	set := trick("count")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if got := b.Build(builder.For(t.Context(), fmt.Sprint(i%4)), set).Code; got != "1" {
				t.Errorf("run %s", got)
			}
		})
	}
	all.Wait()
}

// TestNobodyStarves: one caller sends hostile sets, many at once and without end, and
// another one such that take long. All sets of the others are built.
func TestNobodyStarves(t *testing.T) {
	b, _ := opened(t, tricky)
	ctx, stop := context.WithCancel(t.Context())
	var hostile sync.WaitGroup
	for _, do := range []string{"recurse", "loop", "killed", "wait 1s", "panic-elsewhere"} {
		for range 10 {
			hostile.Go(func() {
				for ctx.Err() == nil {
					b.Build(builder.For(ctx, do), trick(do, fresh()))
				}
			})
		}
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 3 {
				text := fresh()
				if diff := cmp.Diff(page.Built{Code: text}, b.Build(builder.For(t.Context(), fmt.Sprint("user ", i)), trick("say", text))); diff != "" {
					t.Errorf("a set is lost (-want +got):\n%s", diff)
				}
			}
		})
	}
	all.Wait()
	stop()
	hostile.Wait()
}

// TestNoRoom: who waits longer than they may is told so, and may come again.
func TestNoRoom(t *testing.T) {
	b, log := openedFor(t, tricky, hang, hang)
	pid := childOf(t, b)
	ctx, leave := context.WithCancel(t.Context())
	var ahead sync.WaitGroup
	ahead.Go(func() { b.Build(ctx, trick("loop", fresh())) })
	busy(t, pid)
	text := fresh()
	set := trick("say", text)
	short, cancel := context.WithCancel(t.Context())
	cancel()
	for _, who := range []string{"", "ann"} {
		if diff := cmp.Diff(refused(set, builder.DiagNoRoom), b.Build(builder.For(short, who), set)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	leave()
	ahead.Wait()
	if diff := cmp.Diff(page.Built{Code: text}, b.Build(t.Context(), set)); diff != "" {
		t.Errorf("later (-want +got):\n%s", diff)
	}
	if said := log.String(); said != "" {
		t.Errorf("the log says %s", said)
	}
}

// TestNoChild: where there can be no child, documents are those of the files as they are,
// the log says why, once a minute, and nothing of it is remembered of the set.
func TestNoChild(t *testing.T) {
	for name, why := range map[string]string{
		stillborn: "the builder's process is not ready: it died: fatal error: stillborn",
		silent:    "the builder's process is not ready: it has taken longer than it may",
	} {
		t.Run(name, func(t *testing.T) {
			b, log := opened(t, name)
			b.Warm()
			set := trick("say", "x")
			for range 2 {
				if diff := cmp.Diff(refused(set, builder.DiagNotBuilt), b.Build(t.Context(), set)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, why) || !strings.Contains(said, "level=WARN msg=background kind=builder suppressed=0") {
				t.Errorf("the log says %s\nwant one line with %q", said, why)
			}
		})
	}
}

// TestAChildThatIsKilledAtRest: the next set finds another one.
func TestAChildThatIsKilledAtRest(t *testing.T) {
	b, log := opened(t, tricky)
	for range 3 {
		pid := childOf(t, b)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		text := fresh()
		if diff := cmp.Diff(page.Built{Code: text}, b.Build(t.Context(), trick("say", text))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if said := log.String(); said != "" {
		t.Errorf("the log says %s", said)
	}
}

// TestClosed: no child is left, and who still asks is not kept waiting.
func TestClosed(t *testing.T) {
	b, _ := opened(t, tricky)
	pid := childOf(t, b)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			set := trick("loop", fresh())
			got := b.Build(t.Context(), set)
			if len(got.Diagnostics) != 1 || got.Diagnostics[0].Severity != artifact.SeverityWarning {
				t.Errorf("a set that was not built is told %v", got.Diagnostics)
			}
		})
	}
	busy(t, pid)
	b.Close()
	gone(t, pid)
	all.Wait()
}

func TestTheZeroBuilder(t *testing.T) {
	var b builder.Builder
	defer b.Close()
	plain := []artifact.File{{Path: "index.html", Content: "<p>x</p>"}}
	if diff := cmp.Diff(page.Build(plain), b.Build(t.Context(), plain)); diff != "" {
		t.Errorf("a plain page (-want +got):\n%s", diff)
	}
	set := trick("say", "x")
	if diff := cmp.Diff(refused(set, builder.DiagNotBuilt), b.Build(t.Context(), set)); diff != "" {
		t.Errorf("what needs a child (-want +got):\n%s", diff)
	}
}

// TestNothingIsNeverEmpty: a set that is not built is shown as its texts, where nothing
// else can be told of it.
func TestNothingIsNeverEmpty(t *testing.T) {
	var b builder.Builder
	defer b.Close()
	for name, files := range map[string][]artifact.File{
		"a component": {{Path: "App.tsx", Content: "export default () => <p>it</p>"}},
		"too large": slices.Collect(func(yield func(artifact.File) bool) {
			for i := range 100 {
				if !yield(artifact.File{Path: fmt.Sprint(i, ".mjs"), Content: strings.Repeat("export {}\n", 2000)}) {
					return
				}
			}
		}),
	} {
		want := page.Built{Code: page.Texts(files), Diagnostics: []artifact.Diagnostic{builder.DiagNotBuilt}}
		if diff := cmp.Diff(want, b.Build(t.Context(), files)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestMemoryOfTheParent: the largest set is passed on in pieces. Of what is allocated the
// document is most.
func TestMemoryOfTheParent(t *testing.T) {
	b, _ := opened(t, tricky)
	childOf(t, b)
	var set []artifact.File
	for i := range 20 {
		set = append(set, artifact.File{Path: fmt.Sprintf("f%d.ts", i), Content: strings.Repeat("0123456789abcdef", artifact.MaxSetBytes/20/16)})
	}
	set = append(trick(fmt.Sprint("large ", artifact.MaxSetBytes)), set...)
	asItIs, _ := page.Plain(set) // which is shown if nothing else is
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := b.Build(t.Context(), set)
	runtime.ReadMemStats(&after)
	if len(got.Code) != artifact.MaxSetBytes {
		t.Fatalf("%d bytes, %v", len(got.Code), got.Diagnostics)
	}
	const most = 3 * artifact.MaxSetBytes
	if took := after.TotalAlloc - before.TotalAlloc - uint64(len(asItIs.Code)); took > most {
		t.Errorf("a set of %d bytes takes %d, want at most %d", artifact.MaxSetBytes, took, most)
	}
}
