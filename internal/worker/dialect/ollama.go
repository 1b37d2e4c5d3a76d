package dialect

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"dreambuild.dev/backend/internal/worker"
)

// ollama is Ollama, by its own chat endpoint: the OpenAI-like one cannot set
// the context's size, and ends a reply of a crashed model without an error.
// https://github.com/ollama/ollama/blob/main/docs/api.md
type ollama struct{}

func (ollama) path() string { return "/api/chat" }

// request leaves the prefill out: Ollama opens a new message after it.
func (ollama) request(p worker.Prompt, model string, cfg Config) any {
	type options struct {
		NumPredict  int     `json:"num_predict"`
		NumCtx      int     `json:"num_ctx"`
		Temperature float64 `json:"temperature"`
	}
	return struct {
		Model    string        `json:"model"`
		Messages []chatMessage `json:"messages"`
		Stream   bool          `json:"stream"`
		Options  options       `json:"options"`
	}{model, chat(p), true, options{p.MaxTokens, cfg.Context, p.Temperature}}
}

// read expects lines of JSON, the last with done and its reason.
func (ollama) read(body io.Reader, _ worker.Prompt) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, maxEvent)
		for lines.Scan() {
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var line struct {
				Error   json.RawMessage `json:"error"`
				Model   string          `json:"model"`
				Message struct {
					Content string `json:"content"`
				} `json:"message"`
				Done   bool   `json:"done"`
				Reason string `json:"done_reason"`
				Prompt int    `json:"prompt_eval_count"`
				Eval   int    `json:"eval_count"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				yield(worker.Delta{}, fmt.Errorf("worker sent %.100q: %w", lines.Bytes(), err))
				return
			}
			if len(line.Error) > 0 && string(line.Error) != "null" {
				yield(worker.Delta{}, reported(line.Error))
				return
			}
			if text := line.Message.Content; text != "" {
				if !yield(worker.Delta{Text: text, Model: line.Model}, nil) {
					return
				}
			}
			if line.Done {
				if line.Reason == "" {
					yield(worker.Delta{}, errTruncated)
					return
				}
				yield(worker.Delta{Model: line.Model, Finish: finish(line.Reason), Usage: worker.Usage{InputTokens: line.Prompt, OutputTokens: line.Eval}}, nil)
				return
			}
		}
		err := lines.Err()
		if err == nil {
			err = errTruncated
		}
		yield(worker.Delta{}, err)
	}
}
