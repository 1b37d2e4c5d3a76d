package dialect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
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
	TemplateKwargs       map[string]any  `json:"chat_template_kwargs,omitempty"`
	ReasoningEffort      string          `json:"reasoning_effort,omitempty"`
	ReturnProgress       bool            `json:"return_progress,omitempty"`        // llama.cpp
	ContinueFinalMessage bool            `json:"continue_final_message,omitempty"` // vLLM
	AddGenerationPrompt  *bool           `json:"add_generation_prompt,omitempty"`  // vLLM
}

// continueText asks in words for what a server cannot do by itself.
const continueText = "Your answer was cut off. Write the rest of it: begin exactly where it stopped, in the middle of the line if need be. Repeat nothing, and write no introduction."

// conversation returns a question as messages. For a server that continues, the last
// one is the reply so far.
func conversation(q question) []chatMessage {
	messages := make([]chatMessage, 0, len(q.Messages)+3)
	if q.System != "" {
		messages = append(messages, chatMessage{"system", q.System})
	}
	for _, m := range q.Messages {
		messages = append(messages, chatMessage{m.Role, m.Text})
	}
	switch continues := q.has&begun != 0; {
	case q.Reply != "":
		messages = append(messages, chatMessage{worker.Assistant, q.Reply})
		if !continues {
			messages = append(messages, chatMessage{worker.User, continueText})
		}
	case continues:
		messages = append(messages, chatMessage{worker.Assistant, q.Prefill})
	}
	return messages
}

func ask(q question) chatRequest {
	r := chatRequest{Model: q.server.model, Messages: conversation(q), Stream: true, MaxTokens: q.MaxTokens, Temperature: q.Temperature}
	if q.has&usage != 0 {
		r.StreamOptions = map[string]bool{"include_usage": true}
	}
	if q.has&kwargs != 0 {
		r.TemplateKwargs = answerAtOnce(q.server.model)
	}
	if q.has&effort != 0 {
		r.ReasoningEffort = q.server.efforts[0]
	}
	return r
}

// answerAtOnce returns the variables by which chat templates keep a model from
// thinking, or by which gpt-oss thinks least. A template ignores those that it does
// not know. Qwen, GLM and Gemma have the first, DeepSeek, Granite and Kimi the second.
// https://docs.vllm.ai/en/stable/features/reasoning_outputs/
func answerAtOnce(model string) map[string]any {
	variables := map[string]any{"enable_thinking": false, "thinking": false}
	if alwaysThinks(model) {
		variables["reasoning_effort"] = "low"
	}
	return variables
}

// maxEvent returns how many bytes one event or line of a stream may have: some
// servers send a reply in one piece, and some echo the reply that they continue.
func maxEvent(p worker.Prompt) int { return 128<<10 + len(p.Reply)*5/4 }

// chunk is one event of a chat stream.
type chunk struct {
	Error   json.RawMessage `json:"error"`
	Model   string          `json:"model"`
	Choices []struct {
		Finish *string `json:"finish_reason"`
		Delta  struct {
			Content          *string    `json:"content"`
			Reasoning        string     `json:"reasoning"`
			ReasoningContent string     `json:"reasoning_content"`
			ToolCalls        []toolCall `json:"tool_calls"`
			FunctionCall     *function  `json:"function_call"` // before there were tools
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

// readChunk reads one event.
func readChunk(data string) (chunk, error) {
	var c chunk
	err := json.Unmarshal([]byte(data), &c)
	var other *json.UnmarshalTypeError
	if !errors.As(err, &other) || other.Field != "choices.delta.content" {
		return c, err
	}
	// By a list of parts Mistral's own servers tell thoughts from text.
	var lists struct {
		Choices []struct {
			Delta struct {
				Content parts `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	if err := json.Unmarshal([]byte(data), &lists); err != nil {
		return c, err
	}
	for i, choice := range lists.Choices {
		delta := &c.Choices[i].Delta
		delta.Content, delta.Reasoning = &choice.Delta.Content.text, choice.Delta.Content.thought
	}
	return c, nil
}

// parts is a content: a string, or a list of texts and of thoughts, which are contents
// themselves.
type parts struct{ text, thought string }

func (p *parts) UnmarshalJSON(raw []byte) error {
	if raw[0] != '[' {
		return json.Unmarshal(raw, &p.text)
	}
	var list []struct {
		Text     string `json:"text"`
		Thinking parts  `json:"thinking"`
	}
	err := json.Unmarshal(raw, &list)
	for _, part := range list {
		p.text += part.Text
		p.thought += part.Thinking.text
	}
	return err
}

// chatReader reads OpenAI's stream.
type chatReader struct {
	question question
	saysDone bool // [DONE] is still to come

	echo  *echo
	calls calls
	last  worker.Delta // of a whole reply

	// thoughts are all that came, if the model was asked not to think: see answer.
	thoughts    strings.Builder
	hasAnswered bool // thoughts are none of the text
}

// readChat reads OpenAI's stream. A whole reply has a finish reason, and [DONE] if
// the server sends that. Comments are pings and show no progress; a role is no
// output; usage may stand in any chunk.
func readChat(body io.Reader, q question, saysDone bool) iter.Seq2[worker.Delta, error] {
	return func(yield func(worker.Delta, error) bool) {
		r := &chatReader{question: q, saysDone: saysDone, echo: newEcho(q), calls: newCalls(q)}
		err := r.read(body, func(d worker.Delta) bool { return yield(d, nil) })
		switch {
		case errors.Is(err, errReaderLeft):
		case err == nil:
			yield(r.last, nil)
		default:
			// What the calls hold was written, and is kept like other text.
			if text := r.calls.take(true); text == "" || yield(worker.Delta{Text: text, Model: r.last.Model}, nil) {
				yield(worker.Delta{}, err)
			}
		}
	}
}

var errReaderLeft = errors.New("the reader left")

// read says all deltas but the last one.
func (r *chatReader) read(body io.Reader, say func(worker.Delta) bool) error {
	for event, err := range sse.Read(body, &sse.ReadConfig{MaxEventSize: maxEvent(r.question.Prompt)}) {
		if err != nil {
			return err
		}
		if event.Data == "[DONE]" {
			r.saysDone = false // it has
			break
		}
		c, err := readChunk(event.Data)
		if err != nil {
			return garbled([]byte(event.Data))
		}
		if isSet(c.Error) {
			return errorOf(c.Error)
		}
		if err := r.hear(c, say); err != nil {
			return err
		}
	}
	if r.last.Finish == "" || r.saysDone {
		return errTruncated
	}
	r.last.Text = r.echo.rest()
	r.calls.after(r.last.Text)
	r.last.Text += r.calls.take(r.last.Finish == worker.Length)
	r.answer()
	return nil
}

// hear takes one event.
func (r *chatReader) hear(c chunk, say func(worker.Delta) bool) error {
	if c.Model != "" {
		r.last.Model = c.Model
	}
	if u := c.Usage; u != nil {
		r.last.Usage = worker.Usage{InputTokens: u.Prompt, OutputTokens: u.Completion}
	}
	if g := c.Progress; g != nil && g.Total > 0 {
		if !say(worker.Delta{Phase: worker.Reading, Progress: float64(g.Processed) / float64(g.Total)}) {
			return errReaderLeft
		}
	}
	for _, choice := range c.Choices {
		if choice.Finish != nil && *choice.Finish != "" {
			var err error
			if r.last.Finish, err = finish(*choice.Finish); err != nil {
				return err
			}
		}
		d := choice.Delta
		thought := cmp.Or(d.Reasoning, d.ReasoningContent) // some servers send it twice
		r.think(thought)
		delta := worker.Delta{Model: r.last.Model, Thinking: thought != "", Unseen: worker.ReplyTokens(thought)}
		if d.Content != nil && *d.Content != "" {
			delta.Text = r.calls.take(false) + r.echo.next(*d.Content)
			r.calls.after(delta.Text)
			r.hasAnswered = r.hasAnswered || strings.TrimSpace(*d.Content) != ""
		}
		if (delta.Text != "" || delta.Thinking) && !say(delta) {
			return errReaderLeft
		}
		called := d.ToolCalls
		if d.FunctionCall != nil {
			called = append(called, toolCall{Function: *d.FunctionCall})
		}
		for _, call := range called {
			r.hasAnswered = true
			r.question.alive()
			if err := r.calls.add(call); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostThoughts is how many bytes of thoughts are kept for answer: as many as a turn
// keeps of a reply.
const mostThoughts = 512 << 10

// think keeps a thought that the model was asked not to have. One that is too long is
// no answer.
func (r *chatReader) think(thought string) {
	if r.question.has&noThinking == 0 || r.hasAnswered {
		return
	}
	r.thoughts.WriteString(thought)
	if r.thoughts.Len() > mostThoughts {
		r.thoughts.Reset()
		r.hasAnswered = true
	}
}

// answer makes the thoughts of a reply without text its text, if the model was asked
// not to think and stopped by itself. Such a reply is no thought: some servers take
// all for reasoning until the model closes it, and it has opened none.
// https://github.com/vllm-project/vllm/issues/17349
func (r *chatReader) answer() {
	if r.hasAnswered || r.last.Finish != worker.Stop || r.thoughts.Len() == 0 {
		return
	}
	r.last.Text = r.echo.next(r.thoughts.String()) + r.echo.rest()
	r.last.Unseen = -worker.ReplyTokens(r.last.Text)
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

func newEcho(q question) *echo {
	switch {
	case q.has&begun == 0:
		return &echo{over: true}
	case q.Reply != "":
		return &echo{beginning: q.Reply}
	}
	return &echo{beginning: q.Prefill, keep: true}
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
