package dialect

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"dreambuild.dev/backend/internal/worker"
	"github.com/tmaxmax/go-sse"
)

// llamacpp is llama.cpp's server, by its OpenAI-like chat endpoint.
// https://github.com/ggml-org/llama.cpp/tree/master/tools/server
type llamacpp struct{}

func (llamacpp) path() string { return "/v1/chat/completions" }

type chatMessage struct {
	Role    worker.Role `json:"role"`
	Content string      `json:"content"`
}

func chat(p worker.Prompt) []chatMessage {
	messages := make([]chatMessage, 0, len(p.Messages)+2)
	if p.System != "" {
		messages = append(messages, chatMessage{"system", p.System})
	}
	for _, m := range p.Messages {
		messages = append(messages, chatMessage{m.Role, m.Text})
	}
	return messages
}

func (llamacpp) request(p worker.Prompt, model string, _ Config) any {
	messages := chat(p)
	if p.Prefill != "" { // an assistant's message at the end is continued
		messages = append(messages, chatMessage{worker.Assistant, p.Prefill})
	}
	return struct {
		Model         string          `json:"model,omitempty"`
		Messages      []chatMessage   `json:"messages"`
		Stream        bool            `json:"stream"`
		StreamOptions map[string]bool `json:"stream_options"`
		MaxTokens     int             `json:"max_tokens"`
		Temperature   float64         `json:"temperature"`
	}{model, messages, true, map[string]bool{"include_usage": true}, p.MaxTokens, p.Temperature}
}

// maxEvent bounds one event or line of a stream, in bytes.
const maxEvent = 1 << 20

// read expects a finish reason, usage in a chunk of its own, and [DONE].
// Comments are pings and no sign of progress; a role is no output.
func (llamacpp) read(body io.Reader, p worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		var last worker.Delta
		first := true
		for event, err := range sse.Read(body, &sse.ReadConfig{MaxEventSize: maxEvent}) {
			if err != nil {
				yield(worker.Delta{}, err)
				return
			}
			if event.Data == "[DONE]" {
				if last.Finish == "" {
					yield(worker.Delta{}, errTruncated)
				} else {
					yield(last, nil)
				}
				return
			}
			var chunk struct {
				Error   json.RawMessage `json:"error"`
				Model   string          `json:"model"`
				Choices []struct {
					Finish *string `json:"finish_reason"`
					Delta  struct {
						Content *string `json:"content"`
					} `json:"delta"`
				} `json:"choices"`
				Usage *struct {
					Prompt     int `json:"prompt_tokens"`
					Completion int `json:"completion_tokens"`
				} `json:"usage"`
			}
			if err := json.Unmarshal([]byte(event.Data), &chunk); err != nil {
				yield(worker.Delta{}, fmt.Errorf("worker sent %.100q: %w", event.Data, err))
				return
			}
			if len(chunk.Error) > 0 && string(chunk.Error) != "null" {
				yield(worker.Delta{}, reported(chunk.Error))
				return
			}
			last.Model = chunk.Model
			if u := chunk.Usage; u != nil {
				last.Usage = worker.Usage{InputTokens: u.Prompt, OutputTokens: u.Completion}
			}
			for _, c := range chunk.Choices {
				if c.Finish != nil {
					last.Finish = finish(*c.Finish)
				}
				if c.Delta.Content == nil || *c.Delta.Content == "" {
					continue
				}
				text := *c.Delta.Content
				if first && !strings.HasPrefix(text, p.Prefill) { // the prefill is part of the reply; usually the server echoes it
					text = p.Prefill + text
				}
				first = false
				if !yield(worker.Delta{Text: text, Model: chunk.Model}, nil) {
					return
				}
			}
		}
		yield(worker.Delta{}, errTruncated)
	}
}

// finish reads a finish reason. Whatever is not the limit is a natural end.
func finish(reason string) worker.Finish {
	if reason == "length" {
		return worker.Length
	}
	return worker.Stop
}
