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
	Now     time.Time // the server's read time
	Granted string    // the month in which this revision was last charged: "2026-11"; "" if never
	Used    int64     // bytes charged in the month of Now
}

// GrantStore keeps what is published, and what users were granted.
type GrantStore interface {
	// Models lists all models with the revisions that are current.
	Models(ctx context.Context) ([]Revision, error)
	// Revision reads a revision; nil if there is none.
	Revision(ctx context.Context, k Key) (*Revision, error)
	// Grantable reads a revision, the model's current one if k names none; nil if
	// there is none. month is when it was last charged to the user, such as
	// "2026-11"; "" if never. now is the server's read time.
	Grantable(ctx context.Context, uid string, k Key) (r *Revision, month string, now time.Time, err error)
	// Charge runs a step on a user's ledger, and books bytes more to the month
	// of its Now if the step says so, at once.
	Charge(ctx context.Context, uid string, k Key, bytes int64, step func(Ledger) (bool, error)) error
}

// Grants hands out published revisions. NewGrants makes them.
type Grants struct {
	store  GrantStore
	bucket Bucket
	signer Signer
	plans  quota.Plans
	price  float64 // US dollars that a GB costs to download

	manifests *lru.Cache[string, *Manifest] // by their SHA-256
	visits    *lru.Cache[visit, standing]   // each is believed for standingLife
}

const (
	manyManifests = 100
	manyVisits    = 10_000 // about 20 MB
	standingLife  = 10 * time.Second
)

// NewGrants makes Grants that charge users by the limits of plans. price is in US
// dollars for a GB.
func NewGrants(store GrantStore, bucket Bucket, signer Signer, plans quota.Plans, price float64) *Grants {
	return &Grants{
		store: store, bucket: bucket, signer: signer, plans: plans, price: price,
		manifests: newCache[string, *Manifest](manyManifests), visits: newCache[visit, standing](manyVisits),
	}
}

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
			offers = append(offers, Offer{r, slices.Contains(r.Config.Plans, plan), g.cost(r.Manifest.Bytes)})
		}
	}
	slices.SortFunc(offers, func(a, b Offer) int { return cmp.Compare(a.Key.Model, b.Key.Model) })
	return offers, nil
}

// cost estimates in US dollars what a download costs the operator.
func (g *Grants) cost(bytes int64) float64 {
	return math.Round(float64(bytes)/1e9*g.price*1e4) / 1e4
}

// Grant holds signed URLs of one revision's files.
type Grant struct {
	Revision Revision
	Expires  time.Time // of the first URL
	Files    []GrantedFile
	Cost     float64 // of downloading the whole revision, in US dollars
	Charged  bool    // to the user's month, by this grant
}

// GrantedFile is a file and where to get it.
type GrantedFile struct {
	File
	URL string
}

// Grant gives a user URLs of a revision's files: of those that paths names, or of
// all if it names none. An empty revision means the current one. The whole
// revision is charged to the user's month, once a month; further grants of it
// cost nothing.
//
// Errors: NOT_FOUND no-such-model, no-such-file; FAILED_PRECONDITION
// not-published, quarantined; PERMISSION_DENIED plan-required;
// RESOURCE_EXHAUSTED monthly-bytes.
func (g *Grants) Grant(ctx context.Context, uid string, plan quota.Plan, k Key, paths []string) (Grant, error) {
	if err := check(k); err != nil {
		return Grant{}, err
	}
	s, err := g.look(ctx, uid, k)
	if err != nil {
		return Grant{}, err
	}
	return g.give(ctx, uid, plan, s, "GET", paths)
}

// Link grants one file of a named revision, for GET or HEAD. A browser that
// follows links asks for one file after another, so Link believes for ten seconds
// what it read from the store. Its errors are those of Grant.
func (g *Grants) Link(ctx context.Context, uid string, plan quota.Plan, k Key, method, path string) (Grant, error) {
	if err := k.Check(); err != nil {
		return Grant{}, err
	}
	s, ok := g.remembered(uid, k)
	if !ok {
		var err error
		if s, err = g.look(ctx, uid, k); err != nil {
			return Grant{}, err
		}
	}
	grant, err := g.give(ctx, uid, plan, s, method, []string{path})
	if err == nil && !ok {
		s.month = quota.Month(s.time())
		g.visits.Add(visit{uid, k}, s)
	}
	return grant, err
}

// standing is what the store says about a revision and a user.
type standing struct {
	revision Revision
	month    string    // in which the user was last charged for it
	read     time.Time // by the store's clock
	at       time.Time // by ours
}

// time is the store's time.
func (s standing) time() time.Time { return s.read.Add(time.Since(s.at)) }

func (g *Grants) look(ctx context.Context, uid string, k Key) (standing, error) {
	at := time.Now()
	r, month, now, err := g.store.Grantable(ctx, uid, k)
	switch {
	case err != nil:
		return standing{}, err
	case r == nil && k.Revision == "":
		return standing{}, errs.New(errs.NotFound, errs.NoSuchModel, "There is no model %s, or no published revision of it.", k.Model)
	case r == nil:
		return standing{}, errNoSuchModel(k)
	}
	return standing{*r, month, now, at}, nil
}

type visit struct {
	uid string
	key Key
}

func (g *Grants) remembered(uid string, k Key) (standing, bool) {
	s, ok := g.visits.Get(visit{uid, k})
	return s, ok && time.Since(s.at) < standingLife
}

// give signs URLs, and charges the user's month for the revision unless that
// was done.
func (g *Grants) give(ctx context.Context, uid string, plan quota.Plan, s standing, method string, paths []string) (Grant, error) {
	r := s.revision
	switch {
	case r.State != Published:
		return Grant{}, errWithdrawn(r)
	case !slices.Contains(r.Config.Plans, plan):
		return Grant{}, errs.New(errs.PermissionDenied, errs.PlanRequired, "%s needs the plan %s; yours is %s.", r.Config.Name, r.Config.Plans[0], plan).
			With("plans", r.Config.Plans)
	}
	looked := time.Now()
	m, err := g.manifest(ctx, r)
	if err != nil {
		return Grant{}, err
	}
	files, err := m.pick(paths)
	if err != nil {
		return Grant{}, err
	}
	refs := make([]Ref, len(files))
	for i, f := range files {
		refs[i] = Ref{r.Key.Object(f.Path), f.Generation}
	}
	urls, expires, err := g.signer.Sign(ctx, method, refs)
	if err != nil {
		return Grant{}, err
	}
	if time.Since(looked) > time.Second { // the signer was slow: is it still published?
		again, err := g.store.Revision(ctx, r.Key)
		if err != nil {
			return Grant{}, err
		}
		if again == nil || again.State != Published {
			return Grant{}, errWithdrawn(*cmp.Or(again, &r))
		}
	}
	// Signed first: nobody pays for what they cannot be given.
	charged := false
	if s.month != quota.Month(s.time()) {
		if err := g.store.Charge(ctx, uid, r.Key, r.Manifest.Bytes, g.charge(plan, r.Manifest.Bytes, &charged)); err != nil {
			return Grant{}, err
		}
	}
	grant := Grant{Revision: r, Expires: expires, Cost: g.cost(r.Manifest.Bytes), Charged: charged}
	for i, f := range files {
		grant.Files = append(grant.Files, GrantedFile{f, urls[i]})
	}
	return grant, nil
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

func (g *Grants) charge(plan quota.Plan, bytes int64, charged *bool) func(Ledger) (bool, error) {
	return func(a Ledger) (bool, error) {
		*charged = a.Granted != quota.Month(a.Now)
		if !*charged {
			return false, nil
		}
		_, err := g.plans[plan].Download(a.Used, bytes, a.Now)
		return err == nil, err
	}
}

// pick finds the files that paths names, or all files if it names none.
func (m *Manifest) pick(paths []string) ([]File, error) {
	if len(paths) == 0 {
		return m.Files, nil
	}
	files := make([]File, 0, len(paths))
	for _, path := range paths {
		f := m.file(path)
		if f == nil {
			return nil, errs.New(errs.NotFound, errs.NoSuchFile, "%s, revision %s, has no file %.100q.", m.ModelID, m.Revision, path)
		}
		files = append(files, *f)
	}
	return files, nil
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
