// Package template answers when no model answers, with a page that says so.
package template

import (
	_ "embed"
	"html"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// Label is the generatedBy of an answer from a template.
const Label = "Templates"

var (
	//go:embed page/index.html
	page string
	//go:embed page/style.css
	style string
	//go:embed page/script.js
	script string
)

// Neutral returns the template for any prompt: index.html, style.css and script.js
// of a page that shows the prompt, up to 500 characters of it, and says that no
// model wrote code for it. People can build on it.
func Neutral(prompt string) []artifact.File {
	prompt = strings.Join(strings.Fields(prompt), " ")
	if r := []rune(prompt); len(r) > 500 {
		prompt = string(r[:500]) + " …"
	}
	return []artifact.File{
		{Path: "index.html", Content: strings.ReplaceAll(page, "PROMPT", html.EscapeString(prompt))},
		{Path: "style.css", Content: style},
		{Path: "script.js", Content: script},
	}
}
