package catalogue

import (
	"context"
	"sync"
	"time"
)

// visitLife is how long Link believes what it read, and how long it may grant without
// writing.
const visitLife = 10 * time.Second

// Link grants one file of a named revision, for GET or HEAD. A browser that
// follows links asks for one file after another, so Link believes for ten seconds
// what it read from the store, and books every ten seconds what it has granted. What it
// grants last may stay unbooked. Its errors are those of Grant.
//
// The same URL once more is no renewal, and a URL for HEAD brings no bytes: neither
// costs anything.
func (g *Grants) Link(ctx context.Context, user User, k Key, method, path string) (Grant, error) {
	if err := k.Check(); err != nil {
		return Grant{}, err
	}
	who := visitor{user.UID, k}
	v, ok := g.visits.Get(who)
	if !ok {
		v = new(visit)
	}
	s, remembered := v.recent()
	if !remembered {
		var err error
		if s, err = g.look(ctx, user.UID, k); err != nil {
			return Grant{}, err
		}
	}
	signed, err := g.sign(ctx, user.Plan, s.revision, method, []string{path})
	if err != nil {
		return Grant{}, err
	}
	if before, ok, _ := g.visits.PeekOrAdd(who, v); ok {
		v = before
	}
	v.saw(s, len(signed.manifest.Files))
	file, url := signed.places[0], uint32(signed.Expires.Unix())
	if method == "HEAD" || v.take(file, url) {
		return signed.Grant, nil
	}
	if remembered && user.Admit != nil { // the user may have paid elsewhere since: Admit must not be asked then
		if s, err = g.look(ctx, user.UID, k); err != nil {
			return Grant{}, err
		}
	}
	due := v.due(file)
	cover, err := g.charge(ctx, user, s, &signed, due)
	if err != nil {
		v.failed(due[1:])
		return Grant{}, err
	}
	v.booked(cover, file, url)
	return signed.Grant, nil
}

type visitor struct {
	uid string
	key Key
}

// visit is a user who follows links of a revision. Files are named by their places in
// the manifest.
type visit struct {
	mu       sync.Mutex
	standing standing
	bookedAt time.Time
	urls     []uint32 // by file: when the URL expires that was granted last, which tells it from others
	granted  []int    // files that are not booked yet, as often as they were granted
}

// recent returns what was read a moment ago.
func (v *visit) recent() (standing, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.standing, time.Since(v.standing.at) < visitLife
}

// saw keeps what was read of a revision of n files.
func (v *visit) saw(s standing, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.at.After(v.standing.at) {
		v.standing = s
	}
	if v.urls == nil {
		v.urls = make([]uint32, n)
	}
}

// take reports whether a URL can be granted without asking the store, and notes it.
func (v *visit) take(file int, url uint32) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.urls[file] == url {
		return true
	}
	if time.Since(v.bookedAt) >= visitLife || !v.standing.cover.covers(file, v.standing.time()) {
		return false
	}
	v.urls[file] = url
	v.granted = append(v.granted, file)
	return true
}

// due takes what is to be booked: a file, and those that were granted since the last
// booking.
func (v *visit) due(file int) []int {
	v.mu.Lock()
	defer v.mu.Unlock()
	due := append([]int{file}, v.granted...)
	v.granted = nil
	return due
}

// failed gives back what could not be booked.
func (v *visit) failed(files []int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.granted = append(v.granted, files...)
}

// booked notes what the store has written.
func (v *visit) booked(cover *Cover, file int, url uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.standing.cover, v.bookedAt, v.urls[file] = cover, time.Now(), url
}
