package reply_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// TestEscapes expects that escapes are undone where they are an error.
func TestEscapes(t *testing.T) {
	for _, tc := range []struct{ name, path, content, want string }{
		{"a script", "a.js", "const f = (a) =&gt; a &amp;&amp; a &lt; 3;\ndocument.title = f(1);", "const f = (a) => a && a < 3;\ndocument.title = f(1);"},
		{"a loop", "a.js", "for (let i = 0; i &lt; 3; i++) f(i);", "for (let i = 0; i < 3; i++) f(i);"},
		{"a loop without spaces", "a.js", "for(let i=0;i&lt;3;i++)f(i);", "for(let i=0;i<3;i++)f(i);"},
		{"quotes too", "a.js", "const s = &quot;a&quot; + &#39;b&#39;;\nif (s &gt;= t) f(() =&gt; 1);", "const s = \"a\" + 'b';\nif (s >= t) f(() => 1);"},
		{"tags in a template", "a.js", "const li = (x) =&gt; `&lt;li&gt;${x}&lt;/li&gt;`;", "const li = (x) => `<li>${x}</li>`;"},
		{"escapes of escapes", "a.js", "const e = (s) =&gt; s.replace(/&lt;/g, '&amp;lt;').replace(/&amp;/g, '&amp;amp;');", "const e = (s) => s.replace(/</g, '&lt;').replace(/&/g, '&amp;');"},
		{"escaped quotes that were so before", "a.js", "const e = (s) =&gt; s.replace(/\"/g, \"&quot;\");", "const e = (s) => s.replace(/\"/g, \"&quot;\");"},
		{"operators beside tags", "a.js", "el.innerHTML = '<b>&lt;</b>';\nconst f = (a) =&gt; a &amp;&amp; a.b;", "el.innerHTML = '<b>&lt;</b>';\nconst f = (a) => a && a.b;"},
		{"TypeScript", "a.ts", "const m: Map&lt;string, number&gt; = new Map();\nconst f = (a: number): boolean =&gt; a &gt; 1;", "const m: Map<string, number> = new Map();\nconst f = (a: number): boolean => a > 1;"},
		{"JSX", "a.jsx", "export default function App() {\n  return &lt;div className=\"a\"&gt;{x &amp;&amp; &lt;b&gt;1&lt;/b&gt;}&lt;/div&gt;;\n}", "export default function App() {\n  return <div className=\"a\">{x && <b>1</b>}</div>;\n}"},
		{"a style sheet", "a.css", "ul &gt; li { color: red }\n.a { &amp;:hover { content: &quot;x&quot; } }\n@media (width &lt;= 600px) { p { margin: 0 } }", "ul > li { color: red }\n.a { &:hover { content: \"x\" } }\n@media (width <= 600px) { p { margin: 0 } }"},
		{"JSON", "a.json", "{&quot;a&quot;: [1, &quot;b &amp; c&quot;]}", "{\"a\": [1, \"b & c\"]}"},
		{"Python", "a.py", "if a &lt; 3 and b &gt;= 2:\n    print(&#39;x&#39;)", "if a < 3 and b >= 2:\n    print('x')"},
		{"Go", "a.go", "for i := 0; i &lt; n; i++ { ch &lt;- i }", "for i := 0; i < n; i++ { ch <- i }"},
		{"a page", "a.html", "&lt;p&gt;1 &amp;lt; 2&lt;/p&gt;", "<p>1 &lt; 2</p>"},
		{"a script in a page", "a.html", "<p>1 &lt; 2 &amp; 3</p>\n<script>\nconst f = (a) =&gt; a &amp;&amp; a &lt; 3;\n</script>\n<style>\nul &gt; li { margin: 0 }\n</style>", "<p>1 &lt; 2 &amp; 3</p>\n<script>\nconst f = (a) => a && a < 3;\n</script>\n<style>\nul > li { margin: 0 }\n</style>"},
		{"a module in a page", "a.html", "<script type=\"module\">if (a &amp;&amp; b) f();</script>", "<script type=\"module\">if (a && b) f();</script>"},

		{"strings of a function that escapes", "a.js", "const e = (s) => s.replace(/&/g, '&amp;').replace(/</g, \"&lt;\").replace(/>/g, '&gt;').replace(/\"/g, '&quot;');", ""},
		{"a table of escapes", "a.js", "const map = {\n  '&lt;': 'lt',\n  '&amp;': \"amp\",\n};\nmodule.exports = map;", ""},
		{"a function that undoes escapes", "a.js", "function un(s) { return s.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&'); }", ""},
		{"a comment about escapes", "a.js", "// a &lt; b &amp;&amp; c =&gt; d\nf();", ""},
		{"a template with text", "a.js", "el.innerHTML = `\n  <p>1 &lt; 2 &amp;&amp; 3</p>\n  <code>a =&gt; b</code>\n`;", ""},
		{"text in JSX", "a.jsx", "export default () => <p>Tom &amp; Jerry, a &lt; b, x =&gt; y &nbsp; {a && b}</p>;", ""},
		{"text in JSX of a function", "a.jsx", "export default function A() {\n  return <p>1 &lt; 2 &gt; 0 &quot;q&quot;</p>;\n}", ""},
		{"text in a page", "a.html", "<p>a &lt; b &amp;&amp; c =&gt; d</p><pre><code>const f = () =&gt; 1;</code></pre>", ""},
		{"a sample in a page with a script", "a.html", "<pre>&lt;script&gt;a &amp;&amp; b&lt;/script&gt;</pre><script>el.textContent = '&lt;b&gt;';\nf(a && b);</script>", ""},
		{"an attribute of a page", "a.html", "<button onclick=\"a &amp;&amp; b()\">x</button>", ""},
		{"a template in a page", "a.html", "<script type=\"text/template\"><p>a &amp;&amp; b =&gt; c</p></script><script type=\"application/json\">{\"a\": \"&lt;\"}</script>", ""},
		{"strings of a style sheet", "a.css", "p::before { content: \"&lt;\" }\n/* a &gt; b */", ""},
		{"tags in a style sheet", "a.css", "&lt;p&gt;", ""},
		{"an image", "a.svg", "<svg><style>a &gt; b {}</style><text>&lt;</text></svg>", ""},
		{"Markdown", "a.md", "Write `a &lt; b` and &amp;&amp;.", ""},
		{"data", "a.json", "{\"a\": \"1 &lt; 2 &amp;&amp; 3\"}", ""},
		{"operators of both kinds", "a.js", "const f = (a) => a;\nconst s = g(a) =&gt; 1;", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.want == "" {
				tc.want = tc.content
			}
			r := reply.Parse("```text path=\"" + tc.path + "\"\n" + tc.content + "\n```\n")
			if diff := cmp.Diff([]artifact.File{{Path: tc.path, Content: tc.want + "\n"}}, r.Files); diff != "" {
				t.Errorf("a file (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEscapesInEdits(t *testing.T) {
	for _, tc := range []struct {
		name string
		e    artifact.Edit
		want artifact.Edit
	}{
		{"both parts", artifact.Edit{Path: "a.js", Search: "  if (a &gt; 0) f();\n", Replace: "  if (a &gt; 0 &amp;&amp; a &lt; 1e6) f();\n"}, artifact.Edit{Path: "a.js", Search: "  if (a > 0) f();\n", Replace: "  if (a > 0 && a < 1e6) f();\n"}},
		{"the replacement", artifact.Edit{Path: "a.js", Search: "  if (a > 0) f();\n", Replace: "  if (a &gt; 0 &amp;&amp; a &lt; 1e6) f();\n"}, artifact.Edit{Path: "a.js", Search: "  if (a > 0) f();\n", Replace: "  if (a > 0 && a < 1e6) f();\n"}},
		{"a style sheet", artifact.Edit{Path: "a.css", Search: "ul &gt; li {\n", Replace: "ol &gt; li {\n"}, artifact.Edit{Path: "a.css", Search: "ul > li {\n", Replace: "ol > li {\n"}},
		{"tags of a page", artifact.Edit{Path: "a.html", Search: "&lt;h1&gt;A &amp;amp; B&lt;/h1&gt;\n", Replace: "&lt;h1&gt;C&lt;/h1&gt;\n"}, artifact.Edit{Path: "a.html", Search: "<h1>A &amp; B</h1>\n", Replace: "<h1>C</h1>\n"}},
		{"a script of a page", artifact.Edit{Path: "a.html", Search: "  if (a &gt; 0) f();\n", Replace: "  if (a &gt; 0 &amp;&amp; b) f();\n"}, artifact.Edit{Path: "a.html", Search: "  if (a > 0) f();\n", Replace: "  if (a > 0 && b) f();\n"}},
		{"text of a page", artifact.Edit{Path: "a.html", Search: "Tom &amp; Jerry\n", Replace: "1 &lt; 2\n"}, artifact.Edit{Path: "a.html", Search: "Tom &amp; Jerry\n", Replace: "1 &lt; 2\n"}},
		{"strings", artifact.Edit{Path: "a.js", Search: "  s.replace(/</g, '&lt;');\n", Replace: "  s.replace(/</g, \"&lt;\");\n"}, artifact.Edit{Path: "a.js", Search: "  s.replace(/</g, '&lt;');\n", Replace: "  s.replace(/</g, \"&lt;\");\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.e.String())
			if diff := cmp.Diff([]artifact.Edit{tc.want}, r.Edits); diff != "" {
				t.Errorf("edits (-want +got):\n%s", diff)
			}
		})
	}
}
