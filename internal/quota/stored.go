package quota

import (
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Room returns nil if more may be stored for the user: so many bytes in a turn that
// is stored at once, and any number in one that has yet to be answered (0).
// RESOURCE_EXHAUSTED stored-bytes, with limit, used and bytes.
func (a Account) Room(l Limits, bytes int64) error {
	if a.StoredBytes < l.StoredBytes && a.StoredBytes+bytes <= l.StoredBytes {
		return nil
	}
	return errs.New(errs.ResourceExhausted, errs.StoredBytes,
		"Your projects hold %.1f MB of the %.1f MB that can be kept: there is no room for this. Delete a project that you do not need any more.",
		mb(a.StoredBytes), mb(l.StoredBytes)).
		With("limit", l.StoredBytes).With("used", a.StoredBytes).With("bytes", bytes)
}

// Keep counts bytes as stored, or with a number below 0 as stored no more. Nobody
// has less than none: what was stored before anything was counted may be deleted.
func (a Account) Keep(bytes int64) Account {
	a.StoredBytes = max(0, a.StoredBytes+bytes)
	return a
}

// OpenProject counts a new project. RESOURCE_EXHAUSTED too-many-projects, with limit
// and used.
func (a Account) OpenProject(l Limits) (Account, error) {
	if a.Projects >= l.Projects {
		return a, errs.New(errs.ResourceExhausted, errs.TooManyProjects,
			"You have %d projects, and at most %d can be kept. Delete one that you do not need any more.", a.Projects, l.Projects).
			With("limit", l.Projects).With("used", a.Projects)
	}
	a.Projects++
	return a, nil
}

// CloseProject counts a project no more. One that is older than the count may be
// deleted, too.
func (a Account) CloseProject() Account {
	a.Projects = max(0, a.Projects-1)
	return a
}

// Save counts a save, or a restore, on the day of a time. RESOURCE_EXHAUSTED
// daily-saves, with limit, used and resetsAt.
func (a Account) Save(l Limits, now time.Time) (Account, error) {
	today := a.Days[Today(now)]
	if today.Saves >= l.SavesPerDay {
		resets := DayEnds(now)
		return a, errs.New(errs.ResourceExhausted, errs.DailySaves,
			"You have saved %d versions today, and more cannot be saved. The next day begins at %s.", today.Saves, resets.Format("15:04 MST on 2 January")).
			With("limit", l.SavesPerDay).With("used", today.Saves).With("resetsAt", resets.Format(time.RFC3339))
	}
	a = a.clone()
	today.Saves++
	a.Days[Today(now)] = today
	return a, nil
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }
