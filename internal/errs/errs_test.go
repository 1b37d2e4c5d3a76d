package errs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestOf(t *testing.T) {
	known := errs.New(errs.NotFound, errs.NoSuchProject, "There is no project %q.", "p").With("projectId", "p")
	for _, tc := range []struct {
		name string
		err  error
		want *errs.Error
	}{
		{"nil", nil, nil},
		{"known", known, known},
		{"known, wrapped", fmt.Errorf("read: %w", known), known},
		{"cancelled", fmt.Errorf("read: %w", context.Canceled), &errs.Error{Code: errs.Cancelled, Message: "The call was cancelled."}},
		{"deadline", context.DeadlineExceeded, &errs.Error{Code: errs.DeadlineExceeded, Message: "The call took too long."}},
		{"anything else", io.ErrUnexpectedEOF, &errs.Error{Code: errs.Internal, Message: "INTERNAL"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := errs.Of(tc.err)
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(errs.Error{}, "Cause"), cmpopts.IgnoreUnexported(errs.Error{})); diff != "" {
				t.Errorf("Of (-want +got):\n%s", diff)
			}
			if got != nil && !errors.Is(got, tc.err) && !errors.Is(tc.err, got) {
				t.Errorf("Of(%v) lost its cause", tc.err)
			}
		})
	}
}

func TestWithAndBecauseLeaveTheOriginalAlone(t *testing.T) {
	first := errs.New(errs.Aborted, errs.TurnInProgress, "Busy.").With("turnId", "t1")
	second := first.With("projectId", "p").Because(io.EOF)
	if diff := cmp.Diff(map[string]any{"turnId": "t1"}, first.Details); diff != "" || first.Cause != nil {
		t.Errorf("the first error changed: %s, cause %v", diff, first.Cause)
	}
	if got, want := second.Error(), "ABORTED (turn-in-progress): Busy.: EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

// TestLog: the log has no text of an error that a user may have written.
func TestLog(t *testing.T) {
	const text = "a secret sentence"
	for _, tc := range []struct {
		name string
		err  *errs.Error
		want string
	}{
		{"numbers", errs.New(errs.InvalidArgument, errs.TooLarge, "%d of %.1f KB, %v.", 7, 1.5, time.Minute), "INVALID_ARGUMENT (too-large): 7 of 1.5 KB, 1m0s."},
		{"a short text", errs.New(errs.NotFound, "", "No %q.", "index.html"), `NOT_FOUND: No "index.html".`},
		{"a long text", errs.New(errs.NotFound, "", "No %q.", text), `NOT_FOUND: No "a secret sen…".`},
		{"a long text of many bytes", errs.New(errs.NotFound, "", "No %s.", "ééééééééé"), `NOT_FOUND: No éééééé….`},
		{"a text that is ours", errs.New(errs.NotFound, "", "No %s.", errs.Logged(text)), "NOT_FOUND: No a secret sentence."},
		{"texts of other kinds", errs.New(errs.NotFound, "", "No %v, %q, %v.", errors.New(text), []string{text}, struct{ S string }{text}), `NOT_FOUND: No …, "…", ….`},
		{"an error that New has not made", &errs.Error{Code: errs.NotFound, Reason: errs.NoSuchFile, Message: text}, "NOT_FOUND (no-such-file)"},
		{"with a detail", errs.New(errs.NotFound, "", "No %q.", text).With("path", text).Because(io.EOF), `NOT_FOUND: No "a secret sen…".: EOF`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.err.Error(); got != tc.want {
				t.Errorf("Error() = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestOfPanic: a panic tells the log its type, and the runtime's own tell more.
func TestOfPanic(t *testing.T) {
	for _, tc := range []struct {
		name  string
		panic func()
		want  string
	}{
		{"a text", func() { panic("a secret sentence") }, "panic: a string"},
		{"an error", func() { panic(io.EOF) }, "panic: a *errors.errorString"},
		{"the runtime's", func() { _ = []int{}[len(t.Name())] }, "panic: runtime error: index out of range [11] with length 0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			defer func() {
				if got := errs.OfPanic(recover()).Error(); got != tc.want {
					t.Errorf("OfPanic = %q, want %q", got, tc.want)
				}
			}()
			tc.panic()
		})
	}
}
