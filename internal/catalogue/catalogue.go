// Package catalogue keeps the models whose weights a browser can run. It says
// what an upload must hold, publishes revisions, and gives users signed URLs of
// their files.
//
// A model has immutable revisions. Publishing reads every byte of an upload
// once and records what was there (the manifest). From then on only what the
// manifest names is handed out, in exactly that generation. Buckets, signatures
// and documents are left to adapters: this package declares their interfaces.
package catalogue

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
)

// Key names a revision of a model.
type Key struct{ Model, Revision string }

const nameRule = `must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit, without ".." or "--"`

// compiled returns an expression that is compiled when it is first used, and not
// when a server starts.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var namePattern = compiled(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func validName(name string) bool {
	return namePattern().MatchString(name) && !strings.Contains(name, "..") && !strings.Contains(name, "--")
}

// CheckModel refuses what cannot be a model's id: INVALID_ARGUMENT bad-request.
// Dots are allowed, unlike in the ids of projects and turns.
func CheckModel(id string) error {
	if !validName(id) {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "modelId "+nameRule+".")
	}
	return nil
}

// Check refuses what cannot be a model's id and revision: INVALID_ARGUMENT. A
// revision is never called main: that word promises something that changes.
func (k Key) Check() error {
	if err := CheckModel(k.Model); err != nil {
		return err
	}
	if !validName(k.Revision) || strings.EqualFold(k.Revision, "main") {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "revision "+nameRule+`, and not "main".`)
	}
	return nil
}

// Prefix is what the names of the revision's objects begin with.
func (k Key) Prefix() string { return "models/" + k.Model + "/" + k.Revision + "/" }

// Object names the object of one of the revision's files.
func (k Key) Object(path string) string { return k.Prefix() + path }

// BaseURL is where the revision's files have their canonical URLs, on the
// app's own origin.
func (k Key) BaseURL() string { return "/models/" + k.Model + "/resolve/" + k.Revision + "/" }

// ParseObject is the inverse of Object. ok is false for a name that no
// revision's file can have.
func ParseObject(name string) (k Key, path string, ok bool) {
	parts := strings.SplitN(name, "/", 4)
	if len(parts) != 4 || parts[0] != "models" {
		return Key{}, "", false
	}
	k = Key{parts[1], parts[2]}
	return k, parts[3], k.Check() == nil && parts[3] != ""
}

// The two objects of a revision that are not its files.
const (
	ConfigName   = "model-config.json"
	ManifestName = "manifest.json"
)

// State is how far a revision has come.
type State string

// The states. An incomplete or hashing revision may still be published; a
// quarantined one stays so.
const (
	Incomplete  State = "incomplete"
	Hashing     State = "hashing"
	Published   State = "published"
	Quarantined State = "quarantined"
)

// Model is one model: its published revisions, the newest last.
type Model struct {
	ID        string    `firestore:"-"`
	Published []string  `firestore:"published"`
	UpdatedAt time.Time `firestore:"updatedAt"`
}

// Current is the default revision: users who name none get it. "" if no revision
// is published.
func (m Model) Current() string {
	if len(m.Published) == 0 {
		return ""
	}
	return m.Published[len(m.Published)-1]
}

// Revision is what is known of one revision.
type Revision struct {
	Key       Key          `firestore:"-"`
	State     State        `firestore:"state"`
	Problems  []string     `firestore:"problems,omitempty"` // of an incomplete or quarantined one
	Config    *Config      `firestore:"config"`             // once there is a valid one; without its files
	Manifest  *ManifestRef `firestore:"manifest"`           // once it was published
	UpdatedAt time.Time    `firestore:"updatedAt"`

	// While it is hashed: by which run, when that run last renewed its lease, and
	// how far each file is.
	Run       string    `firestore:"run,omitempty"`
	RenewedAt time.Time `firestore:"renewedAt,omitempty"`
	Hashes    []Hash    `firestore:"hashes,omitempty"`
}

// ManifestRef names a manifest and sums it up.
type ManifestRef struct {
	SHA256     string `firestore:"sha256"` // of manifest.json, hexadecimal
	Generation int64  `firestore:"generation"`
	Files      int    `firestore:"files"`
	Bytes      int64  `firestore:"bytes"`
}

// Hash is how far the hashing of one file has come.
type Hash struct {
	Path       string `firestore:"path"`
	Generation int64  `firestore:"generation"`
	Done       int64  `firestore:"done"`            // bytes that are hashed
	State      []byte `firestore:"state,omitempty"` // of SHA-256 after them, while there are more
	SHA256     string `firestore:"sha256,omitempty"`
	CRC32C     int64  `firestore:"crc32c"` // of the bytes that are hashed
}
