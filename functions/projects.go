package functions

import (
	"context"
	"encoding/base64"
	"slices"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
)

// projectRef names a project, and one of its versions where a function reads one;
// absent: the current one.
type projectRef struct {
	ProjectID string `json:"projectId"`
	Version   *int   `json:"version,omitempty"`
}

func (r projectRef) check() (id string, number int, err error) {
	if err := project.CheckID("projectId", r.ProjectID); err != nil {
		return "", 0, err
	}
	if r.Version == nil {
		return r.ProjectID, 0, nil
	}
	return r.ProjectID, *r.Version, checkVersion(r.Version)
}

func checkVersion(number *int) error {
	if *number < 1 {
		return errs.New(errs.InvalidArgument, errs.BadRequest, "version must be 1 or more.")
	}
	return nil
}

// projectFields is a project as lists show it.
type projectFields struct {
	ProjectID      string         `json:"projectId"`
	Name           string         `json:"name"`
	Source         project.Source `json:"source"`
	GeneratedBy    string         `json:"generatedBy"`
	CurrentVersion int            `json:"currentVersion"`
	ActiveTurn     string         `json:"activeTurn,omitempty"`
	CreatedAt      string         `json:"createdAt"`
	UpdatedAt      string         `json:"updatedAt"`
}

func toProjectFields(p project.Project) projectFields {
	return projectFields{p.ID, p.Name, p.Source, p.GeneratedBy, p.CurrentVersion, p.ActiveTurn, timestamp(p.CreatedAt), timestamp(p.UpdatedAt)}
}

type getProjectResult struct {
	projectFields
	Version *int       `json:"version"` // null: there is none yet
	Code    string     `json:"code"`
	Network []string   `json:"network"` // the origins that code loads from
	Files   []wireFile `json:"files"`
	// Diagnostics are what is wrong with the version, as found when it was made.
	Diagnostics []artifact.Diagnostic `json:"diagnostics"`
}

// JSONSize implements callable.Sized.
func (r getProjectResult) JSONSize() int64 { return jsonSize(r.Code, r.Files, r.Diagnostics) }

type getProjectRequest struct {
	projectRef
	// Parts names what to read: "code", "files"; absent: both. The other one is empty.
	Parts []part `json:"parts,omitempty"`
}

// part names what getProject reads of a version.
type part string

const (
	codePart  part = "code"
	filesPart part = "files"
)

// getProject reads a project with one of its versions.
func (b *Backend) getProject(ctx context.Context, call callable.Call[getProjectRequest]) (getProjectResult, error) {
	id, number, err := call.Data.check()
	if err != nil {
		return getProjectResult{}, err
	}
	parts := call.Data.Parts
	for _, part := range parts {
		if part != codePart && part != filesPart {
			return getProjectResult{}, errs.New(errs.InvalidArgument, errs.BadRequest, `parts may name "code" and "files", not %.50q.`, string(part))
		}
	}
	p, v, files, err := b.projects.Get(ctx, call.Caller.UID, id, number)
	if err != nil {
		return getProjectResult{}, err
	}
	res := getProjectResult{projectFields: toProjectFields(p), Network: []string{}, Files: []wireFile{}, Diagnostics: append([]artifact.Diagnostic{}, v.Diagnostics...)}
	if len(parts) == 0 || slices.Contains(parts, codePart) {
		built := b.pages.Build(ctx, files)
		res.Code, res.Network, res.Diagnostics = built.Code, append(res.Network, built.Network...), withUnseen(res.Diagnostics, built)
	}
	if len(parts) == 0 || slices.Contains(parts, filesPart) {
		res.Files = toWireFiles(files)
	}
	if v.Number > 0 {
		res.Version = &v.Number
	}
	return res, nil
}

// withUnseen adds to what is known of a version why its document, now, shows no more than
// its files.
func withUnseen(known []artifact.Diagnostic, built page.Built) []artifact.Diagnostic {
	for _, d := range built.Diagnostics {
		if d.Unseen() && !slices.Contains(known, d) {
			known = append(known, d)
		}
	}
	return known
}

type listProjectsRequest struct {
	PageSize  *int   `json:"pageSize,omitempty"`
	PageToken string `json:"pageToken,omitempty"`
}

type listProjectsResult struct {
	Projects      []projectFields `json:"projects"`
	NextPageToken string          `json:"nextPageToken,omitempty"`
}

// listProjects lists the caller's projects, the last updated first.
func (b *Backend) listProjects(ctx context.Context, call callable.Call[listProjectsRequest]) (listProjectsResult, error) {
	p, err := parsePage(call.Data.PageSize, call.Data.PageToken)
	if err != nil {
		return listProjectsResult{}, err
	}
	projects, next, err := b.projects.List(ctx, call.Caller.UID, p)
	if err != nil {
		return listProjectsResult{}, err
	}
	res := listProjectsResult{Projects: []projectFields{}, NextPageToken: next}
	for _, p := range projects {
		res.Projects = append(res.Projects, toProjectFields(p))
	}
	return res, nil
}

type listVersionsRequest struct {
	ProjectID string `json:"projectId"`
	PageSize  *int   `json:"pageSize,omitempty"`
	PageToken string `json:"pageToken,omitempty"`
}

type listVersionsResult struct {
	Versions      []versionFields `json:"versions"`
	NextPageToken string          `json:"nextPageToken,omitempty"`
}

type versionFields struct {
	Version     int            `json:"version"`
	Base        int            `json:"base"`
	CreatedAt   string         `json:"createdAt"`
	Source      project.Source `json:"source"`
	GeneratedBy string         `json:"generatedBy"`
	TurnID      string         `json:"turnId"`
	// Changed says how the version differs from the one before it.
	Changed []artifact.Change `json:"changed"`
	Files   []fileFields      `json:"files"`
	// Emptied is true for a version that is too old: its contents are not kept.
	Emptied bool `json:"emptied,omitempty"`
}

type fileFields struct {
	Path   string `json:"path"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// listVersions lists a project's versions, the newest first, without contents.
func (b *Backend) listVersions(ctx context.Context, call callable.Call[listVersionsRequest]) (listVersionsResult, error) {
	in := call.Data
	if err := project.CheckID("projectId", in.ProjectID); err != nil {
		return listVersionsResult{}, err
	}
	p, err := parsePage(in.PageSize, in.PageToken)
	if err != nil {
		return listVersionsResult{}, err
	}
	of, versions, next, err := b.projects.Versions(ctx, call.Caller.UID, in.ProjectID, p)
	if err != nil {
		return listVersionsResult{}, err
	}
	res := listVersionsResult{Versions: []versionFields{}, NextPageToken: next}
	for _, v := range versions {
		files := make([]fileFields, 0, len(v.Files))
		for _, f := range v.Files {
			files = append(files, fileFields(f))
		}
		res.Versions = append(res.Versions, versionFields{v.Number, v.Base, timestamp(v.CreatedAt), v.Source, v.GeneratedBy, v.TurnID, append([]artifact.Change{}, v.Changed...), files, v.Number <= of.EmptiedTo()})
	}
	return res, nil
}

type renameProjectRequest struct {
	ProjectID string `json:"projectId"`
	Name      string `json:"name"`
}

// renameProject gives a project another name. It answers null.
func (b *Backend) renameProject(ctx context.Context, call callable.Call[renameProjectRequest]) (*struct{}, error) {
	if err := project.CheckID("projectId", call.Data.ProjectID); err != nil {
		return nil, err
	}
	return nil, b.projects.Rename(ctx, call.Caller.UID, call.Data.ProjectID, call.Data.Name)
}

type deleteProjectRequest struct {
	ProjectID string `json:"projectId"`
}

// deleteProject deletes a project with everything under it. It answers null.
func (b *Backend) deleteProject(ctx context.Context, call callable.Call[deleteProjectRequest]) (*struct{}, error) {
	if err := project.CheckID("projectId", call.Data.ProjectID); err != nil {
		return nil, err
	}
	return nil, b.turns.Delete(ctx, call.Caller.UID, call.Data.ProjectID)
}

type exportProjectRequest struct {
	projectRef
	// Document asks for the version as one HTML document, too.
	Document bool `json:"document,omitempty"`
}

type exportProjectResult struct {
	Name string `json:"name"`
	Zip  string `json:"zip"` // base64
	// Document is the version as one HTML document, which runs when it is opened;
	// absent unless it was asked for.
	Document string `json:"document,omitempty"`
}

// JSONSize implements callable.Sized.
func (r exportProjectResult) JSONSize() int64 { return int64(len(r.Zip)) + textSize(r.Document) }

// exportProject answers a version's files as a zip archive, and on request as one HTML
// document. The archive never holds that document: the files alone are the project.
func (b *Backend) exportProject(ctx context.Context, call callable.Call[exportProjectRequest]) (exportProjectResult, error) {
	id, number, err := call.Data.check()
	if err != nil {
		return exportProjectResult{}, err
	}
	exported, err := b.projects.Export(ctx, call.Caller.UID, id, number)
	if err != nil {
		return exportProjectResult{}, err
	}
	res := exportProjectResult{Name: exported.Name, Zip: base64.StdEncoding.EncodeToString(exported.Zip)}
	if call.Data.Document {
		built := b.pages.Build(ctx, exported.Files)
		for _, d := range built.Diagnostics {
			if d.Unseen() && d.Severity == artifact.SeverityWarning { // Code shows the files, and is no app
				return exportProjectResult{}, errs.New(errs.Unavailable, errs.Overloaded, "The app cannot be put together at the moment. Try again.").With("retryAfter", 10)
			}
		}
		res.Document = built.Code
	}
	return res, nil
}
