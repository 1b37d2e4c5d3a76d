package turn

import (
	"embed"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/worker"
)

const (
	historyTurns = 6       // earlier turns that a follow-up carries
	historyBytes = 2 << 10 // of each earlier message
)

// prompts hold what a worker is told for each verb, after the product's own line,
// and how it is asked again for edits that did not fit. They are short: the
// smallest context that a worker may have is 2,048 tokens.
//
//go:embed prompts
var prompts embed.FS

// promptText returns the text of prompts/{name}.txt.
func promptText(name string) string {
	text, err := prompts.ReadFile("prompts/" + name + ".txt")
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.TrimSpace(string(text))
}

// system is the system prompt for a verb.
func system(s Settings, verb intent.Verb) string {
	return s.SystemPrompt + "\n\n" + promptText(string(verb))
}

// ask builds the question for a worker: the system prompt, the conversation so
// far (oldest first), the current files and the prompt. An answer that became a
// version is only mentioned, since the files themselves come with the question.
// A reply starts with the prefill only where that is the start of a page.
func ask(s Settings, verb intent.Verb, earlier []Turn, files []artifact.File, prompt string) worker.Prompt {
	var messages []worker.Message
	for _, t := range earlier {
		if t.Prompt == "" {
			continue
		}
		reply := head(t.Reply, historyBytes)
		if t.Version > 0 {
			reply = "Done: the files below are the result."
		}
		if reply == "" {
			continue // it failed: nothing was said
		}
		messages = append(messages,
			worker.Message{Role: worker.User, Text: head(t.Prompt, historyBytes)},
			worker.Message{Role: worker.Assistant, Text: reply})
	}
	if len(files) > 0 {
		prompt = "These are the current files:\n\n" + reply.Format(files) + "\n" + prompt
	}
	if verb != intent.Create && verb != intent.Design {
		s.Prefill = ""
	}
	return worker.Prompt{
		System:      system(s, verb),
		Messages:    append(messages, worker.Message{Role: worker.User, Text: prompt}),
		Prefill:     s.Prefill,
		MaxTokens:   s.MaxTokens,
		Temperature: s.Temperature,
	}
}

// head returns s, or its first n bytes and an ellipsis.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimSpace(cut(s, n)) + " …"
}

// cut returns the first n bytes of s at most, cut between runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
