package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/worker"
)

// conversation returns exchanges of two messages of 100 bytes each, and a last
// message.
func conversation(exchanges int, last string) worker.Prompt {
	p := worker.Prompt{System: "Be brief.", MaxTokens: 100}
	for i := range exchanges {
		p.Messages = append(p.Messages,
			worker.Message{Role: worker.User, Text: fmt.Sprintf("%-100d", i)},
			worker.Message{Role: worker.Assistant, Text: fmt.Sprintf("%-100d", i)})
	}
	p.Messages = append(p.Messages, worker.Message{Role: worker.User, Text: last})
	return p
}

// byWords counts a token for four bytes, and five for a message.
func byWords(_ context.Context, p worker.Prompt) (int, error) {
	n := (len(p.System)+len(p.Prefill)+len(p.Reply))/4 + 5
	for _, m := range p.Messages {
		n += len(m.Text)/4 + 5
	}
	return n, nil
}

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		name    string
		context int
		exact   bool
		strict  bool
		prompt  worker.Prompt
		left    int // messages left out
		asked   int // messages that the worker got; 0: none
		tokens  int // limit of the reply
		reason  errs.Reason
		used    int
		limit   int
	}{
		{name: "unknown context", prompt: conversation(20, "go on"), asked: 41, tokens: 100},
		{name: "all fits", context: 4096, prompt: conversation(5, "go on"), asked: 11, tokens: 100},
		{name: "the oldest are left out, counted", context: 400, exact: true, prompt: conversation(10, "go on"), left: 12, asked: 9, tokens: 100},
		{name: "the oldest are left out, estimated", context: 400, prompt: conversation(10, "go on"), left: 14, asked: 7, tokens: 100},
		{name: "the reply gets what is left", context: 250, exact: true, prompt: conversation(0, strings.Repeat("w", 680)), asked: 1, tokens: 68},
		{name: "too long, counted", context: 250, exact: true, prompt: conversation(3, strings.Repeat("w", 1000)), left: 6, reason: errs.TooLong, used: 262, limit: 188},
		{name: "too long, estimated", context: 250, prompt: conversation(0, strings.Repeat("word ", 200)), reason: errs.TooLong, used: 393, limit: 188},
		{name: "estimated too long, but the worker itself decides", context: 250, strict: true, prompt: conversation(0, strings.Repeat("word ", 200)), asked: 1, tokens: 100},
		{name: "Chinese", context: 1000, prompt: conversation(0, strings.Repeat("字", 500)), reason: errs.TooLong, used: 1027, limit: 900},
		{name: "emoji", context: 1000, prompt: conversation(0, strings.Repeat("🙂", 300)), reason: errs.TooLong, used: 927, limit: 900},
		{name: "base64", context: 1000, prompt: conversation(0, "data:;base64,"+strings.Repeat("aGVsbG8+", 250)), reason: errs.TooLong, used: 1032, limit: 900},
		{name: "a prefill", context: 250, exact: true, prompt: func() worker.Prompt {
			p := conversation(0, "go on")
			p.Prefill = strings.Repeat("p", 1000)
			return p
		}(), reason: errs.TooLong, used: 263, limit: 188},
		{name: "the rest of a reply", context: 400, exact: true, prompt: func() worker.Prompt {
			p := conversation(3, "go on")
			p.Reply = strings.Repeat("r", 1200)
			return p
		}(), left: 4, asked: 3, tokens: 27},
		{name: "a reply that leaves no room for its rest", context: 400, exact: true, prompt: func() worker.Prompt {
			p := conversation(0, "go on")
			p.Reply = strings.Repeat("r", 1480)
			return p
		}(), reason: errs.TooLong, used: 383, limit: 375},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &fake{about: worker.About{Parallel: 1, Context: tc.context, Strict: tc.strict, Continues: true}, answer: says("x")}
			if tc.exact {
				w.count = byWords
			}
			p := pools(worker.Settings{}, w)
			defer p.Close()
			left := 0
			var failed *errs.Error
			for d, err := range p.Generate(t.Context(), tc.prompt) {
				left += d.LeftOut
				failed = errs.Of(err)
			}
			if failed != nil {
				if failed.Reason != tc.reason || failed.Detail("used") != tc.used || failed.Detail("limit") != tc.limit {
					t.Errorf("error %v with %v", failed, failed.Details)
				}
				return
			}
			got := w.asked[0]
			if tc.reason != "" || left != tc.left || len(got.Messages) != tc.asked || got.MaxTokens != tc.tokens || got.System != tc.prompt.System || got.Reply != tc.prompt.Reply {
				t.Errorf("left out %d, asked with %d messages for %d tokens", left, len(got.Messages), got.MaxTokens)
			}
			if n := len(got.Messages); got.Messages[n-1] != tc.prompt.Messages[len(tc.prompt.Messages)-1] || got.Messages[0].Role != worker.User {
				t.Errorf("asked %+v", got.Messages)
			}
			if n, _ := byWords(t.Context(), got); tc.context > 0 && !tc.strict && n+got.MaxTokens > tc.context {
				t.Errorf("%d tokens of prompt and %d of reply do not fit %d", n, got.MaxTokens, tc.context)
			}
		})
	}
}

// TestCountFails: tokens are estimated if the worker does not count them in time.
func TestCountFails(t *testing.T) {
	for name, count := range map[string]func(context.Context) error{
		"a fault":  func(context.Context) error { return fault(worker.Unreachable) },
		"nonsense": func(context.Context) error { return errors.New("no number") },
		"silence":  silent,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &fake{about: worker.About{Parallel: 1, Context: 400}, answer: says("x")}
				w.count = func(ctx context.Context, _ worker.Prompt) (int, error) { return 0, count(ctx) }
				p := pools(worker.Settings{CheckTimeout: 3 * time.Second}, w)
				defer p.Close()
				start, left := time.Now(), 0
				for d, err := range p.Generate(t.Context(), conversation(10, "go on")) {
					if err != nil {
						t.Fatal(err)
					}
					left += d.LeftOut
				}
				if took := time.Since(start); left != 14 || took > 3*time.Second {
					t.Errorf("left out %d after %v", left, took)
				}
			})
		})
	}
}

// TestTheDensestTextIsCounted: a token may be a single byte, so a text with more
// bytes than the context has room for must be counted.
func TestTheDensestTextIsCounted(t *testing.T) {
	w := &fake{about: worker.About{Parallel: 1, Context: 1000}, answer: says("x")}
	w.count = func(_ context.Context, p worker.Prompt) (int, error) {
		return len(p.System) + len(p.Messages[0].Text), nil
	}
	p := pools(worker.Settings{}, w)
	defer p.Close()
	var err error
	for _, err = range p.Generate(t.Context(), conversation(0, strings.Repeat("? ! ", 250))) {
	}
	if e := errs.Of(err); e == nil || e.Reason != errs.TooLong || e.Detail("used") != 1009 {
		t.Errorf("error %v", err)
	}
}

// TestLeftOutIsToldOnce: also if several workers are asked.
func TestLeftOutIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{about: worker.About{Parallel: 1, Context: 400}, answer: fails(9, fault(worker.Broken), "")}
		b := &fake{about: worker.About{Parallel: 1, Context: 500}, answer: fails(9, fault(worker.NotReady), "x")}
		p := pools(worker.Settings{}, a, b)
		defer p.Close()
		n := 0
		for d, err := range p.Generate(t.Context(), conversation(10, "go on")) {
			if err != nil {
				t.Fatal(err)
			}
			if d.LeftOut > 0 {
				n++
			}
		}
		if n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// TestTokensAreLearned: the worker's own figures improve the estimate, except those
// of very short prompts.
func TestTokensAreLearned(t *testing.T) {
	w := &fake{about: worker.About{Parallel: 1, Context: 1000}}
	w.answer = func(ctx context.Context, call int, yield func(worker.Delta, error) bool) {
		n, _ := byWords(ctx, w.asked[call-1])
		if len(w.asked[call-1].Messages) == 1 {
			n = 1000 // another template, a hidden prompt
		}
		yield(worker.Delta{Text: "x", Finish: worker.Stop, Usage: worker.Usage{InputTokens: n, OutputTokens: 1}}, nil)
	}
	p := pools(worker.Settings{}, w)
	defer p.Close()
	var left []int
	ask := func(q worker.Prompt) (err error) {
		n := 0
		for d, fails := range p.Generate(t.Context(), q) {
			n, err = n+d.LeftOut, fails
		}
		left = append(left, n)
		return err
	}
	for _, exchanges := range []int{14, 14, 14, 14, 0, 14} {
		if err := ask(conversation(exchanges, "go on")); err != nil {
			t.Fatal(err)
		}
	}
	if left[0] <= left[3] || left[3] > 4 || left[5] > left[3] {
		t.Errorf("messages left out: %v", left)
	}
	// What is learned from English is not used for Chinese.
	if err := ask(conversation(0, strings.Repeat("字", 500))); errs.Of(err) == nil || errs.Of(err).Reason != errs.TooLong {
		t.Errorf("Chinese of 1000 tokens: %v", err)
	}
}

// TestContinuation: a model that was asked in words to continue repeats something.
func TestContinuation(t *testing.T) {
	const begun = "Here it is:\n```html\n<ul>\n  <li>one</li>\n  <li class=\"tw"
	for _, tc := range []struct{ name, reply, says, want string }{
		{"right where it stopped", begun, "o\">two</li>", "o\">two</li>"},
		{"the line again", begun, "  <li class=\"two\">two</li>", "o\">two</li>"},
		{"two lines again", begun, "  <li>one</li>\n  <li class=\"two\">two</li>", "o\">two</li>"},
		{"the block opened again", begun, "```html\n  <li class=\"two\">two</li>", "o\">two</li>"},
		{"an introduction, too", begun, "Sure, here is the rest:\n\n```html\n  <li class=\"two\">two</li>", "o\">two</li>"},
		{"the block closed, another opened", "```html\n<p>\n", "```\n\n```css\np {}\n```\n", "```\n\n```css\np {}\n```\n"},
		{"without its indentation", begun, "<li class=\"two\">two</li>", "o\">two</li>"},
		{"whole lines again", "```js\nlet a = 1\nlet b = 2\n", "let a = 1\nlet b = 2\nlet c = 3\n", "let c = 3\n"},
		{"a line that has hardly begun", "```js\nlet a = 1\nlet", "let a = 1\nlet b = 2\n", " b = 2\n"},
		{"other letters", "One, two, THREE", "one, Two, three, four", "one, Two, three, four"},
		{"the end of a line", "One, two, three", "two, three, four", "two, three, four"},
		{"chance", "```html\n<p>\n<br>", "<br>\n<br>\n", "<br>\n<br>\n"},
		{"closing tags", "```html\n<div>\n<div>\n<div>\n<div>\n</div>\n</div>\n", "</div>\n</div>\n</body>\n", "</div>\n</div>\n</body>\n"},
		{"closing tags of two kinds", "```html\n</section>\n</div>\n", "</section>\n</div>\n</body>\n", "</section>\n</div>\n</body>\n"},
		{"a closing tag without its newline", "```html\n</section>", "</section>\n</body>\n", "</section>\n</body>\n"},
		{"brackets", "```js\nif(a){\nif(b){\nif(c){\nif(d){\n}\n}\n}\n}\n", "}\n}\n}\n}\nrun()\n", "}\n}\n}\n}\nrun()\n"},
		{"a line twice", "```js\nlet c = roll()\nmove()\n", "move()\nmove()\n", "move()\nmove()\n"},
		{"a chess board", "```html\n<tr>\n" + strings.Repeat("<td></td>\n", 20), strings.Repeat("<td></td>\n", 150) + "</tr>\n", strings.Repeat("<td></td>\n", 150) + "</tr>\n"},
		{"a chess board in two colours", "```html\n<tr>\n" + strings.Repeat("<td class=b></td>\n<td class=w></td>\n", 4), "<td class=b></td>\n<td class=w></td>\n</tr>\n", "<td class=b></td>\n<td class=w></td>\n</tr>\n"},
		{"a chess board cut after a cell", "```html\n<tr>\n<td></td>\n<td></td>", "<td></td>\n</tr>\n", "<td></td>\n</tr>\n"},
		{"a chess board cut in a cell", "```html\n<tr>\n<td></td>\n<td></td>\n<td>", "<td></td>\n<td></td>\n</tr>\n", "<td></td>\n<td></td>\n</tr>\n"},
		{"a long introduction", begun, strings.Repeat("Sure. ", 60) + "\n```html\n<p>", strings.Repeat("Sure. ", 60) + "\n```html\n<p>"},
		{"outside a block", "Here is the code: ", "```html\n<p>\n```\n", "```html\n<p>\n```\n"},
		{"long", begun, "  <li class=\"two\">" + strings.Repeat("two ", 1000), "o\">" + strings.Repeat("two ", 1000)},
	} {
		for _, size := range []int{1, 7, 10000} {
			t.Run(fmt.Sprintf("%s/%d", tc.name, size), func(t *testing.T) {
				p := pools(worker.Settings{}, inPieces(tc.says, size))
				defer p.Close()
				got := ""
				for d, err := range p.Generate(t.Context(), worker.Prompt{Reply: tc.reply, Messages: []worker.Message{{Role: worker.User, Text: "a list"}}}) {
					if err != nil {
						t.Fatal(err)
					}
					got += d.Text
				}
				if got != tc.want {
					t.Errorf("got %.100q, want %.100q", got, tc.want)
				}
			})
		}
	}
}

// TestContinuationThatBreaksOff: what was held back is part of the reply, too.
func TestContinuationThatBreaksOff(t *testing.T) {
	w := &fake{about: one(1), answer: func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {
		_ = yield(worker.Delta{Text: "o\">two"}, nil) && yield(worker.Delta{}, fault(worker.Broken))
	}}
	p := pools(worker.Settings{}, w)
	defer p.Close()
	got, reason := "", errs.Reason("")
	for d, err := range p.Generate(t.Context(), worker.Prompt{Reply: "<li class=\"tw", Messages: []worker.Message{{Role: worker.User, Text: "a list"}}}) {
		got += d.Text
		if err != nil {
			reason = errs.Of(err).Reason
		}
	}
	if got != "o\">two" || reason != errs.WorkerLost {
		t.Errorf("got %q, %v", got, reason)
	}
}

// TestContinuationOfALargeReply: only its end is compared.
func TestContinuationOfALargeReply(t *testing.T) {
	w := &fake{about: one(1), answer: says(strings.Repeat("a\n", 300<<10))}
	p := pools(worker.Settings{}, w)
	defer p.Close()
	start := time.Now()
	for range p.Generate(t.Context(), worker.Prompt{Reply: strings.Repeat("a\n", 250<<10) + "b", Messages: []worker.Message{{Role: worker.User, Text: "a list"}}}) {
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// inPieces is a worker that says a text in pieces of so many bytes.
func inPieces(says string, size int) *fake {
	return &fake{about: one(1), answer: func(_ context.Context, _ int, yield func(worker.Delta, error) bool) {
		for text := says; text != ""; {
			n := min(size, len(text))
			if !yield(worker.Delta{Text: text[:n]}, nil) {
				return
			}
			text = text[n:]
		}
		yield(whole, nil)
	}}
}
