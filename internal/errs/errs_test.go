package errs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

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
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(errs.Error{}, "Cause")); diff != "" {
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
