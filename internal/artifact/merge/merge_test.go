package merge

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestInto reads golden files: what a part of a file makes of the file, or that it has
// no certain place there. Each archive has pairs "whole.js", "part.js" and, if the
// place is certain, "want.js"; the name before the pair's dot may be numbered. A part
// for what is within a page ends in its kind: "part.page.js".
func TestInto(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d archives, %v", len(names), err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole := ""
		for i, f := range a.Files {
			what, ext, _ := strings.Cut(f.Name, ".")
			what, title, _ := strings.Cut(what, " ")
			if what == "whole" {
				whole = string(f.Data)
				continue
			}
			if what != "part" {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar")+"/"+title, func(t *testing.T) {
				target, kind := "a."+ext, kindOf("a."+ext)
				if own, inner, ok := strings.Cut(ext, "."); ok {
					target, kind = "a."+own, kindOf("a."+inner)
				}
				got, ok := into(target, whole, kind, string(f.Data))
				want, certain := "", false
				if i+1 < len(a.Files) && strings.HasPrefix(a.Files[i+1].Name, "want") {
					want, certain = string(a.Files[i+1].Data), true
				}
				if ok != certain {
					t.Fatalf("certain %v, want %v:\n%s", ok, certain, got)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("merged (-want +got):\n%s", diff)
				}
			})
		}
	}
}

var tip = []artifact.File{
	{Path: "index.html", Content: "<!DOCTYPE html>\n<html>\n<head>\n  <title>Tip</title>\n  <link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n  <h1>Tip calculator</h1>\n  <input id=\"bill\" type=\"number\">\n  <output id=\"tip\"></output>\n  <script src=\"script.js\"></script>\n</body>\n</html>\n"},
	{Path: "script.js", Content: "const bill = document.getElementById('bill');\nconst tip = document.getElementById('tip');\n\nfunction update() {\n  tip.textContent = (bill.value * 0.15).toFixed(2);\n}\n\nbill.addEventListener('input', update);\nupdate();\n"},
	{Path: "style.css", Content: "body {\n  font-family: sans-serif;\n}\nh1 {\n  color: blue;\n}\n"},
}

// TestBlocks: what becomes of the blocks of a reply.
func TestBlocks(t *testing.T) {
	const update = "function update() {\n  tip.textContent = (bill.value * 0.20).toFixed(2);\n}\n"
	script := func(s string) string { return strings.Replace(tip[1].Content, "0.15", s, 1) }
	one := []artifact.File{{Path: "index.html", Content: "<!DOCTYPE html>\n<html>\n<head>\n<style>\n  h1 { color: blue; }\n</style>\n</head>\n<body>\n<h1 id=\"t\">T</h1>\n<script>\n  let n = 0;\n  function go() {\n    n++;\n  }\n  go();\n</script>\n</body>\n</html>\n"}}
	for _, tc := range []struct {
		name    string
		base    []artifact.File
		blocks  []Block
		wish    Wish
		files   []artifact.File
		refused []string // paths
		merged  []string
	}{
		{name: "unnamed function", blocks: []Block{{artifact.File{Path: "script.js", Content: update}, true}},
			files: []artifact.File{{Path: "script.js", Content: script("0.20")}}, merged: []string{"script.js"}},
		{name: "named function", blocks: []Block{{artifact.File{Path: "script.js", Content: update}, false}},
			files: []artifact.File{{Path: "script.js", Content: script("0.20")}}, merged: []string{"script.js"}},
		{name: "unnamed rule", blocks: []Block{{artifact.File{Path: "style.css", Content: "h1 {\n  color: red;\n}\n"}, true}},
			files: []artifact.File{{Path: "style.css", Content: "body {\n  font-family: sans-serif;\n}\nh1 {\n  color: red;\n}\n"}}, merged: []string{"style.css"}},
		{name: "new element", blocks: []Block{{artifact.File{Path: "index.html", Content: "<button id=\"reset\">Reset</button>\n"}, true}}, refused: []string{"index.html"}},
		{name: "element by id", blocks: []Block{{artifact.File{Path: "index.html", Content: "<input id=\"bill\" type=\"number\" min=\"0\">\n"}, true}},
			files: []artifact.File{{Path: "index.html", Content: strings.Replace(tip[0].Content, `type="number"`, `type="number" min="0"`, 1)}}, merged: []string{"index.html"}},
		{name: "whole script", blocks: []Block{{artifact.File{Path: "script.js", Content: script("0.5")}, true}},
			files: []artifact.File{{Path: "script.js", Content: script("0.5")}}},
		{name: "two parts", blocks: []Block{{artifact.File{Path: "script.js", Content: update}, true}, {artifact.File{Path: "script.js", Content: "const tip = document.querySelector('#tip');\n"}, true}},
			files: []artifact.File{{Path: "script.js", Content: strings.Replace(script("0.20"), "getElementById('tip')", "querySelector('#tip')", 1)}}, merged: []string{"script.js"}},
		{name: "elisions between parts", blocks: []Block{{artifact.File{Path: "script.js", Content: "// ... existing code ...\n\n" + update + "\n// ... rest of the code ...\n"}, false}}, refused: []string{"script.js"}},
		{name: "elisions without a name", blocks: []Block{{artifact.File{Path: "script.js", Content: "// ...\n" + update}, true}}, refused: []string{"script.js"}},
		{name: "elision and new code", blocks: []Block{{artifact.File{Path: "script.js", Content: "// ... existing code ...\n\ndocument.getElementById('clear').onclick = () => { bill.value = ''; update(); };\n"}, false}}, refused: []string{"script.js"}},
		{name: "elision within a function", blocks: []Block{{artifact.File{Path: "script.js", Content: "function update() {\n  // ... existing code ...\n  tip.title = '';\n}\n"}, false}}, refused: []string{"script.js"}},
		{name: "page with elisions", blocks: []Block{{artifact.File{Path: "index.html", Content: "<!DOCTYPE html>\n<html>\n<head>\n  <!-- head stays the same -->\n</head>\n<body>\n  <!-- existing markup -->\n  <button id=\"clear\">Clear</button>\n</body>\n</html>\n"}, false}}, refused: []string{"index.html"}},
		{name: "a remark where nothing is left out", blocks: []Block{{artifact.File{Path: "style.css", Content: tip[2].Content + "/* ... existing styles ... */\np { margin: 0; }\n"}, false}},
			files: []artifact.File{{Path: "style.css", Content: tip[2].Content + "p { margin: 0; }\n"}}, merged: []string{"style.css"}},
		{name: "new file", blocks: []Block{{artifact.File{Path: "extra.js", Content: "let m;\n"}, false}}, files: []artifact.File{{Path: "extra.js", Content: "let m;\n"}}},
		{name: "rewritten", wish: Wish{Rewrite: true}, blocks: []Block{{artifact.File{Path: "script.js", Content: update}, false}}, files: []artifact.File{{Path: "script.js", Content: update}}},
		{name: "a function of a page", base: one, blocks: []Block{{artifact.File{Path: "script.js", Content: "function go() {\n  n += 2;\n}\n"}, true}},
			files: []artifact.File{{Path: "index.html", Content: strings.Replace(one[0].Content, "n++", "n += 2", 1)}}, merged: []string{"index.html"}},
		{name: "a rule of a page", base: one, blocks: []Block{{artifact.File{Path: "style.css", Content: "h1 { color: red; }\n"}, true}},
			files: []artifact.File{{Path: "index.html", Content: strings.Replace(one[0].Content, "blue", "red", 1)}}, merged: []string{"index.html"}},
		{name: "a named script of a page that has its own", base: one, blocks: []Block{{artifact.File{Path: "script.js", Content: "function go() {\n  n += 2;\n}\n"}, false}},
			files: []artifact.File{{Path: "index.html", Content: strings.Replace(one[0].Content, "n++", "n += 2", 1)}}, merged: []string{"index.html"}},
		{name: "new code without a name, for a page that has its own", base: one, blocks: []Block{{artifact.File{Path: "script.js", Content: "document.title = 'x';\n"}, true}}, refused: []string{""}},
		{name: "first script of a project", base: tip[2:], blocks: []Block{{artifact.File{Path: "script.js", Content: "document.title = 'x';\n"}, true}},
			files: []artifact.File{{Path: "script.js", Content: "document.title = 'x';\n"}}},
		{name: "a function under another name", base: []artifact.File{{Path: "src/app.js", Content: tip[1].Content}, tip[2]}, blocks: []Block{{artifact.File{Path: "script.js", Content: update}, true}},
			files: []artifact.File{{Path: "src/app.js", Content: script("0.20")}}, merged: []string{"src/app.js"}},
		{name: "a part of a file in another folder", base: []artifact.File{{Path: "src/script.js", Content: tip[1].Content}, tip[2]}, blocks: []Block{{artifact.File{Path: "script.js", Content: "// script.js\n" + update}, false}},
			files: []artifact.File{{Path: "src/script.js", Content: script("0.20")}}, merged: []string{"src/script.js", "src/script.js"}},
		{name: "new code that needs the file's names", blocks: []Block{{artifact.File{Path: "script.js", Content: "function clear() {\n  bill.value = '';\n  update();\n}\ndocument.getElementById('clear').onclick = clear;\nwindow.onload = clear;\n"}, false}}, refused: []string{"script.js"}},
		{name: "new code without a name", blocks: []Block{{artifact.File{Path: "script.js", Content: "document.title = 'Tip, and more words here';\nwindow.scrollTo(0, 0);\nconsole.log('x', 'y', 'z', 'and so on for long enough to be half of it');\n"}, true}}, refused: []string{"script.js"}},
		{name: "an object with some of its properties", base: []artifact.File{{Path: "a.js", Content: "const c = {\n  a: 1,\n  b: 2,\n};\nfunction f() {}\nf();\n"}}, blocks: []Block{{artifact.File{Path: "a.js", Content: "const c = { a: 2 };\n"}, false}}, refused: []string{"a.js"}},
		{name: "a class without its fields", base: []artifact.File{{Path: "a.js", Content: "class A {\n  n = 1;\n  f() {}\n}\nnew A();\n"}}, blocks: []Block{{artifact.File{Path: "a.js", Content: "class A {\n  f() { return 1; }\n}\n"}, false}},
			files: []artifact.File{{Path: "a.js", Content: "class A {\n  n = 1;\n  f() { return 1; }\n}\nnew A();\n"}}, merged: []string{"a.js"}},
		{name: "nested rules, some left out", base: []artifact.File{{Path: "a.css", Content: ".a {\n  color: red;\n  &:hover { color: blue; }\n}\n.b { margin: 0; }\n"}}, blocks: []Block{{artifact.File{Path: "a.css", Content: ".a { color: green; }\n"}, false}}, refused: []string{"a.css"}},
		{name: "two files where it fits", base: []artifact.File{{Path: "a.js", Content: tip[1].Content}, {Path: "b.js", Content: tip[1].Content}}, blocks: []Block{{artifact.File{Path: "script.js", Content: update}, true}}, refused: []string{""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := tc.base
			if base == nil {
				base = tip
			}
			got := Blocks(base, tc.blocks, tc.wish)
			if diff := cmp.Diff(tc.files, got.Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			var refused, merged []string
			for _, r := range got.Refused {
				refused = append(refused, r.Edit.Path)
			}
			for _, w := range got.Warnings {
				merged = append(merged, w.Path)
			}
			if diff := cmp.Diff(tc.refused, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s%v", diff, got.Refused)
			}
			if diff := cmp.Diff(tc.merged, merged); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShrinks: files of which much may have been forgotten.
func TestShrinks(t *testing.T) {
	page := func(script, body string) string {
		return "<!DOCTYPE html>\n<html>\n<body>\n" + body + "<script>\n" + script + "</script>\n</body>\n</html>\n"
	}
	body := "<h1>One</h1>\n<p>Two</p>\n<p>Three</p>\n<p>Four</p>\n<p>Five</p>\n<p>Six</p>\n<p>Seven, which is longer than the others are</p>\n<p>Eight</p>\n"
	script := "let a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\nlet e = 5;\nshow();\nshow(a + b + c + d + e);\n"
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	for _, tc := range []struct {
		name   string
		before artifact.File
		after  []artifact.File
		want   []string
	}{
		{"as it was", tip[1], []artifact.File{tip[1]}, nil},
		{"a little shorter", tip[1], []artifact.File{file("script.js", strings.Replace(tip[1].Content, "update();\n", "", 1))}, nil},
		{"much shorter", tip[1], []artifact.File{file("script.js", "const bill = 1;\n")}, []string{"script.js"}},
		{"into another file", tip[1], []artifact.File{file("script.js", "import './tip.js';\n"), file("tip.js", tip[1].Content)}, nil},
		{"a few lines", file("a.js", "a();\nb();\nc();\n"), []artifact.File{file("a.js", "a();\n")}, nil},
		{"something else, as long", tip[1], []artifact.File{file("script.js", strings.Repeat("console.log('something else');\n", 12))}, []string{"script.js"}},
		{"a page without its script", file("index.html", page(script, body)), []artifact.File{file("index.html", page("", body))}, []string{"index.html"}},
		{"a page with another script", file("index.html", page(script, body)), []artifact.File{file("index.html", page(strings.ReplaceAll(script, "let", "const"), body))}, nil},
		{"a page whose script is a file now", file("index.html", page(script, body)), []artifact.File{file("index.html", page("", body)), file("script.js", script)}, nil},
		{"deleted", tip[1], nil, nil},
	} {
		if diff := cmp.Diff(tc.want, Shrinks([]artifact.File{tc.before}, tc.after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestMisnamedIsBounded: a new script is tried in so many pages; beyond, it is a file.
func TestMisnamedIsBounded(t *testing.T) {
	for pages, want := range map[int]string{maxPlaces: "p0.html", maxPlaces + 1: "app.js"} {
		files := []artifact.File{{Path: "p0.html", Content: "<!DOCTYPE html>\n<script>\nfunction tick() {}\n</script>\n"}}
		for i := 1; i < pages; i++ {
			files = append(files, artifact.File{Path: fmt.Sprintf("p%d.html", i), Content: "<!DOCTYPE html>\n"})
		}
		m := Blocks(files, []Block{{File: artifact.File{Path: "app.js", Content: "function tick() { return 1; }\n"}}}, Wish{})
		if len(m.Files) != 1 || m.Files[0].Path != want {
			t.Errorf("with %d pages it is %v, want %s", pages, m.Files, want)
		}
	}
}
