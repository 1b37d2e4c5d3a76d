package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/access"
	"dreambuild.dev/backend/internal/account"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
)

var weights = catalogue.Key{Model: "m", Revision: "v1"}

// grant charges a user with a revision of so many bytes.
func grant(t *testing.T, s Store, uid string, bytes int64) error {
	return s.Charge(t.Context(), uid, weights, func(l catalogue.Ledger) (*catalogue.Booking, error) {
		return &catalogue.Booking{Bytes: bytes, Cover: catalogue.Cover{Month: quota.Month(l.Now), Bytes: bytes}}, nil
	})
}

// resident stores something of each kind for a user: a project with a finished turn, a
// grant and a session.
func resident(t *testing.T, s Store, uid string) {
	t.Helper()
	ctx := t.Context()
	r := request
	r.UID, r.ProjectID = uid, uid
	scope := turn.Scope{Key: r.Key, UID: uid, Lease: time.Hour}
	for _, step := range []turn.Step{turn.Accept(r, "run", "here", 10), turn.Finish("run", ending(), made(style, page))} {
		if _, err := s.Apply(ctx, scope, "test", step); err != nil {
			t.Fatal(err)
		}
	}
	if err := grant(t, s, uid, 500); err != nil {
		t.Fatal(err)
	}
	if err := s.OpenSession(ctx, access.Session{UID: uid, ID: "id"}); err != nil {
		t.Fatal(err)
	}
}

func marked(t *testing.T, s Store, uid string) {
	t.Helper()
	err := s.UpdateDeletion(t.Context(), uid, func(before *account.Deletion, now time.Time) *account.Deletion {
		if before != nil {
			t.Errorf("%s is being deleted already: %+v", uid, before)
		}
		return &account.Deletion{Since: now}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// emptied deletes all that is stored of a user, but for the counts of this month.
func emptied(t *testing.T, s Store, uid string) {
	t.Helper()
	ctx := t.Context()
	for _, id := range must(s.ProjectsOf(ctx, uid, "", 100)) {
		for must(s.Purge(ctx, id, 100)) == 100 {
		}
		if err := s.Drop(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	for must(s.EraseTurns(ctx, uid, 100))+must(s.EraseRecords(ctx, uid, 100)) > 0 {
	}
}

func deletedAccount(t *testing.T, s Store) {
	ctx := t.Context()
	for _, uid := range []string{"ann", "bob"} {
		resident(t, s, uid)
	}
	if err := s.Deny(ctx, "ann", true); err != nil {
		t.Fatal(err)
	}
	// refusing: whatever would store something for ann is refused, and nothing of bob.
	refusing := func(when string) {
		t.Helper()
		for name, write := range map[string]func(uid string) error{
			"a turn": func(uid string) error {
				r := request
				r.UID, r.TurnID, r.ProjectID = uid, "t"+when[:2], uid+when[:2]
				_, err := s.Apply(ctx, turn.Scope{Key: r.Key, UID: uid, Lease: time.Hour}, "test", turn.Settle(r, "run", ending(), made(page)))
				return err
			},
			"a cancel": func(uid string) error {
				k := turn.Key{ProjectID: turn.ProjectID(uid, "none"+when[:2]), TurnID: "none" + when[:2]}
				_, err := s.Apply(ctx, turn.Scope{Key: k, UID: uid, Lease: time.Hour}, "test", turn.Cancel(k, uid))
				return err
			},
			"a grant":   func(uid string) error { return grant(t, s, uid, 1) },
			"a session": func(uid string) error { return s.OpenSession(ctx, access.Session{UID: uid, ID: when[:2]}) },
		} {
			if e := errs.Of(write("ann")); e == nil || e.Reason != errs.AccountDeleted {
				t.Errorf("%s, %s: %v", name, when, e)
			}
			if err := write("bob"); err != nil {
				t.Errorf("%s of another user, %s: %v", name, when, err)
			}
		}
	}
	equal(t, "before", must(s.Standing(ctx, "ann")), access.Standing{Denied: true})
	marked(t, s, "ann")
	equal(t, "while it is deleted", must(s.Standing(ctx, "ann")), access.Standing{Denied: true, Leaving: true})
	refusing("while it is deleted")
	emptied(t, s, "ann")
	for range 2 { // the second time there is nothing to do
		if err := s.Bury(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	gone := must(s.Standing(ctx, "ann"))
	if d := time.Since(gone.DeletedAt); d < -time.Minute || d > time.Minute {
		t.Errorf("deleted %v ago", d)
	}
	equal(t, "deleted", gone, access.Standing{Denied: true, Gone: true, DeletedAt: gone.DeletedAt})
	refusing("after it is deleted")
	if e := errs.Of(s.UpdateDeletion(ctx, "ann", func(*account.Deletion, time.Time) *account.Deletion { panic("asked") })); e == nil || e.Reason != errs.AccountDeleted {
		t.Errorf("deleting it again: %v", e)
	}
	if refs := must(s.Deletions(ctx, account.Ref{}, 9)); len(refs) != 0 {
		t.Errorf("still being deleted: %v", refs)
	}
	now := time.Now()
	if n := must(s.BytesGranted(ctx, "ann", quota.Month(now))); n != 0 {
		t.Errorf("%d bytes are counted of an account that is gone", n)
	}

	// The operator may still say who is denied.
	for _, denied := range []bool{false, true} {
		if err := s.Deny(ctx, "ann", denied); err != nil {
			t.Fatal(err)
		}
		equal(t, "denied after the deletion", must(s.Standing(ctx, "ann")), access.Standing{Denied: denied, Gone: true, DeletedAt: gone.DeletedAt})
	}
	for range 2 {
		if err := s.Return(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Return(ctx, "nobody"); err != nil {
		t.Fatal(err)
	}
	equal(t, "again", must(s.Standing(ctx, "ann")), access.Standing{Denied: true, DeletedAt: gone.DeletedAt})
	equal(t, "nobody", must(s.Standing(ctx, "nobody")), access.Standing{})
	day := quota.Today(now)
	equal(t, "what was used of the day", must(s.Account(ctx, "ann", day)).Days[day], quota.Day{Turns: 1, InputTokens: 9, OutputTokens: 5})
	if n := must(s.BytesGranted(ctx, "ann", quota.Month(now))); n != 500 {
		t.Errorf("%d bytes of the month are counted, want 500", n)
	}
	if err := grant(t, s, "ann", 1); err != nil {
		t.Error(err)
	}
	marked(t, s, "ann") // and once more
	emptied(t, s, "ann")
	if err := s.Bury(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Standing(ctx, "ann")); !got.Gone || !got.Denied || !got.DeletedAt.After(gone.DeletedAt) {
		t.Errorf("deleted twice: %+v", got)
	}
	equal(t, "bob", must(s.Standing(ctx, "bob")), access.Standing{})
	if p := must(s.Project(ctx, "bob")); p == nil || p.DeletedAt != nil {
		t.Errorf("bob's project: %+v", p)
	}
}

// orphan stores a turn in a project that there is not, as an older release did for one
// that was cancelled before it began.
func orphan(t *testing.T, s Store, uid, projectID string) {
	t.Helper()
	k := turn.Key{ProjectID: projectID, TurnID: "t"}
	_, err := s.Apply(t.Context(), turn.Scope{Key: k, UID: uid, Lease: time.Hour}, "orphan", func(v turn.View) (turn.Change, error) {
		return turn.Change{Turn: &turn.Turn{ID: "t", OwnerUID: uid, State: turn.Cancelled, CreatedAt: v.Now}}, nil
	})
	if err == nil {
		err = s.Append(t.Context(), k, []turn.Segment{{Text: "x"}, {Offset: 1, Text: "y"}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// accountParts: each part deletes no more than it may, and the counts of the month stay
// until the end.
func accountParts(t *testing.T, s Store) {
	ctx := t.Context()
	for _, uid := range []string{"ann", "bob"} {
		resident(t, s, uid)
		for i := range 5 {
			if err := s.OpenSession(ctx, access.Session{UID: uid, ID: fmt.Sprint("id", i)}); err != nil {
				t.Fatal(err)
			}
			orphan(t, s, uid, fmt.Sprint(uid, "orphan", i))
		}
	}
	if n := must(s.EraseTurns(ctx, "ann", 2)); n != 2 {
		t.Errorf("%d turns are erased", n)
	}
	n := 0
	for {
		one := must(s.EraseRecords(ctx, "ann", 2))
		if n += one; one < 2 {
			break
		}
	}
	if n < 7 { // sessions and a grant
		t.Errorf("%d records are erased", n)
	}
	if got := must(s.BytesGranted(ctx, "ann", quota.Month(time.Now()))); got != 500 {
		t.Errorf("%d bytes are counted before the end, want 500", got)
	}
	equal(t, "bob's session", must(s.Session(ctx, "bob", "id3")), &access.Session{UID: "bob", ID: "id3"})
	var ids []string
	for after := ""; ; after = ids[len(ids)-1] {
		one := must(s.ProjectsOf(ctx, "ann", after, 1))
		if len(one) == 0 {
			break
		}
		ids = append(ids, one...)
	}
	equal(t, "projects", ids, []string{"ann"})
}

func deletions(t *testing.T, s Store) {
	ctx := t.Context()
	want := []string{"u3", "u1", "u4", "u2"}
	for _, uid := range want {
		marked(t, s, uid)
	}
	var got []string
	for after := (account.Ref{}); ; {
		refs := must(s.Deletions(ctx, after, 3))
		if len(refs) == 0 {
			break
		}
		for _, ref := range refs {
			got = append(got, ref.UID)
		}
		after = refs[len(refs)-1]
	}
	equal(t, "deletions", got, want)
	err := s.UpdateDeletion(ctx, "u1", func(before *account.Deletion, now time.Time) *account.Deletion {
		return &account.Deletion{Since: before.Since, By: "here", RenewedAt: now}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.UpdateDeletion(ctx, "u1", func(before *account.Deletion, now time.Time) *account.Deletion {
		if before == nil || before.By != "here" || now.Before(before.RenewedAt) {
			t.Errorf("at %v: %+v", now, before)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func record(t *testing.T, s Store) {
	resident(t, s, "ann")
	text, err := json.Marshal(must(s.Record(t.Context(), "ann")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"usage":`, `"` + quota.Today(time.Now()) + `":`, `"outputTokens":5`, `"bytesGranted":500`, `"m@v1":`, `"sessions":`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the record lacks %s: %s", want, text)
		}
	}
	nobody := must(s.Record(t.Context(), "nobody"))
	if len(nobody.Below) != 0 {
		t.Errorf("nobody has %v", nobody.Below)
	}
}

func retention(t *testing.T, s Store) {
	ctx := t.Context()
	var want []turn.Key
	var times []time.Time
	for i := range 4 {
		r := request
		r.UID, r.ProjectID = fmt.Sprint("u", i), fmt.Sprint("p", i)
		c, err := s.Apply(ctx, turn.Scope{Key: r.Key, UID: r.UID, Lease: time.Hour}, "test", turn.Settle(r, "run", ending(), made(page)))
		if err != nil {
			t.Fatal(err)
		}
		want, times = append(want, r.Key), append(times, c.Turn.CreatedAt)
	}
	keys := func(refs []turn.Ref, err error) (all []turn.Key) {
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			all = append(all, ref.Key)
		}
		return all
	}
	equal(t, "all", keys(s.TurnsBetween(ctx, time.Time{}, times[3].Add(time.Second), 9)), want)
	equal(t, "from the second, before the last", keys(s.TurnsBetween(ctx, times[1], times[3], 9)), want[1:3])
	equal(t, "two", keys(s.TurnsBetween(ctx, time.Time{}, times[3].Add(time.Second), 2)), want[:2])
	c, err := s.Apply(ctx, turn.Scope{Key: want[0]}, "forget", turn.Forget(times[1]))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "without words", must(s.Turn(ctx, want[0])), c.Turn)
	if !must(s.Forgotten(ctx)).IsZero() {
		t.Error("something is forgotten")
	}
	if err := errors.Join(s.SetForgotten(ctx, times[1]), s.SetForgotten(ctx, times[2])); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Forgotten(ctx)); !got.Equal(times[2]) {
		t.Errorf("forgotten until %v, want %v", got, times[2])
	}
}
