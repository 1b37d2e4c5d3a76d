package intent

import (
	"strings"
	"testing"
)

const usual = "Hi there, could you please make me a small expense tracker with categories, a monthly chart and csv export? " +
	"It should be in dark mode, with teal buttons, and remember everything after a reload. Thx!"

func BenchmarkParse(b *testing.B) {
	for _, test := range []struct{ name, prompt string }{
		{"200B", usual},
		{"20KB", strings.Repeat(usual+"\n", 100)},
		{"20KB-one-clause", strings.Repeat("quiz timer with dark and light calendar notes ", 450)},
		{"20KB-unknown", strings.Repeat("qwertzy calculaterz abcdefghi tdolist ", 540)},
		{"20KB-parts", strings.Repeat("forget the quiz, the timer in the header and go back to the menu. ", 310)},
		{"20KB-code", strings.Repeat("const a = b.map((c) => { return c * 2; });\n", 480) + usual},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(len(test.prompt)))
			for b.Loop() {
				Parse(test.prompt, true)
			}
		})
	}
}

// BenchmarkRead should take at most twice as long as BenchmarkParse.
func BenchmarkRead(b *testing.B) {
	for _, test := range []struct{ name, prompt string }{{"200B", usual}, {"20KB", strings.Repeat(usual+"\n", 100)}} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(len(test.prompt)))
			for b.Loop() {
				Read(test.prompt, true)
			}
		})
	}
}
