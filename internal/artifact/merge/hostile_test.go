package merge

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
)

// TestHostile: whatever a reply holds, matching it with a project ends soon, and without
// a panic. A test that hangs is ended by its deadline.
func TestHostile(t *testing.T) {
	const size = 32 << 10
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	for _, unit := range []string{
		"{", "}", "(", "[", "`", "`${", "'", "\"", "/", "/*", "//\n", "<", "<!--", "<div>", "<div id=a>", "</div>", "<script>", "<style>", "a", "a\n", "=>", "async ", "class A{",
		"function f(){}\n", "class A{f(){}}\n", "const a=1;\n", "let a\n", "a{}\n", "@media a{", "@media a{}\n", "a{b:c;}\n", "b:c;", "...", "// ...\n", "<p id=x></p>\n", "f(){}\n", "x.y=()=>1\n", "export ", "\\", "\x00", "é", "#", ";",
	} {
		text := fill(unit)
		for _, name := range []string{"a.js", "a.css", "a.html"} {
			for _, base := range []string{text, "function f() {}\nclass A { f() {} }\nx.y = () => 1;\n", "a { b: c; }\n@media a { b {} }\n", "<!DOCTYPE html>\n<p id=x></p><script>function f() {}</script><style>a { b: d }</style>\n"} {
				Blocks([]artifact.File{{Path: name, Content: base}, {Path: "b.html", Content: base}}, []Block{
					{File: artifact.File{Path: name, Content: text}}, {File: artifact.File{Path: "z" + name, Content: text}, Unnamed: true}}, Wish{})
			}
		}
	}
}
