package turn_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

func TestLogGivesEveryReaderEverything(t *testing.T) {
	var log turn.Log
	const pieces = 1000
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			var text strings.Builder
			files := 0
			res, err := log.Follow(t.Context(), 0, func(e turn.Event) error {
				text.WriteString(e.Text)
				if e.Type == "file" {
					if files++; text.Len() != files*2*100 {
						t.Errorf("file event %d came after %d bytes", files, text.Len())
					}
				}
				return nil
			})
			if err != nil || res.Name != "n" || text.String() != strings.Repeat("é", pieces) || files != 10 {
				t.Errorf("a reader got %d bytes, %d files, %v, %v", text.Len(), files, res, err)
			}
		})
	}
	for i := range pieces {
		log.Text("é")
		if (i+1)%100 == 0 {
			log.Event(turn.Event{Type: "file"})
		}
	}
	log.End(turn.Result{Name: "n"}, nil)
	readers.Wait()
}

func TestLogCursors(t *testing.T) {
	var log turn.Log
	log.Text("ab")
	log.Event(turn.Event{Type: "notice"})
	log.Text("é")
	boom := errors.New("boom")
	log.End(turn.Result{}, boom)
	var got []turn.Event
	_, err := log.Follow(t.Context(), 0, func(e turn.Event) error { got = append(got, e); return nil })
	want := []turn.Event{{Type: "text", Text: "ab", Cursor: "2"}, {Type: "notice"}, {Type: "text", Text: "é", Cursor: "4"}}
	if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, boom) {
		t.Errorf("error %v, events (-want +got):\n%s", err, diff)
	}
}

func TestLogLetsAReaderLeave(t *testing.T) {
	var log turn.Log
	ctx, cancel := context.WithCancelCause(t.Context())
	left := errors.New("left")
	cancel(left)
	if _, err := log.Follow(ctx, 0, func(turn.Event) error { return nil }); !errors.Is(err, left) {
		t.Errorf("Follow = %v, want the context's cause", err)
	}
}

func BenchmarkLog(b *testing.B) {
	var log turn.Log
	done := make(chan struct{})
	go func() {
		defer close(done)
		log.Follow(context.Background(), 0, func(turn.Event) error { return nil })
	}()
	b.ReportAllocs()
	for b.Loop() {
		log.Text("token ")
	}
	log.End(turn.Result{}, nil)
	<-done
}
