package turn

import (
	"context"
	"errors"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
)

// Forget takes the words of user and model out of a turn that has ended and began
// before a time. What became of it stays, and so does the version that it made.
func Forget(before time.Time) Step {
	return func(v View) (Change, error) {
		t := v.Turn
		if t == nil || t.State == Running || t.ForgottenAt != nil || !t.CreatedAt.Before(before) {
			return Change{Turn: t, Project: v.Project, Found: true}, nil
		}
		old := *t
		old.Prompt, old.Reply, old.Length, old.Carried = "", "", 0, 0
		old.PayloadHash = "" // a prompt can be guessed from it
		old.Intent, old.Warnings, old.Notices, old.Diagnostics = nil, nil, nil, nil
		old.Errors, old.Target = nil, nil
		if old.Source == project.Browser || old.Source == project.Edit {
			old.GeneratedBy = "" // the client's words
		}
		if old.Error != nil {
			old.Error = &Failure{Code: old.Error.Code, Reason: old.Error.Reason, Message: "What went wrong is not kept any more."}
		}
		old.ForgottenAt = &v.Now
		return Change{Turn: &old}, nil
	}
}

// sweepWords takes the words out of turns that are older than the retention. It
// notes how far it has come, so that no turn is looked at for ever; one that cannot be
// read is passed over, and told to the log. more says that there are others.
func (r *Runner) sweepWords(ctx context.Context) (more bool) {
	if r.settings.Retention == 0 {
		return false
	}
	within, cancel := context.WithTimeout(ctx, sweptTime)
	defer cancel()
	more, err := r.forgetBefore(within, now().Add(-r.settings.Retention))
	r.journal.warn(ctx, forgetting, Key{}, err)
	return more
}

func (r *Runner) forgetBefore(ctx context.Context, before time.Time) (more bool, err error) {
	from, err := r.store.Forgotten(ctx)
	if err != nil {
		return false, err
	}
	refs, err := r.store.TurnsBetween(ctx, from, before, sweptRefs)
	if err != nil {
		return false, err
	}
	until := from
	for _, ref := range refs {
		_, err = r.store.Apply(ctx, Scope{Key: ref.Key}, "forget", Forget(before))
		if err != nil && (ctx.Err() != nil || errs.Of(err).Code != errs.Internal) { // the database's failure, not the document's
			break
		}
		r.journal.warn(ctx, forgetting, ref.Key, err)
		until, err = ref.At, nil
	}
	if until.Equal(from) {
		return false, err
	}
	return len(refs) == sweptRefs && err == nil, errors.Join(err, r.store.SetForgotten(ctx, until))
}
