package reply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
)

func TestLimits(t *testing.T) {
	block := func(path string, size int) string {
		return "```html " + path + "\n" + strings.Repeat("x", size-1) + "\n```\n"
	}
	for _, tc := range []struct {
		name     string
		text     func() string
		files    int
		warnings int
	}{
		{"a file of the largest size", func() string { return block("a.html", artifact.MaxFileBytes) }, 1, 0},
		{"a file larger than that", func() string { return block("a.html", artifact.MaxFileBytes+1) + block("b.html", 9) }, 1, 1},
		{"as many files as may be, and one more", func() string {
			var b strings.Builder
			for i := range artifact.MaxFiles + 1 {
				b.WriteString(block(fmt.Sprintf("%d.html", i), 5))
			}
			return b.String()
		}, artifact.MaxFiles, 1},
		{"a set that is too large", func() string {
			var b strings.Builder
			for i := range 5 {
				b.WriteString(block(fmt.Sprintf("%d.html", i), artifact.MaxFileBytes))
			}
			return b.String()
		}, 4, 1},
		{"one file again and again", func() string { return strings.Repeat(block("a.html", artifact.MaxFileBytes), 6) }, 1, 0},
		{"a file of JSON that the last newline makes too large", func() string { return `{"files": {"a.html": "` + strings.Repeat("x", artifact.MaxFileBytes) + `"}}` }, 0, 1},
		{"a line of JSON larger than any file", func() string {
			return `{"files": {"a.html": "` + strings.Repeat("x", artifact.MaxFileBytes-1) + `", "b.html": "` + strings.Repeat("\\u003c", artifact.MaxFileBytes-1) + `"}}`
		}, 2, 0},
		{"deep JSON", func() string {
			return `{"a": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `, "files": {"a.html": "x"}}`
		}, 0, 0},
		{"a line without an end", func() string { return "```html\n" + strings.Repeat("x", 3*artifact.MaxFileBytes) }, 0, 1},
		{"a file that is not text", func() string { return "```html\n\xff\n```\n" }, 0, 1},
		{"the same mistake again and again", func() string { return strings.Repeat("```html ../"+strings.Repeat("é", 200)+".html\n```\n", 1000) }, 0, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text())
			if len(r.Files) != tc.files || len(r.Warnings) != tc.warnings {
				t.Errorf("%d files and %d warnings, want %d and %d", len(r.Files), len(r.Warnings), tc.files, tc.warnings)
			}
			if err := artifact.Check(r.Files); err != nil {
				t.Errorf("what was kept is over a limit: %v", err)
			}
			checkEvents(t, r)
			for _, w := range r.Warnings {
				if len(w.Path) > artifact.MaxPathBytes || !utf8.ValidString(w.Path) {
					t.Errorf("a warning's path is too long or broken: %q", w.Path)
				}
			}
		})
	}
}

func TestLimitsOfEdits(t *testing.T) {
	edit := func(size int) string {
		return "a.js\n<<<<<<< SEARCH\na\n=======\n" + strings.Repeat("x", size) + "\n>>>>>>> REPLACE\n"
	}
	for _, tc := range []struct {
		name            string
		text            string
		edits, warnings int
	}{
		{"an edit of the largest size", edit(artifact.MaxFileBytes - 3), 1, 0},
		{"an edit larger than that", edit(artifact.MaxFileBytes-2) + edit(1), 1, 1},
		{"edits that are too large together", strings.Repeat(edit(artifact.MaxFileBytes-3), 5), 4, 1},
		{"edits without end", strings.Repeat(edit(1), 1001), 1000, 1},
		{"an edit that is not text (UTF-8)", "a.js\n<<<<<<< SEARCH\n\xff\n=======\n>>>>>>> REPLACE\n", 0, 1},
		{"edits that cannot be read", strings.Repeat("a.js\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", 2000), 0, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text)
			if len(r.Edits) != tc.edits || len(r.Warnings) != tc.warnings {
				t.Errorf("%d edits and %d warnings, want %d and %d", len(r.Edits), len(r.Warnings), tc.edits, tc.warnings)
			}
			if len(r.Refused) != tc.warnings {
				t.Errorf("%d edits are refused, want %d", len(r.Refused), tc.warnings)
			}
			checkEvents(t, r)
		})
	}
}

// TestTime reads texts that are made to take long. The bound allows for slow machines
// and the race detector: quadratic time is longer still.
func TestTime(t *testing.T) {
	const size = artifact.MaxFileBytes / 2
	fill := func(before, unit string) string { return before + strings.Repeat(unit, (size-len(before))/len(unit)) }
	page := "```html\n<!DOCTYPE html>\n<html>\n" + strings.Repeat("<p>x</p>\n", 4000) + "</html>\n```\n"
	for _, tc := range []struct{ name, text string }{
		{"style sheets after a page", fill(page, "```css\na\n```\n")},
		{"scripts after a page", fill(page, "```js\na\n```\n")},
		{"short scripts after a long one", fill("```js\n"+strings.Repeat("f()\n", 25000)+"```\n", "```js\na\n```\n")},
		{"scripts of one size", strings.Repeat("```js\nf()\n```\n```js\nf()\ng()\nh()\n```\n", size/40)},
		{"parts after a page", fill(page, "```html\na\n```\n")},
		{"pages and style sheets", fill("", "```html\n<html>\n```\n```css\na\n```\n")},
		{"fences", fill("", "```md\n")},
		{"tags", fill("", "<file path=\"a.html\">\n")},
		{"ends of CDATA", fill("<file path=\"a.html\"><![CDATA[", "]]>")},
		{"brackets", fill("", "{\"\n")},
		{"edits without end", fill("", "<<<<<<< SEARCH a.b\n")},
		{"marks without end", fill("```js a.js\n", "<<<<\n")},
		{"a long mark", fill("<<<<<<< SEARCH ", "file as `")},
		{"edits of many files", fill("", "a.js\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n")},
		{"long headings", fill("", "# "+strings.Repeat("as (", 70)+".js\n```\n```\n")},
		{"tags that nothing ends, in one line", strings.Repeat("<file path=a>", 4*size/13)},
		{"hunks", fill("```diff a.js\n", "@@\n-a\n+b\n")},
		{"files of a diff", fill("```diff\n", "--- a/a.js\n+++ b/a.js\n")},
		{"a bare diff of blank lines", fill("*** Begin Patch\n*** Update File: a.js\n@@\n-a\n", "\n")},
		{"renamed files", fill("", "<rename from=\"a\" to=\"b\"/>")},
		{"deleted files", fill("*** Begin Patch\n", "*** Delete File: a\n")},
		{"thoughts", fill("", "<think></think>")},
		{"thoughts that nothing ends", fill("", "a <think>")},
		{"thoughts with files between", fill("", "```css a.css\np{}\n```\n<think></think>\n")},
		{"ends of thoughts", fill("", "</think>\n")},
		{"ends of thoughts in a block", fill("```js a.js\n// <think\n", "</think>\n")},
		{"ends of thoughts in one line", fill("", "a</think>")},
		{"control marks", fill("", "<|end|>")},
		{"channels", fill("", "<|channel|>analysis<|message|>a<|end|>")},
		{"fences in a template", fill("```js a.js\n`\n", "```js\n```\n")},
		{"fences in templates that nothing ends", fill("", "```js\n`\n```\n")},
		{"templates that nothing ends", fill("```js a.js\n", "`${\n```\n")},
		{"fences behind code", fill("```js a.js\n/*\n", "x```\n")},
		{"backquotes", fill("", "`")},
		{"backquotes in a block", fill("```js a.js\n", "`")},
		{"lines of backquotes", fill("```js a.js\n", "````\n```x\n")},
		{"signs", fill("", "<")},
		{"signs in a block", fill("```js a.js\n", "&lt;")},
		{"escapes in scripts", fill("```html\n", "<script>a =&gt; b</script>")},
		{"absolute paths", fill("", "```js /home/a/b/"+strings.Repeat("x/", 50)+"c.js\n```\n")},
		{"roots that widen", fill("", "<file path=\"/home/a/b/c/d/e.js\">x</file><file path=\"/home/a/b/c/f.js\">x</file>")},
		{"calls", fill("", `{"path": "a.js", "content": "x"}`)},
		{"calls that break off", fill("", "{'path': 'a.js', 'content': 'x'x'}\n")},
		{"objects in backquotes", fill("", "{\"files\": [{\"path\": \"a.js\", \"content\": `x`x}]\n")},
		{"patches in calls", fill("", `{"patch": "*** Begin Patch\n*** Update File: a\n-a\n+b\n"}`)},
		{"a patch in a call", fill(`{"input": "*** Begin Patch\n`, "*** Update File: a\n-a\n+b\n")},
		{"objects in calls", fill("", `{"arguments": {"path": "a.js", "content": "x", "a": [`)},
		{"objects in texts", fill("", `{"arguments": "{\"arguments\": \"`)},
		{"changes without a path", fill(`{"edits": [`, `{"old_str": "a", "new_str": "b"},`)},
		{"calls in Python", fill("", "write_file(path=\"a\",\n")},
		{"texts in Python", fill("write_file(path=\"a\",\n", "a='''\"\"\"\n")},
		{"lines that break in an object", fill("{\"a.html\": \"<!DOCTYPE html>", "\n")},
		{"members that are files", fill("{", "\"a.html\": \"<html>\",")},
		{"Markdown that nothing names", fill("", "````md\n# a\n````\n")},
		{"fences without a language", fill("", "```\n```js\n")},
		{"elements", fill("", "<write_to_file><path>a</path><content>")},
		{"arguments", fill("<function=x>\n", "<parameter=path>\n")},
		{"names with spaces", fill("", "**"+strings.Repeat("a ", 50)+"b.js**\n```js\n```\n")[:size/4]},
		{"commands that write files", fill("```sh\n", "cat > a <<E\nx\nE\n")},
		{"commands that write one file", fill("```sh\ncat > a.md <<E\n", "cat > a <<F\n```\n")},
		{"commands with many targets", fill("```sh\n", "cat "+strings.Repeat("> a;cat <", 25)+"<E\nE\n")},
		{"commands outside any fence", fill("", "cat > a <<E\nx\nE\n")},
		{"a command that nothing ends", fill("cat > a <<E\n", "cat > a <<E\n")},
		{"commands in calls", fill("", `{"command": "cat > a <<E\nx\nE\n"}`)},
		{"lines in a command of a call", fill(`{"command": "cat > a <<E`, "\n")},
		{"words in a command of a call", fill(`{"path": "a", "command": [`, `"cat > a <<E",`)},
		{"keys without quotes", fill("", "{a: {b: [\n")},
		{"files behind broken ones", fill(`{"files": [`, `{"path": "a.js", "content": "x"x"}, `)},
		{"members behind broken ones", fill(`{"files": {`, `"a.js": "x"x", `)},
		{"members that are null", fill(`{"files": {`, `"a.js": null,`)},
		{"files in YAML", fill("```yaml\n", "path: a.js\ncontent: |\n  x\n")},
		{"lines in YAML", fill("```yaml\n", "content: |\n\n")},
		{"quotations", fill("", "> ```js\n> x\n")},
		{"words before fences", fill("", "a:```js\n")},
		{"long sentences", fill("", strings.Repeat("a.b `c.d` ", 28)+":\n```js\n```\n")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			reply.Parse(tc.text)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%v for %d KB", took, len(tc.text)>>10)
			}
		})
	}
}
