package dialect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dreambuild.dev/backend/internal/worker"
)

// refusal returns the error that a worker sent instead of a reply: a *worker.Fault,
// or INVALID_ARGUMENT too-long.
func (w *Worker) refusal(res *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return &worker.Fault{Kind: worker.Unreachable, Err: fmt.Errorf("worker answered %s: %w", res.Status, err)}
	}
	err = message(text)
	if long := tooLong(err); long != nil {
		return long
	}
	f := &worker.Fault{Err: fmt.Errorf("worker answered %s: %w", res.Status, err)}
	f.RetryAfter = retryAfter(res.Header.Get("Retry-After"))
	said := strings.ToLower(err.Error())
	switch status := res.StatusCode; {
	case status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && (strings.Contains(said, "busy") || strings.Contains(said, "queue")):
		f.Kind = worker.Busy
	case status == http.StatusServiceUnavailable && strings.Contains(said, "loading"):
		f.Kind = worker.NotReady
	case status >= 500:
		f.Kind = worker.Unreachable
	default:
		f.Kind = worker.Refused
	}
	return f
}

// retryAfter reads the header, which has seconds or a date; an hour at most.
func retryAfter(header string) time.Duration {
	var d time.Duration
	if s, err := strconv.Atoi(header); err == nil {
		d = time.Duration(min(s, 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = time.Until(at)
	}
	return min(max(0, d), time.Hour)
}

// reported is an error in the words of a worker.
type reported struct {
	Message string
	Type    string
	Used    int
	Limit   int
}

func (r *reported) Error() string {
	if r.Type == "" {
		return r.Message
	}
	return r.Type + ": " + r.Message
}

// message returns the error that a body reports: OpenAI's object or string under
// "error", FastAPI's "detail", or plain text.
func message(text []byte) error {
	var body struct {
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
		// Older versions of vLLM send the object by itself.
		Message string `json:"message"`
		Type    string `json:"type"`
	}
	if json.Unmarshal(text, &body) != nil {
		return fmt.Errorf("%.200q", text)
	}
	switch {
	case isSet(body.Error):
		return errorOf(body.Error)
	case isSet(body.Detail):
		return errorOf(body.Detail)
	case body.Message != "":
		return &reported{Message: cut(body.Message), Type: body.Type}
	}
	return fmt.Errorf("%.200q", text)
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// errorOf returns the error that a worker reports as an object or a string.
func errorOf(raw json.RawMessage) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if strings.HasPrefix(text, "{") { // Ollama passes on what its runner has reported
			return message([]byte(text))
		}
		return &reported{Message: cut(text)}
	}
	var e struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Prompt  int    `json:"n_prompt_tokens"`
		Context int    `json:"n_ctx"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return &reported{Message: cut(string(raw))}
	}
	return &reported{cut(e.Message), e.Type, e.Prompt, e.Context}
}

func cut(s string) string { return s[:min(len(s), 300)] }

// limitTold, usedTold and outputTold find the numbers in what vLLM and similar
// servers write: "maximum context length is 4096 tokens … requested 5000 tokens" or "you
// requested 500 output tokens and your prompt contains at least 3997 input
// tokens". Sources: vllm/entrypoints and vllm/v1/engine of its repository.
var (
	limitTold  = regexp.MustCompile(`(?i)(?:maximum context length|context length|context size|max_model_len|maximum model length)\D{0,24}(\d+)`)
	outputTold = regexp.MustCompile(`(?i)requested (\d+) output tokens`)
	usedTold   = regexp.MustCompile(`(?i)(?:requested|contains at least|contains|passed|has|length)\D{0,24}(\d+)[^.]{0,16}tokens`)
)

// tooLong returns INVALID_ARGUMENT too-long if a worker reports that a prompt does
// not fit, else nil.
func tooLong(err error) error {
	var r *reported
	if !errors.As(err, &r) {
		return nil
	}
	if r.Type == "exceed_context_size_error" { // llama.cpp
		return worker.TooLong(r.Used, r.Limit).Because(err)
	}
	limit := limitTold.FindStringSubmatch(r.Message)
	if limit == nil {
		return nil
	}
	n, _ := strconv.Atoi(limit[1])
	if m := outputTold.FindStringSubmatch(r.Message); m != nil { // what is left for the prompt
		output, _ := strconv.Atoi(m[1])
		n = max(0, n-output)
		r = &reported{Message: outputTold.ReplaceAllString(r.Message, "")}
	}
	used := 0
	for _, m := range usedTold.FindAllStringSubmatch(r.Message, -1) {
		if u, _ := strconv.Atoi(m[1]); u != n {
			used = max(used, u)
		}
	}
	return worker.TooLong(cmp.Or(used, n+1), n).Because(err)
}
