package merge

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/gap"
)

// TestHostile: whatever a reply holds, matching it with a project ends soon, and without
// a panic. A test that hangs is ended by its deadline.
func TestHostile(t *testing.T) {
	const size = 8 << 10
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

// TestDepth: scripts are read up to a depth, below which reading takes a bounded time.
func TestDepth(t *testing.T) {
	for _, tc := range []struct {
		depth int
		want  bool
	}{{maxDepth, true}, {maxDepth + 1, false}} {
		text := strings.Repeat("(", tc.depth) + "a" + strings.Repeat(") => b", tc.depth)
		if _, ok := readScript(text); ok != tc.want {
			t.Errorf("%d brackets are read: %v, want %v", tc.depth, ok, tc.want)
		}
	}
}

// FuzzInto: what is merged keeps every line of the whole but for those of the pieces in
// whose places others come, so it never becomes empty, and the result can be read.
func FuzzInto(f *testing.F) {
	for _, file := range tip {
		f.Add(file.Path, file.Content, "function update() {}\n")
		f.Add(file.Path, file.Content, "h1 { color: red }\n")
		f.Add(file.Path, file.Content, "<h1 id=\"x\">y</h1>\n")
	}
	f.Fuzz(func(t *testing.T, name, whole, part string) {
		for _, kind := range []string{"js", "css", "html"} {
			merged, ok := into(name, whole, kind, part)
			if !ok {
				continue
			}
			if strings.TrimSpace(merged) == "" {
				t.Errorf("%q and %q become nothing", whole, part)
			}
			if kindOf(name) == "js" && !parses(strings.ReplaceAll(merged, "\r\n", "\n")) {
				t.Errorf("%q and %q become %q, which is no JavaScript", whole, part, merged)
			}
			if kindOf(name) == "css" {
				if _, ok := readSheet(merged); !ok {
					t.Errorf("%q and %q become %q, which is no CSS", whole, part, merged)
				}
			}
		}
		for _, b := range []string{"", whole} {
			gap.Elisions(name, part, b)
		}
	})
}
