package turn

import (
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// interrupt ends the turns of the view that are overdue, with the text that
// their segments hold. It returns the view as it is afterwards, and a change
// that says so.
func (v View) interrupt() (View, Change) {
	c := Change{}
	for _, o := range v.Overdue {
		t, p := o.Turn, o.Project
		var text strings.Builder
		for _, s := range o.Segments {
			if s.Offset > text.Len() {
				break // what lies behind a gap was never sent by an owner that held its lease
			}
			if end := s.Offset + len(s.Text); end > text.Len() {
				text.WriteString(s.Text[text.Len()-s.Offset:])
				t.Source, t.GeneratedBy, t.Notices = s.Source, s.GeneratedBy, s.Notices
			}
		}
		t.Reply, t.Length, t.Run = text.String(), text.Len(), ""
		t.Error = interruption("The server that was writing this answer stopped. What it had written is kept.")
		if a := t.end(&p, Interrupted, v.Now, v.Account); a != nil {
			v.Account, c.Account = *a, a
		}
		c.Settled = append(c.Settled, Overdue{Turn: t, Project: p})
		if v.Project == nil || v.Project.ID != p.ID {
			continue
		}
		v.Project = &p
		if v.Turn != nil && v.Turn.ID == t.ID {
			v.Turn = &t
		}
		if v.Prior != nil && v.Prior.ID == t.ID {
			v.Prior = &t
		}
	}
	return v, c
}

func interruption(message string) *Failure {
	return &Failure{Code: errs.Aborted, Reason: errs.Interrupted, Message: message}
}

// Interrupt ends the turn if its lease is over. Otherwise it is found.
func Interrupt() Step {
	return func(v View) (Change, error) {
		v, c := v.interrupt()
		c.Turn, c.Project, c.Found = v.Turn, v.Project, len(c.Settled) == 0
		return c, nil
	}
}

// Renew begins the lease of run anew. idle says that nobody has read the turn
// here for the limit: if nobody has elsewhere, it is to be cancelled. ABORTED
// interrupted when the turn is no longer run's, or has ended.
func Renew(run string, idle bool, limit time.Duration) Step {
	return func(v View) (Change, error) {
		if err := owned(v, run); err != nil {
			return Change{}, err
		}
		if v.Turn.State != Running {
			return Change{Turn: v.Turn, Found: true}, nil
		}
		t := *v.Turn
		t.RenewedAt = v.Now
		if idle && (t.WatchedAt == nil || v.Now.Sub(*t.WatchedAt) >= limit) {
			t.CancelRequested = true
		}
		return Change{Turn: &t}, nil
	}
}

// Watch notes that somebody reads the turn on an instance that does not carry
// it.
func Watch() Step {
	return func(v View) (Change, error) {
		if v.Turn == nil || v.Turn.State != Running {
			return Change{Turn: v.Turn, Found: true}, nil
		}
		t := *v.Turn
		t.WatchedAt = &v.Now
		return Change{Turn: &t}, nil
	}
}
