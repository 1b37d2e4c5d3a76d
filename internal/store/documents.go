package store

import (
	"errors"
	"fmt"
	"maps"
	"strconv"

	"cloud.google.com/go/firestore"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/turn"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The collections, in the order in which firestore.rules has them. Every path
// is built in this file.
const (
	users       = "users"
	usage       = "usage"
	grants      = "grants"
	sessions    = "sessions"
	cancelled   = "cancelled"
	projects    = "projects"
	turns       = "turns"
	segments    = "segments"
	versions    = "versions"
	blobs       = "blobs"
	models      = "models"
	revisions   = "revisions"
	spending    = "spending"
	instances   = "instances"
	departed    = "departed"
	maintenance = "maintenance"
)

func (s *Store) project(id string) *firestore.DocumentRef {
	return s.client.Collection(projects).Doc(id)
}

func (s *Store) turn(k turn.Key) *firestore.DocumentRef { return turnRef(s.client, k) }

func turnRef(client *firestore.Client, k turn.Key) *firestore.DocumentRef {
	return client.Collection(projects).Doc(k.ProjectID).Collection(turns).Doc(k.TurnID)
}

// keyOf is the inverse of turnRef.
func keyOf(doc *firestore.DocumentSnapshot) turn.Key {
	return turn.Key{ProjectID: doc.Ref.Parent.Parent.ID, TurnID: doc.Ref.ID}
}

func (s *Store) segments(k turn.Key) *firestore.CollectionRef { return s.turn(k).Collection(segments) }

// segment is named by its offset, so that names are in the order of the text.
func (s *Store) segment(k turn.Key, offset int) *firestore.DocumentRef {
	return s.segments(k).Doc(fmt.Sprintf("%09d", offset))
}

func (s *Store) version(id string, number int) *firestore.DocumentRef {
	return s.project(id).Collection(versions).Doc(strconv.Itoa(number))
}

func (s *Store) blob(id, sha256 string) *firestore.DocumentRef {
	return s.project(id).Collection(blobs).Doc(sha256)
}

func (s *Store) model(id string) *firestore.DocumentRef {
	return s.client.Collection(models).Doc(id)
}

func (s *Store) revision(k catalogue.Key) *firestore.DocumentRef {
	return s.model(k.Model).Collection(revisions).Doc(k.Revision)
}

func (s *Store) user(uid string) *firestore.DocumentRef {
	return s.client.Collection(users).Doc(uid)
}

func (s *Store) usage(uid, period string) *firestore.DocumentRef {
	return s.user(uid).Collection(usage).Doc(period)
}

func (s *Store) grant(uid string, k catalogue.Key) *firestore.DocumentRef {
	return s.user(uid).Collection(grants).Doc(k.Model + "@" + k.Revision)
}

func (s *Store) session(uid, id string) *firestore.DocumentRef {
	return s.user(uid).Collection(sessions).Doc(id)
}

// cancelled is named by two ids, neither of which holds a full stop.
func (s *Store) cancelled(uid string, k turn.Key) *firestore.DocumentRef {
	return s.user(uid).Collection(cancelled).Doc(k.ProjectID + "." + k.TurnID)
}

// spent has one document for each instance and day.
func (s *Store) spent(day string) *firestore.CollectionRef {
	return s.client.Collection(spending).Doc(day).Collection(instances)
}

// user is a user's own document: the turns that run, by project, those that began in
// the last minute in which any did, and what is stored.
type user struct {
	Running     map[string]string `firestore:"running"`
	Minute      string            `firestore:"minute"`
	Begun       int               `firestore:"begun"`
	Projects    int               `firestore:"projects"`
	StoredBytes int64             `firestore:"storedBytes"`
}

// userFields are those that user has; others of the document are not its own.
var userFields = firestore.Merge([]string{"running"}, []string{"minute"}, []string{"begun"}, []string{"projects"}, []string{"storedBytes"})

// account is an account without its days. u is nil for a user without a document.
func (u *user) account() quota.Account {
	a := quota.Account{Running: map[string]string{}, Days: map[string]quota.Day{}}
	if u != nil {
		maps.Copy(a.Running, u.Running)
		a.Minute, a.Begun, a.Projects, a.StoredBytes = u.Minute, u.Begun, u.Projects, u.StoredBytes
	}
	return a
}

// userOf is what a user's own document says of an account.
func userOf(a quota.Account) user {
	return user{a.Running, a.Minute, a.Begun, a.Projects, a.StoredBytes}
}

// monthUsage is what a user has used of a month.
type monthUsage struct {
	BytesGranted int64 `firestore:"bytesGranted"`
}

// blob is a file's content, stored under its SHA-256.
type blob struct {
	Content string `firestore:"content"`
}

// get makes an absent document a snapshot that does not exist.
func get(doc *firestore.DocumentSnapshot, err error) (*firestore.DocumentSnapshot, error) {
	if status.Code(err) == codes.NotFound && doc != nil {
		return doc, nil
	}
	return doc, err
}

func toProject(doc *firestore.DocumentSnapshot) (*project.Project, error) {
	p, err := decode[project.Project](doc)
	if p != nil {
		p.ID = doc.Ref.ID
	}
	return p, err
}

func toTurn(doc *firestore.DocumentSnapshot) (*turn.Turn, error) {
	t, err := decode[turn.Turn](doc)
	if t != nil {
		t.ID = doc.Ref.ID
	}
	return t, err
}

func toSegment(doc *firestore.DocumentSnapshot) (*turn.Segment, error) {
	one, err := decode[turn.Segment](doc)
	if one != nil {
		one.Offset, err = strconv.Atoi(doc.Ref.ID)
	}
	return one, err
}

func toVersion(doc *firestore.DocumentSnapshot) (*project.Version, error) {
	v, err := decode[project.Version](doc)
	if v != nil {
		v.Number, err = strconv.Atoi(doc.Ref.ID)
	}
	return v, err
}

// version is a version with its number in the word of the release before, which reads
// nothing else: both releases run while a deployment goes on, and after a rollback.
type version struct {
	project.Version
	Former int `firestore:"number"`
}

func toModel(doc *firestore.DocumentSnapshot) (*catalogue.Model, error) {
	m, err := decode[catalogue.Model](doc)
	if m != nil {
		m.ID = doc.Ref.ID
	}
	return m, err
}

func toRevision(doc *firestore.DocumentSnapshot) (*catalogue.Revision, error) {
	r, err := decode[catalogue.Revision](doc)
	if r != nil {
		r.Key = catalogue.Key{Model: doc.Ref.Parent.Parent.ID, Revision: doc.Ref.ID}
	}
	return r, err
}

// errForm marks the error of a document that cannot be decoded. Reading it again
// does not help.
var errForm = errors.New("the document cannot be decoded")

// decode returns nil for a document that does not exist.
func decode[T any](doc *firestore.DocumentSnapshot) (*T, error) {
	if !doc.Exists() {
		return nil, nil
	}
	v := new(T)
	if err := doc.DataTo(v); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errForm, doc.Ref.Path, err)
	}
	return v, nil
}
