// Package worker asks inference servers: a turn gives it a prompt, and gets a reply
// in deltas. Its Pools decide which server is asked, which calls wait, what is
// tried again, and which messages of a conversation fit; where a server cannot
// continue a reply by itself, they join the two parts.
//
// Package dialect knows how each kind of server speaks. README.md is for whoever
// hosts a worker.
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
	Plan     string // whose pool answers; for a plan without a pool, the lowest plan's
	UID      string // of the user who asks: users take turns in the queue; "": one of its own
	System   string
	Messages []Message // the last one is the user's
	// Prefill is text that the reply starts with, and the first text that comes
	// back. A dialect that cannot continue a reply leaves it out.
	Prefill string
	// Reply is the reply so far, if it was cut. The answer continues it and does
	// not repeat it.
	Reply string
	// NoThinking asks a model that thinks to answer at once.
	NoThinking  bool
	MaxTokens   int
	Temperature float64
}

// Phase is what happens before a reply's first text.
type Phase string

const (
	Queued    Phase = "queued"    // the call waits for a place at a worker
	Loading   Phase = "loading"   // the worker loads its model
	Reading   Phase = "prefill"   // the model reads the prompt
	Retrying  Phase = "retrying"  // the last attempt brought nothing
	Repairing Phase = "repairing" // what the answer says does not work: the model is asked to mend it
)

// Delta is one piece of a reply. The last one of a whole reply, and only that,
// has a Finish.
type Delta struct {
	Text   string
	Model  string // the model's name for people; with a Text and with Finish
	Finish Finish
	Usage  Usage // with Finish

	// Before the first text there may be deltas without text, which say what
	// happens.
	Phase    Phase
	Progress float64 // of Loading and Reading, from 0 to 1; 0: unknown
	Position int     // of Queued: 1 is next; 0: unknown
	LeftOut  int     // messages of the conversation that did not fit
	Thinking bool    // the model writes its reasoning, which is no part of the reply

	// Sent is the number of tokens of the prompt, about, as PromptTokens counts them.
	// It comes once an attempt that reached a worker, at the latest before the
	// attempt's error, and again if the worker was asked anew because it said nothing.
	// An attempt that was turned away unread has none.
	Sent int
	// Unseen is the number of tokens, about, that the worker wrote and that are not in
	// Text: reasoning, and what it repeated of the reply so far. It is below 0 where
	// Text has what was unseen before.
	Unseen int
	// InWords comes before the first text of a reply that continues another one: the
	// server was asked in words to continue, and may repeat some of it.
	InWords bool
}

// Finish says why a reply ended.
type Finish string

const (
	Stop   Finish = "stop"   // the model ended it
	Length Finish = "length" // it reached the token limit or filled the context; of a turn: its answer was cut
	// Cancelled is for turns: no worker reports it.
	Cancelled Finish = "cancelled"
)

// Usage is how many tokens a reply cost.
type Usage struct {
	InputTokens  int `json:"inputTokens" firestore:"inputTokens"`
	OutputTokens int `json:"outputTokens" firestore:"outputTokens"`
}

// within returns what a call can have cost: the context bounds what a worker reads,
// and the call says how much it may write. A context of 0 is unknown.
func (u Usage) within(context, maxTokens int) Usage {
	if context > 0 {
		u.InputTokens = min(u.InputTokens, context)
	}
	return Usage{max(0, u.InputTokens), max(0, min(u.OutputTokens, maxTokens))}
}

// Plus returns the sum of two calls' usage.
func (u Usage) Plus(v Usage) Usage {
	return Usage{u.InputTokens + v.InputTokens, u.OutputTokens + v.OutputTokens}
}

// PromptTokens estimates how many tokens a prompt has, for what a user is charged:
// rather the usual number than the largest one. Models differ.
func PromptTokens(p Prompt) int {
	bytes, dense := size(p)
	return bytes/bytesPerToken + dense
}

// ReplyTokens estimates how many tokens a piece of a reply has: one, unless the
// worker has gathered several in it.
func ReplyTokens(piece string) int {
	const long = 32 // bytes; no token is longer
	switch {
	case piece == "":
		return 0
	case len(piece) <= long:
		return 1
	}
	return len(piece) / bytesPerToken
}

const bytesPerToken = 4 // of English and code, with most models

// Worker is one inference server.
type Worker interface {
	// Name is the server's address, for operators.
	Name() string
	// About says what the server is. It asks once, and again after a Fault.
	About(ctx context.Context) (About, error)
	// Check asks the server for a sign of life, which costs it next to nothing.
	Check(ctx context.Context) error
	// Count returns how many tokens a prompt has for the server's model;
	// ErrNoCount if the server cannot count.
	Count(ctx context.Context, p Prompt) (int, error)
	// Generate answers a prompt, and says when the server has got it (Delta.Sent). A
	// reply that ends without an error is whole.
	// Errors: a *Fault; INVALID_ARGUMENT too-long; the cause of ctx when it ends.
	// Leaving the loop stops the server.
	Generate(ctx context.Context, p Prompt) iter.Seq2[Delta, error]
}

// About is what is known of a server.
type About struct {
	Dialect    string   // one of Dialects
	Model      string   // its name for people
	Parameters int64    // the model's weights, as llama.cpp and Ollama count them; 0: unknown
	Context    int      // tokens that prompt and reply may have together; 0: unknown
	Parallel   int      // calls that it works on at once
	Continues  bool     // it can continue a reply that has begun
	Strict     bool     // it refuses a prompt that is too long, and does not cut it
	Refuses    []string // what it does not take: fields of a request, or a part in words
}

// Dialects returns the names of the kinds of servers that package dialect speaks
// to, sorted.
func Dialects() []string { return []string{"llamacpp", "ollama", "openai", "transformers", "vllm"} }

// ErrNoCount means that the server cannot count tokens.
var ErrNoCount = errors.New("the worker counts no tokens")

// Fault is why a worker gave no whole reply.
type Fault struct {
	Kind       FaultKind
	RetryAfter time.Duration // how long the worker asks to wait; 0: it does not
	Err        error
}

// FaultKind says what can be done about a Fault.
type FaultKind string

const (
	Unreachable FaultKind = "unreachable" // no connection, no answer in time, or a 5xx
	Busy        FaultKind = "busy"        // it takes no more calls at the moment
	NotReady    FaultKind = "not ready"   // it loads its model
	Refused     FaultKind = "refused"     // a 4xx: asking again does not help
	Broken      FaultKind = "broken"      // the reply began, and did not reach its end
)

func (f *Fault) Error() string { return fmt.Sprintf("the worker is %s: %v", f.Kind, f.Err) }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// KindOf returns the kind of a Fault; "" for other errors.
func KindOf(err error) FaultKind {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Kind
	}
	return ""
}
