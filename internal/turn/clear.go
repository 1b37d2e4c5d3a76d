package turn

import (
	"context"
	"slices"
	"strconv"
	"time"

	"dreambuild.dev/backend/internal/project"
)

// Clear deletes the contents of the emptied versions up to a number that no later
// version names. It does nothing unless the project stands where contents was found:
// its versions are cleared up to cleared, and current is its newest. So no content is
// deleted that a version names which came meanwhile: a turn that makes one writes the
// project in the same transaction. Its Scope names no turn.
func Clear(cleared, to, current int, contents []project.FileRef) Step {
	return func(v View) (Change, error) {
		if v.Project == nil || v.Project.DeletedAt != nil || v.Project.Cleared != cleared || v.Project.CurrentVersion != current || to > v.Project.EmptiedTo() {
			return Change{Project: v.Project, Found: true}, nil
		}
		p, c := *v.Project, Change{}
		var bytes int64
		for _, f := range contents {
			c.Erased = append(c.Erased, f.SHA256)
			bytes += int64(f.Size)
		}
		bytes = min(bytes, p.StoredBytes) // what was stored before anything was counted is not given back
		account := v.Account.Keep(-bytes)
		p.StoredBytes -= bytes
		p.Cleared = to
		c.Project, c.Account = &p, &account
		return c, nil
	}
}

// How much is cleared at a time.
const (
	clearedVersions = 50  // so many are emptied before their contents are deleted: that takes reading all later versions
	clearedContents = 300 // in one transaction, or those of one version
	clearedTime     = time.Minute
)

// tidy clears versions in the background, once enough of them are emptied. What it
// does not manage, the next version's tidy does.
func (r *Runner) tidy(uid string, c Change) {
	if c.Version == nil || !clearable(c.Project) {
		return
	}
	p := c.Project
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining || !r.clearing.TryLock() {
		return
	}
	r.background.Go(func() {
		defer r.clearing.Unlock()
		ctx, cancel := context.WithTimeout(r.backgroundCtx, clearedTime)
		defer cancel()
		err := guard(func() (err error) {
			for err == nil && clearable(p) {
				p, err = r.clear(ctx, uid, *p)
			}
			return err
		})
		r.journal.warn(ctx, clearing, Key{ProjectID: c.Project.ID}, err)
	})
}

// clearable says that it is worth the reads to clear some of p's versions. p is nil
// for a project that is gone.
func clearable(p *project.Project) bool {
	return p != nil && p.DeletedAt == nil && p.EmptiedTo()-p.Cleared >= clearedVersions
}

// clear clears the oldest of a project's versions that are not cleared yet. It
// returns the project after that, or nil if another instance is at it.
func (r *Runner) clear(ctx context.Context, uid string, p project.Project) (*project.Project, error) {
	last := p.Cleared + clearedVersions
	old, _, err := r.store.Versions(ctx, p.ID, project.Page{Size: clearedVersions, Token: strconv.Itoa(last + 1)})
	if err != nil {
		return nil, err
	}
	found := naming{old: old, last: last, current: last, by: map[string]int{}}
	for i := range old {
		found.add(&old[i])
	}
	for cleared := p.Cleared; cleared < last; {
		if err := r.readNaming(ctx, p.ID, &found); err != nil {
			return nil, err
		}
		to, contents := found.part(cleared)
		c, err := r.store.Apply(ctx, r.scope(Key{ProjectID: p.ID}, uid), "clear", Clear(cleared, to, found.current, contents))
		if err != nil {
			return nil, err
		}
		now := c.Project
		if now != nil && now.Cleared == to {
			cleared, p = to, *now
		} else if now == nil || now.DeletedAt != nil || now.CurrentVersion == found.current {
			return nil, nil // deleted meanwhile, or cleared by another instance
		}
	}
	return &p, nil
}

// naming knows of the contents of old versions which version names them last.
type naming struct {
	old     []project.Version // the newest first
	last    int               // the number up to which they are cleared
	current int               // the newest version that was looked at
	by      map[string]int    // by SHA-256
}

// add looks at a version. Only contents of old ones are of interest.
func (n *naming) add(v *project.Version) {
	for _, f := range v.Files {
		if by, known := n.by[f.SHA256]; known && by < v.Number || !known && v.Number <= n.last {
			n.by[f.SHA256] = v.Number
		}
	}
}

// part chooses what to clear next, after a version: the old versions up to one, and
// the contents that these name last.
func (n *naming) part(after int) (to int, contents []project.FileRef) {
	to = after
	for _, v := range slices.Backward(n.old) {
		if v.Number <= after {
			continue
		}
		var last []project.FileRef
		once := map[string]bool{}
		for _, f := range v.Files {
			if n.by[f.SHA256] == v.Number && !once[f.SHA256] {
				once[f.SHA256] = true
				last = append(last, f)
			}
		}
		if to > after && len(contents)+len(last) > clearedContents {
			return to, contents
		}
		to, contents = v.Number, append(contents, last...)
	}
	return n.last, contents
}

// readNaming looks at the versions that are newer than those which n has seen.
func (r *Runner) readNaming(ctx context.Context, projectID string, n *naming) error {
	seen, newest := n.current, n.current
	page := project.Page{Size: 20}
	for {
		versions, next, err := r.store.Versions(ctx, projectID, page)
		if err != nil {
			return err
		}
		for i := range versions {
			v := &versions[i]
			if v.Number <= seen {
				n.current = newest
				return nil
			}
			n.add(v)
			newest = max(newest, v.Number)
		}
		if next == "" {
			n.current = newest
			return nil
		}
		page.Token = next
	}
}
