package turn

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker"
)

// Kind says what sort of turn one is.
type Kind string

const (
	Generate Kind = "generate" // a prompt, answered by a worker or a template
	Save     Kind = "save"     // files that a client brought
	Restore  Kind = "restore"  // an earlier version made current again
)

// State is where a turn stands: Running, then exactly one of the others.
type State string

const (
	Running     State = "running"
	Complete    State = "complete"
	Partial     State = "partial"     // cut: at the token limit, in the middle of a file, or since it only repeated itself
	Failed      State = "failed"      // the worker was lost, or refused
	Cancelled   State = "cancelled"   // by its user, or because nobody read it any more
	Interrupted State = "interrupted" // the instance that ran it stopped
)

// Turn is one prompt and its answer. The field names are a public schema: the
// owner of the project reads the document directly.
type Turn struct {
	ID          string `firestore:"-"`
	OwnerUID    string `firestore:"ownerUid"`
	Seq         int    `firestore:"seq"` // 1, 2, 3 … in the project
	Kind        Kind   `firestore:"kind"`
	Prompt      string `firestore:"prompt"`
	PayloadHash string `firestore:"payloadHash"` // of the request: tells a retry from a reused id; "" matches any request
	State       State  `firestore:"state"`
	// Run names the attempt that owns the turn. Only that attempt may finish it;
	// whoever else ends the turn clears Run.
	Run             string     `firestore:"run"`
	Instance        string     `firestore:"instance"`  // the process of that run
	RenewedAt       time.Time  `firestore:"renewedAt"` // when the lease began, by the database's clock
	WatchedAt       *time.Time `firestore:"watchedAt"` // when somebody last read it on another instance; null: nobody did
	CancelRequested bool       `firestore:"cancelRequested"`
	Day             string     `firestore:"day"`       // whose quota the turn counts against
	Held            int        `firestore:"held"`      // output tokens set aside while it runs
	HeldInput       int        `firestore:"heldInput"` // input tokens likewise
	CreatedAt       time.Time  `firestore:"createdAt"`
	FinishedAt      *time.Time `firestore:"finishedAt"` // null while running

	Intent      *intent.Intent `firestore:"intent"`           // what the prompt asks for; null for saves and restores
	Engine      Engine         `firestore:"engine,omitempty"` // who is to answer it
	Continues   string         `firestore:"continues"`        // the turn that this one continues; "" for none
	Carried     int            `firestore:"carried"`          // bytes that Reply begins with and that are of that turn
	ContinuedBy string         `firestore:"continuedBy"`      // the turn that continues this one; "" for none

	Errors []AppError `firestore:"errors,omitempty"` // that the running app has thrown: the turn is to mend them
	Target *Target    `firestore:"target,omitempty"` // the element of the running app that the prompt is about

	Reply        string                `firestore:"reply"`   // the text as it was streamed, once the turn has ended
	Length       int                   `firestore:"length"`  // of Reply, in bytes
	Version      int                   `firestore:"version"` // the version that it made; 0: none
	Source       project.Source        `firestore:"source"`
	GeneratedBy  string                `firestore:"generatedBy"`
	FinishReason worker.Finish         `firestore:"finishReason"`
	Usage        worker.Usage          `firestore:"usage"` // as the worker told, or else as counted
	Meter        Meter                 `firestore:"meter"`
	Warnings     []artifact.Warning    `firestore:"warnings"`
	Diagnostics  []artifact.Diagnostic `firestore:"diagnostics,omitempty"` // of the version that it made
	Notices      []string              `firestore:"notices"`
	Error        *Failure              `firestore:"error"`                 // null unless failed or interrupted
	ForgottenAt  *time.Time            `firestore:"forgottenAt,omitempty"` // when the words of user and model were taken out
}

// Failure is the error that a turn ended in, as a client was told of it.
type Failure struct {
	Code    errs.Code      `firestore:"code"`
	Reason  errs.Reason    `firestore:"reason"`
	Message string         `firestore:"message"`
	Details map[string]any `firestore:"details"`
}

// failure is the error that every reader of t is told.
func (t Turn) failure(k Key) *errs.Error {
	e := errs.New(t.Error.Code, t.Error.Reason, "%s", t.Error.Message)
	if t.Error.Details != nil {
		e.Details = t.Error.Details
	}
	return e.With("turnId", k.TurnID).With("projectId", k.ProjectID).With("state", t.State).With("length", t.Length)
}

// charged says what the turn costs its user: what workers did for it, whatever
// became of it. A template costs nothing. Of a turn whose instance was lost only the
// stored text is known: the turn itself is free.
func (t Turn) charged() (turns int, tokens quota.Tokens) {
	return min(1, t.Meter.Calls), quota.Tokens{Input: t.Meter.InputTokens, Output: t.Meter.OutputTokens}
}

// held is what is set aside for the turn.
func (t Turn) held() quota.Tokens { return quota.Tokens{Input: t.HeldInput, Output: t.Held} }

// Bytes is about what t takes in a list of messages, and in the database.
func (t *Turn) Bytes() int {
	bytes := 300 + len(t.Prompt) + len(t.Reply) + artifact.DiagnosticBytes(t.Diagnostics)
	for _, e := range t.Errors {
		bytes += 50 + len(e.Message) + len(e.Stack) + len(e.Path)
	}
	if t.Target != nil {
		bytes += len(t.Target.Selector) + len(t.Target.HTML)
	}
	return bytes
}

// Shorten cuts the reply to at most n bytes, and to whole characters; 0 leaves it.
// Length still says how long it is.
func (t *Turn) Shorten(n int) {
	if n == 0 || len(t.Reply) <= n {
		return
	}
	for !utf8.RuneStart(t.Reply[n]) {
		n--
	}
	t.Reply = strings.Clone(t.Reply[:n]) // the rest is not held
}

// Segment is a piece of a running turn's text, stored as
// projects/{id}/turns/{turnId}/segments/{offset}: it outlives the instance that
// runs the turn. A segment that may not have been stored is stored again, perhaps
// longer.
type Segment struct {
	Offset int    `firestore:"-"` // in the turn's text, in bytes
	Text   string `firestore:"text"`
	// What readers had been told of the turn at the end of Text.
	Source      project.Source `firestore:"source"`
	GeneratedBy string         `firestore:"generatedBy"`
	Notices     []string       `firestore:"notices"`
	ExpireAt    time.Time      `firestore:"expireAt"` // Firestore may delete it then; the turn has its text by that time
}

// MaxSegment bounds a segment's text, in bytes.
const MaxSegment = 32 << 10

// Key names a turn.
type Key struct {
	ProjectID string
	TurnID    string
}

// ProjectID is the id of the project that a user's turn starts. It is derived from
// both, so that a client that never got an answer finds its project again by
// sending the same turn.
func ProjectID(uid, turnID string) string {
	sum := sha256.Sum256([]byte(uid + "\x00" + turnID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:20]
}

// Cursor reads a position in a turn's text, in bytes: a cursor that a text message
// brought, or "" for the start. INVALID_ARGUMENT for anything else.
func Cursor(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 2*MaxReply { // a template may follow a reply
		return 0, errs.New(errs.InvalidArgument, errs.BadRequest, "cursor must be one that a text message brought, or absent.")
	}
	return n, nil
}
