package turn

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// Log is a turn's stream as it grows, in memory: its text in one piece, and
// every other event at the place in the text where it came. Whoever runs or follows
// the turn appends; any number of readers follow, each at its own pace. A reader
// that falls behind gets what it missed as one longer text.
type Log struct {
	mu    sync.Mutex
	text  []byte
	marks []mark
	wake  chan struct{} // nil unless a reader waits; closed by the next append

	until     time.Time // the end of the owner's trust in its lease: readers get nothing past it; zero: no lease is needed
	ended     bool
	abandoned bool // readers get no more of the text
	res       Result
	err       error

	readers int
	left    time.Time     // when the last reader left
	stored  int           // how much of the text is in segments
	full    chan struct{} // gets a value when a whole segment is not stored yet; nil: nobody stores the text
}

type mark struct {
	at    int // offset in text, in bytes
	event Event
}

// newLog returns a Log that nobody has read yet.
func newLog() *Log { return &Log{left: time.Now()} }

// Text appends whole runes.
func (l *Log) Text(s string) {
	l.mu.Lock()
	l.text = append(l.text, s...)
	if l.full != nil && len(l.text)-l.stored >= MaxSegment {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
	l.notify()
	l.mu.Unlock()
}

// Event appends any event but text.
func (l *Log) Event(e Event) {
	l.mu.Lock()
	l.marks = append(l.marks, mark{len(l.text), e})
	l.notify()
	l.mu.Unlock()
}

// Lease lets readers read until then.
func (l *Log) Lease(until time.Time) {
	l.mu.Lock()
	l.until = until
	l.notify()
	l.mu.Unlock()
}

// End closes the log with what every reader is told once it has read everything,
// unless the log is closed already.
func (l *Log) End(res Result, err error) {
	l.mu.Lock()
	if !l.ended {
		l.ended, l.res, l.err = true, res, err
		l.notify()
	}
	l.mu.Unlock()
}

// Abandon closes the log of a turn that another instance has ended, or will end.
// Readers are told at once, because the rest of the text may not have been kept.
func (l *Log) Abandon(err error) {
	l.mu.Lock()
	if !l.ended {
		l.ended, l.abandoned, l.err = true, true, err
		l.notify()
	}
	l.mu.Unlock()
}

func (l *Log) notify() {
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// size is how much text there is, in bytes.
func (l *Log) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.text)
}

// unread returns how long nobody has been reading.
func (l *Log) unread() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readers > 0 {
		return 0
	}
	return time.Since(l.left)
}

func (l *Log) enter() {
	l.mu.Lock()
	l.readers++
	l.mu.Unlock()
}

// leave notes that a reader has left, and returns how many are still there.
func (l *Log) leave() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readers--
	l.left = time.Now()
	return l.readers
}

// segments returns the text that is not stored yet, as segments; at most a few, as
// one call writes them.
func (l *Log) segments(expire time.Time) []Segment {
	const most = 8
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Segment
	now := Segment{ExpireAt: expire}
	seen := 0
	for at := l.stored; at < len(l.text) && len(all) < most; {
		text := cut(string(l.text[at:min(len(l.text), at+MaxSegment+utf8.UTFMax)]), MaxSegment)
		end := at + len(text)
		for ; seen < len(l.marks) && l.marks[seen].at <= end; seen++ {
			switch e := l.marks[seen].event; e.Type {
			case "source":
				now.Source, now.GeneratedBy = e.Source, e.GeneratedBy
			case "notice":
				now.Notices = append(slices.Clip(now.Notices), e.Text)
			}
		}
		now.Offset, now.Text = at, text
		all = append(all, now)
		at = end
	}
	return all
}

// setStored notes up to which byte the text is in segments.
func (l *Log) setStored(stored int) {
	l.mu.Lock()
	l.stored = stored
	l.mu.Unlock()
}

// Follow sends the log from a position in its text until its end, and returns
// how the turn ended. Lasting events before that position are sent, too. It stops
// early with ctx's or send's error: the reader has left then, which does not matter
// to the turn.
func (l *Log) Follow(ctx context.Context, after int, send func(Event) error) (Result, error) {
	pos, seen := after, 0 // in text and marks
	for {
		l.mu.Lock()
		lapsed := !l.until.IsZero() && !l.ended && time.Now().After(l.until)
		switch {
		case l.abandoned:
			defer l.mu.Unlock()
			return Result{}, l.err
		case lapsed:
			if err := l.wait(ctx); err != nil {
				return Result{}, err
			}
		case seen < len(l.marks) && l.marks[seen].at <= pos:
			m := l.marks[seen]
			seen++
			l.mu.Unlock()
			if m.at < after && !m.event.lasting() {
				continue
			}
			if err := send(m.event); err != nil {
				return Result{}, err
			}
		case pos < len(l.text):
			for pos < len(l.text)-1 && !utf8.RuneStart(l.text[pos]) {
				pos++ // a cursor that no text message brought
			}
			end := len(l.text)
			if seen < len(l.marks) {
				end = max(pos, l.marks[seen].at)
			}
			e := Event{Type: "text", Text: string(l.text[pos:end]), Cursor: strconv.Itoa(end)}
			pos = end
			l.mu.Unlock()
			if err := send(e); err != nil {
				return Result{}, err
			}
		case l.ended:
			defer l.mu.Unlock()
			return l.res, l.err
		default:
			if err := l.wait(ctx); err != nil {
				return Result{}, err
			}
		}
	}
}

// wait unlocks the log and waits for its next change.
func (l *Log) wait(ctx context.Context) error {
	if l.wake == nil {
		l.wake = make(chan struct{})
	}
	wake := l.wake
	l.mu.Unlock()
	select {
	case <-wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
