package worker

import (
	"strings"
	"testing"
)

// inPieces joins a continuation that comes in pieces of size bytes.
func inPieces(before, says string, size int) string {
	j := &joiner{before: before}
	var got strings.Builder
	for says != "" {
		n := min(size, len(says))
		got.WriteString(j.add(says[:n]))
		says = says[n:]
	}
	got.WriteString(j.end())
	return got.String()
}

// FuzzJoiner: what a continuation becomes does not depend on its pieces, and it has
// at most a beginning of its file more than the model wrote.
func FuzzJoiner(f *testing.F) {
	const page = "```html\n<!DOCTYPE html>\n<html>\n<script>\nlet a = 1;\nlet bc = 2;\n"
	f.Add(page, page+"let d = 3;\n", 1)
	f.Add(page, "Here is the rest:\n\n~~~html\n<!DOCTYPE html>\n<body>\n~~~\n", 3)
	f.Add(page+strings.Repeat("<td></td>\n", 200), strings.Repeat("<td></td>\n", 300), 7)
	f.Add(page, "<think>\nno</think>\n\nlet bc = 2;\nlet d", 2)
	f.Add("<file path=\"a.js\">\nlet a = 1;\n", "<file path=\"a.js\">\nlet b;\n</file>", 5)
	f.Add("0", "00</think>0", 2)                                  // words that speak of a mark
	f.Add(page, "<think>\nno</think><|answer|>\nlet d = 3;\n", 1) // two marks, apart
	f.Fuzz(func(t *testing.T, before, says string, size int) {
		if before == "" || size < 1 || len(before) > 1<<13 || len(says) > 1<<13 {
			return
		}
		got := inPieces(before, says, size)
		if at := inPieces(before, says, 1<<20); got != at {
			t.Fatalf("%q by %d bytes, %q at once", got, size, at)
		}
		if len(got) > len(before)+len(says)+200 {
			t.Fatalf("%d bytes of %d and %d", len(got), len(before), len(says))
		}
	})
}
