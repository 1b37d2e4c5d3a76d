// Package builder makes documents of sets of files, and finds what is wrong with them,
// in a child process that may die. The parsers that this takes recurse as deep as a text
// is nested: half a megabyte of brackets ends in a stack overflow, which Go cannot
// recover from, and some texts of 40 KB take seconds and gigabytes.
//
// The child is the same program, started again (see init). It waits for its
// first set, gets one set after the other through its standard input, and ends with this
// process. It has MaxMemory bytes, no environment, and can open neither file nor socket.
//
// # Who waits for whom
//
// There are two lanes. Each builds one set at a time, in the order of their coming, and
// has a child of its own. A set of ordinary size begins in the quick lane and has 300 ms
// there, many times what it takes; what is larger, or not done by then, is built in the
// slow lane, within 2 s. So a set that takes long waits for those that do, and holds up
// no others. Of each caller one set at a time is in the lanes: whoever sends many at once
// waits for their own. What became of a set is remembered, its death too, so that a
// hostile one costs its child once.
package builder

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/flight"
)

// MaxMemory is how many bytes a child may use, and Children how many there are at most.
const (
	MaxMemory = 256 << 20
	Children  = 2
)

const (
	quickLimit = 300 * time.Millisecond
	slowLimit  = 2 * time.Second
	quickSize  = 512 << 10 // bytes; a larger set begins in the slow lane

	patience  = 5 * time.Second  // how long a set may wait until it is built
	cacheSize = 16 << 20         // bytes
	forgiving = 10 * time.Minute // how long it is remembered what may have been the machine's fault
)

// Builder makes documents and checks sets. The zero Builder has no child, and makes
// documents of those sets alone that need none. It is safe for concurrent use.
type Builder struct {
	callers callers
	lanes   []*lane // the last one takes every set
	known   *flight.Bounded[key, remembered]
	tell    *journal
	stop    context.CancelFunc
}

// remembered is what is known of a set.
type remembered struct {
	made
	late  bool      // only that it takes longer than the quick lane allows
	until time.Time // zero: for ever
}

// Open makes a Builder. Its first set starts a child, if Warm has not. Close ends it.
func Open(log *slog.Logger) *Builder { return open(log, childName, quickLimit, slowLimit) }

// open makes a Builder whose children have this name, and give a set so much time.
func open(log *slog.Logger, name string, quick, slow time.Duration) *Builder {
	running, stop := context.WithCancel(context.Background())
	tell := &journal{log: log}
	return &Builder{
		lanes: []*lane{
			newLane(running, name, quick, true, tell),
			newLane(running, name, slow, false, tell),
		},
		known: flight.NewBounded(cacheSize, func(_ key, r remembered) int64 { return r.bytes() }),
		tell:  tell,
		stop:  stop,
	}
}

// Warm starts a child ahead, and waits for nothing.
func (b *Builder) Warm() {
	for _, l := range b.lanes {
		l.prepare()
	}
}

// Close ends the children. What is asked for later is not built.
func (b *Builder) Close() {
	if b.stop == nil {
		return
	}
	b.stop()
	for _, l := range b.lanes {
		l.close()
	}
}

// Build makes one HTML document of a set. A plain page is made in this process. Where
// nothing could be built the document shows the files as they are, and a diagnostic says
// why. When ctx ends, so does the child that is at work for it.
func (b *Builder) Build(ctx context.Context, files []artifact.File) page.Built {
	asItIs, isPlain := page.Plain(files)
	if isPlain {
		return asItIs
	}
	built := b.made(ctx, request{document, files}).Built
	if built.Code == "" {
		built.Code, built.Network = cmp.Or(asItIs.Code, page.Texts(files)), asItIs.Network
	}
	return built
}

// Check returns what is wrong with a set, or why nobody could look, as Build.
func (b *Builder) Check(ctx context.Context, files []artifact.File) []artifact.Diagnostic {
	r := request{checks, files}
	if _, isPlain := page.Plain(files); !isPlain {
		r.wanted |= document // which is asked for next
	}
	return b.made(ctx, r).wrong
}

// made returns what is known of a set, or else has it built.
func (b *Builder) made(ctx context.Context, r request) made {
	if len(b.lanes) == 0 {
		return verdict(notBuilt)
	}
	k := r.key()
	if known, ok := b.recall(k, true); ok {
		return known.made
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leave := b.callers.enter(waiting)
	if leave == nil {
		return verdict(noRoom)
	}
	defer leave()
	for _, l := range b.lanes[:len(b.lanes)-1] {
		if r.size() > quickSize {
			break
		}
		if m, ok := b.in(ctx, waiting, l, k, r, false); ok {
			return m
		}
	}
	m, _ := b.in(ctx, waiting, b.lanes[len(b.lanes)-1], k, r, true)
	return m
}

// in has a set built in a lane. It returns false if the lane has no time for it, which the
// last one always has.
func (b *Builder) in(ctx, waiting context.Context, l *lane, k key, r request, last bool) (made, bool) {
	if known, ok := b.recall(k, last); ok {
		return known.made, !known.late
	}
	if !l.enter(waiting) {
		return verdict(noRoom), true
	}
	defer l.leave()
	if known, ok := b.recall(k, last); ok { // whoever was ahead wanted the same
		return known.made, !known.late
	}
	begun := time.Now()
	m, err := l.build(ctx, r)
	result := remembered{made: m}
	died, _ := errors.AsType[*death](err)
	_, panicked := errors.AsType[*panicError](err)
	switch {
	case err == nil:
	case panicked, died != nil && died.ours:
		result.made, result.until = verdict(notBuilt), time.Now().Add(forgiving)
	case died != nil:
		result.made = verdict(tooDeep)
		if died.bySignal || !died.bySet() {
			result.until = time.Now().Add(forgiving)
		}
	case errors.Is(err, errLate):
		result.made, result.late, result.until = verdict(tooSlow), !last, time.Now().Add(forgiving)
	default: // the caller has left, or there is no child, which the lane has told
		return verdict(notBuilt), true
	}
	if err != nil {
		k.wanted = document | checks // it is not tried again for the other
	}
	b.known.Keep(k, result)
	if err != nil && !result.late {
		b.tell.ended(err, r, time.Since(begun))
	}
	return result.made, !result.late
}

// recall returns what is known of a set, also if more was wanted of it then. That it is
// late is no news for the last lane.
func (b *Builder) recall(k key, last bool) (remembered, bool) {
	for _, k := range []key{{document | checks, k.files}, k} {
		r, ok := b.known.Get(k)
		fresh := r.until.IsZero() || time.Now().Before(r.until)
		if ok && fresh && !(r.late && last) {
			return r, true
		}
	}
	return remembered{}, false
}
