package catalogue

import (
	"slices"
	"time"

	"dreambuild.dev/backend/internal/quota"
)

// A download needs new URLs when those it has expire, and a user who pays for one must
// not get a hundred. So what a user pays for is covered for a time and for a number of
// renewals: as many as a slow download of the whole revision needs, and some more for
// connections that break.
const (
	coverLife     = 24 * time.Hour
	slowestRate   = 250_000 // bytes a second
	spareRenewals = 4
	mostRenewals  = 10_000 // they are counted in 16 bits
)

// Cover is what a user was granted of one revision.
type Cover struct {
	Month string `firestore:"month"` // the last one in which it was charged: "2026-11"
	Bytes int64  `firestore:"bytes"` // of the whole revision

	// Since is when the grant began. Left says how often each file may be signed in it
	// without being charged, in the order of the manifest; unpaid if the file was not
	// charged in it.
	Since time.Time `firestore:"since"`
	Left  []int16   `firestore:"left"`
}

const unpaid = -1

// begun reports whether there is a grant that is not over.
func (c *Cover) begun(now time.Time) bool { return c != nil && now.Before(c.Since.Add(coverLife)) }

// covers reports whether a file, named by its place, can be signed without being
// charged.
func (c *Cover) covers(file int, now time.Time) bool {
	return c.begun(now) && file < len(c.Left) && c.Left[file] > 0
}

// claim is what it costs a user that files are signed.
type claim struct {
	cover Cover
	first int64 // bytes that were not charged in this grant yet: the budget must allow them
	again int64 // bytes that were: a download that has begun is not refused
}

func (c claim) bytes() int64 { return c.first + c.again }

// claim signs files, named by their places, for a user whose cover was c; nil if the
// user has never had the revision. URLs live for life.
//
// A user's first grant pays for the whole revision, a later one for the files that are
// asked for. A file whose renewals are used up is paid for once more, and covered anew.
func (c *Cover) claim(r Revision, m *Manifest, files []int, now time.Time, life time.Duration) claim {
	size := r.Manifest.Bytes
	renewals := int16(min(float64(size)/slowestRate/life.Seconds()+spareRenewals, mostRenewals))
	next := claim{cover: Cover{Bytes: size}}
	begin := func(left int16) {
		next.cover.Since = now
		next.cover.Left = slices.Repeat([]int16{left}, len(m.Files))
	}
	switch {
	case c == nil:
		next.first = size
		begin(renewals + 1)
	case c.Since.IsZero() && c.Month == quota.Month(now): // it was paid for under a release that counted no renewals
		begin(renewals + 1)
	case !c.begun(now) || len(c.Left) != len(m.Files):
		begin(unpaid)
	default:
		next.cover.Since, next.cover.Left = c.Since, slices.Clone(c.Left)
	}
	for _, i := range files {
		switch left := &next.cover.Left[i]; *left {
		case unpaid:
			next.first += m.Files[i].Size
			*left = renewals
		case 0:
			next.again += m.Files[i].Size
			*left = renewals
		default:
			*left--
		}
	}
	if next.cover.Month = quota.Month(now); next.bytes() == 0 {
		next.cover.Month = c.Month
	}
	return next
}
