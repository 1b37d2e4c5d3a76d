package reply_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// TestNamesWithSpaces expects the whole name wherever it stands.
func TestNamesWithSpaces(t *testing.T) {
	for _, name := range []string{"my page.html", "My Cool Page.html", "pages/about us.html", "über uns.html", "photo (1) b.html", "src/my pages/a.html", "src/my app.html"} {
		for form, pattern := range map[string]string{
			"info":                  "```html NAME\n<p>\n```\n",
			"info alone":            "```NAME\n<p>\n```\n",
			"info in quotes":        "```html \"NAME\"\n<p>\n```\n",
			"info after a colon":    "```html:NAME\n<p>\n```\n",
			"title":                 "```html title=\"NAME\"\n<p>\n```\n",
			"file name, no quotes":  "```html filename=NAME\n<p>\n```\n",
			"info with a label":     "```html file: NAME\n<p>\n```\n",
			"info in parentheses":   "```html (NAME)\n<p>\n```\n",
			"heading":               "### NAME\n\n```html\n<p>\n```\n",
			"numbered heading":      "### 1. NAME\n```html\n<p>\n```\n",
			"heading in backquotes": "### `NAME`\n```html\n<p>\n```\n",
			"bold":                  "**NAME**\n```html\n<p>\n```\n",
			"bold with a colon":     "**NAME:**\n```html\n<p>\n```\n",
			"bold backquotes":       "1. **`NAME`**:\n```html\n<p>\n```\n",
			"backquotes":            "`NAME`:\n```html\n<p>\n```\n",
			"label":                 "File: NAME\n```html\n<p>\n```\n",
			"bold label":            "**File:** `NAME`\n```html\n<p>\n```\n",
			"line":                  "NAME\n```html\n<p>\n```\n",
			"line with a colon":     "NAME:\n```html\n<p>\n```\n",
			"ruled":                 "--- NAME ---\n```html\n<p>\n```\n",
			"sentence":              "Save this as `NAME`:\n```html\n<p>\n```\n",
			"sentence with quotes":  "Create a file named \"NAME\":\n```html\n<p>\n```\n",
			"tag":                   "<file path=\"NAME\">\n<p>\n</file>\n",
			"tag with one quote":    "<create_file name='NAME'>\n<p>\n</create_file>\n",
			"tag without quotes":    "<file path=NAME>\n<p>\n</file>\n",
			"action":                "<boltAction type=\"file\" filePath=\"NAME\">\n<p>\n</boltAction>\n",
			"element":               "<write_to_file>\n<path>NAME</path>\n<content>\n<p>\n</content>\n</write_to_file>\n",
			"JSON":                  "{\"files\": [{\"path\": \"NAME\", \"content\": \"<p>\"}]}\n",
			"comment":               "```html\n<!-- NAME -->\n<p>\n```\n",
			"comment with a label":  "```html\n<!-- File: NAME -->\n<p>\n```\n",
		} {
			t.Run(form+"/"+name, func(t *testing.T) {
				content := "<p>\n"
				text := strings.ReplaceAll(pattern, "NAME", name)
				if strings.HasPrefix(form, "comment") {
					content = strings.Split(text, "\n")[1] + "\n" + content
				}
				if diff := cmp.Diff([]artifact.File{{Path: name, Content: content}}, reply.Parse(text).Files); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
			})
		}
		const marks = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
		for form, pattern := range map[string]string{
			"line above an edit":     "NAME\n" + marks,
			"fence below":            "NAME\n```html\n" + marks + "```\n",
			"bold above an edit":     "**NAME**\n" + marks,
			"backquotes above":       "`NAME`\n```\n" + marks + "```\n",
			"in the fence":           "```html\nNAME\n" + marks + "```\n",
			"info of a fence":        "```html NAME\n" + marks + "```\n",
			"mark":                   "<<<<<<< SEARCH NAME\na\n=======\nb\n>>>>>>> REPLACE\n",
			"heading above":          "### NAME\n" + marks,
			"tag":                    "<edit path=\"NAME\">\n" + marks + "</edit>\n",
			"sentence with a colon":  "Now change `NAME`:\n" + marks,
			"sentence with no colon": "I change `NAME` here\n" + marks,
		} {
			t.Run(form+"/"+name, func(t *testing.T) {
				r := reply.Parse(strings.ReplaceAll(pattern, "NAME", name))
				if diff := cmp.Diff([]artifact.Edit{{Path: name, Search: "a\n", Replace: "b\n"}}, r.Edits); diff != "" {
					t.Errorf("edits (-want +got):\n%s%v", diff, r.Warnings)
				}
			})
		}
	}
}

// TestWordsBeforeAName expects that words before a name are no part of it.
func TestWordsBeforeAName(t *testing.T) {
	for _, text := range []string{
		"### Create page.html\n```html\n<p>\n```\n", "### The complete page.html\n```html\n<p>\n```\n", "**Updated page.html**\n```html\n<p>\n```\n", "### Step 2: page.html\n```html\n<p>\n```\n",
		"Create page.html:\n```html\n<p>\n```\n", "Crea page.html:\n```html\n<p>\n```\n", "Save this as page.html:\n```html\n<p>\n```\n", "And now page.html:\n```html\n<p>\n```\n",
		"```html Updated page.html\n<p>\n```\n", "```html title=page.html\n<p>\n```\n", "```html showLineNumbers page.html\n<p>\n```\n", "```html file=page.html live\n<p>\n```\n", "```html (page.html)\n<p>\n```\n",
		"```html page.html (new file)\n<p>\n```\n", "### HTML: page.html\n```html\n<p>\n```\n", "### page.html – the main page\n```html\n<p>\n```\n",
	} {
		if got := only(t, text); got != "page.html" {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, want := range map[string]string{
		"```js\n// Load the items from data.json\nf()\n```\n":            "script.js",
		"```js\n// the main game loop of game.js\nf()\n```\n":            "script.js",
		"`npm run build.js`:\n```js\nf()\n```\n":                         "script.js",
		"Run `node server.js`:\n```js\nf()\n```\n":                       "script.js",
		"```html\n<!-- Styles for page.html -->\n<p>\n```\n":             "index.html",
		"### Using Three.js and app.js\n```js\nf()\n```\n":               "script.js",
		"The page uses my page.html, as you know.\n\n```css\np{}\n```\n": "style.css",
		"```js\n/* Uses the Web Audio API, see audio.js */\nf()\n```\n":  "script.js",
	} {
		if got := only(t, text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
