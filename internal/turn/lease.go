package turn

import (
	"strings"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
)

// interrupt ends the expired turns of the view, with the text that their segments
// hold. It returns the view as it is afterwards, and the change that leads
// there.
func (v View) interrupt() (View, Change) {
	c := Change{}
	for _, x := range v.Expired {
		t, p := x.Turn, x.Project
		var text strings.Builder
		written := 0 // how far a worker had come
		for _, s := range x.Segments {
			if s.Offset > text.Len() {
				break // an owner that held its lease never sent what follows a gap
			}
			if end := s.Offset + len(s.Text); end > text.Len() {
				text.WriteString(s.Text[text.Len()-s.Offset:])
				t.Source, t.GeneratedBy, t.Notices = s.Source, s.GeneratedBy, s.Notices
				if s.Source == project.Worker {
					written = end
				}
			}
		}
		if written > t.Carried {
			t.Meter.OutputTokens = worker.ReplyTokens(text.String()[t.Carried:written])
		}
		t.Reply, t.Length, t.Run = text.String(), text.Len(), ""
		t.Error = interruption("The server that was writing this answer stopped. What it had written is kept.")
		a := t.end(&p, Interrupted, 0, v.Now, v.Account)
		v.Account, c.Account = a, &a
		c.Settled = append(c.Settled, Expired{Turn: t, Project: p})
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

// Interrupt ends the turn if its lease is over; otherwise the turn is found.
func Interrupt() Step {
	return func(v View) (Change, error) {
		v, c := v.interrupt()
		c.Turn, c.Project, c.Found = v.Turn, v.Project, len(c.Settled) == 0
		return c, nil
	}
}

// Renew begins the lease of run anew. unread says that nobody on the owner's
// instance has read the turn for the idle limit: if nobody elsewhere has either,
// the turn is to be cancelled. A turn that this run has ended is found. ABORTED
// interrupted when run does not own the turn any more.
func Renew(run string, unread bool, idle time.Duration) Step {
	return func(v View) (Change, error) {
		if err := owned(v, run); err != nil {
			return Change{}, err
		}
		if v.Turn.State != Running {
			return Change{Turn: v.Turn, Found: true}, nil
		}
		t := *v.Turn
		t.RenewedAt = v.Now
		if unread && (t.WatchedAt == nil || v.Now.Sub(*t.WatchedAt) >= idle) {
			t.CancelRequested = true
		}
		return Change{Turn: &t}, nil
	}
}

// Watch notes that somebody reads the turn on an instance that does not run it.
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
