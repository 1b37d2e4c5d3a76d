// Package turn carries one prompt to its stored answer, once.
//
// A turn is named by the client (turnId) and stored as
// projects/{id}/turns/{turnId}. What may happen to it is written as pure steps
// over what one transaction read (steps.go); a Store runs any step the same
// way. A Runner carries a turn in a goroutine of its own, which appends to the
// turn's Log; every client, the first one too, reads that log. So a client that
// is slow or gone never holds up a worker, and the same turn asked for twice is
// generated once.
//
// Whoever carries a turn holds a lease, which a second goroutine renews while it
// stores the text in segments (keeper.go). Other instances follow those
// (follower.go). When a lease is over, whoever waits on the turn ends it as
// interrupted, with the text that was stored; the owner, should it wake up,
// finds that it may not finish.
//
// The package decides what an answer is: what a worker is told for each kind of
// wish, when a cut reply is gone on with and a change that does not fit asked for
// again, which reply makes a version, when a template stands in, what an ending
// is called. It knows nothing of HTTP, of
// Firestore or of how a worker speaks.
package turn

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
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
	Partial     State = "partial"     // cut at the token limit
	Failed      State = "failed"      // the worker was lost, or refused
	Cancelled   State = "cancelled"   // by its user, or since nobody read it any more
	Interrupted State = "interrupted" // the instance that carried it stopped
)

// Turn is one prompt and its answer. The field names are a public schema: the
// owner of the project reads the document directly.
type Turn struct {
	ID          string `firestore:"-"`
	OwnerUID    string `firestore:"ownerUid"`
	Seq         int    `firestore:"seq"` // 1, 2, 3 … in the project
	Kind        Kind   `firestore:"kind"`
	Prompt      string `firestore:"prompt"`
	PayloadHash string `firestore:"payloadHash"` // of the request: tells a retry from a reused id; "" matches any
	State       State  `firestore:"state"`
	// Run names the attempt that owns the turn. Only its holder may finish it;
	// somebody else who ends the turn takes it away.
	Run             string     `firestore:"run"`
	Instance        string     `firestore:"instance"`  // the process of that run
	RenewedAt       time.Time  `firestore:"renewedAt"` // the lease's beginning, by the database's clock
	WatchedAt       *time.Time `firestore:"watchedAt"` // when somebody last read along on another instance; null: nobody did
	CancelRequested bool       `firestore:"cancelRequested"`
	Day             string     `firestore:"day"`  // whose quota the turn counts against
	Held            int        `firestore:"held"` // output tokens set aside while it runs
	CreatedAt       time.Time  `firestore:"createdAt"`
	FinishedAt      *time.Time `firestore:"finishedAt"` // null while running

	Intent      *intent.Intent `firestore:"intent"`      // what the prompt asks for; null for saves and restores
	Continues   string         `firestore:"continues"`   // the turn that this one goes on with; "" for none
	ContinuedBy string         `firestore:"continuedBy"` // the turn that goes on with this one

	Reply        string             `firestore:"reply"`   // the text as it was streamed, once the turn has ended
	Length       int                `firestore:"length"`  // of Reply, in bytes
	Version      int                `firestore:"version"` // the version that it made; 0: none
	Source       project.Source     `firestore:"source"`
	GeneratedBy  string             `firestore:"generatedBy"`
	FinishReason worker.Finish      `firestore:"finishReason"`
	Usage        worker.Usage       `firestore:"usage"`
	Warnings     []artifact.Warning `firestore:"warnings"`
	Notices      []string           `firestore:"notices"`
	Error        *Failure           `firestore:"error"` // null unless failed or interrupted
}

// Failure is the error that a turn ended in, as a client was told of it.
type Failure struct {
	Code    errs.Code      `firestore:"code"`
	Reason  errs.Reason    `firestore:"reason"`
	Message string         `firestore:"message"`
	Details map[string]any `firestore:"details"`
}

// failure is the error that everybody is told who asks for t.
func (t Turn) failure(k Key) *errs.Error {
	e := errs.New(t.Error.Code, t.Error.Reason, "%s", t.Error.Message)
	if t.Error.Details != nil {
		e.Details = t.Error.Details
	}
	return e.With("turnId", k.TurnID).With("projectId", k.ProjectID).With("state", t.State).With("length", t.Length)
}

// charged says what the turn costs its user: templates, and what failed or was
// interrupted, cost nothing.
func (t Turn) charged() (turns, tokens int) {
	kept := t.State == Complete || t.State == Partial || t.State == Cancelled
	if t.Kind != Generate || t.Source != project.Worker || !kept {
		return 0, 0
	}
	return 1, t.Usage.OutputTokens
}

// Segment is a piece of a running turn's text, stored as
// projects/{id}/turns/{turnId}/segments/{offset}: it outlives the instance that
// carries the turn. One that could not be stored for certain is stored again,
// perhaps longer.
type Segment struct {
	Offset int    `firestore:"-"` // in the turn's text, in bytes
	Text   string `firestore:"text"`
	// What was said of the turn until the end of Text.
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

// ProjectID is the id of the project that a user's turn starts. It is derived,
// so a client that never got an answer finds its project again by sending the
// same turn.
func ProjectID(uid, turnID string) string {
	sum := sha256.Sum256([]byte(uid + "\x00" + turnID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:20]
}

// Cursor is the position in a turn's text where a client has stopped reading: a
// cursor that it was sent, or "" for the start. INVALID_ARGUMENT for anything
// else.
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

// Result is a turn that has ended without an error, with what a client shows.
type Result struct {
	Turn      Turn
	ProjectID string
	Name      string          // the project's
	Files     []artifact.File // of the version it made, else the current one's, else those in the reply
	Code      string          // those files as one HTML document; never empty when the turn is complete
}

// Event is one message of a turn's stream.
type Event struct {
	Type        string         `json:"type"`
	TurnID      string         `json:"turnId,omitempty"`
	ProjectID   string         `json:"projectId,omitempty"`
	Phase       worker.Phase   `json:"phase,omitempty"`
	Progress    float64        `json:"progress,omitempty"` // of the phase, from 0 to 1
	Position    int            `json:"position,omitempty"` // in the queue: 1 is next
	Source      project.Source `json:"source,omitempty"`
	GeneratedBy string         `json:"generatedBy,omitempty"`
	Text        string         `json:"text,omitempty"`
	Cursor      string         `json:"cursor,omitempty"` // opaque: where the text goes on after this event
	Path        string         `json:"path,omitempty"`
	State       string         `json:"state,omitempty"`
}

// lasting events are told again to who resumes behind them.
func (e Event) lasting() bool { return e.Type != "status" && e.Type != "file" }

func accepted(k Key) Event {
	return Event{Type: "accepted", TurnID: k.TurnID, ProjectID: k.ProjectID}
}

func status(d worker.Delta) Event {
	return Event{Type: "status", Phase: d.Phase, Progress: d.Progress, Position: d.Position}
}

func source(s project.Source, generatedBy string) Event {
	return Event{Type: "source", Source: s, GeneratedBy: generatedBy}
}

func notice(text string) Event { return Event{Type: "notice", Text: text} }

func file(e reply.Event) Event {
	if e.Done {
		return Event{Type: "file", Path: e.Path, State: "done"}
	}
	return Event{Type: "file", Path: e.Path, State: "open"}
}
