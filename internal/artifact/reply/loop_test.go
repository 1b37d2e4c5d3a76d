package reply_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact/reply"
)

// watch returns where a loop begins in a text, and how much of it had come when it
// was seen; -1 and all of it without one.
func watch(text string, size int) (at, seen int) {
	var w reply.LoopWatch
	for seen < len(text) {
		seen = min(len(text), seen+size)
		if at := w.Find([]byte(text[:seen])); at >= 0 {
			return at, seen
		}
	}
	return -1, seen
}

// numbered returns the texts of the numbers from 0, one after another.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

func TestLoops(t *testing.T) {
	page := "Here it is:\n```html\n<!DOCTYPE html>\n<html>\n<body>\n"
	script := page + "<script>\n"
	kilobyte := numbered(40, "<p>Paragraph # of the text.</p>\n")[:1000] + "\n"
	for _, tc := range []struct{ name, before, cycle string }{
		{"rockets", "A calculator! ", "🚀"},
		{"rockets at once", "", "🚀"},
		{"two emojis", "A calculator! ", "🚀🎉 "},
		{"a family of emojis", "A calculator! ", "👨‍👩‍👧‍👦"},
		{"exclamation marks", "Sure", "!"},
		{"line breaks", "Sure.", "\n"},
		{"blanks in code", page + "<p>", " "},
		{"one letter", "", "G"},
		{"a word", "I will make it. ", "the "},
		{"a sentence", "Sure. ", "I hope this helps! Let me know if you need anything else. "},
		{"lines", "", "Please let me know.\n\nI am happy to help.\n\n"},
		{"Chinese", "好的。", "我可以帮你。"},
		{"Arabic", "", "نعم بالتأكيد، "},
		{"a list that does not count", "Features:\n", "- Dark mode\n- Light mode\n"},
		{"a statement", script, "console.log('hello');\n"},
		{"a declaration", script, "  const display = document.getElementById('display');\n"},
		{"an else", script, "    } else if (key === '=') {\n      calculate();\n"},
		{"a rule", "```css\n", ".button:hover {\n  background: #333;\n}\n\n"},
		{"a button with a word", page, "<button class=\"key\">Click me</button>\n"},
		{"a line break element", page, "<br>\n"},
		{"a nesting without end", page, "<div class=\"container\">\n"},
		{"a comment", script, "// Add the event listener\n"},
		{"a kilobyte", page, kilobyte},
		{"a fence", "", "```html\n```\n"},
		{"a row of words in a table", "| a | b |\n|---|---|\n", "| none | none |\n"},
		{"words in an array", script + "const words = [", "'apple', "},
	} {
		text := tc.before + strings.Repeat(tc.cycle, 1+12000/len(tc.cycle))
		at, seen := watch(text, 1)
		if at < 0 {
			t.Errorf("%s: no loop", tc.name)
			continue
		}
		if at < len(tc.before) || at > len(tc.before)+len(tc.cycle) || seen-len(tc.before)-len(tc.cycle) > 2<<10 {
			t.Errorf("%s: a loop at %d of %d, seen after %d", tc.name, at-len(tc.before), len(tc.cycle), seen-len(tc.before))
		}
		for _, size := range []int{3, 1000, len(text)} {
			if again, _ := watch(text, size); again != at {
				t.Errorf("%s: at %d by %d bytes, at %d by one", tc.name, again, size, at)
			}
		}
	}
}

func TestNoLoops(t *testing.T) {
	page := "Here it is:\n```html\n<!DOCTYPE html>\n<html>\n<body>\n"
	script := page + "<script>\n"
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int, letters string) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	for _, tc := range []struct{ name, text string }{
		{"a chess board", page + strings.Repeat("<tr>\n"+strings.Repeat("  <td class=\"black\"></td>\n  <td class=\"white\"></td>\n", 4)+"</tr>\n", 8)},
		{"a hundred cells", page + strings.Repeat("    <div class=\"cell\" tabindex=\"0\"></div>\n", 100)},
		{"a sudoku of inputs in cells", page + strings.Repeat("<tr>\n"+strings.Repeat("  <td><input type=\"text\" maxlength=\"1\"></td>\n", 9)+"</tr>\n", 9)[:3000]},
		{"a map of tiles", script + "const map = [\n" + strings.Repeat("  ["+strings.Repeat("0, ", 39)+"0],\n", 30) + "];\n"},
		{"a map of letters", script + "const map = [\n" + strings.Repeat("  '#..............................#',\n", 60) + "];\n"},
		{"a board of literals", script + "const board = [" + strings.Repeat("false, ", 600) + "];\n"},
		{"silence", page + "<audio src=\"data:audio/wav;base64,UklGRiQ" + strings.Repeat("A", 6000) + "\"></audio>\n"},
		{"zeros", script + "const zeros = [" + strings.Repeat("0,", 2000) + "];\n"},
		{"a list that counts", numbered(2000, "Item #\n")},
		{"steps that count", numbered(500, "Step #: press the button and wait.\n")},
		{"options that count", page + numbered(300, "<option value=\"#\">#</option>\n")},
		{"rules that count", "```css\n" + numbered(200, ".col-# { grid-column: span #; }\n")},
		{"declarations that count", script + numbered(200, "const b# = document.getElementById('b#');\n")},
		{"a table of squares", "| n | n² |\n|---|---|\n" + numbered(300, "| # | # |\n")},
		{"a path", page + "<path d=\"M0 0" + numbered(900, " L# #") + "\"/>"},
		{"random digits", script + noise(20000, "0123456789,")},
		{"random bits", script + noise(20000, "01")},
		{"a line of dashes", "# Title\n" + strings.Repeat("-", 1500) + "\n"},
		{"art", "```\n" + strings.Repeat(strings.Repeat("/\\", 30)+"\n"+strings.Repeat("\\/", 30)+"\n", 40) + "```\n"},
		{"cards", page + strings.Repeat("<div class=\"card\">\n  <h2>Lorem ipsum</h2>\n  <p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.</p>\n</div>\n", 12)},
		{"stars", "Ratings: " + strings.Repeat("⭐", 5) + "\n" + strings.Repeat("★", 500)},
	} {
		if at, _ := watch(tc.text, 100); at >= 0 {
			t.Errorf("%s: a loop at %d: %.80q", tc.name, at, tc.text[at:])
		}
	}
}

// TestDataLoopsToo: what may repeat in code is a loop after 8 KB.
func TestDataLoopsToo(t *testing.T) {
	const page = "```html\n<!DOCTYPE html>\n"
	for before, cycle := range map[string]string{
		page + "<script>\nconst zeros = [":                    "0, ",
		page + "<table>\n":                                    "<tr><td></td></tr>\n",
		page + "<img src=\"data:image/png;base64,iVBORw0KGgo": "A",
	} {
		if at, seen := watch(before+strings.Repeat(cycle, 30000/len(cycle)), 1); at < len(before)-1 || at > len(before)+len(cycle) || seen > len(before)+len(cycle)+8<<10 {
			t.Errorf("%q: a loop at %d, seen after %d", cycle, at-len(before), seen-len(before))
		}
	}
}

// TestNoReplyLoops: none of the recorded replies is stopped.
func TestNoReplyLoops(t *testing.T) {
	for name, text := range texts(t) {
		if at, _ := watch(text, len(text)); at >= 0 {
			t.Errorf("%s: a loop at %d: %.80q", name, at, text[at:])
		}
	}
}

func FuzzLoops(f *testing.F) {
	f.Add("A calculator! ", "🚀", 600, 7)
	f.Add("```css\n", ".a { b: c; }\n", 300, 1)
	f.Fuzz(func(t *testing.T, before, cycle string, times, size int) {
		if len(before) > 4096 || len(cycle) == 0 || len(cycle) > 1024 || times < 0 || times > 1<<14/len(cycle) || size < 1 {
			return
		}
		text := before + strings.Repeat(cycle, times)
		at, seen := watch(text, size)
		if again, _ := watch(text, len(text)); again != at {
			t.Fatalf("at %d by %d bytes, at %d at once", at, size, again)
		}
		if at < 0 {
			return
		}
		rest := text[min(at+3, seen):seen] // a letter is cut off whole
		for n := 1; n <= 1024; n++ {
			if n <= at+3 && strings.HasPrefix(text[at+3-n:], rest) {
				return
			}
		}
		t.Fatalf("%q repeats nothing", rest)
	})
}

func BenchmarkLoopWatch(b *testing.B) {
	text := []byte(strings.Repeat(numbered(30, "<p>Paragraph # of the text.</p>\n"), 50))
	all := texts(b)
	var replies []byte
	for _, t := range all {
		replies = append(replies, t...)
	}
	for name, text := range map[string][]byte{"replies": replies, "repetitive": text} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				var w reply.LoopWatch
				w.Find(text)
			}
		})
	}
}
