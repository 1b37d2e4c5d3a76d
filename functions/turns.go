package functions

import (
	"cmp"
	"context"
	"log/slog"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
)

type generateCodeRequest struct {
	Prompt    string `json:"prompt,omitempty"` // may be absent where continues or errors are there: the prompt of the continued turn holds then
	ProjectID string `json:"projectId,omitempty"`
	TurnID    string `json:"turnId,omitempty"`
	Continues string `json:"continues,omitempty"`
	// Engine says who is to answer; absent: auto.
	Engine turn.Engine `json:"engine,omitempty"`
	// Errors are what the project's app has thrown while it ran, at most 20 of 2 KB: the
	// turn mends them.
	Errors []turn.AppError `json:"errors,omitempty"`
	// Target is an element of the running app, which the prompt is about.
	Target *turn.Target `json:"target,omitempty"`
}

// check refuses a request that no turn can be of: INVALID_ARGUMENT.
func (in generateCodeRequest) check() error {
	running := len(in.Errors) > 0 || in.Target != nil
	switch {
	case strings.TrimSpace(in.Prompt) == "" && in.Continues == "" && len(in.Errors) == 0:
		return errs.New(errs.InvalidArgument, errs.BadRequest, `The prompt is empty. Say what to build, for example "a calculator with dark mode".`)
	case running && in.ProjectID == "":
		return errs.New(errs.InvalidArgument, errs.BadRequest, "errors and target need the projectId of the app that runs.")
	case running && in.Continues != "":
		return errs.New(errs.InvalidArgument, errs.BadRequest, "errors and target cannot be sent with continues: the continued turn's own hold.")
	}
	return cmp.Or(checkPrompt(in.Prompt), in.Engine.Check(), turn.CheckErrors(in.Errors), in.Target.Check())
}

// generateCode answers a prompt: in a new project, or as the next version of
// one. It streams the turn's events.
func (b *Backend) generateCode(ctx context.Context, call callable.Call[generateCodeRequest], send func(turn.Event) error) (turnResult, error) {
	in := call.Data
	if err := in.check(); err != nil {
		return turnResult{}, err
	}
	if in.Engine == turn.AutoEngine {
		in.Engine = "" // which is the same request
	}
	r, err := turnRequest("generateCode", call.Caller.UID, in.ProjectID, in.TurnID, in)
	if err != nil {
		return turnResult{}, err
	}
	if in.Continues != "" {
		if err := project.CheckID("continues", in.Continues); err != nil {
			return turnResult{}, err
		}
		if in.ProjectID == "" {
			return turnResult{}, errs.New(errs.InvalidArgument, errs.BadRequest, "continues needs the projectId of the turn to continue.")
		}
	}
	r.Prompt, r.Continues, r.Plan, r.Limits = in.Prompt, in.Continues, string(planOf(call.Caller)), b.usage.limits(call.Caller)
	r.Engine, r.Errors, r.Target, r.Anonymous = in.Engine, in.Errors, in.Target, isAnonymous(call.Caller)
	return b.read(ctx, r.Key, func(ctx context.Context) (turn.Result, error) {
		return b.turns.Generate(ctx, r, send)
	})
}

type resumeTurnRequest struct {
	TurnID    string `json:"turnId"`
	ProjectID string `json:"projectId,omitempty"`
	Cursor    string `json:"cursor,omitempty"`
}

// resumeTurn reads a turn after a cursor, wherever the turn runs, and answers how it
// ended.
func (b *Backend) resumeTurn(ctx context.Context, call callable.Call[resumeTurnRequest], send func(turn.Event) error) (turnResult, error) {
	in := call.Data
	key, err := turnKey(call.Caller.UID, in.ProjectID, in.TurnID)
	if err != nil {
		return turnResult{}, err
	}
	after, err := turn.Cursor(in.Cursor)
	if err != nil {
		return turnResult{}, err
	}
	return b.read(ctx, key, func(ctx context.Context) (turn.Result, error) {
		return b.turns.Resume(ctx, call.Caller.UID, key, after, send)
	})
}

// read answers with a turn, or with an error just before the platform cuts the call
// off: the turn runs on then, and can be resumed.
func (b *Backend) read(ctx context.Context, k turn.Key, follow func(context.Context) (turn.Result, error)) (turnResult, error) {
	callable.LogAttrs(ctx, slog.String("projectId", k.ProjectID), slog.String("turnId", k.TurnID))
	if b.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, b.timeout, errs.New(errs.DeadlineExceeded, errs.TurnContinues,
			"This call has reached its time limit; the answer is still being written. Resume it.").
			With("turnId", k.TurnID).With("projectId", k.ProjectID).With("state", turn.Running))
		defer cancel()
	}
	res, err := follow(ctx)
	if err != nil {
		return turnResult{}, err
	}
	callable.LogAttrs(ctx, slog.String("state", string(res.Turn.State)), slog.String("source", string(res.Turn.Source)), slog.Int("outputTokens", res.Turn.Usage.OutputTokens))
	return toTurnResult(res), nil
}

type cancelTurnRequest struct {
	TurnID    string `json:"turnId"`
	ProjectID string `json:"projectId,omitempty"`
}

type cancelTurnResult struct {
	TurnID          string     `json:"turnId"`
	ProjectID       string     `json:"projectId"`
	State           turn.State `json:"state"`
	CancelRequested bool       `json:"cancelRequested"`
}

// cancelTurn ends a turn, wherever it runs, and answers how it is stored after that.
func (b *Backend) cancelTurn(ctx context.Context, call callable.Call[cancelTurnRequest]) (cancelTurnResult, error) {
	key, err := turnKey(call.Caller.UID, call.Data.ProjectID, call.Data.TurnID)
	if err != nil {
		return cancelTurnResult{}, err
	}
	t, err := b.turns.Cancel(ctx, call.Caller.UID, key)
	if err != nil {
		return cancelTurnResult{}, err
	}
	return cancelTurnResult{key.TurnID, key.ProjectID, t.State, t.CancelRequested}, nil
}

type saveProjectRequest struct {
	ProjectID   string         `json:"projectId,omitempty"`
	Name        string         `json:"name,omitempty"`
	Files       []fileToSave   `json:"files,omitempty"`
	Reply       string         `json:"reply,omitempty"`
	GeneratedBy string         `json:"generatedBy"`
	Source      project.Source `json:"source"`
	Prompt      string         `json:"prompt,omitempty"`
	TurnID      string         `json:"turnId,omitempty"`
}

// apart returns the request without its texts, and the texts by the names of their
// fields.
func (r saveProjectRequest) apart() (small any, texts map[string]any) {
	texts = map[string]any{}
	if len(r.Files) > 0 {
		texts["files"] = r.Files
	}
	if r.Reply != "" {
		texts["reply"] = r.Reply
	}
	r.Files, r.Reply = nil, ""
	return r, texts
}

type fileToSave struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

// saveProject stores what a client made: a complete set of files, or the text that
// a model in the browser answered. Its files replace, or are added to, the current
// ones; its edits change them.
func (b *Backend) saveProject(ctx context.Context, call callable.Call[saveProjectRequest]) (turnResult, error) {
	in := call.Data
	if err := checkText("generatedBy", in.GeneratedBy, 100); err != nil {
		return turnResult{}, err
	}
	if err := checkPrompt(in.Prompt); err != nil {
		return turnResult{}, err
	}
	if in.Name != "" {
		if err := project.CheckName(in.Name); err != nil {
			return turnResult{}, err
		}
	}
	r, err := turnRequest("saveProject", call.Caller.UID, in.ProjectID, in.TurnID, in)
	if err != nil {
		return turnResult{}, err
	}
	r.Prompt, r.Name, r.Limits = in.Prompt, in.Name, b.usage.limits(call.Caller)
	made := turn.Submission{Reply: in.Reply, Source: in.Source, GeneratedBy: in.GeneratedBy}
	for _, f := range in.Files {
		made.Files = append(made.Files, artifact.File(f))
	}
	res, err := b.turns.Save(ctx, r, made)
	if err != nil {
		return turnResult{}, err
	}
	return toTurnResult(res), nil
}

type restoreVersionRequest struct {
	ProjectID string `json:"projectId"`
	Version   int    `json:"version"`
	TurnID    string `json:"turnId,omitempty"`
}

// restoreVersion makes an earlier version current again, as a new version.
func (b *Backend) restoreVersion(ctx context.Context, call callable.Call[restoreVersionRequest]) (turnResult, error) {
	in := call.Data
	if err := project.CheckID("projectId", in.ProjectID); err != nil {
		return turnResult{}, err
	}
	if err := checkVersion(&in.Version); err != nil {
		return turnResult{}, err
	}
	r, err := turnRequest("restoreVersion", call.Caller.UID, in.ProjectID, in.TurnID, in)
	if err != nil {
		return turnResult{}, err
	}
	r.Limits = b.usage.limits(call.Caller)
	res, err := b.turns.Restore(ctx, r, in.Version)
	if err != nil {
		return turnResult{}, err
	}
	return toTurnResult(res), nil
}

type listMessagesRequest struct {
	ProjectID string `json:"projectId"`
	PageSize  *int   `json:"pageSize,omitempty"`
	PageToken string `json:"pageToken,omitempty"`
}

type listMessagesResult struct {
	Messages      []message `json:"messages"`
	NextPageToken string    `json:"nextPageToken,omitempty"`
}

type message struct {
	Role      worker.Role `json:"role"`
	Text      string      `json:"text"`   // of an answer in a list only the first 2 KB
	Length    int         `json:"length"` // of the whole text, in bytes
	TurnID    string      `json:"turnId"`
	State     turn.State  `json:"state"`
	CreatedAt string      `json:"createdAt"`
}

// listMessages shows the conversation, newest first. pageSize counts messages. The
// two messages of a turn stay together, so a page may hold one more.
func (b *Backend) listMessages(ctx context.Context, call callable.Call[listMessagesRequest]) (listMessagesResult, error) {
	in := call.Data
	if err := project.CheckID("projectId", in.ProjectID); err != nil {
		return listMessagesResult{}, err
	}
	p, err := parsePage(in.PageSize, in.PageToken)
	if err != nil {
		return listMessagesResult{}, err
	}
	p.Size, p.Text = (p.Size+1)/2, 2<<10
	turns, next, err := b.turns.List(ctx, call.Caller.UID, in.ProjectID, p)
	if err != nil {
		return listMessagesResult{}, err
	}
	res := listMessagesResult{Messages: []message{}, NextPageToken: next}
	for _, t := range turns {
		if t.FinishedAt != nil && (t.Prompt != "" || t.Reply != "") {
			res.Messages = append(res.Messages, toMessage(t))
		}
		if t.Prompt != "" {
			res.Messages = append(res.Messages, message{worker.User, t.Prompt, len(t.Prompt), t.ID, t.State, timestamp(t.CreatedAt)})
		}
	}
	return res, nil
}

// JSONSize implements callable.Sized.
func (r listMessagesResult) JSONSize() (size int64) {
	for _, m := range r.Messages {
		size += textSize(m.Text) + 200
	}
	return size
}

// toMessage is the answer of a turn that has ended.
func toMessage(t turn.Turn) message {
	return message{worker.Assistant, t.Reply, t.Length, t.ID, t.State, timestamp(*t.FinishedAt)}
}

type getMessageRequest struct {
	ProjectID string `json:"projectId"`
	TurnID    string `json:"turnId"`
}

// getMessage reads the whole answer of a turn that has ended.
func (b *Backend) getMessage(ctx context.Context, call callable.Call[getMessageRequest]) (message, error) {
	key, err := turnKey(call.Caller.UID, call.Data.ProjectID, call.Data.TurnID)
	if err != nil {
		return message{}, err
	}
	t, err := b.turns.Get(ctx, call.Caller.UID, key)
	if err != nil {
		return message{}, err
	}
	if t.FinishedAt == nil {
		return message{}, errs.New(errs.Aborted, errs.TurnInProgress, "The turn is still running.").With("turnId", t.ID)
	}
	return toMessage(*t), nil
}

// JSONSize implements callable.Sized.
func (m message) JSONSize() int64 { return textSize(m.Text) + 200 }
