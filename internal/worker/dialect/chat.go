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

// chatPath is OpenAI's chat endpoint. Only Ollama is asked by another one.
const chatPath = "/v1/chat/completions"

// chat is what the servers with that endpoint share: most of them neither count
// tokens nor report how their model loads.
type chat struct{}

func (chat) path() string { return chatPath }

func (chat) count(context.Context, *Worker, known, worker.Prompt) (int, error) {
	return 0, worker.ErrNoCount
}

func (chat) warm(context.Context, *Worker, known, func(float64) bool) error { return nil }

// counted asks how many tokens a prompt has; worker.ErrNoCount from an older build,
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

// chatRequest is what every server takes, then what only some take.
type chatRequest struct {
	Model       string        `json:"model,omitempty"`
	Messages    []chatMessage `json:"messages"`
	Stream      bool          `json:"stream"` // always: without it, servers notice late that the reader has left
	MaxTokens   int           `json:"max_tokens"`
	Temperature float64       `json:"temperature"`

	StreamOptions        map[string]bool `json:"stream_options,omitempty"`
	ReturnProgress       bool            `json:"return_progress,omitempty"`        // llama.cpp
	ContinueFinalMessage bool            `json:"continue_final_message,omitempty"` // vLLM
	AddGenerationPrompt  *bool           `json:"add_generation_prompt,omitempty"`  // vLLM
}

// continueText asks in words for what a server cannot do by itself.
const continueText = "Your answer was cut off. Write the rest of it: begin exactly where it stopped, in the middle of the line if need be. Repeat nothing, and write no introduction."

// conversation returns a prompt as messages. For a server that continues, the last
// one is the reply so far.
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
			messages = append(messages, chatMessage{worker.User, continueText})
		}
	case p.Prefill != "" && continues:
		messages = append(messages, chatMessage{worker.Assistant, p.Prefill})
	}
	return messages
}

func ask(p worker.Prompt, k known) chatRequest {
	return chatRequest{Model: k.model, Messages: conversation(p, k.about.Continues), Stream: true, MaxTokens: p.MaxTokens, Temperature: p.Temperature}
}

// maxEvent returns how many bytes one event or line of a stream may have: some
// servers send a reply in one piece, and some echo the reply that they continue.
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

// readChat reads OpenAI's stream. A whole reply has a finish reason, and [DONE] if
// the server sends that. Comments are pings and show no progress; a role is no
// output; usage may stand in any chunk.
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
				saysDone = false // it has
				break
			}
			var c chunk
			if err := json.Unmarshal([]byte(event.Data), &c); err != nil {
				yield(worker.Delta{}, garbled([]byte(event.Data)))
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
				thought := choice.Delta.Reasoning + choice.Delta.ReasoningContent
				d := worker.Delta{Model: last.Model, Thinking: thought != "", Unseen: worker.ReplyTokens(thought)}
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

// finish reads a finish reason. Servers have many words for a natural end. Some
// words mean that the reply is not whole: vLLM and SGLang say abort, error and
// repetition, others name a filter.
func finish(reason string) (worker.Finish, error) {
	switch reason {
	case "length", "max_tokens":
		return worker.Length, nil
	case "abort", "aborted", "cancelled", "error", "repetition", "content_filter":
		return "", fmt.Errorf("the reply ended by %q", reason)
	}
	return worker.Stop, nil
}

// echo gives a continued reply its beginning once or not at all. Some servers echo
// the beginning and some do not; a turn wants it if it is a prefill, but not if it
// is the reply so far.
type echo struct {
	beginning string
	keep      bool // the beginning is part of the text
	echoed    int  // bytes of the beginning that have come
	over      bool
}

func newEcho(p worker.Prompt, continues bool) *echo {
	switch {
	case !continues:
		return &echo{over: true}
	case p.Reply != "":
		return &echo{beginning: p.Reply}
	}
	return &echo{beginning: p.Prefill, keep: true}
}

func (e *echo) next(text string) string {
	if e.over || text == "" {
		return text
	}
	switch left := e.beginning[e.echoed:]; {
	case strings.HasPrefix(text, left):
		text = text[len(left):]
	case strings.HasPrefix(left, text):
		e.echoed += len(text)
		return "" // more of it may come
	default: // it was no echo
		text = e.beginning[:e.echoed] + text
	}
	return e.end(text)
}

// rest returns what is held back when the reply ends: a part of the beginning is no
// echo.
func (e *echo) rest() string {
	if e.over || e.echoed == 0 {
		return ""
	}
	return e.end(e.beginning[:e.echoed])
}

func (e *echo) end(text string) string {
	e.over = true
	if e.keep {
		return e.beginning + text
	}
	return text
}
