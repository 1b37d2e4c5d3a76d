package dialect

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"dreambuild.dev/backend/internal/worker"
	"github.com/tmaxmax/go-sse"
)

// chatPath is OpenAI's chat endpoint, which all but Ollama are asked by.
const chatPath = "/v1/chat/completions"

// chat is what the servers have in common that are asked there: most of them
// neither count for others nor tell how they load.
type chat struct{}

func (chat) path() string { return chatPath }

func (chat) count(context.Context, *Worker, known, worker.Prompt) (int, error) {
	return 0, worker.ErrNoCount
}

func (chat) warm(context.Context, *Worker, known, func(float64) bool) error { return nil }

// counted asks for the tokens of a prompt; worker.ErrNoCount of an older build,
// which does not know the path.
func (w *Worker) counted(ctx context.Context, path string, prompt any) (int, error) {
	var n struct {
		LlamaCpp int `json:"input_tokens"`
		VLLM     int `json:"count"`
	}
	err := w.ask(ctx, path, prompt, &n)
	tokens := n.LlamaCpp + n.VLLM
	if worker.KindOf(err) == worker.Refused || err == nil && tokens == 0 {
		return 0, worker.ErrNoCount
	}
	return tokens, err
}

type chatMessage struct {
	Role    worker.Role `json:"role"`
	Content string      `json:"content"`
}

// chatRequest is what every server takes, and what only some do.
type chatRequest struct {
	Model       string        `json:"model,omitempty"`
	Messages    []chatMessage `json:"messages"`
	Stream      bool          `json:"stream"` // always: others notice late that nobody reads
	MaxTokens   int           `json:"max_tokens"`
	Temperature float64       `json:"temperature"`

	StreamOptions        map[string]bool `json:"stream_options,omitempty"`
	ReturnProgress       bool            `json:"return_progress,omitempty"`        // llama.cpp
	ContinueFinalMessage bool            `json:"continue_final_message,omitempty"` // vLLM
	AddGenerationPrompt  *bool           `json:"add_generation_prompt,omitempty"`  // vLLM
}

// goOn asks in words for what a server cannot be made to do.
const goOn = "Your answer was cut off. Write the rest of it: begin exactly where it stopped, in the middle of the line if need be. Repeat nothing, and write no introduction."

// conversation is a prompt as messages. A server that continues gets what the
// reply has so far as the last one.
func conversation(p worker.Prompt, continues bool) []chatMessage {
	messages := make([]chatMessage, 0, len(p.Messages)+3)
	if p.System != "" {
		messages = append(messages, chatMessage{"system", p.System})
	}
	for _, m := range p.Messages {
		messages = append(messages, chatMessage{m.Role, m.Text})
	}
	switch {
	case p.Reply != "":
		messages = append(messages, chatMessage{worker.Assistant, p.Reply})
		if !continues {
			messages = append(messages, chatMessage{worker.User, goOn})
		}
	case p.Prefill != "" && continues:
		messages = append(messages, chatMessage{worker.Assistant, p.Prefill})
	}
	return messages
}

func ask(p worker.Prompt, k known) chatRequest {
	return chatRequest{Model: k.model, Messages: conversation(p, k.about.Continues), Stream: true, MaxTokens: p.MaxTokens, Temperature: p.Temperature}
}

// maxEvent bounds one event or line of a stream, in bytes: some servers send a
// reply in one piece, and those that go on with one tell it back at first.
func maxEvent(p worker.Prompt) int { return 128<<10 + len(p.Reply)*5/4 }

var withUsage = map[string]bool{"include_usage": true}

// chunk is one event of a chat stream.
type chunk struct {
	Error   json.RawMessage `json:"error"`
	Model   string          `json:"model"`
	Choices []struct {
		Finish *string `json:"finish_reason"`
		Delta  struct {
			Content          *string `json:"content"`
			Reasoning        string  `json:"reasoning"`
			ReasoningContent string  `json:"reasoning_content"`
		} `json:"delta"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
	} `json:"usage"`
	Progress *struct {
		Total     int `json:"total"`
		Processed int `json:"processed"`
	} `json:"prompt_progress"`
}

// readChat reads OpenAI's stream. A finish reason must have come, and, from a
// server that sends it, [DONE]. Comments are pings and no sign of progress; a
// role is no output; usage may stand in any chunk.
func readChat(body io.Reader, p worker.Prompt, continues, saysDone bool) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		var last worker.Delta
		text := newEcho(p, continues)
		for event, err := range sse.Read(body, &sse.ReadConfig{MaxEventSize: maxEvent(p)}) {
			if err != nil {
				yield(worker.Delta{}, err)
				return
			}
			if event.Data == "[DONE]" {
				saysDone = false // and has
				break
			}
			var c chunk
			if err := json.Unmarshal([]byte(event.Data), &c); err != nil {
				yield(worker.Delta{}, fmt.Errorf("worker sent %.100q: %w", event.Data, err))
				return
			}
			if isSet(c.Error) {
				yield(worker.Delta{}, errorOf(c.Error))
				return
			}
			if c.Model != "" {
				last.Model = c.Model
			}
			if u := c.Usage; u != nil {
				last.Usage = worker.Usage{InputTokens: u.Prompt, OutputTokens: u.Completion}
			}
			if g := c.Progress; g != nil && g.Total > 0 {
				if !yield(worker.Delta{Phase: worker.Reading, Progress: float64(g.Processed) / float64(g.Total)}, nil) {
					return
				}
			}
			for _, choice := range c.Choices {
				if choice.Finish != nil && *choice.Finish != "" {
					if last.Finish, err = finish(*choice.Finish); err != nil {
						yield(worker.Delta{}, err)
						return
					}
				}
				d := worker.Delta{Model: last.Model, Thinking: choice.Delta.Reasoning != "" || choice.Delta.ReasoningContent != ""}
				if choice.Delta.Content != nil {
					d.Text = text.next(*choice.Delta.Content)
				}
				if (d.Text != "" || d.Thinking) && !yield(d, nil) {
					return
				}
			}
		}
		if last.Finish == "" || saysDone {
			yield(worker.Delta{}, errTruncated)
			return
		}
		last.Text = text.rest()
		yield(last, nil)
	}
}

// finish reads a finish reason. Servers have many words for a natural end, and
// some for none: vLLM and SGLang tell abort, error and repetition, others a
// filter.
func finish(reason string) (worker.Finish, error) {
	switch reason {
	case "length", "max_tokens":
		return worker.Length, nil
	case "abort", "aborted", "cancelled", "error", "repetition", "content_filter":
		return "", fmt.Errorf("the reply ended by %q", reason)
	}
	return worker.Stop, nil
}

// echo sees to it that a reply which a server continues has its beginning once:
// servers tell it back, or not, and a turn wants it for a prefill, but not for
// the rest of a reply.
type echo struct {
	begin string // of the reply
	keep  bool   // it is part of the text
	at    int    // so much of it was told back
	over  bool
}

func newEcho(p worker.Prompt, continues bool) *echo {
	switch {
	case !continues:
		return &echo{over: true}
	case p.Reply != "":
		return &echo{begin: p.Reply}
	}
	return &echo{begin: p.Prefill, keep: true}
}

func (e *echo) next(text string) string {
	if e.over || text == "" {
		return text
	}
	switch left := e.begin[e.at:]; {
	case strings.HasPrefix(text, left):
		text = text[len(left):]
	case strings.HasPrefix(left, text):
		e.at += len(text)
		return "" // more of it may come
	default: // it was none
		text = e.begin[:e.at] + text
	}
	return e.end(text)
}

// rest is what is held back when the reply ends: what has not become an echo was
// none.
func (e *echo) rest() string {
	if e.over || e.at == 0 {
		return ""
	}
	return e.end(e.begin[:e.at])
}

func (e *echo) end(text string) string {
	e.over = true
	if e.keep {
		return e.begin + text
	}
	return text
}
