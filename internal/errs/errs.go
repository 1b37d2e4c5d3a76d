// Package errs defines the errors that clients see. An error has one of the
// sixteen canonical codes (those of Firebase clients), a reason that a program
// can act on, a message for the user, details, and a cause for the log.
//
// The package knows nothing of HTTP. Code and reason are chosen where the reason
// is known. Every other error stays a plain wrapped one, and the client sees it
// as INTERNAL without its text.
package errs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"unicode/utf8"
)

// Code is a canonical status code, spelled as on the wire.
type Code string

// The sixteen codes. OK is not among them: the JavaScript client treats an error
// with status OK as a success without a result.
const (
	Cancelled          Code = "CANCELLED"
	Unknown            Code = "UNKNOWN"
	InvalidArgument    Code = "INVALID_ARGUMENT"
	DeadlineExceeded   Code = "DEADLINE_EXCEEDED"
	NotFound           Code = "NOT_FOUND"
	AlreadyExists      Code = "ALREADY_EXISTS"
	PermissionDenied   Code = "PERMISSION_DENIED"
	Unauthenticated    Code = "UNAUTHENTICATED"
	ResourceExhausted  Code = "RESOURCE_EXHAUSTED"
	FailedPrecondition Code = "FAILED_PRECONDITION"
	Aborted            Code = "ABORTED"
	OutOfRange         Code = "OUT_OF_RANGE"
	Unimplemented      Code = "UNIMPLEMENTED"
	Internal           Code = "INTERNAL"
	Unavailable        Code = "UNAVAILABLE"
	DataLoss           Code = "DATA_LOSS"
)

// Reason says what a program can do next where the code alone does not. On the
// wire it is details.reason.
type Reason string

// All reasons, in one list.
const (
	BadRequest        Reason = "bad-request"        // the request itself is wrong; sending it again does not help
	KeysUnavailable   Reason = "keys-unavailable"   // tokens cannot be checked just now: try again
	NoCaller          Reason = "sign-in-required"   // the function needs a signed-in user
	SessionEnded      Reason = "session-ended"      // the cookie or token is no longer good: sign in, then openModelSession
	AppCheckUsed      Reason = "app-check-used"     // the App Check token was used before: try again with a new one, of limited use
	Denied            Reason = "denied"             // the operator has blocked the caller's account
	AccountDeleted    Reason = "account-deleted"    // the account is being deleted, or was: sign out
	RecentSignIn      Reason = "recent-sign-in"     // the sign-in is too old for this: let the user sign in again, then call again
	NotSetUp          Reason = "not-set-up"         // the operator has not set up what the function needs
	NoSuchFunction    Reason = "no-such-function"   // no function has that name
	NoSuchProject     Reason = "no-such-project"    // absent or deleted
	NoSuchVersion     Reason = "no-such-version"    // the project has no version with that number
	VersionEmptied    Reason = "version-emptied"    // the contents of so old a version are not kept
	NoSuchTurn        Reason = "no-such-turn"       // the project has no turn with that id
	TurnReused        Reason = "turn-reused"        // the turnId was used for another request: send a new one
	TurnInProgress    Reason = "turn-in-progress"   // the project has a running turn: wait for it
	WorkerUnavailable Reason = "worker-unavailable" // no worker answered
	WorkerLost        Reason = "worker-lost"        // the worker failed after its first output
	EditRefused       Reason = "edit-refused"       // the model's changes do not fit the files, even after a second try: use other words
	Interrupted       Reason = "interrupted"        // the instance that ran the turn stopped
	Overloaded        Reason = "overloaded"         // this instance has too much to do: try again after details.retryAfter seconds
	ShuttingDown      Reason = "shutting-down"      // this instance takes no more calls: try again
	StoreUnavailable  Reason = "store-unavailable"  // the database did not answer: try again
	TurnContinues     Reason = "turn-continues"     // the call reached its time limit, the turn continues: call resumeTurn
	AlreadyContinued  Reason = "already-continued"  // another turn already continues that one: details.continuedBy
	NotContinuable    Reason = "not-continuable"    // the turn is complete or still runs: there is nothing to continue
	ConcurrentTurns   Reason = "concurrent-turns"   // the plan's limit of running turns is reached: wait for one to end
	DailyTurns        Reason = "daily-turns"        // the day's turns are used up until details.resetsAt
	DailyTokens       Reason = "daily-tokens"       // the day's output tokens are used up until details.resetsAt
	DailyInputTokens  Reason = "daily-input-tokens" // the day's input tokens are used up until details.resetsAt
	DailyCeiling      Reason = "daily-ceiling"      // all users together have used up the day, until details.resetsAt
	TurnsPerMinute    Reason = "turns-per-minute"   // too many turns began within a minute: try again after details.retryAfter
	TooManyCalls      Reason = "too-many-calls"     // too many calls of the user, or of the address, within a minute: try again after details.retryAfter
	TooManyStreams    Reason = "too-many-streams"   // the user reads too many streams at once: try again after details.retryAfter
	TooLong           Reason = "too-long"           // the prompt does not fit
	TooLarge          Reason = "too-large"          // a file, a set of files or a request is over its limit
	AdminOnly         Reason = "admin-only"         // the function needs the claim admin
	PlanRequired      Reason = "plan-required"      // the caller's plan does not include the model; details.plans lists those that do
	StoredBytes       Reason = "stored-bytes"       // the user's projects hold as much as the plan allows: delete some
	TooManyProjects   Reason = "too-many-projects"  // the user has as many projects as the plan allows: delete some
	DailySaves        Reason = "daily-saves"        // the day's saves and restores are used up until details.resetsAt
	MonthlyBytes      Reason = "monthly-bytes"      // the month's download budget is used up until details.resetsAt
	NoModels          Reason = "no-models"          // this deployment has no bucket of models
	NoSuchModel       Reason = "no-such-model"      // no model with that id is published
	NoSuchFile        Reason = "no-such-file"       // the model has no file with that path
	NotPublished      Reason = "not-published"      // the revision is not published, or not yet
	Incomplete        Reason = "incomplete"         // the revision's upload is incomplete; details.problems lists what is wrong
	RevisionChanged   Reason = "revision-changed"   // a file of a published revision was changed in the bucket: upload a new revision
	Quarantined       Reason = "quarantined"        // the revision was withdrawn: use another
	BucketUnavailable Reason = "bucket-unavailable" // Cloud Storage did not answer: try again
	SignerUnavailable Reason = "signer-unavailable" // URLs cannot be signed just now: try again
)

// Error is an error for a client, who sees everything except Cause.
type Error struct {
	Code    Code
	Reason  Reason // "" only where the code says enough
	Message string // a sentence for the user
	Details any    // for programs: a map such as {"turnId": …}, or nil
	Cause   error  // for the log alone; it must not hold what users write

	logged string // Message for the log
}

// New makes an Error. The format and args make its message, which is for the user.
// The log has the format with the numbers of args, and of each text only its
// beginning: it may be what a user wrote. A [Logged] text is there whole.
func New(code Code, reason Reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...), logged: fmt.Sprintf(format, forLog(args)...)}
}

// Logged is a text that no user wrote, such as the name of a model's file.
type Logged string

// mostLogged is how many bytes of a text of unknown origin the log may have.
const mostLogged = 15

// forLog returns args as the log shows them.
func forLog(args []any) []any {
	const more = "…"
	all := make([]any, len(args))
	for i, arg := range args {
		all[i] = more
		switch v := reflect.ValueOf(arg); v.Kind() {
		case reflect.String:
			text := v.String()
			if _, ours := arg.(Logged); !ours && len(text) > mostLogged {
				n := mostLogged - len(more)
				for n > 0 && !utf8.RuneStart(text[n]) {
					n--
				}
				text = text[:n] + more
			}
			all[i] = text
		case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
			all[i] = arg
		}
	}
	return all
}

// OfPanic returns the value of a panic as an error for the log. Only the runtime's
// own panics have their text: others may hold what users write. The stack tells the
// rest.
func OfPanic(value any) error {
	if e, ok := value.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", e)
	}
	return fmt.Errorf("panic: a %T", value)
}

// BadToken is the error for a caller whose token is not good, in the words of the
// reference server: UNAUTHENTICATED, without a reason.
func BadToken(cause error) *Error {
	return New(Unauthenticated, "", "Unauthenticated").Because(cause)
}

// AccountGone is the error for a caller whose account is being deleted, or was:
// UNAUTHENTICATED account-deleted.
func AccountGone() *Error {
	return New(Unauthenticated, AccountDeleted, "This account was deleted. What it had is gone, or soon will be.")
}

// StoreLate is the error for a call whose time is over while the database is
// silent: UNAVAILABLE store-unavailable with retryAfter.
func StoreLate() *Error {
	return New(Unavailable, StoreUnavailable, "The database does not answer in time. Try again.").With("retryAfter", 5)
}

// Because returns a copy of e with a cause, which only the log shows.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// With returns a copy of e with one more detail. If e's details are not a map, it
// returns e.
func (e *Error) With(key string, value any) *Error {
	details, ok := e.Details.(map[string]any)
	if !ok && e.Details != nil {
		return e
	}
	more := make(map[string]any, len(details)+1)
	maps.Copy(more, details)
	more[key] = value
	c := *e
	c.Details = more
	return &c
}

// Detail returns the detail with the given key, nil if there is none.
func (e *Error) Detail(key string) any {
	details, _ := e.Details.(map[string]any)
	return details[key]
}

// Error returns a text for logs, without what users write. It holds the cause, so it
// must never reach a client.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Reason != "" {
		s += " (" + string(e.Reason) + ")"
	}
	if e.logged != "" {
		s += ": " + e.logged
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns what a client sees of err: the Error in its chain, CANCELLED or
// DEADLINE_EXCEEDED for an error of a context, INTERNAL for anything else, nil
// for nil.
func Of(err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return New(Cancelled, "", "The call was cancelled.").Because(err)
	case errors.Is(err, context.DeadlineExceeded):
		return New(DeadlineExceeded, "", "The call took too long.").Because(err)
	default:
		return New(Internal, "", "INTERNAL").Because(err)
	}
}
