package template

import (
	_ "embed"
	"html"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

var (
	//go:embed page/index.html
	neutralPage string
	//go:embed page/style.css
	neutralStyle string
	//go:embed page/script.js
	neutralScript string
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
		{Path: "index.html", Content: strings.ReplaceAll(neutralPage, "PROMPT", html.EscapeString(prompt))},
		{Path: "style.css", Content: neutralStyle},
		{Path: "script.js", Content: neutralScript},
	}
}
