package catalogue

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
	lru "github.com/hashicorp/golang-lru/v2"
)

// Signer signs URLs of objects. Its errors are UNAVAILABLE signer-unavailable
// when trying again may help.
type Signer interface {
	// Sign returns a URL for each object, in their order, and when the first of
	// them expires. A URL works for one HTTP method.
	Sign(ctx context.Context, method string, objects []Ref) (urls []string, expires time.Time, err error)
}

// Ref names one generation of an object.
type Ref struct {
	Name       string
	Generation int64
}

// Ledger is what a user has taken, read together.
type Ledger struct {
	Now   time.Time // the server's read time
	Cover *Cover    // of this revision; nil if the user has never had it
	Used  int64     // bytes charged in the month of Now
}

// Booking is what a step writes into a ledger.
type Booking struct {
	Cover Cover
	Bytes int64 // more in the month of Now
}

// GrantStore keeps what is published, and what users were granted.
type GrantStore interface {
	// Models lists all models with the revisions that are current.
	Models(ctx context.Context) ([]Revision, error)
	// Revision reads a revision; nil if there is none.
	Revision(ctx context.Context, k Key) (*Revision, error)
	// Grantable reads a revision, the model's current one if k names none; nil if
	// there is none. cover is the user's of it, nil if the user has never had it. now is
	// the server's read time.
	Grantable(ctx context.Context, uid string, k Key) (r *Revision, cover *Cover, now time.Time, err error)
	// Charge runs a step on a user's ledger, and books what the step returns, at once;
	// nil for nothing.
	Charge(ctx context.Context, uid string, k Key, step func(Ledger) (*Booking, error)) error
}

// Grants hands out published revisions. NewGrants makes them.
type Grants struct {
	store  GrantStore
	bucket Bucket
	signer Signer
	terms  Terms
	egress Egress

	manifests *lru.Cache[string, *Manifest] // by their SHA-256
	visits    *lru.Cache[visitor, *visit]
}

// Terms say what users may take, and what that costs.
type Terms struct {
	Plans    quota.Plans
	USDPerGB float64       // of a download
	URLLife  time.Duration // of a signed URL
}

// Egress is what all users together download: it counts that, and stops it.
type Egress interface {
	// CheckDownload returns nil if so many bytes more may be granted; otherwise the
	// error for the user.
	CheckDownload(ctx context.Context, anonymous bool, bytes int64) error
	// AddDownload counts bytes that were granted.
	AddDownload(anonymous bool, bytes int64)
}

type unbounded struct{}

func (unbounded) CheckDownload(context.Context, bool, int64) error { return nil }

func (unbounded) AddDownload(bool, int64) {}

// User is who wants a grant.
type User struct {
	UID       string
	Plan      quota.Plan
	Anonymous bool // the user has no account
	// Admit is asked when something is to be charged that the user has not got lately. Its
	// error refuses it. nil: nobody is asked. Renewals ask nobody.
	Admit func(context.Context) error
}

const (
	manyManifests = 100
	manyVisits    = 10_000 // about 20 MB
)

// NewGrants makes Grants.
func NewGrants(store GrantStore, bucket Bucket, signer Signer, terms Terms) *Grants {
	return &Grants{
		store: store, bucket: bucket, signer: signer, terms: terms, egress: unbounded{},
		manifests: newCache[string, *Manifest](manyManifests), visits: newCache[visitor, *visit](manyVisits),
	}
}

// Under has e count what is granted, and stop it. Call it before the first grant.
func (g *Grants) Under(e Egress) { g.egress = e }

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // the size is not positive
	}
	return c
}

// Offer is a model in a list.
type Offer struct {
	Revision
	Available bool    // the caller's plan may use it
	Cost      float64 // of one download, in US dollars
}

// List returns every published model in its current revision.
func (g *Grants) List(ctx context.Context, plan quota.Plan) ([]Offer, error) {
	current, err := g.store.Models(ctx)
	if err != nil {
		return nil, err
	}
	offers := make([]Offer, 0, len(current))
	for _, r := range current {
		if r.State == Published {
			offers = append(offers, Offer{r, plan.In(r.Config.Plans), g.cost(r.Manifest.Bytes)})
		}
	}
	slices.SortFunc(offers, func(a, b Offer) int { return cmp.Compare(a.Key.Model, b.Key.Model) })
	return offers, nil
}

// cost estimates in US dollars what a download costs the operator.
func (g *Grants) cost(bytes int64) float64 {
	return math.Round(float64(bytes)/1e9*g.terms.USDPerGB*1e4) / 1e4
}

// Grant holds signed URLs of one revision's files.
type Grant struct {
	Revision  Revision
	Expires   time.Time // of the first URL
	Files     []GrantedFile
	Cost      float64    // of downloading the whole revision, in US dollars
	Charged   int64      // bytes, to the user's month, by this grant
	Overdraft *Overdraft // nil: this grant has not taken the month beyond its budget
}

// Overdraft is a month that went beyond its budget, in bytes.
type Overdraft struct{ Used, Limit int64 }

// GrantedFile is a file and where to get it.
type GrantedFile struct {
	File
	URL string
}

// Grant gives a user URLs of a revision's files: of those that paths names, or of
// all if it names none. An empty revision means the current one. What is charged to
// the user's month, and for how many renewals it pays, says [Cover].
//
// Errors: NOT_FOUND no-such-model, no-such-file; FAILED_PRECONDITION
// not-published, quarantined; PERMISSION_DENIED plan-required;
// RESOURCE_EXHAUSTED monthly-bytes, and as Egress says.
func (g *Grants) Grant(ctx context.Context, user User, k Key, paths []string) (Grant, error) {
	if err := check(k); err != nil {
		return Grant{}, err
	}
	s, err := g.look(ctx, user.UID, k)
	if err != nil {
		return Grant{}, err
	}
	signed, err := g.sign(ctx, user.Plan, s.revision, "GET", paths)
	if err != nil {
		return Grant{}, err
	}
	_, err = g.charge(ctx, user, s, &signed, signed.places)
	return signed.Grant, err
}

// standing is what the store says about a revision and a user.
type standing struct {
	revision Revision
	cover    *Cover
	read     time.Time // by the store's clock
	at       time.Time // by ours
}

// time is the store's time.
func (s standing) time() time.Time { return s.read.Add(time.Since(s.at)) }

func (g *Grants) look(ctx context.Context, uid string, k Key) (standing, error) {
	at := time.Now()
	r, cover, now, err := g.store.Grantable(ctx, uid, k)
	switch {
	case err != nil:
		return standing{}, err
	case r == nil && k.Revision == "":
		return standing{}, errs.New(errs.NotFound, errs.NoSuchModel, "There is no model %s, or no published revision of it.", k.Model)
	case r == nil:
		return standing{}, errNoSuchModel(k)
	}
	return standing{*r, cover, now, at}, nil
}

// signed is a grant that nobody has paid for yet.
type signed struct {
	Grant
	manifest *Manifest
	places   []int // of the files in the manifest, each once
}

// sign signs URLs of a revision's files for a plan.
func (g *Grants) sign(ctx context.Context, plan quota.Plan, r Revision, method string, paths []string) (signed, error) {
	switch {
	case r.State != Published:
		return signed{}, errWithdrawn(r)
	case !plan.In(r.Config.Plans):
		return signed{}, errs.New(errs.PermissionDenied, errs.PlanRequired, "%s needs the plan %s; yours is %s.", r.Config.Name, r.Config.Plans[0], plan).
			With("plans", r.Config.Plans)
	}
	looked := time.Now()
	m, err := g.manifest(ctx, r)
	if err != nil {
		return signed{}, err
	}
	places, err := m.pick(paths)
	if err != nil {
		return signed{}, err
	}
	refs := make([]Ref, len(places))
	for i, place := range places {
		refs[i] = Ref{r.Key.Object(m.Files[place].Path), m.Files[place].Generation}
	}
	urls, expires, err := g.signer.Sign(ctx, method, refs)
	if err != nil {
		return signed{}, err
	}
	if time.Since(looked) > time.Second { // the signer was slow: is it still published?
		again, err := g.store.Revision(ctx, r.Key)
		if err != nil {
			return signed{}, err
		}
		if again == nil || again.State != Published {
			return signed{}, errWithdrawn(*cmp.Or(again, &r))
		}
	}
	grant := Grant{Revision: r, Expires: expires, Cost: g.cost(r.Manifest.Bytes)}
	for i, place := range places {
		grant.Files = append(grant.Files, GrantedFile{m.Files[place], urls[i]})
	}
	slices.Sort(places)
	return signed{grant, m, slices.Compact(places)}, nil
}

// charge books for a user that files were signed, which are named by their places in
// the manifest, and returns the user's cover then. They are signed first: nobody pays
// for what they cannot be given.
func (g *Grants) charge(ctx context.Context, user User, s standing, signed *signed, places []int) (*Cover, error) {
	r, m, life := s.revision, signed.manifest, g.terms.URLLife
	var stopped error
	if first := s.cover.claim(r, m, places, s.time(), life).first; first > 0 {
		stopped = g.egress.CheckDownload(ctx, user.Anonymous, first)
		if stopped == nil && user.Admit != nil {
			if err := user.Admit(ctx); err != nil {
				return nil, err
			}
		}
	}
	limits := g.terms.Plans[user.Plan]
	var took claim
	err := g.store.Charge(ctx, user.UID, r.Key, func(l Ledger) (*Booking, error) {
		took = l.Cover.claim(r, m, places, l.Now, life)
		if took.first > 0 {
			if _, err := limits.Download(l.Used, took.first, l.Now); err != nil {
				return nil, err
			}
			if stopped != nil { // and the user has not paid elsewhere since
				return nil, stopped
			}
		}
		signed.Charged, signed.Overdraft = took.bytes(), nil
		if used := l.Used + took.bytes(); l.Used <= limits.MonthlyBytes && used > limits.MonthlyBytes {
			signed.Overdraft = &Overdraft{used, limits.MonthlyBytes}
		}
		return &Booking{took.cover, took.bytes()}, nil
	})
	if err != nil {
		return nil, err
	}
	g.egress.AddDownload(user.Anonymous, took.bytes())
	return &took.cover, nil
}

// check refuses names that no revision can have. An empty revision passes: it
// means the current one.
func check(k Key) error {
	if k.Revision == "" {
		return CheckModel(k.Model)
	}
	return k.Check()
}

// errWithdrawn tells a user, who has nothing to do with uploads, why there is no
// grant.
func errWithdrawn(r Revision) error {
	if r.State == Quarantined {
		return errs.New(errs.FailedPrecondition, errs.Quarantined, "Revision %s of %s was withdrawn. Ask for the model without a revision.", r.Key.Revision, r.Key.Model)
	}
	return errs.New(errs.FailedPrecondition, errs.NotPublished, "Revision %s of %s is not published.", r.Key.Revision, r.Key.Model)
}

// pick finds the files that paths names, or all files if it names none, and returns
// their places.
func (m *Manifest) pick(paths []string) ([]int, error) {
	if len(paths) == 0 {
		all := make([]int, len(m.Files))
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	places := make([]int, len(paths))
	for i, path := range paths {
		place, ok := m.place(path)
		if !ok {
			return nil, errs.New(errs.NotFound, errs.NoSuchFile, "%s, revision %s, has no file %.100q.", m.ModelID, m.Revision, path)
		}
		places[i] = place
	}
	return places, nil
}

// manifest reads a revision's manifest, which never changes.
func (g *Grants) manifest(ctx context.Context, r Revision) (*Manifest, error) {
	if m, ok := g.manifests.Get(r.Manifest.SHA256); ok {
		return m, nil
	}
	text, err := readSmall(ctx, g.bucket, r.Key.Object(ManifestName), r.Manifest.Generation)
	if errors.Is(err, ErrGone) {
		return nil, errTampered(r.Key, err)
	}
	if err != nil {
		return nil, err
	}
	m, err := readManifest(text, *r.Manifest)
	if err != nil {
		return nil, errTampered(r.Key, err)
	}
	g.manifests.Add(r.Manifest.SHA256, m)
	return m, nil
}

func errTampered(k Key, err error) error {
	return errs.New(errs.DataLoss, errs.RevisionChanged, "Revision %s of %s is not what was published.", k.Revision, k.Model).Because(err)
}
