package turn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"github.com/google/go-cmp/cmp"
)

// offAndOn is a store that loses a few steps.
type offAndOn struct {
	*memstore.Store
	lost int
}

func (s *offAndOn) Apply(ctx context.Context, on turn.Scope, op string, step turn.Step) (turn.Change, error) {
	if op == "forget" && s.lost > 0 {
		s.lost--
		return turn.Change{}, errs.New(errs.Unavailable, errs.StoreUnavailable, "The database does not answer. Try again.")
	}
	return s.Store.Apply(ctx, on, op, step)
}

// TestRetention: the words of old turns go, and nothing else: not what became of them,
// nor versions, nor the words of younger turns. A turn that cannot be read is passed
// over; a database that is away for a while makes none be missed.
func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &offAndOn{Store: memstore.New(), lost: 3}
		const day = 24 * time.Hour
		save := func(i int) {
			r := request()
			r.Kind, r.TurnID, r.ProjectID, r.Prompt = turn.Save, fmt.Sprint("t", i), fmt.Sprint("p", i), "SECRET words"
			e := turn.Ending{
				State: turn.Partial, Reply: "SECRET reply", Source: project.Browser, GeneratedBy: "SECRET model", Notices: []string{"SECRET"}, Warnings: []artifact.Warning{{Text: "SECRET"}},
				Error: &turn.Failure{Code: errs.Aborted, Reason: errs.EditRefused, Message: "SECRET", Details: map[string]any{"path": "SECRET"}},
			}
			apply(t, db, r.Key, turn.Settle(r, "run", e, &turn.NewVersion{Files: []artifact.File{index}}))
		}
		const old = 250 // more than one round looks at
		for i := range old {
			save(i)
		}
		if err := db.Spoil(t.Context(), turn.Key{ProjectID: "p7", TurnID: "t7"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * day)
		save(old)
		log, _ := logger()
		r := turn.NewRunner(db, nil, inProcess{}, turn.Settings{Lease: time.Minute, Idle: time.Minute, Retention: 30 * day}, log)
		time.Sleep(9 * day)
		if got, err := db.Turn(t.Context(), turn.Key{ProjectID: "p0", TurnID: "t0"}); err != nil || got.Prompt == "" {
			t.Errorf("too early: %+v, %v", got, err)
		}
		time.Sleep(2 * day)
		r.Drain(t.Context())
		for i := range old + 1 {
			k := turn.Key{ProjectID: fmt.Sprint("p", i), TurnID: fmt.Sprint("t", i)}
			got, err := db.Turn(t.Context(), k)
			if err != nil {
				t.Fatal(err)
			}
			if kept := strings.Contains(fmt.Sprintf("%+v %+v", *got, got.Error), "SECRET"); kept != (i == 7 || i == old) {
				t.Fatalf("turn %d keeps its words: %v: %+v", i, kept, *got)
			}
			if v, err := db.Version(t.Context(), k.ProjectID, 1); v == nil || err != nil {
				t.Fatalf("turn %d: its version is gone, %v", i, err)
			}
		}
		got, err := db.Turn(t.Context(), turn.Key{ProjectID: "p0", TurnID: "t0"})
		want := &turn.Turn{
			ID: "t0", OwnerUID: "ann", Seq: 1, Kind: turn.Save, State: turn.Partial, Run: "run", Version: 1, Source: project.Browser,
			RenewedAt: got.RenewedAt, CreatedAt: got.CreatedAt, FinishedAt: got.FinishedAt, ForgottenAt: got.ForgottenAt,
			Error: &turn.Failure{Code: errs.Aborted, Reason: errs.EditRefused, Message: "What went wrong is not kept any more."},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil || got.ForgottenAt == nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		again := request()
		again.ProjectID, again.TurnID, again.Continues, again.NewProject = "p0", "more", "t0", false
		_, err = db.Apply(t.Context(), turn.Scope{Key: again.Key, UID: "ann", Continues: "t0", Lease: time.Minute}, "accept", turn.Accept(again, "run", "here", 10))
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Reason != errs.NotContinuable {
			t.Errorf("continuing it: %v", err)
		}
	})
}
