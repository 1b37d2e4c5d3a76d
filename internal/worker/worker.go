// Package worker holds the words in which a turn talks to an inference server:
// a prompt, and a reply that comes in deltas. Its Pools decide which server is
// asked, who waits for one, who is asked again, and what of a conversation fits;
// they join a reply to what there was of it when a model goes on in words.
//
// How the various servers speak is left to package dialect.
package worker

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Role says who wrote a message of a conversation.
type Role string

const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one line of a conversation.
type Message struct {
	Role Role
	Text string
}

// Prompt is what a worker is asked in one call.
type Prompt struct {
	Plan     string // whose pool answers; for a plan without one, the cheapest plan's
	System   string
	Messages []Message // the last one is the user's
	// Prefill is where the reply is to start. A dialect that cannot continue
	// a reply leaves it out; where one can, it is the first text of the reply.
	Prefill string
	// Reply is what there is already of a reply that was cut. The answer goes on
	// right behind it, without repeating it.
	Reply       string
	MaxTokens   int
	Temperature float64
}

// Phase is what a worker does before its first text.
type Phase string

const (
	Queued   Phase = "queued"   // others are before us
	Loading  Phase = "loading"  // the model is on its way to memory
	Reading  Phase = "prefill"  // it reads the prompt
	Retrying Phase = "retrying" // the last attempt brought nothing
)

// Delta is one piece of a reply. The last one of a whole reply, and only that,
// has a Finish.
type Delta struct {
	Text   string
	Model  string // the model's name for people; with a Text and with Finish
	Finish Finish
	Usage  Usage // with Finish

	// Before the first text there may be deltas without any, which say how it
	// goes.
	Phase    Phase
	Progress float64 // of Loading and Reading, from 0 to 1; 0 where nothing is told
	Position int     // of Queued: 1 is next; 0 where nothing is told
	LeftOut  int     // messages of the conversation that did not fit
	Thinking bool    // the model writes what is no part of the reply
}

// Finish says why a reply ended.
type Finish string

const (
	Stop   Finish = "stop"   // the model had said all
	Length Finish = "length" // at the token limit or the end of its context
	// Cancelled is for turns: no worker says it.
	Cancelled Finish = "cancelled"
)

// Usage is what a reply cost.
type Usage struct {
	InputTokens  int `json:"inputTokens" firestore:"inputTokens"`
	OutputTokens int `json:"outputTokens" firestore:"outputTokens"`
}

// Plus adds up two calls of one turn.
func (u Usage) Plus(v Usage) Usage {
	return Usage{u.InputTokens + v.InputTokens, u.OutputTokens + v.OutputTokens}
}

// Worker is one inference server.
type Worker interface {
	// Name is the server's address, for operators.
	Name() string
	// About says what the server is. It asks once, and again after a Fault.
	About(ctx context.Context) (About, error)
	// Check asks whether the server lives. It costs the server next to nothing.
	Check(ctx context.Context) error
	// Count is how many tokens a prompt has for the server's model;
	// ErrNoCount where the server does not say.
	Count(ctx context.Context, p Prompt) (int, error)
	// Generate answers a prompt. Without an error the reply is whole. Errors: a
	// *Fault; INVALID_ARGUMENT too-long; the cause of ctx when it ends. Leaving
	// the loop stops the server.
	Generate(ctx context.Context, p Prompt) iter.Seq2[Delta, error]
}

// About is what is known of a server.
type About struct {
	Dialect   string
	Model     string   // its name for people
	Context   int      // tokens that prompt and reply may have together; 0: unknown
	Parallel  int      // how many calls it works on at once
	Continues bool     // it goes on with a reply that has begun
	Strict    bool     // it refuses a prompt that is too long, rather than cut it
	Refuses   []string // fields of a request that it does not take
}

// ErrNoCount is of a server that does not count tokens for others.
var ErrNoCount = errors.New("the worker counts no tokens")

// Fault is why a worker gave no whole reply.
type Fault struct {
	Kind       FaultKind
	RetryAfter time.Duration // what the worker asked for; 0: nothing
	Err        error
}

// FaultKind says what can be done about a Fault.
type FaultKind string

const (
	Unreachable FaultKind = "unreachable" // no connection, no answer in time, or a 5xx
	Busy        FaultKind = "busy"        // it takes no more calls just now
	NotReady    FaultKind = "not ready"   // it loads its model
	Refused     FaultKind = "refused"     // a 4xx: asking again does not help
	Broken      FaultKind = "broken"      // the reply began, and did not come to its end
)

func (f *Fault) Error() string { return fmt.Sprintf("the worker is %s: %v", f.Kind, f.Err) }

// Unwrap returns what happened.
func (f *Fault) Unwrap() error { return f.Err }

// KindOf is the kind of a Fault; "" for other errors.
func KindOf(err error) FaultKind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return ""
}
