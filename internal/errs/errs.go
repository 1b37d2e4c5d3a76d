// Package errs is how this backend says that something went wrong: one of the
// sixteen canonical codes (they are the codes that a Firebase client sees), a
// reason that a program can act on, a message for the user, details, and a
// cause for the log.
//
// It knows nothing of HTTP. The code and reason are chosen where the reason is
// known; every other error stays a plain wrapped one and reaches the client as
// INTERNAL without its text.
package errs

import (
	"context"
	"errors"
	"fmt"
	"maps"
)

// Code is a canonical status code, spelled as it stands on the wire.
type Code string

// The sixteen codes. There is no OK: an error never has it, because the
// JavaScript client takes an error with status OK for a success without result.
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

// Reason says what a program can do next where the code alone does not. It
// travels as details.reason.
type Reason string

// All reasons, in one list.
const (
	BadRequest        Reason = "bad-request"        // the request itself is wrong; sending it again does not help
	KeysUnavailable   Reason = "keys-unavailable"   // tokens cannot be checked just now: try again
	NoCaller          Reason = "sign-in-required"   // the function needs a signed-in user
	SessionEnded      Reason = "session-ended"      // the cookie or token is no longer good: sign in, then openModelSession
	NoSuchFunction    Reason = "no-such-function"   // no function has that name
	NoSuchProject     Reason = "no-such-project"    // absent or deleted
	NoSuchVersion     Reason = "no-such-version"    // the project has no version of that number
	NoSuchTurn        Reason = "no-such-turn"       // the project has no turn of that id
	TurnReused        Reason = "turn-reused"        // the turnId was used with another request: make a new one
	TurnInProgress    Reason = "turn-in-progress"   // the project has a running turn: wait for it
	WorkerUnavailable Reason = "worker-unavailable" // no worker answered
	WorkerLost        Reason = "worker-lost"        // the worker went away after its first output
	EditRefused       Reason = "edit-refused"       // the model's changes do not fit the files, asked again too: say it in other words
	Interrupted       Reason = "interrupted"        // the instance that carried the turn stopped
	ShuttingDown      Reason = "shutting-down"      // this instance takes no more calls: try again
	StoreUnavailable  Reason = "store-unavailable"  // the database did not answer: try again
	TurnContinues     Reason = "turn-continues"     // the call was cut off, the turn goes on: resumeTurn
	AlreadyContinued  Reason = "already-continued"  // another turn goes on with that one: details.continuedBy
	NotContinuable    Reason = "not-continuable"    // the turn is whole, or still runs: there is nothing to go on with
	ConcurrentTurns   Reason = "concurrent-turns"   // as many turns run as the plan allows: wait for one
	DailyTurns        Reason = "daily-turns"        // the day's turns are used up until details.resetsAt
	DailyTokens       Reason = "daily-tokens"       // likewise its output tokens
	TooLong           Reason = "too-long"           // the prompt does not fit
	TooLarge          Reason = "too-large"          // a file, a set of files or a request is over its limit
	AdminOnly         Reason = "admin-only"         // the function needs the claim admin
	PlanRequired      Reason = "plan-required"      // the caller's plan may not use the model; details.plans may
	MonthlyBytes      Reason = "monthly-bytes"      // the month's download budget is used up until details.resetsAt
	NoModels          Reason = "no-models"          // this deployment has no bucket of models
	NoSuchModel       Reason = "no-such-model"      // no model of that id was published
	NoSuchFile        Reason = "no-such-file"       // the manifest has no such path
	NotPublished      Reason = "not-published"      // the revision is not (yet) published
	Incomplete        Reason = "incomplete"         // the revision's upload is; details.problems say what is wrong
	RevisionChanged   Reason = "revision-changed"   // an object of a published revision changed: upload a new revision
	Quarantined       Reason = "quarantined"        // the revision was withdrawn: use another
	BucketUnavailable Reason = "bucket-unavailable" // Cloud Storage did not answer: try again
	SignerUnavailable Reason = "signer-unavailable" // URLs cannot be signed just now: try again
)

// Error is an error that a client may see: all of it but Cause.
type Error struct {
	Code    Code
	Reason  Reason // "" only where the code says it all
	Message string // a sentence for the user
	Details any    // what a program may want to know: here a map, e.g. with "turnId"; nil for none
	Cause   error  // for the log alone
}

// New makes an Error whose message is written for the user.
func New(code Code, reason Reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Because returns e with the cause that the log shall show.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// With returns e with one more detail. Details that are no map stay as they are.
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

// Detail is one of the details; nil if there is none of that key.
func (e *Error) Detail(key string) any {
	details, _ := e.Details.(map[string]any)
	return details[key]
}

// Error is for logs: it holds the cause, so it must never reach a client.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Reason != "" {
		s += " (" + string(e.Reason) + ")"
	}
	s += ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of finds what a client is told of err: the Error in its chain; CANCELLED or
// DEADLINE_EXCEEDED for an error of a context; INTERNAL for all else. It
// returns nil for nil.
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
