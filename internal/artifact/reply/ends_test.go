package reply_test

import (
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEndOf(t *testing.T) {
	whole, cut, broken := reply.End{}, reply.End{Cut: true}, reply.End{Cut: true, Broken: true}
	file := func(lang, path, content, end string) string {
		return "```" + lang + " " + path + "\n" + content + end
	}
	const closed = "\n```\n"
	html := func(content, end string) string { return file("html", "index.html", content, end) }
	js := func(content, end string) string { return file("js", "app.js", content, end) }
	css := func(content, end string) string { return file("css", "style.css", content, end) }
	head := "<!DOCTYPE html>\n<html>\n<body>\n"
	for _, tc := range []struct {
		name, text string
		want       reply.End
	}{
		// cut
		{"a script in mid-word", html(head+"<script>\nfunction draw() {\n  document.getElementById('c').textCon", ""), broken},
		{"the same, closed", html(head+"<script>\nfunction draw() {\n  document.getElementById('c').textCon", closed), broken},
		{"a heading in mid-word", html(head+"<h1>Tip calc", ""), broken},
		{"the same, closed", html(head+"<h1>Tip calc", closed), broken},
		{"a tag", html(head+"<div class=\"ca", closed), broken},
		{"a tag without attributes", html(head+"<p>a</p>\n<butto", closed), broken},
		{"an end tag", html(head+"<h1>a</h1>\n</bo", closed), broken},
		{"less than a tag", html(head+"<h1>a</h1>\n<", closed), broken},
		{"a comment", html(head+"<!-- the list of", closed), broken},
		{"a style", html("<!DOCTYPE html>\n<html>\n<head>\n<style>\nbody { margin: 0; }", closed), broken},
		{"a list without an item, closed", html(head+"<h1>a</h1>\n<ul id=\"list\">\n", closed), broken},
		{"between two elements, closed", html(head+"<div>\n<p>a</p>\n", closed), broken},
		{"a body without content", html(head, closed), broken},
		{"a paragraph in mid-word, closed", html(head+"<p>Welcome to my", closed), cut},
		{"a paragraph in a number, closed", html(head+"<p>0.", closed), cut},
		{"a price, closed", html(head+"<h1>Shop</h1>\n<p>Price: $", closed), cut},
		{"a list of words, closed", html(head+"<p>Welcome,", closed), cut},
		{"a paragraph after one with its end, closed", html(head+"<p>One.</p>\n<p>All is well.", closed), cut},
		{"an item after one with its end, in a part", html("<ul>\n<li>One.</li>\n</ul>\n<p>One</p><p>Two", closed), cut},
		{"a drawing", html(head+"<svg viewBox=\"0 0 1 1\"><path d=\"M0 0", closed), broken},
		{"between two elements, no fence", html(head+"<div>\n<p>a</p>\n", ""), broken},
		{"a page without its end, no fence", html(head+"<p>a</p>\n", ""), cut},
		{"a bare page", head + "<p>a</p>\n<ul><li>one</li>\n", broken},
		{"a function", js("function add(a, b) {\n  return a + b;\n", closed), broken},
		{"a call", js("document.addEventListener('click', () => {\n  add(1);\n", closed), broken},
		{"an operator", js("let a = 1;\nlet b =", closed), broken},
		{"a string", js("let a = 'the end", closed), broken},
		{"a template", js("let a = `the ${name} and\n", closed), broken},
		{"a script's comment", js("let a = 1;\n/* the", closed), broken},
		{"a keyword", js("let a = 1;\nfunction", closed), broken},
		{"a property", js("let a = 1;\ndocument.getElementById('c').textCon", closed), broken},
		{"an export", js("let a = 1;\nexport func", closed), broken},
		{"a word", js("let a = 1;\n\nfunc", closed), broken},
		{"typed code after a statement", file("ts", "a.ts", "function a(): string {\n  return 'b';", closed), cut},
		{"an array", js("const rows = [\n  { id: 1, name: 'a' },\n  { id: 2, na", closed), broken},
		{"a component", file("jsx", "App.jsx", "export default function App() {\n  const [a, setA] = useSta", closed), broken},
		{"a rule", css("body {\n  margin: 0;\n}\n.card {\n  color: ", closed), broken},
		{"a selector", css("body { margin: 0 }\n.car", closed), broken},
		{"a media query", css("@media (max-width: 600px) {\n  .card { width: 100% }\n", closed), broken},
		{"a style's comment", css("body { margin: 0 }\n/* the", closed), broken},
		{"a style's string", css(".a { content: \"x", closed), broken},
		{"an object of data", file("json", "data.json", "{\"a\": [1, 2,", closed), broken},
		{"a file that has not begun", html(head+"<p>a</p></body></html>", closed) + "```css style.css\n", broken},
		{"a second file", html(head+"<script src=\"app.js\"></script></body></html>", closed) + js("let a = 1;\nfunction b() {\n", ""), broken},
		{"a page after its style", "```css\nbody { margin: 0 }\n```\n```html\n" + head + "<link rel=\"stylesheet\" href=\"main.css\">\n<h1>Tip calc", broken},
		{"the rest of a list", js("const a = {\n  ...defaults,\n  b: [", closed), broken},
		{"an edit", "app.js\n<<<<<<< SEARCH\na\n=======\nb", broken},
		{"files in JSON", "{\"files\": {\"index.html\": \"<p>a", broken},
		{"tags", "<file path=\"app.js\">\nlet a = 1;\nif (a", broken},
		{"a page of notes", file("md", "README.md", "# A\n\nThe last sentence is", ""), cut},
		{"a table of notes", file("csv", "data.csv", "a,b\n1,", ""), cut},
		// whole
		{"notes that end with a sentence", file("md", "README.md", "# A\n\nThat is all.", ""), whole},
		{"a program without its fence", file("python", "app.py", "for a in b:\n    print(a)\n", ""), whole},
		{"a page", html(head+"<p>a</p>\n</body>\n</html>", closed), whole},
		{"a page without its fence", html(head+"<p>a</p>\n</body>\n</html>\n", ""), whole},
		{"a page with a mistake in it", html(head+"<div><p>a</p>\n</body>\n</html>", closed), whole},
		{"a page that leaves out what it may", html("<!DOCTYPE html>\n<title>A</title>\n<p>one\n<p>two", closed), whole},
		{"a paragraph that leaves out its end", html(head+"<h1>A</h1>\n<p>All is well.", closed), whole},
		{"a question that leaves out its end", html(head+"<h1>A</h1>\n<p>Is all well (or “not”)?", closed), whole},
		{"a picture", html(head+"<p>Hi 👋🏽", closed), whole},
		{"a sentence in Chinese", html(head+"<p>一切都好。", closed), whole},
		{"paragraphs of a part that leave out their ends", html("<p>One: 1.\n<p>Two: 2.", closed), whole},
		{"words after an item with its end", html("<ul><li>a</li></ul>\nThat is 1.", closed), whole},
		{"a page without ends", html(head+"<h1>A</h1>\n<p>b</p>", closed), whole},
		{"a part of a page", html("<div class=\"card\">\n<p>a</p>\n</div>", closed), whole},
		{"a part of a page that only opens", html("<div class=\"card\">", closed), whole},
		{"a field", html("<input type=\"text\">", closed), whole},
		{"a script with brackets in strings", js("const a = '{', b = /[(]{2}/, c = `${a}{`;\n", closed), whole},
		{"a script without its fence", js("const a = 1;\nrun();\n", ""), whole},
		{"a script without semicolons", js("const a = 1\nrun()", closed), whole},
		{"a name at the end", js("const App = () => 1\nexport default App", closed), whole},
		{"a property that is assigned", js("const a = 1\nmodule.exports = b.c", closed), whole},
		{"a script with a mistake", js("const a = = 1;\nfoo bar;\n", closed), whole},
		{"a module that waits", js("const a = await fetch('a');\nexport { a };", closed), whole},
		{"an elided part", js("function add() {\n  // ... existing code ...", closed), whole},
		{"an elided page", html(head+"<div>\n<!-- the rest stays … -->", closed), whole},
		{"names in a list", js("let a = 1,\n  b", closed), whole},
		{"brackets in typed strings", file("ts", "a.ts", "const re = /[({]/g;\n// :(\nlet a: string = '(' + `{`;\nexport type B = 'x' | 'y'", closed), whole},
		{"types", file("ts", "app.ts", "interface A { b: string }\nconst a: A = { b: 'x' }\n", closed), whole},
		{"a component", file("tsx", "App.tsx", "export default () => <p>don't (</p>;\n", closed), whole},
		{"a style", css("body { margin: 0 }\n@import url(a.css);", closed), whole},
		{"a style with braces in strings", css(".a::before { content: \"{\"; }\n/* } { */", closed), whole},
		{"declarations", css("color: red;\nmargin: 0", closed), whole},
		{"an object of data", file("json", "data.json", "{\"a\": [1, 2]}", closed), whole},
		{"a question", "What should the app be called, and…", whole},
		{"words that break off", "The app needs a clo", whole},
		{"words after a page", html(head+"<p>a</p>\n</body>\n</html>", closed) + "\nOpen the page and", whole},
		{"a command that breaks off", "Run this:\n```sh\nnpm inst", whole},
		{"an edit", "app.js\n<<<<<<< SEARCH\nif (a) {\n=======\nif (b) {\n>>>>>>> REPLACE\n", whole},
		{"nothing", "", whole},
	} {
		got := reply.EndOf(tc.text)
		got.File, got.Open, got.Edit = artifact.File{}, false, false
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", tc.name, tc.text, diff)
		}
	}
}

// TestEndOfReplies: of the corpus, the replies that were cut within a file, and few
// more. Those that were cut in their words are not told from others.
func TestEndOfReplies(t *testing.T) {
	want := []string{
		"recorded-llamacpp-bigger-loop-cut", "recorded-llamacpp-pre-landing-loop-cut", "recorded-llamacpp-pre-memory-cut", "recorded-llamacpp-pre-quiz-cut",
		"recorded-llamacpp-pre-resume-cut", "recorded-llamacpp-pre-todo-cut", "recorded-ollama-counter-js-cut", "recorded-ollama-fr-js-cut",
		"recorded-ollama-two-buttons-two-html-cut", "unclosed-html-cut-off",
		"recorded-llamacpp-pre-calc-dark",      // its script has no end
		"recorded-ollama-timer-info-path",      // likewise
		"recorded-ollama-faq-bare-page-no-end", // neither an end nor a fence
		"unclosed-tilde-with-backticks",        // a guide without its fence
	}
	var got []string
	for name, r := range corpus(t, "testdata/replies") {
		if reply.EndOf(r.text).Cut {
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("cut (-want +got):\n%s", diff)
	}
}

// TestEndOfIsLinear: no text takes long, however it is nested.
func TestEndOfIsLinear(t *testing.T) {
	for _, wrap := range []string{"```html index.html\n", "```js app.js\n", "```css style.css\n", "```json a.json\n", "```tsx a.tsx\n"} {
		for _, unit := range []string{"(", "{", "[", "a=>", "!", "<a>", "<", "</a>", "`", "`${", "'", "/", "/*", "a{", "<!--", "\n", "x", "<svg>", "<script>", ".a", "\"", "...\n"} {
			done := make(chan struct{})
			go func() {
				reply.EndOf(wrap + strings.Repeat(unit, 400<<10/len(unit)))
				close(done)
			}()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatalf("%q in %q takes a minute", unit, wrap)
			}
		}
	}
}

func BenchmarkEndOf(b *testing.B) {
	all := texts(b)
	n := 0
	for _, text := range all {
		n += len(text)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		for _, text := range all {
			reply.EndOf(text)
		}
	}
}

func FuzzEndOf(f *testing.F) {
	for name, r := range corpus(f, "testdata/replies") {
		if len(name)%9 == 0 && len(r.text) < 3000 {
			f.Add("html", r.text)
		}
	}
	f.Add("js", "let a = `x${b}`; class C { #d = /[/]/ }\nasync () => { for await (const e of f) {")
	f.Add("css", "@media (a) { .b:not(c) { d: url(e) } /* f")
	f.Add("html", "<div a=\"b\" c='d' e><svg><path/></svg><!-- f --><script>g")
	f.Add("json", "{\"a\": [1, \"b")
	f.Fuzz(func(t *testing.T, language, content string) {
		end := reply.EndOf("```" + language + " a." + language + "\n" + content)
		if end.Broken && !end.Cut {
			t.Fatalf("%+v", end)
		}
	})
}
