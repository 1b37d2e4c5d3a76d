// Package worker holds the words in which a turn talks to an inference server:
// a prompt, and a reply that comes in deltas.
//
// How the various servers speak is left to package dialect.
package worker

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
	System   string
	Messages []Message // the last one is the user's
	// Prefill is where the reply is to start. A dialect that cannot continue
	// a reply leaves it out; where one can, it is the first text of the reply.
	Prefill     string
	MaxTokens   int
	Temperature float64
}

// Delta is one piece of a reply. The last one of a whole reply, and only that,
// has a Finish.
type Delta struct {
	Text   string
	Model  string // the model's name for people; in each delta
	Finish Finish
	Usage  Usage // with Finish
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
