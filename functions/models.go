package functions

import (
	"context"
	"log/slog"

	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

// models has what the functions about weights need.
type models struct {
	publisher catalogue.Publisher
	grants    *catalogue.Grants
	bucket    string
	log       *slog.Logger
}

func newModels(cfg config.ModelsConfig, plans quota.Plans, parts Parts, log *slog.Logger) *models {
	terms := catalogue.Terms{Plans: plans, USDPerGB: cfg.USDPerGB, URLLife: cfg.URLLife}
	return &models{
		publisher: catalogue.Publisher{Store: parts.Store, Bucket: parts.Bucket},
		grants:    catalogue.NewGrants(parts.Store, parts.Bucket, parts.Signer, terms),
		bucket:    cfg.Bucket, log: log,
	}
}

// granted logs what a grant has charged. A month that goes beyond its budget gets a
// line of its own, to be alerted on: it is one at most for each user and month.
func (m *models) granted(ctx context.Context, user catalogue.User, g catalogue.Grant) {
	callable.LogAttrs(ctx, slog.Bool("charged", g.Charged > 0), slog.Int64("chargedBytes", g.Charged), slog.Float64("estimatedUsd", g.Cost))
	if over := g.Overdraft; over != nil {
		m.log.LogAttrs(ctx, slog.LevelWarn, "egress", slog.String("uid", user.UID), slog.String("plan", string(user.Plan)),
			slog.String("modelId", g.Revision.Key.Model), slog.Int64("usedBytes", over.Used), slog.Int64("limitBytes", over.Limit))
	}
}

// modelsOrErr refuses a call where no bucket is configured.
func (b *Backend) modelsOrErr() (*models, error) {
	if b.models == nil {
		return nil, errs.New(errs.FailedPrecondition, errs.NoModels, "This backend has no models to download. (Set MODELS_BUCKET.)")
	}
	return b.models, nil
}

// checkAdmin refuses callers without the claim admin: PERMISSION_DENIED
// admin-only.
func checkAdmin(c *callable.Caller) error {
	if c.Claims["admin"] != true {
		return errs.New(errs.PermissionDenied, errs.AdminOnly, "Only admins may do this.")
	}
	return nil
}

type listModelsResult struct {
	Models []modelFields `json:"models"`
}

// modelFields is a model in its current revision.
type modelFields struct {
	ModelID       string           `json:"modelId"`
	Revision      string           `json:"revision"`
	Name          string           `json:"name"`
	Engine        catalogue.Engine `json:"engine"`
	BaseURL       string           `json:"baseUrl"` // on the app's own origin
	Bytes         int64            `json:"bytes"`
	Files         int              `json:"files"`
	Plans         []quota.Plan     `json:"plans"`
	Available     bool             `json:"available"` // to the caller's plan
	Entry         string           `json:"entry,omitempty"`
	ContextTokens int              `json:"contextTokens,omitempty"`
	MemoryMB      int              `json:"memoryMB,omitempty"`
	Quantization  string           `json:"quantization,omitempty"`
	Licence       string           `json:"licence"`
	SourceURL     string           `json:"sourceUrl"`
	Mirrors       []string         `json:"mirrors"`
	WebLLM        *webllmFields    `json:"webllm,omitempty"`
	EstimatedUSD  float64          `json:"estimatedUsd"` // that a download costs the operator
}

type webllmFields catalogue.WebLLMConfig

// listModels lists the models that a browser can run, including those that the
// caller's plan may not use.
func (b *Backend) listModels(ctx context.Context, call callable.Call[struct{}]) (listModelsResult, error) {
	m, err := b.modelsOrErr()
	if err != nil {
		return listModelsResult{}, err
	}
	offers, err := m.grants.List(ctx, planOf(call.Caller))
	if err != nil {
		return listModelsResult{}, err
	}
	res := listModelsResult{Models: []modelFields{}}
	for _, o := range offers {
		c := o.Config
		res.Models = append(res.Models, modelFields{
			ModelID: o.Key.Model, Revision: o.Key.Revision, Name: c.Name, Engine: c.Engine, BaseURL: o.Key.BaseURL(),
			Bytes: o.Manifest.Bytes, Files: o.Manifest.Files, Plans: c.Plans, Available: o.Available,
			Entry: c.Entry, ContextTokens: c.ContextTokens, MemoryMB: c.MemoryMB, Quantization: c.Quantization,
			Licence: c.Licence, SourceURL: c.SourceURL, Mirrors: append([]string{}, c.Mirrors...),
			WebLLM: (*webllmFields)(c.WebLLM), EstimatedUSD: o.Cost,
		})
	}
	return res, nil
}

type grantModelRequest struct {
	ModelID  string   `json:"modelId"`
	Revision string   `json:"revision,omitempty"` // none: the current one
	Paths    []string `json:"paths,omitempty"`    // none: all
}

type grantModelResult struct {
	ModelID       string           `json:"modelId"`
	Revision      string           `json:"revision"`
	Name          string           `json:"name"`
	Engine        catalogue.Engine `json:"engine"`
	Entry         string           `json:"entry,omitempty"`
	ContextTokens int              `json:"contextTokens,omitempty"`
	Mirrors       []string         `json:"mirrors"`
	WebLLM        *webllmFields    `json:"webllm,omitempty"`
	BaseURL       string           `json:"baseUrl"`
	ExpiresAt     string           `json:"expiresAt"` // of the first URL that does
	Files         []grantedFile    `json:"files"`
	EstimatedUSD  float64          `json:"estimatedUsd"`
}

type grantedFile struct {
	Path   string `json:"path"`
	URL    string `json:"url"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
	CRC32C string `json:"crc32c"` // base64, as Cloud Storage writes it
}

// grantModel returns signed URLs of a model's files. Calling it again renews them,
// for some paths or for all. A grant pays for the renewals of a day, up to a number
// that a slow download needs; what is renewed beyond that is charged anew.
func (b *Backend) grantModel(ctx context.Context, call callable.Call[grantModelRequest]) (grantModelResult, error) {
	m, err := b.modelsOrErr()
	if err != nil {
		return grantModelResult{}, err
	}
	in := call.Data
	const most = 1000
	if len(in.Paths) > most {
		return grantModelResult{}, errs.New(errs.InvalidArgument, errs.BadRequest, "paths must be at most %d.", most)
	}
	if catalogue.CheckModel(in.ModelID) == nil { // else it may be any text
		callable.LogAttrs(ctx, slog.String("modelId", in.ModelID))
	}
	user := catalogue.User{UID: call.Caller.UID, Plan: planOf(call.Caller), Anonymous: isAnonymous(call.Caller), Admit: func(ctx context.Context) error { return b.consume(ctx, call.App) }}
	grant, err := m.grants.Grant(ctx, user, catalogue.Key{Model: in.ModelID, Revision: in.Revision}, in.Paths)
	if err != nil {
		return grantModelResult{}, err
	}
	k := grant.Revision.Key
	callable.LogAttrs(ctx, slog.String("revision", k.Revision))
	m.granted(ctx, user, grant)
	c := grant.Revision.Config
	res := grantModelResult{
		ModelID: k.Model, Revision: k.Revision, Name: c.Name, Engine: c.Engine, Entry: c.Entry, ContextTokens: c.ContextTokens,
		Mirrors: append([]string{}, c.Mirrors...), WebLLM: (*webllmFields)(c.WebLLM), BaseURL: k.BaseURL(), ExpiresAt: timestamp(grant.Expires), Files: []grantedFile{}, EstimatedUSD: grant.Cost,
	}
	for _, f := range grant.Files {
		res.Files = append(res.Files, grantedFile{f.Path, f.URL, f.Size, f.SHA256, f.CRC32C})
	}
	return res, nil
}

type revisionRef struct {
	ModelID  string `json:"modelId"`
	Revision string `json:"revision"`
}

type revisionResult struct {
	ModelID        string          `json:"modelId"`
	Revision       string          `json:"revision"`
	State          catalogue.State `json:"state"`
	Files          int             `json:"files"`
	Bytes          int64           `json:"bytes"`
	ManifestSHA256 string          `json:"manifestSha256,omitempty"`
}

func toRevisionResult(r catalogue.Revision) revisionResult {
	res := revisionResult{ModelID: r.Key.Model, Revision: r.Key.Revision, State: r.State}
	if m := r.Manifest; m != nil {
		res.Files, res.Bytes, res.ManifestSHA256 = m.Files, m.Bytes, m.SHA256
	}
	return res
}

// publishStatus says how far a publish is.
type publishStatus struct {
	Type     string  `json:"type"`  // "status"
	Phase    string  `json:"phase"` // "hashing"
	Progress float64 `json:"progress"`
}

// publishModel publishes an uploaded revision. Calling it again continues a
// publish that stopped, and compares a published revision with the bucket.
func (b *Backend) publishModel(ctx context.Context, call callable.Call[revisionRef], send func(publishStatus) error) (revisionResult, error) {
	if err := checkAdmin(call.Caller); err != nil {
		return revisionResult{}, err
	}
	m, err := b.modelsOrErr()
	if err != nil {
		return revisionResult{}, err
	}
	k := catalogue.Key{Model: call.Data.ModelID, Revision: call.Data.Revision}
	if k.Check() == nil {
		callable.LogAttrs(ctx, slog.String("modelId", k.Model), slog.String("revision", k.Revision))
	}
	r, err := m.publisher.Publish(ctx, k, func(progress float64) {
		_ = send(publishStatus{"status", "hashing", progress}) // if the client left, ctx ends
	})
	if err != nil {
		return revisionResult{}, err
	}
	return toRevisionResult(r), nil
}

// quarantineModel withdraws a revision permanently.
func (b *Backend) quarantineModel(ctx context.Context, call callable.Call[revisionRef]) (revisionResult, error) {
	if err := checkAdmin(call.Caller); err != nil {
		return revisionResult{}, err
	}
	m, err := b.modelsOrErr()
	if err != nil {
		return revisionResult{}, err
	}
	r, err := m.publisher.Quarantine(ctx, catalogue.Key{Model: call.Data.ModelID, Revision: call.Data.Revision}, "withdrawn by "+call.Caller.UID)
	if err != nil {
		return revisionResult{}, err
	}
	return toRevisionResult(r), nil
}

func openSigner(ctx context.Context, cfg config.ModelsConfig) (catalogue.Signer, error) {
	var key blob.Key
	var err error
	if cfg.KeyFile != "" {
		key, err = blob.ReadKey(cfg.KeyFile)
	} else {
		key, err = blob.RemoteKey(ctx, cfg.Account)
	}
	if err != nil {
		return nil, err
	}
	return blob.NewSigner(key, cfg.Bucket, cfg.Endpoint, cfg.URLLife)
}
