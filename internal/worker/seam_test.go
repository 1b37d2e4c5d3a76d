package worker_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// joined returns a continuation as a caller hears it of a worker that is asked in
// words, and writes size bytes at a time.
func joined(t *testing.T, before, says string, size int) string {
	t.Helper()
	p := pools(worker.Settings{}, inPieces(says, size))
	defer p.Close()
	var got strings.Builder
	for d, err := range p.Generate(t.Context(), worker.Prompt{Reply: before, Messages: []worker.Message{{Role: worker.User, Text: "a page"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(d.Text)
	}
	return got.String()
}

// page is a page of about 4 KB with a long script; it repeats no line that matters.
func page() string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <title>Clock</title>\n  <style>\n    body { margin: 0; }\n    h1 { color: teal; }\n  </style>\n</head>\n<body>\n  <h1>Clock</h1>\n  <p id=\"c\"></p>\n  <script>\n")
	for i := range 60 {
		fmt.Fprintf(&b, "    function step%d() {\n      show('step %d', %d);\n    }\n\n", i, i*7, i*i)
	}
	b.WriteString("    setInterval(step1, 1000);\n  </script>\n</body>\n</html>\n")
	return b.String()
}

// TestSeams: however a model that was asked in words goes on, its reply holds one
// page, and that page is whole.
func TestSeams(t *testing.T) {
	full := page()
	cuts := map[string]int{
		"in the style":                 strings.Index(full, "teal"),
		"after the heading":            strings.Index(full, "  <p id"),
		"in the script, within a line": strings.Index(full, "show('step 210'") + 4,
		"in the script, after a line":  strings.Index(full, "    function step31()"),
		"before the end":               strings.Index(full, "</body>") + 3,
	}
	wraps := []struct{ name, before, after string }{
		{"fenced", "Here it is:\n\n```html\n", "```\n"},
		{"named", "```html index.html\n", "```\nThat is all.\n"},
		{"tildes", "~~~html\n", "~~~\n"},
		{"four backquotes", "````html\n", "````\n"},
		{"bare", "", ""},
	}
	// What the model writes, of the page and the place where it was cut. It may write a
	// new version of what it repeats.
	again := strings.NewReplacer("show('step", "display('step", "teal", "navy")
	resume := func(from int) func(string, int) string {
		return func(page string, at int) string {
			start := max(0, strings.LastIndexByte(page[:at], '\n')+1)
			for range from {
				start = max(0, strings.LastIndexByte(page[:max(0, start-1)], '\n')+1)
			}
			return page[start:]
		}
	}
	texts := []struct {
		name string
		text func(page string, at int) string
		new  bool // the page that counts is the second attempt
	}{
		{"from the cut", func(page string, at int) string { return page[at:] }, false},
		{"the line again", resume(0), false},
		{"five lines before", resume(5), false},
		{"forty lines before", resume(40), false},
		{"from the beginning", func(page string, _ int) string { return page }, false},
		{"from the beginning, another version", func(page string, _ int) string { return again.Replace(page) }, true},
		{"from the beginning, in other words", func(page string, _ int) string {
			return strings.Replace(again.Replace(page), "<!DOCTYPE html>\n<html lang=\"en\">", "<!doctype html>\n<html>", 1)
		}, true},
	}
	leads := []struct {
		name, text string
		fence      bool
	}{
		{"nothing", "", false},
		{"a fence", "```html\n", true},
		{"a named fence", "```html index.html\n", true},
		{"another fence", "~~~html\n", true},
		{"a longer fence", "`````html\n", true},
		{"an introduction", "Sure! Here is the rest of the page:\n\n", false},
		{"an introduction and a fence", "Here's the complete code, with the `<script>` finished:\n\n```html\n", true},
		{"a thought", "<think>\nThe page was cut in ```html\n<!DOCTYPE html>\n, so I go on.\n</think>\n\n", false},
		{"a thought and a fence", "<think>I go on.</think>\nHier ist der Rest:\n```html\n", true},
		{"a thought in other marks", "[THINK]I go on.[/THINK]\n```html\n", true},
		{"a Chinese introduction", "以下是剩余的代码：\n\n", false},
	}
	for where, at := range cuts {
		for _, wrap := range wraps {
			for _, tc := range texts {
				for _, l := range leads {
					name := strings.Join([]string{where, wrap.name, tc.name, l.name}, "/")
					if tc.name == "from the cut" && l.text != "" && !(l.name == "a fence" && wrap.before != "") {
						continue // a model that writes anything before goes on with a line
					}
					text := tc.text(full, at)
					end := wrap.after
					if l.fence {
						fence := l.text[strings.LastIndex(l.text[:len(l.text)-1], "\n")+1:]
						end = strings.Repeat(fence[:1], len(fence)-len(strings.TrimLeft(fence, fence[:1]))) + "\n"
					} else if strings.HasPrefix(text, "<!") || strings.HasPrefix(strings.ToLower(text), "<!doctype") {
						end = ""
					}
					want := full
					if tc.new {
						want = tc.text(full, at)
					}
					before := wrap.before + full[:at]
					for _, size := range []int{1, 5, 1 << 20} {
						got := joined(t, before, l.text+text+end, size)
						r := reply.Parse(before + got)
						if diff := cmp.Diff([]artifact.File{{Path: "index.html", Content: want}}, r.Files); diff != "" {
							t.Errorf("%s, %d bytes at a time (-want +got):\n%.1500s", name, size, diff)
							break
						}
					}
				}
			}
		}
	}
}

// TestSeamsOfSeveralFiles: files that rightly follow stay, and files that come again
// are one each. What looks like what is there, and goes on where the reply stopped,
// stays.
func TestSeamsOfSeveralFiles(t *testing.T) {
	full := page()
	cut := strings.Index(full, "show('step 210'") + 4
	style := ":root {\n  --ink: #222;\n}\n\nbody {\n  color: var(--ink);\n  margin: 0 auto;\n}\n\nh1 {\n  font-size: 2rem;\n}\n"
	card := func(n int) string {
		return fmt.Sprintf("    <div class=\"bg-white rounded-lg shadow-md p-6 hover:shadow-xl transition\">\n      <h2 class=\"text-xl font-bold text-gray-800\">Plan %d</h2>\n      <p>%d euros</p>\n    </div>\n", n, n*5)
	}
	head := "<!DOCTYPE html>\n<html>\n<body>\n"
	foot := "</body>\n</html>\n"
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	for _, tc := range []struct {
		name, before, says string
		want               []artifact.File
	}{
		{"the next file", "```html index.html\n" + full + "```\n", "\n```css style.css\n" + style + "```\n", []artifact.File{file("index.html", full), file("style.css", style)}},
		{"the end and the next file", "```html index.html\n" + full[:cut], full[cut:] + "```\n\n```css style.css\n" + style + "```\n", []artifact.File{file("index.html", full), file("style.css", style)}},
		{"the end and the next file, not closed", "```html index.html\n" + full[:len(full)-10], full[len(full)-10:] + "\n```css style.css\n" + style + "```\n", []artifact.File{file("index.html", full), file("style.css", style)}},
		{"a page that begins as the one before", "```html index.html\n" + full + "```\n", "```html about.html\n" + strings.Replace(full, "<h1>Clock", "<h1>About", 1) + "```\n", []artifact.File{file("index.html", full), file("about.html", strings.Replace(full, "<h1>Clock", "<h1>About", 1))}},
		{"from the first of two files", "```html index.html\n" + full + "```\n\n```css style.css\n" + style[:60], "Here are both files again:\n\n```html index.html\n" + full + "```\n\n```css style.css\n" + style + "```\n", []artifact.File{file("index.html", full), file("style.css", style)}},
		{"from the first of two files, another version", "```html index.html\n" + full + "```\n\n```css style.css\n" + style[:60], "Here are both files again:\n\n```html index.html\n" + strings.ReplaceAll(full, "teal", "navy") + "```\n\n```css style.css\n" + style + "```\n", []artifact.File{file("index.html", strings.ReplaceAll(full, "teal", "navy")), file("style.css", style)}},
		{"the second of two files", "```html index.html\n" + full + "```\n\n```css style.css\n" + style[:60], "```css style.css\n" + style + "```\n", []artifact.File{file("index.html", full), file("style.css", style)}},
		{"the second of two files, another version", "```html index.html\n" + full + "```\n\n```css style.css\n" + style[:60], "```css\n" + strings.ReplaceAll(style, "0 auto", "1rem") + "```\n", []artifact.File{file("index.html", full), file("style.css", strings.ReplaceAll(style, "0 auto", "1rem"))}},
		{"tags", "<file path=\"index.html\">\n" + full[:cut], "I continue:\n\n<file path=\"index.html\">\n" + full + "</file>\n", []artifact.File{file("index.html", full)}},
		{"tags, another version", "<file path=\"index.html\">\n" + full[:cut], "<file path=\"index.html\">\n" + strings.ReplaceAll(full, "teal", "navy") + "</file>\n", []artifact.File{file("index.html", strings.ReplaceAll(full, "teal", "navy"))}},
		{"the script of the page in a block of its own", "```html index.html\n" + full[:cut], "```javascript\n" + full[strings.LastIndex(full[:cut], "\n")+1:] + "```\n", []artifact.File{file("index.html", full)}},
		{"the next card, which resembles the first", "```html index.html\n" + head + card(1), card(2) + card(3) + foot + "```\n", []artifact.File{file("index.html", head+card(1)+card(2)+card(3)+foot)}},
		{"the next card, within its line", "```html index.html\n" + head + card(1) + card(2)[:30], card(2)[30:] + card(3) + foot + "```\n", []artifact.File{file("index.html", head+card(1)+card(2)+card(3)+foot)}},
		{"a template with a page in it", "```js build.js\nconst page = `\n", "<!DOCTYPE html>\n<html></html>\n`\nwrite(page)\n```\n", []artifact.File{file("build.js", "const page = `\n<!DOCTYPE html>\n<html></html>\n`\nwrite(page)\n")}},
		{"a remark", "```html index.html\n" + full[:len(full)-16], "The rest of the page is as it should be.", []artifact.File{file("index.html", full[:len(full)-16])}},
		{"a sentence of a page", "```html index.html\n" + head + "<p>Our shop has", " many things.", []artifact.File{file("index.html", head+"<p>Our shop has many things.\n")}},
		{"a sentence of a guide", "```md guide.md\n# A\n\n", "There is one thing to do.", []artifact.File{file("guide.md", "# A\n\nThere is one thing to do.\n")}},
		{"a paragraph that goes on", "```html index.html\n" + head + "<p>Our shop has\n", "many things for you:\n<b>tea</b></p>\n" + foot + "```\n", []artifact.File{file("index.html", head+"<p>Our shop has\nmany things for you:\n<b>tea</b></p>\n"+foot)}},
	} {
		for _, size := range []int{1, 5, 1 << 20} {
			got := joined(t, tc.before, tc.says, size)
			if diff := cmp.Diff(tc.want, reply.Parse(tc.before+got).Files); diff != "" {
				t.Errorf("%s, %d bytes at a time (-want +got):\n%.1500s", tc.name, size, diff)
			}
		}
	}
}

// TestAContinuationWithoutNews: what only repeats the reply so far, or only thinks,
// adds nothing.
func TestAContinuationWithoutNews(t *testing.T) {
	full := page()
	cut := strings.Index(full, "show('step 210'") + 4
	for _, says := range []string{full[:cut-1000], "```html\n" + full[:cut-3], "<think>\nI have to go on with <body>", "", full[100:cut]} {
		for _, size := range []int{1, 1 << 20} {
			if got := joined(t, "```html\n"+full[:cut], says, size); got != "" {
				t.Errorf("%.40q, %d bytes at a time, adds %.100q", says, size, got)
			}
		}
	}
}
