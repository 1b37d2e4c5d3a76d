package turn

import (
	"context"
	"strconv"
	"sync"
)

// Log is a turn's stream as it grows, in memory: its text in one piece, and
// every other event at the place in the text where it came. The turn's
// goroutine appends; any number of readers follow, each at its own pace. A
// reader that falls behind gets what it missed as one longer text.
type Log struct {
	mu    sync.Mutex
	text  []byte
	marks []mark
	ended bool
	res   Result
	err   error
	wake  chan struct{} // nil unless a reader waits; closed by the next append
}

type mark struct {
	at    int // offset in text, in bytes
	event Event
}

// Text appends whole runes.
func (l *Log) Text(s string) {
	l.mu.Lock()
	l.text = append(l.text, s...)
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

// End closes the log with what every reader is to be told. Nothing follows.
func (l *Log) End(res Result, err error) {
	l.mu.Lock()
	l.ended, l.res, l.err = true, res, err
	l.notify()
	l.mu.Unlock()
}

func (l *Log) notify() {
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// Follow sends the log from its start until its end, and returns how the turn
// ended. It stops early with ctx's or send's error: then the reader has left,
// which is nothing to the turn.
func (l *Log) Follow(ctx context.Context, send func(Event) error) (Result, error) {
	var pos, seen int // in text and marks
	for {
		l.mu.Lock()
		switch {
		case seen < len(l.marks) && l.marks[seen].at == pos:
			e := l.marks[seen].event
			seen++
			l.mu.Unlock()
			if err := send(e); err != nil {
				return Result{}, err
			}
		case pos < len(l.text):
			end := len(l.text)
			if seen < len(l.marks) {
				end = l.marks[seen].at
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
			if l.wake == nil {
				l.wake = make(chan struct{})
			}
			wake := l.wake
			l.mu.Unlock()
			select {
			case <-wake:
			case <-ctx.Done():
				return Result{}, context.Cause(ctx)
			}
		}
	}
}
