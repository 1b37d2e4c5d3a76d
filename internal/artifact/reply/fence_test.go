package reply_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// TestFences reads fences that stand where people see them and Markdown does not,
// and ones that are content.
func TestFences(t *testing.T) {
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	for _, tc := range []struct {
		name, text string
		want       []artifact.File
		truncated  bool
	}{
		{name: "closed behind code",
			text: "```js a.js\nfunction f() {\n}```\n\nThen:\n\n```css b.css\np{}```\nAnd\n```json c.json\n{\"a\": 1}```\n```html d.html\n<p>x</p>```\nDone.\n",
			want: []artifact.File{file("a.js", "function f() {\n}\n"), file("b.css", "p{}\n"), file("c.json", "{\"a\": 1}\n"), file("d.html", "<p>x</p>\n")}},
		{name: "closed behind a script", text: "```html\n<script>\nf();```\nDone.\n```css\np{}\n```\n",
			want: []artifact.File{file("index.html", "<script>\nf();\n"), file("style.css", "p{}\n")}},
		{name: "closed behind the end of a page", text: "```html\n<html>\n</html>```\n```css\np{}\n```\n", want: []artifact.File{file("index.html", "<html>\n</html>\n"), file("style.css", "p{}\n")}},
		{name: "fences at the end of lines of templates, comments and text",
			text: "```js a.js\nconst s = `x\ny```\nz`;\n// ends in ```\nconst t = \"a```\";\n/* x\n```\n*/\ng();\n```\n```py b.py\n# ends in ```\nx = 1\n```\n```md c.md\nUse ```\nx\n```\n",
			want: []artifact.File{file("a.js", "const s = `x\ny```\nz`;\n// ends in ```\nconst t = \"a```\";\n/* x\n```\n*/\ng();\n"), file("b.py", "# ends in ```\nx = 1\n"), file("c.md", "Use ```\nx\n")}},
		{name: "forgotten before the next one",
			text: "```html index.html\n<p>\n\n```css style.css\np{}\n\n```js script.js\nf()\n```\n",
			want: []artifact.File{file("index.html", "<p>\n"), file("style.css", "p{}\n"), file("script.js", "f()\n")}},
		{name: "forgotten before the next one without a name", text: "```html\n<p>\n```css\np{}\n```js\nf()\n```\n", want: []artifact.File{file("index.html", "<p>\n"), file("style.css", "p{}\n"), file("script.js", "f()\n")}},
		{name: "forgotten before words about the next one",
			text: "```html index.html\n<p>\n\nNow the styles:\n\n**look.css**\n```css\np{}\n\n### app.js\n\n```js\nf()\n```\n",
			want: []artifact.File{file("index.html", "<p>\n"), file("look.css", "p{}\n"), file("app.js", "f()\n")}},
		{name: "forgotten before a sentence", text: "```js a.js\nf()\n\nThe style sheet is `b.css`:\n\n```css\np{}\n```\n", want: []artifact.File{file("a.js", "f()\n"), file("b.css", "p{}\n")}},
		{name: "nothing but words before the next one", text: "```c a.c\n\n\nA name :\n```c b.c\nx\n```\n", want: []artifact.File{file("a.c", "\n\nA name :\n"), file("b.c", "x\n")}},
		{name: "thoughts in quotations", text: "> Maybe:\n> ```html\n> <p>draft\n> ```\n> ```css\n> p{}\n> ```\n\n```html\n<p>\n```\n", want: []artifact.File{file("index.html", "<p>\n")}},
		{name: "forgotten after commands", text: "```bash\nnpm i\n\n```js a.js\nf()\n```\n", want: []artifact.File{file("a.js", "f()\n")}},
		{name: "forgotten after a script in a page", text: "```html index.html\n<script>\nf()\n</script>\n<script>\ng()\n```css style.css\np{}\n```\n",
			want: []artifact.File{file("index.html", "<script>\nf()\n</script>\n<script>\ng()\n"), file("style.css", "p{}\n")}},
		{name: "opened behind words", text: "Here is the file:```html\n<p>\n```\nAnd `style.css`: ```css\np{}\n```\n", want: []artifact.File{file("index.html", "<p>\n"), file("style.css", "p{}\n")}},
		{name: "opened behind a name", text: "**app.js** ```js\nf()\n```\nb.css:```css\np{}\n```\nHere:```js c.js\ng()\n```\n", want: []artifact.File{file("app.js", "f()\n"), file("b.css", "p{}\n"), file("c.js", "g()\n")}},
		{name: "opened behind a colon without a language", text: "The page:```\n<!DOCTYPE html>\n```\n", want: []artifact.File{file("index.html", "<!DOCTYPE html>\n")}},
		{name: "opened in an item", text: "1. ```html\n   <p>\n   ```\n2. ```css\n   p{}\n   ```\n- ```js\n  f()\n  ```\n", want: []artifact.File{file("index.html", "<p>\n"), file("style.css", "p{}\n"), file("script.js", "f()\n")}},
		{name: "in a quotation", text: "> ```html\n> <p>\n>\n>   x\n> ```\n\n> **a.js**\n> ```js\n> f()\n> ```\n", want: []artifact.File{file("index.html", "<p>\n\n  x\n"), file("a.js", "f()\n")}},
		{name: "a quotation that ends", text: "> ```html\n> <p>\nWords.\n\n> ```css\n> p{}\n", want: []artifact.File{file("index.html", "<p>\n"), file("style.css", "p{}\n")}, truncated: true},
		{name: "words about fences", text: "Write ``` before it, and ```` ```html ```` too. Begin with ```html, end with ```.\nIt is ```js inline``` code, and this ends in `` ``` ``\n```js\nf()\n```\n", want: []artifact.File{file("script.js", "f()\n")}},
		{name: "in a template",
			text: "```js script.js\nconst SAMPLE = `# Hello\n\n```js\nlet a = 1;\n```\n\nBye`;\nf(SAMPLE);\n```\n\nEnjoy!\n",
			want: []artifact.File{file("script.js", "const SAMPLE = `# Hello\n\n```js\nlet a = 1;\n```\n\nBye`;\nf(SAMPLE);\n")}},
		{name: "in a template without a language",
			text: "```js script.js\nconst S = `\n```\na\n```\nb\n```\nc\n```\n`;\nf(S);\n```\n```css\np{}\n```\n",
			want: []artifact.File{file("script.js", "const S = `\n```\na\n```\nb\n```\nc\n```\n`;\nf(S);\n"), file("style.css", "p{}\n")}},
		{name: "in a template of a page", text: "```html\n<script>\nconst s = `\n```js\nx\n```\n`;\n</script>\n```\n```css\np{}\n```\n",
			want: []artifact.File{file("index.html", "<script>\nconst s = `\n```js\nx\n```\n`;\n</script>\n"), file("style.css", "p{}\n")}},
		{name: "in a comment", text: "```css a.css\n/* Use:\n```css\np{}\n```\n*/\nb{}\n```\n```ts c.ts\n/*\n```\nx\n```\n*/\nlet c: number;\n```\n",
			want: []artifact.File{file("a.css", "/* Use:\n```css\np{}\n```\n*/\nb{}\n"), file("c.ts", "/*\n```\nx\n```\n*/\nlet c: number;\n")}},
		{name: "in a text of Python", text: "```python a.py\nS = \"\"\"\n```js\nx\n```\n\"\"\"\nprint(S)\n```\n", want: []artifact.File{file("a.py", "S = \"\"\"\n```js\nx\n```\n\"\"\"\nprint(S)\n")}},
		{name: "in a template of an expression", text: "```js a.js\nconst f = (x) => `${x.map((y) => `\n```js\n${y}\n```\n`)}`;\n```\n", want: []artifact.File{file("a.js", "const f = (x) => `${x.map((y) => `\n```js\n${y}\n```\n`)}`;\n")}},
		{name: "after quotes that look like templates", text: "```js a.js\nconst a = \"it`s\"; // don`t\nconst b = /`/.test(a) / 2;\n```\n```js b.js\nf()\n```\n",
			want: []artifact.File{file("a.js", "const a = \"it`s\"; // don`t\nconst b = /`/.test(a) / 2;\n"), file("b.js", "f()\n")}},
		{name: "a template that nothing ends", text: "```js a.js\nf(`x);\n```\nThen:\n```css\np{}\n```\nBye\n", want: []artifact.File{file("a.js", "f(`x);\n"), file("style.css", "p{}\n")}},
		{name: "a template that nothing ends before a named one", text: "```js a.js\nf(`x);\n```\n```js b.js\ng()\n```\n", want: []artifact.File{file("a.js", "f(`x);\n"), file("b.js", "g()\n")}},
		{name: "a README", text: "```md README.md\n# A\n\n```html index.html\n<p>\n```\n\n```bash\nnpm i\n```\nBye\n```\n```js\nf()\n```\n",
			want: []artifact.File{file("README.md", "# A\n\n```html index.html\n<p>\n```\n\n```bash\nnpm i\n```\nBye\n"), file("script.js", "f()\n")}},
		{name: "a README with four signs", text: "````md README.md\n# A\n```html\n<p>\n```\n````\n```js\nf()\n```\n", want: []artifact.File{file("README.md", "# A\n```html\n<p>\n```\n"), file("script.js", "f()\n")}},
		{name: "tildes", text: "~~~js a.js\nconst s = `\n~~~\nx\n~~~\n`;\n~~~\n", want: []artifact.File{file("a.js", "const s = `\n~~~\nx\n~~~\n`;\n")}},
		{name: "an edit of a README", text: "README.md\n```\n<<<<<<< SEARCH\na\n=======\n```bash\nnpm i\n```\n>>>>>>> REPLACE\n```\n```js b.js\nf()\n```\n", want: []artifact.File{file("b.js", "f()\n")}},
		{name: "cut", text: "```js a.js\nconst s = `\n```js\nx\n", want: []artifact.File{file("a.js", "const s = `\n```js\nx\n")}, truncated: true},
		{name: "an end tag behind the end", text: "<answer>\n```js a.js\nf()\n```</answer>\n```js b.js\ng()\n```<|im_end|>\n", want: []artifact.File{file("a.js", "f()\n"), file("b.js", "g()\n")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, text := range []string{tc.text, strings.ReplaceAll(tc.text, "\n", "\r\n"), strings.TrimSuffix(tc.text, "\n")} {
				r := reply.Parse(text)
				if diff := cmp.Diff(tc.want, r.Files); diff != "" || r.Truncated != tc.truncated {
					t.Fatalf("truncated: %v, warnings %v, files (-want +got):\n%s", r.Truncated, r.Warnings, diff)
				}
				checkEvents(t, r)
				if diff := cmp.Diff(r, inPieces(text, func() int { return 1 })); diff != "" {
					t.Errorf("in pieces (-whole +pieces):\n%s", diff)
				}
			}
		})
	}
}
