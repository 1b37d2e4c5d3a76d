package turn

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/uuid"
)

// Submission is what a client made itself, to be saved as a version: either a
// complete set of files, or the text that a model in the browser answered.
type Submission struct {
	Files       []artifact.File
	Reply       string // an answer to the prompt: what it holds of the current files changes them
	Source      project.Source
	GeneratedBy string
}

// check refuses what cannot be saved: INVALID_ARGUMENT.
func (s Submission) check() error {
	switch {
	case s.Source != project.Browser && s.Source != project.Edit:
		return errs.New(errs.InvalidArgument, errs.BadRequest, `source must be "browser" or "edit".`)
	case s.GeneratedBy == "":
		return errs.New(errs.InvalidArgument, errs.BadRequest, `generatedBy must name what made the files, for example "WebLLM".`)
	case (len(s.Files) > 0) == (s.Reply != ""):
		return errs.New(errs.InvalidArgument, errs.BadRequest, "Send either files or reply.")
	case len(s.Reply) > MaxReply:
		return errs.New(errs.InvalidArgument, errs.TooLarge, "The reply has %d KB; at most %d KB can be kept.", len(s.Reply)>>10, MaxReply>>10)
	case s.Reply == "":
		return artifact.Check(s.Files)
	}
	return nil
}

// Save stores what a client made as a version, in one step. A turn that is there
// already is answered as it is stored.
//
// A reply is matched with the current files as the answer of a worker is, but nobody
// can be asked again: INVALID_ARGUMENT edit-refused for one whose changes cannot be
// read or do not fit, which leaves something out, or has only a part of a file whose
// place is not certain. INVALID_ARGUMENT bad-request and too-large for a submission
// that cannot be saved. Other errors as those of the step Accept.
func (r *Runner) Save(ctx context.Context, req Request, s Submission) (Result, error) {
	s.Files = withoutPrelude(s.Files)
	if err := s.check(); err != nil {
		return Result{}, err
	}
	req.Kind = Save
	for tries := 3; ; tries-- {
		res, err := r.save(ctx, req, s)
		if !errors.Is(err, errMoved) || tries == 1 {
			return res, err
		}
	}
}

// withoutPrelude takes out of pages what makes them run in a preview: a client may save
// the document that it was given.
func withoutPrelude(files []artifact.File) []artifact.File {
	files = slices.Clone(files)
	for i, f := range files {
		if ext := strings.ToLower(path.Ext(f.Path)); ext == ".html" || ext == ".htm" {
			files[i].Content = page.Strip(f.Content)
		}
	}
	return files
}

// save makes one attempt: it makes of the current version what the submission says,
// and stores it unless another version has come in between.
func (r *Runner) save(ctx context.Context, req Request, s Submission) (Result, error) {
	before, err := r.current(ctx, req)
	if err != nil {
		return Result{}, err
	}
	made := NewVersion{Files: s.Files, Since: before.version}
	ending := Ending{State: Complete, Reply: s.Reply, Source: s.Source, GeneratedBy: s.GeneratedBy, FinishReason: worker.Stop}
	if s.Reply == "" {
		return r.settle(ctx, req, ending, made, before.files, made.Files)
	}
	answer, err := s.read(before.files)
	if err != nil {
		return Result{}, err
	}
	d := draft{base: before.files, changes: before.version > 0, wish: wishOf(intent.Edit, req.Prompt)}
	d.take(answer)
	if len(d.refused) > 0 {
		// The changes of a turn that was saved before do not fit any more.
		if t, err := r.store.Turn(ctx, req.Key); err != nil {
			return Result{}, err
		} else if t == nil {
			return Result{}, errs.New(errs.InvalidArgument, errs.EditRefused, "The change of %q does not fit: %s. Nothing was saved.", d.refused[0].Edit.Path, d.refused[0].Why).
				With("path", d.refused[0].Edit.Path)
		}
	}
	after := d.after()
	ending.Warnings = slices.Concat(d.warnings, d.leftOut(), d.dead())
	made.Files, made.Overlay, made.Exact = d.changed, true, d.reads
	if len(d.gone) > 0 {
		made.Files, made.Overlay, made.Exact = after, false, true
	}
	return r.settle(ctx, req, ending, made, before.files, after)
}

// read reads the reply. INVALID_ARGUMENT edit-refused for a change that cannot be read,
// and bad-request for a reply without any file or change.
func (s Submission) read(files []artifact.File) (reply.Reply, error) {
	p := reply.Parser{Known: artifact.Paths(files)}
	p.Write(s.Reply)
	answer := p.Close()
	if i := slices.IndexFunc(answer.Refused, func(f artifact.Refusal) bool { return f.Why != reply.NoDiffName }); i >= 0 {
		f := answer.Refused[i]
		return reply.Reply{}, errs.New(errs.InvalidArgument, errs.EditRefused, "The reply's change of %q cannot be read: %s. Nothing was saved.", f.Edit.Path, f.Why).
			With("path", f.Edit.Path)
	}
	if len(answer.Files)+len(answer.Edits)+len(answer.Refused)+len(answer.Renames)+len(answer.Deletions) == 0 {
		return reply.Reply{}, errs.New(errs.InvalidArgument, errs.BadRequest, "The reply holds no file: nothing is saved.")
	}
	return answer, nil
}

// Restore makes version number of a project current again, as a new version.
// NOT_FOUND no-such-version if there is none; FAILED_PRECONDITION version-emptied if
// its contents are not kept; other errors as those of the step Settle.
func (r *Runner) Restore(ctx context.Context, req Request, number int) (Result, error) {
	p, err := r.store.Project(ctx, req.ProjectID)
	if err != nil {
		return Result{}, err
	}
	if err := project.Authorize(p, req.UID, req.ProjectID); err != nil {
		return Result{}, err
	}
	restored, err := r.store.Version(ctx, req.ProjectID, number)
	if err != nil {
		return Result{}, err
	}
	if restored == nil {
		return Result{}, project.NoVersion(p, number)
	}
	current := restored
	if p.CurrentVersion != number {
		if current, err = r.store.Version(ctx, req.ProjectID, p.CurrentVersion); err != nil {
			return Result{}, err
		}
		if current == nil { // deleted meanwhile
			return Result{}, project.Authorize(nil, req.UID, req.ProjectID)
		}
	}
	var before, after []artifact.File
	if emptied := p.CheckKept(number); emptied == nil {
		if before, after, err = bothFiles(ctx, r.store, req.ProjectID, current, restored); err != nil {
			return Result{}, project.Missing(ctx, r.store, req.UID, req.ProjectID, number, err)
		}
	} else if t, err := r.store.Turn(ctx, req.Key); err != nil {
		return Result{}, err
	} else if t == nil { // it was restored before otherwise, and is found
		return Result{}, emptied
	}
	req.Kind, req.Prompt = Restore, fmt.Sprintf("Restore version %d", number)
	ending := Ending{State: Complete, Source: project.Restore, GeneratedBy: restored.GeneratedBy, FinishReason: worker.Stop}
	return r.settle(ctx, req, ending, NewVersion{Restored: restored, Since: current.Number}, before, after)
}

// bothFiles reads the files of two versions in one call, and each content once.
func bothFiles(ctx context.Context, store Contents, projectID string, a, b *project.Version) (filesA, filesB []artifact.File, err error) {
	var once []project.FileRef
	content := map[string]string{} // by SHA-256
	for _, ref := range slices.Concat(a.Files, b.Files) {
		if _, listed := content[ref.SHA256]; !listed {
			content[ref.SHA256] = ""
			once = append(once, ref)
		}
	}
	files, err := store.Files(ctx, projectID, once)
	if err != nil {
		return nil, nil, err
	}
	for i, ref := range once {
		content[ref.SHA256] = files[i].Content
	}
	filesOf := func(v *project.Version) []artifact.File {
		all := make([]artifact.File, 0, len(v.Files))
		for _, ref := range v.Files {
			all = append(all, artifact.File{Path: ref.Path, Content: content[ref.SHA256]})
		}
		return all
	}
	return filesOf(a), filesOf(b), nil
}

// current reads the files of the version that req saves over; none if it starts
// a project. Errors as project.Authorize: whether an edit fits would tell somebody
// else of the files.
func (r *Runner) current(ctx context.Context, req Request) (atHand, error) {
	p, err := r.store.Project(ctx, req.ProjectID)
	if err != nil {
		return atHand{}, err
	}
	if p != nil || !req.NewProject {
		if err := project.Authorize(p, req.UID, req.ProjectID); err != nil {
			return atHand{}, err
		}
	}
	if p == nil || p.CurrentVersion == 0 {
		return atHand{}, nil
	}
	v, err := r.store.Version(ctx, req.ProjectID, p.CurrentVersion)
	if err != nil || v == nil { // deleted meanwhile: the step says so
		return atHand{}, err
	}
	files, err := r.store.Files(ctx, req.ProjectID, v.Files)
	if err != nil {
		return atHand{}, project.Missing(ctx, r.store, req.UID, req.ProjectID, v.Number, err)
	}
	return atHand{v.Number, files}, nil
}

// settle accepts and finishes a turn in one step. What is wrong with the new version is
// told, and stays: its files are a user's. before and after are the files
// of version made.Since and of the new one.
func (r *Runner) settle(ctx context.Context, req Request, ending Ending, made NewVersion, before, after []artifact.File) (Result, error) {
	made.Changed = artifact.Changes(before, after)
	ending.Diagnostics = slices.DeleteFunc(r.checks.find(ctx, after), isIdle)
	scope := r.scope(req.Key, req.UID)
	scope.Early = true
	c, err := r.store.Apply(ctx, scope, string(req.Kind), Settle(req, uuid.NewString(), ending, &made))
	if err != nil {
		return Result{}, err
	}
	r.tidy(req.UID, c)
	have := atHand{}
	if c.Version != nil && (!made.Overlay || c.Version.Base == made.Since) {
		have = atHand{c.Version.Number, after}
	}
	return r.answers.result(ctx, req.Key, *c.Turn, c.Project, have)
}
