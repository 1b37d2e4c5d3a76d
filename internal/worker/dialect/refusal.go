package dialect

import (
	"cmp"
	"encoding/json"
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
	status := fmt.Sprintf("worker answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return &worker.Fault{Kind: worker.Unreachable, Err: fmt.Errorf("%s: %w", status, err)}
	}
	said := message(text)
	said.Status = res.StatusCode
	if long := tooLong(said); long != nil {
		return long
	}
	f := &worker.Fault{Err: fmt.Errorf("%s: %w", status, said)}
	f.RetryAfter = retryAfter(res.Header.Get("Retry-After"))
	words := strings.ToLower(said.Message)
	switch status := res.StatusCode; {
	case status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && (strings.Contains(words, "busy") || strings.Contains(words, "queue")):
		f.Kind = worker.Busy
	case status == http.StatusServiceUnavailable && strings.Contains(words, "loading"):
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

// reported is an error in the words of a worker. Some servers tell back what they
// were sent, so the words may hold a prompt: Error has none of them but phrases of
// our own list.
type reported struct {
	Message string
	Type    string
	Used    int
	Limit   int
	Status  int // of the answer; 0: it stood in a stream
}

func (r *reported) Error() string {
	words := strings.ToLower(r.Type + " " + r.Message)
	var known []string
	for _, p := range phrases {
		if strings.Contains(words, p) {
			known = append(known, p)
		}
	}
	if known == nil {
		return fmt.Sprintf("it gave a reason of %d bytes, which only its own log has", len(r.Message))
	}
	return "it said: " + strings.Join(known, "; ")
}

// phrases are what servers are known to say of an error, in lower case. They are all
// that a log shows of a worker's words.
var phrases = []string{
	// The types of errors.
	"invalid_request_error", "authentication_error", "rate_limit_error", "unavailable_error", "not_found_error", "server_error", "api_error",
	"exceed_context_size_error", "badrequesterror", "notfounderror", "internalservererror", "json_invalid", "dict_type", "string_type",
	// What is wrong with a request.
	"parse error", "syntax error", "json decode error", "cannot unmarshal", "unexpected fields", "unexpected eof", "must be number", "must be of type", "must be greater than",
	"must contain", "to be an array", "should be a valid", "field required", "extra inputs are not permitted", "is required", "is too short", "value must be", "strictly positive", "not support", "2 or more assistant messages",
	"max_tokens", "max_new_tokens", "temperature", "stream_options", "chat template", "no attribute",
	"chat_template", "enable_thinking", "reasoning_effort", "support thinking", "prefill", "unrecognized request argument", "unsupported value",
	// Who may ask, and for what.
	"invalid api key", "no key", "unauthorized", "forbidden", "rate limit", "quota", "is pinned to", "model is required",
	"not found", "does not exist", "try pulling it first",
	// How the server is.
	"server busy", "maximum pending requests", "queue full", "loading model", "no slot", "context size", "context length", "context shift", "out of memory", "cuda", "device-side assert", "metal",
	"runner process", "encountered while running the model", "connection refused", "timed out", "internal server error", "bad gateway", "service unavailable",
}

// message returns the error that a body reports: OpenAI's object or string under
// "error", FastAPI's "detail", or plain text.
func message(text []byte) *reported {
	var body struct {
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
		// Older versions of vLLM send the object by itself.
		Message string `json:"message"`
		Type    string `json:"type"`
	}
	switch err := json.Unmarshal(text, &body); {
	case err == nil && isSet(body.Error):
		return errorOf(body.Error)
	case err == nil && isSet(body.Detail):
		return errorOf(body.Detail)
	case err == nil && body.Message != "":
		return &reported{Message: cut(body.Message), Type: cut(body.Type)}
	}
	return &reported{Message: cut(string(text))}
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// errorOf returns the error that a worker reports as an object or a string.
func errorOf(raw json.RawMessage) *reported {
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
	return &reported{Message: cut(e.Message), Type: cut(e.Type), Used: e.Prompt, Limit: e.Context}
}

// garbled returns the error of an event or a line that cannot be read. Some servers
// write an error into the stream without escaping it.
func garbled(text []byte) error {
	return fmt.Errorf("worker sent %d bytes that are no part of a reply: %w", len(text), &reported{Message: cut(string(text))})
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
func tooLong(r *reported) error {
	if r.Type == "exceed_context_size_error" { // llama.cpp
		return worker.TooLong(r.Used, r.Limit).Because(r)
	}
	words := r.Message
	limit := limitTold.FindStringSubmatch(words)
	if limit == nil {
		return nil
	}
	n, _ := strconv.Atoi(limit[1])
	if m := outputTold.FindStringSubmatch(words); m != nil { // what is left for the prompt
		output, _ := strconv.Atoi(m[1])
		n = max(0, n-output)
		words = outputTold.ReplaceAllString(words, "")
	}
	used := 0
	for _, m := range usedTold.FindAllStringSubmatch(words, -1) {
		if u, _ := strconv.Atoi(m[1]); u != n {
			used = max(used, u)
		}
	}
	return worker.TooLong(cmp.Or(used, n+1), n).Because(r)
}
